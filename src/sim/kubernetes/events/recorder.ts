import type { Kernel } from '../../kernel/kernel.ts'
import { formatMicroTime, formatTime } from '../../kernel/time.ts'
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

interface RecorderState {
  readonly events: Map<string, Correlated>
  readonly similar: Map<string, Similar>
  readonly budgets: Map<string, Budget>
}

const SPAM_BURST = 25
const SPAM_REFILL_MS = 300_000
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
 */
export class Recorder implements EventRecorder {
  readonly #kernel: Kernel
  readonly #api: Api
  readonly #component: string
  readonly #host: string | undefined
  readonly #shape: 'legacy' | 'new'
  #state: RecorderState = { events: new Map(), similar: new Map(), budgets: new Map() }

  constructor(options: { kernel: Kernel; api: Api; component: string; host?: string; shape?: 'legacy' | 'new' }) {
    this.#kernel = options.kernel
    this.#api = options.api
    this.#component = options.component
    this.#host = options.host
    this.#shape = options.shape ?? 'legacy'
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
    else this.#recordLegacy(involved, type, reason, message)
  }

  #recordLegacy(involved: ObjectReference, type: 'Normal' | 'Warning', reason: string, text: string): void {
    const now = this.#kernel.unixMs
    const subject = `${involved.kind}/${involved.namespace ?? ''}/${involved.name}/${involved.uid ?? ''}/${involved.fieldPath ?? ''}`
    const message = this.#aggregate(`${subject}|${type}|${reason}`, text, now)
    const combined = message !== text
    const key = combined ? `${subject}|${type}|${reason}|combined` : `${subject}|${type}|${reason}|${message}`
    const known = this.#state.events.get(key)
    const timestamp = formatTime(now)
    const namespace = involved.namespace || 'default'
    // What the filter holds back is counted all the same and shows with the next one that is written.
    const again: Correlated = known
      ? { ...known, count: known.count + 1 }
      : { name: this.#eventName(involved.name!), namespace, count: 1, firstTimestamp: timestamp }
    this.#state.events.set(key, again)
    if (!this.#mayWrite(`${involved.kind}/${involved.namespace ?? ''}/${involved.name}/${involved.uid ?? ''}|${type}`, now))
      return
    let { name } = again
    if (known) {
      const written = this.#api.patch('events', namespace, name, {
        type: 'merge',
        body: { count: again.count, lastTimestamp: timestamp, message },
      })
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
      firstTimestamp: again.firstTimestamp,
      lastTimestamp: timestamp,
      count: again.count,
      type,
      eventTime: null,
      reportingComponent: this.#component,
      reportingInstance: this.#host ?? '',
    }
    const created = this.#api.create('events', namespace, event as unknown as AnyObject)
    if (created.ok) this.#state.events.set(key, { ...again, name })
  }

  #recordNew(
    involved: ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: EventOptions,
  ): void {
    const key = `${involved.kind}/${involved.namespace ?? ''}/${involved.name}/${involved.uid ?? ''}|${type}|${reason}|${options.action ?? ''}|${message}`
    const namespace = involved.namespace || 'default'
    const at = formatMicroTime(this.#kernel.unixMs)
    const known = this.#state.events.get(key)
    if (known) {
      const count = known.count + 1
      const written = this.#api.patch('events', known.namespace, known.name, {
        type: 'merge',
        body: { series: { count, lastObservedTime: at } },
      })
      if (written.ok) this.#state.events.set(key, { ...known, count })
      if (written.ok || written.status.code === 0) return
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
    if (created.ok) this.#state.events.set(key, { name, namespace, count: 1, firstTimestamp: at })
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
    this.#state = { events: new Map(), similar: new Map(), budgets: new Map() }
  }

  snapshot(): RecorderState {
    const { events, similar, budgets } = this.#state
    return {
      events: new Map(events),
      similar: new Map([...similar].map(([key, group]) => [key, { since: group.since, messages: group.messages.slice() }])),
      budgets: new Map([...budgets].map(([key, budget]) => [key, { ...budget }])),
    }
  }

  restore(state: RecorderState): void {
    const { events, similar, budgets } = state
    this.#state = {
      events: new Map(events),
      similar: new Map([...similar].map(([key, group]) => [key, { since: group.since, messages: group.messages.slice() }])),
      budgets: new Map([...budgets].map(([key, budget]) => [key, { ...budget }])),
    }
  }
}
