import type { Pod, Volume } from '../../api/types.ts'
import { podsOf } from '../cluster-events.ts'
import { skip, unresolvable, unschedulable, type Plugin, type Status } from '../framework.ts'
import type { ReleaseBehaviour } from '../releases.ts'
import { claimNotFound, usesClaim } from './volume-claims.ts'

const DISK_CONFLICT = unschedulable('node(s) had no available disk')

interface GcePersistentDisk {
  readonly pdName: string
  readonly readOnly?: boolean
}
interface ElasticBlockStore {
  readonly volumeID: string
}
interface Iscsi {
  readonly iqn: string
  readonly readOnly?: boolean
}
interface Rbd {
  readonly monitors: readonly string[]
  readonly image: string
  readonly pool?: string
  readonly readOnly?: boolean
}

const disksOf = (volume: Volume) => ({
  gce: volume['gcePersistentDisk'] as GcePersistentDisk | undefined,
  ebs: volume['awsElasticBlockStore'] as ElasticBlockStore | undefined,
  iscsi: volume['iscsi'] as Iscsi | undefined,
  rbd: volume['rbd'] as Rbd | undefined,
})

const isDisk = (volume: Volume): boolean => Object.values(disksOf(volume)).some((disk) => disk !== undefined)

/** The same disk is mounted twice; most kinds allow that when nobody writes. */
function conflicts(a: Volume, b: Volume): boolean {
  const one = disksOf(a)
  const other = disksOf(b)
  const areReadOnly = (x: { readonly readOnly?: boolean }, y: { readonly readOnly?: boolean }): boolean =>
    (x.readOnly ?? false) && (y.readOnly ?? false)
  if (one.gce && other.gce && one.gce.pdName === other.gce.pdName && !areReadOnly(one.gce, other.gce)) return true
  if (one.ebs && other.ebs && one.ebs.volumeID === other.ebs.volumeID) return true
  if (one.iscsi && other.iscsi && one.iscsi.iqn === other.iscsi.iqn && !areReadOnly(one.iscsi, other.iscsi)) return true
  return Boolean(
    one.rbd &&
    other.rbd &&
    one.rbd.monitors.some((monitor) => other.rbd!.monitors.includes(monitor)) &&
    (one.rbd.pool ?? 'rbd') === (other.rbd.pool ?? 'rbd') &&
    one.rbd.image === other.rbd.image &&
    !areReadOnly(one.rbd, other.rbd),
  )
}

interface FilterState {
  readonly disks: readonly Volume[]
  /** ReadWriteOncePod claims of the pod, by name. */
  readonly exclusiveClaims: ReadonlySet<string>
  /** How many pods use one of them. */
  users: number
}

const claimsIn = (pod: Pod, claims: ReadonlySet<string>): number =>
  (pod.spec.volumes ?? []).filter(({ persistentVolumeClaim: claim }) => claim && claims.has(claim.claimName)).length

/** A disk or a ReadWriteOncePod claim is not given to two pods. Models plugins/volumerestrictions (v1.35). */
export function createVolumeRestrictions({ readWriteOncePodReason }: ReleaseBehaviour): Plugin<FilterState> {
  const CLAIM_CONFLICT: Status = unschedulable(readWriteOncePodReason)
  const shift = (state: FilterState, namespace: string, other: Pod, pods: 1 | -1): void => {
    if ((other.metadata.namespace ?? 'default') === namespace) state.users += pods * claimsIn(other, state.exclusiveClaims)
  }
  return {
    name: 'VolumeRestrictions',
    preFilter({ pod, shape }, cluster) {
      const { volumes } = pod.spec
      if (!volumes) return { status: skip }
      const exclusiveClaims = new Set<string>()
      for (const { persistentVolumeClaim: use } of volumes) {
        if (!use) continue
        const claim = cluster.objects.get('PersistentVolumeClaim', use.claimName, shape.namespace)
        if (!claim) return { status: unresolvable(claimNotFound(use.claimName)) }
        if (claim.spec.accessModes?.includes('ReadWriteOncePod')) exclusiveClaims.add(use.claimName)
      }
      const users = [...exclusiveClaims].filter((claim) => cluster.claimUsers(shape.namespace, claim) > 0).length
      const disks = volumes.filter(isDisk)
      return disks.length === 0 && users === 0 ? { status: skip } : { state: { disks, exclusiveClaims, users } }
    },
    addPod: (state, { shape }, added) => shift(state, shape.namespace, added.pod, 1),
    removePod: (state, { shape }, removed) => shift(state, shape.namespace, removed.pod, -1),
    cloneState: (state) => ({ ...state }),
    filter({ disks, users }, _pod, node) {
      for (const disk of disks)
        for (const { pod } of node.pods) if (pod.spec.volumes?.some((volume) => conflicts(disk, volume))) return DISK_CONFLICT
      return users > 0 ? CLAIM_CONFLICT : undefined
    },
    events: [
      {
        resource: 'Pod',
        actions: ['Delete'],
        hint: ({ pod, shape }, event) => {
          const { before } = podsOf(event)
          if (!before?.spec.nodeName) return false
          const mine = pod.spec.volumes ?? []
          const theirs = before.spec.volumes ?? []
          if (mine.some((volume) => isDisk(volume) && theirs.some((other) => conflicts(volume, other)))) return true
          const claims = new Set(mine.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : [])))
          return (before.metadata.namespace ?? 'default') === shape.namespace && claimsIn(before, claims) > 0
        },
      },
      { resource: 'Node', actions: ['Add'] },
      {
        resource: 'PersistentVolumeClaim',
        actions: ['Add', 'Update'],
        hint: ({ pod }, event) => usesClaim(pod, event.new as Parameters<typeof usesClaim>[1]),
      },
    ],
  }
}
