import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { engine, speakFields } from '../../app/engine-client.ts'
import { usePreferences } from '../../app/preferences.ts'
import { onFrame } from '../../app/world-store.ts'
import { chunksArrived, editorClosed, interrupted, lineEntered, terminalCleared, useTerminal } from './terminal-store.ts'
import s from './terminal.module.css'

const YamlEditor = lazy(() => import('../editor/YamlEditor.tsx'))

onFrame((frame) => {
  if (frame.world === 'main') chunksArrived(frame.terminal)
})

interface Completion {
  readonly text: string
  readonly from: number
}

/** The longest beginning that all share. */
function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? ''
  for (const text of texts) while (!text.startsWith(start)) start = start.slice(0, -1)
  return start
}

/** A line-oriented console: text is read out as it comes, the input is a real one. */
export default function Terminal() {
  const { t } = useTranslation('panels')
  const { lines, history, running, editor } = useTerminal()
  const [draft, setDraft] = useState('')
  const [recalled, setRecalled] = useState(-1)
  const [offers, setOffers] = useState<readonly Completion[]>([])
  const language = usePreferences((preferences) => preferences.language)
  // What `kubectl explain` says of fields.
  useEffect(() => void speakFields(language), [language])
  const input = useRef<HTMLInputElement>(null)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Only this box scrolls, not the cards around it.
    box.current?.scrollTo({ top: box.current.scrollHeight })
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- new text is what scrolls it
  }, [lines, offers])

  const complete = async (): Promise<void> => {
    const cursor = input.current?.selectionStart ?? draft.length
    const found = await engine().complete(draft, cursor)
    const first = found[0]
    if (!first) return
    const start = commonStart(found.map(({ text }) => text))
    const insert = found.length === 1 ? `${first.text} ` : start
    if (insert.length > cursor - first.from) {
      setDraft(draft.slice(0, first.from) + insert + draft.slice(cursor))
      setOffers([])
    } else setOffers(found.slice(0, 60))
  }

  const keyed = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return // an Enter that ends a Hangul syllable
    if (event.key === 'Enter') {
      setDraft('')
      setRecalled(-1)
      setOffers([])
      void lineEntered(draft)
    } else if (event.key === 'Tab' && !event.shiftKey && draft !== '') {
      event.preventDefault()
      void complete()
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault()
      const next = event.key === 'ArrowUp' ? Math.min(recalled + 1, history.length - 1) : recalled - 1
      setRecalled(Math.max(-1, next))
      setDraft(next < 0 ? '' : (history.at(-1 - next) ?? ''))
    } else if (event.key === 'c' && event.ctrlKey && input.current?.selectionStart === input.current?.selectionEnd) {
      event.preventDefault()
      if (running === undefined) setDraft('')
      else void interrupted()
    } else if (event.key === 'l' && event.ctrlKey) {
      event.preventDefault()
      terminalCleared()
    } else if (event.key === 'Escape') setOffers([])
  }

  if (editor)
    return (
      <section className={s.editing} aria-label={t('terminal.editing', { name: editor.name })}>
        <Suspense fallback={null}>
          <EditorOf key={editor.command} name={editor.name} text={editor.text} />
        </Suspense>
      </section>
    )
  return (
    // A click anywhere puts the cursor into the input, unless text is being selected.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <div ref={box} className={s.terminal} onClick={() => getSelection()?.isCollapsed !== false && input.current?.focus()}>
      <div role="log" aria-label={t('terminal.label')} aria-live="polite" tabIndex={-1}>
        <p className={s.hint}>{t('terminal.welcome')}</p>
        {lines.map(({ id, kind, text }) => (
          <pre key={id} className={s[kind]}>
            {kind === 'command' && <span aria-hidden="true">$ </span>}
            {text}
          </pre>
        ))}
      </div>
      {offers.length > 0 && (
        <ul className={s.offers} aria-label={t('terminal.completions')}>
          {offers.map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <label className={s.prompt}>
        <span aria-hidden="true">$</span>
        <input
          ref={input}
          id="terminal-input"
          aria-label={t('terminal.input')}
          value={draft}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={keyed}
        />
        {running !== undefined && (
          <button type="button" className={s.busy} onClick={() => void interrupted()} aria-label={t('terminal.interrupt')}>
            {t('terminal.busy')}
          </button>
        )}
      </label>
    </div>
  )
}

function EditorOf({ name, text }: { readonly name: string; readonly text: string }) {
  const { t } = useTranslation('panels')
  const [value, setValue] = useState(text)
  return (
    <>
      <header>
        <span className="mono">{name}</span>
        <button type="button" className="button primary" onClick={() => void editorClosed(value)}>
          {t('terminal.save')}
        </button>
        <button type="button" className="button" onClick={() => void editorClosed(undefined)}>
          {t('terminal.cancel')}
        </button>
      </header>
      <YamlEditor label={t('terminal.editing', { name })} value={text} onChange={setValue} />
    </>
  )
}
