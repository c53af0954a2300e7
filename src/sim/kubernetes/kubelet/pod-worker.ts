import type { RuntimePod } from '../../infrastructure/container-runtime.ts'
import type { CauseId } from '../../kernel/causes.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Condition, Pod } from '../api/types.ts'
import type { Kill } from './pod-actions.ts'
import type { StartFailure } from './pod-status.ts'

/** What a kill asked by the kubelet itself says in the Pod's status once it is over. */
export interface StatusPatch {
  readonly phase: 'Failed'
  readonly reason: string
  readonly message: string
  readonly condition?: Condition
}

export interface KillOptions {
  /** Seconds. */
  readonly grace?: number
  readonly evict?: boolean
  readonly patch?: StatusPatch
}

export interface PodUpdate {
  readonly type: 'create' | 'update' | 'sync' | 'kill'
  readonly pod: Pod
  readonly kill?: KillOptions
  readonly cause: CauseId
}

/** One thing after another within a sync. */
export type Step =
  | { readonly do: 'volumes' }
  | { readonly do: 'act' }
  | { readonly do: 'kill'; readonly kills: readonly Kill[]; readonly grace?: number; readonly inOrder: boolean }
  | { readonly do: 'stop-sandboxes' }
  /** Of init containers, all dead instances (with a new sandbox) or all but one go. */
  | { readonly do: 'prune-inits'; readonly keep: number }
  | { readonly do: 'run-sandbox'; readonly attempt: number }
  | { readonly do: 'start'; readonly name: string; readonly kind: 'ephemeral' | 'init' | 'app' }
  | { readonly do: 'create'; readonly name: string }
  | { readonly do: 'created'; readonly name: string }
  | { readonly do: 'launched'; readonly name: string; readonly containerId: string }
  | { readonly do: 'sandbox-made'; readonly attempt: number }
  | { readonly do: 'post-start'; readonly name: string; readonly containerId: string }
  | { readonly do: 'hook-ended'; readonly name: string; readonly containerId: string; readonly message: string | undefined }
  | { readonly do: 'failed'; readonly name: string; readonly failure: StartFailure }
  | { readonly do: 'resize' }
  | { readonly do: 'stopped' }
  | { readonly do: 'unmounted' }

export type SyncError =
  | { readonly type: 'back-off'; readonly until: Millis }
  | { readonly type: 'network' }
  | { readonly type: 'other' }
  | { readonly type: 'cancelled' }

export interface SyncRun {
  readonly token: number
  readonly work: 'sync' | 'terminating' | 'terminated'
  readonly update: PodUpdate
  /** What the cache said when it began. */
  readonly runtime: RuntimePod
  steps: Step[]
  sandboxId: string
  /** Results of starts, in order; undefined: it went well. */
  results: { readonly name: string; readonly failure: StartFailure | undefined }[]
  errors: SyncError[]
  /** The containers that it waits for to end. */
  killing: string[]
  volumesSince: Millis
  isTerminal: boolean
}

export interface PodWorker {
  readonly uid: string
  pod: Pod
  pending: PodUpdate | undefined
  /** It has work: it waits for fresh runtime data or runs. */
  working: boolean
  /** Taken from pending, waits for the next look at the runtime. */
  waiting: { readonly update: PodUpdate; readonly work: SyncRun['work'] } | undefined
  run: SyncRun | undefined
  last: PodUpdate | undefined
  lastSyncAt: Millis
  terminatingAt: Millis | undefined
  startedTerminating: boolean
  terminatedAt: Millis | undefined
  finished: boolean
  deleted: boolean
  evicted: boolean
  /** The context of the sync under way is cancelled. */
  cancelled: boolean
  /** Seconds; 0: not decided yet. */
  grace: number
  patches: readonly StatusPatch[]
  /** Only the runtime knows this Pod. */
  isOrphan: boolean
  requeueToken: number
  /** A Pod of the same uid is wanted again after this one is gone (a static Pod's file came back). */
  restartRequested: boolean
}

/** Before every possible moment of a simulation. */
const NEVER: Millis = -1_000_000_000_000

export const newWorker = (pod: Pod): PodWorker => ({
  uid: pod.metadata.uid!,
  pod,
  pending: undefined,
  working: false,
  waiting: undefined,
  run: undefined,
  last: undefined,
  lastSyncAt: NEVER,
  terminatingAt: undefined,
  startedTerminating: false,
  terminatedAt: undefined,
  finished: false,
  deleted: false,
  evicted: false,
  cancelled: false,
  grace: 0,
  patches: [],
  isOrphan: false,
  requeueToken: 0,
  restartRequested: false,
})

/** Models calculateEffectiveGracePeriod: it can only get shorter and is never below one second. */
export function effectiveGrace(worker: PodWorker, pod: Pod, asked: number | undefined): number {
  let grace = worker.grace
  const ofApi = pod.metadata.deletionGracePeriodSeconds
  if (ofApi !== undefined && (grace === 0 || ofApi < grace)) grace = ofApi
  if (asked !== undefined && (grace === 0 || asked < grace)) grace = asked
  if (grace === 0 && ofApi === undefined && pod.spec.terminationGracePeriodSeconds !== undefined)
    grace = pod.spec.terminationGracePeriodSeconds
  return Math.max(1, grace)
}
