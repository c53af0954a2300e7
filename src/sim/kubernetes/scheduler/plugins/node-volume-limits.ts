import type { Pod } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'
import { podsOf } from '../cluster-events.ts'
import type { CSINode } from '../cluster-objects.ts'
import { skip, unresolvable, unschedulable, type Plugin } from '../framework.ts'
import { claimNotFound, claimUses, classOf, usesClaim } from './volume-claims.ts'

const TOO_MANY = unschedulable('node(s) exceed max volume count')

/** Volume → its driver, for the CSI volumes of a pod; the name of a claim that is missing. */
function attachableVolumes(
  pod: Pod,
  { objects }: ClusterCache,
): { readonly volumes: Map<string, string>; readonly missing?: string } {
  const volumes = new Map<string, string>()
  const namespace = pod.metadata.namespace ?? 'default'
  let missing: string | undefined
  for (const { claimName } of claimUses(pod)) {
    const claim = objects.get('PersistentVolumeClaim', claimName, namespace)
    if (!claim) {
      missing ??= claimName
      continue
    }
    const volume = claim.spec.volumeName ? objects.get('PersistentVolume', claim.spec.volumeName) : undefined
    if (volume) {
      const { csi } = volume.spec
      if (csi) volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
      continue
    }
    // Not there yet: it will be made by the class's provisioner.
    const driver = objects.get('StorageClass', classOf(claim))?.provisioner
    if (driver) volumes.set(`${driver}/unbound:${namespace}/${claimName}`, driver)
  }
  return missing === undefined ? { volumes } : { volumes, missing }
}

const limitsOf = (csiNode: CSINode | undefined): ReadonlyMap<string, number> =>
  new Map(
    (csiNode?.spec?.drivers ?? []).flatMap(({ name, allocatable }) =>
      allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
    ),
  )

/** A CSI driver attaches only so many volumes to a node. Models plugins/nodevolumelimits/csi.go (v1.35). */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  preFilter: ({ pod }) => (claimUses(pod).length === 0 ? { status: skip } : {}),
  filter(_state, { pod }, node, cluster) {
    const { volumes: wanted, missing } = attachableVolumes(pod, cluster)
    if (missing !== undefined)
      return unresolvable(`looking up PVC ${pod.metadata.namespace}/${missing}: ${claimNotFound(missing)}`)
    if (wanted.size === 0) return undefined
    const limits = limitsOf(cluster.objects.get('CSINode', node.name))
    if (limits.size === 0) return undefined
    const attached = new Map<string, string>()
    for (const other of node.pods)
      for (const [volume, driver] of attachableVolumes(other.pod, cluster).volumes) attached.set(volume, driver)
    for (const { spec } of cluster.objects.list('VolumeAttachment')) {
      const volume = spec?.nodeName === node.name ? spec.source?.persistentVolumeName : undefined
      const csi = volume === undefined ? undefined : cluster.objects.get('PersistentVolume', volume)?.spec.csi
      if (csi) attached.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
    }
    for (const [driver, limit] of limits) {
      let more = 0
      for (const [volume, itsDriver] of wanted) if (itsDriver === driver && !attached.has(volume)) more += 1
      if (more === 0) continue
      let now = 0
      for (const itsDriver of attached.values()) if (itsDriver === driver) now += 1
      if (now + more > limit) return TOO_MANY
    }
    return undefined
  },
  events: [
    { resource: 'CSINode', actions: ['Add', 'Update'] },
    {
      resource: 'Pod',
      actions: ['Delete'],
      hint: (_pod, event) => {
        const { before } = podsOf(event)
        return before !== undefined && claimUses(before).length > 0
      },
    },
    {
      resource: 'PersistentVolumeClaim',
      actions: ['Add'],
      hint: ({ pod }, event) => usesClaim(pod, event.new as Parameters<typeof usesClaim>[1]),
    },
    { resource: 'VolumeAttachment', actions: ['Delete'] },
  ],
}
