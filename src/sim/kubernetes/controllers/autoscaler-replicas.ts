import { parseTime } from '../../kernel/time.ts'
import { quantityMilliValue } from '../api/quantity.ts'
import type { Pod } from '../api/types.ts'
import { podCondition } from './pod-state.ts'
import type { PodSample, ResourceMetrics } from './resource-metrics.ts'

/** Usage of a Pod in its first minutes tells little: it may still be starting. */
const CPU_INITIALIZATION_MS = 300_000
/** A Pod that is unready and has been since before this has never been ready. */
const INITIAL_READINESS_MS = 30_000

export type ResourceName = 'cpu' | 'memory'

/** How far the ratio of usage to target may be off before anything is done. */
export interface Tolerances {
  readonly scaleUp: number
  readonly scaleDown: number
}

export interface Proposal {
  readonly replicas: number
  /** Percent of the requests; only where that is the target. */
  readonly utilization?: number
  /** Thousandths, average over the Pods. */
  readonly averageMilli: number
}

export type Calculated = { readonly ok: true; readonly value: Proposal } | { readonly ok: false; readonly message: string }

interface Question {
  readonly pods: readonly Pod[]
  readonly metrics: ResourceMetrics | undefined
  readonly resource: ResourceName
  /** Only this container; absent: all of them. */
  readonly container?: string
  readonly currentReplicas: number
  readonly tolerances: Tolerances
  readonly unixMs: number
}

interface Groups {
  readonly ready: Map<string, number>
  readonly unready: readonly string[]
  readonly missing: readonly string[]
}

const failed = (message: string): Calculated => ({ ok: false, message })

/** Usage in thousandths, or undefined when a container has none. */
function usageOf({ containers }: PodSample, resource: ResourceName, container: string | undefined): number | undefined {
  let sum = 0
  for (const [name, { cpuMilli, memoryBytes }] of containers)
    if (container === undefined || name === container) sum += resource === 'cpu' ? cpuMilli : memoryBytes * 1000
  return container === undefined || containers.has(container) ? sum : undefined
}

function isUnready(pod: Pod, { unixMs, windowMs }: PodSample, now: number): boolean {
  const ready = podCondition(pod, 'Ready')
  const startedAt = parseTime(pod.status?.startTime)
  if (!ready || startedAt === undefined) return true
  const changedAt = parseTime(ready.lastTransitionTime) ?? 0
  if (startedAt + CPU_INITIALIZATION_MS > now) return ready.status === 'False' || unixMs < changedAt + windowMs
  return ready.status === 'False' && startedAt + INITIAL_READINESS_MS > changedAt
}

/** Who counts, who is not ready and who has no sample. Terminating and failed Pods are left out. */
function groupPods({ pods, metrics, resource, container, unixMs }: Question): Groups | string {
  if (!metrics)
    return 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'
  const ready = new Map<string, number>()
  const unready: string[] = []
  const missing: string[] = []
  let samples = 0
  for (const pod of pods) {
    const { namespace = '', name, deletionTimestamp } = pod.metadata
    const sample = metrics(namespace, name)
    const usage = sample && usageOf(sample, resource, container)
    if (usage !== undefined) samples += 1
    if (deletionTimestamp !== undefined || pod.status?.phase === 'Failed') continue
    if (pod.status?.phase === 'Pending') unready.push(name)
    else if (usage === undefined) missing.push(name)
    else if (resource === 'cpu' && isUnready(pod, sample!, unixMs)) unready.push(name)
    else ready.set(name, usage)
  }
  return samples === 0 ? 'no metrics returned from resource metrics API' : { ready, unready, missing }
}

function requestsOf({ pods, resource, container }: Question): Map<string, number> | string {
  const requests = new Map<string, number>()
  for (const { metadata, spec } of pods) {
    let sum = 0
    const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
    for (const { name, resources } of [...spec.containers, ...sidecars]) {
      if (container !== undefined && name !== container) continue
      const request = resources?.requests?.[resource]
      if (request === undefined) return `missing request for ${resource} in container ${name} of Pod ${metadata.name}`
      sum += quantityMilliValue(request)
    }
    requests.set(metadata.name, sum)
  }
  return requests
}

