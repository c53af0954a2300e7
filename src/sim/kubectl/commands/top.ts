import { parseTime } from '../../kernel/time.ts'
import { quantityMilliValue, quantityValue } from '../../kubernetes/api/quantity.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done, type Invocation, type Metrics, type Usage } from '../command.ts'
import { check, fail, statusFailure, usageError } from '../failure.ts'
import { at, fields, text } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import { formatGoDuration } from '../go-duration.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'
import { allNamespacesFlag, fieldSelectorFlag, selectorFlag } from './common-flags.ts'

/** The metrics API of the world, or the end of the command. */
function metricsOf({ env, flags }: Invocation): Metrics {
  const sort = flags.string('sort-by')
  if (sort !== '' && sort !== 'cpu' && sort !== 'memory') fail('--sort-by accepts only cpu or memory')
  return env.metrics ?? fail('Metrics API not available')
}

const sortFlag: FlagSpec = { name: 'sort-by', type: 'string', values: ['cpu', 'memory'], summary: 'Sort by cpu or memory' }
const noHeadersFlag: FlagSpec = { name: 'no-headers', type: 'bool', summary: 'Leave out the header' }
const protobufFlag: FlagSpec = {
  name: 'use-protocol-buffers',
  type: 'bool',
  default: 'true',
  summary: 'Transport of the metrics',
}
const swapFlag: FlagSpec = { name: 'show-swap', type: 'bool', summary: 'Show swap' }

const cpuCell = ({ cpuMilli }: Usage): string => `${cpuMilli}m`
const memoryCell = ({ memoryBytes }: Usage): string => `${Math.floor(memoryBytes / 1_048_576)}Mi`
const percent = (part: number, whole: number): string => `${whole === 0 ? 0 : Math.trunc((part / whole) * 100)}%`
const sum = (all: Iterable<Usage>): Usage => {
  let total: Usage = { cpuMilli: 0, memoryBytes: 0 }
  for (const { cpuMilli, memoryBytes } of all)
    total = { cpuMilli: total.cpuMilli + cpuMilli, memoryBytes: total.memoryBytes + memoryBytes }
  return total
}
const line = (cells: readonly string[]): string => `${cells.map((cell) => `${cell}\t`).join('')}\n`

/** Largest first, or by name. */
function bigger(sort: string, a: { usage: Usage; name: string }, b: { usage: Usage; name: string }): boolean {
  if (sort === 'cpu') return a.usage.cpuMilli > b.usage.cpuMilli
  if (sort === 'memory') return a.usage.memoryBytes > b.usage.memoryBytes
  return a.name < b.name
}

function readAll(invocation: Invocation, resource: 'pods' | 'nodes', name: string | undefined): readonly AnyObject[] {
  const { env, flags, namespace } = invocation
  const within = resource === 'nodes' ? '' : namespace
  if (name !== undefined) {
    const found = env.api.get(resource, within, name)
    if (found.ok) return [found.value]
    check(statusFailure(found.status))
    return []
  }
  const found = env.api.list(resource, {
    ...(resource === 'nodes' || flags.bool('all-namespaces') ? {} : { namespace }),
    ...(flags.string('selector') === '' ? {} : { labelSelector: flags.string('selector') }),
    ...(resource === 'nodes' || flags.string('field-selector') === '' ? {} : { fieldSelector: flags.string('field-selector') }),
  })
  if (found.ok) return found.value.items
  check(statusFailure(found.status))
  return []
}

