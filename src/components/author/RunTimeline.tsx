import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { openOrSay } from '../../app/engine-client.ts'
import { formatClock, formatDigest } from '../../app/format.ts'
import { trials } from '../../app/trial-client.ts'
import type { TrialMark } from '../../engine/trials.ts'
import { useAuthor } from './author-store.ts'
import s from './author.module.css'

/** What happened in the chosen run, and when: the track, and the same in words. */
export function RunTimeline() {
  const { t } = useTranslation('panels')
  const { chosen, plan, trials: tried, triedText } = useAuthor()
  const [, navigate] = useLocation()
  const trial = chosen && tried[chosen.attempt]?.find(({ seed }) => seed === chosen.seed)
  const attempt = chosen && plan?.attempts[chosen.attempt]
  if (!trial || !attempt) return null
  const open = async (): Promise<void> => {
    const recording = await trials().recording(triedText, trial.seed, attempt)
    if (recording !== undefined && (await openOrSay({ type: 'recording', text: recording }))) navigate('/sandbox')
  }
  return (
    <section className={s.timeline} aria-label={t('author.timeline')}>
      <h2>
        {attempt.type === 'nothing' ? t('author.nothing') : attempt.id} · {t('author.seed', { seed: trial.seed })}
        <small>{formatDigest(trial.digest)}</small>
      </h2>
      <div className={s.track} aria-hidden="true">
        {trial.marks.map((mark, index) => (
          <i key={`${mark.type}${mark.label}${index}`} data-type={mark.type} style={{ left: `${(100 * mark.at) / Math.max(1, trial.end)}%` }} title={`${formatClock(mark.at)} ${mark.label}`} />
        ))}
        <span>{formatClock(0)}</span>
        <span>{formatClock(trial.end)}</span>
      </div>
      <ol className={s.marks}>
        {trial.marks.map((mark, index) => (
          <Mark key={`${mark.type}${mark.label}${index}`} mark={mark} />
        ))}
        {trial.marks.length === 0 && <li>{t('author.quiet')}</li>}
      </ol>
      <button type="button" className="button" onClick={() => void open()}>
        {t('author.openRun')}
      </button>
    </section>
  )
}

function Mark({ mark: { at, type, label } }: { readonly mark: TrialMark }) {
  const { t } = useTranslation('panels')
  return (
    <li>
      <time>{formatClock(at)}</time>
      <i data-type={type} aria-hidden="true" />
      <b>{label}</b> {t(`author.mark.${type}`)}
    </li>
  )
}
