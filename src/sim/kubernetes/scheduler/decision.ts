import type { ScoreArithmetic } from './arithmetic.ts'
import type { Status, StatusCode } from './framework.ts'

export interface PluginScore {
  readonly raw: number
  /** 0…100 */
  readonly normalized: number
  readonly weighted: number
}

/** What one node had to say. */
export interface NodeDecision {
  readonly name: string
  readonly feasible: boolean
  readonly status: StatusCode
  readonly rejectedBy?: string
  readonly reasons: readonly string[]
  /** Absent when nothing was scored: fewer than two nodes were feasible. */
  readonly scores?: Readonly<Record<string, PluginScore>>
  readonly total?: number
  readonly arithmetic?: Readonly<Record<string, ScoreArithmetic>>
}

/** A whole decision as plain data. */
export interface DecisionData {
  readonly pod: string
  readonly schedulerName: string
  readonly outcome: 'scheduled' | 'unschedulable' | 'error'
  readonly node: string | null
  /** The failure text; empty when the pod was scheduled. */
  readonly message: string
  /** Nodes that were looked at, in the order of the node tree. */
  readonly nodes: readonly NodeDecision[]
  readonly feasible: readonly string[]
  /** Nodes with the highest total. */
  readonly tied: readonly string[]
  readonly preemption?: { readonly node: string; readonly victims: readonly string[]; readonly pdbViolations: number }
  /** Plugins whose events may wake the pod. Empty: an error. */
  readonly rejectedBy: readonly string[]
}

/** Why a node does not fit. No plugin: preFilter plugins had named others. */
export interface Rejection {
  readonly status: Status
  readonly plugin: string | undefined
}

/** What the cycle has at hand when it is done: cheap to keep, spelled out on demand. */
export interface DecisionRecord {
  readonly pod: string
  readonly schedulerName: string
  readonly outcome: DecisionData['outcome']
  readonly node: string | null
  readonly message: string
  /** All nodes of the cluster at that moment, in order. */
  readonly order: readonly string[]
  /** `rejections[i]` is what `failed[i]` got. */
  readonly failed: readonly string[]
  readonly rejections: readonly Rejection[]
  /** What nodes without an entry of their own count as; absent: they were not looked at. */
  readonly absent?: Rejection
  readonly feasible: readonly string[]
  readonly scores?: {
    readonly plugins: readonly { readonly name: string; readonly weight: number }[]
    /** Per plugin, per feasible node. */
    readonly raw: readonly Float64Array[]
    readonly normalized: readonly Float64Array[]
    readonly totals: Float64Array
  }
  readonly arithmetic?: ReadonlyMap<string, Readonly<Record<string, ScoreArithmetic>>>
  readonly preemption?: DecisionData['preemption']
  readonly rejectedBy: readonly string[]
}

const SUCCESS = { feasible: true, status: 'Success', reasons: [] } as const

/** Spells a record out. The record does not change, so it does not matter when this is done. */
export function decisionData(record: DecisionRecord): DecisionData {
  const {
    pod,
    schedulerName,
    outcome,
    node,
    message,
    order,
    failed,
    rejections,
    absent,
    feasible,
    scores,
    arithmetic,
    preemption,
    rejectedBy,
  } = record
  const rank = new Map(feasible.map((name, i) => [name, i]))
  const refused = new Map(failed.map((name, i) => [name, rejections[i]!]))
  const nodes: NodeDecision[] = []
  for (const name of order) {
    const index = rank.get(name)
    if (index !== undefined) {
      const explained = arithmetic?.get(name)
      nodes.push({
        name,
        ...SUCCESS,
        ...(scores
          ? {
              scores: Object.fromEntries(
                scores.plugins.map(({ name: plugin, weight }, p) => {
                  const normalized = scores.normalized[p]![index]!
                  return [plugin, { raw: scores.raw[p]![index]!, normalized, weighted: normalized * weight }]
                }),
              ),
              total: scores.totals[index]!,
            }
          : {}),
        ...(explained ? { arithmetic: explained } : {}),
      })
      continue
    }
    const failure = refused.get(name) ?? absent
    if (!failure) continue
    const { status, plugin } = failure
    nodes.push({
      name,
      feasible: false,
      status: status.code,
      ...(plugin === undefined ? {} : { rejectedBy: plugin }),
      reasons: status.reasons,
    })
  }
  return {
    pod,
    schedulerName,
    outcome,
    node,
    message,
    nodes,
    feasible: nodes.filter((each) => each.feasible).map(({ name }) => name),
    tied: tiedNodes(record),
    ...(preemption ? { preemption } : {}),
    rejectedBy,
  }
}

function tiedNodes({ feasible, scores }: DecisionRecord): readonly string[] {
  if (!scores) return feasible
  let best = -Infinity
  for (const total of scores.totals) if (total > best) best = total
  return feasible.filter((_, i) => scores.totals[i] === best)
}
