import { formatTime } from '../../kernel/time.ts'
import { matchesLabels } from '../api/selectors.ts'
import type { Condition, Pod, PodTemplateSpec, ReplicaSet } from '../api/types.ts'
import { isPodAvailable, isPodReady } from './pod-state.ts'

export type ReplicaSetStatus = NonNullable<ReplicaSet['status']>

export interface Observed {
  readonly active: readonly Pod[]
  /** Undefined: this kind does not report it. */
  readonly terminating: number | undefined
  /** Why Pods could not be created or deleted. */
  readonly failure: string | undefined
}

/** As stored: fields that are zero are left out, except `replicas` and `terminatingReplicas`. */
function stored(
  status: Required<Omit<ReplicaSetStatus, 'terminatingReplicas'>> & { terminatingReplicas: number | undefined },
): ReplicaSetStatus {
  const { replicas, terminatingReplicas, conditions, ...counts } = status
  return {
    replicas,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
    ...(terminatingReplicas === undefined ? {} : { terminatingReplicas }),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

/** What a set's status should say of the Pods it has. Models replicaset.calculateStatus (v1.35). */
export function calculateStatus(set: ReplicaSet, { active, terminating, failure }: Observed, unixMs: number): ReplicaSetStatus {
  const { replicas = 1, minReadySeconds = 0, template } = set.spec
  let fullyLabeledReplicas = 0
  let readyReplicas = 0
  let availableReplicas = 0
  for (const pod of active) {
    if (carriesLabels(template, pod)) fullyLabeledReplicas += 1
    if (!isPodReady(pod)) continue
    readyReplicas += 1
    if (isPodAvailable(pod, minReadySeconds, unixMs)) availableReplicas += 1
  }
  const reason = active.length < replicas ? 'FailedCreate' : 'FailedDelete'
  return stored({
    replicas: active.length,
    fullyLabeledReplicas,
    readyReplicas,
    availableReplicas,
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    conditions: withFailure(set.status?.conditions ?? [], failure, reason, unixMs),
  })
}

const carriesLabels = (template: PodTemplateSpec, pod: Pod): boolean =>
  template.metadata?.labels === undefined || matchesLabels(template.metadata.labels, pod.metadata.labels)

/** The first failure stays as it was written until there is none. */
function withFailure(
  conditions: readonly Condition[],
  failure: string | undefined,
  reason: string,
  unixMs: number,
): readonly Condition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure')
  if (failure === undefined) return others
  if (others.length < conditions.length) return conditions
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: formatTime(unixMs), reason, message: failure }]
}
