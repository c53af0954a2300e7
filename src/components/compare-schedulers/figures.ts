import type { NodeView, PodView } from '../../engine/protocol.ts'

/** How a configuration has placed Pods. */
export interface PlacementFigures {
  readonly placed: number
  readonly waiting: number
  readonly usedNodes: number
  /** Largest difference in Pods of one application between two zones; undefined with fewer than two zones. */
  readonly zoneSkew: number | undefined
  readonly nodeSkew: number
  /** Requested of what can be given, on nodes with Pods of users: 0…1. */
  readonly cpu: number
  readonly memory: number
  /** Most CPU that is free on one node. */
  readonly largestCpuMilli: number
  /** Its share of all free CPU: 1 = in one piece. */
  readonly largestShare: number
}

const isOver = ({ look }: PodView): boolean => look === 'succeeded' || look === 'failed'

/** Largest minus smallest count over the places, for the application where it is largest. */
function maxSkew(pods: readonly PodView[], places: readonly string[], placeOf: (pod: PodView) => string): number {
  const apps = new Map<string, Map<string, number>>()
  for (const pod of pods) {
    const id = `${pod.namespace}/${pod.app}`
    const counts = apps.get(id) ?? new Map<string, number>(places.map((place) => [place, 0]))
    apps.set(id, counts.set(placeOf(pod), (counts.get(placeOf(pod)) ?? 0) + 1))
  }
  let skew = 0
  for (const counts of apps.values()) skew = Math.max(skew, Math.max(...counts.values()) - Math.min(...counts.values()))
  return skew
}

/** Compares nothing: the figures of one world, read off what it shows. */
export function figuresOf(pods: Iterable<PodView>, nodes: Iterable<NodeView>): PlacementFigures {
  const living = [...pods].filter((pod) => !isOver(pod))
  const placed = living.filter(({ node }) => node !== undefined)
  const machines = [...nodes]
  const zoneOf = new Map(machines.map(({ name, zone }) => [name, zone]))
  const zones = [...new Set(machines.map(({ zone }) => zone).filter((zone) => zone !== ''))]
  const names = machines.map(({ name }) => name)
  const used = new Set(placed.map(({ node }) => node))
  let [cpu, cpuOf, memory, memoryOf] = [0, 0, 0, 0]
  let [largest, free] = [0, 0]
  for (const { name, allocatable, requested, ready, unschedulable } of machines) {
    if (used.has(name)) {
      cpu += requested.cpuMilli
      cpuOf += allocatable.cpuMilli
      memory += requested.memoryBytes
      memoryOf += allocatable.memoryBytes
    }
    if (ready !== 'Ready' || unschedulable || requested.pods >= allocatable.pods) continue
    const left = Math.max(0, allocatable.cpuMilli - requested.cpuMilli)
    free += left
    largest = Math.max(largest, left)
  }
  return {
    placed: placed.length,
    waiting: living.length - placed.length,
    usedNodes: used.size,
    zoneSkew: zones.length < 2 ? undefined : maxSkew(placed, zones, ({ node }) => zoneOf.get(node!) ?? ''),
    nodeSkew: maxSkew(placed, names, ({ node }) => node!),
    cpu: cpuOf === 0 ? 0 : cpu / cpuOf,
    memory: memoryOf === 0 ? 0 : memory / memoryOf,
    largestCpuMilli: largest,
    largestShare: free === 0 ? 0 : largest / free,
  }
}
