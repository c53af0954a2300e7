import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'

export interface ClaimUse {
  readonly volume: Volume
  readonly claimName: string
  /** A generic ephemeral volume: its claim is made for the pod. */
  readonly isEphemeral: boolean
}

/** The claims that a pod's volumes use, in order. */
export const claimUses = (pod: Pod): readonly ClaimUse[] =>
  (pod.spec.volumes ?? []).flatMap((volume): readonly ClaimUse[] => {
    if (volume.persistentVolumeClaim) return [{ volume, claimName: volume.persistentVolumeClaim.claimName, isEphemeral: false }]
    return volume['ephemeral'] ? [{ volume, claimName: `${pod.metadata.name}-${volume.name}`, isEphemeral: true }] : []
  })

export const usesClaim = (pod: Pod, claim: PersistentVolumeClaim | undefined): boolean =>
  claim !== undefined &&
  (claim.metadata.namespace ?? 'default') === (pod.metadata.namespace ?? 'default') &&
  claimUses(pod).some(({ claimName }) => claimName === claim.metadata.name)

export const claimNotFound = (name: string): string => `persistentvolumeclaim "${name}" not found`

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

/** The class's name; empty for none. The beta annotation has the first word. */
export const classOf = ({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string =>
  metadata.annotations?.[BETA_CLASS] ?? spec.storageClassName ?? ''

export const isFullyBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined

/** A class without a mode binds at once. */
export const waitsForConsumer = (claim: PersistentVolumeClaim, { objects }: ClusterCache): boolean =>
  objects.get('StorageClass', classOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer'
