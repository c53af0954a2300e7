import { compareQuantities } from '../../api/quantity.ts'
import { matchesLabelSelector } from '../../api/selectors.ts'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'
import type { CSIStorageCapacity } from '../cluster-objects.ts'
import { skip, unresolvable, type Plugin, type Status, type Write } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import { matchesNodeSelectorTerms } from '../node-selector.ts'
import type { PodInfo } from '../pod-info.ts'
import { claimNotFound, claimUses, classOf, isFullyBound, usesClaim, waitsForConsumer } from './volume-claims.ts'

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
const NO_SPACE = 'node(s) did not have enough free storage'
const VOLUME_GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

interface Binding {
  readonly volume: PersistentVolume
  readonly claim: PersistentVolumeClaim
}
interface NodeVolumes {
  readonly bindings: readonly Binding[]
  readonly provisions: readonly PersistentVolumeClaim[]
}
interface FilterState {
  readonly bound: readonly PersistentVolumeClaim[]
  /** Unbound claims of WaitForFirstConsumer classes. */
  readonly unbound: readonly PersistentVolumeClaim[]
  /** What binding the pod to a node would mean, for nodes that passed. */
  readonly byNode: Map<string, NodeVolumes>
  /** What `reserve` has assumed. */
  assumed: readonly (PersistentVolume | PersistentVolumeClaim)[]
}

const requestedSize = ({ spec }: PersistentVolumeClaim): string | undefined => spec.resources?.requests?.['storage']
const sizeOf = ({ spec }: PersistentVolume): string | undefined => spec.capacity?.['storage']

const fitsNode = ({ spec }: PersistentVolume, node: NodeInfo): boolean =>
  !spec.nodeAffinity?.required || matchesNodeSelectorTerms(spec.nodeAffinity.required.nodeSelectorTerms, node.labels, node.name)

const isMeantFor = ({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean =>
  claimRef !== undefined &&
  claimRef.name === metadata.name &&
  claimRef.namespace === metadata.namespace &&
  (!claimRef.uid || claimRef.uid === metadata.uid)

/**
 * The volume that is meant for the claim, else the smallest available one that will do.
 * Models component-helpers/storage/volume FindMatchingVolume (v1.35).
 */
function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  node: NodeInfo,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const wantedClass = classOf(claim)
  let smallest: PersistentVolume | undefined
  for (const volume of volumes) {
    const { metadata, spec, status } = volume
    if (classOf(volume) !== wantedClass || taken.has(metadata.name)) continue
    const isOurs = isMeantFor(volume, claim)
    if (spec.claimRef && !isOurs) continue
    if (compareQuantities(sizeOf(volume), requestedSize(claim)) < 0) continue
    if ((spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem') || metadata.deletionTimestamp) continue
    if (isOurs) return fitsNode(volume, node) ? volume : undefined
    if (status?.phase !== 'Available') continue
    if (claim.spec.selector && !matchesLabelSelector(claim.spec.selector, metadata.labels)) continue
    if (!fitsNode(volume, node)) continue
    if (!(claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode))) continue
    if (!smallest || compareQuantities(sizeOf(smallest), sizeOf(volume)) > 0) smallest = volume
  }
  return smallest
}

/** Terms are alternatives; the expressions of one are joined by "and". No terms: anywhere. */
const isAllowedTopology = ({ allowedTopologies = [] }: StorageClass, { labels }: NodeInfo): boolean =>
  allowedTopologies.length === 0 ||
  allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key])),
  )

const roomOf = ({ maximumVolumeSize, capacity }: CSIStorageCapacity): string | undefined => maximumVolumeSize ?? capacity

function hasEnoughCapacity(
  claim: PersistentVolumeClaim,
  { metadata, provisioner }: StorageClass,
  node: NodeInfo,
  cluster: ClusterCache,
): boolean {
  const size = requestedSize(claim)
  if (size === undefined || !cluster.objects.get('CSIDriver', provisioner)?.spec?.storageCapacity) return true
  return cluster.objects.list('CSIStorageCapacity').some((room) => {
    const limit = roomOf(room)
    return (
      room.storageClassName === metadata.name &&
      limit !== undefined &&
      compareQuantities(limit, size) >= 0 &&
      matchesLabelSelector(room.nodeTopology, node.labels)
    )
  })
}

