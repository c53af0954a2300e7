import type { AnyObject, ObjectMeta, PodTemplateSpec } from '../../api/types.ts'
import { each, fill, within } from './fill.ts'
import { withTemplateDefaults } from './pod.ts'

/** Models pkg/apis/batch/v1/defaults.go (v1.35). */

interface JobSpec {
  readonly completions?: number
  readonly parallelism?: number
  readonly backoffLimit?: number
  readonly backoffLimitPerIndex?: number
  readonly podReplacementPolicy?: string
  readonly podFailurePolicy?: {
    readonly rules?: readonly { readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[] }[]
  }
  readonly template: PodTemplateSpec
}

const UNLIMITED = 2_147_483_647

function withJobSpecDefaults(given: JobSpec): JobSpec {
  let spec = within(given, 'template', withTemplateDefaults)
  if (spec.completions === undefined && spec.parallelism === undefined) spec = { ...spec, completions: 1, parallelism: 1 }
  spec = fill(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : UNLIMITED,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  })
  return within(spec, 'podFailurePolicy', (policy) =>
    within(policy, 'rules', (rules) =>
      each(rules, (rule) =>
        within(rule, 'onPodConditions', (conditions) => each(conditions, (condition) => fill(condition, { status: 'True' }))),
      ),
    ),
  )
}

export function withJobDefaults(object: AnyObject): AnyObject {
  const job = within(object as AnyObject & { readonly spec: JobSpec }, 'spec', withJobSpecDefaults)
  const labels = job.spec?.template?.metadata?.labels
  if (!labels || Object.keys(labels).length === 0 || Object.keys(job.metadata.labels ?? {}).length > 0) return job
  const metadata: ObjectMeta = { ...job.metadata, labels }
  return { ...job, metadata }
}

interface CronJobSpec {
  readonly jobTemplate: { readonly spec: JobSpec }
  readonly [field: string]: unknown
}

/** The template of a CronJob gets its Pod's defaults; the Job's own come when it is created. */
export const withCronJobDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly spec: CronJobSpec }, 'spec', (spec) =>
    within(
      fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
      'jobTemplate',
      (jobTemplate) => within(jobTemplate, 'spec', (jobSpec) => within(jobSpec, 'template', withTemplateDefaults)),
    ),
  )
