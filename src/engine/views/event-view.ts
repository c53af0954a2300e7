import { parseTime } from '../../sim/kernel/time.ts'
import type { Event } from '../../sim/kubernetes/api/types.ts'
import { RESOURCE_TABLE } from '../../sim/kubernetes/api/generated/resource-table.ts'
import type { EventView } from '../protocol.ts'

/** Kind to resource key, the first group wins: events name kinds, everything else names resources. */
const RESOURCES = new Map<string, string>()
for (const [group, , rows] of RESOURCE_TABLE)
  for (const [plural, , kind] of rows) if (!RESOURCES.has(kind)) RESOURCES.set(kind, group === '' ? plural : `${plural}.${group}`)

export function eventView(event: Event, epochMs: number): EventView {
  const { metadata, involvedObject } = event
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? metadata.creationTimestamp
  const kind = involvedObject.kind ?? ''
  return {
    id: `${metadata.namespace ?? ''}/${metadata.name}`,
    at: (parseTime(last) ?? epochMs) - epochMs,
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    object: { resource: RESOURCES.get(kind) ?? kind.toLowerCase(), namespace: involvedObject.namespace ?? '', name: involvedObject.name ?? '' },
    kind,
    from: event.source?.component || event.reportingComponent || '',
    count: event.series?.count ?? event.count ?? 1,
  }
}
