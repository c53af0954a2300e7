import { compareQuantities } from '../../api/quantity.ts'
import type { AnyObject, LabelSelector } from '../../api/types.ts'
import { named, oneOf, validateLabelSelector } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { isDns1123Subdomain, isPathSegment } from './names.ts'
import type { Rules } from './rules.ts'

/** Models pkg/apis/autoscaling/validation/validation.go (v1.35). */

interface Reference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
}
interface Target {
  readonly type?: string
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}
interface MetricIdentifier {
  readonly name?: string
  readonly selector?: LabelSelector
}
interface Source {
  readonly name?: string
  readonly container?: string
  readonly metric?: MetricIdentifier
  readonly describedObject?: Reference
  readonly target?: Target
}
interface Metric {
  readonly type?: string
  readonly resource?: Source
  readonly containerResource?: Source
  readonly pods?: Source
  readonly object?: Source
  readonly external?: Source
}
interface Rule {
  readonly stabilizationWindowSeconds?: number
  readonly selectPolicy?: string
  readonly policies?: readonly { readonly type?: string; readonly value?: number; readonly periodSeconds?: number }[]
  readonly tolerance?: string
}
interface Spec {
  readonly scaleTargetRef?: Reference
  readonly minReplicas?: number
  readonly maxReplicas?: number
  readonly metrics?: readonly Metric[]
  readonly behavior?: { readonly scaleUp?: Rule; readonly scaleDown?: Rule }
}

const POSITIVE = 'must be greater than zero'
const MAX_WINDOW_SECONDS = 3600
const MAX_PERIOD_SECONDS = 1800

function validateAutoscaler(object: AnyObject, errors: FieldErrors): void {
  const spec = (object['spec'] ?? {}) as Spec
  const { minReplicas, maxReplicas = 0, metrics = [] } = spec
  // Zero replicas need a gate that is off by default; what is said is the same either way.
  if (minReplicas !== undefined && minReplicas < 1)
    errors.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')
  if (maxReplicas < 1) errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')
  validateReference(spec.scaleTargetRef ?? {}, 'spec.scaleTargetRef', errors)
  validateMetrics(metrics, minReplicas, errors)
  const { scaleUp, scaleDown } = spec.behavior ?? {}
  if (scaleUp) validateRule(scaleUp, 'spec.behavior.scaleUp', errors)
  if (scaleDown) validateRule(scaleDown, 'spec.behavior.scaleDown', errors)
}