const isWithin = (ratio: number, { scaleUp, scaleDown }: Tolerances): boolean => 1 - scaleDown <= ratio && ratio <= 1 + scaleUp

/**
 * The decision that both targets share: Pods without a sample and Pods that are not ready are assumed to be what holds a change
 * back. The ratio is a float64 as upstream: multiplication and division round alike on every machine.
 */
function decide(
  { currentReplicas, tolerances }: Question,
  { ready, unready, missing }: Groups,
  ratioOf: (usage: ReadonlyMap<string, number>) => number,
  fullUsage: (pod: string) => number,
): number {
  const ratio = ratioOf(ready)
  const growsWithUnready = unready.length > 0 && ratio > 1
  if (!growsWithUnready && missing.length === 0)
    return isWithin(ratio, tolerances) ? currentReplicas : Math.ceil(ratio * ready.size)
  const usage = new Map(ready)
  if (ratio < 1) for (const pod of missing) usage.set(pod, fullUsage(pod))
  else if (ratio > 1) for (const pod of missing) usage.set(pod, 0)
  if (growsWithUnready) for (const pod of unready) usage.set(pod, 0)
  const again = ratioOf(usage)
  if (isWithin(again, tolerances) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return currentReplicas
  const replicas = Math.ceil(again * usage.size)
  if ((again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas)) return currentReplicas
  return replicas
}

const total = (usage: ReadonlyMap<string, number>): number => {
  let sum = 0
  for (const value of usage.values()) sum += value
  return sum
}

/** Groups, or why there is nothing to work with. */
function usable(question: Question): Groups | string {
  const groups = groupPods(question)
  if (typeof groups === 'string') return `unable to get metrics for resource ${question.resource}: ${groups}`
  if (question.pods.length === 0) return 'no pods returned by selector while calculating replica count'
  if (groups.ready.size === 0) return 'did not receive metrics for targeted pods (pods might be unready)'
  return groups
}

/**
 * How many replicas would bring the usage to a percentage of what the Pods request. Models GetResourceReplicas of
 * pkg/controller/podautoscaler/replica_calculator.go (v1.35).
 */
export function replicasForUtilization(question: Question, targetPercent: number): Calculated {
  const groups = usable(question)
  if (typeof groups === 'string') return failed(groups)
  const requests = requestsOf(question)
  if (typeof requests === 'string') return failed(requests)
  const percentOf = (usage: ReadonlyMap<string, number>): number => {
    let requested = 0
    for (const pod of usage.keys()) requested += requests.get(pod) ?? 0
    return requested === 0 ? 0 : Math.trunc((total(usage) * 100) / requested)
  }
  const { ready } = groups
  const replicas = decide(
    question,
    groups,
    (usage) => percentOf(usage) / targetPercent,
    (pod) => Math.trunc(((requests.get(pod) ?? 0) * Math.max(100, targetPercent)) / 100),
  )
  return { ok: true, value: { replicas, utilization: percentOf(ready), averageMilli: Math.trunc(total(ready) / ready.size) } }
}

/** How many replicas would bring the average usage to a value (thousandths). Models GetRawResourceReplicas. */
export function replicasForAverage(question: Question, targetMilli: number): Calculated {
  const groups = usable(question)
  if (typeof groups === 'string') return failed(groups)
  const averageOf = (usage: ReadonlyMap<string, number>): number => Math.trunc(total(usage) / usage.size)
  const replicas = decide(
    question,
    groups,
    (usage) => averageOf(usage) / targetMilli,
    () => targetMilli,
  )
  return { ok: true, value: { replicas, averageMilli: averageOf(groups.ready) } }
}
