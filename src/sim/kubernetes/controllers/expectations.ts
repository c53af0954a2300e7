import type { Millis } from '../../kernel/time.ts'

interface Expectation {
  /** Creations whose watch events have not arrived; below zero when strangers' creations were counted, too. */
  creations: number
  /** Keys of objects whose deletion has been asked for and not been seen. */
  readonly deletions: Set<string>
  readonly since: Millis
}

/** What each key has asked for and not yet seen in its cache. Plain data: lives in a controller's state. */
export type Expectations = Map<string, Expectation>

/** After so long a controller no longer waits for a watch event that it must have missed. */
export const EXPECTATIONS_TIMEOUT_MS = 300_000

/**
 * Keeps a controller from acting twice on a cache that does not show its own writes yet.
 * Models pkg/controller UIDTrackingControllerExpectations (v1.35).
 */
export function expectCreations(expectations: Expectations, key: string, count: number, now: Millis): void {
  expectations.set(key, { creations: count, deletions: new Set(), since: now })
}

export function expectDeletions(expectations: Expectations, key: string, names: readonly string[], now: Millis): void {
  expectations.set(key, { creations: 0, deletions: new Set(names), since: now })
}

/** A creation was seen, or will never happen. */
export function creationObserved(expectations: Expectations, key: string): void {
  const expectation = expectations.get(key)
  if (expectation) expectation.creations -= 1
}

/** A deletion was seen (deletionTimestamp or gone), or will never happen. */
export function deletionObserved(expectations: Expectations, key: string, name: string): void {
  expectations.get(key)?.deletions.delete(name)
}

export function expectationsMet(expectations: Expectations, key: string, now: Millis): boolean {
  const expectation = expectations.get(key)
  if (!expectation) return true
  if (expectation.creations <= 0 && expectation.deletions.size === 0) return true
  return now - expectation.since > EXPECTATIONS_TIMEOUT_MS
}