function validateReference({ apiVersion = '', kind, name }: Reference, path: string, errors: FieldErrors): void {
  if (!kind) errors.required(`${path}.kind`)
  else named(kind, isPathSegment, `${path}.kind`, errors)
  if (!name) errors.required(`${path}.name`)
  else named(name, isPathSegment, `${path}.name`, errors)
  if (
    path === 'spec.scaleTargetRef' &&
    !apiVersion.includes('/') &&
    kind !== 'ReplicationController' &&
    (apiVersion === '' || apiVersion === 'v1')
  )
    errors.invalid(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group')
}

const SOURCES = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const

function validateMetrics(metrics: readonly Metric[], minReplicas: number | undefined, errors: FieldErrors): void {
  let scalesFromZero = false
  for (const [i, metric] of metrics.entries()) {
    const path = `spec.metrics[${i}]`
    const { type = '' } = metric
    if (type === 'External' || type === 'Object') scalesFromZero = true
    validateMetric(metric, type, path, errors)
  }
  if (minReplicas === 0 && !scalesFromZero)
    errors.forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas')
}

function validateMetric(metric: Metric, type: string, path: string, errors: FieldErrors): void {
  if (type === '') {
    errors.required(`${path}.type`, 'must specify a metric source type')
    return
  }
  if (!(type in SOURCES)) errors.notSupported(`${path}.type`, type, Object.keys(SOURCES))
  const wanted = SOURCES[type as keyof typeof SOURCES]
  for (const field of ['object', 'pods', 'resource', 'containerResource', 'external'] as const) {
    const source = metric[field]
    if (!source) continue
    if (field !== wanted) errors.forbidden(`${path}.${field}`, 'must populate the given metric source only')
    else validateSource(field, source, `${path}.${field}`, errors)
  }
  if (wanted && !metric[wanted]) errors.required(`${path}.${wanted}`, 'must populate information for the given metric source')
}

function validateSource(field: (typeof SOURCES)[keyof typeof SOURCES], source: Source, path: string, errors: FieldErrors): void {
  const { target } = source
  const targetPath = `${path}.target`
  switch (field) {
    case 'resource':
    case 'containerResource':
      if (!source.name) errors.required(`${path}.name`, 'must specify a resource name')
      if (field === 'containerResource' && !source.container)
        errors.required(`${path}.container`, 'must specify a container name')
      validateTarget(target, targetPath, errors)
      if (target?.averageUtilization === undefined && target?.averageValue === undefined)
        errors.required(`${targetPath}.averageUtilization`, 'must set either a target raw value or a target utilization')
      if (target?.averageUtilization !== undefined && target.averageValue !== undefined)
        errors.forbidden(`${targetPath}.averageValue`, 'may not set both a target raw value and a target utilization')
      break
    case 'pods':
      validateIdentifier(source.metric, `${path}.metric`, errors)
      validateTarget(target, targetPath, errors)
      if (target?.averageValue === undefined || compareQuantities(target.averageValue, '0') <= 0)
        errors.required(`${targetPath}.averageValue`, 'must specify a positive target averageValue')
      break
    case 'object':
      validateReference(source.describedObject ?? {}, `${path}.describedObject`, errors)
      validateIdentifier(source.metric, `${path}.metric`, errors)
      validateTarget(target, targetPath, errors)
      if (target?.value === undefined && target?.averageValue === undefined)
        errors.required(`${targetPath}.averageValue`, 'must set either a target value or averageValue')
      break
    case 'external':
      validateIdentifier(source.metric, `${path}.metric`, errors)
      validateTarget(target, targetPath, errors)
      if (target?.value === undefined && target?.averageValue === undefined)
        errors.required(`${targetPath}.averageValue`, 'must set either a target value for metric or a per-pod target')
      if (target?.value !== undefined && target.averageValue !== undefined)
        errors.forbidden(`${targetPath}.value`, 'may not set both a target value for metric and a per-pod target')
  }
}

function validateIdentifier(metric: MetricIdentifier | undefined, path: string, errors: FieldErrors): void {
  if (!metric?.name) errors.required(`${path}.name`, 'must specify a metric name')
  else named(metric.name, isPathSegment, `${path}.name`, errors)
  validateLabelSelector(metric?.selector, `${path}.selector`, errors)
}

function validateTarget(target: Target | undefined, path: string, errors: FieldErrors): void {
  if (!target?.type) errors.required(`${path}.type`, 'must specify a metric target type')
  else if (!['Utilization', 'Value', 'AverageValue'].includes(target.type))
    errors.invalid(`${path}.type`, target.type, 'must be either Utilization, Value, or AverageValue')
  if (target?.value !== undefined && compareQuantities(target.value, '0') <= 0)
    errors.invalid(`${path}.value`, target.value, 'must be positive')
  if (target?.averageValue !== undefined && compareQuantities(target.averageValue, '0') <= 0)
    errors.invalid(`${path}.averageValue`, target.averageValue, 'must be positive')
  if (target?.averageUtilization !== undefined && target.averageUtilization < 1)
    errors.invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0')
}

function validateRule(rule: Rule, path: string, errors: FieldErrors): void {
  const window = rule.stabilizationWindowSeconds
  if (window !== undefined && window < 0)
    errors.invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero')
  if (window !== undefined && window > MAX_WINDOW_SECONDS)
    errors.invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`)
  oneOf(rule.selectPolicy, ['Disabled', 'Max', 'Min'], `${path}.selectPolicy`, errors)
  const { policies = [] } = rule
  if (policies.length === 0) errors.required(`${path}.policies`, 'must specify at least one Policy')
  for (const [i, { type, value = 0, periodSeconds = 0 }] of policies.entries()) {
    const own = `${path}.policies[${i}]`
    oneOf(type ?? '', ['Percent', 'Pods'], `${own}.type`, errors)
    if (value <= 0) errors.invalid(`${own}.value`, value, POSITIVE)
    if (periodSeconds <= 0) errors.invalid(`${own}.periodSeconds`, periodSeconds, POSITIVE)
    if (periodSeconds > MAX_PERIOD_SECONDS)
      errors.invalid(`${own}.periodSeconds`, periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`)
  }
  if (rule.tolerance !== undefined && compareQuantities(rule.tolerance, '0') < 0)
    errors.invalid(`${path}.tolerance`, rule.tolerance, 'must be greater than or equal to 0')
}

export const autoscalerRules: Rules = {
  name: isDns1123Subdomain,
  create: validateAutoscaler,
  update: (object, _previous, errors) => validateAutoscaler(object, errors),
}
