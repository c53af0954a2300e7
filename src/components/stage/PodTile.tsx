import { memo, useContext, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { PodView } from '../../engine/protocol.ts'
import { cx } from '../../app/class-names.ts'
import { formatSpan } from '../../app/format.ts'
import { isSelected, useView } from '../../app/view-store.ts'
import { useNowSeconds, usePod, WorldContext, worldStore } from '../../app/world-store.ts'
import { landed, vanished } from './flights.ts'
import type { Tile } from './pod-tiles.layout.ts'
import { isDim, nameWidth, shortened, tileState, type TileState } from './pod-look.ts'
import s from './pod-tile.module.css'

/** Seconds of grace that are left, as a draining glass behind the text. */
function Grace({ endsAt, ms, words }: { readonly endsAt: number; readonly ms: number; readonly words: boolean }) {
  const { t } = useTranslation()
  const left = Math.max(0, endsAt - useNowSeconds() * 1000)
  return (
    <>
      <span className={s.sand} style={{ transform: `scaleY(${ms > 0 ? Math.min(1, left / ms) : 0})` }} />
      {words && <small aria-hidden="true">{t('stage.grace', { time: formatSpan(left) })}</small>}
    </>
  )
}

/** The word at the foot of the tile: what the cluster calls the state, where that is not plain. */
function useWord(pod: PodView, { look }: TileState): string {
  const { t } = useTranslation()
  switch (look) {
    case 'runs':
      return t('stage.runsHere', { running: pod.truth.running })
    case 'nothing-runs':
      return t('stage.nothingRuns')
    case 'only-runs':
      return t('stage.stillRuns')
    case 'creating':
      return pod.progress === undefined ? pod.status : t('stage.pulling', { percent: Math.round(pod.progress * 100) })
    case 'ready':
      return pod.truth.running === 0 && pod.differs ? t('stage.nothingRuns') : ''
    case 'not-ready':
      return `${pod.readyContainers}/${pod.containers} ${t('state.not-ready')}`
    case 'terminating':
      return ''
    default:
      return pod.status
  }
}

interface Props {
  readonly id: string
  readonly place: string
  readonly tile: Tile
  readonly first: boolean
}

export const PodTile = memo(function PodTile({ id, place, tile, first }: Props) {
  const pod = usePod(id)
  return pod ? <Drawn pod={pod} place={place} tile={tile} first={first} /> : null
})

interface DrawnProps extends Omit<Props, 'id'> {
  readonly pod: PodView
}

/** So long after it was made a Pod that appears is taken to have come out of the waiting room. */
const NEW_MS = 4000

/** What of a Pod its tile shows; use of CPU and memory, which changes all the time, is not among it. */
const shown = [
  'id',
  'namespace',
  'app',
  'suffix',
  'node',
  'look',
  'status',
  'readyContainers',
  'containers',
  'restarts',
  'createdAt',
  'graceEndsAt',
  'graceMs',
  'progress',
  'differs',
] as const

const looksSame = (a: DrawnProps, b: DrawnProps): boolean =>
  a.place === b.place &&
  a.first === b.first &&
  a.tile === b.tile &&
  (a.pod === b.pod ||
    (shown.every((field) => a.pod[field] === b.pod[field]) &&
      a.pod.truth.running === b.pod.truth.running &&
      a.pod.truth.host === b.pod.truth.host))

const Drawn = memo(function Drawn({ pod, place, tile, first }: DrawnProps) {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const layer = useView((view) => view.layer)
  const chosen = useView((view) => isSelected(view, `pod:${pod.id}`))
  const dim = useView((view) => isDim(pod, view.namespace, view.search))
  const found = useView((view) => view.search !== '' && pod.id.includes(view.search))
  const ref = useRef<HTMLButtonElement>(null)
  const state = tileState(pod, place, layer)
  const word = useWord(pod, state)

  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return undefined
    landed(pod.id, element, worldStore.getState()[world].now - pod.createdAt < NEW_MS)
    return () => vanished(element)
  }, [world, pod.id, pod.createdAt])

  const { width, height } = tile
  const named = width >= 28 && height >= 15
  const suffixed = width >= 68 && height >= 33
  const worded = width >= 56 && height >= 48
  const twoLines = !suffixed && height >= 30 && nameWidth(pod.app) > width
  const label = t('stage.podLabel', { name: pod.id, state: t(`state.${pod.look}`), status: pod.status })
  return (
    <button
      ref={ref}
      type="button"
      data-select={`pod:${pod.id}`}
      data-look={state.look}
      className={cx(
        s.tile,
        state.differs && s.differs,
        chosen && s.chosen,
        dim && s.dim,
        found && s.found,
        width < 46 && s.small,
        width < 22 && s.dot,
      )}
      style={{ width, height, left: tile.x, top: tile.y }}
      tabIndex={first ? 0 : -1}
      title={`${pod.id} · ${pod.status}${word === '' || word === pod.status ? '' : ` · ${word}`}${tile.atMinimum ? ` · ${t('stage.atMinimum')}` : ''}`}
      aria-pressed={chosen}
    >
      <span className="hidden">{`${label}${word === '' ? '' : `, ${word}`}`}</span>
      {state.look === 'creating' && <span className={s.fill} style={{ transform: `scaleY(${pod.progress ?? 0.3})` }} />}
      {named && (
        <b aria-hidden="true" className={cx(twoLines && s.twoLines)}>
          {pod.app}
        </b>
      )}
      {suffixed && pod.suffix !== '' && (
        <i aria-hidden="true">{shortened(pod.suffix, Math.max(5, Math.floor((width - 20) / 6.4)))}</i>
      )}
      {state.look === 'terminating' && pod.graceEndsAt !== undefined ? (
        <Grace endsAt={pod.graceEndsAt} ms={pod.graceMs ?? 0} words={worded} />
      ) : (
        worded && word !== '' && <small aria-hidden="true">{word}</small>
      )}
      {pod.restarts > 0 && width >= 40 && height >= 26 && (
        <span
          key={pod.restarts}
          aria-hidden="true"
          className={cx(s.beat, width < 92 && !worded && s.low)}
          title={t('stage.restarts', { count: pod.restarts })}
        >
          ×{pod.restarts}
        </span>
      )}
    </button>
  )
}, looksSame)
