import { formatTime, type Millis } from '../../kernel/time.ts'
import { milliQuantityOf, parseQuantity, quantityMilliValue } from '../api/quantity.ts'
import { matchesSelector, type Selector, selectorOf, selectorOfLabels } from '../api/selectors.ts'
import type { AnyObject, ApiObject, Condition, LabelSelector, Pod } from '../api/types.ts'
import {
  type AutoscalerMemory,
  limited,
  limitedByRules,
  type ScalingRules,
  stabilized,
  stabilizedByRules,
  withRecommendation,
  withScaleEvent,
} from './autoscaler-limits.ts'
import {
  type Calculated,
  replicasForAverage,
  replicasForUtilization,
  type ResourceName,
  type Tolerances,
} from './autoscaler-replicas.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey, splitKey } from './object-key.ts'
import type { ResourceMetrics } from './resource-metrics.ts'
import { type Context, type Controller, type Outcome } from './runtime/controller.ts'

const AUTOSCALERS = 'horizontalpodautoscalers.autoscaling'
const SYNC_MS: Millis = 15_000
const TOLERANCE = 0.1

interface MetricTarget {
  readonly type: 'Utilization' | 'Value' | 'AverageValue'
  readonly averageUtilization?: number
  readonly averageValue?: string
}
interface MetricSpec {
  readonly type: 'Resource' | 'ContainerResource' | 'Pods' | 'Object' | 'External'
  readonly resource?: { readonly name: ResourceName; readonly target: MetricTarget }
  readonly containerResource?: { readonly name: ResourceName; readonly container: string; readonly target: MetricTarget }
  readonly pods?: { readonly metric: { readonly name: string } }
  readonly object?: {
    readonly metric: { readonly name: string }
    readonly describedObject: { readonly kind: string; readonly name: string }
  }
  readonly external?: { readonly metric: { readonly name: string } }
}
interface AutoscalerStatus {
  readonly currentReplicas?: number
  readonly desiredReplicas?: number
  readonly lastScaleTime?: string
  readonly currentMetrics?: readonly unknown[] | null
  readonly conditions?: readonly Condition[]
}
interface Autoscaler extends ApiObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string }
    readonly minReplicas?: number
    readonly maxReplicas: number
    readonly metrics?: readonly MetricSpec[]
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules }
  }
  readonly status?: AutoscalerStatus
}

type State = {
  /** By key of the autoscaler. */
  readonly memories: Map<string, AutoscalerMemory>
}

/** The kinds with a `scale` that an autoscaler can find here. Simplified: none of custom resources. */
const TARGETS: Readonly<Record<string, string>> = {
  'apps/Deployment': 'deployments.apps',
  'apps/ReplicaSet': 'replicasets.apps',
  'apps/StatefulSet': 'statefulsets.apps',
  '/ReplicationController': 'replicationcontrollers',
}

interface Scale {
  readonly resource: string
  readonly version: string
  readonly replicas: number
  readonly selector: Selector
}

/** One look at an autoscaler, while it is worked out. */
interface Look {
  readonly autoscaler: Autoscaler
  conditions: readonly Condition[]
}

function setCondition(look: Look, unixMs: number, type: string, isTrue: boolean, reason: string, message: string): void {
  const status = isTrue ? 'True' : 'False'
  const old = look.conditions.find((condition) => condition.type === type)
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime! : formatTime(unixMs)
  const condition: Condition = { type, status, lastTransitionTime, reason, message }
  look.conditions = old ? look.conditions.map((other) => (other === old ? condition : other)) : [...look.conditions, condition]
}

function scaleOf({ api }: Context<State>, { metadata, spec: { scaleTargetRef } }: Autoscaler): Scale | string {
  const { apiVersion = '', kind, name } = scaleTargetRef
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion]
  const resource = TARGETS[`${group}/${kind}`]
  if (resource === undefined)
    return `no matches for kind "${kind}" in ${group === '' ? `version "${version}"` : `group "${group}"`}`
  const found = api.get(resource, metadata.namespace ?? '', name)
  if (!found.ok) return found.status.message
  const target = found.value as AnyObject & { readonly spec: { readonly replicas?: number; readonly selector?: unknown } }
  const { replicas = 0, selector } = target.spec
  return {
    resource,
    version: target.metadata.resourceVersion ?? '',
    replicas,
    selector:
      resource === 'replicationcontrollers'
        ? selectorOfLabels(selector as Readonly<Record<string, string>>)
        : (selectorOf(selector as LabelSelector) ?? []),
  }
}

