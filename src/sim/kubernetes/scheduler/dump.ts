import type {
  AnyObject,
  ApiObject,
  Container,
  LabelSelector,
  Node,
  Pod,
  PodAffinity,
  PodAffinityTerm,
  PriorityClass,
  ResourceRequirements,
  Toleration,
  TopologySpreadConstraint,
} from '../api/types.ts'
import { addQuantities } from '../api/quantity.ts'
import { ClusterCache } from './cache.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { isFinished } from './pod-info.ts'
import { podRequests } from './pod-requests.ts'
import { DEFAULT_RELEASE, type ReleaseBehaviour } from './releases.ts'

/** A cluster as somebody wrote it down. */
export interface Dump {
  readonly cluster: ClusterCache
  /** Pods that wait for a node, as the API server would hold them, in the order of the dump. */
  readonly pending: readonly Pod[]
}

/** Flattens `kind: List` and the like; objects keep their order. */
const flattenLists = (objects: readonly AnyObject[]): readonly AnyObject[] =>
  objects.flatMap((object) =>
    object.kind?.endsWith('List') && Array.isArray(object['items']) ? flattenLists(object['items'] as AnyObject[]) : [object],
  )

/** Kinds that live in a namespace; those of the scheduler's reading only. */
const NAMESPACED = new Set([
  'Pod',
  'Service',
  'ReplicationController',
  'ReplicaSet',
  'StatefulSet',
  'PodDisruptionBudget',
  'PersistentVolumeClaim',
  'CSIStorageCapacity',
])

const inNamespace = <T extends ApiObject>(object: T): T =>
  NAMESPACED.has(object.kind) && !object.metadata.namespace
    ? { ...object, metadata: { ...object.metadata, namespace: 'default' } }
    : object

/** Brings up a cluster from objects that were neither defaulted nor admitted. */
export function readDump(objects: readonly AnyObject[], release: ReleaseBehaviour = DEFAULT_RELEASE): Dump {
  const cluster = new ClusterCache(release)
  const all = flattenLists(objects).map(inNamespace)
  const classes = all.filter(({ kind }) => kind === 'PriorityClass') as unknown as readonly PriorityClass[]
  for (const object of all) if (ClusterObjects.isListed(object.kind)) cluster.setObject(defaultedObject(object))
  for (const object of all) if (object.kind === 'Node') cluster.setNode(defaultedNode(object as unknown as Node))
  const pods = all.filter(({ kind }) => kind === 'Pod').map((object) => admittedPod(object as unknown as Pod, classes, release))
  const pending: Pod[] = []
  for (const pod of pods) {
    // What the real scheduler does when it is handed a finished pod: the phase is asked by its watch, not by its cache.
    if (pod.spec.nodeName) cluster.setPod(pod, { countsFinished: true })
    else if (!isFinished(pod)) pending.push(pod)
  }
  for (const pod of pending) {
    const node = pod.status?.nominatedNodeName
    if (node) cluster.nominate(cluster.reader.read(pod), node)
  }
  return { cluster, pending }
}

// Defaults ------------------------------------------------------------------------------------------------------------

const defaultedNode = (node: Node): Node => ({
  ...node,
  spec: node.spec ?? {},
  ...(node.status && !node.status.allocatable && node.status.capacity
    ? { status: { ...node.status, allocatable: node.status.capacity } }
    : {}),
})

function defaultedObject(object: AnyObject): AnyObject {
  switch (object.kind) {
    case 'StorageClass':
      return object['volumeBindingMode'] === undefined ? { ...object, volumeBindingMode: 'Immediate' } : object
    case 'Namespace': {
      const { name, labels } = object.metadata
      return { ...object, metadata: { ...object.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } } }
    }
    default:
      return object
  }
}

const requestsFromLimits = ({ requests, limits, ...rest }: ResourceRequirements): ResourceRequirements => ({
  ...rest,
  ...(limits ? { limits } : {}),
  ...(requests || limits ? { requests: { ...limits, ...requests } } : {}),
})

function defaultedContainer(container: Container, hostNetwork: boolean): Container {
  return {
    ...container,
    ...(container.resources ? { resources: requestsFromLimits(container.resources) } : {}),
    ...(hostNetwork && container.ports
      ? { ports: container.ports.map((port) => ({ ...port, hostPort: port.hostPort || port.containerPort })) }
      : {}),
  }
}

