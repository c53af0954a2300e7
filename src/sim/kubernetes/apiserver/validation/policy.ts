import type { AnyObject, PodDisruptionBudget, PriorityClass } from '../../api/types.ts'
import { immutable, notMoreThan100Percent, notNegative, oneOf, positiveIntOrPercent, validateLabelSelector } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStructText } from './go-struct.ts'
import { isDns1123Label, isDns1123Subdomain } from './names.ts'
import type { Rules } from './rules.ts'
import { validateTolerations } from './scheduling-fields.ts'

/** Models pkg/apis/policy, scheduling, coordination and node validation (v1.35). */

function validateBudget(object: AnyObject, errors: FieldErrors): void {
  const spec = (object as unknown as PodDisruptionBudget).spec ?? {}
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    errors.invalid('spec', goStructText('PodDisruptionBudgetSpec', spec), 'minAvailable and maxUnavailable cannot be both set')
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    positiveIntOrPercent(spec[field], `spec.${field}`, errors)
    notMoreThan100Percent(spec[field], `spec.${field}`, errors)
  }
  validateLabelSelector(spec.selector, 'spec.selector', errors)
  oneOf(spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'], 'spec.unhealthyPodEvictionPolicy', errors)
}

export const budgetRules: Rules = {
  name: isDns1123Subdomain,
  create: validateBudget,
  update: (object, _previous, errors) => validateBudget(object, errors),
}

// PriorityClass -----------------------------------------------------------------------------------------------------------

const HIGHEST_USER_PRIORITY = 1_000_000_000
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

function validatePriorityClass(object: AnyObject, errors: FieldErrors): void {
  const { metadata, value, preemptionPolicy } = object as unknown as PriorityClass
  const { name } = metadata
  if (name.startsWith('system-')) {
    const known = SYSTEM_CLASSES[name]
    const why =
      known === undefined
        ? `${name} is not a known system priority class`
        : known === value
          ? undefined
          : `value of ${name} PriorityClass must be ${known}`
    if (why)
      errors.forbidden(
        'metadata.name',
        `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
      )
  } else if (value > HIGHEST_USER_PRIORITY)
    errors.forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`)
  oneOf(preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy', errors)
}

export const priorityClassRules: Rules = {
  name: isDns1123Subdomain,
  create: validatePriorityClass,
  update: (object, previous, errors) => {
    const [next, before] = [object, previous]
    if (next.value !== before.value) errors.forbidden('value', 'may not be changed in an update.')
    immutable(next.preemptionPolicy, before.preemptionPolicy, 'preemptionPolicy', errors)
  },
}

// Lease -------------------------------------------------------------------------------------------------------------------

interface LeaseSpec {
  readonly leaseDurationSeconds?: number
  readonly leaseTransitions?: number
}

function validateLease(object: AnyObject, errors: FieldErrors): void {
  const spec = (object['spec'] ?? {}) as LeaseSpec
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0)
    errors.invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')
  notNegative(spec.leaseTransitions, 'spec.leaseTransitions', errors)
}

export const leaseRules: Rules = {
  name: isDns1123Subdomain,
  create: validateLease,
  update: (object, _previous, errors) => validateLease(object, errors),
}

// RuntimeClass ------------------------------------------------------------------------------------------------------------

interface RuntimeClass extends AnyObject {
  readonly handler?: string
  readonly scheduling?: { readonly tolerations?: never[] }
}

export const runtimeClassRules: Rules = {
  name: isDns1123Subdomain,
  create: (object, errors) => {
    const { handler = '', scheduling } = object as RuntimeClass
    for (const problem of isDns1123Label(handler)) errors.invalid('handler', handler, problem)
    validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations', errors)
  },
  update: (object, previous, errors) =>
    immutable((object as RuntimeClass).handler, (previous as RuntimeClass).handler, 'handler', errors),
}
