import { percentOf } from '../../api/int-or-percent.ts'
import { equalJson } from '../../api/json-value.ts'
import { matchesLabelSelector } from '../../api/selectors.ts'
import type { AnyObject, IntOrString, LabelSelector, PodTemplateSpec } from '../../api/types.ts'
import {
  immutable,
  isBrokenSelector,
  isEmptySelector,
  notMoreThan100Percent,
  notNegative,
  oneOf,
  positiveIntOrPercent,
  validateLabelSelector,
} from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStructText } from './go-struct.ts'
import { isDns1123Label, isDns1123Subdomain } from './names.ts'
import { validatePodTemplate, validateTemplateMetadata } from './pod-spec.ts'
import type { Rules } from './rules.ts'

/** Models pkg/apis/apps/validation/validation.go (v1.35). */

interface RollingUpdate {
  readonly maxSurge?: IntOrString
  readonly maxUnavailable?: IntOrString
  readonly partition?: number
}
interface Strategy {
  readonly type?: string
  readonly rollingUpdate?: RollingUpdate
}
interface WorkloadSpec {
  readonly replicas?: number
  readonly minReadySeconds?: number
  readonly revisionHistoryLimit?: number
  readonly progressDeadlineSeconds?: number
  readonly selector?: LabelSelector
  readonly template?: PodTemplateSpec
  readonly strategy?: Strategy
  readonly updateStrategy?: Strategy
  readonly podManagementPolicy?: string
  readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string }
  readonly ordinals?: { readonly start?: number }
  readonly [field: string]: unknown
}

const specOf = (object: AnyObject): WorkloadSpec => (object['spec'] ?? {}) as WorkloadSpec

const MISMATCH = '`selector` does not match template `labels`'

/** The number that a value stands for; percentages of nothing are read as their own number, text as 0. */
const numberOf = (value: IntOrString | undefined): number => (typeof value === 'number' ? value : (percentOf(value) ?? 0))

