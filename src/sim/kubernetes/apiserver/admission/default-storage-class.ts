import { parseTime } from '../../../kernel/time.ts'
import type { AnyObject, PersistentVolumeClaim } from '../../api/types.ts'
import type { AdmissionPlugin } from './plugin.ts'

const IS_DEFAULT = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

const createdAt = (object: AnyObject): number => parseTime(object.metadata.creationTimestamp) ?? 0

/** The youngest default class; of equally young ones the first by name. */
function defaultClass(classes: Iterable<AnyObject>): AnyObject | undefined {
  const defaults = [...classes].filter(({ metadata }) => IS_DEFAULT.some((key) => metadata.annotations?.[key] === 'true'))
  return defaults.sort((a, b) => createdAt(b) - createdAt(a) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]
}

/** Models plugin/pkg/admission/storage/storageclass/setdefault. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  resources: ['persistentvolumeclaims'],
  admit(object, { operation, store }) {
    const claim = object as unknown as PersistentVolumeClaim
    const asksForNone = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined
    if (operation !== 'create' || claim.spec.storageClassName !== undefined || asksForNone) return { object }
    const chosen = defaultClass(store.scan('storageclasses.storage.k8s.io'))
    return { object: chosen ? { ...object, spec: { ...claim.spec, storageClassName: chosen.metadata.name } } : object }
  },
}
