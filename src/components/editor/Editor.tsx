import { useRef, useState, type DragEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { create } from 'zustand'
import { cx } from '../../app/class-names.ts'
import { act, engine, openOrSay } from '../../app/engine-client.ts'
import { readFile } from '../../app/files.ts'
import { toasted } from '../../app/view-store.ts'
import { fileKind } from '../../engine/file-kind.ts'
import type { Diagnostic } from '../../engine/protocol.ts'
import YamlEditor from './YamlEditor.tsx'
import s from './editor.module.css'

/** The text outlives the panel. */
const useDraft = create<{ readonly text: string }>()(() => ({ text: '' }))

/** The manifest in hand: what a cluster would say to it, and a button that says it to the cluster. */
export default function Editor() {
  const { t } = useTranslation('panels')
  const text = useDraft((draft) => draft.text)
  const [found, setFound] = useState<readonly Diagnostic[]>([])
  const [isOver, setOver] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const errors = found.filter(({ severity }) => severity === 'error')
  const kind = fileKind(text)

  const check = async (source: string): Promise<readonly Diagnostic[]> => {
    const diagnostics = source.trim() === '' ? [] : await engine().validate(source)
    setFound(diagnostics)
    return diagnostics
  }
  const read = async (opened: File): Promise<void> => {
    const content = await readFile(opened)
    if (content !== undefined) useDraft.setState({ text: content })
  }
  const apply = async (): Promise<void> => {
    const result = await act({ type: 'apply', text })
    toasted(
      result.ok
        ? { tone: 'success', text: t('editor.applied'), detail: result.stdout.trim() }
        : { tone: 'error', text: result.stdout.trim() || t('editor.problems', { count: 1 }), detail: result.stderr.trim() },
    )
  }
  const open = (): Promise<boolean> =>
    openOrSay(kind === 'recording' ? { type: 'recording', text } : { type: 'text', name: 'scenario.yaml', text })
  const dropped = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const [first] = event.dataTransfer.files
    if (first) void read(first)
  }
  const first = errors[0]
  return (
    // Dropping a file is a second way; the button is for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className={cx(s.editor, isOver && s.over)}
      aria-label={t('editor.label')}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <div className={s.bar}>
        {kind !== 'manifest' ? (
          <button type="button" className="button primary" disabled={text.trim() === ''} onClick={() => void open()}>
            {t(kind === 'recording' ? 'editor.openRecording' : 'editor.openAsScenario')}
          </button>
        ) : (
          <button type="button" className="button primary" disabled={text.trim() === ''} onClick={() => void apply()}>
            {t('editor.apply')}
          </button>
        )}
        <button type="button" className="button" onClick={() => file.current?.click()}>
          {t('editor.open')}
        </button>
        <button type="button" className="button" disabled={text === ''} onClick={() => useDraft.setState({ text: '' })}>
          {t('editor.clear')}
        </button>
        <input ref={file} type="file" accept=".yaml,.yml,.json,.txt" hidden onChange={(event) => event.target.files?.[0] && void read(event.target.files[0])} />
        <output className={cx(s.verdict, errors.length > 0 && s.bad)}>
          {text.trim() === '' ? '' : first ? `${t('editor.problems', { count: errors.length })} · ${t('editor.line', { line: first.line })}: ${first.message}` : t('editor.fine')}
        </output>
      </div>
      <YamlEditor label={t('editor.label')} value={text} hint={t('editor.empty')} onChange={(next) => useDraft.setState({ text: next })} check={check} />
      {isOver && <p className={s.drop}>{t('editor.drop')}</p>}
    </section>
  )
}
