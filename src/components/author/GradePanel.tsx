import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import { usePreferences } from '../../app/preferences.ts'
import { readFile, saveFile } from '../../app/files.ts'
import type { Grade } from '../../engine/grade.ts'
import { VERDICT_SIGNS } from '../../engine/verdict-signs.ts'
import { graded, useAuthor } from './author-store.ts'
import { gradesAsCsv } from './grades-as-csv.ts'
import { linksIn } from './links-in-text.ts'
import s from './author.module.css'


/** Attempts that came back, as links in a text or as files: lived again, each goal judged. */
export function GradePanel() {
  const { t } = useTranslation('panels')
  const { grades, isGrading } = useAuthor()
  const [text, setText] = useState('')
  const file = useRef<HTMLInputElement>(null)
  const links = linksIn(text)
  const read = async (files: FileList | null): Promise<void> => {
    const texts = await Promise.all(Array.from(files ?? [], async (one) => ({ name: one.name, text: await readFile(one) })))
    const given = texts.flatMap(({ name, text: content }) => (content === undefined ? [] : [{ name, text: content }]))
    if (given.length > 0) await graded(given)
  }
  return (
    <div className={s.trials}>
      <label className={s.links}>
        {t('author.links')}
        <textarea rows={4} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className={s.bar}>
        <button type="button" className="button primary" disabled={links.length === 0 || isGrading} onClick={() => void graded(links)}>
          {t('author.gradeThese', { count: links.length })}
        </button>
        <button type="button" className="button" disabled={isGrading} onClick={() => file.current?.click()}>
          {t('author.gradeFiles')}
        </button>
        <input ref={file} type="file" multiple accept=".yaml,.yml" hidden onChange={(event) => void read(event.target.files)} />
        <button type="button" className="button" disabled={grades.length === 0} onClick={() => saveFile('grades.csv', gradesAsCsv(grades), 'text/csv')}>
          {t('author.csv')}
        </button>
      </div>
      <ol className={s.grades}>
        {grades.map(({ name, result }, index) => (
          <li key={`${index}${name}`}>
            <h3>
              {index + 1} · {name}
            </h3>
            {typeof result === 'string' ? <p className={s.bad}>{result}</p> : <Result grade={result} />}
          </li>
        ))}
      </ol>
    </div>
  )
}

function Result({ grade }: { readonly grade: Grade }) {
  const { t } = useTranslation('panels')
  const language = usePreferences((preferences) => preferences.language)
  return (
    <>
      <p>
        <b className={cx(grade.isPassed ? s.good : s.bad)}>{t(grade.isPassed ? 'author.passed' : 'author.notPassed')}</b> · {grade.title?.[language] ?? t('author.noScenario')} ·{' '}
        {formatClock(grade.at)}
        {!grade.digestMatches && <span className={s.bad}> · {t('author.otherDigest')}</span>}
      </p>
      <ul>
        {grade.goals.map(({ id, show, verdict, at }) => (
          <li key={id}>
            <i data-verdict={verdict} aria-hidden="true">
              {VERDICT_SIGNS[verdict]}
            </i>{' '}
            {show[language]} <small>{t(`author.verdict.${verdict}`)}{at === undefined ? '' : ` · ${formatClock(at)}`}</small>
          </li>
        ))}
      </ul>
      {grade.deeds.length > 0 && (
        <details>
          <summary>{t('author.deeds', { count: grade.deeds.length })}</summary>
          <ol className={s.deeds}>
            {grade.deeds.map(({ at, what }, index) => (
              <li key={`${at}${index}`}>
                <time>{formatClock(at)}</time> <code>{what}</code>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  )
}
