import type { Pod } from '../api/types.ts'
import { parseIndexes } from './index-set.ts'
import { finishedMs } from './job-backoff.ts'
import { completionIndex, isFailed, isTracked, type Job, replacesFailedOnly } from './job-types.ts'
import { judgeFailure } from './pod-failure-policy.ts'
import { isPodActive, isPodTerminating } from './pod-state.ts'

const FAILURES = 'batch.kubernetes.io/job-index-failure-count'
const IGNORED = 'batch.kubernetes.io/job-index-ignored-failure-count'

/** What has become of each index of an Indexed Job. */
export interface Indexes {
  /** Counted in the status before this look. */
  readonly counted: ReadonlySet<number>
  readonly succeeded: ReadonlySet<number>
  /** With a back-off limit per index only. */
  readonly failed: ReadonlySet<number> | undefined
  /** The failed pod of an index that is kept until its successor exists. */
  readonly awaiting: ReadonlyMap<number, Pod>
}

const annotation = (pod: Pod, name: string): number => Number(pod.metadata.annotations?.[name] ?? 0) || 0
export const failuresOfIndex = (pod: Pod): number => annotation(pod, FAILURES) + annotation(pod, IGNORED)

function failsIndex(job: Job, pod: Pod): boolean {
  if (!isFailed(job, pod)) return false
  const { counts, action } = judgeFailure(job, pod)
  return action === 'FailIndex' || (counts && annotation(pod, FAILURES) >= job.spec.backoffLimitPerIndex!)
}

/** Models pkg/controller/job/indexed_job_utils.go (v1.35). */
export function readIndexes(job: Job, pods: readonly Pod[]): Indexes {
  const completions = job.spec.completions ?? 0
  const counted = parseIndexes(job.status?.completedIndexes, completions)
  const succeeded = new Set(counted)
  const perIndex = job.spec.backoffLimitPerIndex !== undefined
  const failed = perIndex ? parseIndexes(job.status?.failedIndexes, completions) : undefined
  const active = new Set<number>()
  for (const pod of pods) {
    const index = completionIndex(job, pod)
    if (index === undefined) continue
    if (isPodActive(pod)) active.add(index)
    if (!isTracked(pod)) continue
    if (pod.status?.phase === 'Succeeded') succeeded.add(index)
    else if (failed && failsIndex(job, pod)) failed.add(index)
  }
  const awaiting = new Map<number, Pod>()
  if (failed)
    for (const pod of pods) {
      const index = completionIndex(job, pod)
      if (index === undefined || !isTracked(pod) || !isFailed(job, pod)) continue
      if (succeeded.has(index) || failed.has(index) || active.has(index)) continue
      const known = awaiting.get(index)
      if (!known || (failuresOfIndex(known) <= failuresOfIndex(pod) && finishedMs(known) <= finishedMs(pod)))
        awaiting.set(index, pod)
    }
  return { counted, succeeded, failed, awaiting }
}

/** The lowest indexes without a pod that works on them or has worked on them. */
export function pendingIndexes(job: Job, pods: readonly Pod[], { succeeded, failed }: Indexes, count: number): readonly number[] {
  const taken = new Set([...succeeded, ...(failed ?? [])])
  for (const pod of pods) {
    const index = completionIndex(job, pod)
    if (index !== undefined && (isPodActive(pod) || (replacesFailedOnly(job) && isPodTerminating(pod)))) taken.add(index)
  }
  const pending: number[] = []
  for (let index = 0; index < (job.spec.completions ?? 0) && pending.length < count; index++)
    if (!taken.has(index)) pending.push(index)
  return pending
}

/** The failure counts that the successor of `pod` starts with. */
export function failureAnnotations(job: Job, pod: Pod | undefined): Readonly<Record<string, string>> {
  if (!pod) return { [FAILURES]: '0' }
  const { counts } = judgeFailure(job, pod)
  const ignored = annotation(pod, IGNORED) + (counts ? 0 : 1)
  return {
    [FAILURES]: String(annotation(pod, FAILURES) + (counts ? 1 : 0)),
    ...(ignored > 0 ? { [IGNORED]: String(ignored) } : {}),
  }
}

/** What a success policy says: the text of the rule that is met. */
export function successPolicyMet({ spec }: Job, succeeded: ReadonlySet<number>): string | undefined {
  for (const [position, { succeededIndexes, succeededCount }] of (spec.successPolicy?.rules ?? []).entries()) {
    let isMet: boolean
    if (succeededIndexes !== undefined) {
      const required = [...parseIndexes(succeededIndexes, spec.completions ?? 0)]
      const done = required.filter((index) => succeeded.has(index)).length
      isMet = done >= (succeededCount ?? required.length)
    } else isMet = succeededCount !== undefined && succeeded.size >= succeededCount
    if (isMet) return `Matched rules at index ${position}`
  }
  return undefined
}
