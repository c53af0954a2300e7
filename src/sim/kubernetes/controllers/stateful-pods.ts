import type {
  AnyObject,
  ApiObject,
  Condition,
  IntOrString,
  LabelSelector,
  ObjectMeta,
  OwnerReference,
  Pod,
  PodTemplateSpec,
  Volume,
} from '../api/types.ts'
import { podFromTemplate } from './pod-control.ts'
import { isPodAvailable, isPodReady, isPodTerminating } from './pod-state.ts'

export const REVISION_HASH = 'controller-revision-hash'
const POD_NAME = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX = 'apps.kubernetes.io/pod-index'

export interface StatefulSet extends ApiObject {
  readonly spec: {
    readonly replicas?: number
    readonly selector: LabelSelector
    readonly serviceName?: string
    readonly template: PodTemplateSpec
    readonly volumeClaimTemplates?: readonly { readonly metadata: ObjectMeta; readonly spec?: unknown }[]
    readonly podManagementPolicy?: 'OrderedReady' | 'Parallel'
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly ordinals?: { readonly start?: number }
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: 'Retain' | 'Delete'
      readonly whenScaled?: 'Retain' | 'Delete'
    }
    readonly updateStrategy?: {
      readonly type?: 'RollingUpdate' | 'OnDelete'
      readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: IntOrString }
    }
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas: number
    readonly readyReplicas?: number
    readonly currentReplicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
    readonly currentRevision?: string
    readonly updateRevision?: string
    readonly collisionCount?: number
    readonly conditions?: readonly Condition[]
  }
}

export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1
const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0

/** The ordinal of a pod of this set by its name; undefined for others. */
export function ordinalOf(set: StatefulSet, { metadata: { name } }: ApiObject): number | undefined {
  const prefix = `${set.metadata.name}-`
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined
}

/** Place in the row of wanted replicas; undefined when the ordinal is not wanted (any more). */
export function placeOf(set: StatefulSet, pod: ApiObject): number | undefined {
  const ordinal = ordinalOf(set, pod)
  if (ordinal === undefined) return undefined
  const place = ordinal - firstOrdinal(set)
  return place >= 0 && place < replicasOf(set) ? place : undefined
}

export const revisionOfPod = (pod: Pod): string | undefined => pod.metadata.labels?.[REVISION_HASH]
export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isPodReady(pod)
export const isHealthy = (pod: Pod): boolean => isRunningAndReady(pod) && !isPodTerminating(pod)
export const isRunningAndAvailable = (set: StatefulSet, pod: Pod, unixMs: number): boolean =>
  pod.status?.phase === 'Running' && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, unixMs)

/** Ordinals below the partition keep the revision they have; without settings, as many as there are current ones. */
export function usesCurrentRevision(set: StatefulSet, place: number): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  if (rollingUpdate) return place < (rollingUpdate.partition ?? 0)
  return type === 'RollingUpdate' && place < (set.status?.currentReplicas ?? 0)
}

export const claimNames = (set: StatefulSet, pod: ApiObject): readonly string[] =>
  (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata.name}-${pod.metadata.name}`)

/** The claims that a pod of the set mounts. */
export const claimsOf = (set: StatefulSet, pod: ApiObject): readonly AnyObject[] =>
  (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...metadata,
      name: `${metadata.name}-${pod.metadata.name}`,
      namespace: set.metadata.namespace ?? '',
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
    },
    spec,
  }))

/** A pod with the name, the network identity and the storage of its ordinal. Models newVersionedStatefulSetPod (v1.35). */
export function statefulPod(set: StatefulSet, template: PodTemplateSpec, place: number, revision: string): Pod {
  const ordinal = firstOrdinal(set) + place
  const name = `${set.metadata.name}-${ordinal}`
  const pod = podFromTemplate(template, set)
  const spec = pod['spec'] as PodTemplateSpec['spec']
  const templates = set.spec.volumeClaimTemplates ?? []
  const claimed: Volume[] = templates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }))
  const volumes = [
    ...claimed,
    ...(spec.volumes ?? []).filter((volume) => !templates.some(({ metadata }) => metadata.name === volume.name)),
  ]
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name,
      namespace: set.metadata.namespace ?? '',
      labels: { ...pod.metadata.labels, [REVISION_HASH]: revision, [POD_NAME]: name, [POD_INDEX]: String(ordinal) },
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  }
}

/** Whether a pod bears the labels of its identity. */
export function hasIdentity(set: StatefulSet, pod: Pod): boolean {
  const { labels = {}, name } = pod.metadata
  return labels[POD_NAME] === name && labels[POD_INDEX] === String(ordinalOf(set, pod))
}

export const withIdentity = (set: StatefulSet, pod: Pod): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    labels: { ...pod.metadata.labels, [POD_NAME]: pod.metadata.name, [POD_INDEX]: String(ordinalOf(set, pod)) },
  },
})

/**
 * Who a claim's life hangs on under the set's retention policy, foreign owners kept.
 * Models updateClaimOwnerRefForSetAndPod (v1.35).
 */
export function claimOwners(set: StatefulSet, pod: ApiObject, present: readonly OwnerReference[]): readonly OwnerReference[] {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const isCondemned = placeOf(set, pod) === undefined
  const byPod = whenScaled === 'Delete' && isCondemned
  const bySet = whenDeleted === 'Delete' && !byPod
  const foreign = present.filter(
    ({ kind, name }) =>
      !(kind === 'StatefulSet' && name === set.metadata.name) && !(kind === 'Pod' && name === pod.metadata.name),
  )
  const owner = ({ apiVersion, kind, metadata }: ApiObject): OwnerReference => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  })
  return [
    ...foreign,
    ...(bySet ? [owner(set)] : []),
    ...(byPod ? [owner({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata })] : []),
  ]
}