/** Why the node will not do, or what the binding would be. Models volumebinding/binder.go FindPodVolumes (v1.35). */
function findVolumes({ bound, unbound }: FilterState, node: NodeInfo, cluster: ClusterCache): NodeVolumes | readonly string[] {
  const { objects } = cluster
  let isNodeConflict = false
  let isVolumeGone = false
  for (const { spec } of bound) {
    const volume = objects.get('PersistentVolume', spec.volumeName!)
    if (!volume) isVolumeGone = true
    else if (!fitsNode(volume, node)) isNodeConflict = true
    if (isVolumeGone || isNodeConflict) break
  }

  let isUnsatisfied = false
  let isOutOfSpace = false
  const bindings: Binding[] = []
  const provisions: PersistentVolumeClaim[] = []
  const isElsewhere = unbound.some(({ metadata }) => (metadata.annotations?.[SELECTED_NODE] ?? node.name) !== node.name)
  if (isElsewhere) isUnsatisfied = true
  else {
    const isSelected = ({ metadata }: PersistentVolumeClaim): boolean => metadata.annotations?.[SELECTED_NODE] !== undefined
    const toProvision = unbound.filter(isSelected)
    const toMatch = unbound
      .filter((claim) => !isSelected(claim))
      .sort((a, b) => compareQuantities(requestedSize(a), requestedSize(b)))
    const volumes = toMatch.length > 0 ? objects.list('PersistentVolume') : []
    const taken = new Set<string>()
    for (const claim of toMatch) {
      const volume = findVolume(claim, volumes, node, taken)
      if (volume) {
        taken.add(volume.metadata.name)
        bindings.push({ volume, claim })
      } else toProvision.push(claim)
    }
    for (const claim of toProvision) {
      const storageClass = objects.get('StorageClass', classOf(claim))
      if (
        !storageClass ||
        !storageClass.provisioner ||
        storageClass.provisioner === NO_PROVISIONER ||
        !isAllowedTopology(storageClass, node)
      ) {
        isUnsatisfied = true
        break
      }
      if (!hasEnoughCapacity(claim, storageClass, node, cluster)) {
        isOutOfSpace = true
        break
      }
      provisions.push(claim)
    }
  }
  const reasons = [
    ...(isNodeConflict ? [NODE_CONFLICT] : []),
    ...(isUnsatisfied ? [NO_VOLUME] : []),
    ...(isOutOfSpace ? [NO_SPACE] : []),
    ...(isVolumeGone ? [VOLUME_GONE] : []),
  ]
  return reasons.length > 0 ? reasons : { bindings, provisions }
}

const isRefused = (answer: NodeVolumes | readonly string[]): answer is readonly string[] => Array.isArray(answer)

const boundTo = ({ volume, claim }: Binding): PersistentVolume => ({
  ...volume,
  metadata: {
    ...volume.metadata,
    annotations: isMeantFor(volume, claim)
      ? (volume.metadata.annotations ?? {})
      : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' },
  },
  spec: {
    ...volume.spec,
    claimRef: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      name: claim.metadata.name,
      ...(claim.metadata.namespace === undefined ? {} : { namespace: claim.metadata.namespace }),
      ...(claim.metadata.uid === undefined ? {} : { uid: claim.metadata.uid }),
      ...(claim.metadata.resourceVersion === undefined ? {} : { resourceVersion: claim.metadata.resourceVersion }),
    },
  },
})

const selecting = (claim: PersistentVolumeClaim, node: string): PersistentVolumeClaim => ({
  ...claim,
  metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [SELECTED_NODE]: node } },
})

