import { compareQuantities } from '../../api/quantity.ts'
import type { PersistentVolumeClaim } from '../../api/types.ts'
import type { AdmissionPlugin } from './plugin.ts'

/** A claim grows only where its class says that volumes can. Models plugin/pkg/admission/storage/persistentvolume/resize (v1.35). */
export const claimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  resources: ['persistentvolumeclaims'],
  validate(object, { operation, subresource, previous, store, name }) {
    if (operation !== 'update' || subresource !== '' || !previous) return undefined
    const claim = object as unknown as PersistentVolumeClaim
    const before = previous as unknown as PersistentVolumeClaim
    const sizeOf = ({ spec }: PersistentVolumeClaim): string | undefined => spec.resources?.requests?.['storage']
    if (compareQuantities(sizeOf(before), sizeOf(claim)) >= 0) return undefined
    const { storageClassName = '' } = claim.spec
    const storageClass = storageClassName === '' ? undefined : store.get('storageclasses.storage.k8s.io', '', storageClassName)
    const canGrow = storageClassName === before.spec.storageClassName && storageClass?.['allowVolumeExpansion'] === true
    const isBound = before.status?.phase === 'Bound'
    if (isBound && canGrow) return undefined
    const why = isBound
      ? 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
      : 'Only bound persistent volume claims can be expanded'
    return { code: 403, reason: 'Forbidden', message: `persistentvolumeclaims "${name}" is forbidden: ${why}` }
  },
}
