import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock, formatCpu } from '../../app/format.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './panel-props.ts'
import s from './containers-panel.module.css'

const MEBIBYTE = 2 ** 20

/** Containers as recorded, with what truly runs beside it, and the Pod's conditions. */
export default function ContainersPanel({ inspection: { containers, conditions } }: InspectorPanelProps) {
  const { t } = useTranslation('panels')
  if (containers.length === 0) return <EmptyState title={t('containers.none')} />
  return (
    <>
      <ul className={s.list}>
        {containers.map(({ name, init, image, state, reason, ready, restarts, lastExit, usage, trulyRunning }) => (
          <li key={name} className={cx(s.container, ready && s.ready)}>
            <h3>
              <span className="mono">{name}</span>
              {init && <small> · {t('containers.init')}</small>}
              <span className={s.state}>
                {t(state === 'running' ? 'containers.running' : state === 'terminated' ? 'containers.terminated' : 'containers.waiting')} {reason}
              </span>
            </h3>
            <p className="mono">{image}</p>
            <p>
              {t(ready ? 'containers.ready' : 'containers.notReady')} · {t('containers.restarts', { count: restarts })}
              {lastExit !== '' && ` · ${t('containers.last', { exit: lastExit })}`}
            </p>
            {trulyRunning && <p>{t('containers.use', { cpu: formatCpu(usage.cpuMilli), memory: Math.round(usage.memoryBytes / MEBIBYTE) })}</p>}
            {trulyRunning !== (state === 'running') && <p className={s.differs}>{t(trulyRunning ? 'containers.trulyRuns' : 'containers.trulyGone')}</p>}
          </li>
        ))}
      </ul>
      {conditions.length > 0 && (
        <table className={s.conditions}>
          <caption>{t('containers.conditions')}</caption>
          <tbody>
            {conditions.map(({ type, status, reason, message, since }) => (
              <tr key={type} title={message}>
                <th scope="row">{type}</th>
                <td className={cx(status !== 'True' && s.no)}>{status}</td>
                <td>{reason}</td>
                <td className="mono">{since === undefined || since < 0 ? '' : formatClock(since)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