export const topNode: Command = {
  path: ['top', 'node'],
  aliases: ['nodes', 'no'],
  summary: 'Show what nodes use',
  usage: '[NAME | -l label]',
  completes: 'nodes',
  flags: [
    selectorFlag,
    sortFlag,
    noHeadersFlag,
    protobufFlag,
    swapFlag,
    { name: 'show-capacity', type: 'bool', summary: 'Percent of the capacity' },
  ],
  run(invocation) {
    const { args, flags, out } = invocation
    if (args.length > 1) usageError('top node', 'node [NAME | -l label]')
    if (args.length === 1 && flags.string('selector') !== '') fail('only one of NAME or --selector can be provided')
    const metrics = metricsOf(invocation)
    const nodes = readAll(invocation, 'nodes', args[0])
    const known = nodes.flatMap((node) => {
      const usage = metrics.node(node.metadata.name)
      return usage ? [{ node, name: node.metadata.name, usage }] : []
    })
    if (known.length === 0) fail('metrics not available yet')
    const sorted = goSort(known, (a, b) => bigger(flags.string('sort-by'), a, b))
    let table = flags.bool('no-headers') ? '' : line(['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'])
    for (const { node, name, usage } of sorted) {
      const whole = fields(at(node, flags.bool('show-capacity') ? 'status.capacity' : 'status.allocatable'))
      table += line([
        name,
        cpuCell(usage),
        ...('cpu' in whole ? [percent(usage.cpuMilli, quantityMilliValue(text(whole['cpu'])))] : []),
        memoryCell(usage),
        ...('memory' in whole ? [percent(usage.memoryBytes, quantityValue(text(whole['memory'])))] : []),
      ])
    }
    for (const node of nodes)
      if (!known.some(({ name }) => name === node.metadata.name))
        table += line([node.metadata.name, ...Array.from({ length: 4 }, () => '<unknown>')])
    out.print(tabulate(table, TABLE_TABS))
    return done()
  },
}

/** Until then a Pod without metrics is simply too young. */
const METRICS_DELAY_MS = 120_000

export const topPod: Command = {
  path: ['top', 'pod'],
  aliases: ['pods', 'po'],
  summary: 'Show what Pods use',
  usage: '[NAME | -l label]',
  completes: 'pods',
  flags: [
    selectorFlag,
    fieldSelectorFlag,
    sortFlag,
    allNamespacesFlag,
    noHeadersFlag,
    protobufFlag,
    swapFlag,
    { name: 'containers', type: 'bool', summary: 'Show each container' },
    { name: 'sum', type: 'bool', summary: 'Show the sum' },
  ],
  run(invocation) {
    const { args, flags, out, env, namespace } = invocation
    if (args.length > 1) usageError('top pod', 'pod [NAME | -l label]')
    if (args.length === 1 && (flags.string('selector') !== '' || flags.string('field-selector') !== ''))
      fail('only one of NAME or selector can be provided')
    const metrics = metricsOf(invocation)
    const pods = readAll(invocation, 'pods', args[0])
    const known = pods.flatMap((pod) => {
      const containers = metrics.pod(pod.metadata.namespace ?? '', pod.metadata.name)
      return containers ? [{ pod, name: pod.metadata.name, containers, usage: sum(containers.values()) }] : []
    })
    if (known.length === 0) {
      for (const pod of pods) {
        const age = env.unixMs - (parseTime(pod.metadata.creationTimestamp) ?? env.unixMs)
        if (age > METRICS_DELAY_MS)
          fail(`Metrics not available for pod ${pod.metadata.namespace}/${pod.metadata.name}, age: ${formatGoDuration(age)}`)
      }
      if (pods.length > 0) fail('metrics not available yet')
      out.error(flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`)
      return done()
    }
    const withNamespace = flags.bool('all-namespaces')
    const sort = flags.string('sort-by')
    const place = (pod: AnyObject): string => pod.metadata.namespace ?? ''
    const sorted = goSort(known, (a, b) =>
      sort === '' && withNamespace && place(a.pod) !== place(b.pod) ? place(a.pod) < place(b.pod) : bigger(sort, a, b),
    )
    const lead = [...(withNamespace ? ['NAMESPACE'] : []), ...(flags.bool('containers') ? ['POD'] : [])]
    let table = flags.bool('no-headers') ? '' : line([...lead, 'NAME', 'CPU(cores)', 'MEMORY(bytes)'])
    for (const { pod, name, containers, usage } of sorted) {
      const first = withNamespace ? [place(pod)] : []
      if (!flags.bool('containers')) table += line([...first, name, cpuCell(usage), memoryCell(usage)])
      else {
        const each = goSort(
          [...containers].map(([container, used]) => ({ name: container, usage: used })),
          (a, b) => bigger(sort, a, b),
        )
        for (const one of each) table += line([...first, name, one.name, cpuCell(one.usage), memoryCell(one.usage)])
      }
    }
    if (flags.bool('sum')) {
      const total = sum(known.map(({ usage }) => usage))
      const width = 3 + (flags.bool('no-headers') ? 0 : lead.length)
      table += line([...Array.from({ length: width - 2 }, () => ''), '________', '________'])
      table += line([...Array.from({ length: width - 3 }, () => ''), '', cpuCell(total), memoryCell(total)])
    }
    out.print(tabulate(table, TABLE_TABS))
    return done()
  },
}
