import type { Deployment, ReplicaSet } from '../api/types.ts'
import {
  activeSets,
  byCreation,
  bySizeThenNewest,
  bySizeThenOldest,
  desiredReplicas,
  type ScaleStep,
  totalDesired,
} from './replicaset-order.ts'
import { countAnnotation, DESIRED_REPLICAS, MAX_REPLICAS } from './revision-history.ts'
import { isRollingUpdate, maxTotal, replicasOf } from './rolling-update.ts'

/** `⌊x + ½⌋` for quotients, away from zero: Go's math.Round. */
const roundedQuotient = (numerator: number, denominator: number): number =>
  Math.floor((2 * numerator + denominator) / (2 * denominator))

/** How much a set would have to grow (or shrink) to keep its share of the whole. Models deploymentutil.getReplicaSetFraction. */
function fraction(deployment: Deployment, set: ReplicaSet): number {
  const size = desiredReplicas(set)
  if (replicasOf(deployment) === 0) return -size
  const before = countAnnotation(set, MAX_REPLICAS) || (deployment.status?.replicas ?? 0)
  return before === 0 ? 0 : roundedQuotient(size * maxTotal(deployment), before) - size
}

/** The new set is as large as it should be and wholly available. */
function isSaturated(deployment: Deployment, newSet: ReplicaSet | undefined): boolean {
  const replicas = replicasOf(deployment)
  return (
    newSet !== undefined &&
    countAnnotation(newSet, DESIRED_REPLICAS) === replicas &&
    desiredReplicas(newSet) === replicas &&
    (newSet.status?.availableReplicas ?? 0) === replicas
  )
}

/**
 * What a change of `replicas` (not of the template) asks of the sets: the only active set takes it all; a saturated new set ends the old
 * ones; several share it in proportion to their size, what is left over by rounding going to the largest.
 * Models deployment/sync.go scale (v1.35).
 */
export function planScaling(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): readonly ScaleStep[] {
  const replicas = replicasOf(deployment)
  const newestFirst = oldSets.toSorted((a, b) => byCreation(b, a))
  const active = activeSets([...newestFirst, newSet])
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? newestFirst[0]
    return only && desiredReplicas(only) !== replicas ? [{ set: only, replicas }] : []
  }
  if (isSaturated(deployment, newSet)) return activeSets(newestFirst).map((set) => ({ set, replicas: 0 }))
  if (!isRollingUpdate(deployment)) return []
  const toAdd = (replicas > 0 ? maxTotal(deployment) : 0) - totalDesired(active)
  const ordered = toAdd > 0 ? active.toSorted(bySizeThenNewest) : toAdd < 0 ? active.toSorted(bySizeThenOldest) : active
  let added = 0
  const sizes = ordered.map((set) => {
    const left = toAdd - added
    const share =
      left === 0 ? 0 : toAdd > 0 ? Math.min(fraction(deployment, set), left) : Math.max(fraction(deployment, set), left)
    added += share
    return desiredReplicas(set) + share
  })
  sizes[0] = Math.max(0, sizes[0]! + toAdd - added)
  return ordered.map((set, index) => ({ set, replicas: sizes[index]! }))
}
