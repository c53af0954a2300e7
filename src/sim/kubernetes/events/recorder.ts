import type { Kernel } from '../../kernel/kernel.ts'
import { formatMicroTime, formatTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { AnyObject, ApiObject, Event, ObjectReference } from '../api/types.ts'

export interface EventOptions {
  /** `spec.containers{web}` */
  readonly fieldPath?: string
  /** New shape only. */
  readonly action?: string
  readonly related?: ObjectReference
}

export interface EventRecorder {
  /** Records a fact on an object; failures to write are dropped, as in the real recorder. */
  record(
    object: ApiObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options?: EventOptions,
  ): void
}

interface Correlated {
  readonly name: string
  readonly namespace: string
  readonly count: number
  readonly firstTimestamp: string
}

/** A running series of the new shape: what is known of it beyond what was written. */
interface Series {
  readonly name: string
  readonly namespace: string
  readonly count: number
  /** Unix milliseconds. */
  readonly lastSeen: number
}

interface Similar {
  /** Unix milliseconds of the first of the running group. */
  since: number
  /** Distinct messages seen, each once. */
  messages: string[]
}

interface Budget {
  tokens: number
  /** Unix milliseconds. */
  at: number
}

/** A fact that was recorded and not looked at yet. */
interface Fact {
  readonly involved: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly text: string
  /** Unix milliseconds. */
  readonly at: number
}

/** What a fact becomes: a new event, or a higher count of a known one. */
interface Write {
  readonly fact: Fact
  readonly key: string
  readonly known: boolean
  readonly again: Correlated
  readonly message: string
}

/** How fast events go out: one after the other, each in its turn of the client's rate limit. */
export interface EventPace {
  /** From one write to its answer. */
  readonly writeMs: Millis
  /** Takes a turn and says when it comes. */
  reserve(now: Millis): Millis
  /** Calls `goOn` after so long. */
  wakeAfter(delayMs: Millis): void
}

interface Memory {
  readonly events: Map<string, Correlated>
  readonly series: Map<string, Series>
  readonly similar: Map<string, Similar>
  readonly budgets: Map<string, Budget>
}

interface RecorderState extends Memory {
  readonly facts: readonly Fact[]
  readonly write: Write | undefined
  readonly freeAt: Millis
  readonly isWaiting: boolean
}

const emptyMemory = (): Memory => ({ events: new Map(), series: new Map(), similar: new Map(), budgets: new Map() })

const copyOf = ({ events, series, similar, budgets }: Memory): Memory => ({
  events: new Map(events),
  series: new Map(series),
  similar: new Map([...similar].map(([key, group]) => [key, { since: group.since, messages: group.messages.slice() }])),
  budgets: new Map([...budgets].map(([key, budget]) => [key, { ...budget }])),
})

const SPAM_BURST = 25
const SPAM_REFILL_MS = 300_000
/** A series that has been silent for so long is over. */
const SERIES_END_MS = 360_000
const AGGREGATE_AFTER = 10
const AGGREGATE_WINDOW_MS = 600_000

const referenceOf = (object: ApiObject | ObjectReference): ObjectReference => {
  if (!('metadata' in object)) return object
  const { apiVersion, kind, metadata } = object
  return {
    kind,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata.name,
    ...(metadata.uid ? { uid: metadata.uid } : {}),
    apiVersion,
    ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
  }
}

/**
 * Writes Event objects: the same fact again raises a count, ten facts that differ only in their message within ten minutes are
 * combined, and a noisy object is cut off after a burst of 25 per type (then one per 300 s).
 * Models client-go tools/record (legacy shape) and tools/events (new shape: scheduler, kube-proxy) of v1.35.
 * Simplified: the end of a series is found when the next event is recorded, and a long one is not refreshed every half hour.
 */
export class Recorder implements EventRecorder {
  readonly #kernel: Kernel
  readonly #api: Api
  readonly #component: string
  readonly #host: string | undefined
  readonly #shape: 'legacy' | 'new'
  readonly #pace: EventPace | undefined
  #state: Memory = emptyMemory()
  /** Legacy shape, as all below: recorded and not sent. */
  #facts: readonly Fact[] = []
  /** Waits for its turn, the facts behind it. */
  #write: Write | undefined
  /** When the last write is answered. */
  #freeAt: Millis = 0
  /** `goOn` will be called. */
  #isWaiting = false

  constructor(options: {
    readonly kernel: Kernel
    readonly api: Api
    readonly component: string
    readonly host?: string
    readonly shape?: 'legacy' | 'new'
    /** Legacy shape only; absent: every event is sent at once. */
    readonly pace?: EventPace
  }) {
    this.#kernel = options.kernel
    this.#api = options.api
    this.#component = options.component
    this.#host = options.host
    this.#shape = options.shape ?? 'legacy'
    this.#pace = options.pace
  }

  record(
    object: ApiObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: EventOptions = {},
  ): void {
    const involved = { ...referenceOf(object), ...(options.fieldPath ? { fieldPath: options.fieldPath } : {}) }
    if (this.#shape === 'new') this.#recordNew(involved, type, reason, message, options)
    else {
      this.#facts = [...this.#facts, { involved, type, reason, text: message, at: this.#kernel.unixMs }]
      if (!this.#isWaiting) this.#sendFacts()
    }
  }

  /** The write before is answered, or the turn of the one that waits has come. */
  goOn(): void {
    this.#isWaiting = false
    if (this.#write) this.#send(this.#write)
    this.#write = undefined
    this.#sendFacts()
  }

  /** A fact asks for its turn when the one before it is written, behind all that asked in the meantime. */
  #sendFacts(): void {
    const { now } = this.#kernel
    for (let [fact, ...left] = this.#facts; fact; [fact, ...left] = this.#facts) {
      if (this.#pace && now < this.#freeAt) return this.#wait(this.#freeAt - now)
      this.#facts = left
      const write = this.#correlate(fact)
      if (!write) continue
      const waitMs = this.#pace ? this.#pace.reserve(now) - now : 0
      if (waitMs > 0) {
        this.#write = write
        return this.#wait(waitMs)
      }
      this.#send(write)
    }
  }

  #wait(ms: Millis): void {
    this.#isWaiting = true
    this.#pace!.wakeAfter(ms)
  }

  /** What is to be written; undefined when the filter holds it back. */
  #correlate(fact: Fact): Write | undefined {
    const { involved, type, reason, text, at } = fact
    const now = this.#kernel.unixMs
    const subject = `${involved.kind}/${involved.namespace ?? ''}/${involved.name}/${involved.uid ?? ''}/${involved.fieldPath ?? ''}`
    const message = this.#aggregate(`${subject}|${type}|${reason}`, text, now)
    const combined = message !== text
    const key = combined ? `${subject}|${type}|${reason}|combined` : `${subject}|${type}|${reason}|${message}`
    const known = this.#state.events.get(key)
    // What the filter holds back is counted all the same and shows with the next one that is written.
    const again: Correlated = known
      ? { ...known, count: known.count + 1 }
      : { name: this.#eventName(involved.name!), namespace: involved.namespace || 'default', count: 1, firstTimestamp: formatTime(at) }
    this.#state.events.set(key, again)
    const mayWrite = this.#mayWrite(`${involved.kind}/${involved.namespace ?? ''}/${involved.name}/${involved.uid ?? ''}|${type}`, now)
    return mayWrite ? { fact, key, known: known !== undefined, again, message } : undefined
  }

  #send({ fact: { involved, type, reason, at }, key, known, again, message }: Write): void {
    if (this.#pace) this.#freeAt = this.#kernel.now + this.#pace.writeMs
    const { namespace, count, firstTimestamp } = again
    const lastTimestamp = formatTime(at)
    let { name } = again
    if (known) {
      const written = this.#api.patch('events', namespace, name, { type: 'merge', body: { count, lastTimestamp, message } })
      // Nobody answered: the recorder gives up on this one.
      if (written.ok || written.status.code === 0) return
      name = this.#eventName(involved.name!)
    }
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: involved,
      reason,
      message,
      source: { component: this.#component, ...(this.#host ? { host: this.#host } : {}) },
      firstTimestamp,
      lastTimestamp,
      count,
      type,
      eventTime: null,
      reportingComponent: this.#component,
      reportingInstance: this.#host ?? '',
    }
    const created = this.#api.create('events', namespace, event as unknown as AnyObject)
    if (created.ok) this.#state.events.set(key, { ...again, name })
  }

  /**
   * The same deed on the same version of an object is one series: its second event is written as a count, what follows is only remembered and
   * written at its end. The words do not tell series apart.
   */
  #recordNew(
    involved: ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: EventOptions,
  ): void {
    const { related } = options
    const key = [
      involved.kind,
      involved.namespace,
      involved.name,
      involved.uid,
      involved.resourceVersion,
      involved.fieldPath,
      type,
      reason,
      options.action,
      related?.kind,
      related?.namespace,
      related?.name,
    ].join('|')
    const namespace = involved.namespace || 'default'
    const now = this.#kernel.unixMs
    const at = formatMicroTime(now)
    this.#endSeries(now)
    const known = this.#state.series.get(key)
    if (known) {
      const count = known.count + 1
      this.#state.series.set(key, { ...known, count, lastSeen: now })
      if (count > 2 || this.#writeSeries(known, count, now)) return
    }
    const name = this.#eventName(involved.name!)
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: involved,
      reason,
      message,
      type,
      eventTime: at,
      firstTimestamp: null,
      lastTimestamp: null,
      action: options.action ?? reason,
      reportingComponent: this.#component,
      reportingInstance: `${this.#component}-${this.#host ?? 'control-plane'}`,
      source: {},
      ...(options.related ? { related: options.related } : {}),
    }
    const created = this.#api.create('events', namespace, event as unknown as AnyObject)
    if (created.ok) this.#state.series.set(key, { name, namespace, count: 1, lastSeen: now })
  }

  /** False: the API server knows no such event any more. */
  #writeSeries({ namespace, name }: Series, count: number, lastSeen: number): boolean {
    const written = this.#api.patch('events', namespace, name, {
      type: 'merge',
      body: { series: { count, lastObservedTime: formatMicroTime(lastSeen) } },
    })
    return written.ok || written.status.code === 0
  }

  #endSeries(now: number): void {
    for (const [key, series] of this.#state.series) {
      if (series.lastSeen >= now - SERIES_END_MS) continue
      this.#state.series.delete(key)
      if (series.count > 2) this.#writeSeries(series, series.count, series.lastSeen)
    }
  }

  /** From the tenth different message of one reason within the window on, messages carry the prefix and share one event. */
  #aggregate(key: string, message: string, now: number): string {
    let group = this.#state.similar.get(key)
    if (!group || now - group.since > AGGREGATE_WINDOW_MS) this.#state.similar.set(key, (group = { since: now, messages: [] }))
    if (!group.messages.includes(message)) group.messages.push(message)
    if (group.messages.length < AGGREGATE_AFTER) return message
    // As upstream, any one is forgotten: a fact that is still remembered keeps its own event.
    group.messages.splice(this.#kernel.rng(`events/${this.#component}`).int(group.messages.length), 1)
    return `(combined from similar events): ${message}`
  }

  #mayWrite(key: string, now: number): boolean {
    let budget = this.#state.budgets.get(key)
    if (!budget) this.#state.budgets.set(key, (budget = { tokens: SPAM_BURST * SPAM_REFILL_MS, at: now }))
    // Token bucket in integer units: one token is SPAM_REFILL_MS units and refills by one unit a millisecond.
    budget.tokens = Math.min(SPAM_BURST * SPAM_REFILL_MS, budget.tokens + (now - budget.at))
    budget.at = now
    if (budget.tokens < SPAM_REFILL_MS) return false
    budget.tokens -= SPAM_REFILL_MS
    return true
  }

  /** `⟨object⟩.⟨hexadecimal nanoseconds⟩`, kept unique by the low digits. */
  #eventName(object: string): string {
    const nanos = BigInt(this.#kernel.unixMs) * 1_000_000n + BigInt(this.#kernel.rng(`events/${this.#component}`).int(1_000_000))
    return `${object}.${nanos.toString(16)}`
  }

  /** After a restart the recorder has forgotten everything. */
  reset(): void {
    this.#state = emptyMemory()
    this.#facts = []
    this.#write = undefined
    this.#freeAt = 0
    this.#isWaiting = false
  }

  snapshot(): RecorderState {
    return { ...copyOf(this.#state), facts: this.#facts, write: this.#write, freeAt: this.#freeAt, isWaiting: this.#isWaiting }
  }

  restore(state: RecorderState): void {
    this.#state = copyOf(state)
    this.#facts = state.facts
    this.#write = state.write
    this.#freeAt = state.freeAt
    this.#isWaiting = state.isWaiting
  }
}
