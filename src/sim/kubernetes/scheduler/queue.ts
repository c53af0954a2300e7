import type { Pod } from '../api/types.ts'
import type { ClusterCache } from './cache.ts'
import { podUpdateEvents, type ClusterEvent, type EventAction, type HintedEvent } from './cluster-events.ts'
import type { Queued } from './framework.ts'
import { podKey, priorityOf } from './pod-info.ts'
import { pluginsOf, type Profile } from './profile.ts'

export type QueueName = 'active' | 'backoff' | 'errorBackoff' | 'unschedulable'

/** A pod that waits, as plain data. Times are milliseconds. */
export interface QueuedPod extends Queued {
  readonly pod: Pod
  /** Order of arrival: the last word between equals. */
  readonly sequence: number
  readonly initialAttemptTimestamp: number | undefined
  readonly attempts: number
  /** Attempts that ended with a rejection. */
  readonly unschedulableCount: number
  /** Attempts in a row that ended with an error. */
  readonly consecutiveErrors: number
  /** Plugins that rejected the pod at its last attempt, or at the door. */
  readonly rejectedBy: readonly string[]
  /** The plugin that holds it at the door; it was not tried. */
  readonly gatedBy?: string
}

/** A pod changed queues. */
export interface QueueMove {
  readonly pod: string
  readonly from: QueueName | 'new' | 'inFlight'
  readonly to: QueueName
  /** `Node/UpdateNodeTaint`, `ScheduleAttemptFailure`, `BackoffComplete`, … */
  readonly because: string
}

interface InFlight {
  readonly entry: QueuedPod
  /** What happened while it was being tried. */
  readonly events: readonly ClusterEvent[]
}

export interface QueueSnapshot {
  readonly active: readonly QueuedPod[]
  readonly backoff: readonly QueuedPod[]
  readonly errorBackoff: readonly QueuedPod[]
  readonly unschedulable: readonly QueuedPod[]
  readonly inFlight: readonly InFlight[]
  readonly preempting: readonly string[]
  readonly sequence: number
}

export interface QueueOptions {
  readonly profiles: readonly Profile[]
  readonly cluster: ClusterCache
  readonly initialBackoffSeconds?: number
  readonly maxBackoffSeconds?: number
}

const SECOND = 1000
/** How often `flushBackoff` is due. */
export const BACKOFF_FLUSH_MS = SECOND
/** How often `flushUnschedulable` is due. */
export const UNSCHEDULABLE_FLUSH_MS = 30 * SECOND
/** Longest stay among the unschedulable. */
const MAX_IN_UNSCHEDULABLE_MS = 5 * 60 * SECOND

const floorToSecond = (ms: number): number => Math.floor(ms / SECOND) * SECOND

export const eventName = ({ resource, action }: ClusterEvent): string => `${resource}/${action}`

/**
 * Whoever asks about new nodes is woken by every taint change as well: upstream's remedy for an event that could be missed (issue
 * 109437). So a pod that lacks cpu is tried again when a taint changes, but not when a label does.
 */
function withTaintUpdates(events: readonly HintedEvent[]): readonly HintedEvent[] {
  const asks = (action: EventAction): boolean =>
    events.some((event) => event.resource === 'Node' && event.actions.includes(action))
  return asks('Add') && !asks('UpdateNodeTaint') ? [...events, { resource: 'Node', actions: ['UpdateNodeTaint'] }] : events
}

type Strategy = 'skip' | 'afterBackoff'

/**
 * Pods that wait for a scheduling cycle. Time is always given; every change of queue is answered with its reason.
 * Models pkg/scheduler/backend/queue (v1.35).
 */
export class SchedulingQueue {
  readonly #profiles: ReadonlyMap<string, Profile>
  readonly #cluster: ClusterCache
  readonly #initialBackoffMs: number
  readonly #maxBackoffMs: number
  /** Scheduler name → plugin → events. */
  readonly #hints: ReadonlyMap<string, ReadonlyMap<string, readonly HintedEvent[]>>
  readonly #isBefore: (a: Queued, b: Queued) => boolean
  /** Sorted. */
  #active: QueuedPod[] = []
  readonly #activeKeys = new Set<string>()
  readonly #backoff = new Map<string, QueuedPod>()
  readonly #errorBackoff = new Map<string, QueuedPod>()
  readonly #unschedulable = new Map<string, QueuedPod>()
  readonly #inFlight = new Map<string, InFlight>()
  readonly #preempting = new Set<string>()
  #sequence = 0

