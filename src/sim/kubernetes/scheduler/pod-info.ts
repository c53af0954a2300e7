import { selectorOf, type Selector } from '../api/selectors.ts'
import { parseTime } from '../../kernel/time.ts'
import type {
  Container,
  NodeSelectorTerm,
  OwnerReference,
  Pod,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
  Volume,
} from '../api/types.ts'
import { fitScoreRequests, isScalarResource, nonZeroRequests, podRequests, type Amounts } from './pod-requests.ts'
import type { ReleaseBehaviour } from './releases.ts'

/** A parsed pod (anti-)affinity term. */
export interface AffinityTerm {
  /** Equal terms of pods of one namespace have equal ids. */
  readonly id: string
  /** Absent: matches no pod. */
  readonly selector: Selector | undefined
  readonly topologyKey: string
  readonly namespaces: ReadonlySet<string>
  /** Absent: none. Empty: all namespaces. */
  readonly namespaceSelector: Selector | undefined
}
export interface WeightedAffinityTerm {
  readonly term: AffinityTerm
  readonly weight: number
}

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

/**
 * What the scheduler looks at in a pod, apart from its name and status. Pods of one template share one shape, so that work done for
 * one of them serves the next.
 */
export interface PodShape {
  readonly key: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly controller: OwnerReference | undefined
  readonly schedulerName: string
  readonly priority: number

  /** cpu in millicores, the rest in base units. */
  readonly requests: Amounts
  readonly scalarRequests: readonly (readonly [resource: string, amount: number])[]
  readonly asksNothing: boolean
  readonly nonZeroCpu: number
  readonly nonZeroMemory: number
  /** For NodeResourcesFit's score. */
  readonly scoreRequests: Amounts

  readonly tolerations: readonly Toleration[]
  /** Tolerations that matter to PreferNoSchedule taints. */
  readonly preferTolerations: readonly Toleration[]
  readonly hostPorts: readonly HostPort[]
  readonly nodeSelector: Readonly<Record<string, string>> | undefined
  /** Absent: not required. Alternatives. */
  readonly requiredNodeTerms: readonly NodeSelectorTerm[] | undefined
  readonly preferredNodeTerms: readonly { readonly weight: number; readonly preference: NodeSelectorTerm }[]
  /** Equal where nodeSelector and required node affinity are equal; empty when there are none. */
  readonly nodeRequirementKey: string
  readonly spreadConstraints: readonly TopologySpreadConstraint[]
  readonly requiredAffinity: readonly AffinityTerm[]
  readonly requiredAntiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly WeightedAffinityTerm[]
  readonly preferredAntiAffinity: readonly WeightedAffinityTerm[]
  readonly hasAffinity: boolean
  /** Pods with equal keys look the same to other pods' selectors and terms. */
  readonly groupKey: string

  readonly images: readonly string[]
  readonly containerCount: number
  readonly imageVolumes: readonly string[]
  /** What its node's kubelet must declare. */
  readonly requiredFeatures: readonly string[]
}

/** One pod as the scheduler holds it. */
export interface PodInfo {
  readonly pod: Pod
  /** `namespace/name`. */
  readonly key: string
  readonly shape: PodShape
  readonly isTerminating: boolean
  /** Milliseconds; undefined when it has not started. */
  readonly startTime: number | undefined
}

