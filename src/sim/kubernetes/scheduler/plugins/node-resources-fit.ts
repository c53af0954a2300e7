import { isSamePod, nodesOf, podsOf } from '../cluster-events.ts'
import { idiv, MAX_NODE_SCORE, type Plugin, type Status } from '../framework.ts'
import { NodeInfo } from '../node-info.ts'
import type { PodShape } from '../pod-info.ts'
import { isExtendedResource, isScalarResource, podRequests } from '../pod-requests.ts'
import type { ReleaseBehaviour } from '../releases.ts'

export interface WeightedResource {
  readonly name: string
  readonly weight: number
}
export interface ShapePoint {
  /** 0…100 */
  readonly utilization: number
  /** 0…10 */
  readonly score: number
}
export type ScoringStrategy =
  | { readonly type: 'LeastAllocated' | 'MostAllocated'; readonly resources: readonly WeightedResource[] }
  | {
      readonly type: 'RequestedToCapacityRatio'
      readonly resources: readonly WeightedResource[]
      readonly shape: readonly ShapePoint[]
    }

export interface NodeResourcesFitArgs {
  readonly scoringStrategy: ScoringStrategy
  readonly ignoredResources: readonly string[]
  readonly ignoredResourceGroups: readonly string[]
}

/** Integer broken line through the points; their scores are out of 10, the result is out of 100. */
function scoreAtUtilization(shape: readonly ShapePoint[], utilization: number): number {
  const scale = MAX_NODE_SCORE / 10
  for (const [i, point] of shape.entries()) {
    if (utilization > point.utilization) continue
    if (i === 0) return point.score * scale
    const before = shape[i - 1]!
    return (
      before.score * scale +
      idiv((point.score - before.score) * scale * (utilization - before.utilization), point.utilization - before.utilization)
    )
  }
  return (shape.at(-1)?.score ?? 0) * scale
}

/** What one resource of a node scores when `requested` of `capacity` are taken, the pod included. */
function resourceScore(strategy: ScoringStrategy, requested: number, capacity: number): number {
  switch (strategy.type) {
    case 'LeastAllocated':
      return requested > capacity ? 0 : idiv((capacity - requested) * MAX_NODE_SCORE, capacity)
    case 'MostAllocated':
      return idiv(Math.min(requested, capacity) * MAX_NODE_SCORE, capacity)
    case 'RequestedToCapacityRatio':
      return scoreAtUtilization(strategy.shape, requested > capacity ? 100 : idiv(requested * 100, capacity))
  }
}

/** The sums that score a resource: cpu and memory with defaults for containers that state nothing. */
function requestedForScore(resource: string, { scoreRequests }: PodShape, node: NodeInfo): number {
  const asked = scoreRequests[resource] ?? 0
  switch (resource) {
    case 'cpu':
      return node.nonZeroCpu + asked
    case 'memory':
      return node.nonZeroMemory + asked
    default:
      return node.requested(resource) + asked
  }
}

/** Resources that the node does not have, and scalar ones that the pod does not ask for, have no say. */
const hasSay = (resource: string, shape: PodShape, node: NodeInfo): boolean =>
  (node.allocatable[resource] ?? 0) !== 0 && !(isScalarResource(resource) && (shape.scoreRequests[resource] ?? 0) === 0)

/** Only a positive score enters the mean of RequestedToCapacityRatio. */
const entersMean = (strategy: ScoringStrategy, score: number): boolean =>
  strategy.type !== 'RequestedToCapacityRatio' || score > 0

const mean = (strategy: ScoringStrategy, sum: number, weights: number): number => {
  if (weights === 0) return 0
  return strategy.type === 'RequestedToCapacityRatio' ? Math.round(sum / weights) : idiv(sum, weights)
}

