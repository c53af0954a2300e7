import { scaledValue } from '../api/int-or-percent.ts'
import type { Deployment, ReplicaSet } from '../api/types.ts'
import { byCreation, desiredReplicas, type ScaleStep, totalAvailable, totalDesired } from './replicaset-order.ts'

export const replicasOf = (deployment: Deployment): number => deployment.spec.replicas ?? 1

export const isRollingUpdate = ({ spec }: Deployment): boolean => (spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

export interface Fenceposts {
  /** Pods above `replicas` that may exist. */
  readonly maxSurge: number
  /** Pods below `replicas` that may be missing. */
  readonly maxUnavailable: number
}

/** Surge is rounded up, unavailable down; when both come to nothing one Pod may be missing. Models deploymentutil.ResolveFenceposts. */
export function fenceposts(deployment: Deployment): Fenceposts {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 }
  const replicas = replicasOf(deployment)
  const { maxSurge = 0, maxUnavailable = 0 } = deployment.spec.strategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, replicas, 'up') ?? 0
  const unavailable = scaledValue(maxUnavailable, replicas, 'down') ?? 0
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** Never more than there are. */
export const maxUnavailable = (deployment: Deployment): number =>
  Math.min(fenceposts(deployment).maxUnavailable, replicasOf(deployment))

export const maxTotal = (deployment: Deployment): number => replicasOf(deployment) + fenceposts(deployment).maxSurge

/** Up to how many replicas the new set may grow now. `newReplicas` is 0 for a set that is yet to be created. */
export function newSetReplicas(deployment: Deployment, sets: readonly (ReplicaSet | undefined)[], newReplicas: number): number {
  const replicas = replicasOf(deployment)
  if (!isRollingUpdate(deployment)) return replicas
  const room = maxTotal(deployment) - totalDesired(sets)
  return room <= 0 ? newReplicas : newReplicas + Math.min(room, replicas - newReplicas)
}

/** The one scaling up (or, after a smaller `replicas`, down) of the new set, if any. */
export function planNewSet(deployment: Deployment, newSet: ReplicaSet, sets: readonly ReplicaSet[]): ScaleStep | undefined {
  const replicas = replicasOf(deployment)
  const now = desiredReplicas(newSet)
  const wanted = now > replicas ? replicas : newSetReplicas(deployment, sets, now)
  return now === wanted ? undefined : { set: newSet, replicas: wanted }
}

/**
 * Scalings down of old sets, in order: first Pods that are not available (which costs nothing), then as many available ones as the
 * Deployment can spare. Unavailable Pods of the new set hold back old ones. Models deployment/rolling.go (v1.35).
 */
export function planOldSets(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): readonly ScaleStep[] {
  const old = oldSets.filter((set) => desiredReplicas(set) > 0).toSorted(byCreation)
  if (old.length === 0) return []
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment)
  const newUnavailable = desiredReplicas(newSet) - (newSet.status?.availableReplicas ?? 0)
  const spare = totalDesired(old) + desiredReplicas(newSet) - minAvailable - newUnavailable
  if (spare <= 0) return []
  const steps: ScaleStep[] = []
  const left = new Map(old.map((set) => [set, desiredReplicas(set)]))
  const scaleDown = (set: ReplicaSet, by: number): void => {
    const replicas = left.get(set)! - by
    left.set(set, replicas)
    steps.push({ set, replicas })
  }
  let cleaned = 0
  for (const set of old) {
    if (cleaned >= spare) break
    const unhealthy = desiredReplicas(set) - (set.status?.availableReplicas ?? 0)
    if (unhealthy === 0) continue
    // The set still reports Pods that it has been told to give up: wait for its word before taking more.
    if (unhealthy < 0) return steps
    const count = Math.min(spare - cleaned, unhealthy)
    scaleDown(set, count)
    cleaned += count
  }
  let room = totalAvailable([...old, newSet]) - minAvailable
  for (const set of old) {
    if (room <= 0) break
    const count = Math.min(left.get(set)!, room)
    if (count === 0) continue
    scaleDown(set, count)
    room -= count
  }
  return steps
}
