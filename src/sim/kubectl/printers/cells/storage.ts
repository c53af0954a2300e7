import { at, isSet, items, text, texts } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf } from '../../human-time.ts'
import { type Cells, nameOf } from './cells.ts'

const age = (object: Fields, nowMs: number): string => ageOf(at(object, 'metadata.creationTimestamp'), nowMs)
const orUnset = (value: unknown): string => (isSet(value) ? text(value) : '<unset>')
const flag = (value: unknown, otherwise = false): boolean => (typeof value === 'boolean' ? value : otherwise)

const MODES: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

/** `RWO,ROX`, each once, in a fixed order. */
export const accessModes = (modes: unknown): string =>
  MODES.filter(([mode]) => texts(modes).includes(mode))
    .map(([, short]) => short)
    .join(',')

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

/** The storage class of a volume or a claim; the old annotation wins. */
export function storageClassOf(object: Fields): string {
  const annotations = at(object, 'metadata.annotations')
  const old = isSet(annotations) ? (annotations as Fields)[CLASS_ANNOTATION] : undefined
  return isSet(old) ? text(old) : text(at(object, 'spec.storageClassName'))
}

const phaseOf = (object: Fields): string =>
  isSet(at(object, 'metadata.deletionTimestamp')) ? 'Terminating' : text(at(object, 'status.phase'))

export const persistentVolumes: Cells = {
  columns: [
    'Name',
    'Capacity',
    'Access Modes',
    'Reclaim Policy',
    'Status',
    'Claim',
    'StorageClass',
    'VolumeAttributesClass',
    'Reason',
    'Age',
    '+VolumeMode',
  ],
  cells(object, { nowMs }) {
    const claim = at(object, 'spec.claimRef')
    return [
      nameOf(object),
      text(at(object, 'spec.capacity.storage')) || '0',
      accessModes(at(object, 'spec.accessModes')),
      text(at(object, 'spec.persistentVolumeReclaimPolicy')),
      phaseOf(object),
      isSet(claim) ? `${text(at(claim, 'namespace'))}/${text(at(claim, 'name'))}` : '',
      storageClassOf(object),
      orUnset(at(object, 'spec.volumeAttributesClassName')),
      text(at(object, 'status.reason')),
      age(object, nowMs),
      orUnset(at(object, 'spec.volumeMode')),
    ]
  },
}

export const persistentVolumeClaims: Cells = {
  columns: [
    'Name',
    'Status',
    'Volume',
    'Capacity',
    'Access Modes',
    'StorageClass',
    'VolumeAttributesClass',
    'Age',
    '+VolumeMode',
  ],
  cells(object, { nowMs }) {
    const volume = text(at(object, 'spec.volumeName'))
    return [
      nameOf(object),
      phaseOf(object),
      volume,
      volume ? text(at(object, 'status.capacity.storage')) || '0' : '',
      volume ? accessModes(at(object, 'status.accessModes')) : '',
      storageClassOf(object),
      orUnset(at(object, 'spec.volumeAttributesClassName')),
      age(object, nowMs),
      orUnset(at(object, 'spec.volumeMode')),
    ]
  },
}

export function isDefaultClass(object: Fields): boolean {
  const annotations = at(object, 'metadata.annotations')
  if (!isSet(annotations)) return false
  return ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
    (key) => (annotations as Fields)[key] === 'true',
  )
}

export const storageClasses: Cells = {
  columns: ['Name', 'Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'],
  cells: (object, { nowMs }) => [
    isDefaultClass(object) ? `${nameOf(object)} (default)` : nameOf(object),
    text(object['provisioner']),
    text(object['reclaimPolicy']) || 'Delete',
    text(object['volumeBindingMode']) || 'Immediate',
    flag(object['allowVolumeExpansion']),
    age(object, nowMs),
  ],
}

export const volumeAttributesClasses: Cells = {
  columns: ['Name', 'DriverName', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), text(object['driverName']), age(object, nowMs)],
}

export const csiDrivers: Cells = {
  columns: ['Name', 'AttachRequired', 'PodInfoOnMount', 'StorageCapacity', 'TokenRequests', 'RequiresRepublish', 'Modes', 'Age'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    flag(at(object, 'spec.attachRequired'), true),
    flag(at(object, 'spec.podInfoOnMount')),
    flag(at(object, 'spec.storageCapacity')),
    isSet(at(object, 'spec.tokenRequests'))
      ? items(at(object, 'spec.tokenRequests'))
          .map(({ audience }) => text(audience))
          .join(',')
      : '<unset>',
    flag(at(object, 'spec.requiresRepublish')),
    texts(at(object, 'spec.volumeLifecycleModes')).join(',') || '<none>',
    age(object, nowMs),
  ],
}

export const csiStorageCapacities: Cells = {
  columns: ['Name', 'StorageClassName', 'Capacity'],
  cells: (object) => [nameOf(object), text(object['storageClassName']), orUnset(object['capacity'])],
}

export const volumeAttachments: Cells = {
  columns: ['Name', 'Attacher', 'PV', 'Node', 'Attached', 'Age'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    text(at(object, 'spec.attacher')),
    text(at(object, 'spec.source.persistentVolumeName')),
    text(at(object, 'spec.nodeName')),
    flag(at(object, 'status.attached')),
    age(object, nowMs),
  ],
}
