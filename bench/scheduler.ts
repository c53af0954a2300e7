import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { RandomStreams } from '../src/sim/kernel/rng.ts'
import type { Affinity, Node, Pod, TopologySpreadConstraint } from '../src/sim/kubernetes/api/types.ts'
import { ClusterCache } from '../src/sim/kubernetes/scheduler/cache.ts'
import { readConfiguration } from '../src/sim/kubernetes/scheduler/configuration.ts'
import { SchedulingCycles, type Decision } from '../src/sim/kubernetes/scheduler/cycle.ts'

const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'
const selector = { matchLabels: { app: 'bench' } }

const term = (topologyKey: string) => ({ labelSelector: selector, topologyKey })
const required = (topologyKey: string) => ({ requiredDuringSchedulingIgnoredDuringExecution: [term(topologyKey)] })
const spread = (whenUnsatisfiable: TopologySpreadConstraint['whenUnsatisfiable']): Partial<Pod['spec']> => ({
  topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector: selector }],
})
const affine = (affinity: Affinity): Partial<Pod['spec']> => ({ affinity })

/** What the Pods of each workload ask for beyond the default Pod. */
const WORKLOADS = {
  basic: {},
  'anti-affinity': affine({ podAntiAffinity: required(HOSTNAME) }),
  affinity: affine({ podAffinity: required(ZONE) }),
  'preferred-anti-affinity': affine({
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term(HOSTNAME) }] },
  }),
  spread: spread('DoNotSchedule'),
  'preferred-spread': spread('ScheduleAnyway'),
  preemption: {},
} satisfies Record<string, Partial<Pod['spec']>>

export type Workload = keyof typeof WORKLOADS
const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly Workload[]

export interface BenchRun {
  readonly workload: Workload
  readonly nodes: number
  /** Pods placed before the clock starts. */
  readonly existing: number
  /** Pods placed while it runs. */
  readonly pods: number
}
export interface BenchResult extends BenchRun {
  readonly seconds: number
  readonly podsPerSecond: number
  readonly p99Ms: number
  /** Pods that found no node. */
  readonly failed: number
}

