import type { ApiObject, Condition, LabelSelector, Pod, PodTemplateSpec } from '../api/types.ts'

export interface PodFailurePolicyRule {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  readonly onExitCodes?: {
    readonly containerName?: string
    readonly operator: 'In' | 'NotIn'
    readonly values: readonly number[]
  }
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[]
}

export interface JobSpec {
  readonly parallelism?: number
  readonly completions?: number
  readonly completionMode?: 'NonIndexed' | 'Indexed'
  readonly backoffLimit?: number
  readonly backoffLimitPerIndex?: number
  readonly maxFailedIndexes?: number
  readonly activeDeadlineSeconds?: number
  readonly ttlSecondsAfterFinished?: number
  readonly suspend?: boolean
  readonly managedBy?: string
  readonly podFailurePolicy?: { readonly rules: readonly PodFailurePolicyRule[] }
  readonly podReplacementPolicy?: 'TerminatingOrFailed' | 'Failed'
  readonly successPolicy?: { readonly rules: readonly { readonly succeededIndexes?: string; readonly succeededCount?: number }[] }
  readonly selector?: LabelSelector
  readonly template: PodTemplateSpec
}

export interface JobStatus {
  readonly conditions?: readonly Condition[]
  readonly startTime?: string
  readonly completionTime?: string
  readonly active?: number
  readonly succeeded?: number
  readonly failed?: number
  readonly terminating?: number
  readonly ready?: number
  readonly completedIndexes?: string
  readonly failedIndexes?: string
  readonly uncountedTerminatedPods?: { readonly succeeded?: readonly string[]; readonly failed?: readonly string[] }
}

export interface Job extends ApiObject {
  readonly spec: JobSpec
  readonly status?: JobStatus
}

/** Every pod of a Job carries it until it has been counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking'
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'

export const jobCondition = (job: Job, type: string): Condition | undefined =>
  job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')

/** The condition that ends it: Complete or Failed. */
export const finishedCondition = (job: Job): Condition | undefined => jobCondition(job, 'Complete') ?? jobCondition(job, 'Failed')

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed'

/** Whether a terminating pod is waited for before it is replaced. */
export const replacesFailedOnly = ({ spec }: Job): boolean => spec.podReplacementPolicy === 'Failed'

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false

/** A pod's index, if the Job has such a one. */
export function completionIndex(job: Job, pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX]
  const index = text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined
}

/** Failed, or asked to end before it succeeded (unless the Job waits for the end). Models pkg/controller/job isPodFailed (v1.35). */
export function isFailed(job: Job, pod: Pod): boolean {
  const phase = pod.status?.phase
  if (phase === 'Failed') return true
  return !replacesFailedOnly(job) && pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded'
}