const toleranceOf = (rules: ScalingRules | undefined): number => {
  const given = rules?.tolerance === undefined ? undefined : parseQuantity(rules.tolerance)
  return given ? Number(given.nano) / 1e9 : TOLERANCE
}

interface MetricOutcome {
  readonly replicas: number
  readonly name: string
  readonly status: unknown
}
interface MetricFailure {
  /** Of the event and the condition. */
  readonly reason: string
  readonly message: string
  /** What the whole evaluation says of it. */
  readonly error: string
}

const CUSTOM_METRICS = 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered'
const EXTERNAL_METRICS =
  'unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered'

/** Simplified: only the resource metrics API is there; the others fail as on a cluster without their adapters. */
function withoutAdapter(spec: MetricSpec, namespace: string): MetricFailure {
  if (spec.type === 'Pods') {
    const message = `unable to get metric ${spec.pods?.metric.name}: ${CUSTOM_METRICS}`
    return { reason: 'FailedGetPodsMetric', message, error: `failed to get pods metric value: ${message}` }
  }
  if (spec.type === 'Object') {
    const { kind, name } = spec.object?.describedObject ?? {}
    const message = `unable to get metric ${spec.object?.metric.name}: ${kind} on ${namespace} ${name}/${CUSTOM_METRICS}`
    return { reason: 'FailedGetObjectMetric', message, error: `failed to get object metric value: ${message}` }
  }
  const name = spec.external?.metric.name
  const message = `unable to get external metric ${namespace}/${name}/nil: ${EXTERNAL_METRICS}`
  return { reason: 'FailedGetExternalMetric', message, error: `failed to get ${name} external metric value: ${message}` }
}

function proposalOf(
  { unixMs }: Context<State>,
  autoscaler: Autoscaler,
  { replicas: currentReplicas }: Scale,
  pods: readonly Pod[],
  metrics: ResourceMetrics | undefined,
  spec: MetricSpec,
): MetricOutcome | MetricFailure {
  const source = spec.type === 'Resource' ? spec.resource : spec.type === 'ContainerResource' ? spec.containerResource : undefined
  if (!source) return withoutAdapter(spec, autoscaler.metadata.namespace ?? '')
  const { name, target } = source
  const container = spec.containerResource?.container
  const { behavior } = autoscaler.spec
  const tolerances: Tolerances = { scaleUp: toleranceOf(behavior?.scaleUp), scaleDown: toleranceOf(behavior?.scaleDown) }
  const question = {
    pods,
    metrics,
    resource: name,
    ...(container === undefined ? {} : { container }),
    currentReplicas,
    tolerances,
    unixMs,
  }
  const byValue = target.averageValue !== undefined
  const answered: Calculated = byValue
    ? replicasForAverage(question, quantityMilliValue(target.averageValue))
    : replicasForUtilization(question, target.averageUtilization ?? 0)
  if (!answered.ok) {
    const message = `failed to get ${name} ${byValue ? 'usage' : 'utilization'}: ${answered.message}`
    return container === undefined
      ? { reason: 'FailedGetResourceMetric', message, error: `failed to get ${name} resource metric value: ${message}` }
      : { reason: 'FailedGetContainerResourceMetric', message, error: `failed to get ${name} container metric value: ${message}` }
  }
  const { replicas, utilization, averageMilli } = answered.value
  const current = {
    averageValue: milliQuantityOf(averageMilli),
    ...(utilization === undefined ? {} : { averageUtilization: utilization }),
  }
  const kind = container === undefined ? 'resource' : 'container resource'
  return {
    replicas,
    name: `${name} ${kind}${byValue ? '' : ' utilization (percentage of request)'}`,
    status:
      container === undefined
        ? { type: 'Resource', resource: { name, current } }
        : { type: 'ContainerResource', containerResource: { name, container, current } },
  }
}

