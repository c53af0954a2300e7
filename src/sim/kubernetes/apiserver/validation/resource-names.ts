import { compareQuantities, isWholeQuantity } from '../../api/quantity.ts'
import type { FieldErrors } from './field-errors.ts'
import { NOT_NEGATIVE } from './common.ts'
import { isQualifiedName } from './names.ts'

/** Names of resources that may be asked for, and the shape of their amounts. Models pkg/apis/core/helper (v1.35). */

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']
const COUNTS = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const PREFIXED = COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`])

const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const STANDARD: ReadonlySet<string> = new Set([...COMPUTE, ...PREFIXED, ...COUNTS, 'storage', 'requests.storage'])
const STANDARD_QUOTA: ReadonlySet<string> = new Set([...COMPUTE, ...PREFIXED, ...COUNTS, 'requests.storage'])

const isStandard = (name: string): boolean => STANDARD.has(name) || isHugePages(name)
const isStandardForContainers = (name: string): boolean => COMPUTE.includes(name) || isHugePages(name)
const isStandardForQuotas = (name: string): boolean =>
  STANDARD_QUOTA.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-')

const isNative = (name: string): boolean => !name.includes('/') || name.split('/')[0]!.endsWith('kubernetes.io')
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
/** Native resources may be promised twice; devices and huge pages may not. */
export const allowsOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name)

const isInteger = (name: string): boolean => COUNTS.includes(name) || isExtended(name)

function resourceName(name: string, path: string, errors: FieldErrors): void {
  const problems = isQualifiedName(name)
  for (const problem of problems) errors.invalid(path, name, problem)
  if (problems.length === 0 && !name.includes('/') && !isStandard(name))
    errors.invalid(path, name, 'must be a standard resource type or fully qualified')
}

export function containerResourceName(name: string, path: string, errors: FieldErrors): void {
  resourceName(name, path, errors)
  if (!name.includes('/')) {
    if (!isStandardForContainers(name)) errors.invalid(path, name, 'must be a standard resource for containers')
  } else if (!isNative(name) && !isExtended(name)) errors.invalid(path, name, "doesn't follow extended resource name standard")
}

export function quotaResourceName(name: string, path: string, errors: FieldErrors): void {
  resourceName(name, path, errors)
  if (!name.includes('/') && !isStandardForQuotas(name)) errors.invalid(path, name, 'must be a standard resource for quota')
}

export function limitRangeResourceName(type: string, name: string, path: string, errors: FieldErrors): void {
  if (type === 'Pod' || type === 'Container') containerResourceName(name, path, errors)
  else resourceName(name, path, errors)
}

export function resourceAmount(name: string, amount: string, path: string, errors: FieldErrors): void {
  if (compareQuantities(amount, '0') < 0) errors.invalid(path, amount, NOT_NEGATIVE)
  if (isInteger(name) && !isWholeQuantity(amount)) errors.invalid(path, amount, 'must be an integer')
}
