import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './panel-props.ts'
import s from './inspector.module.css'

export default function EventsPanel({ inspection: { events } }: InspectorPanelProps) {
  const { t } = useTranslation()
  if (events.length === 0) return <EmptyState title={t('inspector.noEvents')} />
  return (
    <ul className={s.list}>
      {[...events]
        .sort((a, b) => b.at - a.at)
        .map((event) => (
          <li key={event.id} className={cx(event.type === 'Warning' && s.warning)}>
            <time>{formatClock(event.at)}</time>
            <b>{event.reason}</b> {event.count > 1 && `×${event.count} `}
            {event.message}
          </li>
        ))}
    </ul>
  )
}