interface Evaluation {
  readonly statuses: readonly unknown[]
  /** Absent: nothing can be said. */
  readonly best?: { readonly replicas: number; readonly name: string }
  readonly error?: string
}

/** The most that any metric asks for; one that fails forbids scaling down. */
function evaluate(context: Context<State>, look: Look, scale: Scale, metrics: ResourceMetrics | undefined): Evaluation {
  const { autoscaler } = look
  const { unixMs, events, cache } = context
  const specs = autoscaler.spec.metrics ?? []
  if (scale.selector.length === 0) {
    events.record(autoscaler, 'Warning', 'SelectorRequired', 'selector is required')
    setCondition(look, unixMs, 'ScalingActive', false, 'InvalidSelector', "the HPA target's scale is missing a selector")
    return { statuses: [], error: 'selector is required' }
  }
  const pods = cache
    .listNamespace('pods', autoscaler.metadata.namespace ?? '')
    .filter((pod) => matchesSelector(scale.selector, pod.metadata.labels)) as unknown as readonly Pod[]
  let most: MetricOutcome | undefined
  let failure: MetricFailure | undefined
  let failures = 0
  const statuses: unknown[] = []
  for (const spec of specs) {
    const outcome = proposalOf(context, autoscaler, scale, pods, metrics, spec)
    if ('reason' in outcome) {
      events.record(autoscaler, 'Warning', outcome.reason, outcome.message)
      failure ??= outcome
      failures += 1
      statuses.push({ type: '' })
      continue
    }
    if (!most || most.replicas === 0 || outcome.replicas > most.replicas) most = outcome
    statuses.push(outcome.status)
  }
  const error = failure && `invalid metrics (${failures} invalid out of ${specs.length}), first error is: ${failure.error}`
  if (failure && (!most || most.replicas < scale.replicas)) {
    setCondition(
      look,
      unixMs,
      'ScalingActive',
      false,
      failure.reason,
      `the HPA was unable to compute the replica count: ${failure.message}`,
    )
    return { statuses, error: error! }
  }
  if (!most) return { statuses }
  const message = `the HPA was able to successfully calculate a replica count from ${most.name}`
  setCondition(look, unixMs, 'ScalingActive', true, 'ValidMetricFound', message)
  return { statuses, best: most, ...(error === undefined ? {} : { error }) }
}

/** Holds what the metrics ask for against history and limits. */
function normalise(context: Context<State>, key: string, look: Look, current: number, desired: number, min: number): number {
  const { now, unixMs, state } = context
  const { maxReplicas: max, behavior } = look.autoscaler.spec
  const memory = state.memories.get(key)!
  const wanted = { now, current, desired, min, max }
  const { scaleUp: up = {}, scaleDown: down = {} } = behavior ?? {}
  const calm = behavior ? stabilizedByRules(wanted, memory.recommendations, up, down) : stabilized(wanted, memory.recommendations)
  state.memories.set(key, withRecommendation(memory, desired, now, up, down))
  setCondition(look, unixMs, 'AbleToScale', true, calm.reason, calm.message)
  const wantedNow = { ...wanted, desired: calm.replicas }
  const within = behavior ? limitedByRules(wantedNow, up, down, memory) : limited(wantedNow)
  setCondition(look, unixMs, 'ScalingLimited', within.replicas !== calm.replicas, within.reason, within.message)
  return within.replicas
}

function writeStatus({ api }: Context<State>, { autoscaler, conditions }: Look, changes: AutoscalerStatus): void {
  const { metadata, status: old } = autoscaler
  const status: AutoscalerStatus = { ...old, ...changes, conditions }
  if (deepEqual(status, old)) return
  api.update(AUTOSCALERS, metadata.namespace ?? '', metadata.name, { ...autoscaler, status }, { subresource: 'status' })
}

