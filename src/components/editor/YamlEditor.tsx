import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { defaultHighlightStyle, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, linter, lintKeymap, type Diagnostic as LintDiagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import { engine, speakFields } from '../../app/engine-client.ts'
import { usePreferences } from '../../app/preferences.ts'
import type { Diagnostic } from '../../engine/protocol.ts'
import s from './editor.module.css'

interface Props {
  readonly label: string
  /** The text to begin with; a new one replaces what stands there. */
  readonly value: string
  readonly hint?: string
  readonly readOnly?: boolean
  readonly onChange?: (text: string) => void
  /** What a cluster would say; shown at line and column. */
  readonly check?: (text: string) => Promise<readonly Diagnostic[]>
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ready)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--failing)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--ink-3)', fontStyle: 'italic' },
])

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'transparent', fontSize: '12.5px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 55%, transparent)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft) !important' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-s)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)' },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', fontSize: '12.5px' },
  '.cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--ink)' },
})

async function completions(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w.\-/]*$/)
  if (!context.explicit && (!word || word.from === word.to)) return null
  const found = await engine().completeYaml(context.state.doc.toString(), context.pos)
  if (!found) return null
  return { from: found.from, options: [...found.options], validFor: /^\w*$/ }
}

/** What the field under the pointer does, from the API's structure and our own words. */
const fieldHelp = hoverTooltip(async (view, position) => {
  const help = await engine().fieldAt(view.state.doc.toString(), position)
  if (!help) return null
  const { from, to, path, type, isRequired, values, words } = help
  return {
    pos: from,
    end: to,
    above: true,
    create: () => {
      const dom = document.createElement('div')
      dom.className = s.fieldHelp ?? ''
      const head = dom.appendChild(document.createElement('code'))
      head.textContent = `${path} <${type}>${isRequired ? ' -required-' : ''}`
      const lines = [words, values.map((value) => value || '""').join(' · ')].filter((text) => text !== '')
      for (const text of lines) dom.appendChild(document.createElement('p')).textContent = text
      return { dom }
    },
  }
})

/** CodeMirror with YAML, completion from the API's structure, and the cluster's own errors. Loaded when first opened. */
export default function YamlEditor({ label, value, hint = '', readOnly = false, onChange, check }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const language = usePreferences((preferences) => preferences.language)
  useEffect(() => void speakFields(language), [language])
  const view = useRef<EditorView>(undefined)
  const changed = useRef(onChange)
  const checks = useRef(check)
  useEffect(() => {
    changed.current = onChange
    checks.current = check
  })
  useEffect(() => {
    const parent = host.current
    if (!parent) return undefined
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: value,
        extensions: [
          yaml(),
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          closeBrackets(),
          fieldHelp,
          highlightActiveLine(),
          highlightSelectionMatches(),
          syntaxHighlighting(colours),
          syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
          look,
          placeholder(hint),
          EditorState.readOnly.of(readOnly),
          EditorState.tabSize.of(2),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
          ...(readOnly ? [] : [autocompletion({ override: [completions] })]),
          ...(checks.current
            ? [
                lintGutter(),
                linter(
                  async ({ state }): Promise<LintDiagnostic[]> => {
                    const found = (await checks.current?.(state.doc.toString())) ?? []
                    const { length } = state.doc
                    return found.map(({ from, to, severity, message, hint: advice }) => ({
                      from: Math.min(from, length),
                      to: Math.min(Math.max(from, to), length),
                      severity,
                      message: advice === undefined ? message : `${message}\n${advice}`,
                    }))
                  },
                  { delay: 400 },
                ),
              ]
            : []),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString())
          }),
          // Tab indents; Escape and then Tab leaves, as CodeMirror documents for keyboard users.
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
        ],
      }),
    })
    view.current = editor
    return () => editor.destroy()
    // One editor for the life of the panel; a new text is put in below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])
  return <div ref={host} className={s.code} />
}
