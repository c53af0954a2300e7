import { parseTime, type Millis } from '../../kernel/time.ts'
import type { Pod } from '../api/types.ts'

const BASE_MS: Millis = 10_000
const MAX_MS: Millis = 600_000

/** What a Job remembers of its failures. Plain data. */
export interface BackoffRecord {
  readonly failures: number
  /** Unix milliseconds of the last failure. */
  readonly lastFailureMs: number
}

/** Unix milliseconds at which a pod ended: its containers, else its readiness, else its deletion. Models getFinishedTime (v1.35). */
export function finishedMs(pod: Pod): number {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const ends = statuses.map(({ state }) => parseTime(state?.terminated?.finishedAt))
  if (statuses.length > 0 && (pod.status?.containerStatuses?.length ?? 0) > 0 && ends.every((end) => end !== undefined))
    return Math.max(...ends)
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False') {
    const since = parseTime(ready.lastTransitionTime)
    if (since !== undefined) return since
  }
  const deleted = parseTime(pod.metadata.deletionTimestamp)
  if (deleted !== undefined) return deleted - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000
  return parseTime(pod.metadata.creationTimestamp) ?? 0
}

/** Failures since the last success. Models pkg/controller/job/backoff_utils.go (v1.35). */
export function countFailures(
  before: BackoffRecord | undefined,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): BackoffRecord | undefined {
  const lastSuccess = succeeded.length > 0 ? Math.max(...succeeded.map(finishedMs)) : undefined
  const newer = failed.map(finishedMs).filter((end) => lastSuccess === undefined || end > lastSuccess)
  const base = lastSuccess === undefined ? before : undefined
  if (newer.length === 0) return base
  return { failures: (base?.failures ?? 0) + newer.length, lastFailureMs: Math.max(base?.lastFailureMs ?? 0, ...newer) }
}

/** Time left until pods may be created again: 10 s after the first failure in a row, doubling up to 10 min. */
export function backoffLeftMs(record: BackoffRecord | undefined, unixMs: number): Millis {
  if (!record || record.failures === 0) return 0
  const delay = record.failures > 7 ? MAX_MS : Math.min(BASE_MS * 2 ** (record.failures - 1), MAX_MS)
  return Math.max(0, record.lastFailureMs + delay - unixMs)
}
