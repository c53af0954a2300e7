import type { Pod, ReplicaSet } from '../api/types.ts'
import { isPodFinished } from './pod-state.ts'
import { activeSets, type ScaleStep, sumOf } from './replicaset-order.ts'

/** Every old set goes to zero. */
export const planRecreate = (oldSets: readonly ReplicaSet[]): readonly ScaleStep[] =>
  activeSets(oldSets).map((set) => ({ set, replicas: 0 }))

/**
 * Whether Pods of old sets may still run, terminating ones included: a Pod that cannot be stopped holds up the new set.
 * `pods` are those of the Deployment's sets other than the new one. Models deployment/recreate.go oldPodsRunning (v1.35).
 */
export const oldPodsRunning = (oldSets: readonly ReplicaSet[], pods: readonly Pod[]): boolean =>
  sumOf(oldSets, ({ status }) => status?.replicas) > 0 || pods.some((pod) => !isPodFinished(pod))
