/** What differs between the releases that the scheduler can play. Everything else is the same in all four. */
export interface ReleaseBehaviour {
  readonly release: Release
  /** The untolerated taint is named in the reason. */
  readonly namesUntoleratedTaint: boolean
  /** A request beyond a node's allocatable is unresolvable: preemption is not tried. */
  readonly tooLargeIsUnresolvable: boolean
  /** `after`: how even the node is with the pod; `improvement`: how much more even the pod makes it. */
  readonly balancedAllocation: 'after' | 'improvement'
  /** DynamicResources is in the default profile: it has the first word in failure texts. */
  readonly dynamicResources: boolean
  /** Its weight in the default profile; undefined: it does not score. */
  readonly dynamicResourcesWeight: number | undefined
  /** How a tie falls in the real release. */
  readonly tieBreak: 'random' | 'heap'
  /** Back-off grows with every attempt, or with failed attempts (errors counted apart). */
  readonly backoffCounts: 'attempts' | 'failures'
  readonly podLevelResources: boolean
  /** A pod that waits for volumes is told where it will go. */
  readonly nominatesBeforeBinding: boolean
  /** The API server merges matchLabelKeys of spread constraints into their selectors. */
  readonly mergesSpreadMatchLabelKeys: boolean
  /** An incoming pod's namespaceSelector is also asked about a namespace without labels. */
  readonly namespaceSelectorQuirk: boolean
  readonly readWriteOncePodReason: string
  readonly imageVolumesCount: boolean
  /** NodeDeclaredFeatures is in the default profile: a pod goes only where the kubelet says that it can what the pod needs. */
  readonly nodeDeclaredFeatures: boolean
  /** Deleting a pod whose anti-affinity kept this one out wakes it. */
  readonly wakesOnForeignAntiAffinity: boolean
}

export type Release = '1.33' | '1.34' | '1.35' | '1.36'

const v133: ReleaseBehaviour = {
  release: '1.33',
  namesUntoleratedTaint: true,
  tooLargeIsUnresolvable: false,
  balancedAllocation: 'after',
  dynamicResources: false,
  dynamicResourcesWeight: undefined,
  tieBreak: 'random',
  backoffCounts: 'attempts',
  podLevelResources: false,
  nominatesBeforeBinding: false,
  mergesSpreadMatchLabelKeys: false,
  namespaceSelectorQuirk: false,
  readWriteOncePodReason: 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
  imageVolumesCount: false,
  nodeDeclaredFeatures: false,
  wakesOnForeignAntiAffinity: false,
}

const v134: ReleaseBehaviour = {
  ...v133,
  release: '1.34',
  namesUntoleratedTaint: false,
  tooLargeIsUnresolvable: true,
  dynamicResources: true,
  backoffCounts: 'failures',
  podLevelResources: true,
  mergesSpreadMatchLabelKeys: true,
  namespaceSelectorQuirk: true,
  readWriteOncePodReason:
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
}

const v135: ReleaseBehaviour = {
  ...v134,
  release: '1.35',
  dynamicResourcesWeight: 2,
  tieBreak: 'heap',
  nominatesBeforeBinding: true,
}

const v136: ReleaseBehaviour = {
  ...v135,
  release: '1.36',
  balancedAllocation: 'improvement',
  imageVolumesCount: true,
  nodeDeclaredFeatures: true,
  wakesOnForeignAntiAffinity: true,
}

/** Patch level: the latest of each minor release (1.34.2 changed the taint reason). */
export const RELEASES: Readonly<Record<Release, ReleaseBehaviour>> = { '1.33': v133, '1.34': v134, '1.35': v135, '1.36': v136 }
export const DEFAULT_RELEASE: ReleaseBehaviour = v135
