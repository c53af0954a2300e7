import { equalJson } from '../../api/json-value.ts'
import { matchesLabelSelector } from '../../api/selectors.ts'
import type { AnyObject, LabelSelector, PodTemplateSpec } from '../../api/types.ts'
import { immutable, named, notNegative, oneOf, validateLabelSelector } from './common.ts'
import { scheduleProblem } from './cron-schedule.ts'
import type { FieldErrors } from './field-errors.ts'
import { podTemplateText } from './go-struct.ts'
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, type NameCheck } from './names.ts'
import { IMMUTABLE } from './object-meta.ts'
import { validatePodTemplate } from './pod-spec.ts'
import type { Rules } from './rules.ts'

/** Models pkg/apis/batch/validation/validation.go (v1.35). */

interface PolicyRule {
  readonly action?: string
  readonly onExitCodes?: { readonly containerName?: string; readonly operator?: string; readonly values?: readonly number[] }
  readonly onPodConditions?: readonly { readonly type?: string; readonly status?: string }[]
}
interface SuccessRule {
  readonly succeededIndexes?: string
  readonly succeededCount?: number
}
interface JobSpec {
  readonly parallelism?: number
  readonly completions?: number
  readonly activeDeadlineSeconds?: number
  readonly backoffLimit?: number
  readonly backoffLimitPerIndex?: number
  readonly maxFailedIndexes?: number
  readonly ttlSecondsAfterFinished?: number
  readonly completionMode?: string
  readonly podReplacementPolicy?: string
  readonly manualSelector?: boolean
  readonly suspend?: boolean
  readonly managedBy?: string
  readonly selector?: LabelSelector
  readonly podFailurePolicy?: { readonly rules?: readonly PolicyRule[] }
  readonly successPolicy?: { readonly rules?: readonly SuccessRule[] }
  readonly template?: PodTemplateSpec
}
interface CronJobSpec {
  readonly schedule?: string
  readonly timeZone?: string
  readonly startingDeadlineSeconds?: number
  readonly concurrencyPolicy?: string
  readonly successfulJobsHistoryLimit?: number
  readonly failedJobsHistoryLimit?: number
  readonly jobTemplate?: { readonly spec?: JobSpec }
}

const MAX_INDEXED = 100_000

const jobOf = (object: AnyObject): JobSpec => object['spec'] ?? {}

