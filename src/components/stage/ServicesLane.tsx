import { memo, useContext, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { BackendView, RequestDot, ServiceView } from '../../engine/protocol.ts'
import { cx } from '../../app/class-names.ts'
import { formatPercent, formatRate } from '../../app/format.ts'
import { useReducedMotion } from '../../app/use-media.ts'
import { useSize } from '../../app/use-size.ts'
import { isSelected, useView } from '../../app/view-store.ts'
import { onFrame, useWorld, WorldContext } from '../../app/world-store.ts'
import type { Flow, Motion } from './motion/motions.ts'
import { useMotions } from './motion/use-motions.ts'
import { pathOf, straight } from './pulses.layout.ts'
import { DOTS_PER_SECOND, flowWidth, ROW_HEIGHT, thinned, wiresOf, type Wire } from './service-lane.layout.ts'
import s from './services-lane.module.css'

/** Rows of one Service; the rest is a number. */
const MOST_ROWS = 4
/** So many Services have a lane of their own; more are chips, and the chosen one is drawn in full above them. */
const MOST_LANES = 2
/** A dot is seen for at least so long, whatever the request took. */
const LEAST_MS = 500
const MOST_MS = 4000

export function ServicesLane() {
  const { t } = useTranslation()
  const ids = useWorld((world) => world.serviceIds)
  const loaded = useWorld((world) => world.loaded)
  const namespace = useView((view) => view.namespace)
  const shown = ids.filter((id) => (namespace === '' || id.startsWith(`${namespace}/`)) && id !== 'default/kubernetes')
  const chosen = useView((view) => shown.find((id) => isSelected(view, `services:${id}`)))
  const compact = shown.length > MOST_LANES
  const lanes = compact ? shown.filter((id) => id === chosen) : shown
  return (
    <section className={s.lane} aria-label={t('stage.services')}>
      {loaded && shown.length === 0 && (
        <p className={s.none}>
          <b>{t('stage.noServices')}</b> {t('stage.noServicesHint')}
        </p>
      )}
      {lanes.map((id) => (
        <Service key={id} id={id} />
      ))}
      {compact && (
        <ul className={s.chips}>
          {shown.map((id) => (
            <Chip key={id} id={id} />
          ))}
        </ul>
      )}
    </section>
  )
}

const Service = memo(function Service({ id }: { readonly id: string }) {
  const service = useWorld((world) => world.services.get(id))
  return service ? <Drawn service={service} /> : null
})

/** A Service in one line, with a square for each backend. */
const Chip = memo(function Chip({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const service = useWorld((world) => world.services.get(id))
  const chosen = useView((view) => isSelected(view, `services:${id}`))
  if (!service) return null
  const { backends } = service
  return (
    <li className={cx(s.chip, chosen && s.chosen)}>
      <button
        type="button"
        data-select={`services:${id}`}
        aria-pressed={chosen}
        title={`${id} ${service.clusterIP}:${service.ports}`}
      >
        {service.name}
      </button>
      <Rate service={service} />
      <span
        className={s.squares}
        title={t('stage.backends', { ready: backends.filter(({ ready }) => ready).length, of: backends.length })}
      >
        {backends.slice(0, MOST_SQUARES).map((backend) => (
          <i key={`${backend.pod}/${backend.address}`} className={s.key} data-look={lookOf(backend)} />
        ))}
        {backends.length > MOST_SQUARES && t('stage.waitingMore', { count: backends.length - MOST_SQUARES })}
      </span>
    </li>
  )
})

const MOST_SQUARES = 8

const lookOf = ({ terminating, ready }: BackendView): 'terminating' | 'ready' | 'not-ready' =>
  terminating ? 'terminating' : ready ? 'ready' : 'not-ready'

function Rate({ service }: { readonly service: ServiceView }) {
  const { t } = useTranslation()
  return (
    <em>
      {service.requestsPerSecond > 0
        ? t('stage.requestsPerSecond', { rate: formatRate(service.requestsPerSecond) })
        : t('stage.noTraffic')}
      {service.failedRatio > 0 && (
        <strong
          title={Object.entries(service.failures)
            .map(([why, count]) => `${why}: ${count}`)
            .join('\n')}
        >
          {t('stage.failedPercent', { percent: formatPercent(service.failedRatio) })}
        </strong>
      )}
    </em>
  )
}

function Drawn({ service }: { readonly service: ServiceView }) {
  const { t } = useTranslation()
  const speed = useWorld((world) => world.speed)
  const chosen = useView((view) => isSelected(view, `services:${service.id}`))
  const rows = service.backends.slice(0, MOST_ROWS)
  const flow = service.requestsPerSecond * Math.min(speed, 20) > DOTS_PER_SECOND * 2
  return (
    <article className={cx(s.service, chosen && s.chosen)}>
      <div className={s.name}>
        <button type="button" data-select={`services:${service.id}`} aria-pressed={chosen} title={service.id}>
          {service.name}
        </button>
        <span className="mono">{`${service.clusterIP}${service.ports === '' ? '' : `:${service.ports}`}`}</span>
        <Rate service={service} />
      </div>
      <Wires service={service} rows={rows} flow={flow} />
      {rows.length === 0 ? (
        <p className={s.noBackends}>{t('stage.noBackends')}</p>
      ) : (
        <ul className={s.backends}>
          {rows.map((backend) => (
            <Backend key={`${backend.pod}/${backend.address}`} backend={backend} />
          ))}
        </ul>
      )}
      {service.backends.length > MOST_ROWS && (
        <span className={s.more}>{t('stage.waitingMore', { count: service.backends.length - MOST_ROWS })}</span>
      )}
    </article>
  )
}

function Backend({ backend }: { readonly backend: BackendView }) {
  const { t } = useTranslation()
  const name = backend.pod.split('/').at(-1) ?? backend.address
  const look = lookOf(backend)
  const notes = [
    ...(backend.terminating ? [t('stage.backendTerminating')] : backend.ready ? [] : [t('stage.notReady')]),
    ...(backend.staleOn.length > 0 ? [t('stage.stale', { nodes: backend.staleOn.slice(0, 3).join(', ') })] : []),
  ]
  return (
    <li style={{ height: ROW_HEIGHT }}>
      <i className={s.key} data-look={look} />
      <button type="button" data-select={`pod:${backend.pod}`} title={`${backend.pod} ${backend.address}`}>
        {name}
      </button>
      <em>{t('stage.perSecond', { rate: formatRate(backend.ratePerSecond) })}</em>
      {notes.length > 0 && (
        <em className={s.bad} title={backend.staleOn.join(', ')}>
          {notes.join(' · ')}
        </em>
      )}
    </li>
  )
}

interface WiresProps {
  readonly service: ServiceView
  readonly rows: readonly BackendView[]
  readonly flow: boolean
}

function Wires({ service, rows, flow }: WiresProps) {
  const world = useContext(WorldContext)
  const still = useReducedMotion()
  const [measure, { width }] = useSize()
  const place = useRef<HTMLDivElement>(null)
  const motions = useMotions(place)
  const wires = wiresOf(rows.length, width)
  const height = Math.max(1, rows.length) * ROW_HEIGHT
  const flows = rows.map(({ ratePerSecond }) => (flow && ratePerSecond > 0 ? flowWidth(ratePerSecond) : undefined))
  const running: readonly Flow[] = still
    ? []
    : wires.flatMap(({ curve }, index) => {
        const widthPx = flows[index]
        return widthPx === undefined ? [] : [{ curve, widthPx }]
      })
  const drawing = useRef({ wires, pods: rows.map(({ pod }) => pod), flow, still, middle: height / 2, width })
  useEffect(() => {
    drawing.current = { wires, pods: rows.map(({ pod }) => pod), flow, still, middle: height / 2, width }
    motions.current?.flow(running)
  })
  useEffect(
    () =>
      onFrame((frame, before) => {
        if (frame.world !== world) return
        if (frame.full) {
          motions.current?.clear()
          return
        }
        const { wires, pods, flow, still, middle, width } = drawing.current
        if (still || document.visibilityState !== 'visible') return
        const own = frame.dots.filter((dot) => dot.service === service.id && (!flow || !dot.ok))
        const realSeconds = Math.max(0.05, (frame.now - before.now) / 1000 / frame.speed)
        const drawn = thinned(own, Math.max(1, Math.round(Math.min(0.5, realSeconds) * DOTS_PER_SECOND)))
        motions.current?.add(
          drawn.map((dot) => {
            const wire = dot.pod === undefined ? undefined : wires[pods.indexOf(dot.pod)]
            return motionOf(dot, wire, { middle, width, since: before.now, speed: frame.speed })
          }),
        )
      }),
    [service.id, world, motions],
  )
  return (
    <div className={s.wires} ref={measure} aria-hidden="true">
      <svg width={width} height={height}>
        {wires.map(({ curve }, index) => {
          const backend = rows[index]
          const widthPx = flows[index]
          return (
            backend &&
            (still || widthPx === undefined) && (
              <path
                key={`${backend.pod}/${backend.address}`}
                d={pathOf(curve)}
                className={cx(s.wire, !backend.ready && s.closed, widthPx !== undefined && s.flow)}
                style={{ strokeWidth: widthPx }}
              />
            )
          )
        })}
        <circle cx={6} cy={height / 2} r={4} className={s.source} />
      </svg>
      <div ref={place} className={s.moving} />
    </div>
  )
}

interface DotPlace {
  readonly middle: number
  readonly width: number
  readonly since: number
  readonly speed: number
}

/** A request runs along its wire; a failed one falls off, and says why. */
function motionOf(dot: RequestDot, wire: Wire | undefined, { middle, width, since, speed }: DotPlace): Motion {
  return {
    type: 'dot',
    curve: wire?.curve ?? straight({ x: 6, y: middle }, { x: 6 + width, y: middle }),
    reach: dot.ok ? 1 : wire ? 0.82 : 0.45,
    delayMs: Math.max(0, Math.min(400, (dot.at - since) / speed)),
    durationMs: Math.min(MOST_MS, Math.max(LEAST_MS, dot.durationMs / speed)),
    failed: !dot.ok,
    why: dot.why,
    whyRightPx: width - 6,
  }
}