/** Room for the pod's requests, and how full the node would be. Models plugins/noderesources/fit.go (v1.35). */
export function createNodeResourcesFit(
  { scoringStrategy, ignoredResources, ignoredResourceGroups }: NodeResourcesFitArgs,
  { tooLargeIsUnresolvable }: ReleaseBehaviour,
): Plugin {
  const { resources } = scoringStrategy
  const isLeastCpuMemory =
    scoringStrategy.type === 'LeastAllocated' &&
    resources.length === 2 &&
    resources[0]!.name === 'cpu' &&
    resources[1]!.name === 'memory'
  // Equal answers are shared between nodes.
  const answers = new Map<string, Status>()
  const isIgnored = (resource: string): boolean =>
    isExtendedResource(resource) &&
    (ignoredResources.includes(resource) || ignoredResourceGroups.includes(resource.split('/')[0]!))

  const reject = (reasons: readonly string[], isUnresolvable: boolean): Status => {
    const code = isUnresolvable && tooLargeIsUnresolvable ? 'UnschedulableAndUnresolvable' : 'Unschedulable'
    const key = code + reasons.join('\n')
    let answer = answers.get(key)
    if (!answer) answers.set(key, (answer = { code, reasons }))
    return answer
  }

  const filter = (shape: PodShape, node: NodeInfo): Status | undefined => {
    const isFull = node.pods.length + 1 > node.allocatablePods
    if (shape.asksNothing) return isFull ? reject(['Too many pods'], false) : undefined
    const { requests } = shape
    const cpu = requests['cpu'] ?? 0
    const memory = requests['memory'] ?? 0
    const storage = requests['ephemeral-storage'] ?? 0
    if (
      !isFull &&
      cpu <= node.allocatableCpu - node.cpu &&
      memory <= node.allocatableMemory - node.memory &&
      storage === 0 &&
      shape.scalarRequests.length === 0
    )
      return undefined
    const reasons: string[] = isFull ? ['Too many pods'] : []
    let isUnresolvable = false
    const check = (resource: string, asked: number): void => {
      const allocatable = node.allocatable[resource] ?? 0
      if (asked <= 0 || asked <= allocatable - node.requested(resource)) return
      reasons.push(`Insufficient ${resource}`)
      if (asked > allocatable) isUnresolvable = true
    }
    check('cpu', cpu)
    check('memory', memory)
    check('ephemeral-storage', storage)
    for (const [resource, asked] of shape.scalarRequests) if (!isIgnored(resource)) check(resource, asked)
    return reasons.length === 0 ? undefined : reject(reasons, isUnresolvable)
  }

  const score = (shape: PodShape, node: NodeInfo): number => {
    let sum = 0
    let weights = 0
    for (const { name, weight } of resources) {
      if (!hasSay(name, shape, node)) continue
      const own = resourceScore(scoringStrategy, requestedForScore(name, shape, node), node.allocatable[name]!)
      if (!entersMean(scoringStrategy, own)) continue
      sum += own * weight
      weights += weight
    }
    return mean(scoringStrategy, sum, weights)
  }

  /** The default strategy without looking anything up by name. */
  const scoreLeastCpuMemory = (shape: PodShape, node: NodeInfo): number => {
    const cpuCapacity = node.allocatableCpu
    const memoryCapacity = node.allocatableMemory
    if (cpuCapacity === 0 || memoryCapacity === 0) return score(shape, node)
    const cpu = node.nonZeroCpu + (shape.scoreRequests['cpu'] ?? 0)
    const memory = node.nonZeroMemory + (shape.scoreRequests['memory'] ?? 0)
    const cpuScore = cpu > cpuCapacity ? 0 : idiv((cpuCapacity - cpu) * MAX_NODE_SCORE, cpuCapacity)
    const memoryScore = memory > memoryCapacity ? 0 : idiv((memoryCapacity - memory) * MAX_NODE_SCORE, memoryCapacity)
    const cpuWeight = resources[0]!.weight
    const memoryWeight = resources[1]!.weight
    return idiv(cpuScore * cpuWeight + memoryScore * memoryWeight, cpuWeight + memoryWeight)
  }

  return {
    name: 'NodeResourcesFit',
    isNodeLocal: true,
    filter: (_state, { shape }, node) => filter(shape, node),
    score: (_state, { shape }, node) => (isLeastCpuMemory ? scoreLeastCpuMemory(shape, node) : score(shape, node)),
    explain: (_state, { shape }, node) => ({
      kind: 'allocation',
      strategy: scoringStrategy.type,
      resources: resources
        .filter(({ name }) => hasSay(name, shape, node))
        .map(({ name, weight }) => {
          const capacity = node.allocatable[name]!
          const requested = requestedForScore(name, shape, node)
          const own = resourceScore(scoringStrategy, requested, capacity)
          return { resource: name, requested, capacity, weight, score: own, counts: entersMean(scoringStrategy, own) }
        }),
      raw: score(shape, node),
    }),
    events: [
      {
        resource: 'Pod',
        actions: ['Delete'],
        hint: (_pod, event) => {
          const { before } = podsOf(event)
          return Boolean(before?.spec.nodeName || before?.status?.nominatedNodeName)
        },
      },
      {
        resource: 'Pod',
        actions: ['UpdatePodScaleDown'],
        hint: ({ pod, shape }, event) => {
          const { before, after } = podsOf(event)
          if (!before || !after) return true
          if (isSamePod(pod, after)) return true
          if (!after.spec.nodeName) return false
          const old = podRequests(before)
          const now = podRequests(after)
          return Object.keys(shape.requests).some((r) => shape.requests[r]! > 0 && (now[r] ?? 0) < (old[r] ?? 0))
        },
      },
      {
        resource: 'Node',
        actions: ['Add', 'UpdateNodeAllocatable'],
        hint: ({ shape }, event) => {
          const { before, after } = nodesOf(event)
          if (!after) return false
          const now = new NodeInfo(after.metadata.name, 0)
          now.setNode(after)
          if (filter(shape, now)) return false
          if (!before) return true
          const old = new NodeInfo(before.metadata.name, 0)
          old.setNode(before)
          return (
            now.allocatablePods > old.allocatablePods ||
            Object.keys(shape.requests).some(
              (r) => shape.requests[r]! > 0 && (now.allocatable[r] ?? 0) > (old.allocatable[r] ?? 0),
            )
          )
        },
      },
    ],
  }
}
