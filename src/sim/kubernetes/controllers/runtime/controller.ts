import type { CauseId } from '../../../kernel/causes.ts'
import type { Rng } from '../../../kernel/rng.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Api } from '../../api/client.ts'
import type { AnyObject } from '../../api/types.ts'
import type { Change } from '../../apiserver/informer.ts'
import type { EventRecorder } from '../../events/recorder.ts'

/** What a controller may read: the shared informer caches, which lag behind the API server. */
export interface Lister {
  get(resource: string, namespace: string, name: string): AnyObject | undefined
  list(resource: string): Iterable<AnyObject>
  listNamespace(resource: string, namespace: string): readonly AnyObject[]
  /** Indexes every controller manager has: `pods/owner` (uid of the controlling owner), `pods/node`, `replicasets.apps/owner`, `pods/orphan-namespace`. */
  byIndex(resource: string, index: string, value: string): Iterable<AnyObject>
}

/** All that a controller may touch. What is not in here, it cannot know. */
export interface Context<State = unknown> {
  /** Simulated milliseconds since the start. */
  readonly now: Millis
  /** Unix milliseconds, for timestamps in objects. */
  readonly unixMs: number
  readonly rng: Rng
  /** Writes, and reads that bypass the cache. Each takes a turn of the controller's rate limit and waits for it. */
  readonly api: Api
  /** Takes turns of the rate limit for requests that go out side by side, and says when each comes. */
  readonly reserve: (count: number) => readonly Millis[]
  /** Sends writes that go out side by side, their turns taken with `reserve` and come: together they take the time of one. */
  readonly sideBySide: <T>(send: (api: Api) => T) => T
  readonly cache: Lister
  readonly events: EventRecorder
  /** The controller's own memory: plain data, lost when the process stops. */
  readonly state: State
  /** Puts a key into this controller's queue; after `delayMs` when given. Earlier of two wins; duplicates merge. */
  readonly enqueue: (key: string, delayMs?: Millis, cause?: CauseId) => void
}

/**
 * - `done`: forget the key's failures.
 * - `again`: look again after so long (failures forgotten).
 * - `retry`: something was refused; retry with back-off (see `retryMs`).
 * - `rest`: cut, for many requests that wait for their turns. `resume` goes on with this after `afterMs`; until then nobody else looks at the key and
 *   the worker is busy. Plain data, never changed once it is handed over: a snapshot may fall in between.
 */
export type Outcome =
  | { readonly done: true }
  | { readonly againMs: Millis }
  | { readonly retry: string }
  | { readonly rest: unknown; readonly afterMs: Millis }

export const DONE: Outcome = { done: true }
export const retry = (why: string): Outcome => ({ retry: why })

/** Level-triggered and idempotent: the event that woke it is forgotten, only the key arrives. */
export interface Controller<State = unknown> {
  /** As upstream names it: `replicaset-controller`. */
  readonly name: string
  /** What its events give as their source, where that is not its name. */
  readonly eventSource?: string
  /** Which changes wake it, and for which keys. `enqueue` through the context; runs in the informer's goroutine, so it must only look. */
  readonly watches: Readonly<Record<string, (change: Change, context: Context<State>) => void>>
  /** Keys that come round by themselves. */
  readonly periodic?: readonly { readonly key: string; readonly everyMs: Millis; readonly firstMs?: Millis }[]
  readonly initialState?: () => State
  /** Retries after which a key is dropped; absent: never. */
  readonly maxRetries?: number
  /** Wait before the first retry, doubled each time up to the most; absent: 5 ms to 1000 s. */
  readonly retryMs?: { readonly first: Millis; readonly most: Millis }
  /** How many keys it looks at side by side: upstream's `--concurrent-…-syncs`; absent: 1. */
  readonly workers?: number
  /** How many times the common rate limit its client has; absent: once. */
  readonly clientRateTimes?: { readonly qps: number; readonly burst: number }
  reconcile(context: Context<State>, key: string): Outcome
  /** Goes on with a look that was cut. */
  resume?(context: Context<State>, key: string, rest: unknown): Outcome
}
