import { formatTime, parseTime } from '../../kernel/time.ts'
import { ResourceRegistry, resourceKey, splitApiVersion } from '../api/resources.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import type { AnyObject, Condition, OwnerReference, Pod, PodDisruptionBudget } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { disruptedPods, disruptionsAllowed, goLabelSelector, healthyPods, neededPods, needsScale } from './disruption-budget.ts'
import { controllerOf, objectKey, splitKey } from './object-key.ts'
import { isPodTerminating, podCondition } from './pod-state.ts'
import { type Context, type Controller, DONE, type Lister, type Outcome, retry } from './runtime/controller.ts'

const BUDGETS = 'poddisruptionbudgets.policy'
/** A pod that was to be disrupted and still stands after so long is no longer marked. */
const STALE_DISRUPTION_MS = 120_000

/** Kinds with a scale: everything else makes a budget that needs one fail. */
const SCALABLE: Readonly<Record<string, string>> = {
  ReplicationController: 'replicationcontrollers',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
}

interface Scale {
  readonly uid: string
  readonly replicas: number
}

/** The number of pods that a pod's controller wants; a ReplicaSet's Deployment speaks for it. A text says why there is none. */
function scaleOf(cache: Lister, { kind, apiVersion, name, uid }: OwnerReference, pod: Pod): Scale | string {
  const namespace = pod.metadata.namespace ?? ''
  const resource = SCALABLE[kind]
  if (!resource) {
    const [group] = splitApiVersion(apiVersion)
    const known = new ResourceRegistry().byKind(apiVersion, kind)
    return `${known?.key ?? resourceKey(kind.toLowerCase(), group)} does not implement the scale subresource`
  }
  const owner = cache.get(resource, namespace, name)
  if (owner?.metadata.uid !== uid) return `found no controllers for pod "${pod.metadata.name}"`
  const above = kind === 'ReplicaSet' ? controllerOf(owner) : undefined
  const deployment = above?.kind === 'Deployment' ? cache.get('deployments.apps', namespace, above.name) : undefined
  if (above?.kind === 'Deployment' && deployment?.metadata.uid !== above.uid)
    return `found no controllers for pod "${pod.metadata.name}"`
  const scaled = deployment ?? owner
  return { uid: scaled.metadata.uid ?? '', replicas: (scaled['spec'] as { replicas?: number }).replicas ?? 1 }
}

interface Expected {
  readonly scale: number
  readonly unmanaged: readonly string[]
}

function expectedScale(cache: Lister, pods: readonly Pod[]): Expected | string {
  const scales = new Map<string, number>()
  const unmanaged: string[] = []
  for (const pod of pods) {
    const reference = controllerOf(pod)
    if (!reference) {
      unmanaged.push(pod.metadata.name)
      continue
    }
    const scale = scaleOf(cache, reference, pod)
    if (typeof scale === 'string') return scale
    scales.set(scale.uid, scale.replicas)
  }
  let scale = 0
  for (const replicas of scales.values()) scale += replicas
  return { scale, unmanaged }
}

const allowedCondition = (
  before: readonly Condition[],
  next: Omit<Condition, 'type' | 'lastTransitionTime'>,
  unixMs: number,
): readonly Condition[] => {
  const old = before.find(({ type }) => type === 'DisruptionAllowed')
  const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? formatTime(unixMs)) : formatTime(unixMs)
  const condition: Condition = { type: 'DisruptionAllowed', lastTransitionTime, ...next }
  return old ? before.map((other) => (other === old ? condition : other)) : [...before, condition]
}

function writeStatus({ api }: Context, budget: PodDisruptionBudget, status: PodDisruptionBudget['status']): Outcome | undefined {
  if (deepEqual(budget.status ?? {}, status)) return undefined
  const { namespace = '', name } = budget.metadata
  const written = api.update(BUDGETS, namespace, name, { ...budget, status }, { subresource: 'status' })
  return written.ok || written.status.code === 404 ? undefined : retry(written.status.message)
}

/** Better no disruption than one on wrong numbers. */
function failSafe(context: Context, budget: PodDisruptionBudget, message: string): Outcome {
  const condition = {
    status: 'False' as const,
    observedGeneration: budget.status?.observedGeneration ?? 0,
    reason: 'SyncFailed',
    message,
  }
  const before = budget.status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 }
  const conditions = allowedCondition(before.conditions ?? [], condition, context.unixMs)
  return writeStatus(context, budget, { ...before, disruptionsAllowed: 0, conditions }) ?? retry(message)
}