/** The default node of upstream's scheduler_perf. */
const makeNode = (i: number): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node-${i}`, labels: { [HOSTNAME]: `node-${i}`, [ZONE]: `zone-${i % 3}` } },
  spec: {},
  status: { allocatable: { cpu: '4', memory: '32Gi', pods: '110' } },
})

function makePod(name: string, requests: Readonly<Record<string, string>>, priority: number, spec: Partial<Pod['spec']>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, labels: { app: 'bench' } },
    spec: { containers: [{ name: 'main', image: 'pause', resources: { requests } }], priority, ...spec },
  }
}

const DEFAULT_REQUESTS = { cpu: '100m', memory: '500Mi' }

/** One scheduling cycle after another: snapshot, filter, score, assume. No API server. */
function runBench(run: BenchRun): BenchResult {
  // Once on a small cluster, so that the clock does not measure the compiler.
  measure({ workload: run.workload, nodes: 100, ...sizes(run.workload, 100) })
  return measure(run)
}

function measure({ workload, nodes, existing, pods }: BenchRun): BenchResult {
  const configuration = readConfiguration(undefined)
  if (!configuration.ok) throw new Error('the default configuration is valid')
  const cluster = new ClusterCache()
  const rng = new RandomStreams(42).stream('scheduler')
  const cycles = new SchedulingCycles(cluster, configuration.value.profiles[0]!)
  const options = { random: (bound: number) => rng.int(bound), now: 0 }
  for (let i = 0; i < nodes; i++) cluster.setNode(makeNode(i))

  const isPreemption = workload === 'preemption'
  const decide = (pod: Pod): Decision => {
    const decision = cycles.decide(cluster.reader.read(pod), options)
    if (decision.node) cycles.assume(decision, decision.node)
    return decision
  }
  const place = (pod: Pod): boolean => {
    const decision = decide(pod)
    if (decision.node) return true
    if (!decision.preemption) return false
    // The victims go at once; the second cycle finds the room.
    const { node, victims } = decision.preemption
    cluster.nominate(decision.pod, node)
    for (const { key } of victims) cluster.removePod(key)
    return decide({ ...pod, status: { nominatedNodeName: node } }).node !== undefined
  }

  if (isPreemption)
    for (let i = 0; i < existing; i++) {
      const pod = makePod(`existing-${i}`, { cpu: '900m', memory: '500Mi' }, 0, { nodeName: `node-${i % nodes}` })
      cluster.setPod(pod)
    }
  else for (let i = 0; i < existing; i++) place(makePod(`existing-${i}`, DEFAULT_REQUESTS, 0, WORKLOADS[workload]))

  const waiting = Array.from({ length: pods }, (_, i) =>
    isPreemption
      ? makePod(`pod-${i}`, { cpu: '3', memory: '500Mi' }, 1000, {})
      : makePod(`pod-${i}`, DEFAULT_REQUESTS, 0, WORKLOADS[workload]),
  )
  const times: number[] = []
  let failed = 0
  const start = performance.now()
  let before = start
  for (const pod of waiting) {
    if (!place(pod)) failed += 1
    const after = performance.now()
    times.push(after - before)
    before = after
  }
  const seconds = (before - start) / 1000
  times.sort((a, b) => a - b)
  return {
    workload,
    nodes,
    existing,
    pods,
    seconds,
    podsPerSecond: pods / seconds,
    p99Ms: times[Math.min(times.length - 1, Math.floor(times.length * 0.99))] ?? 0,
    failed,
  }
}

interface BenchOptions {
  readonly workload?: Workload
  readonly nodes?: number
  readonly existing?: number
  readonly pods?: number
  readonly format?: 'text' | 'json'
}

const TABLE_NODES = [100, 1000, 5000]

/** Sizes at which every Pod finds a place: anti-affinity takes a node each, affinity fills one zone of three. */
function sizes(workload: Workload, nodes: number): { readonly existing: number; readonly pods: number } {
  switch (workload) {
    case 'preemption':
      return { existing: nodes * 4, pods: Math.min(1000, nodes) }
    case 'anti-affinity':
      return { existing: Math.min(1000, nodes >> 1), pods: Math.min(1000, nodes >> 1) }
    case 'affinity':
      return { existing: Math.min(1000, nodes * 5), pods: Math.min(1000, nodes * 5) }
    default:
      return { existing: 1000, pods: 1000 }
  }
}

function runWorkload(workload: Workload, nodes: number, options: BenchOptions): BenchResult {
  const { existing, pods } = sizes(workload, nodes)
  return runBench({ workload, nodes, existing: options.existing ?? existing, pods: options.pods ?? pods })
}

const USAGE = `scheduler [--workload ${WORKLOAD_NAMES.join('|')}] [--nodes N] [--existing E] [--pods P] [--format text|json]`

/** Undefined when the arguments make no sense. */
function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { workload: text, nodes: text, existing: text, pods: text, format: text },
    })
    const workload = WORKLOAD_NAMES.find((name) => name === values.workload)
    const numbers = Object.entries({ nodes: values.nodes, existing: values.existing, pods: values.pods }).flatMap(
      ([name, value]) => (value === undefined ? [] : [[name, Number(value)] as const]),
    )
    if (values.workload !== undefined && workload === undefined) return undefined
    if (numbers.some(([, value]) => !Number.isSafeInteger(value) || value < 0)) return undefined
    return {
      ...(workload ? { workload } : {}),
      ...Object.fromEntries(numbers),
      format: values.format === 'json' ? 'json' : 'text',
    }
  } catch {
    return undefined
  }
}

/** One workload or all, at one size or three. */
export function schedulerResults(options: BenchOptions = {}): readonly BenchResult[] {
  const { workload, nodes } = options
  return (workload ? [workload] : WORKLOAD_NAMES).flatMap((name) =>
    (nodes === undefined ? TABLE_NODES : [nodes]).map((size) => runWorkload(name, size, options)),
  )
}

/** Prints one workload as text or JSON, or without one the whole table at three sizes. */
export function benchScheduler(args: readonly string[]): void {
  const options = parseOptions(args)
  if (!options) {
    process.stderr.write(`expected ${USAGE}\nreceived ${args.join(' ')}\n`)
    process.exitCode = 2
    return
  }
  const results = schedulerResults(options)
  process.stdout.write(
    options.format === 'json' ? `${JSON.stringify(results.length === 1 ? results[0] : results)}\n` : `${printTable(results)}\n`,
  )
}

/** `growth`: the time per Pod, against the line above of the same workload. */
function printTable(results: readonly BenchResult[]): string {
  const rows = results.map((result, i) => {
    const before = results[i - 1]
    const growth = before?.workload === result.workload ? `×${(before.podsPerSecond / result.podsPerSecond).toFixed(2)}` : ''
    return [
      result.workload,
      String(result.nodes),
      String(result.existing),
      String(result.pods),
      result.seconds.toFixed(3),
      result.podsPerSecond.toFixed(0),
      result.p99Ms.toFixed(3),
      growth,
      String(result.failed),
    ]
  })
  const table = [['workload', 'nodes', 'existing', 'pods', 'seconds', 'pods/s', 'p99 ms', 'growth', 'failed'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table
    .map((row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '))
    .join('\n')
}