export const podKey = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`
export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0
export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** A name without tag or digest means `latest`. */
const normalizedImageName = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const sortedEntries = (map: Readonly<Record<string, string>> | undefined): readonly [string, string][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => byText(a, b))

function affinityTerm(term: PodAffinityTerm, ownNamespace: string): AffinityTerm {
  const isOwnNamespaceOnly = (term.namespaces ?? []).length === 0 && !term.namespaceSelector
  const namespaces = isOwnNamespaceOnly ? [ownNamespace] : [...(term.namespaces ?? [])]
  const selector = selectorOf(term.labelSelector)
  const namespaceSelector = selectorOf(term.namespaceSelector)
  return {
    id: JSON.stringify([term.topologyKey, selector ?? null, namespaces, namespaceSelector ?? null]),
    selector,
    topologyKey: term.topologyKey,
    namespaces: new Set(namespaces),
    namespaceSelector,
  }
}

function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map(({ hostIP, hostPort, protocol }) => ({ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort! })),
  )
}

const imageVolume = (volume: Volume): string | undefined => (volume['image'] as { reference?: string } | undefined)?.reference

const containerKey = ({ name, image, resources, ports, restartPolicy }: Container): unknown => [
  name,
  image,
  resources,
  ports,
  restartPolicy,
]

/** Reads pods; equal templates give one shared shape. Owned by one scheduler. */
export class PodReader {
  readonly #release: ReleaseBehaviour
  readonly #shapes = new Map<string, PodShape>()
  /** Objects are never changed, so what was read of one stays true. */
  readonly #infos = new WeakMap<Pod, PodInfo>()

  constructor(release: ReleaseBehaviour) {
    this.#release = release
  }

  read(pod: Pod): PodInfo {
    const known = this.#infos.get(pod)
    if (known) return known
    const start = pod.status?.startTime
    const info: PodInfo = {
      pod,
      key: podKey(pod),
      shape: this.#shapeOf(pod),
      isTerminating: pod.metadata.deletionTimestamp !== undefined,
      startTime: start === undefined ? undefined : parseTime(start),
    }
    this.#infos.set(pod, info)
    return info
  }

  #shapeOf(pod: Pod): PodShape {
    const { spec, metadata, status } = pod
    const controller = metadata.ownerReferences?.find((owner) => owner.controller)
    const resized = status?.containerStatuses?.some(({ resources, allocatedResources }) => resources ?? allocatedResources)
    const key = JSON.stringify([
      metadata.namespace,
      metadata.labels,
      controller && [controller.apiVersion, controller.kind, controller.name],
      spec.schedulerName,
      spec.priority,
      spec.containers.map(containerKey),
      spec.initContainers?.map(containerKey),
      spec.nodeSelector,
      spec.affinity,
      spec.tolerations,
      spec.topologySpreadConstraints,
      spec.overhead,
      spec.resources,
      resized ? [status?.containerStatuses, status?.initContainerStatuses, status?.conditions] : 0,
      this.#release.imageVolumesCount ? spec.volumes?.map(imageVolume) : 0,
      this.#release.nodeDeclaredFeatures ? requiredFeatures(pod) : 0,
    ])
    let shape = this.#shapes.get(key)
    if (!shape) {
      // The memory is an optimization: forgetting it costs time, never changes a result.
      if (this.#shapes.size >= 10_000) this.#shapes.clear()
      shape = this.#build(pod, key, controller)
      this.#shapes.set(key, shape)
    }
    return shape
  }

  #build(pod: Pod, key: string, controller: OwnerReference | undefined): PodShape {
    const { spec, metadata } = pod
    const { podLevelResources } = this.#release
    const namespace = metadata.namespace ?? 'default'
    const labels = metadata.labels ?? {}
    const requests = podRequests(pod, { skipPodLevel: !podLevelResources })
    const nonZero = nonZeroRequests(pod, podLevelResources)
    const scalarRequests = Object.entries(requests).filter(([resource]) => isScalarResource(resource))
    const node = spec.affinity?.nodeAffinity
    const required = node?.requiredDuringSchedulingIgnoredDuringExecution
    const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
    const terms = (list: readonly PodAffinityTerm[] | undefined): readonly AffinityTerm[] =>
      (list ?? []).map((term) => affinityTerm(term, namespace))
    const weighted = (
      list: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] | undefined,
    ): readonly WeightedAffinityTerm[] =>
      (list ?? []).map(({ weight, podAffinityTerm }) => ({ weight, term: affinityTerm(podAffinityTerm, namespace) }))
    const hasNodeSelector = Object.keys(spec.nodeSelector ?? {}).length > 0
    const requiredAffinity = terms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
    const requiredAntiAffinity = terms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
    const preferredAffinity = weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution)
    const preferredAntiAffinity = weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution)
    const containers = [...(spec.initContainers ?? []), ...spec.containers]
    return {
      key,
      namespace,
      labels,
      controller,
      schedulerName: spec.schedulerName ?? 'default-scheduler',
      priority: priorityOf(pod),
      requests,
      scalarRequests,
      asksNothing: !requests['cpu'] && !requests['memory'] && !requests['ephemeral-storage'] && scalarRequests.length === 0,
      nonZeroCpu: nonZero['cpu'] ?? 0,
      nonZeroMemory: nonZero['memory'] ?? 0,
      scoreRequests: fitScoreRequests(pod),
      tolerations: spec.tolerations ?? [],
      preferTolerations: (spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule'),
      hostPorts: hostPortsOf(pod),
      nodeSelector: hasNodeSelector ? spec.nodeSelector : undefined,
      requiredNodeTerms: required?.nodeSelectorTerms,
      preferredNodeTerms: node?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
      nodeRequirementKey:
        hasNodeSelector || required ? JSON.stringify([sortedEntries(spec.nodeSelector), required?.nodeSelectorTerms]) : '',
      spreadConstraints: spec.topologySpreadConstraints ?? [],
      requiredAffinity,
      requiredAntiAffinity,
      preferredAffinity,
      preferredAntiAffinity,
      hasAffinity:
        requiredAffinity.length + requiredAntiAffinity.length + preferredAffinity.length + preferredAntiAffinity.length > 0,
      groupKey: JSON.stringify([namespace, sortedEntries(labels), podAffinity, podAntiAffinity]),
      images: containers.map(({ image }) => normalizedImageName(image ?? '')),
      containerCount: containers.length,
      imageVolumes: this.#release.imageVolumesCount
        ? (spec.volumes ?? []).flatMap((volume) => imageVolume(volume) ?? []).map(normalizedImageName)
        : [],
      requiredFeatures: this.#release.nodeDeclaredFeatures ? requiredFeatures(pod) : [],
    }
  }
}

/** Models component-helpers/nodedeclaredfeatures (v1.36): the features that a new pod can need. */
const requiredFeatures = ({ spec }: Pod): readonly string[] =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  )
    ? ['RestartAllContainersOnContainerExits']
    : []
