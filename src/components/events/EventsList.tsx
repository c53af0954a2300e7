import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import { selected } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import type { EventView } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import s from './events-list.module.css'

const ROW_PX = 26

const fits = (event: EventView, words: string): boolean =>
  words === '' ||
  `${event.reason} ${event.kind}/${event.object.namespace}/${event.object.name} ${event.message} ${event.from}`
    .toLowerCase()
    .includes(words)

/** Every event of the cluster, newest first; a row opens its object. */
export default function EventsList() {
  const { t } = useTranslation('panels')
  const events = useWorld((world) => world.events)
  const [words, setWords] = useState('')
  const [warningsOnly, setWarningsOnly] = useState(false)
  const rows = useMemo(
    () =>
      [...events.values()]
        .filter((event) => (!warningsOnly || event.type === 'Warning') && fits(event, words.trim().toLowerCase()))
        .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)),
    [events, words, warningsOnly],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  if (events.size === 0) return <EmptyState title={t('events.empty')} hint={t('events.emptyHint')} />
  return (
    <section className={s.events} aria-label={t('events.label')}>
      <div className={s.bar}>
        <input
          type="search"
          value={words}
          placeholder={t('events.filter')}
          aria-label={t('events.filter')}
          onChange={(event) => setWords(event.target.value)}
        />
        <label>
          <input type="checkbox" checked={warningsOnly} onChange={(event) => setWarningsOnly(event.target.checked)} />{' '}
          {t('events.warningsOnly')}
        </label>
      </div>
      <div ref={scroller} className={s.scroller}>
        {rows.length === 0 && <p className={s.none}>{t('events.noMatch')}</p>}
        <ol aria-label={t('events.label')} style={{ height: virtual.getTotalSize() }} className={s.rows}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const event = rows[index]!
            const { object, kind, reason, message, count, at, type } = event
            return (
              <li
                key={event.id}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)` }}
              >
                <button
                  type="button"
                  className={cx(s.row, type === 'Warning' && s.warning)}
                  title={message}
                  onClick={() => selected({ type: 'object', key: object })}
                >
                  <span className={s.time}>{formatClock(at)}</span>
                  <span className={s.type}>
                    {type === 'Warning' ? '!' : '·'}
                    <span className="hidden">{type}</span>
                  </span>
                  <span className={s.reason}>
                    {reason}
                    {count > 1 && <small> ×{count}</small>}
                  </span>
                  <span className={s.object}>
                    {kind}/{object.name}
                  </span>
                  <span className={s.message}>{message}</span>
                </button>
              </li>
            )
          })}
        </ol>
      </div>
    </section>
  )
}
