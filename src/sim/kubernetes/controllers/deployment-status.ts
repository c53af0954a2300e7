import { formatTime, type Millis, parseTime } from '../../kernel/time.ts'
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../api/types.ts'
import { sumOf, totalAvailable, totalDesired } from './replicaset-order.ts'
import { maxUnavailable, replicasOf } from './rolling-update.ts'

const NO_DEADLINE = 2 ** 31 - 1

/** A Deployment without a deadline reports no progress. */
export const hasProgressDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE

type Conditions = readonly Condition[]

export const conditionOf = (status: DeploymentStatus | undefined, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type)

const without = (conditions: Conditions, type: string): Conditions => conditions.filter((condition) => condition.type !== type)

export function deploymentCondition(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  unixMs: number,
): Condition {
  const now = formatTime(unixMs)
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message }
}

/** A condition with the status and reason that are there already changes nothing; any other moves to the end. */
export function setCondition(conditions: Conditions, condition: Condition): Conditions {
  const current = conditions.find(({ type }) => type === condition.type)
  if (current?.status === condition.status && current.reason === condition.reason) return conditions
  const kept = current?.status === condition.status ? { lastTransitionTime: current.lastTransitionTime ?? '' } : {}
  return [...without(conditions, condition.type), { ...condition, ...kept }]
}

export const withConditions = (status: DeploymentStatus, conditions: Conditions): DeploymentStatus => {
  const { conditions: _, ...rest } = status
  return conditions.length > 0 ? { ...rest, conditions } : rest
}

/** Zero counts are left out, as stored; `terminatingReplicas` is not. */
const counted = (counts: Readonly<Record<string, number | undefined>>): DeploymentStatus =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined && count !== 0))

/** Undefined when a set that its controller knows does not report. */
function terminatingReplicas(sets: readonly ReplicaSet[]): number | undefined {
  let sum = 0
  for (const { status } of sets) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas
    else if (status?.observedGeneration) return undefined
  }
  return sum
}

/** What the sets report, added up, and whether enough of it is available. Models deployment/sync.go calculateStatus (v1.35). */
export function calculateStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  unixMs: number,
): DeploymentStatus {
  const available = totalAvailable(sets)
  const terminating = terminatingReplicas(sets)
  const isAvailable = available >= replicasOf(deployment) - maxUnavailable(deployment)
  const { collisionCount } = deployment.status ?? {}
  const status: DeploymentStatus = {
    ...counted({
      observedGeneration: deployment.metadata.generation,
      replicas: sumOf(sets, ({ status }) => status?.replicas),
      updatedReplicas: newSet?.status?.replicas,
      readyReplicas: sumOf(sets, ({ status }) => status?.readyReplicas),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, totalDesired(sets) - available),
    }),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
  return withConditions(
    status,
    setCondition(
      deployment.status?.conditions ?? [],
      isAvailable
        ? deploymentCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', unixMs)
        : deploymentCondition(
            'Available',
            'False',
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
            unixMs,
          ),
    ),
  )
}

