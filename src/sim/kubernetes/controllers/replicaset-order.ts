import type { ReplicaSet } from '../api/types.ts'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Oldest first; the name breaks ties. RFC 3339 in UTC sorts as text. */
export const byCreation = (a: ReplicaSet, b: ReplicaSet): number =>
  byText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || byText(a.metadata.name, b.metadata.name)

export const desiredReplicas = (set: ReplicaSet): number => set.spec.replicas ?? 1

/** Largest first, then oldest. */
export const bySizeThenOldest = (a: ReplicaSet, b: ReplicaSet): number =>
  desiredReplicas(b) - desiredReplicas(a) || byCreation(a, b)

/** Largest first, then newest. */
export const bySizeThenNewest = (a: ReplicaSet, b: ReplicaSet): number =>
  desiredReplicas(b) - desiredReplicas(a) || byCreation(b, a)

/** Sets that have, or ought to have, Pods. */
export const activeSets = (sets: readonly (ReplicaSet | undefined)[]): readonly ReplicaSet[] =>
  sets.filter((set): set is ReplicaSet => set !== undefined && desiredReplicas(set) > 0)

export const sumOf = (sets: readonly (ReplicaSet | undefined)[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (set ? (count(set) ?? 0) : 0), 0)

export const totalDesired = (sets: readonly (ReplicaSet | undefined)[]): number => sumOf(sets, desiredReplicas)

export const totalAvailable = (sets: readonly (ReplicaSet | undefined)[]): number =>
  sumOf(sets, ({ status }) => status?.availableReplicas)

/** One write of `spec.replicas`. */
export interface ScaleStep {
  readonly set: ReplicaSet
  readonly replicas: number
}
