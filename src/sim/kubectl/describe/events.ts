import { parseTime } from '../../kernel/time.ts'
import { at, type Fields, isSet, number, text } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { ageOf } from '../human-time.ts'
import { type DescribeContext, type DescribeWriter, meta } from './writer.ts'

interface Reference {
  readonly name: string
  readonly namespace: string
  readonly kind?: string
  readonly uid: string
}

const timeOf = (event: Fields): number => parseTime(text(event['lastTimestamp'])) ?? Number.NEGATIVE_INFINITY

export const byLastTimestamp = (events: readonly Fields[]): readonly Fields[] => goSort(events, (a, b) => timeOf(a) < timeOf(b))

/** Events about an object. Models describe's searchEvents. */
export function searchEvents({ api }: DescribeContext, { name, namespace, kind, uid }: Reference): readonly Fields[] {
  const terms = [`involvedObject.name=${name}`, `involvedObject.namespace=${namespace}`]
  if (kind) terms.push(`involvedObject.kind=${kind}`)
  if (uid !== '') terms.push(`involvedObject.uid=${uid}`)
  const found = api.list('events', { ...(namespace === '' ? {} : { namespace }), fieldSelector: terms.join(',') })
  return found.ok ? found.value.items : []
}

export const referenceTo = (object: Fields): Reference => ({
  name: meta(object, 'name'),
  namespace: meta(object, 'namespace'),
  kind: text(object['kind']),
  uid: meta(object, 'uid'),
})

/** `5s (x3 over 40s)`, or one age. */
export function eventInterval(event: Fields, nowMs: number): string {
  const first = ageOf(isSet(event['eventTime']) ? event['eventTime'] : event['firstTimestamp'], nowMs)
  const series = event['series']
  if (isSet(series)) return `${ageOf(at(series, 'lastObservedTime'), nowMs)} (x${number(at(series, 'count'))} over ${first})`
  if (number(event['count']) > 1) return `${ageOf(event['lastTimestamp'], nowMs)} (x${number(event['count'])} over ${first})`
  return first
}

export function writeEvents(w: DescribeWriter, events: readonly Fields[], nowMs: number): void {
  if (events.length === 0) {
    w.line(0, 'Events:', '<none>')
    return
  }
  w.flush()
  w.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n')
  w.line(1, '----', '------', '----', '----', '-------')
  for (const event of byLastTimestamp(events)) {
    const path = text(at(event, 'involvedObject.fieldPath'))
    const message = text(event['message']).trim()
    w.line(
      1,
      text(event['type']),
      text(event['reason']),
      eventInterval(event, nowMs),
      text(at(event, 'source.component')) || text(event['reportingComponent']),
      path === '' ? message : `${path}: ${message}`,
    )
  }
}

/** The last section of most descriptions. */
export function describeEventsOf(object: Fields, w: DescribeWriter, context: DescribeContext): void {
  if (context.showEvents) writeEvents(w, searchEvents(context, referenceTo(object)), context.nowMs)
}
