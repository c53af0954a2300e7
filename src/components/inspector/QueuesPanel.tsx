import { useTranslation } from 'react-i18next'
import { engine } from '../../app/engine-client.ts'
import { formatClock } from '../../app/format.ts'
import { podSelected } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import type { SchedulerInspection, WaitingPod } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { becauseText } from './QueueCard.tsx'
import { useAnswer } from './use-answer.ts'
import s from './queue.module.css'

const SHOWN = 30

/** The scheduler from inside. */
const inspectScheduler = (): Promise<SchedulerInspection | undefined> => engine().inspectScheduler()

const queueOrder = ['active', 'backoff', 'errorBackoff', 'unschedulable', 'gated'] as const

/** The scheduler's queues, its latest moves between them, and its profiles. */
export default function QueuesPanel() {
  const { t } = useTranslation('panels')
  const scheduler = useAnswer(inspectScheduler)
  const isRunning = useWorld((world) => world.components.find(({ name }) => name === 'kube-scheduler')?.running ?? true)
  if (!scheduler) return null
  const { queues, moves, profiles, release } = scheduler
  return (
    <div className={s.page}>
      <p className={s.note}>
        {t('scheduler.release', { release })} · {isRunning ? t('queue.pods', { count: queues.length }) : t('queue.down')}
      </p>
      {queueOrder.map((queue) => {
        const waiting = queues.filter((each) => each.queue === queue)
        return waiting.length === 0 && queue !== 'active' ? null : <Queue key={queue} name={queue} waiting={waiting} />
      })}
      <section>
        <h3>{t('queue.moves')}</h3>
        {moves.length === 0 ? (
          <EmptyState title={t('queue.noMoves')} />
        ) : (
          <ol className={s.moves}>
            {moves.slice(0, SHOWN).map((move, index) => (
              <li key={`${index}/${move.at}/${move.pod}`}>
                <time>{formatClock(Math.max(0, move.at))}</time>{' '}
                <button type="button" onClick={() => podSelected(move.pod)}>
                  {nameOf(move.pod)}
                </button>{' '}
                {t(`queue.${move.from}`)} → <b>{t(`queue.${move.to}`)}</b> <small>{becauseText(move, t)}</small>
              </li>
            ))}
          </ol>
        )}
      </section>
      <section>
        <h3>{t('queue.profiles')}</h3>
        <ul className={s.profiles}>
          {profiles.map(({ schedulerName, plugins }) => (
            <li key={schedulerName}>
              <b>{schedulerName}</b>
              <p>
                {plugins.map(({ name, weight }) => (
                  <span key={name}>
                    {name} ×{weight}
                  </span>
                ))}
              </p>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

const nameOf = (pod: string): string => (pod.startsWith('default/') ? pod.slice('default/'.length) : pod)

function Queue({ name, waiting }: { readonly name: (typeof queueOrder)[number]; readonly waiting: readonly WaitingPod[] }) {
  const { t } = useTranslation('panels')
  return (
    <section>
      <h3>
        <span className={s.queue}>{t(`queue.${name}`)}</span> <small>{waiting.length}</small>
      </h3>
      {waiting.length === 0 ? (
        <p className={s.note}>{t('queue.none')}</p>
      ) : (
        <ul className={s.pods}>
          {waiting.slice(0, SHOWN).map(({ pod, attempts, leavesAt, rejectedBy, gatedBy }) => (
            <li key={pod}>
              <button type="button" onClick={() => podSelected(pod)}>
                {nameOf(pod)}
              </button>
              <small>
                {leavesAt === undefined ? (gatedBy ?? rejectedBy.join(', ')) : `→ ${formatClock(leavesAt)}`}
                {attempts > 0 && ` · ${t('scheduler.attempt', { attempt: attempts })}`}
              </small>
            </li>
          ))}
          {waiting.length > SHOWN && <li className={s.note}>+{waiting.length - SHOWN}</li>}
        </ul>
      )}
    </section>
  )
}
