import { useTranslation } from 'react-i18next'
import { formatCpu, formatGib } from '../../app/format.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './Inspector.tsx'
import s from './inspector.module.css'

export default function ContainersPanel({ inspection: { containers } }: InspectorPanelProps) {
  const { t } = useTranslation()
  if (containers.length === 0) return <EmptyState title={t('inspector.noContainers')} />
  return (
    <ul className={s.list}>
      {containers.map((container) => (
        <li key={container.name}>
          <b>{container.name}</b> <code>{container.image}</code>
          <br />
          {container.state}
          {container.reason !== '' && ` · ${container.reason}`}
          {container.restarts > 0 && ` · ${t('stage.restarts', { count: container.restarts })}`}
          {container.lastExit !== '' && ` · ${container.lastExit}`}
          <br />
          {t('stage.truth')}: {container.trulyRunning ? t('stage.runsHere', { running: 1 }) : t('stage.nothingRuns')} · {formatCpu(container.usage.cpuMilli)} CPU · {formatGib(container.usage.memoryBytes)} Gi
        </li>
      ))}
    </ul>
  )
}
