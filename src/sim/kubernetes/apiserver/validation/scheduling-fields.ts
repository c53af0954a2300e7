import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../../api/types.ts'
import { named, oneOf, validateLabelSelector } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from './names.ts'

/** Models pkg/apis/core/validation/validation.go (v1.35): affinity, tolerations, taints and topology spread. */

const BAD_OPERATOR = 'not a valid selector operator'

function validateNodeRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  errors: FieldErrors,
  checksValues: boolean,
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) errors.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
      break
    default:
      errors.invalid(`${path}.operator`, operator, BAD_OPERATOR)
  }
  named(key, isQualifiedName, `${path}.key`, errors)
  if (checksValues) for (const [i, value] of values.entries()) named(value, isLabelValue, `${path}.values[${i}]`, errors)
}

function validateNodeFieldRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  errors: FieldErrors,
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1)
      errors.required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
  } else errors.invalid(`${path}.operator`, operator, BAD_OPERATOR)
  if (key !== 'metadata.name') errors.invalid(`${path}.key`, key, 'not a valid field selector key')
  else for (const [i, value] of values.entries()) named(value, isDns1123Subdomain, `${path}.values[${i}]`, errors)
}

function validateNodeTerm(term: NodeSelectorTerm, path: string, errors: FieldErrors, checksValues: boolean): void {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries())
    validateNodeRequirement(requirement, `${path}.matchExpressions[${i}]`, errors, checksValues)
  for (const [i, requirement] of (term.matchFields ?? []).entries())
    validateNodeFieldRequirement(requirement, `${path}.matchFields[${i}]`, errors)
}

export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, path: string, errors: FieldErrors): void {
  if (!nodeSelectorTerms?.length) errors.required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')
  for (const [i, term] of (nodeSelectorTerms ?? []).entries())
    validateNodeTerm(term, `${path}.nodeSelectorTerms[${i}]`, errors, true)
}

function validateWeight(weight: number, path: string, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(`${path}.weight`, weight, 'must be in the range 1-100')
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

function validatePodTerm(term: PodAffinityTerm, path: string, errors: FieldErrors): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors)
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors)
  for (const namespace of term.namespaces ?? []) named(namespace, isDns1123Label, `${path}.namespace`, errors)
  validateMatchLabelKeys(term, path, errors)
  if (!term.topologyKey) errors.required(`${path}.topologyKey`, 'can not be empty')
  named(term.topologyKey ?? '', isQualifiedName, `${path}.topologyKey`, errors)
}

