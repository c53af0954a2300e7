import type { Actor, Kernel } from '../kernel/kernel.ts'
import { TICK_MS, type Millis } from '../kernel/time.ts'
import type { Event } from '../kubernetes/api/types.ts'
import type { Store } from '../kubernetes/etcd/store.ts'
import type { Condition, Conditions } from './conditions.ts'
import { durationMs, parseDuration } from './duration.ts'
import { Goals, type GoalState } from './goals.ts'
import type { ScenarioSpec, Text, TimelineEntry } from './schema.ts'

/** What a timeline entry does to the world, carried out by whoever owns it. */
export interface Deeds {
  fault(entry: TimelineEntry): void
  heal(id: string): void
  kubectl(line: string): void
  traffic(id: string, ratePerSecond: number): void
}

/** What the person in front of the screen is told; never part of the state. */
export type Notice =
  | { readonly type: 'goal'; readonly goal: GoalState }
  | { readonly type: 'entry'; readonly entry: TimelineEntry; readonly at: Millis }
  | { readonly type: 'failed'; readonly say: Text; readonly at: Millis }

interface EntryState {
  /** When it fired last. */
  firedAt: Millis | undefined
  /** When its condition was first true. */
  trueSince: Millis | undefined
}

interface DirectorState {
  readonly entries: Map<string, EntryState>
  readonly goals: unknown
  readonly failed: readonly number[]
  readonly checking: boolean
  readonly changedAt: Millis
  readonly wakeAt: Millis | undefined
  readonly actions: readonly string[]
  readonly predictions: ReadonlyMap<string, string>
}

const SECOND_MS = 1000

/**
 * Plays a scenario: fires timeline entries, judges goals, notices failure. It looks once a tick at most, and only when something has changed or a
 * deadline has come; conditions about traffic or time are looked at every second.
 */
export class Director implements Actor {
  readonly name = 'director'
  onNotice: ((notice: Notice) => void) | undefined
  readonly #kernel: Kernel
  readonly #spec: ScenarioSpec
  readonly #deeds: Deeds
  readonly #goals: Goals
  readonly #when = new Map<string, Condition>()
  readonly #failIf: readonly { readonly condition: Condition; readonly say: Text }[]
  readonly #needsClock: boolean
  #entries = new Map<string, EntryState>()
  #failed: number[] = []
  #checking = false
  #changedAt: Millis = 0
  #wakeAt: Millis | undefined
  #actions: string[] = []
  #predictions = new Map<string, string>()

  /** The spec must have passed `checkScenario`. */
  constructor(options: { kernel: Kernel; store: Store; spec: ScenarioSpec; conditions: Conditions; deeds: Deeds }) {
    const { kernel, store, spec, conditions, deeds } = options
    this.#kernel = kernel
    this.#spec = spec
    this.#deeds = deeds
    this.#goals = new Goals(spec.goals ?? [], conditions, (id) => this.#entries.get(id)?.firedAt)
    const compile = (expression: string): Condition => {
      const compiled = conditions.compile(expression)
      if (!compiled.ok) throw new Error(`${expression}: ${compiled.message}`)
      return compiled.evaluate
    }
    for (const entry of spec.timeline ?? []) if (entry.when !== undefined) this.#when.set(entry.id, compile(entry.when))
    this.#failIf = (spec.failIf ?? []).map(({ when, say }) => ({ condition: compile(when), say }))
    const expressions = [
      ...(spec.goals ?? []).flatMap((goal) => [goal.now, goal.eventually, goal.always, goal.never, goal.stable]),
      ...(spec.timeline ?? []).map(({ when }) => when),
      ...(spec.failIf ?? []).map(({ when }) => when),
    ]
    this.#needsClock = expressions.some((expression) => expression !== undefined && /\b(service|now)\(/.test(expression))
    for (const { id } of spec.timeline ?? []) this.#entries.set(id, { firedAt: undefined, trueSince: undefined })
    kernel.register(this)
    store.onCommit((commit) => {
      if (commit.resource === 'leases.coordination.k8s.io') return
      this.#changedAt = commit.at
      if (commit.resource === 'events' && commit.type === 'ADDED') this.#event((commit.object as unknown as Event).reason ?? '')
      this.#check()
    })
  }

