import type { Pod } from '../api/types.ts'
import type { ScoreArithmetic } from './arithmetic.ts'
import type { ClusterCache } from './cache.ts'
import type { HintedEvent } from './cluster-events.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** The framework's own codes. `Success` is written as an absent status wherever a plugin answers. */
export type StatusCode = 'Success' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Skip' | 'Wait' | 'Error'

/** An answer of a plugin. Shared and frozen: many nodes get the same one. */
export interface Status {
  readonly code: StatusCode
  readonly reasons: readonly string[]
}

/** No: but removing pods from the node may help. */
export const unschedulable = (...reasons: readonly string[]): Status => ({ code: 'Unschedulable', reasons })
/** No, and preemption is never tried on that node. */
export const unresolvable = (...reasons: readonly string[]): Status => ({ code: 'UnschedulableAndUnresolvable', reasons })
/** The plugin has nothing to say in this cycle: its later extension points are left out. */
export const skip: Status = { code: 'Skip', reasons: [] }
export const failure = (...reasons: readonly string[]): Status => ({ code: 'Error', reasons })

export interface PreFilterAnswer<S> {
  /** Absent: success. */
  readonly status?: Status
  /** What `filter` and the add/remove hooks get in this cycle. */
  readonly state?: S
  /** Only these nodes are looked at. Absent: all. */
  readonly nodeNames?: ReadonlySet<string>
}

export interface PreScoreAnswer<S> {
  readonly status?: Status
  readonly state?: S
}

/** What filter plugins keep during one cycle. Opaque: made and copied by the cycle. */
export type FilterStates = readonly unknown[]

/** What a post-filter plugin may ask. */
export interface PostFilterContext {
  readonly pod: PodInfo
  readonly cluster: ClusterCache
  /** Milliseconds: stands in for a missing start time. */
  readonly now: number
  /** Uniform in [0, bound). */
  readonly random: (bound: number) => number
  /** Why the node does not fit. */
  readonly statusOf: (node: NodeInfo) => Status
  /** Whether the plugin's preFilter had its turn before the pod was refused. */
  readonly hasPreFiltered: (plugin: string) => boolean
  readonly states: FilterStates
  cloneStates(states: FilterStates): FilterStates
  addPod(states: FilterStates, added: PodInfo, node: NodeInfo): void
  removePod(states: FilterStates, removed: PodInfo, node: NodeInfo): void
  /** All filters of the profile, with the pods nominated to the node. */
  runFilters(states: FilterStates, node: NodeInfo): Status | undefined
  /**
   * Recalls what was computed for an equal pod on this node, when nothing it depends on can have changed: the node, the pods on it and
   * nominated to it, and the disruption budgets. Else computes it.
   */
  recall<T>(node: NodeInfo, compute: () => T): T
}

export interface Preemption {
  readonly node: string
  /** Most important first. */
  readonly victims: readonly PodInfo[]
  readonly pdbViolations: number
}

export interface PostFilterAnswer {
  readonly status: Status | undefined
  /** Room can be made. */
  readonly preemption?: Preemption
  /** What becomes of the pod's nomination when there is no preemption. Absent: it stays. */
  readonly clearsNomination?: boolean
}

/** What a plugin wants written to the API server between the decision and the binding. The caller does the writing. */
export type Write =
  | { readonly verb: 'update'; readonly kind: 'PersistentVolume' | 'PersistentVolumeClaim'; readonly object: unknown }
  | { readonly verb: 'bind'; readonly namespace: string; readonly name: string; readonly uid: string; readonly node: string }

/**
 * A scheduling plugin: a plain object with the framework's extension points, in the order in which they run.
 * `F` is what preFilter hands to filter, `S` what preScore hands to score. Models kube-scheduler framework/interface.go (v1.35).
 */
export interface Plugin<F = unknown, S = unknown> {
  readonly name: string
  /**
   * Filter and score look at nothing but the pod's shape and this one node (its images as the cluster knows them), so that an answer
   * stays true until the node changes. preFilter and preScore then look at the shape alone.
   */
  readonly isNodeLocal?: boolean

  /** May the pod enter the active queue? */
  preEnqueue?(pod: PodInfo): Status | undefined
  /** Queue order: is `a` tried before `b`? */
  less?(a: Queued, b: Queued): boolean
  preFilter?(pod: PodInfo, cluster: ClusterCache): PreFilterAnswer<F>
  /** Pre-filter extensions: a pod is assumed to be on (or gone from) a node; `cloneState` keeps the original intact. */
  addPod?(state: F, pod: PodInfo, added: PodInfo, node: NodeInfo, cluster: ClusterCache): void
  removePod?(state: F, pod: PodInfo, removed: PodInfo, node: NodeInfo, cluster: ClusterCache): void
  cloneState?(state: F): F
  filter?(state: F, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): Status | undefined
  /** No node is left. */
  postFilter?(context: PostFilterContext): PostFilterAnswer
  preScore?(pod: PodInfo, feasible: readonly NodeInfo[], cluster: ClusterCache, filterState: F | undefined): PreScoreAnswer<S>
  /** The raw score: an integer, in 0…100 unless there is a `normalizeScore`. */
  score?(state: S, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): number
  /** Turns raw scores into 0…100, in place. `nodes[i]` has `scores[i]`. */
  normalizeScore?(state: S, pod: PodInfo, scores: Float64Array, nodes: readonly NodeInfo[]): void
  /** How `score` came about. Absent: there is nothing to show but the number. */
  explain?(state: S, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): ScoreArithmetic
  /** The choice has fallen: take what must not be given twice. */
  reserve?(state: F | undefined, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): Status | undefined
  unreserve?(state: F | undefined, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): void
  /** `Wait` holds the binding back. */
  permit?(pod: PodInfo, node: NodeInfo): Status | undefined
  /** Writes that must have happened before the binding. */
  preBind?(state: F | undefined, pod: PodInfo, node: NodeInfo, cluster: ClusterCache): readonly Write[]
  bind?(pod: Pod, node: string): Write
  postBind?(pod: PodInfo, node: string): void

  /** What may make a pod schedulable that this plugin has rejected. */
  readonly events?: readonly HintedEvent[]
}

/** What the queue's order looks at. */
export interface Queued {
  readonly priority: number
  /** Milliseconds. Refreshed by every failed attempt. */
  readonly timestamp: number
}

export const MAX_NODE_SCORE = 100

/** Go's int64 division: truncates toward zero. */
export const idiv = (a: number, b: number): number =>
  Number.isSafeInteger(a) ? Math.trunc(a / b) : Number(BigInt(a) / BigInt(b))

/** Scales to 0…100 of the highest; `reverse`: the lowest becomes 100. Models plugins/helper/normalize_score.go. */
export function defaultNormalizeScore(scores: Float64Array, reverse: boolean): void {
  let max = 0
  for (const score of scores) if (score > max) max = score
  if (max === 0) {
    if (reverse) scores.fill(MAX_NODE_SCORE)
    return
  }
  for (let i = 0; i < scores.length; i++) {
    const scaled = idiv(MAX_NODE_SCORE * scores[i]!, max)
    scores[i] = reverse ? MAX_NODE_SCORE - scaled : scaled
  }
}