function validateMatchLabelKeys(term: PodAffinityTerm, path: string, errors: FieldErrors): void {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term
  const lists = [
    ['matchLabelKeys', matchLabelKeys],
    ['mismatchLabelKeys', mismatchLabelKeys],
  ] as const
  if (!labelSelector && matchLabelKeys.length + mismatchLabelKeys.length > 0)
    for (const [field, keys] of lists)
      if (keys.length > 0) errors.forbidden(`${path}.${field}`, `must not be specified when labelSelector is not set`)
  for (const [field, keys] of lists)
    for (const [i, key] of keys.entries()) {
      named(key, isQualifiedName, `${path}.${field}[${i}]`, errors)
      if (field === 'matchLabelKeys' && mismatchLabelKeys.includes(key))
        errors.invalid(`${path}.${field}[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')
    }
}

function validatePodAffinity(affinity: PodAffinity | undefined, path: string, errors: FieldErrors): void {
  for (const [i, term] of (affinity?.[REQUIRED] ?? []).entries()) validatePodTerm(term, `${path}.${REQUIRED}[${i}]`, errors)
  for (const [i, { weight, podAffinityTerm }] of (affinity?.[PREFERRED] ?? []).entries()) {
    validateWeight(weight, `${path}.${PREFERRED}[${i}]`, errors)
    validatePodTerm(podAffinityTerm, `${path}.${PREFERRED}[${i}].podAffinityTerm`, errors)
  }
}

export function validateAffinity(affinity: Affinity | undefined, path: string, errors: FieldErrors): void {
  if (!affinity) return
  const { nodeAffinity } = affinity
  if (nodeAffinity?.[REQUIRED]) validateNodeSelector(nodeAffinity[REQUIRED], `${path}.nodeAffinity.${REQUIRED}`, errors)
  for (const [i, { weight, preference }] of (nodeAffinity?.[PREFERRED] ?? []).entries()) {
    const own = `${path}.nodeAffinity.${PREFERRED}[${i}]`
    validateWeight(weight, own, errors)
    validateNodeTerm(preference, `${own}.preference`, errors, false)
  }
  validatePodAffinity(affinity.podAffinity, `${path}.podAffinity`, errors)
  validatePodAffinity(affinity.podAntiAffinity, `${path}.podAntiAffinity`, errors)
}

// Taints and tolerations ------------------------------------------------------------------------------------------------

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldErrors): void {
  for (const [i, { key = '', operator, value = '', effect, tolerationSeconds }] of tolerations.entries()) {
    const own = `${path}[${i}]`
    if (key !== '') named(key, isQualifiedName, `${own}.key`, errors)
    if (key === '' && operator !== 'Exists')
      errors.invalid(
        `${own}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      )
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.invalid(`${own}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if (operator === undefined || operator === 'Equal') {
      const problems = isLabelValue(value)
      if (problems.length > 0) errors.invalid(`${own}.operator`, value, problems.join(';'))
    } else if (operator === 'Exists') {
      if (value !== '') errors.invalid(`${own}.operator`, value, "value must be empty when `operator` is 'Exists'")
    } else errors.notSupported(`${own}.operator`, operator, ['Equal', 'Exists'])
    oneOf(effect, EFFECTS, `${own}.effect`, errors)
  }
}

export function validateTaints(taints: readonly Taint[], path: string, errors: FieldErrors): void {
  const seen = new Set<string>()
  for (const [i, { key, value = '', effect }] of taints.entries()) {
    const own = `${path}[${i}]`
    named(key ?? '', isQualifiedName, `${own}.key`, errors)
    const problems = isLabelValue(value)
    if (problems.length > 0) errors.invalid(`${own}.value`, value, problems.join(';'))
    if (!effect) errors.required(`${own}.effect`)
    else oneOf(effect, EFFECTS, `${own}.effect`, errors)
    const identity = `${effect} ${key}`
    if (seen.has(identity)) errors.duplicate(own, { Key: key, Value: value, Effect: effect, TimeAdded: null })
    seen.add(identity)
  }
}

// Topology spread -------------------------------------------------------------------------------------------------------

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldErrors,
): void {
  for (const [i, constraint] of constraints.entries()) {
    const own = `${path}[${i}]`
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys = [] } = constraint
    if (maxSkew <= 0) errors.invalid(`${own}.maxSkew`, maxSkew, 'must be greater than zero')
    if (!topologyKey) errors.required(`${own}.topologyKey`, 'can not be empty')
    oneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${own}.whenUnsatisfiable`, errors)
    const isRepeated = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    if (isRepeated) errors.duplicate(`${own}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`)
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.invalid(`${own}.minDomains`, minDomains, 'must be greater than zero')
      if (whenUnsatisfiable !== 'DoNotSchedule')
        errors.invalid(
          `${own}.minDomains`,
          minDomains,
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
        )
    }
    oneOf(constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], `${own}.nodeAffinityPolicy`, errors)
    oneOf(constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], `${own}.nodeTaintsPolicy`, errors)
    if (matchLabelKeys.length > 0 && !labelSelector)
      errors.forbidden(`${own}.matchLabelKeys`, 'must not be specified when labelSelector is not set')
    for (const [j, key] of matchLabelKeys.entries()) {
      named(key, isQualifiedName, `${own}.matchLabelKeys[${j}]`, errors)
      if (labelSelector?.matchLabels?.[key] !== undefined)
        errors.invalid(`${own}.matchLabelKeys[${j}]`, key, 'exists in both matchLabelKeys and labelSelector')
    }
    validateLabelSelector(labelSelector, `${own}.labelSelector`, errors)
  }
}
