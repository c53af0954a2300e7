import { memo, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { isSelected, useView } from '../../app/view-store.ts'
import { usePod, useWorld } from '../../app/world-store.ts'
import { enteredWaitingRoom, leftWaitingRoom } from './flights.ts'
import { isDim } from './pod-look.ts'
import s from './waiting-room.module.css'

/** As many as can be told apart; the rest is a number. */
const SHOWN = 24

const Chip = memo(function Chip({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const pod = usePod(id)
  const chosen = useView((view) => isSelected(view, `pod:${id}`))
  const dim = useView((view) => pod !== undefined && isDim(pod, view.namespace, view.search))
  const ref = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return undefined
    enteredWaitingRoom(id, element)
    return () => leftWaitingRoom(id)
  }, [id])
  if (!pod) return null
  const why = pod.waitingFor === '' ? pod.status : pod.waitingFor
  return (
    <li className={cx(s.item, dim && s.dim)}>
      <button
        ref={ref}
        type="button"
        className={cx(s.chip, chosen && s.chosen)}
        data-select={`pod:${id}`}
        data-look={pod.look}
        aria-pressed={chosen}
        title={`${id} · ${why}`}
      >
        <span className="hidden">{t('stage.podLabel', { name: id, state: t('state.pending'), status: why })}</span>
        <b aria-hidden="true">{pod.app}</b>
        <i aria-hidden="true">{pod.suffix}</i>
        {pod.nominatedNode !== undefined && <small aria-hidden="true">{`${t('stage.planned')}: ${pod.nominatedNode}`}</small>}
      </button>
      <span className={s.why} title={why}>
        {why}
      </span>
    </li>
  )
})

/** Pods without a node, oldest first, each with the reason. */
export function WaitingRoom() {
  const { t } = useTranslation()
  const waiting = useWorld((world) => world.waiting)
  return (
    <section className={s.room} aria-label={t('stage.waitingRoom')} data-anchor="waiting-room">
      <h2>
        {t('stage.waitingRoom')} {waiting.length > 1 && <small>{waiting.length}</small>}
      </h2>
      {waiting.length === 0 ? (
        <p className={s.empty}>{t('stage.waitingEmpty')}</p>
      ) : (
        <ul className={s.list}>
          {waiting.slice(0, SHOWN).map((id) => (
            <Chip key={id} id={id} />
          ))}
          {waiting.length > SHOWN && <li className={s.more}>{t('stage.waitingMore', { count: waiting.length - SHOWN })}</li>}
        </ul>
      )}
    </section>
  )
}
