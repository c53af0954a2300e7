import { goSort } from '../../kernel/go-sort.ts'
import { parseTime } from '../../kernel/time.ts'
import type { Pod } from '../api/types.ts'
import { isPodActive, isPodReady, readySince } from './pod-state.ts'

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
const PHASES = ['Pending', 'Unknown', 'Running']
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d*)$/

/** The annotation, or 0 when it is absent or no 32-bit integer. */
export function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST]
  if (text === undefined || !WHOLE_NUMBER.test(text)) return 0
  const cost = Number(text)
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0
}

/** ⌊log2⌋ of an age in nanoseconds; -1 for what is not older than now. Ages are told apart by these buckets only. */
export const ageBucket = (ageMs: number): number => (ageMs > 0 ? (BigInt(ageMs) * 1_000_000n).toString(2).length - 1 : -1)

/** Greatest restart count among the containers, and among the sidecars. */
function restarts(pod: Pod): readonly [regular: number, sidecars: number] {
  const sidecars = new Set(
    pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  )
  let regular = 0
  let sidecar = 0
  for (const { restartCount } of pod.status?.containerStatuses ?? []) regular = Math.max(regular, restartCount)
  for (const { name, restartCount } of pod.status?.initContainerStatuses ?? [])
    if (sidecars.has(name)) sidecar = Math.max(sidecar, restartCount)
  return [regular, sidecar]
}

const byUid = (a: Pod, b: Pod): number => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1)

function byAge(a: Pod, b: Pod, since: (pod: Pod) => number | undefined, unixMs: number): number {
  const [first, second] = [since(a), since(b)]
  if (first === second) return 0
  if (first === undefined || second === undefined) return first === undefined ? -1 : 1
  return ageBucket(unixMs - first) - ageBucket(unixMs - second) || byUid(a, b)
}

/**
 * Who is deleted first: negative when `a` goes before `b`. `crowd` counts the active Pods of the same owner on a node.
 * Models controller.ActivePodsWithRanks (v1.35).
 */
export function compareVictims(a: Pod, b: Pod, crowd: ReadonlyMap<string, number>, unixMs: number): number {
  const [nodeA, nodeB] = [a.spec.nodeName ?? '', b.spec.nodeName ?? '']
  if (nodeA !== nodeB && (nodeA === '' || nodeB === '')) return nodeA === '' ? -1 : 1
  const phase = PHASES.indexOf(a.status?.phase ?? 'Pending') - PHASES.indexOf(b.status?.phase ?? 'Pending')
  if (phase !== 0) return phase
  const [readyA, readyB] = [isPodReady(a), isPodReady(b)]
  if (readyA !== readyB) return readyA ? 1 : -1
  const cost = deletionCost(a) - deletionCost(b)
  if (cost !== 0) return cost
  const crowding = (crowd.get(nodeB) ?? 0) - (crowd.get(nodeA) ?? 0)
  if (crowding !== 0) return crowding
  if (readyA && readyB) {
    const age = byAge(a, b, readySince, unixMs)
    if (age !== 0) return age
  }
  const [restartsA, restartsB] = [restarts(a), restarts(b)]
  const restarted = restartsB[0] - restartsA[0] || restartsB[1] - restartsA[1]
  if (restarted !== 0) return restarted
  return byAge(a, b, (pod) => parseTime(pod.metadata.creationTimestamp), unixMs)
}

/** The `count` Pods to delete. `related` are the Pods of every set of the same owner: nodes that hold many of them lose some first. */
export function chooseVictims(pods: readonly Pod[], related: Iterable<Pod>, count: number, unixMs: number): readonly Pod[] {
  if (count >= pods.length) return pods
  const crowd = new Map<string, number>()
  for (const pod of related)
    if (isPodActive(pod)) crowd.set(pod.spec.nodeName ?? '', (crowd.get(pod.spec.nodeName ?? '') ?? 0) + 1)
  return goSort(pods, (a, b) => compareVictims(a, b, crowd, unixMs) < 0).slice(0, count)
}
