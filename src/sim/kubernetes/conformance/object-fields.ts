import type { AnyObject, Condition, Event, OwnerReference } from '../api/types.ts'

type Value = Readonly<Record<string, unknown>>

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, field) => (inner as Value | undefined | null)?.[field], value)

const count = (value: unknown): number => (typeof value === 'number' ? value : 0)
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const filled = (values: readonly unknown[]): readonly unknown[] | null => (values.length > 0 ? values : null)

const conditions = (object: AnyObject): readonly unknown[] | null =>
  filled(
    (list(at(object, 'status', 'conditions')) as readonly Condition[]).map(({ type, status, reason = '', message = '' }) => [
      type,
      status,
      reason,
      message,
    ]),
  )
const owners = ({ metadata }: AnyObject): readonly unknown[] =>
  (metadata.ownerReferences ?? []).map(({ kind, name, controller = false, blockOwnerDeletion = false }: OwnerReference) => [
    kind,
    name,
    controller,
    blockOwnerDeletion,
  ])
const finalizers = ({ metadata }: AnyObject): readonly unknown[] | null => filled(metadata.finalizers ?? [])
const isLeaving = ({ metadata }: AnyObject): boolean => metadata.deletionTimestamp !== undefined
const whenTrue = (value: boolean): true | null => (value ? true : null)
const conditionPair = (object: AnyObject, type: string, status: string): readonly [string, string] | null => {
  const found = (list(at(object, 'status', 'conditions')) as readonly Condition[]).find((condition) => condition.type === type)
  return found?.status === status ? [found.reason ?? '', found.message ?? ''] : null
}
const generations = (object: AnyObject): Value => ({
  generation: object.metadata.generation ?? null,
  observedGeneration: count(at(object, 'status', 'observedGeneration')) || null,
})
const leaving = (object: AnyObject): Value => ({ deletion: whenTrue(isLeaving(object)), finalizers: finalizers(object) })
const counts = (object: AnyObject, names: Readonly<Record<string, string>>): Value =>
  Object.fromEntries(Object.entries(names).map(([field, own]) => [field, count(at(object, 'status', own))]))
const annotation = ({ metadata }: AnyObject, key: string): string | null => metadata.annotations?.[key] ?? null

