import { compareQuantities } from '../../api/quantity.ts'
import { equalJson } from '../../api/json-value.ts'
import type {
  AnyObject,
  LabelSelector,
  NodeSelector,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../api/types.ts'
import { immutable, named, oneOf, validateLabelSelector } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStruct } from './go-struct.ts'
import { isDns1123Subdomain, isQualifiedName } from './names.ts'
import type { Rules } from './rules.ts'
import { validateNodeSelector } from './scheduling-fields.ts'
import { unifiedDiff } from './unified-diff.ts'
import { validateHostPath, validateNfs } from './host-path-and-nfs.ts'

/** Models pkg/apis/core/validation and pkg/apis/storage/validation (v1.35). */

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const VOLUME_MODES = ['Block', 'Filesystem']
const POSITIVE = 'must be greater than zero'

interface ClaimSpec {
  readonly accessModes?: readonly string[]
  readonly selector?: LabelSelector
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
  readonly storageClassName?: string
  readonly volumeMode?: string
  readonly volumeAttributesClassName?: string
}

function validateAccessModes(modes: readonly string[], path: string, errors: FieldErrors): void {
  for (const mode of modes) oneOf(mode, ACCESS_MODES, path, errors)
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod'))
    errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes')
}

export function validateClaimSpec(spec: ClaimSpec, path: string, errors: FieldErrors): void {
  const { accessModes = [] } = spec
  if (accessModes.length === 0) errors.required(`${path}.accessModes`, 'at least 1 access mode is required')
  validateLabelSelector(spec.selector, `${path}.selector`, errors)
  validateAccessModes(accessModes, `${path}.accessModes`, errors)
  const storage = spec.resources?.requests?.['storage']
  if (storage === undefined) errors.required(`${path}.resources[storage]`)
  else if (compareQuantities(storage, '0') <= 0) errors.invalid(`${path}.resources[storage]`, storage, POSITIVE)
  if (spec.storageClassName) named(spec.storageClassName, isDns1123Subdomain, `${path}.storageClassName`, errors)
  oneOf(spec.volumeMode, VOLUME_MODES, `${path}.volumeMode`, errors)
}

const CLAIM_FORBIDDEN =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

function validateClaimUpdate(claim: PersistentVolumeClaim, previous: PersistentVolumeClaim, errors: FieldErrors): void {
  validateClaimSpec(claim.spec, 'spec', errors)
  const isBinding = !previous.spec.volumeName && claim.spec.volumeName
  const before = { ...previous.spec } as Record<string, unknown>
  // A controller fills in the volume; a default class may come later.
  if (isBinding) before['volumeName'] = claim.spec.volumeName
  if (previous.spec.storageClassName === undefined && claim.spec.storageClassName !== undefined)
    before['storageClassName'] = claim.spec.storageClassName
  const isBound = previous.status?.phase === 'Bound'
  const after = { ...claim.spec } as Record<string, unknown>
  if (isBound) {
    after['resources'] = previous.spec.resources
    after['volumeAttributesClassName'] = before['volumeAttributesClassName']
  }
  if (!equalJson(after, before)) {
    const text = (spec: unknown): string => JSON.stringify(goStruct('PersistentVolumeClaimSpec', spec), null, 1)
    errors.forbidden('spec', `${CLAIM_FORBIDDEN}\n${unifiedDiff(text(before), text(after))}`)
  }
  const size = claim.spec.resources?.requests?.['storage']
  const capacity = previous.status?.capacity?.['storage']
  if (
    isBound &&
    compareQuantities(size, previous.spec.resources?.requests?.['storage']) < 0 &&
    compareQuantities(size, capacity) < 0
  )
    errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  immutable(claim.spec.volumeMode, previous.spec.volumeMode, 'spec.volumeMode', errors)
}

const claimOf = (object: AnyObject): PersistentVolumeClaim => object as unknown as PersistentVolumeClaim

export const claimRules: Rules = {
  name: isDns1123Subdomain,
  create: (object, errors) => validateClaimSpec(claimOf(object).spec ?? {}, 'spec', errors),
  update: (object, previous, errors) => validateClaimUpdate(claimOf(object), claimOf(previous), errors),
}

// Volumes -------------------------------------------------------------------------------------------------------------

/** In the order in which the API looks for them. */
const VOLUME_SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
]

type VolumeSpec = PersistentVolume['spec'] & { readonly nodeAffinity?: { readonly required?: NodeSelector } }

