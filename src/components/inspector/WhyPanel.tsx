import { useTranslation } from 'react-i18next'
import { formatClock } from '../../app/format.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './Inspector.tsx'
import s from './inspector.module.css'

/** The chain of causes, root first. */
export default function WhyPanel({ inspection: { why } }: InspectorPanelProps) {
  const { t } = useTranslation()
  if (why.length === 0) return <EmptyState title={t('inspector.noWhy')} />
  return (
    <ol className={s.list}>
      {[...why].reverse().map((cause) => (
        <li key={`${cause.at}/${cause.type}/${cause.actor}/${cause.verb}/${cause.object?.name ?? ''}`}>
          <time>{formatClock(cause.at)}</time>
          <b>{cause.actor}</b> {cause.verb} {cause.object ? `${cause.object.resource}/${cause.object.name}` : ''} {cause.text}
        </li>
      ))}
    </ol>
  )
}