/** Models reconcileAutoscaler. */
function reconcile(context: Context<State>, key: string, metrics: ResourceMetrics | undefined): void {
  const { cache, state, api, events, unixMs, now } = context
  const autoscaler = cache.get(AUTOSCALERS, ...splitKey(key)) as unknown as Autoscaler | undefined
  if (!autoscaler) return
  const { metadata, spec, status: old } = autoscaler
  const look: Look = { autoscaler, conditions: old?.conditions ?? [] }
  const scale = scaleOf(context, autoscaler)
  if (typeof scale === 'string') {
    events.record(autoscaler, 'Warning', 'FailedGetScale', scale)
    const message = `the HPA controller was unable to get the target's current scale: ${scale}`
    setCondition(look, unixMs, 'AbleToScale', false, 'FailedGetScale', message)
    writeStatus(context, look, {})
    return
  }
  setCondition(
    look,
    unixMs,
    'AbleToScale',
    true,
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  )
  const current = scale.replicas
  if (!state.memories.has(key)) state.memories.set(key, { recommendations: [{ at: now, replicas: current }], ups: [], downs: [] })
  const { minReplicas: min = 1, maxReplicas: max } = spec
  let desired = current
  let reason = ''
  let statuses: readonly unknown[] | null = null
  if (current === 0 && min !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero'
    setCondition(look, unixMs, 'ScalingActive', false, 'ScalingDisabled', message)
  } else if (current > max) {
    reason = 'Current number of replicas above Spec.MaxReplicas'
    desired = max
  } else if (current < min) {
    reason = 'Current number of replicas below Spec.MinReplicas'
    desired = min
  } else {
    const { statuses: measured, best, error } = evaluate(context, look, scale, metrics)
    statuses = measured
    if (!best) {
      writeStatus(context, look, { currentReplicas: current, currentMetrics: statuses })
      if (error !== undefined) events.record(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', error)
      return
    }
    if (best.replicas > current) reason = `${best.name} above target`
    if (best.replicas < current) reason = 'All metrics below target'
    desired = normalise(context, key, look, current, best.replicas, min)
  }
  const rescaled = desired !== current
  if (rescaled) {
    const target = spec.scaleTargetRef.name
    const asked = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: target, namespace: metadata.namespace, resourceVersion: scale.version },
      spec: { replicas: desired },
    } as unknown as AnyObject
    const written = api.update(scale.resource, metadata.namespace ?? '', target, asked, { subresource: 'scale' })
    if (!written.ok) {
      const { message } = written.status
      events.record(autoscaler, 'Warning', 'FailedRescale', `New size: ${desired}; reason: ${reason}; error: ${message}`)
      const text = `the HPA controller was unable to update the target scale: ${message}`
      setCondition(look, unixMs, 'AbleToScale', false, 'FailedUpdateScale', text)
      writeStatus(context, look, { currentReplicas: current, currentMetrics: statuses })
      return
    }
    const message = `the HPA controller was able to update the target scale to ${desired}`
    setCondition(look, unixMs, 'AbleToScale', true, 'SucceededRescale', message)
    events.record(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`)
    const { behavior } = spec
    if (behavior) {
      const memory = withScaleEvent(
        state.memories.get(key)!,
        desired - current,
        now,
        behavior.scaleUp ?? {},
        behavior.scaleDown ?? {},
      )
      state.memories.set(key, memory)
    }
  }
  writeStatus(context, look, {
    currentReplicas: current,
    desiredReplicas: desired,
    currentMetrics: statuses,
    ...(rescaled ? { lastScaleTime: formatTime(unixMs) } : {}),
  })
}

/**
 * Scales by what the Pods use: one look at each autoscaler every 15 s, the first 15 s after it was seen. Models
 * pkg/controller/podautoscaler (v1.35). Simplified: two autoscalers with the same Pods do not notice each other. Absent `metrics`: the
 * cluster has no metrics server.
 */
export const horizontalPodAutoscalerController = (metrics?: ResourceMetrics): Controller<State> => ({
  name: 'horizontal-pod-autoscaler-controller',
  workers: 5,
  eventSource: 'horizontal-pod-autoscaler',
  initialState: () => ({ memories: new Map() }),
  watches: {
    [AUTOSCALERS]: ({ type, object }, { enqueue, state }) => {
      if (type === 'DELETED') state.memories.delete(objectKey(object))
      else enqueue(objectKey(object), SYNC_MS)
    },
    pods: () => {},
  },
  reconcile(context, key): Outcome {
    if (!context.cache.get(AUTOSCALERS, ...splitKey(key))) return { done: true }
    reconcile(context, key, metrics)
    return { againMs: SYNC_MS }
  },
})
