import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { formatClock } from '../../app/format.ts'
import type { DatedMove, WaitingPod } from '../../engine/protocol.ts'
import s from './queue.module.css'

/** Why a Pod changed queues; an event of the cluster keeps its own name. */
export function becauseText({ because }: DatedMove, t: TFunction<'panels'>): string {
  switch (because) {
    case 'PodAdd':
    case 'ScheduleAttemptFailure':
    case 'BackoffComplete':
    case 'UnschedulableTimeout':
    case 'PreemptionDone':
      return t(`queue.because.${because}`)
    default:
      return t('queue.because.event', { event: because })
  }
}

function waitsFor({ queue, leavesAt, rejectedBy, gatedBy }: WaitingPod, t: TFunction<'panels'>): string {
  const at = formatClock(leavesAt ?? 0)
  switch (queue) {
    case 'active':
      return t('queue.activeText')
    case 'backoff':
    case 'errorBackoff':
      return t(`queue.${queue}Text`, { at })
    case 'unschedulable':
      return t('queue.unschedulableText', { plugins: rejectedBy.join(', ') })
    case 'gated':
      return t('queue.gatedText', { plugin: gatedBy ?? '' })
  }
}

/** Where a Pod waits, what it waits for, and what moved it last. */
export function QueueCard({ waiting }: { readonly waiting: WaitingPod }) {
  const { t } = useTranslation('panels')
  const { queue, attempts, backoffMs, since, move } = waiting
  return (
    <section className={s.card} aria-label={t('queue.title')}>
      <h3>
        {t('queue.title')}: <span className={s.queue}>{t(`queue.${queue}`)}</span>
      </h3>
      <p>{waitsFor(waiting, t)}</p>
      <dl>
        <div>
          <dt>{t('queue.attempts')}</dt>
          <dd>{attempts}</dd>
        </div>
        <div>
          <dt>{t('queue.backoffLength')}</dt>
          <dd>{backoffMs / 1000} s</dd>
        </div>
        <div>
          <dt>{t('queue.since')}</dt>
          <dd>{formatClock(Math.max(0, since))}</dd>
        </div>
        {move && (
          <div>
            <dt>{t('queue.moved')}</dt>
            <dd>
              {becauseText(move, t)} · {formatClock(Math.max(0, move.at))}
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}
