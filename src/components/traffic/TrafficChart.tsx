import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { act } from '../../app/engine-client.ts'
import { formatClock } from '../../app/format.ts'
import { useSize } from '../../app/use-size.ts'
import { useWorld } from '../../app/world-store.ts'
import type { TrafficPoint } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { layoutTraffic } from './traffic-chart.layout.ts'
import s from './traffic-chart.module.css'

const WINDOW_MS = 120_000

/** Requests a second that were answered and that failed, and the tap that sends them. */
export default function TrafficChart() {
  const { t } = useTranslation('panels')
  const services = useWorld((world) => world.serviceIds).filter((id) => id !== 'default/kubernetes')
  const points = useWorld((world) => world.traffic)
  const now = useWorld((world) => world.now)
  const [chosen, setChosen] = useState('')
  const [rate, setRate] = useState(10)
  const service = services.includes(chosen) ? chosen : (points.at(-1)?.service ?? services[0] ?? '')
  const send = (ratePerSecond: number): void => void act({ type: 'traffic', service, ratePerSecond })
  if (services.length === 0) return <EmptyState title={t('traffic.empty')} hint={t('traffic.noService')} />
  const own = points.filter((point) => point.service === service)
  return (
    <section className={s.traffic} aria-label={t('traffic.label')}>
      <form
        className={s.bar}
        onSubmit={(event) => {
          event.preventDefault()
          send(rate)
        }}
      >
        <label>
          {t('traffic.service')}{' '}
          <select value={service} onChange={(event) => setChosen(event.target.value)}>
            {services.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <label>
          <input type="number" min={1} max={5000} value={rate} onChange={(event) => setRate(Math.max(1, Math.min(5000, Math.round(Number(event.target.value) || 1))))} /> {t('traffic.rate')}
        </label>
        <button type="submit" className="button primary">
          {t('traffic.start')}
        </button>
        <button type="button" className="button" onClick={() => send(0)}>
          {t('traffic.stop')}
        </button>
        <ul className={s.legend}>
          <li className={s.ok}>{t('traffic.ok')}</li>
          <li className={s.failed}>{t('traffic.failed')}</li>
        </ul>
      </form>
      {own.length === 0 ? <EmptyState title={t('traffic.empty')} hint={t('traffic.emptyHint')} /> : <Chart service={service} points={own} now={now} />}
    </section>
  )
}

function Chart({ service, points, now }: { readonly service: string; readonly points: readonly TrafficPoint[]; readonly now: number }) {
  const { t } = useTranslation('panels')
  const [box, { width, height }] = useSize()
  const plot = { width: Math.max(0, width - 48), height: Math.max(0, height - 26) }
  const to = Math.max(now, 30_000)
  const { ok, failed, ticks, times } = layoutTraffic(points, Math.max(0, to - WINDOW_MS), to, plot.width, plot.height)
  const last = points.at(-1)
  const label = t('traffic.chart', { service, ok: last?.ok ?? 0, failed: last?.failed ?? 0 })
  return (
    <>
      <div ref={box} className={s.box}>
        <svg width={width} height={height} role="img" aria-label={label}>
          <g transform="translate(40 4)">
            {ticks.map(({ value, y }) => (
              <g key={value} transform={`translate(0 ${y})`} className={s.tick}>
                <line x2={plot.width} />
                <text x={-8} dy="0.32em" textAnchor="end">
                  {value}
                </text>
              </g>
            ))}
            {times.map(({ at, x }) => (
              <text key={at} x={x} y={plot.height + 16} textAnchor="middle" className={s.time}>
                {formatClock(at).slice(0, -2)}
              </text>
            ))}
            <path d={ok} className={s.okArea} />
            <path d={failed} className={s.failedArea} />
          </g>
        </svg>
        {last && <p className={s.latency}>{t('traffic.latency', { ms: last.latencyMs })}</p>}
      </div>
      <table className="hidden">
        <caption>{t('traffic.table')}</caption>
        <thead>
          <tr>
            <th>{t('traffic.second')}</th>
            <th>{t('traffic.ok')}</th>
            <th>{t('traffic.failed')}</th>
          </tr>
        </thead>
        <tbody>
          {points.slice(-10).map((point) => (
            <tr key={point.at}>
              <td>{formatClock(point.at)}</td>
              <td>{point.ok}</td>
              <td>{point.failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
