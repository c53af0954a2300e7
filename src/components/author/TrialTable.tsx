import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import { usePreferences } from '../../app/preferences.ts'
import type { Attempt, Trial } from '../../engine/trials.ts'
import { VERDICT_SIGNS } from '../../engine/verdict-signs.ts'
import { isReached } from '../../sim/scenario/goals.ts'
import { runChosen, stopped, triedWith, useAuthor } from './author-store.ts'
import s from './author.module.css'

const MOST_SEEDS = 200

/** Every attempt of the file, over many seeds: what becomes of each goal, and whether that is as intended. */
export function TrialTable() {
  const { t } = useTranslation('panels')
  const { plan, trials, seeds, isRunning, text, triedText } = useAuthor()
  const [first, setFirst] = useState(1)
  const [count, setCount] = useState(10)
  const done = trials.reduce((sum, list) => sum + list.length, 0)
  const all = seeds.length * (plan?.attempts.length ?? 0)
  const isReady = Number.isInteger(first) && first >= 0 && Number.isInteger(count) && count >= 1 && count <= MOST_SEEDS
  return (
    <div className={s.trials}>
      <form
        className={s.bar}
        onSubmit={(event) => {
          event.preventDefault()
          void triedWith(first, count)
        }}
      >
        <label>
          {t('author.seeds')}
          <input className="input" type="number" required min={1} max={MOST_SEEDS} value={Number.isNaN(count) ? '' : count} onChange={(event) => setCount(event.target.valueAsNumber)} />
        </label>
        <label>
          {t('author.from')}
          <input className="input" type="number" required min={0} max={2 ** 31 - 1} value={Number.isNaN(first) ? '' : first} onChange={(event) => setFirst(event.target.valueAsNumber)} />
        </label>
        {isRunning ? (
          <button type="button" className="button" onClick={stopped}>
            {t('author.stop')}
          </button>
        ) : (
          <button type="submit" className="button primary" disabled={!isReady}>
            {t('author.run')}
          </button>
        )}
        <output>{isRunning || done > 0 ? t('author.progress', { done, all }) : ''}</output>
      </form>
      {isRunning && <progress value={done} max={Math.max(1, all)} aria-label={t('author.try')} />}
      {plan && plan.problems.length > 0 && (
        <ul className={s.problems}>
          {plan.problems.map(({ line, path, message }) => (
            <li key={`${line}${path}${message}`}>
              {t('editor.line', { line })}: {path} {message}
            </li>
          ))}
        </ul>
      )}
      {plan && plan.problems.length === 0 && plan.goals.length === 0 && <p className={s.hint}>{t('author.noGoals')}</p>}
      {!plan && <p className={s.hint}>{t('author.hint')}</p>}
      {plan && plan.goals.length > 0 && plan.problems.length === 0 && <Table />}
      {plan && text !== triedText && !isRunning && <p className={s.hint}>{t('author.changed')}</p>}
    </div>
  )
}

function Table() {
  const { t } = useTranslation('panels')
  const language = usePreferences((preferences) => preferences.language)
  const { plan, trials } = useAuthor()
  if (!plan) return null
  return (
    <div className={s.scroll}>
      <table className={s.table}>
        <thead>
          <tr>
            <th scope="col">{t('author.attempt')}</th>
            {plan.goals.map(({ id, show }) => (
              <th key={id} scope="col" title={show[language]}>
                {id}
              </th>
            ))}
            <th scope="col">{t('author.intended')}</th>
          </tr>
        </thead>
        <tbody>
          {plan.attempts.map((attempt, index) => (
            <AttemptRow key={`${attempt.type}${index}`} attempt={attempt} index={index} trials={trials[index] ?? []} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AttemptRow({ attempt, index, trials }: { readonly attempt: Attempt; readonly index: number; readonly trials: readonly Trial[] }) {
  const { t } = useTranslation('panels')
  const plan = useAuthor((author) => author.plan)
  const chosen = useAuthor((author) => author.chosen)
  const reached = (id: string): number =>
    trials.filter(({ goals }) => goals.some((goal) => goal.id === id && isReached(goal))).length
  const intended = trials.filter(({ isAsIntended }) => isAsIntended).length
  return (
    <>
      <tr className={s.attempt}>
        <th scope="row">
          {attempt.type === 'nothing' ? t('author.nothing') : attempt.id}
          <small>{attempt.type === 'nearMiss' ? t('author.nearMiss', { goal: attempt.breaks }) : t(`author.${attempt.type === 'solution' ? 'solution' : 'nobody'}`)}</small>
        </th>
        {plan?.goals.map(({ id }) => (
          <td key={id}>{trials.length > 0 && `${reached(id)} / ${trials.length}`}</td>
        ))}
        <td className={cx(s.verdict, trials.length > 0 && (intended === trials.length ? s.good : s.bad))}>
          {trials.length > 0 && (intended === trials.length ? t('author.always') : `${intended} / ${trials.length}`)}
        </td>
      </tr>
      <tr>
        <td colSpan={(plan?.goals.length ?? 0) + 2} className={s.runs}>
          {trials.map((trial) => (
            <button
              key={trial.seed}
              type="button"
              className={cx(s.run, trial.isAsIntended ? s.good : s.bad)}
              aria-pressed={chosen?.attempt === index && chosen.seed === trial.seed}
              title={trial.goals.map(({ id, verdict, at, by }) => `${id}: ${verdict}${at === undefined ? '' : ` ${formatClock(at)}`}${by === undefined ? '' : ` (${by})`}`).join('\n')}
              onClick={() => runChosen({ attempt: index, seed: trial.seed })}
            >
              <span className="hidden">{t('author.seed', { seed: trial.seed })} </span>
              {trial.goals.map(({ id, verdict }) => (
                <i key={id} data-verdict={verdict}>
                  {VERDICT_SIGNS[verdict]}
                </i>
              ))}
              <small>{trial.seed}</small>
            </button>
          ))}
        </td>
      </tr>
    </>
  )
}
