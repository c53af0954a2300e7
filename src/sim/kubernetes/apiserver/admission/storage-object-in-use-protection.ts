import type { AdmissionPlugin } from './plugin.ts'

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
}

/** Models plugin/pkg/admission/storage/storageobjectinuseprotection. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  resources: Object.keys(FINALIZERS),
  admit(object, { operation, resource }) {
    const finalizer = FINALIZERS[resource.key]!
    const { finalizers = [] } = object.metadata
    if (operation !== 'create' || finalizers.includes(finalizer)) return { object }
    return { object: { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } } }
  },
}
