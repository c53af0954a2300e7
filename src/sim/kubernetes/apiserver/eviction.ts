import type { DeleteOptions } from '../api/client.ts'
import type { Resource } from '../api/resources.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import { answer, type Answer, refuse } from '../api/status.ts'
import type { AnyObject, Condition, Pod, PodDisruptionBudget } from '../api/types.ts'
import type { Store } from '../etcd/store.ts'
import { notFound } from './refusals.ts'

interface Eviction extends AnyObject {
  readonly deleteOptions?: DeleteOptions
}

/** What granting an eviction does to the world. */
export interface EvictionEffects {
  updateBudget(budget: AnyObject): void
  updatePod(pod: AnyObject): AnyObject
  deletePod(options: DeleteOptions): Answer<AnyObject>
  readonly now: string
}

const MAX_DISRUPTED_PODS = 2000
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

/** Pods that no budget protects: not yet started, finished, or on their way out. */
const ignoresBudgets = ({ metadata, status }: Pod): boolean =>
  status?.phase === 'Succeeded' ||
  status?.phase === 'Failed' ||
  status?.phase === 'Pending' ||
  metadata.deletionTimestamp !== undefined

/** `POST pods/x/eviction`. Models pkg/registry/core/pod/storage/eviction.go (v1.35). */
export function evictPod(
  resource: Resource,
  object: AnyObject,
  eviction: AnyObject,
  store: Store,
  effects: EvictionEffects,
): Answer<AnyObject> {
  const pod = object as unknown as Pod
  const { name, namespace = '', uid } = pod.metadata
  const { deleteOptions = {} } = eviction as Eviction
  const { preconditions } = deleteOptions
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) return refuse(notFound(resource, name))

  if (!ignoresBudgets(pod)) {
    const budgets: PodDisruptionBudget[] = []
    for (const candidate of store.scan('poddisruptionbudgets.policy', namespace)) {
      const budget = candidate as unknown as PodDisruptionBudget
      if (matchesLabelSelector(budget.spec.selector, pod.metadata.labels)) budgets.push(budget)
    }
    if (budgets.length > 1)
      return refuse({
        code: 500,
        reason: '',
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      })
    const [budget] = budgets
    const refused = budget && takeFrom(budget, pod, effects)
    if (refused) return refused
  }
  const condition: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: effects.now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  if (pod.metadata.deletionTimestamp === undefined) {
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
    effects.updatePod({ ...object, status: { ...pod.status, conditions: [...others, condition] } })
  }
  const deleted = effects.deletePod(deleteOptions)
  if (!deleted.ok) return deleted
  return answer({ apiVersion: 'v1', kind: 'Status', metadata: { name: '' }, status: 'Success', code: 201 })
}

/** Takes one disruption from the budget, or says why not. Unready Pods may go while the budget is otherwise met. */
function takeFrom(budget: PodDisruptionBudget, pod: Pod, effects: EvictionEffects): Answer<never> | undefined {
  const { metadata, spec, status } = budget
  const unready = pod.status?.phase === 'Running' && !isReady(pod)
  if (unready && spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return undefined
  if (unready && status && status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0) return undefined
  const tooMany = (message: string, cause?: string): Answer<never> =>
    refuse({
      code: 429,
      reason: 'TooManyRequests',
      message,
      ...(cause === undefined ? {} : { details: { causes: [{ reason: 'DisruptionBudget', message: cause }] } }),
    })
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return tooMany(REFUSED, `The disruption budget ${metadata.name} is still being processed by the server.`)
  const allowed = status?.disruptionsAllowed ?? 0
  if (allowed < 0 || Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
    return refuse({
      code: 403,
      reason: 'Forbidden',
      message: `poddisruptionbudgets.policy "${metadata.name}" is forbidden: pdb disruptions allowed is negative`,
    })
  if (allowed === 0 || !status)
    return tooMany(
      REFUSED,
      `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
    )
  const left = allowed - 1
  const conditions: readonly Condition[] | undefined =
    left > 0
      ? status.conditions
      : [
          ...(status.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed'),
          {
            type: 'DisruptionAllowed',
            status: 'False',
            observedGeneration: metadata.generation ?? 0,
            lastTransitionTime: effects.now,
            reason: 'InsufficientPods',
            message: '',
          },
        ]
  const next = {
    ...status,
    disruptionsAllowed: left,
    disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: effects.now },
    ...(conditions ? { conditions } : {}),
  }
  effects.updateBudget({ ...budget, status: next })
  return undefined
}