function syncBudget(context: Context, key: string): Outcome {
  const { cache, events, unixMs } = context
  const [namespace, name] = splitKey(key)
  const budget = cache.get(BUDGETS, namespace, name) as unknown as PodDisruptionBudget | undefined
  if (!budget) return DONE
  const pods: Pod[] = []
  for (const pod of cache.byIndex('pods', 'namespace', namespace))
    if (matchesLabelSelector(budget.spec.selector, pod.metadata.labels)) pods.push(pod as unknown as Pod)
  if (pods.length === 0) events.record(budget, 'Normal', 'NoPods', 'No matching pods found')
  const expected: Expected | string = needsScale(budget) ? expectedScale(cache, pods) : { scale: 0, unmanaged: [] }
  if (typeof expected === 'string') {
    events.record(
      budget,
      'Warning',
      'CalculateExpectedPodCountFailed',
      `Failed to calculate the number of expected pods: ${expected}`,
    )
    return failSafe(context, budget, expected)
  }
  if (expected.unmanaged.length > 0)
    events.record(
      budget,
      'Warning',
      'UnmanagedPods',
      `Pods selected by this PodDisruptionBudget (selector: ${goLabelSelector(budget.spec.selector ?? {})}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
    )
  const need = neededPods(budget, pods.length, expected.scale)
  const disrupted = disruptedPods(budget, pods, unixMs)
  for (const pod of disrupted.overdue)
    events.record(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${key} to be deleted but it wasn't`)
  const currentHealthy = healthyPods(pods, disrupted)
  const allowed = disruptionsAllowed(currentHealthy, need)
  const observedGeneration = budget.metadata.generation ?? 0
  const condition = {
    status: allowed > 0 ? ('True' as const) : ('False' as const),
    observedGeneration,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  }
  const refused = writeStatus(context, budget, {
    observedGeneration,
    ...(Object.keys(disrupted.pods).length > 0 ? { disruptedPods: disrupted.pods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy,
    desiredHealthy: need.desiredHealthy,
    expectedPods: need.expectedPods,
    conditions: allowedCondition(budget.status?.conditions ?? [], condition, unixMs),
  })
  if (refused) return refused
  return disrupted.recheckAtMs === undefined ? DONE : { againMs: disrupted.recheckAtMs - unixMs + 1 }
}

/** Takes back the mark of a pod whose disruption never came. */
function clearStaleDisruption({ api, cache, unixMs }: Context, key: string): Outcome {
  const [namespace, name] = splitKey(key)
  const pod = cache.get('pods', namespace, name) as unknown as Pod | undefined
  const condition = pod && podCondition(pod, 'DisruptionTarget')
  if (!pod || isPodTerminating(pod) || condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return DONE
  const wait = (parseTime(condition.lastTransitionTime) ?? 0) + STALE_DISRUPTION_MS - unixMs
  if (wait > 0) return { againMs: wait }
  const cleared: Condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: formatTime(unixMs) }
  const { reason: _reason, message: _message, ...rest } = condition
  const body = { status: { conditions: [{ ...rest, ...cleared }] } }
  const patched = api.patch('pods', namespace, name, { type: 'strategic', body }, { subresource: 'status' })
  return patched.ok || patched.status.code === 404 ? DONE : retry(patched.status.message)
}

/** Keeps the status of PodDisruptionBudgets, which the eviction API lives by. Models pkg/controller/disruption (v1.35). */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  watches: {
    [BUDGETS]: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(`budget|${objectKey(object)}`)
    },
    pods: ({ type, object }, { cache, enqueue, events }) => {
      const { namespace, name, labels } = object.metadata
      const budgets: AnyObject[] = []
      for (const candidate of cache.list(BUDGETS))
        if (
          candidate.metadata.namespace === namespace &&
          matchesLabelSelector((candidate as unknown as PodDisruptionBudget).spec.selector, labels)
        )
          budgets.push(candidate)
      const [first] = budgets
      if (first && budgets.length > 1)
        events.record(
          object,
          'Warning',
          'MultiplePodDisruptionBudgets',
          `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${first.metadata.name}" arbitrarily.`,
        )
      if (first) enqueue(`budget|${objectKey(first)}`)
      const pod = object as unknown as Pod
      if (type !== 'DELETED' && !isPodTerminating(pod) && podCondition(pod, 'DisruptionTarget')?.status === 'True')
        enqueue(`stale|${objectKey(object)}`)
    },
    'replicasets.apps': () => {},
    'deployments.apps': () => {},
    'statefulsets.apps': () => {},
    replicationcontrollers: () => {},
  },
  reconcile(context, item) {
    const bar = item.indexOf('|')
    const key = item.slice(bar + 1)
    return item.startsWith('stale') ? clearStaleDisruption(context, key) : syncBudget(context, key)
  },
}
