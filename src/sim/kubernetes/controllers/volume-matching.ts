import { compareQuantities } from '../api/quantity.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../api/types.ts'

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

export const classOf = ({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string =>
  metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? ''

const requestOf = ({ spec }: PersistentVolumeClaim): string | undefined => spec.resources?.requests?.['storage']
const capacityOf = ({ spec }: PersistentVolume): string | undefined => spec.capacity?.['storage']

/** Reserved for the claim, by name or already by uid. Models IsVolumeBoundToClaim. */
export const isReservedFor = ({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean =>
  claimRef !== undefined &&
  claimRef.name === metadata.name &&
  claimRef.namespace === metadata.namespace &&
  (!claimRef.uid || claimRef.uid === metadata.uid)

const hasModes = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))

const isLarge = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  compareQuantities(capacityOf(volume), requestOf(claim)) >= 0

/** Why a volume that the claim asks for by name will not do. Models checkVolumeSatisfyClaim (v1.35). */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (!isLarge(volume, claim)) return 'requested PV is too small'
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match'
  if ((volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode'
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode'
}

/**
 * Simplified: a volume so new that its phase is still Pending counts as available. Upstream's claim would wait for the next resync, which
 * a volume and a claim from one manifest escape only by the time that passes between their creations.
 */
const isFree = ({ status }: PersistentVolume): boolean =>
  (status?.phase ?? 'Pending') === 'Pending' || status?.phase === 'Available'

/**
 * The volume that is reserved for the claim, else the smallest available one that fits. With delayed binding only the former: the
 * scheduler chooses. Models pkg/controller/volume/persistentvolume FindMatchingVolume (v1.35).
 */
export function bestVolume(
  volumes: Iterable<PersistentVolume>,
  claim: PersistentVolumeClaim,
  isDelayed: boolean,
): PersistentVolume | undefined {
  let best: PersistentVolume | undefined
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp !== undefined) continue
    if (mismatchesMode(volume, claim)) continue
    if (isReservedFor(volume, claim)) {
      if (isLarge(volume, claim)) return volume
      continue
    }
    if (isDelayed || volume.spec.claimRef || !isFree(volume)) continue
    if (claim.spec.selector && !matchesLabelSelector(claim.spec.selector, volume.metadata.labels)) continue
    if (classOf(volume) !== classOf(claim) || !hasModes(volume, claim) || !isLarge(volume, claim)) continue
    if (!best || compareQuantities(capacityOf(volume), capacityOf(best)) < 0) best = volume
  }
  return best
}

const mismatchesMode = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')