/** All Pods are of the new template and available, and the controller has seen the latest spec. Models deploymentutil.DeploymentComplete. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment)
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

/** More new Pods, fewer old ones, or more of them ready or available than before. Models deploymentutil.DeploymentProgressing. */
function isProgressing({ status: before = {} }: Deployment, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

const deadlineOf = (deployment: Deployment, progressing: Condition): number =>
  (parseTime(progressing.lastUpdateTime) ?? 0) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000

/** Whether a rollout was judged, one way or the other: its deadline counts no longer. */
const hasEnded = ({ reason }: Condition): boolean => reason === 'NewReplicaSetAvailable' || reason === 'ProgressDeadlineExceeded'

function isTimedOut(deployment: Deployment, progressing: Condition | undefined, unixMs: number): boolean {
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return false
  return progressing.reason === 'ProgressDeadlineExceeded' || deadlineOf(deployment, progressing) < unixMs
}

function progress(deployment: Deployment, status: DeploymentStatus, newSet: ReplicaSet | undefined, unixMs: number): Conditions {
  const conditions = status.conditions ?? []
  if (!hasProgressDeadline(deployment)) return without(conditions, 'Progressing')
  const current = conditionOf(deployment.status, 'Progressing')
  // A rollout that has ended is not watched any further.
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable') return conditions
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const condition = (state: 'True' | 'False', reason: string, what: string): Condition =>
    deploymentCondition(
      'Progressing',
      state,
      reason,
      `${subject} ${what} progress${reason === 'NewReplicaSetAvailable' ? 'ed' : 'ing'}.`,
      unixMs,
    )
  if (isComplete(deployment, status))
    return setCondition(conditions, condition('True', 'NewReplicaSetAvailable', 'has successfully'))
  if (isProgressing(deployment, status)) {
    const updated = condition('True', 'ReplicaSetUpdated', 'is')
    const kept = current?.status === 'True' ? { lastTransitionTime: current.lastTransitionTime ?? '' } : {}
    return [...without(conditions, 'Progressing'), { ...updated, ...kept }]
  }
  if (isTimedOut(deployment, conditionOf(status, 'Progressing'), unixMs))
    return setCondition(conditions, condition('False', 'ProgressDeadlineExceeded', 'has timed out'))
  return conditions
}

/** The failure of the new set, else of the first old one that has any. */
function replicaFailure(sets: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  for (const set of [newSet, ...sets]) {
    const failure = set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (failure) {
      const { status, reason = '', message = '', lastTransitionTime = '' } = failure
      return { type: 'ReplicaFailure', status, lastUpdateTime: lastTransitionTime, lastTransitionTime, reason, message }
    }
  }
  return undefined
}

/** The status while a rollout may be under way: with progress, its deadline and failures. Models deployment/progress.go (v1.35). */
export function rolloutStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  unixMs: number,
): DeploymentStatus {
  const status = calculateStatus(deployment, sets, newSet, unixMs)
  const conditions = progress(deployment, status, newSet, unixMs)
  const failure = replicaFailure(sets, newSet)
  return withConditions(status, failure ? setCondition(conditions, failure) : without(conditions, 'ReplicaFailure'))
}

/**
 * How long until the deadline has to be looked at; undefined when there is nothing to look at. Models requeueStuckDeployment. Simplified: upstream
 * also looks, every 5 ms, at a Deployment whose rollout has ended and whose Pods were lost later; no look of these can change anything.
 */
export function untilDeadlineCheck(deployment: Deployment, unixMs: number): Millis | undefined {
  const { status } = deployment
  const current = conditionOf(status, 'Progressing')
  if (!hasProgressDeadline(deployment) || !current || !status) return undefined
  if (isComplete(deployment, status) || hasEnded(current)) return undefined
  const left = deadlineOf(deployment, current) - unixMs
  return left < 1000 ? Math.max(left + 1, 5) : left + 1000
}

/** Pausing and resuming stop and restart the clock. Undefined: nothing to write. Models checkPausedConditions. */
export function pausedConditions(deployment: Deployment, unixMs: number): Conditions | undefined {
  if (!hasProgressDeadline(deployment)) return undefined
  const current = conditionOf(deployment.status, 'Progressing')
  if (current?.reason === 'ProgressDeadlineExceeded') return undefined
  const isNoted = current?.reason === 'DeploymentPaused'
  const isPaused = deployment.spec.paused ?? false
  if (isPaused === isNoted) return undefined
  const [reason, message] = isPaused
    ? ['DeploymentPaused', 'Deployment is paused']
    : ['DeploymentResumed', 'Deployment is resumed']
  return setCondition(deployment.status?.conditions ?? [], deploymentCondition('Progressing', 'Unknown', reason, message, unixMs))
}
