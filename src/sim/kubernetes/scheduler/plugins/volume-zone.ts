import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'
import { skip, unresolvable, type Plugin, type Status } from '../framework.ts'
import type { PodInfo } from '../pod-info.ts'
import { claimNotFound, classOf, usesClaim } from './volume-claims.ts'

const REJECTED = unresolvable('node(s) had no available volume zone')

/** Beta label → what it is called now. */
const GENERAL: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
}
const TOPOLOGY_LABELS = [...Object.keys(GENERAL), ...Object.values(GENERAL)]

interface VolumeTopology {
  readonly key: string
  readonly values: readonly string[]
}

/** A value may be a set: `a__b`. A set with an empty member is no set: the label is ignored. */
function topologiesOf({ metadata: { labels = {} } }: PersistentVolume): readonly VolumeTopology[] {
  return TOPOLOGY_LABELS.flatMap((key) => {
    const values = labels[key]?.split('__').map((value) => value.trim())
    return values && !values.includes('') ? [{ key, values }] : []
  })
}

function topologiesFor({ pod, shape }: PodInfo, { objects }: ClusterCache): readonly VolumeTopology[] | Status {
  const topologies: VolumeTopology[] = []
  for (const { persistentVolumeClaim: use } of pod.spec.volumes ?? []) {
    if (!use) continue
    const claim = objects.get('PersistentVolumeClaim', use.claimName, shape.namespace)
    if (!claim) return unresolvable(claimNotFound(use.claimName))
    const { volumeName } = claim.spec
    if (!volumeName) {
      const className = classOf(claim)
      if (className === '') return unresolvable('PersistentVolumeClaim had no pv name and storageClass name')
      const storageClass = objects.get('StorageClass', className)
      if (!storageClass) return unresolvable(`storageclass.storage.k8s.io "${className}" not found`)
      if (storageClass.volumeBindingMode === 'WaitForFirstConsumer') continue
      return unresolvable('PersistentVolume had no name')
    }
    const volume = objects.get('PersistentVolume', volumeName)
    if (!volume) return unresolvable(`persistentvolume "${volumeName}" not found`)
    topologies.push(...topologiesOf(volume))
  }
  return topologies
}

const isRefusal = (answer: readonly VolumeTopology[] | Status): answer is Status => !Array.isArray(answer)

/** A volume's zone and region labels must be the node's. Models plugins/volumezone (v1.35). */
export const volumeZone: Plugin<readonly VolumeTopology[]> = {
  name: 'VolumeZone',
  preFilter(pod, cluster) {
    const topologies = topologiesFor(pod, cluster)
    if (isRefusal(topologies)) return { status: topologies }
    return topologies.length === 0 ? { status: skip } : { state: topologies }
  },
  filter(topologies, _pod, { labels }) {
    // A node without zone labels is in a cluster of one zone.
    if (!TOPOLOGY_LABELS.some((label) => label in labels)) return undefined
    for (const { key, values } of topologies) {
      const value = labels[key] ?? labels[GENERAL[key] ?? key]
      if (value === undefined || !values.includes(value)) return REJECTED
    }
    return undefined
  },
  events: [
    {
      resource: 'StorageClass',
      actions: ['Add'],
      hint: (_pod, event) => (event.new as StorageClass | undefined)?.volumeBindingMode === 'WaitForFirstConsumer',
    },
    { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
    {
      resource: 'PersistentVolumeClaim',
      actions: ['Add', 'Update'],
      hint: ({ pod }, event) => usesClaim(pod, event.new as PersistentVolumeClaim | undefined),
    },
    {
      resource: 'PersistentVolume',
      actions: ['Add', 'Update'],
      hint: (_pod, event) =>
        !event.old ||
        JSON.stringify(topologiesOf(event.old as PersistentVolume)) !==
          JSON.stringify(topologiesOf(event.new as PersistentVolume)),
    },
  ],
}