/** Volumes bound to their claims, and claims with the node that their volumes are to be made for. */
const objectsToWrite = (
  { bindings, provisions }: NodeVolumes,
  node: string,
): readonly (PersistentVolume | PersistentVolumeClaim)[] => [
  ...bindings.map(boundTo),
  ...provisions.map((claim) => selecting(claim, node)),
]

/** What is wrong with the pod's claims, whatever the node. */
function claimProblem({ pod, shape }: PodInfo, { objects }: ClusterCache): Status | undefined {
  for (const { claimName, isEphemeral } of claimUses(pod)) {
    const claim = objects.get('PersistentVolumeClaim', claimName, shape.namespace)
    if (!claim)
      return unresolvable(
        isEphemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName}"`
          : claimNotFound(claimName),
      )
    if (claim.status?.phase === 'Lost')
      return unresolvable(
        `persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`,
      )
    if (claim.metadata.deletionTimestamp) return unresolvable(`persistentvolumeclaim "${claimName}" is being deleted`)
    if (isEphemeral && pod.metadata.uid && !claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid))
      return unresolvable(
        `PVC ${shape.namespace}/${claimName} was not created for pod ${shape.namespace}/${pod.metadata.name} (pod is not owner)`,
      )
  }
  return undefined
}

/** Bound volumes must fit the node; unbound ones are found or made there. Models plugins/volumebinding (v1.35). */
export const volumeBinding: Plugin<FilterState> = {
  name: 'VolumeBinding',
  preFilter(info, cluster) {
    const uses = claimUses(info.pod)
    if (uses.length === 0) return { status: skip }
    const problem = claimProblem(info, cluster)
    if (problem) return { status: problem }
    const claims = uses.map(({ claimName }) => cluster.objects.get('PersistentVolumeClaim', claimName, info.shape.namespace)!)
    const isDelayed = (claim: PersistentVolumeClaim): boolean => !claim.spec.volumeName && waitsForConsumer(claim, cluster)
    const unbound = claims.filter((claim) => !isFullyBound(claim))
    if (!unbound.every(isDelayed)) return { status: unresolvable('pod has unbound immediate PersistentVolumeClaims') }
    return { state: { bound: claims.filter(isFullyBound), unbound, byNode: new Map(), assumed: [] } }
  },
  cloneState: (state) => ({ ...state, byNode: new Map(state.byNode) }),
  filter(state, _pod, node, cluster) {
    const found = findVolumes(state, node, cluster)
    if (isRefused(found)) return unresolvable(...found)
    state.byNode.set(node.name, found)
    return undefined
  },
  // The score by capacity is behind a gate that is off.
  preScore: () => ({ status: skip }),
  score: () => 0,
  reserve(state, _pod, node, cluster) {
    const volumes = state?.byNode.get(node.name)
    if (!state || !volumes) return undefined
    state.assumed = objectsToWrite(volumes, node.name)
    for (const object of state.assumed) cluster.assumeObject(object)
    return undefined
  },
  unreserve(state, _pod, _node, cluster) {
    if (!state) return
    for (const object of state.assumed) cluster.forgetObject(object)
    state.assumed = []
  },
  preBind(state, _pod, node) {
    const volumes = state?.byNode.get(node.name)
    return (volumes ? objectsToWrite(volumes, node.name) : []).map((object): Write => ({
      verb: 'update',
      kind: object.kind as 'PersistentVolume' | 'PersistentVolumeClaim',
      object,
    }))
  },
  events: [
    { resource: 'StorageClass', actions: ['Add', 'Update'] },
    {
      resource: 'PersistentVolumeClaim',
      actions: ['Add', 'Update'],
      hint: ({ pod }, event) => usesClaim(pod, event.new as PersistentVolumeClaim | undefined),
    },
    { resource: 'PersistentVolume', actions: ['Add', 'Update'] },
    { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
    { resource: 'CSINode', actions: ['Add', 'Update'] },
    { resource: 'CSIDriver', actions: ['Update'] },
    { resource: 'CSIStorageCapacity', actions: ['Add', 'Update'] },
  ],
}