/** A controller runs its Pods forever: they always restart and have no deadline. */
function validateForever(template: PodTemplateSpec | undefined, owner: string, path: string, errors: FieldErrors): void {
  const spec = template?.spec
  if (spec?.restartPolicy !== undefined && spec.restartPolicy !== 'Always')
    errors.notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always'])
  if (spec?.activeDeadlineSeconds !== undefined)
    errors.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`)
}

function validateSelector(spec: WorkloadSpec, owner: string, path: string, errors: FieldErrors): void {
  const { selector } = spec
  if (!selector) errors.required(`${path}.selector`)
  else {
    validateLabelSelector(selector, `${path}.selector`, errors)
    if (isEmptySelector(selector)) errors.invalid(`${path}.selector`, selector, `empty selector is invalid for ${owner}`)
  }
}

/** An absent selector selects nothing, an empty one was refused already. */
function validateTemplate(spec: WorkloadSpec, path: string, errors: FieldErrors, owner = 'ReplicaSet'): void {
  const { selector, template } = spec
  const labels = template?.metadata?.labels
  if (selector && isBrokenSelector(selector)) {
    errors.invalid(`${path}.selector`, selector, 'invalid label selector')
    return
  }
  if (!selector || (!isEmptySelector(selector) && !matchesLabelSelector(selector, labels)))
    errors.invalid(`${path}.template.metadata.labels`, labels ?? null, MISMATCH)
  validatePodTemplate(template, `${path}.template`, errors)
  validateForever(template, owner, `${path}.template`, errors)
}

// Status ----------------------------------------------------------------------------------------------------------------

type Counts = Readonly<Record<string, number | undefined>>

/** Numbers of replicas are not negative, none is more than all, and what is available is ready. */
const validateCounts =
  (...fields: readonly string[]) =>
  (object: AnyObject, _previous: AnyObject, errors: FieldErrors): void => {
    const status = (object['status'] ?? {}) as Counts
    for (const field of ['replicas', ...fields, 'observedGeneration', 'collisionCount'])
      notNegative(status[field], `status.${field}`, errors)
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
    for (const field of fields)
      if (field !== 'unavailableReplicas' && (status[field] ?? 0) > replicas)
        errors.invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas')
    if (availableReplicas > readyReplicas)
      errors.invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas')
  }

// Deployment ------------------------------------------------------------------------------------------------------------

function validateDeploymentStrategy(strategy: Strategy, path: string, errors: FieldErrors): void {
  switch (strategy.type) {
    case 'Recreate':
      if (strategy.rollingUpdate)
        errors.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")
      break
    case 'RollingUpdate': {
      const { rollingUpdate } = strategy
      const own = `${path}.rollingUpdate`
      if (!rollingUpdate) {
        errors.required(own, 'this should be defaulted and never be nil')
        break
      }
      positiveIntOrPercent(rollingUpdate.maxUnavailable, `${own}.maxUnavailable`, errors)
      positiveIntOrPercent(rollingUpdate.maxSurge, `${own}.maxSurge`, errors)
      if (numberOf(rollingUpdate.maxUnavailable) === 0 && numberOf(rollingUpdate.maxSurge) === 0)
        errors.invalid(`${own}.maxUnavailable`, rollingUpdate.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0')
      notMoreThan100Percent(rollingUpdate.maxUnavailable, `${own}.maxUnavailable`, errors)
      break
    }
    default:
      errors.notSupported(path, goStructText('DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate'])
  }
}

function validateDeployment(object: AnyObject, errors: FieldErrors): void {
  const spec = specOf(object)
  notNegative(spec.replicas, 'spec.replicas', errors)
  validateSelector(spec, 'deployment', 'spec', errors)
  validateTemplate(spec, 'spec', errors)
  validateDeploymentStrategy(spec.strategy ?? {}, 'spec.strategy', errors)
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
  const deadline = spec.progressDeadlineSeconds
  if (deadline !== undefined) {
    notNegative(deadline, 'spec.progressDeadlineSeconds', errors)
    const { minReadySeconds = 0 } = spec
    if (deadline <= minReadySeconds && !(deadline === 0 && minReadySeconds < 0))
      errors.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')
  }
}

const immutableSelector = (object: AnyObject, previous: AnyObject, errors: FieldErrors): void =>
  immutable(specOf(object).selector, specOf(previous).selector, 'spec.selector', errors)

export const deploymentRules: Rules = {
  name: isDns1123Subdomain,
  create: validateDeployment,
  status: validateCounts('updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'),
  update: (object, previous, errors) => {
    validateDeployment(object, errors)
    immutableSelector(object, previous, errors)
  },
}

// ReplicaSet and ReplicationController ------------------------------------------------------------------------------------

function validateReplicaSet(object: AnyObject, errors: FieldErrors): void {
  const spec = specOf(object)
  notNegative(spec.replicas, 'spec.replicas', errors)
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  validateSelector(spec, 'deployment', 'spec', errors)
  if (spec.template) validateTemplate(spec, 'spec', errors)
  else errors.required('spec.template')
}

export const replicaSetRules: Rules = {
  name: isDns1123Subdomain,
  create: validateReplicaSet,
  status: validateCounts('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
  update: (object, previous, errors) => {
    validateReplicaSet(object, errors)
    immutableSelector(object, previous, errors)
  },
}

interface ReplicationControllerSpec {
  readonly replicas?: number
  readonly minReadySeconds?: number
  readonly selector?: Readonly<Record<string, string>>
  readonly template?: PodTemplateSpec
}

function validateReplicationController(object: AnyObject, errors: FieldErrors): void {
  const spec = (object['spec'] ?? {}) as ReplicationControllerSpec
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  const { selector = {}, template } = spec
  if (Object.keys(selector).length === 0) errors.required('spec.selector')
  notNegative(spec.replicas, 'spec.replicas', errors)
  if (!template) {
    errors.required('spec.template')
    return
  }
  const labels = template.metadata?.labels
  if (Object.keys(selector).length > 0 && !matchesLabelSelector({ matchLabels: selector }, labels))
    errors.invalid('spec.template.metadata.labels', labels ?? null, MISMATCH)
  validatePodTemplate(template, 'spec.template', errors)
  validateForever(template, 'ReplicationController', 'spec.template', errors)
}

export const replicationControllerRules: Rules = {
  name: isDns1123Subdomain,
  create: validateReplicationController,
  status: validateCounts('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
  update: (object, _previous, errors) => validateReplicationController(object, errors),
}

export const podTemplateRules: Rules = {
  name: isDns1123Subdomain,
  create: (object, errors) => validatePodTemplate(object['template'] as PodTemplateSpec, 'template', errors),
  update: (object, _previous, errors) => validatePodTemplate(object['template'] as PodTemplateSpec, 'template', errors),
}

// StatefulSet -------------------------------------------------------------------------------------------------------------

function validateStatefulSet(object: AnyObject, errors: FieldErrors): void {
  const spec = specOf(object)
  const policy = spec.podManagementPolicy
  if (!policy) errors.required('spec.podManagementPolicy')
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  const path = 'spec.updateStrategy'
  if (!type) errors.required(path)
  else if (type === 'OnDelete') {
    if (rollingUpdate) errors.invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")
  } else if (type === 'RollingUpdate') {
    notNegative(rollingUpdate?.partition, `${path}.rollingUpdate.partition`, errors)
    if (rollingUpdate?.maxUnavailable !== undefined) {
      positiveIntOrPercent(rollingUpdate.maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, errors)
      if (numberOf(rollingUpdate.maxUnavailable) === 0)
        errors.invalid(`${path}.rollingUpdate.maxUnavailable`, rollingUpdate.maxUnavailable, 'cannot be 0')
      notMoreThan100Percent(rollingUpdate.maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, errors)
    }
  } else errors.invalid(path, spec.updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")
  const retention = spec.persistentVolumeClaimRetentionPolicy
  for (const field of ['whenDeleted', 'whenScaled'] as const)
    oneOf(retention?.[field], ['Delete', 'Retain'], `spec.persistentVolumeClaimRetentionPolicy.${field}`, errors)
  notNegative(spec.replicas, 'spec.replicas', errors)
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  notNegative(spec.ordinals?.start, 'spec.ordinals.start', errors)
  if (!spec.selector) errors.required('spec.selector')
  else {
    validateLabelSelector(spec.selector, 'spec.selector', errors)
    if (isEmptySelector(spec.selector))
      errors.invalid('spec.selector', spec.selector, 'empty selector is invalid for statefulset')
  }
  validateStatefulTemplate(spec, errors)
}

/** Upstream does not look into the Pods of a StatefulSet, whose claims give volumes that the template lacks: what is wrong there shows when a Pod is created. */
function validateStatefulTemplate({ selector, template }: WorkloadSpec, errors: FieldErrors): void {
  const labels = template?.metadata?.labels
  if (selector && isBrokenSelector(selector)) errors.invalid('spec.selector', selector, '')
  else {
    if (!selector || (!isEmptySelector(selector) && !matchesLabelSelector(selector, labels)))
      errors.invalid('spec.template.metadata.labels', labels ?? null, MISMATCH)
    validateTemplateMetadata(template, 'spec.template', errors)
  }
  validateForever(template, 'StatefulSet', 'spec.template', errors)
}

const STATEFUL_MUTABLE = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'persistentVolumeClaimRetentionPolicy',
  'revisionHistoryLimit',
]

export const statefulSetRules: Rules = {
  name: isDns1123Label,
  create: validateStatefulSet,
  status: validateCounts('readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'),
  update: (object, previous, errors) => {
    validateStatefulSet(object, errors)
    const rest = (spec: WorkloadSpec): object =>
      Object.fromEntries(Object.entries(spec).filter(([field]) => !STATEFUL_MUTABLE.includes(field)))
    if (!equalJson(rest(specOf(object)), rest(specOf(previous))))
      errors.forbidden(
        'spec',
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      )
  },
}

// DaemonSet ---------------------------------------------------------------------------------------------------------------

function validateDaemonSet(object: AnyObject, errors: FieldErrors): void {
  const spec = specOf(object)
  const { selector, template } = spec
  validateLabelSelector(selector, 'spec.selector', errors)
  const labels = template?.metadata?.labels
  if (selector && !isBrokenSelector(selector) && !matchesLabelSelector(selector, labels))
    errors.invalid('spec.template.metadata.labels', labels ?? null, MISMATCH)
  if (!selector) errors.invalid('spec.template.metadata.labels', labels ?? null, MISMATCH)
  if (selector && isEmptySelector(selector)) errors.invalid('spec.selector', selector, 'empty selector is invalid for daemonset')
  validatePodTemplate(template, 'spec.template', errors)
  validateForever(template, 'DaemonSet', 'spec.template', errors)
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  const path = 'spec.updateStrategy'
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  if (type === 'RollingUpdate') {
    if (!rollingUpdate) errors.required(`${path}.rollingUpdate`)
    else validateDaemonSetRolling(rollingUpdate, `${path}.rollingUpdate`, errors)
  } else if (type !== 'OnDelete')
    errors.notSupported(path, goStructText('DeploymentStrategy', spec.updateStrategy), ['OnDelete', 'RollingUpdate'])
  notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
}

function validateDaemonSetRolling({ maxSurge, maxUnavailable }: RollingUpdate, path: string, errors: FieldErrors): void {
  const unavailable = numberOf(maxUnavailable)
  const surge = numberOf(maxSurge)
  if (unavailable !== 0 || surge === 0) positiveIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors)
  positiveIntOrPercent(maxSurge, `${path}.maxSurge`, errors)
  notMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`, errors)
  notMoreThan100Percent(maxSurge, `${path}.maxSurge`, errors)
  if (unavailable === 0 && surge === 0)
    errors.invalid(`${path}.maxUnavailable`, maxUnavailable ?? 0, 'cannot be 0 when maxSurge is 0')
  if (unavailable !== 0 && surge !== 0)
    errors.invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')
}

export const daemonSetRules: Rules = {
  name: isDns1123Subdomain,
  create: validateDaemonSet,
  update: (object, previous, errors) => {
    immutableSelector(object, previous, errors)
    validateDaemonSet(object, errors)
  },
}