function validateVolume(object: AnyObject, errors: FieldErrors): void {
  const spec = ((object as unknown as PersistentVolume).spec ?? {}) as VolumeSpec
  const { accessModes = [], capacity = {} } = spec
  if (accessModes.length === 0) errors.required('spec.accessModes')
  validateAccessModes(accessModes, 'spec.accessModes', errors)
  const names = Object.keys(capacity)
  if (names.length === 0) errors.required('spec.capacity')
  if (capacity['storage'] === undefined || names.length > 1)
    errors.notSupported('spec.capacity', names.length === 0 ? null : capacity, ['storage'])
  for (const name of names)
    if (compareQuantities(capacity[name], '0') <= 0) errors.invalid(`spec.capacity[${name}]`, capacity[name], POSITIVE)
  oneOf(spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain'], 'spec.persistentVolumeReclaimPolicy', errors)
  if (spec.nodeAffinity) {
    if (!spec.nodeAffinity.required) errors.required('spec.nodeAffinity.required', 'must specify required node constraints')
    else validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required', errors)
  }
  let count = 0
  for (const type of VOLUME_SOURCES) {
    const source = spec[type] as Readonly<Record<string, string>> | undefined
    if (!source) continue
    count += 1
    const path = `spec.${type}`
    if (count > 1) errors.forbidden(path, 'may not specify more than 1 volume type')
    else if (type === 'hostPath') validateHostPath(source, path, errors)
    else if (type === 'nfs') validateNfs(source, path, errors)
    else if (type === 'local') {
      if (!source['path']) errors.required(`${path}.path`)
      if (!spec.nodeAffinity) errors.required('spec.nodeAffinity', 'Local volume requires node affinity')
    } else if (type === 'csi') {
      if (!source['driver']) errors.required(`${path}.driver`)
      if (!source['volumeHandle']) errors.required(`${path}.volumeHandle`)
    }
  }
  if (count === 0) errors.required('spec', 'must specify a volume type')
  const hostPath = spec['hostPath'] as { path?: string } | undefined
  if (hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle')
    errors.forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")
  if (spec.storageClassName) named(spec.storageClassName, isDns1123Subdomain, 'spec.storageClassName', errors)
  oneOf(spec.volumeMode, VOLUME_MODES, 'spec.volumeMode', errors)
}

export const volumeRules: Rules = {
  name: isDns1123Subdomain,
  create: validateVolume,
  update: (object, previous, errors) => {
    validateVolume(object, errors)
    const spec = (object as unknown as PersistentVolume).spec
    const before = (previous as unknown as PersistentVolume).spec
    if (VOLUME_SOURCES.some((type) => !equalJson(spec[type], before[type])))
      errors.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')
    immutable(spec.volumeMode, before.volumeMode, 'spec.volumeMode', errors)
  },
}

// Classes -------------------------------------------------------------------------------------------------------------

function validateStorageClass(object: AnyObject, errors: FieldErrors): void {
  const storageClass = object as unknown as StorageClass & { readonly parameters?: Readonly<Record<string, string>> }
  const { provisioner } = storageClass
  if (!provisioner) errors.required('provisioner')
  else named(provisioner.toLowerCase(), isQualifiedName, 'provisioner', errors)
  for (const key of Object.keys(storageClass.parameters ?? {}))
    if (key === '') errors.invalid('parameters', key, 'field can not be empty')
  oneOf(storageClass.reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy', errors)
  oneOf(storageClass.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode', errors)
  for (const [i, { matchLabelExpressions = [] }] of (storageClass.allowedTopologies ?? []).entries())
    for (const [j, { key, values = [] }] of matchLabelExpressions.entries()) {
      const path = `allowedTopologies[${i}].matchLabelExpressions[${j}]`
      if (values.length === 0) errors.required(`${path}.values`)
      named(key, isQualifiedName, `${path}.key`, errors)
    }
}

export const storageClassRules: Rules = {
  name: isDns1123Subdomain,
  create: validateStorageClass,
  update: (object, previous, errors) => {
    const [next, before] = [object, previous]
    if (!equalJson(object['parameters'], previous['parameters']))
      errors.forbidden('parameters', 'updates to parameters are forbidden.')
    if (next.provisioner !== before.provisioner) errors.forbidden('provisioner', 'updates to provisioner are forbidden.')
    if (next.reclaimPolicy !== before.reclaimPolicy) errors.forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')
    immutable(next.volumeBindingMode, before.volumeBindingMode, 'volumeBindingMode', errors)
  },
}
