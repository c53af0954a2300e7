import { parseTime } from '../../kernel/time.ts'
import type { ListOptions } from '../../kubernetes/api/client.ts'
import { apiVersionOf } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { again, type Command, done, Fatal, type Invocation, type Outcome } from '../command.ts'
import { eventInterval } from '../describe/events.ts'
import { check, fail, statusFailure } from '../failure.ts'
import { at, type Fields, fields, isSet, list, number, text } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { parseOutput, printObject } from '../output.ts'
import { goQuote } from '../printers/go-format.ts'
import { type FieldOrder, indentedJson } from '../printers/json.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'
import { allNamespacesFlag, chunkSizeFlag, printFlags } from './common-flags.ts'

const POLL_MS = 200

const REFERENCE: FieldOrder = { keys: ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] }
/** This command decodes events into Go structs, whose fields have an order. */
const EVENT: FieldOrder = {
  keys: [
    'kind',
    'apiVersion',
    'metadata',
    'involvedObject',
    'reason',
    'message',
    'source',
    'firstTimestamp',
    'lastTimestamp',
    'count',
    'type',
    'eventTime',
    'series',
    'action',
    'related',
    'reportingComponent',
    'reportingInstance',
  ],
  parts: {
    metadata: {
      keys: [
        'name',
        'generateName',
        'namespace',
        'uid',
        'resourceVersion',
        'generation',
        'creationTimestamp',
        'labels',
        'annotations',
        'ownerReferences',
        'managedFields',
      ],
    },
    involvedObject: REFERENCE,
    related: REFERENCE,
    source: { keys: ['component', 'host'] },
    series: { keys: ['count', 'lastObservedTime'] },
  },
}
const EVENT_LIST: FieldOrder = { keys: ['kind', 'apiVersion', 'metadata', 'items'], parts: { items: EVENT } }

const timeOf = (event: Fields): number => {
  const series = event['series']
  if (isSet(series)) return parseTime(text(at(series, 'lastObservedTime'))) ?? 0
  return parseTime(text(event['lastTimestamp'])) ?? parseTime(text(event['eventTime'])) ?? Number.NEGATIVE_INFINITY
}

function queryOf({ flags, env, namespace }: Invocation): ListOptions {
  const within = flags.bool('all-namespaces') ? {} : { namespace }
  const about = flags.string('for')
  if (about === '') return within
  const [type = '', name = '', extra] = about.split('/')
  if (!about.includes('/')) fail('--for must be in resource/name form')
  if (extra !== undefined) fail('arguments in resource/name form may not have more than one slash')
  if (type === '' || name === '') fail('arguments in resource/name form must have a single resource and name')
  const resource = env.registry.find(type)
  if (!resource) throw new Fatal(`the server doesn't have a resource type ${goQuote(type)}`)
  return {
    ...within,
    fieldSelector: `involvedObject.kind=${resource.kind},involvedObject.apiVersion=${apiVersionOf(resource)},involvedObject.name=${name}`,
  }
}

function rowOf(event: Fields, { env, flags }: Invocation): string {
  const cells = [
    eventInterval(event, env.unixMs),
    text(event['type']),
    text(event['reason']),
    `${text(at(event, 'involvedObject.kind'))}/${text(at(event, 'involvedObject.name'))}`,
    text(event['message']).trim(),
  ]
  return `${[...(flags.bool('all-namespaces') ? [text(at(event, 'metadata.namespace'))] : []), ...cells].join('\t')}\n`
}

const headerOf = ({ flags }: Invocation): string =>
  `${flags.bool('all-namespaces') ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`

function listed(invocation: Invocation): readonly AnyObject[] {
  const types = invocation.flags.list('types')
  if (types.some((type) => !['normal', 'warning'].includes(type.toLowerCase()))) fail('valid --types are Normal or Warning')
  const found = invocation.env.api.list('events', queryOf(invocation))
  if (!found.ok) {
    check(statusFailure(found.status))
    return []
  }
  return found.value.items.filter(
    (event) => types.length === 0 || types.some((type) => type.toLowerCase() === text(event['type']).toLowerCase()),
  )
}

const versionOf = (event: AnyObject): number => Number(event.metadata.resourceVersion ?? '0')

function watch(invocation: Invocation, after: number, widths: number[], printed: number): Outcome {
  const fresh = listed(invocation)
    .filter((event) => versionOf(event) > after)
    .sort((a, b) => versionOf(a) - versionOf(b))
  let count = printed
  for (const event of fresh) {
    const header = count === 0 && !invocation.flags.bool('no-headers') ? headerOf(invocation) : ''
    invocation.out.print(tabulate(header + rowOf(event, invocation), { ...TABLE_TABS, remembered: widths }))
    count += 1
  }
  return again(POLL_MS, { after: Math.max(after, ...fresh.map(versionOf)), widths: [...widths], printed: count })
}

export const events: Command = {
  path: ['events'],
  summary: 'List events, oldest first',
  usage: '[--for TYPE/NAME] [--types=Normal,Warning] [--watch]',
  flags: [
    { name: 'watch', shorthand: 'w', type: 'bool', summary: 'Go on and show new events' },
    { name: 'for', type: 'string', summary: 'Only events about this TYPE/NAME' },
    { name: 'types', type: 'stringSlice', values: ['Normal', 'Warning'], summary: 'Only events of these types' },
    { name: 'no-headers', type: 'bool', summary: 'Leave out the header' },
    allNamespacesFlag,
    chunkSizeFlag,
    ...printFlags,
  ],
  run(invocation) {
    const { flags, out, env, namespace } = invocation
    const parsed = parseOutput({ output: flags.string('output'), template: flags.string('template'), forGet: false }, env)
    const output = parsed.ok ? parsed.value : fail(parsed.message)
    if (flags.bool('watch')) return watch(invocation, 0, [], 0)
    const found = listed(invocation)
    if (found.length === 0) {
      out.error(flags.bool('all-namespaces') ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
      return done()
    }
    const sorted = goSort(found, (a, b) => timeOf(a) < timeOf(b))
    if (output.type === 'table') {
      out.print(
        tabulate(
          (flags.bool('no-headers') ? '' : headerOf(invocation)) + sorted.map((event) => rowOf(event, invocation)).join(''),
          TABLE_TABS,
        ),
      )
      return done()
    }
    // Names cannot be printed of this kind of list; the real one drops the error as well.
    if (output.type === 'name') return done()
    if (output.type === 'json' && !flags.bool('show-managed-fields')) {
      const items = sorted.map(({ metadata: { managedFields: _managedFields, ...metadata }, ...event }) => ({
        ...event,
        metadata,
      }))
      out.print(`${indentedJson({ kind: 'EventList', apiVersion: 'v1', metadata: {}, items }, '', EVENT_LIST)}\n`)
      return done()
    }
    const whole = { apiVersion: 'v1', items: sorted, kind: 'EventList', metadata: {} } as unknown as AnyObject
    const printed = printObject(output, whole, { showManagedFields: flags.bool('show-managed-fields') })
    if (printed.ok) out.print(printed.value)
    return done()
  },
  resume(invocation, state) {
    const kept = fields(state)
    return watch(invocation, number(kept['after']), list(kept['widths']).map(number), number(kept['printed']))
  },
}
