import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './Inspector.tsx'
import s from './inspector.module.css'

/** The last decision about a Pod: the message, and each node with its sum or the reason that filtered it. */
export default function SchedulerPanel({ inspection: { decision } }: InspectorPanelProps) {
  const { t } = useTranslation()
  if (!decision) return <EmptyState title={t('inspector.noDecision')} />
  return (
    <ul className={s.list}>
      {decision.message !== '' && <li>{decision.message}</li>}
      {decision.nodes.map((node) => (
        <li key={node.name}>
          <b>{node.name === decision.node ? `● ${node.name}` : node.name}</b> {node.total ?? node.reasons.join(', ')}
        </li>
      ))}
    </ul>
  )
}