  constructor({ profiles, cluster, initialBackoffSeconds = 1, maxBackoffSeconds = 10 }: QueueOptions) {
    this.#profiles = new Map(profiles.map((profile) => [profile.schedulerName, profile]))
    this.#cluster = cluster
    this.#initialBackoffMs = initialBackoffSeconds * SECOND
    this.#maxBackoffMs = maxBackoffSeconds * SECOND
    this.#hints = new Map(
      profiles.map((profile) => [
        profile.schedulerName,
        new Map(pluginsOf(profile).map((plugin) => [plugin.name, withTaintUpdates(plugin.events ?? [])])),
      ]),
    )
    const sort = profiles[0]?.queueSort
    this.#isBefore = (a, b) => sort?.less?.(a, b) ?? false
  }

  // Pods come and go ------------------------------------------------------------------------------------------------

  /** A pod without a node appeared. */
  add(pod: Pod, now: number): readonly QueueMove[] {
    const key = podKey(pod)
    if (this.has(key)) return this.update(pod, now)
    const entry: QueuedPod = {
      pod,
      priority: priorityOf(pod),
      timestamp: now,
      sequence: this.#sequence++,
      initialAttemptTimestamp: undefined,
      attempts: 0,
      unschedulableCount: 0,
      consecutiveErrors: 0,
      rejectedBy: [],
    }
    return [{ pod: key, from: 'new', to: this.#toActive(entry), because: 'PodAdd' }]
  }

  /** A waiting pod changed; that may be what it waited for. */
  update(pod: Pod, now: number): readonly QueueMove[] {
    const key = podKey(pod)
    const replace = (entry: QueuedPod): QueuedPod => ({ ...entry, pod, priority: priorityOf(pod) })
    const flying = this.#inFlight.get(key)
    if (flying) {
      const events = podUpdateEvents(flying.entry.pod, pod)
      this.#inFlight.set(key, { entry: replace(flying.entry), events: [...flying.events, ...events] })
      return []
    }
    const active = this.#takeActive(key)
    if (active) {
      this.#insertActive(replace(active))
      return []
    }
    for (const queue of [this.#backoff, this.#errorBackoff]) {
      const entry = queue.get(key)
      if (!entry) continue
      queue.set(key, replace(entry))
      return []
    }
    const waiting = this.#unschedulable.get(key)
    if (!waiting) return this.add(pod, now)
    this.#unschedulable.set(key, replace(waiting))
    for (const event of podUpdateEvents(waiting.pod, pod)) {
      const moves = this.#moveFor(event, [replace(waiting)], now)
      if (moves.length > 0) return moves
    }
    return []
  }

  /** The pod was deleted, or bound by somebody. */
  delete(key: string): void {
    this.#takeActive(key)
    this.#backoff.delete(key)
    this.#errorBackoff.delete(key)
    this.#unschedulable.delete(key)
    this.#preempting.delete(key)
  }

  has(key: string): boolean {
    return this.where(key) !== undefined || this.#inFlight.has(key)
  }

  where(key: string): QueueName | undefined {
    if (this.#unschedulable.has(key)) return 'unschedulable'
    if (this.#backoff.has(key)) return 'backoff'
    if (this.#errorBackoff.has(key)) return 'errorBackoff'
    return this.#activeKeys.has(key) ? 'active' : undefined
  }

  /** A pod that waits, and in which queue. */
  find(key: string): { readonly queue: QueueName; readonly entry: QueuedPod } | undefined {
    const queue = this.where(key)
    if (queue === undefined) return undefined
    const entry =
      queue === 'active'
        ? this.#active.find(({ pod }) => podKey(pod) === key)
        : { unschedulable: this.#unschedulable, backoff: this.#backoff, errorBackoff: this.#errorBackoff }[queue].get(key)
    return entry && { queue, entry }
  }

  /** All that wait: active in the order in which they are tried, back-off in the order in which it ends. */
  list(): readonly { readonly queue: QueueName; readonly entry: QueuedPod }[] {
    const { active, backoff, errorBackoff, unschedulable } = this.snapshot()
    return (
      [
        ['active', active],
        ['backoff', backoff],
        ['errorBackoff', errorBackoff],
        ['unschedulable', unschedulable],
      ] as const
    ).flatMap(([queue, entries]) => entries.map((entry) => ({ queue, entry })))
  }

  get sizes(): Readonly<Record<QueueName, number>> {
    return {
      active: this.#active.length,
      backoff: this.#backoff.size,
      errorBackoff: this.#errorBackoff.size,
      unschedulable: this.#unschedulable.size,
    }
  }

  /** Whether `pop` would give a pod. */
  get isReady(): boolean {
    return this.#active.length > 0 || this.#backoff.size > 0
  }

  // Cycles ----------------------------------------------------------------------------------------------------------

  /** The next pod to try. When nothing is active, one in back-off goes before its time. */
  pop(now: number): QueuedPod | undefined {
    let entry = this.#active.shift()
    if (entry) this.#activeKeys.delete(podKey(entry.pod))
    else {
      for (const other of this.#backoff.values()) if (!entry || this.#compareBackoff(other, entry) < 0) entry = other
      if (!entry) return undefined
      this.#backoff.delete(podKey(entry.pod))
    }
    const { gatedBy: _gatedBy, ...rest } = entry
    const popped: QueuedPod = {
      ...rest,
      attempts: entry.attempts + 1,
      initialAttemptTimestamp: entry.initialAttemptTimestamp ?? now,
      rejectedBy: [],
    }
    this.#inFlight.set(podKey(entry.pod), { entry: popped, events: [] })
    return popped
  }

  /** The pod is on its way to a node, or gone. */
  done(key: string): void {
    this.#inFlight.delete(key)
  }

  /** The attempt failed. No rejecting plugin means an error. */
  fail(key: string, rejectedBy: readonly string[], now: number): readonly QueueMove[] {
    const flying = this.#inFlight.get(key)
    if (!flying) return []
    this.#inFlight.delete(key)
    const isError = rejectedBy.length === 0
    const { entry } = flying
    const failed: QueuedPod = {
      ...entry,
      rejectedBy,
      timestamp: now,
      consecutiveErrors: isError ? entry.consecutiveErrors + 1 : 0,
      unschedulableCount: isError ? entry.unschedulableCount : entry.unschedulableCount + 1,
    }
    const waker = isError ? undefined : flying.events.find((event) => this.#strategyFor(failed, event) !== 'skip')
    const strategy: Strategy = isError || waker ? 'afterBackoff' : 'skip'
    const to = this.#requeue(failed, strategy, now)
    return [{ pod: key, from: 'inFlight', to, because: waker ? eventName(waker) : 'ScheduleAttemptFailure' }]
  }

  /** A pod that was `done` could not be bound after all: an error, tried again after the back-off. */
  failBinding(entry: QueuedPod, pod: Pod, now: number): readonly QueueMove[] {
    const key = podKey(pod)
    if (this.has(key)) return []
    const failed: QueuedPod = {
      ...entry,
      pod,
      priority: priorityOf(pod),
      rejectedBy: [],
      timestamp: now,
      consecutiveErrors: entry.consecutiveErrors + 1,
    }
    return [{ pod: key, from: 'inFlight', to: this.#requeue(failed, 'afterBackoff', now), because: 'ScheduleAttemptFailure' }]
  }

  /** Victims are being told to go: the preemptor is held at the door. */
  beginPreemption(key: string): void {
    this.#preempting.add(key)
  }

  /** They have been told. A pod held at the door for it goes on. */
  endPreemption(key: string, now: number): readonly QueueMove[] {
    this.#preempting.delete(key)
    const entry = this.#unschedulable.get(key)
    if (entry?.gatedBy !== 'DefaultPreemption') return []
    this.#unschedulable.delete(key)
    return [{ pod: key, from: 'unschedulable', to: this.#requeue(entry, 'afterBackoff', now), because: 'PreemptionDone' }]
  }

  // Events ----------------------------------------------------------------------------------------------------------

  /** Something happened in the cluster. Pods that it may help are moved; pods being tried remember it. */
  notify(event: ClusterEvent, now: number): readonly QueueMove[] {
    for (const [key, flying] of this.#inFlight) this.#inFlight.set(key, { ...flying, events: [...flying.events, event] })
    return this.#moveFor(event, [...this.#unschedulable.values()], now)
  }

  /** Every second, on whole seconds. */
  flushBackoff(now: number): readonly QueueMove[] {
    const moves: QueueMove[] = []
    for (const [name, queue] of [
      ['backoff', this.#backoff],
      ['errorBackoff', this.#errorBackoff],
    ] as const)
      for (const entry of this.#sortedBackoff(queue)) {
        if (this.#isBackingOff(entry, now)) continue
        const key = podKey(entry.pod)
        queue.delete(key)
        moves.push({ pod: key, from: name, to: this.#toActive(entry), because: 'BackoffComplete' })
      }
    return moves
  }

  /** Every 30 s: nobody waits for an event longer than 5 minutes. */
  flushUnschedulable(now: number): readonly QueueMove[] {
    const moves: QueueMove[] = []
    for (const entry of this.#unschedulable.values()) {
      const key = podKey(entry.pod)
      if (entry.gatedBy !== undefined || now - entry.timestamp <= MAX_IN_UNSCHEDULABLE_MS) continue
      this.#unschedulable.delete(key)
      moves.push({
        pod: key,
        from: 'unschedulable',
        to: this.#requeue(entry, 'afterBackoff', now),
        because: 'UnschedulableTimeout',
      })
    }
    return moves
  }

  #moveFor(event: ClusterEvent, entries: readonly QueuedPod[], now: number): readonly QueueMove[] {
    const moves: QueueMove[] = []
    for (const entry of entries) {
      if (entry.gatedBy !== undefined && !this.#isRegistered(entry, entry.gatedBy, event)) continue
      if (this.#strategyFor(entry, event) === 'skip') continue
      const key = podKey(entry.pod)
      this.#unschedulable.delete(key)
      const to = this.#requeue(entry, 'afterBackoff', now)
      if (to !== 'unschedulable') moves.push({ pod: key, from: 'unschedulable', to, because: eventName(event) })
    }
    return moves
  }

  #eventsOf({ pod }: QueuedPod, plugin: string): readonly HintedEvent[] {
    return this.#hints.get(pod.spec.schedulerName ?? 'default-scheduler')?.get(plugin) ?? []
  }

  #isRegistered(entry: QueuedPod, plugin: string, { resource, action }: ClusterEvent): boolean {
    return this.#eventsOf(entry, plugin).some((known) => known.resource === resource && known.actions.includes(action))
  }

  /** Only plugins that rejected the pod are asked. */
  #strategyFor(entry: QueuedPod, event: ClusterEvent): Strategy {
    if (entry.rejectedBy.length === 0) return 'afterBackoff'
    const pod = this.#cluster.reader.read(entry.pod)
    const isQueue = entry.rejectedBy.some((plugin) =>
      this.#eventsOf(entry, plugin).some(
        ({ resource, actions, hint }) =>
          resource === event.resource &&
          actions.includes(event.action) &&
          (hint === undefined || hint(pod, event, { cluster: this.#cluster })),
      ),
    )
    return isQueue ? 'afterBackoff' : 'skip'
  }

  // Moving ----------------------------------------------------------------------------------------------------------

  #requeue(entry: QueuedPod, strategy: Strategy, now: number): QueueName {
    const key = podKey(entry.pod)
    if (strategy === 'skip') {
      this.#unschedulable.set(key, entry)
      return 'unschedulable'
    }
    if (!this.#isBackingOff(entry, now)) return this.#toActive(entry)
    if (entry.rejectedBy.length === 0 && entry.consecutiveErrors > 0) {
      this.#errorBackoff.set(key, entry)
      return 'errorBackoff'
    }
    const gated = this.#gated(entry)
    if (gated) {
      this.#unschedulable.set(key, gated)
      return 'unschedulable'
    }
    this.#backoff.set(key, ungated(entry))
    return 'backoff'
  }

  #toActive(entry: QueuedPod): QueueName {
    const gated = this.#gated(entry)
    if (gated) {
      this.#unschedulable.set(podKey(entry.pod), gated)
      return 'unschedulable'
    }
    this.#insertActive(ungated(entry))
    return 'active'
  }

  /** The entry as it is held at the door; undefined when nothing holds it. */
  #gated(entry: QueuedPod): QueuedPod | undefined {
    const { pod } = entry
    const holder = this.#preempting.has(podKey(pod)) ? 'DefaultPreemption' : this.#holder(pod)
    if (holder === undefined) return undefined
    return { ...entry, gatedBy: holder, rejectedBy: [...new Set([...entry.rejectedBy, holder])] }
  }

  #holder(pod: Pod): string | undefined {
    const info = this.#cluster.reader.read(pod)
    return this.#profiles.get(info.shape.schedulerName)?.preEnqueue.find((plugin) => plugin.preEnqueue?.(info))?.name
  }

  #precedes(a: QueuedPod, b: QueuedPod): boolean {
    if (this.#isBefore(a, b)) return true
    return !this.#isBefore(b, a) && a.sequence < b.sequence
  }

  #takeActive(key: string): QueuedPod | undefined {
    if (!this.#activeKeys.delete(key)) return undefined
    const index = this.#active.findIndex((entry) => podKey(entry.pod) === key)
    return this.#active.splice(index, 1)[0]
  }

  #insertActive(entry: QueuedPod): void {
    this.#activeKeys.add(podKey(entry.pod))
    let low = 0
    let high = this.#active.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#precedes(this.#active[middle]!, entry)) low = middle + 1
      else high = middle
    }
    this.#active.splice(low, 0, entry)
  }

  // Back-off --------------------------------------------------------------------------------------------------------

  /** 1, 2, 4, 8, 10, 10 … seconds; 0 before the first failure. */
  backoffMs({
    attempts,
    consecutiveErrors,
    unschedulableCount,
  }: Pick<QueuedPod, 'attempts' | 'consecutiveErrors' | 'unschedulableCount'>): number {
    const failures = consecutiveErrors > 0 ? consecutiveErrors : unschedulableCount
    const count = this.#cluster.release.backoffCounts === 'attempts' ? attempts : failures
    return count === 0 ? 0 : Math.min(this.#initialBackoffMs * 2 ** (count - 1), this.#maxBackoffMs)
  }

  /** The whole second at which the back-off expires; the pod leaves one second later. */
  backoffExpiry(entry: QueuedPod): number {
    return floorToSecond(entry.timestamp + this.backoffMs(entry))
  }

  #isBackingOff(entry: QueuedPod, now: number): boolean {
    return this.backoffMs(entry) > 0 && this.backoffExpiry(entry) >= floorToSecond(now)
  }

  #compareBackoff(a: QueuedPod, b: QueuedPod): number {
    return this.backoffExpiry(a) - this.backoffExpiry(b) || (this.#precedes(a, b) ? -1 : 1)
  }

  #sortedBackoff(queue: ReadonlyMap<string, QueuedPod>): readonly QueuedPod[] {
    return [...queue.values()].sort((a, b) => this.#compareBackoff(a, b))
  }

  // Snapshots -------------------------------------------------------------------------------------------------------

  snapshot(): QueueSnapshot {
    return {
      active: [...this.#active],
      backoff: this.#sortedBackoff(this.#backoff),
      errorBackoff: this.#sortedBackoff(this.#errorBackoff),
      unschedulable: [...this.#unschedulable.values()],
      inFlight: [...this.#inFlight.values()],
      preempting: [...this.#preempting],
      sequence: this.#sequence,
    }
  }

  restore(snapshot: QueueSnapshot): void {
    this.#active = [...snapshot.active]
    this.#activeKeys.clear()
    for (const entry of snapshot.active) this.#activeKeys.add(podKey(entry.pod))
    const fill = (queue: Map<string, QueuedPod>, entries: readonly QueuedPod[]): void => {
      queue.clear()
      for (const entry of entries) queue.set(podKey(entry.pod), entry)
    }
    fill(this.#backoff, snapshot.backoff)
    fill(this.#errorBackoff, snapshot.errorBackoff)
    fill(this.#unschedulable, snapshot.unschedulable)
    this.#inFlight.clear()
    for (const flying of snapshot.inFlight) this.#inFlight.set(podKey(flying.entry.pod), flying)
    this.#preempting.clear()
    for (const key of snapshot.preempting) this.#preempting.add(key)
    this.#sequence = snapshot.sequence
  }
}

function ungated(entry: QueuedPod): QueuedPod {
  if (entry.gatedBy === undefined) return entry
  const { gatedBy: _gatedBy, ...rest } = entry
  return rest
}