function validateJobSpec(spec: JobSpec, path: string, errors: FieldErrors): void {
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
  ] as const)
    notNegative(spec[field], `${path}.${field}`, errors)
  if (spec.backoffLimitPerIndex !== undefined && spec.completionMode !== 'Indexed')
    errors.invalid(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, 'requires indexed completion mode')
  if (spec.maxFailedIndexes !== undefined) {
    notNegative(spec.maxFailedIndexes, `${path}.maxFailedIndexes`, errors)
    if (spec.backoffLimitPerIndex === undefined)
      errors.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')
    if (spec.maxFailedIndexes > (spec.completions ?? 0))
      errors.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'must be less than or equal to completions')
  }
  if (spec.completionMode !== undefined) {
    oneOf(spec.completionMode, ['NonIndexed', 'Indexed'], `${path}.completionMode`, errors)
    if (spec.completionMode === 'Indexed') {
      if (spec.completions === undefined) errors.required(`${path}.completions`, 'when completion mode is Indexed')
      if ((spec.parallelism ?? 0) > MAX_INDEXED)
        errors.invalid(
          `${path}.parallelism`,
          spec.parallelism,
          `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
        )
    }
  }
  if (spec.podFailurePolicy) validateFailurePolicy(spec, `${path}.podFailurePolicy`, errors)
  if (spec.successPolicy) validateSuccessPolicy(spec, `${path}.successPolicy`, errors)
  if (spec.podReplacementPolicy !== undefined) {
    if (spec.podFailurePolicy) oneOf(spec.podReplacementPolicy, ['Failed'], `${path}.podReplacementPolicy`, errors)
    else oneOf(spec.podReplacementPolicy, ['Failed', 'TerminatingOrFailed'], `${path}.podReplacementPolicy`, errors)
  }
  if (spec.managedBy !== undefined && !spec.managedBy.includes('/'))
    errors.invalid(`${path}.managedBy`, spec.managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")')
  validatePodTemplate(spec.template, `${path}.template`, errors)
  const restartPolicy = spec.template?.spec?.restartPolicy
  if (restartPolicy === undefined || restartPolicy === 'Always')
    errors.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
  else if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never')
    errors.notSupported(`${path}.template.spec.restartPolicy`, restartPolicy, ['OnFailure', 'Never'])
  else if (spec.podFailurePolicy && restartPolicy !== 'Never')
    errors.invalid(
      `${path}.template.spec.restartPolicy`,
      restartPolicy,
      'only "Never" is supported when podFailurePolicy is specified',
    )
}

function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const rules = spec.podFailurePolicy?.rules ?? []
  if (rules.length > 20) errors.tooMany(`${path}.rules`, rules.length, 20)
  const containers = new Set(
    [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map(({ name }) => name),
  )
  for (const [i, rule] of rules.entries()) {
    const own = `${path}.rules[${i}]`
    if (!rule.action) errors.required(`${own}.action`, 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]')
    else if (rule.action === 'FailIndex') {
      if (spec.backoffLimitPerIndex === undefined)
        errors.invalid(`${own}.action`, rule.action, 'requires the backoffLimitPerIndex to be set')
    } else oneOf(rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], `${own}.action`, errors)
    const { onExitCodes, onPodConditions = [] } = rule
    if (onExitCodes) {
      const at = `${own}.onExitCodes`
      if (!onExitCodes.operator) errors.required(`${at}.operator`, 'valid values: ["In" "NotIn"]')
      else oneOf(onExitCodes.operator, ['In', 'NotIn'], `${at}.operator`, errors)
      if (onExitCodes.containerName !== undefined && !containers.has(onExitCodes.containerName))
        errors.invalid(
          `${at}.containerName`,
          onExitCodes.containerName,
          'must be one of the container or initContainer names in the pod template',
        )
      const values = onExitCodes.values ?? []
      if (values.length === 0) errors.invalid(`${at}.values`, values, 'at least one value is required')
      for (const [j, value] of values.entries()) {
        if (onExitCodes.operator === 'In' && value === 0)
          errors.invalid(`${at}.values[${j}]`, value, 'must not be 0 for the In operator')
        if (j > 0 && value === values[j - 1]) errors.duplicate(`${at}.values[${j}]`, value)
        else if (j > 0 && value < values[j - 1]!) errors.invalid(`${at}.values`, values, 'must be ordered')
      }
    }
    if (onPodConditions.length > 20) errors.tooMany(`${own}.onPodConditions`, onPodConditions.length, 20)
    for (const [j, { type = '', status }] of onPodConditions.entries()) {
      named(type, isQualifiedName, `${own}.onPodConditions[${j}].type`, errors)
      if (!status) errors.required(`${own}.onPodConditions[${j}].status`, 'valid values: ["False" "True" "Unknown"]')
      else oneOf(status, ['False', 'True', 'Unknown'], `${own}.onPodConditions[${j}].status`, errors)
    }
    if (onExitCodes && onPodConditions.length > 0)
      errors.invalid(own, '', 'specifying both OnExitCodes and OnPodConditions is not supported')
    if (!onExitCodes && onPodConditions.length === 0)
      errors.invalid(own, '', 'specifying one of OnExitCodes and OnPodConditions is required')
  }
}

function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  if (spec.completionMode !== 'Indexed') {
    errors.invalid(path, spec.successPolicy, 'requires indexed completion mode')
    return
  }
  const rules = spec.successPolicy?.rules ?? []
  if (rules.length === 0)
    errors.required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')
  if (rules.length > 20) errors.tooMany(`${path}.rules`, rules.length, 20)
  for (const [i, { succeededIndexes, succeededCount }] of rules.entries()) {
    const own = `${path}.rules[${i}]`
    if (succeededIndexes === undefined && succeededCount === undefined)
      errors.required(own, 'at least one of succeededCount or succeededIndexes must be specified')
    notNegative(succeededCount, `${own}.succeededCount`, errors)
    if (succeededCount !== undefined && succeededCount > (spec.completions ?? 0))
      errors.invalid(
        `${own}.succeededCount`,
        succeededCount,
        `must be less than or equal to ${spec.completions ?? 0} (the number of specified completions)`,
      )
  }
}

function validateGeneratedSelector(object: AnyObject, errors: FieldErrors): void {
  const spec = jobOf(object)
  if (spec.manualSelector) return
  const wanted: Readonly<Record<string, string>> = {
    'controller-uid': object.metadata.uid ?? '',
    'job-name': object.metadata.name,
    'batch.kubernetes.io/controller-uid': object.metadata.uid ?? '',
    'batch.kubernetes.io/job-name': object.metadata.name,
  }
  const labels = spec.template?.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(wanted))
    if (labels[key] !== value) errors.invalid('spec.template.metadata.labels', labels, `must be '${value}'`)
  if (!equalJson(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': object.metadata.uid } }))
    errors.invalid('spec.selector', spec.selector, '`selector` not auto-generated')
}

function validateJob(object: AnyObject, errors: FieldErrors): void {
  const spec = jobOf(object)
  validateGeneratedSelector(object, errors)
  if (!spec.selector) errors.required('spec.selector')
  else validateLabelSelector(spec.selector, 'spec.selector', errors)
  if (spec.selector && !matchesLabelSelector(spec.selector, spec.template?.metadata?.labels))
    errors.invalid(
      'spec.template.metadata.labels',
      spec.template?.metadata?.labels ?? null,
      '`selector` does not match template `labels`',
    )
  validateJobSpec(spec, 'spec', errors)
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const last = `${object.metadata.name}-${spec.completions! - 1}`
    for (const problem of isDns1123Label(last))
      errors.invalid(
        'metadata.name',
        object.metadata.name,
        `will not able to create pod with invalid DNS name: ${last}: ${problem}`,
      )
  }
}

/** While a Job is suspended and has never started, where and how its Pods run may still change. */
function validateTemplateUpdate(spec: JobSpec, previous: JobSpec, isMutable: boolean, errors: FieldErrors): void {
  const before = previous.template
  if (equalJson(spec.template, before)) return
  if (isMutable && before) {
    const { nodeSelector, tolerations, affinity, schedulingGates } = spec.template?.spec ?? {}
    const munged = {
      ...before,
      metadata: spec.template?.metadata,
      spec: { ...before.spec, nodeSelector, tolerations, affinity, schedulingGates },
    }
    if (equalJson(spec.template, munged)) return
  }
  errors.invalid('spec.template', podTemplateText(spec.template), IMMUTABLE)
}

function validateJobUpdate(object: AnyObject, previous: AnyObject, errors: FieldErrors): void {
  const spec = jobOf(object)
  const before = jobOf(previous)
  validateJobSpec(spec, 'spec', errors)
  const isElastic =
    spec.completionMode === 'Indexed' && spec.completions === spec.parallelism && before.completions === before.parallelism
  if (!isElastic) immutable(spec.completions, before.completions, 'spec.completions', errors)
  immutable(spec.selector, before.selector, 'spec.selector', errors)
  const status = previous['status'] as { startTime?: string } | undefined
  validateTemplateUpdate(spec, before, before.suspend === true && status?.startTime === undefined, errors)
  immutable(spec.completionMode, before.completionMode, 'spec.completionMode', errors)
  immutable(spec.podFailurePolicy, before.podFailurePolicy, 'spec.podFailurePolicy', errors)
  immutable(spec.backoffLimitPerIndex, before.backoffLimitPerIndex, 'spec.backoffLimitPerIndex', errors)
  immutable(spec.managedBy, before.managedBy, 'spec.managedBy', errors)
  immutable(spec.successPolicy, before.successPolicy, 'spec.successPolicy', errors)
}

export const jobRules: Rules = { name: isDns1123Subdomain, create: validateJob, update: validateJobUpdate }

// CronJob ---------------------------------------------------------------------------------------------------------------

/** Eleven characters are kept for the Jobs' own part. */
const CRON_NAME_MAX = 52

const cronJobName: NameCheck = (name) => [
  ...isDns1123Subdomain(name),
  ...(name.length > CRON_NAME_MAX ? [`must be no more than ${CRON_NAME_MAX} characters`] : []),
]

/** Simplified: the names are held against their shape and regions, not against a database. */
const isTimeZone = (name: string): boolean =>
  /^(UTC|Etc\/.+|GMT|Local|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Za-z_+\-/0-9]+|[A-Z]{3,4}([A-Z0-9]+)?)$/.test(
    name,
  )

function validateCronJob(object: AnyObject, errors: FieldErrors): void {
  const spec = (object['spec'] ?? {}) as CronJobSpec
  const { schedule = '', timeZone, concurrencyPolicy } = spec
  if (schedule === '') errors.required('spec.schedule')
  else {
    const problem = schedule.includes('TZ')
      ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
      : scheduleProblem(schedule)
    if (problem) errors.invalid('spec.schedule', schedule, problem)
  }
  notNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors)
  if (timeZone !== undefined) {
    if (timeZone === '') errors.invalid('spec.timeZone', timeZone, 'timeZone must be nil or non-empty string')
    else if (timeZone.toLowerCase() === 'local')
      errors.invalid(
        'spec.timeZone',
        timeZone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      )
    else if (!isTimeZone(timeZone)) errors.invalid('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)
  }
  if (!concurrencyPolicy) errors.required('spec.concurrencyPolicy')
  else oneOf(concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy', errors)
  validateJobTemplate(spec, errors)
  notNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors)
  notNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors)
}

function validateJobTemplate({ jobTemplate }: CronJobSpec, errors: FieldErrors): void {
  const spec = jobTemplate?.spec ?? {}
  const path = 'spec.jobTemplate.spec'
  validateJobSpec(spec, path, errors)
  if (spec.selector) errors.invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated')
  if (spec.manualSelector) errors.notSupported(`${path}.manualSelector`, spec.manualSelector, ['nil', 'false'])
}

export const cronJobRules: Rules = {
  name: cronJobName,
  create: validateCronJob,
  update: (object, _previous, errors) => validateCronJob(object, errors),
}
