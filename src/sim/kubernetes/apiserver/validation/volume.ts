import { compareQuantities } from '../../api/quantity.ts'
import type { Volume } from '../../api/types.ts'
import { named, oneOf } from './common.ts'
import { validateFieldRef, validateRelativePath, validateResourceFieldRef } from './container.ts'
import { FieldErrors } from './field-errors.ts'
import { isDns1123Label, isDns1123Subdomain } from './names.ts'
import { validateClaimSpec } from './storage.ts'
import { validateHostPath, validateNfs } from './host-path-and-nfs.ts'

/** Models pkg/apis/core/validation/validation.go (v1.35): what is said of volumes. */

const MODE_MESSAGE = 'must be a number between 0 and 0777 (octal), both inclusive'
export const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** In the order in which the API looks for them. */
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'rbd',
  'cephfs',
  'persistentVolumeClaim',
  'quobyte',
  'cinder',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
]

interface Item {
  readonly key?: string
  readonly path?: string
  readonly mode?: number
}
interface DownwardItem {
  readonly path?: string
  readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath?: string }
  readonly resourceFieldRef?: { readonly resource?: string; readonly containerName?: string }
}
/** The fields that the checks below read, whatever the source. */
interface Source {
  readonly path?: string
  readonly type?: string
  readonly server?: string
  readonly driver?: string
  readonly name?: string
  readonly secretName?: string
  readonly claimName?: string
  readonly sizeLimit?: string
  readonly defaultMode?: number
  readonly items?: readonly Item[]
  readonly sources?: readonly Readonly<Record<string, Source | undefined>>[] | null
  readonly volumeClaimTemplate?: { readonly spec?: never }
  readonly reference?: string
  readonly pullPolicy?: string
}

function validateMode(mode: number | undefined, path: string, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.invalid(path, mode, MODE_MESSAGE)
}

function validateItems(items: readonly Item[], path: string, errors: FieldErrors): void {
  for (const [i, item] of items.entries()) {
    const own = `${path}[${i}]`
    if (!item.key) errors.required(`${own}.key`)
    if (!item.path) errors.required(`${own}.path`)
    else {
      validateRelativePath(item.path, `${own}.path`, errors)
      if (item.path.startsWith('..') && !item.path.split('/').includes('..'))
        errors.invalid(`${own}.path`, item.path, "must not start with '..'")
    }
    validateMode(item.mode, `${own}.mode`, errors)
  }
}

function validateDownwardItems(items: readonly DownwardItem[], path: string, errors: FieldErrors): void {
  for (const [i, item] of items.entries()) {
    const own = `${path}[${i}]`
    if (!item.path) errors.required(`${path}.path`)
    else validateRelativePath(item.path, `${path}.path`, errors)
    if (item.fieldRef) {
      validateFieldRef(item.fieldRef, 'volume', `${path}.fieldRef`, errors)
      if (item.resourceFieldRef)
        errors.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')
    } else if (item.resourceFieldRef)
      validateResourceFieldRef(item.resourceFieldRef, 'volume', `${path}.resourceFieldRef`, errors)
    else errors.required(own, 'either fieldRef or resourceFieldRef is required')
  }
}

function validateProjected(source: Source, path: string, errors: FieldErrors): void {
  validateMode(source.defaultMode, `${path}.defaultMode`, errors)
  for (const [i, projection] of (source.sources ?? []).entries()) {
    const own = `${path}.sources[${i}]`
    let count = 0
    for (const type of ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate']) {
      const part = projection[type]
      if (!part) continue
      count += 1
      if (count > 1) errors.forbidden(`${own}.${type}`, 'may not specify more than 1 volume type')
      else if (type === 'secret' || type === 'configMap') {
        if (!part.name) errors.required(`${own}.${type}.name`)
        validateItems(part.items ?? [], `${own}.${type}.items`, errors)
      } else if (type === 'downwardAPI') validateDownwardItems(part.items ?? [], `${own}.downwardAPI.items`, errors)
      else if (type === 'serviceAccountToken') {
        const { expirationSeconds = 3600 } = part as { readonly expirationSeconds?: number }
        if (expirationSeconds < 600)
          errors.invalid(
            `${own}.serviceAccountToken.expirationSeconds`,
            expirationSeconds,
            'may not specify a duration less than 10 minutes',
          )
        if (!part.path) errors.required(`${own}.serviceAccountToken.path`)
      }
    }
    if (count === 0) errors.required(own, 'must specify a volume type')
  }
}

function validateSource(type: string, source: Source, path: string, errors: FieldErrors): void {
  switch (type) {
    case 'emptyDir':
      if (source.sizeLimit !== undefined && compareQuantities(source.sizeLimit, '0') < 0)
        errors.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
      break
    case 'hostPath':
      validateHostPath(source, path, errors)
      break
    case 'secret':
      if (!source.secretName) errors.required(`${path}.secretName`)
      validateMode(source.defaultMode, `${path}.defaultMode`, errors)
      validateItems(source.items ?? [], `${path}.items`, errors)
      break
    case 'configMap':
      if (!source.name) errors.required(`${path}.name`)
      validateMode(source.defaultMode, `${path}.defaultMode`, errors)
      validateItems(source.items ?? [], `${path}.items`, errors)
      break
    case 'nfs':
      validateNfs(source, path, errors)
      break
    case 'persistentVolumeClaim':
      if (!source.claimName) errors.required(`${path}.claimName`)
      break
    case 'downwardAPI':
      validateMode(source.defaultMode, `${path}.defaultMode`, errors)
      validateDownwardItems(source.items ?? [], `${path}.items`, errors)
      break
    case 'projected':
      validateProjected(source, path, errors)
      break
    case 'csi':
      if (!source.driver) errors.required(`${path}.driver`)
      else named(source.driver.toLowerCase(), isDns1123Subdomain, `${path}.driver`, errors)
      break
    case 'ephemeral':
      if (!source.volumeClaimTemplate) errors.required(`${path}.volumeClaimTemplate`)
      else validateClaimSpec(source.volumeClaimTemplate.spec ?? {}, `${path}.volumeClaimTemplate.spec`, errors)
      break
    case 'image':
      if (!source.reference) errors.required(`${path}.reference`)
      oneOf(source.pullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.pullPolicy`, errors)
      break
    default: // sources of clouds that the simulator does not have are taken as they are
  }
}

/** Returns the names that containers may mount. */
export function validateVolumes(volumes: readonly Volume[], path: string, errors: FieldErrors): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [i, volume] of volumes.entries()) {
    const own = `${path}[${i}]`
    const found = new FieldErrors()
    let count = 0
    for (const type of SOURCES) {
      const source = volume[type]
      if (source === undefined || source === null) continue
      count += 1
      if (count > 1) found.forbidden(`${own}.${type}`, 'may not specify more than 1 volume type')
      else validateSource(type, source, `${own}.${type}`, found)
    }
    if (count === 0) found.required(own, 'must specify a volume type')
    if (!volume.name) found.required(`${own}.name`)
    else {
      named(volume.name, isDns1123Label, `${own}.name`, found)
      if (names.has(volume.name)) found.duplicate(`${own}.name`, volume.name)
    }
    if (found.isEmpty) names.add(volume.name)
    else errors.append(found)
  }
  return names
}
