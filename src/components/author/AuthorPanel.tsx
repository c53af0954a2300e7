import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { addressOf, engine, openOrSay } from '../../app/engine-client.ts'
import { readFile, saveFile } from '../../app/files.ts'
import { trials } from '../../app/trial-client.ts'
import { toasted } from '../../app/view-store.ts'
import YamlEditor from '../editor/YamlEditor.tsx'
import { exampleAsked, useAuthor, written } from './author-store.ts'
import { GradePanel } from './GradePanel.tsx'
import { RunTimeline } from './RunTimeline.tsx'
import { TrialTable } from './TrialTable.tsx'
import s from './author.module.css'

/** The file on one side; what becomes of it on the other. */
export default function AuthorPanel() {
  const { t } = useTranslation('panels')
  const [tab, setTab] = useState<'try' | 'grade'>('try')
  return (
    <div className={s.author}>
      <FilePane />
      <section className={s.results} aria-label={t(tab === 'try' ? 'author.try' : 'author.grade')}>
        <div className={s.tabs} role="group">
          {(['try', 'grade'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
              {t(`author.${name}`)}
            </button>
          ))}
        </div>
        {tab === 'try' ? (
          <>
            <TrialTable />
            <RunTimeline />
          </>
        ) : (
          <GradePanel />
        )}
      </section>
    </div>
  )
}

function FilePane() {
  const { t } = useTranslation('panels')
  const text = useAuthor((author) => author.text)
  const [, navigate] = useLocation()
  const file = useRef<HTMLInputElement>(null)
  const open = async (): Promise<void> => {
    if (await openOrSay({ type: 'text', name: 'scenario.yaml', text })) navigate('/sandbox')
  }
  const share = async (): Promise<void> => {
    const link = await trials().link(text)
    if (link === undefined) {
      toasted({ tone: 'error', text: t('author.noLink') })
      return
    }
    await navigator.clipboard.writeText(addressOf(link))
    toasted({ tone: 'success', text: t('author.copied') })
  }
  const read = async (opened: File | undefined): Promise<void> => {
    const content = opened && (await readFile(opened))
    if (content !== undefined) written(content)
  }
  return (
    <section className={s.file} aria-label={t('author.file')}>
      <div className={s.bar}>
        <button type="button" className="button primary" onClick={() => void open()}>
          {t('author.open')}
        </button>
        <button type="button" className="button" onClick={() => void share()}>
          {t('author.share')}
        </button>
        <button type="button" className="button" onClick={() => file.current?.click()}>
          {t('editor.open')}
        </button>
        <input ref={file} type="file" accept=".yaml,.yml" hidden onChange={(event) => void read(event.target.files?.[0])} />
        <button type="button" className="button" onClick={() => saveFile('scenario.yaml', text)}>
          {t('share.file')}
        </button>
        <button type="button" className="button" onClick={exampleAsked}>
          {t('author.example')}
        </button>
      </div>
      <div className={s.editor}>
        <YamlEditor label={t('author.file')} value={text} hint={t('author.empty')} onChange={written} check={(source) => engine().validate(source)} />
      </div>
    </section>
  )
}
