import type { ApiObject, Node, Pod } from '../api/types.ts'
import type { ClusterCache } from './cache.ts'
import { podRequests } from './pod-requests.ts'
import type { PodInfo } from './pod-info.ts'

export type EventResource =
  | 'Node'
  | 'Pod'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'StorageClass'
  | 'CSINode'
  | 'CSIDriver'
  | 'CSIStorageCapacity'
  | 'VolumeAttachment'
  | 'ResourceClaim'
  | 'ResourceSlice'
  | 'DeviceClass'

export type EventAction =
  | 'Add'
  | 'Delete'
  | 'Update'
  | 'UpdateNodeAllocatable'
  | 'UpdateNodeLabel'
  | 'UpdateNodeTaint'
  | 'UpdateNodeCondition'
  | 'UpdateNodeAnnotation'
  | 'UpdateNodeDeclaredFeature'
  | 'UpdatePodLabel'
  | 'UpdatePodScaleDown'
  | 'UpdatePodToleration'
  | 'UpdatePodSchedulingGatesEliminated'

/** Something happened that may make a waiting pod schedulable. */
export interface ClusterEvent {
  readonly resource: EventResource
  readonly action: EventAction
  readonly old?: ApiObject
  readonly new?: ApiObject
}

export interface HintContext {
  readonly cluster: ClusterCache
}

/** An event that a plugin wants to be asked about. Without a hint every such event wakes the pod. */
export interface HintedEvent {
  readonly resource: EventResource
  readonly actions: readonly EventAction[]
  /** May the pod be schedulable now? */
  readonly hint?: (pod: PodInfo, event: ClusterEvent, context: HintContext) => boolean
}

export const nodesOf = (event: ClusterEvent): { readonly before: Node | undefined; readonly after: Node | undefined } => ({
  before: event.old as Node | undefined,
  after: event.new as Node | undefined,
})
export const podsOf = (event: ClusterEvent): { readonly before: Pod | undefined; readonly after: Pod | undefined } => ({
  before: event.old as Pod | undefined,
  after: event.new as Pod | undefined,
})

export const isSamePod = (a: Pod | undefined, b: Pod | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.metadata.uid === b.metadata.uid &&
  a.metadata.name === b.metadata.name &&
  a.metadata.namespace === b.metadata.namespace

const differs = (a: unknown, b: unknown): boolean => a !== b && JSON.stringify(a ?? null) !== JSON.stringify(b ?? null)

/** What happened to a node; one update can be several events. Cordoning is none. Models framework/events.go (v1.35). */
export function nodeEvents(before: Node | undefined, after: Node | undefined): readonly ClusterEvent[] {
  if (!after) return before ? [{ resource: 'Node', action: 'Delete', old: before }] : []
  if (!before) return [{ resource: 'Node', action: 'Add', new: after }]
  const actions: EventAction[] = []
  if (differs(before.status?.allocatable, after.status?.allocatable)) actions.push('UpdateNodeAllocatable')
  if (differs(before.metadata.labels, after.metadata.labels)) actions.push('UpdateNodeLabel')
  const isUncordoned = (before.spec?.unschedulable ?? false) && !(after.spec?.unschedulable ?? false)
  if (differs(before.spec?.taints, after.spec?.taints) || isUncordoned) actions.push('UpdateNodeTaint')
  const conditions = (node: Node): unknown =>
    (node.status?.conditions ?? []).map(({ type, status, reason, message }) => [type, status, reason, message])
  if (differs(conditions(before), conditions(after))) actions.push('UpdateNodeCondition')
  if (differs(before.metadata.annotations, after.metadata.annotations)) actions.push('UpdateNodeAnnotation')
  if (differs(before.status?.declaredFeatures, after.status?.declaredFeatures)) actions.push('UpdateNodeDeclaredFeature')
  return actions.map((action) => ({ resource: 'Node', action, old: before, new: after }))
}

/** What an update of a pod (assigned or waiting) amounts to. */
export function podUpdateEvents(before: Pod, after: Pod): readonly ClusterEvent[] {
  const actions: EventAction[] = []
  if (differs(before.metadata.labels, after.metadata.labels)) actions.push('UpdatePodLabel')
  if (isScaledDown(before, after)) actions.push('UpdatePodScaleDown')
  if ((before.spec.schedulingGates ?? []).length > 0 && (after.spec.schedulingGates ?? []).length === 0)
    actions.push('UpdatePodSchedulingGatesEliminated')
  if ((before.spec.tolerations ?? []).length !== (after.spec.tolerations ?? []).length) actions.push('UpdatePodToleration')
  return actions.map((action) => ({ resource: 'Pod', action, old: before, new: after }))
}

function isScaledDown(before: Pod, after: Pod): boolean {
  const old = podRequests(before)
  const now = podRequests(after)
  return Object.keys(old).some((resource) => (now[resource] ?? 0) < old[resource]!)
}
