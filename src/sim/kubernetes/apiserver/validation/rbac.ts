import { equalJson } from '../../api/json-value.ts'
import type { AnyObject } from '../../api/types.ts'
import { named, oneOf } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { isDns1123Subdomain, isPathSegment } from './names.ts'
import type { Rules } from './rules.ts'

/** Models pkg/apis/rbac/validation/validation.go (v1.35). */

interface PolicyRule {
  readonly verbs?: readonly string[] | null
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

function validateRole(object: AnyObject, isNamespaced: boolean, errors: FieldErrors): void {
  for (const [i, rule] of ((object['rules'] ?? []) as readonly PolicyRule[]).entries()) {
    const path = `rules[${i}]`
    if (!rule.verbs?.length) errors.required(`${path}.verbs`, 'verbs must contain at least one value')
    if (rule.nonResourceURLs?.length) {
      if (isNamespaced)
        errors.invalid(`${path}.nonResourceURLs`, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')
      if (rule.apiGroups?.length || rule.resources?.length)
        errors.invalid(
          `${path}.nonResourceURLs`,
          rule.nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        )
      continue
    }
    if (!rule.apiGroups?.length) errors.required(`${path}.apiGroups`, 'resource rules must supply at least one api group')
    if (!rule.resources?.length) errors.required(`${path}.resources`, 'resource rules must supply at least one resource')
  }
}

interface Subject {
  readonly kind?: string
  readonly apiGroup?: string
  readonly name?: string
  readonly namespace?: string
}
interface RoleRef {
  readonly apiGroup?: string
  readonly kind?: string
  readonly name?: string
}

const GROUP = 'rbac.authorization.k8s.io'

function validateBinding(object: AnyObject, isNamespaced: boolean, errors: FieldErrors): void {
  const { apiGroup = '', kind, name } = (object['roleRef'] ?? {}) as RoleRef
  oneOf(apiGroup, [GROUP], 'roleRef.apiGroup', errors)
  oneOf(kind ?? '', isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'], 'roleRef.kind', errors)
  if (!name) errors.required('roleRef.name')
  else named(name, isPathSegment, 'roleRef.name', errors)
  for (const [i, subject] of ((object['subjects'] ?? []) as readonly Subject[]).entries())
    validateSubject(subject, isNamespaced, `subjects[${i}]`, errors)
}

function validateSubject({ kind, apiGroup = '', name, namespace }: Subject, isNamespaced: boolean, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`)
  switch (kind) {
    case 'ServiceAccount':
      if (name) named(name, isDns1123Subdomain, `${path}.name`, errors)
      oneOf(apiGroup, [''], `${path}.apiGroup`, errors)
      // In a RoleBinding it is the binding's own.
      if (!namespace && !isNamespaced) errors.required(`${path}.namespace`)
      break
    case 'User':
    case 'Group':
      oneOf(apiGroup, [GROUP], `${path}.apiGroup`, errors)
      break
    default:
      errors.notSupported(`${path}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])
  }
}

const role = (isNamespaced: boolean): Rules => ({
  name: isPathSegment,
  create: (object, errors) => validateRole(object, isNamespaced, errors),
  update: (object, _previous, errors) => validateRole(object, isNamespaced, errors),
})

const binding = (isNamespaced: boolean): Rules => ({
  name: isPathSegment,
  create: (object, errors) => validateBinding(object, isNamespaced, errors),
  update: (object, previous, errors) => {
    validateBinding(object, isNamespaced, errors)
    if (!equalJson(object['roleRef'], previous['roleRef'])) errors.invalid('roleRef', object['roleRef'], 'cannot change roleRef')
  },
})

export const roleRules = role(true)
export const clusterRoleRules = role(false)
export const roleBindingRules = binding(true)
export const clusterRoleBindingRules = binding(false)