/** What a recording keeps of an object of each kind; null is nothing. */
const FIELDS: Readonly<Record<string, (object: AnyObject) => Value>> = {
  Node: (object) => ({
    unschedulable: at(object, 'spec', 'unschedulable') === true,
    taints: list(at(object, 'spec', 'taints'))
      .map((taint) => {
        const { key, value, effect } = taint as { key: string; value?: string; effect: string }
        return value ? `${key}=${value}:${effect}` : `${key}:${effect}`
      })
      .sort(),
    conditions: conditions(object),
  }),
  Service: (object) => ({
    type: text(at(object, 'spec', 'type')),
    selector: at(object, 'spec', 'selector') ?? null,
    headless: at(object, 'spec', 'clusterIP') === 'None',
    hasClusterIP: text(at(object, 'spec', 'clusterIP')) !== null,
    ports: filled(
      list(at(object, 'spec', 'ports')).map((port) => {
        const { name, protocol, port: number, targetPort, nodePort } = port as Value
        return [name ?? null, protocol, number, targetPort, nodePort !== undefined]
      }),
    ),
    sessionAffinity: text(at(object, 'spec', 'sessionAffinity')),
    internalTrafficPolicy: text(at(object, 'spec', 'internalTrafficPolicy')),
    ipFamilyPolicy: text(at(object, 'spec', 'ipFamilyPolicy')),
    externalTrafficPolicy: text(at(object, 'spec', 'externalTrafficPolicy')),
    externalName: text(at(object, 'spec', 'externalName')),
    affinityTimeout: at(object, 'spec', 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds') ?? null,
    publishNotReady: whenTrue(at(object, 'spec', 'publishNotReadyAddresses') === true),
  }),
  EndpointSlice: (object) => ({
    service: object.metadata.labels?.['kubernetes.io/service-name'] ?? null,
    addressType: text(object['addressType']),
    managedBy: object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? null,
    headless: object.metadata.labels?.['service.kubernetes.io/headless'] !== undefined,
    ports: list(object['ports']).map((port) => [
      at(port, 'name') ?? null,
      at(port, 'protocol') ?? null,
      at(port, 'port') ?? null,
    ]),
    endpoints: list(object['endpoints']).map((endpoint) => [
      at(endpoint, 'targetRef', 'name') ?? list(at(endpoint, 'addresses'))[0] ?? null,
      at(endpoint, 'conditions', 'ready') ?? null,
      at(endpoint, 'conditions', 'serving') ?? null,
      at(endpoint, 'conditions', 'terminating') ?? null,
      ...list([at(endpoint, 'hostname')]).filter((hostname) => hostname !== undefined),
    ]),
  }),
  Deployment: (object) => ({
    ...generations(object),
    desired: count(at(object, 'spec', 'replicas')),
    ...counts(object, {
      replicas: 'replicas',
      updated: 'updatedReplicas',
      ready: 'readyReplicas',
      available: 'availableReplicas',
      unavailable: 'unavailableReplicas',
      terminating: 'terminatingReplicas',
    }),
    revision: annotation(object, 'deployment.kubernetes.io/revision'),
    changeCause: annotation(object, 'kubernetes.io/change-cause'),
    paused: whenTrue(at(object, 'spec', 'paused') === true),
    conditions: conditions(object),
    ...leaving(object),
  }),
  ReplicaSet: (object) => ({
    ...generations(object),
    revision: annotation(object, 'deployment.kubernetes.io/revision'),
    history: annotation(object, 'deployment.kubernetes.io/revision-history'),
    desiredAnnotation: annotation(object, 'deployment.kubernetes.io/desired-replicas'),
    maxAnnotation: annotation(object, 'deployment.kubernetes.io/max-replicas'),
    desired: count(at(object, 'spec', 'replicas')),
    ...counts(object, {
      replicas: 'replicas',
      ready: 'readyReplicas',
      available: 'availableReplicas',
      terminating: 'terminatingReplicas',
      fullyLabeled: 'fullyLabeledReplicas',
    }),
    image: at(list(at(object, 'spec', 'template', 'spec', 'containers'))[0], 'image') ?? null,
    owners: owners(object),
    conditions: conditions(object),
    ...leaving(object),
  }),
  ReplicationController: (object) => ({
    desired: count(at(object, 'spec', 'replicas')),
    ...counts(object, { replicas: 'replicas', ready: 'readyReplicas' }),
  }),
  DaemonSet: (object) => ({
    ...generations(object),
    ...counts(object, {
      desired: 'desiredNumberScheduled',
      current: 'currentNumberScheduled',
      ready: 'numberReady',
      updated: 'updatedNumberScheduled',
      available: 'numberAvailable',
      unavailable: 'numberUnavailable',
      misscheduled: 'numberMisscheduled',
    }),
    ...leaving(object),
  }),
  StatefulSet: (object) => ({
    ...generations(object),
    desired: count(at(object, 'spec', 'replicas')),
    ...counts(object, {
      replicas: 'replicas',
      ready: 'readyReplicas',
      available: 'availableReplicas',
      current: 'currentReplicas',
      updated: 'updatedReplicas',
    }),
    currentRevision: text(at(object, 'status', 'currentRevision')),
    updateRevision: text(at(object, 'status', 'updateRevision')),
    ...leaving(object),
  }),
  ControllerRevision: (object) => ({
    revision: object['revision'] ?? null,
    owner: object.metadata.ownerReferences?.[0]?.name ?? null,
  }),
  Pod: (object) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller)
    return {
      owner: owner ? `${owner.kind}/${owner.name}` : null,
      phase: text(at(object, 'status', 'phase')) ?? 'Pending',
      ready: conditionPair(object, 'Ready', 'True') !== null,
      deletion: isLeaving(object),
      grace: isLeaving(object) ? (object.metadata.deletionGracePeriodSeconds ?? null) : null,
      node: text(at(object, 'spec', 'nodeName')),
      disruption: conditionPair(object, 'DisruptionTarget', 'True'),
      unscheduled: conditionPair(object, 'PodScheduled', 'False'),
      gates: filled(list(at(object, 'spec', 'schedulingGates')).map((gate) => at(gate, 'name'))),
      nominated: text(at(object, 'status', 'nominatedNodeName')),
      priority: count(at(object, 'spec', 'priority')) || null,
      finalizers: finalizers(object),
    }
  },
  PodDisruptionBudget: (object) => ({
    observedGeneration: count(at(object, 'status', 'observedGeneration')) || null,
    ...counts(object, {
      currentHealthy: 'currentHealthy',
      desiredHealthy: 'desiredHealthy',
      expectedPods: 'expectedPods',
      disruptionsAllowed: 'disruptionsAllowed',
    }),
    disruptedPods: Object.keys(at(object, 'status', 'disruptedPods') ?? {}),
    conditions: conditions(object),
  }),
  Job: (object) => ({
    parallelism: at(object, 'spec', 'parallelism') ?? null,
    completions: at(object, 'spec', 'completions') ?? null,
    suspend: at(object, 'spec', 'suspend') === true,
    ...counts(object, { active: 'active', ready: 'ready', terminating: 'terminating', succeeded: 'succeeded', failed: 'failed' }),
    started: at(object, 'status', 'startTime') !== undefined,
    completed: at(object, 'status', 'completionTime') !== undefined,
    completedIndexes: at(object, 'status', 'completedIndexes') ?? null,
    failedIndexes: at(object, 'status', 'failedIndexes') ?? null,
    owners: owners(object),
    conditions: conditions(object),
    ...leaving(object),
  }),
  CronJob: (object) => ({
    suspend: at(object, 'spec', 'suspend') === true,
    lastSchedule: at(object, 'status', 'lastScheduleTime') !== undefined,
    lastSuccess: at(object, 'status', 'lastSuccessfulTime') !== undefined,
    active: list(at(object, 'status', 'active')).map((job) => at(job, 'name')),
  }),
  ResourceQuota: (object) => ({ hard: at(object, 'status', 'hard') ?? null, used: at(object, 'status', 'used') ?? null }),
  Namespace: (object) => ({
    phase: text(at(object, 'status', 'phase')),
    deletion: isLeaving(object),
    labels: object.metadata.labels ?? null,
    specFinalizers: filled(list(at(object, 'spec', 'finalizers'))),
    conditions: conditions(object),
  }),
  ServiceAccount: (object) => ({ deletion: isLeaving(object) }),
  ConfigMap: (object) => ({ deletion: isLeaving(object), finalizers: finalizers(object), owners: owners(object) }),
  HorizontalPodAutoscaler: (object) => ({
    ...counts(object, { desired: 'desiredReplicas' }),
    current: at(object, 'status', 'currentReplicas') ?? null,
    metrics: filled(list(at(object, 'status', 'currentMetrics')).map((metric) => at(metric, 'resource', 'current') ?? null)),
    conditions: conditions(object),
  }),
  PersistentVolumeClaim: (object) => ({
    phase: text(at(object, 'status', 'phase')),
    finalizers: finalizers(object),
    deletion: isLeaving(object),
    storageClass: at(object, 'spec', 'storageClassName') || null,
    volume: text(at(object, 'spec', 'volumeName')),
    capacity: text(at(object, 'status', 'capacity', 'storage')),
    selectedNode: annotation(object, 'volume.kubernetes.io/selected-node'),
    owners: filled((object.metadata.ownerReferences ?? []).map(({ kind, name }) => [kind, name])),
  }),
  PersistentVolume: (object) => ({
    phase: text(at(object, 'status', 'phase')),
    reclaim: text(at(object, 'spec', 'persistentVolumeReclaimPolicy')),
    finalizers: finalizers(object),
    deletion: isLeaving(object),
    storageClass: at(object, 'spec', 'storageClassName') || null,
    claim: text(at(object, 'spec', 'claimRef', 'name')),
  }),
  Event: (object) => {
    const { involvedObject, type, reason, message, count: times, series, source, reportingComponent } = object as unknown as Event
    return {
      involved: `${involvedObject.kind}/${involvedObject.name}`,
      type,
      reason,
      message,
      count: series?.count ?? times ?? 1,
      component: source?.component ?? reportingComponent ?? null,
    }
  },
}

/** The fields that are recorded of an object; undefined for kinds that recordings leave out. */
export const recordedFields = (object: AnyObject): Value | undefined => FIELDS[object.kind]?.(object)