  goals(): readonly GoalState[] {
    return this.#goals.states()
  }

  /** Verbs of what the student did. */
  get actions(): readonly string[] {
    return this.#actions
  }

  get predictions(): ReadonlyMap<string, string> {
    return this.#predictions
  }

  get hasFailed(): boolean {
    return this.#failed.length > 0
  }

  /** At time 0, after the manifests. */
  begin(): void {
    for (const entry of this.#spec.timeline ?? []) {
      if (entry.at !== undefined && entry.after === undefined && entry.when === undefined && entry.on === undefined)
        this.#kernel.post(this.name, 'fire', entry.id, durationMs(entry.at), 0)
      else if (entry.every !== undefined) this.#kernel.post(this.name, 'fire', entry.id, durationMs(entry.every), 0)
    }
    if (this.#needsClock) this.#kernel.post(this.name, 'second', null, SECOND_MS, 0)
    this.#check()
  }

  /** The student did something. */
  acted(verb: string): void {
    this.#actions = [...this.#actions, verb]
    for (const entry of this.#spec.timeline ?? [])
      if (entry.on?.action !== undefined && (verb === entry.on.action || verb.startsWith(`${entry.on.action} `)))
        this.#fireOnce(entry)
    this.#check()
  }

  predicted(step: string, answer: string): void {
    this.#predictions = new Map(this.#predictions).set(step, answer)
    for (const entry of this.#spec.timeline ?? []) if (entry.on?.prediction === step) this.#fireOnce(entry)
    this.#check()
  }

  /** The button of a manual entry; false when there is none of that id. */
  trigger(id: string): boolean {
    const entry = this.#spec.timeline?.find((candidate) => candidate.id === id && candidate.manual)
    if (!entry) return false
    this.#fire(entry)
    return true
  }

  #event(reason: string): void {
    for (const entry of this.#spec.timeline ?? []) if (entry.on?.event === reason) this.#fireOnce(entry)
  }

  #fireOnce(entry: TimelineEntry): void {
    if (this.#entries.get(entry.id)!.firedAt !== undefined) return
    const delay = entry.after === undefined ? undefined : parseDuration(entry.after)
    if (delay === undefined) this.#fire(entry)
    else this.#kernel.post(this.name, 'fire', entry.id, delay, 0)
  }

  /** Looks again at the end of this tick. */
  #check(): void {
    if (this.#checking || this.#kernel.now < 0) return
    this.#checking = true
    const { now } = this.#kernel
    this.#kernel.post(this.name, 'check', null, (Math.floor(now / TICK_MS) + 1) * TICK_MS - now, 0)
  }

  receive(message: { readonly kind: string; readonly body: unknown }): void {
    switch (message.kind) {
      case 'check':
        this.#checking = false
        this.#look()
        return
      case 'wake':
        if (this.#wakeAt === this.#kernel.now) {
          this.#wakeAt = undefined
          this.#look()
        }
        return
      case 'second':
        this.#kernel.post(this.name, 'second', null, SECOND_MS, 0)
        this.#look()
        return
      case 'fire': {
        const entry = this.#spec.timeline?.find(({ id }) => id === message.body)
        if (!entry) return
        if (entry.every !== undefined) this.#kernel.post(this.name, 'fire', entry.id, durationMs(entry.every), 0)
        this.#fire(entry)
        return
      }
      default:
        throw new Error(`unknown message ${message.kind}`)
    }
  }

  #look(): void {
    const { now } = this.#kernel
    for (const entry of this.#spec.timeline ?? []) this.#lookAt(entry, now)
    for (const goal of this.#goals.judge(now)) this.onNotice?.({ type: 'goal', goal })
    this.#failIf.forEach(({ condition, say }, index) => {
      if (this.#failed.includes(index) || condition() !== true) return
      this.#failed = [...this.#failed, index]
      this.onNotice?.({ type: 'failed', say, at: now })
    })
    const deadline = this.#nextDeadline(now)
    if (deadline === undefined || deadline === this.#wakeAt) return
    this.#wakeAt = deadline
    this.#kernel.post(this.name, 'wake', null, deadline - now, 0)
  }

  #lookAt(entry: TimelineEntry, now: Millis): void {
    const state = this.#entries.get(entry.id)!
    if (state.firedAt !== undefined || entry.manual || entry.on !== undefined) return
    if (entry.onConverged !== undefined) {
      if (now - this.#changedAt >= entry.onConverged * TICK_MS) this.#fire(entry)
      return
    }
    const delay = entry.after === undefined ? undefined : parseDuration(entry.after)
    const condition = this.#when.get(entry.id)
    if (condition) {
      const base = entry.after !== undefined && delay === undefined ? this.#timeOf(entry.after) : 0
      if (base === undefined || now < base) return
      if (condition() !== true) {
        state.trueSince = undefined
        return
      }
      state.trueSince ??= now
      if (now - state.trueSince >= (delay ?? 0)) this.#fire(entry)
      return
    }
    if (entry.after !== undefined && delay === undefined) {
      const base = this.#timeOf(entry.after)
      if (base !== undefined && now >= base + durationMs(entry.at ?? '0s')) this.#fire(entry)
    }
  }

  #timeOf(id: string): Millis | undefined {
    return this.#entries.get(id)?.firedAt ?? this.#goals.metAt(id)
  }

  #nextDeadline(now: Millis): Millis | undefined {
    let next = this.#goals.nextDeadline(now)
    const consider = (at: Millis | undefined): void => {
      if (at !== undefined && at > now && (next === undefined || at < next)) next = at
    }
    for (const entry of this.#spec.timeline ?? []) {
      const state = this.#entries.get(entry.id)!
      if (state.firedAt !== undefined) continue
      const delay = entry.after === undefined ? undefined : parseDuration(entry.after)
      if (state.trueSince !== undefined) consider(state.trueSince + (delay ?? 0))
      if (entry.after !== undefined && delay === undefined && entry.at !== undefined) {
        const base = this.#timeOf(entry.after)
        if (base !== undefined) consider(base + durationMs(entry.at))
      }
      if (entry.onConverged !== undefined) consider(this.#changedAt + entry.onConverged * TICK_MS)
    }
    return next
  }

  #fire(entry: TimelineEntry): void {
    const state = this.#entries.get(entry.id)!
    state.firedAt = this.#kernel.now
    if (entry.fault) this.#deeds.fault(entry)
    if (entry.heal !== undefined) this.#deeds.heal(entry.heal)
    if (entry.kubectl !== undefined) this.#deeds.kubectl(entry.kubectl)
    if (entry.traffic) this.#deeds.traffic(entry.traffic.id, Number(entry.traffic.rate.split('/')[0]))
    this.onNotice?.({ type: 'entry', entry, at: this.#kernel.now })
    this.#check()
  }

  snapshot(): DirectorState {
    return {
      entries: new Map([...this.#entries].map(([id, state]) => [id, { ...state }])),
      goals: this.#goals.snapshot(),
      failed: this.#failed,
      checking: this.#checking,
      changedAt: this.#changedAt,
      wakeAt: this.#wakeAt,
      actions: this.#actions,
      predictions: this.#predictions,
    }
  }

  restore(state: DirectorState): void {
    this.#entries = new Map([...state.entries].map(([id, entry]) => [id, { ...entry }]))
    this.#goals.restore(state.goals)
    this.#failed = [...state.failed]
    this.#checking = state.checking
    this.#changedAt = state.changedAt
    this.#wakeAt = state.wakeAt
    this.#actions = [...state.actions]
    this.#predictions = new Map(state.predictions)
  }
}
