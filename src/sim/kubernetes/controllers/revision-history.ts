import type { Deployment, ReplicaSet } from '../api/types.ts'
import { byCreation, desiredReplicas } from './replicaset-order.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
])
const MAX_HISTORY_CHARACTERS = 2000
const UNLIMITED = 2 ** 31 - 1

type Annotations = Readonly<Record<string, string>>

/** A revision or a count in an annotation; undefined when it is absent or no number. */
export function countAnnotation({ metadata }: ReplicaSet, key: string): number | undefined {
  const text = metadata.annotations?.[key]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

export const revisionOf = (set: ReplicaSet): number => countAnnotation(set, REVISION) ?? 0

/** One above every old set. */
export const nextRevision = (oldSets: readonly ReplicaSet[]): number => Math.max(0, ...oldSets.map(revisionOf)) + 1

/** The earlier revisions of a set that serves again, the oldest dropped when there is no room. */
function historyWith(history: string, revision: string): string {
  if (history === '') return revision
  const earlier = history.split(',')
  while (earlier.length > 0 && [...earlier, revision].join(',').length > MAX_HISTORY_CHARACTERS) earlier.shift()
  return [...earlier, revision].join(',')
}

/**
 * Annotations of the set that the Deployment's template asks for: the Deployment's own are copied, the revision rises to `revision` and
 * the one it had moves to the history. Models deploymentutil.SetNewReplicaSetAnnotations (v1.35).
 */
export function newSetAnnotations(deployment: Deployment, existing: Annotations, revision: number): Annotations {
  const annotations: Record<string, string> = { ...existing }
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) annotations[key] = value
  const before = existing[REVISION]
  if (before !== undefined && before !== '' && !/^\d+$/.test(before)) return annotations
  if (Number(before ?? 0) < revision) {
    annotations[REVISION] = String(revision)
    if (before !== undefined) annotations[REVISION_HISTORY] = historyWith(existing[REVISION_HISTORY] ?? '', before)
  }
  return annotations
}

/** Old sets to delete, lowest revision first: those beyond the limit that hold no Pods. Models deployment/sync.go cleanupDeployment. */
export function setsBeyondHistory(deployment: Deployment, oldSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const { revisionHistoryLimit: limit } = deployment.spec
  if (limit === undefined || limit === UNLIMITED) return []
  const alive = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return alive
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b))
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      (set) =>
        desiredReplicas(set) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    )
}
