import { assert } from './assert.ts'
import { type CauseId, CauseLog, type Cause, NO_CAUSE } from './causes.ts'
import { Digest } from './digest.ts'
import { type Message, MessageQueue } from './message-queue.ts'
import { RandomStreams, type Rng } from './rng.ts'
import { DEFAULT_EPOCH_MS, type Millis, TICK_MS } from './time.ts'

/** A part of the world that receives messages and owns state. State is plain data; shared objects in it are never mutated. */
export interface Actor {
  readonly name: string
  receive(message: Message): void
  /** Everything needed to go on from here, sharing frozen objects with the live state. */
  snapshot(): unknown
  restore(state: unknown): void
}

/** A message worth showing on its way: API calls, watch events, packets. Never read by the simulation. */
export interface Hop {
  readonly at: Millis
  readonly arrivesAt: Millis
  readonly from: string
  readonly to: string
  /** `request`, `watch`, `packet`, … */
  readonly kind: string
  /** What it carries, short: `create pods default/web-1`. */
  readonly label: string
  readonly failed?: boolean
}

export interface KernelOptions {
  readonly seed: number
  /** Unix milliseconds of simulated time 0. */
  readonly epochMs?: number
  /** Where time begins; absent: 0. */
  readonly startAt?: Millis
}

export interface KernelSnapshot {
  readonly now: Millis
  readonly sequence: number
  readonly messages: readonly Message[]
  readonly streams: ReadonlyMap<string, readonly number[]>
  readonly digest: readonly [number, number]
  readonly causes: readonly Cause[]
  readonly actors: ReadonlyMap<string, unknown>
}

/** Time, order, chance and the digest. Knows nothing of clusters. */
export class Kernel {
  readonly seed: number
  readonly epochMs: number
  readonly digest = new Digest()
  readonly causes = new CauseLog()
  /** Set by whoever draws; called for each hop, never part of the state. */
  onHop: ((hop: Hop) => void) | undefined
  readonly #streams: RandomStreams
  readonly #queue = new MessageQueue()
  readonly #actors = new Map<string, Actor>()
  #now: Millis = 0
  #spent: Millis = 0
  #sequence = 0
  #cause: CauseId = NO_CAUSE

  constructor({ seed, epochMs = DEFAULT_EPOCH_MS, startAt = 0 }: KernelOptions) {
    this.seed = seed
    this.epochMs = epochMs
    this.#now = startAt
    this.#streams = new RandomStreams(seed)
  }

  /** Simulated time. While a message is handled it moves on by what the handler has spent. */
  get now(): Millis {
    return this.#now + this.#spent
  }

  /**
   * The handler's work takes time: everything it writes or posts from here on happens that much later. Other actors are not
   * held up; who must not start the next piece of work before then posts it to itself.
   */
  spend(ms: Millis): void {
    this.#spent += ms
  }

  /** Unix milliseconds now, for timestamps in API objects. */
  get unixMs(): number {
    return this.epochMs + this.now
  }

  /** What is being handled now descends from this. */
  get cause(): CauseId {
    return this.#cause
  }

  rng(stream: string): Rng {
    return this.#streams.stream(stream)
  }

  register(actor: Actor): void {
    assert(!this.#actors.has(actor.name), 'actor registered twice', actor.name)
    this.#actors.set(actor.name, actor)
  }

  unregister(name: string): void {
    this.#actors.delete(name)
  }

  /** Sends a message that arrives after `delayMs` (0: later in this instant). It descends from what is being handled now. */
  post(to: string, kind: string, body: unknown, delayMs: Millis, cause: CauseId = this.#cause): void {
    assert(delayMs >= 0 && Number.isInteger(delayMs), 'delay must be a whole, non-negative number of milliseconds', to, kind, delayMs)
    this.#sequence += 1
    this.#queue.push({ at: this.now + delayMs, sequence: this.#sequence, cause, to, kind, body })
  }

  /** Runs `work` with its writes and messages descending from `cause`. */
  withCause<T>(cause: CauseId, work: () => T): T {
    const outer = this.#cause
    this.#cause = cause
    try {
      return work()
    } finally {
      this.#cause = outer
    }
  }

  /**
   * A question that must leave no trace, such as a dry run for an editor: what it draws from the random streams is put back. It must not write or post.
   */
  withoutTrace<T>(question: () => T): T {
    const streams = this.#streams.snapshot()
    const sequence = this.#sequence
    const { onHop } = this
    this.onHop = undefined
    try {
      return question()
    } finally {
      this.onHop = onHop
      this.#streams.restore(streams)
      assert(this.#sequence === sequence, 'a question must not send messages')
    }
  }

  /** Adds a cause that descends from the current one (or from `parent`) and returns its id. */
  addCause(cause: Omit<Cause, 'id' | 'at' | 'parent'> & { readonly parent?: CauseId }): CauseId {
    return this.causes.add({ parent: this.#cause, ...cause, at: this.now })
  }

  hop(hop: Omit<Hop, 'at' | 'arrivesAt'>, latencyMs: Millis): void {
    this.onHop?.({ ...hop, at: this.now, arrivesAt: this.now + latencyMs })
  }

  /** When the next message is due, or undefined when nothing will ever happen again by itself. */
  get nextMessageAt(): Millis | undefined {
    return this.#queue.peek()?.at
  }

  /** Delivers every message due within the next quantum. */
  tick(): void {
    this.advanceTo((Math.floor(this.#now / TICK_MS) + 1) * TICK_MS)
  }

  /** Delivers every message due up to and including `time`, in `(time, sequence)` order; then it is `time`. */
  advanceTo(time: Millis): void {
    assert(time >= this.#now, 'time only moves forward', this.#now, time)
    for (let next = this.#queue.peek(); next && next.at <= time; next = this.#queue.peek()) {
      this.#queue.pop()
      this.#now = next.at
      const actor = this.#actors.get(next.to)
      if (!actor) continue // the receiver has left the world (a deleted node)
      this.#cause = next.cause
      actor.receive(next)
      this.#cause = NO_CAUSE
      this.#spent = 0
    }
    this.#now = time
  }

  snapshot(): KernelSnapshot {
    const actors = new Map<string, unknown>()
    for (const [name, actor] of this.#actors) actors.set(name, actor.snapshot())
    return {
      now: this.#now,
      sequence: this.#sequence,
      messages: this.#queue.snapshot(),
      streams: this.#streams.snapshot(),
      digest: this.digest.snapshot(),
      causes: this.causes.snapshot(),
      actors,
    }
  }

  /** The same actors must be registered as when the snapshot was taken. */
  restore(snapshot: KernelSnapshot): void {
    this.#now = snapshot.now
    this.#sequence = snapshot.sequence
    this.#cause = NO_CAUSE
    this.#queue.restore(snapshot.messages)
    this.#streams.restore(snapshot.streams)
    this.digest.restore(snapshot.digest)
    this.causes.restore(snapshot.causes)
    for (const [name, actor] of this.#actors) {
      assert(snapshot.actors.has(name), 'snapshot lacks an actor', name)
      actor.restore(snapshot.actors.get(name))
    }
  }
}