/** Pod-level requests that are not stated: what the containers ask for together, else the pod-level limit. */
function podLevelResources(pod: Pod): ResourceRequirements | undefined {
  const { resources } = pod.spec
  if (!resources?.limits) return resources
  const asked = podRequests(pod, { skipPodLevel: true })
  const requests: Record<string, string> = { ...resources.requests }
  for (const [resource, limit] of Object.entries(resources.limits)) {
    if (requests[resource] !== undefined) continue
    const sum = asked[resource]
    if (sum === undefined) requests[resource] = limit
    else requests[resource] = resource === 'cpu' ? `${sum}m` : addQuantities(String(sum), '0')
  }
  return { ...resources, requests }
}

// Admission -----------------------------------------------------------------------------------------------------------

const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

function priorityFields(pod: Pod, classes: readonly PriorityClass[]): Partial<Pod['spec']> {
  const { priorityClassName, priority, preemptionPolicy } = pod.spec
  const found = priorityClassName
    ? classes.find(({ metadata }) => metadata.name === priorityClassName)
    : priority === undefined
      ? classes.filter(({ globalDefault }) => globalDefault).sort((a, b) => a.value - b.value)[0]
      : undefined
  const value = found?.value ?? (priorityClassName ? SYSTEM_PRIORITIES[priorityClassName] : undefined) ?? priority ?? 0
  return { priority: value, preemptionPolicy: preemptionPolicy ?? found?.preemptionPolicy ?? 'PreemptLowerPriority' }
}

const NODE_TROUBLES = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** Pods stand a node's trouble for 300 s unless they say something about it themselves. */
const troubleTolerations = (tolerations: readonly Toleration[]): readonly Toleration[] =>
  NODE_TROUBLES.filter(
    (trouble) => !tolerations.some(({ key, effect }) => (!key || key === trouble) && (!effect || effect === 'NoExecute')),
  ).map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))

type Labels = Readonly<Record<string, string>>

function withLabelKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): LabelSelector | undefined {
  const added = (keys ?? []).flatMap((key) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]))
  return added.length === 0 || !selector
    ? selector
    : { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] }
}

const mergedTerm = (term: PodAffinityTerm, labels: Labels): PodAffinityTerm => {
  const matched = withLabelKeys(term.labelSelector, term.matchLabelKeys, 'In', labels)
  const selector = withLabelKeys(matched, term.mismatchLabelKeys, 'NotIn', labels)
  return selector === undefined ? term : { ...term, labelSelector: selector }
}

function mergedAffinity(affinity: PodAffinity, labels: Labels): PodAffinity {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, preferredDuringSchedulingIgnoredDuringExecution: preferred } =
    affinity
  return {
    ...(required ? { requiredDuringSchedulingIgnoredDuringExecution: required.map((term) => mergedTerm(term, labels)) } : {}),
    ...(preferred
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map(({ weight, podAffinityTerm }) => ({
            weight,
            podAffinityTerm: mergedTerm(podAffinityTerm, labels),
          })),
        }
      : {}),
  }
}

const mergedConstraint = (constraint: TopologySpreadConstraint, labels: Labels): TopologySpreadConstraint => {
  const labelSelector = withLabelKeys(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels)
  return labelSelector === undefined ? constraint : { ...constraint, labelSelector }
}

/** The pod as it would be read back after its creation, in what the scheduler looks at. */
function admittedPod(pod: Pod, classes: readonly PriorityClass[], release: ReleaseBehaviour = DEFAULT_RELEASE): Pod {
  const { spec, metadata } = pod
  const labels = metadata.labels ?? {}
  const tolerations = spec.tolerations ?? []
  const hostNetwork = spec.hostNetwork ?? false
  const { affinity, topologySpreadConstraints: constraints } = spec
  const defaulted: Pod = {
    ...pod,
    spec: {
      ...spec,
      ...priorityFields(pod, classes),
      containers: spec.containers.map((container) => defaultedContainer(container, hostNetwork)),
      ...(spec.initContainers
        ? { initContainers: spec.initContainers.map((container) => defaultedContainer(container, hostNetwork)) }
        : {}),
      tolerations: [...tolerations, ...troubleTolerations(tolerations)],
      ...(affinity
        ? {
            affinity: {
              ...affinity,
              ...(affinity.podAffinity ? { podAffinity: mergedAffinity(affinity.podAffinity, labels) } : {}),
              ...(affinity.podAntiAffinity ? { podAntiAffinity: mergedAffinity(affinity.podAntiAffinity, labels) } : {}),
            },
          }
        : {}),
      ...(constraints && release.mergesSpreadMatchLabelKeys
        ? { topologySpreadConstraints: constraints.map((constraint) => mergedConstraint(constraint, labels)) }
        : {}),
    },
  }
  const resources = podLevelResources(defaulted)
  return resources ? { ...defaulted, spec: { ...defaulted.spec, resources } } : defaulted
}
