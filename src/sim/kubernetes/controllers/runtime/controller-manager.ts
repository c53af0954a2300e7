import type { CauseId } from '../../../kernel/causes.ts'
import { Component } from '../../../kernel/component.ts'
import { copyPlain } from '../../../kernel/copy-plain.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { Latencies } from '../../../kernel/latencies.ts'
import type { Millis } from '../../../kernel/time.ts'
import { CONTROL_PLANE_HOST } from '../../../infrastructure/network.ts'
import type { Api } from '../../api/client.ts'
import type { AnyObject } from '../../api/types.ts'
import { type Change, type Index, Informers } from '../../apiserver/informer.ts'
import type { WatchHub } from '../../apiserver/watch-hub.ts'
import type { Store } from '../../etcd/store.ts'
import { Recorder } from '../../events/recorder.ts'
import type { Context, Controller } from './controller.ts'
import { LeaderElection, RETRY_PERIOD_MS } from './leader-election.ts'
import { limitedApi } from './limited-api.ts'
import { type ClientRate, DEFAULT_CLIENT_RATE, RateLimiter } from './rate-limiter.ts'
import { WorkQueue } from './work-queue.ts'

/** Who answers for a controller at the API server: its own name, so that causes name the controller and not the process. */
export type ApiFor = (controller: string, background: boolean) => Api

/** A worker's look at a key. Replaced, never changed. */
type Look =
  /** Waits for its first turn of the rate limit. */
  | { readonly state: 'begins'; readonly cause: CauseId }
  /** Was cut: what is left of it. */
  | { readonly state: 'cut'; readonly cause: CauseId; readonly rest: unknown }
  /** The worker is busy until `freeAt`. Nobody looks at the key before `seenAt`: by then the cache shows what this look wrote. */
  | { readonly state: 'over'; readonly freeAt: Millis; readonly seenAt: Millis }

/** One controller with its queue and its workers. */
interface Crew {
  readonly controller: Controller
  readonly queue: WorkQueue
  readonly recorder: Recorder
  readonly limiter: RateLimiter
  readonly context: Context & { state: unknown }
  /** By key: looks that go on, or whose writes the cache may not show yet. */
  looks: Map<string, Look>
  /** Keys that come back later, and when: of several times the earliest counts. */
  waiting: Map<string, Millis>
  /** When the `work` message that counts is due; undefined: none is under way. */
  wakeAt: Millis | undefined
  /** The look that now begins has a turn of the rate limit that it has not used yet. */
  hasTurn: boolean
}

interface CrewState {
  readonly queue: unknown
  readonly recorder: unknown
  readonly limiter: unknown
  readonly state: unknown
  readonly looks: ReadonlyMap<string, Look>
  readonly waiting: ReadonlyMap<string, Millis>
  readonly wakeAt: Millis | undefined
}

const RELIST_MS = 1000

const controllerOf = (object: AnyObject): readonly string[] => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller)
  return owner ? [owner.uid] : []
}

/** Shared by every controller; see `Lister`. */
const INDEXES: Readonly<Record<string, Readonly<Record<string, Index>>>> = {
  pods: {
    owner: controllerOf,
    'orphan-namespace': (pod) => (controllerOf(pod).length > 0 ? [] : [pod.metadata.namespace ?? '']),
    namespace: (pod) => [pod.metadata.namespace ?? ''],
    node: (pod) => {
      const node = (pod['spec'] as { nodeName?: string } | undefined)?.nodeName
      return node ? [node] : []
    },
  },
  'replicasets.apps': { owner: controllerOf, namespace: (set) => [set.metadata.namespace ?? ''] },
  'endpointslices.discovery.k8s.io': {
    service: (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`],
  },
}

/**
 * The controller manager: one process, one informer, a work queue and a rate limit for each controller, leader election around them all.
 * A look at a key, or a piece of it where it is cut, is atomic; what its requests would have taken keeps one worker of that controller busy.
 */
export class ControllerManager extends Component {
  readonly #informers: Informers
  readonly #election: LeaderElection
  readonly #crews = new Map<string, Crew>()
  readonly #latencies: Latencies
  /** What it is doing, for the stage. */
  lastWork: { readonly controller: string; readonly key: string; readonly at: Millis } | undefined

  constructor(options: {
    readonly kernel: Kernel
    readonly hub: WatchHub
    readonly store: Store
    readonly latencies: Latencies
    readonly apiFor: ApiFor
    readonly controllers: readonly Controller[]
    /** Absent: as kube-controller-manager has it. */
    readonly clientRate?: ClientRate
  }) {
    super(options.kernel, 'kube-controller-manager')
    this.#latencies = options.latencies
    const resources = [...new Set(options.controllers.flatMap((controller) => Object.keys(controller.watches)))].sort()
    this.#informers = new Informers({
      kernel: options.kernel,
      hub: options.hub,
      store: options.store,
      name: this.name,
      host: CONTROL_PLANE_HOST,
      resources,
      indexes: Object.fromEntries(Object.entries(INDEXES).filter(([resource]) => resources.includes(resource))),
      onChange: (change) => this.#changed(change),
      onBroken: () => {
        if (this.isRunning) this.after(RELIST_MS, 'relist')
      },
    })
    this.#election = new LeaderElection({
      kernel: options.kernel,
      api: options.apiFor(this.name, true),
      lease: this.name,
    })
    for (const controller of options.controllers)
      this.#crews.set(controller.name, this.#crew(controller, options.apiFor, options.clientRate ?? DEFAULT_CLIENT_RATE))
  }

  get isLeading(): boolean {
    return this.isRunning && this.#election.isLeading
  }

  /** Keys waiting in each controller's queue. */
  queueSizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#crews].map(([name, { queue }]) => [name, queue.size]))
  }

  #crew(controller: Controller, apiFor: ApiFor, { qps, burst }: ClientRate): Crew {
    const { kernel } = this
    const times = controller.clientRateTimes ?? { qps: 1, burst: 1 }
    const limiter = new RateLimiter({ qps: qps * times.qps, burst: burst * times.burst })
    const background = apiFor(controller.name, true)
    const recorder = new Recorder({
      kernel,
      api: background,
      component: controller.eventSource ?? controller.name,
      pace: {
        writeMs: this.#latencies.eventMs,
        reserve: (now) => limiter.reserve(now),
        wakeAfter: (delayMs) => this.after(delayMs, 'events', controller.name),
      },
    })
    const queue = new WorkQueue(controller.retryMs)
    const enqueue = (key: string, delayMs: Millis = 0, cause = kernel.cause): void => {
      if (delayMs > 0) {
        const due = kernel.now + delayMs
        if ((crew.waiting.get(key) ?? Infinity) <= due) return
        crew.waiting.set(key, due)
        this.after(delayMs, 'enqueue', { controller: controller.name, key, due }, cause)
        return
      }
      queue.add(key, cause)
      this.#wake(crew)
    }
    const context: Context & { state: unknown } = {
      get now() {
        return kernel.now
      },
      get unixMs() {
        return kernel.unixMs
      },
      rng: kernel.rng(controller.name),
      // In the middle of a look a request waits for one turn at most, even where others have taken many: the look is one step.
      api: limitedApi(apiFor(controller.name, false), () => {
        if (crew.hasTurn) crew.hasTurn = false
        else kernel.spend(Math.min(limiter.reserve(kernel.now) - kernel.now, limiter.intervalMs))
      }),
      reserve: (count) =>
        Array.from({ length: count }, () => {
          if (!crew.hasTurn) return limiter.reserve(kernel.now)
          crew.hasTurn = false
          return kernel.now
        }),
      sideBySide: (send) => {
        kernel.spend(this.#latencies.apiWriteMs)
        return send(background)
      },
      cache: this.#informers,
      events: recorder,
      state: controller.initialState?.() ?? {},
      enqueue,
    }
    const crew: Crew = { controller, queue, recorder, limiter, context, looks: new Map(), waiting: new Map(), wakeAt: undefined, hasTurn: false }
    return crew
  }

  protected onStart(): void {
    this.#election.begin(CONTROL_PLANE_HOST)
    this.#elect()
  }

  protected onStop(): void {
    this.#election.end()
    this.#informers.stop()
    for (const crew of this.#crews.values()) this.#reset(crew)
    this.lastWork = undefined
  }

  #reset(crew: Crew): void {
    crew.queue.clear()
    crew.recorder.reset()
    crew.limiter.reset(this.kernel.now)
    crew.context.state = crew.controller.initialState?.() ?? {}
    crew.looks.clear()
    crew.waiting.clear()
    crew.wakeAt = undefined
  }

  protected handle(kind: string, body: unknown): void {
    switch (kind) {
      case 'elect':
        this.#elect()
        return
      case 'relist':
        if (!this.#informers.resync()) this.after(RELIST_MS, 'relist')
        return
      case 'enqueue': {
        const { controller, key, due } = body as { controller: string; key: string; due: Millis }
        const crew = this.#crews.get(controller)!
        if (crew.waiting.get(key) !== due) return
        crew.waiting.delete(key)
        crew.queue.add(key, this.kernel.cause)
        this.#wake(crew)
        return
      }
      case 'periodic': {
        const { controller, index } = body as { controller: string; index: number }
        const crew = this.#crews.get(controller)!
        const { key, everyMs } = crew.controller.periodic![index]!
        this.after(everyMs, 'periodic', body, 0)
        crew.queue.add(key, 0)
        this.#wake(crew)
        return
      }
      case 'work': {
        const crew = this.#crews.get(body as string)!
        if (crew.wakeAt !== this.kernel.now) return
        crew.wakeAt = undefined
        this.#work(crew)
        return
      }
      case 'look': {
        const { controller, key } = body as { controller: string; key: string }
        const crew = this.#crews.get(controller)!
        const look = crew.looks.get(key)!
        crew.hasTurn = look.state === 'begins'
        this.#look(crew, key, look)
        return
      }
      case 'events':
        this.#crews.get(body as string)!.recorder.goOn()
        return
      default:
        throw new Error(`unknown message ${kind}`)
    }
  }

  #elect(): void {
    const outcome = this.#election.try()
    if (outcome === 'lost') {
      // The real process exits and its kubelet starts it again.
      this.stop()
      this.start()
      return
    }
    this.after(RETRY_PERIOD_MS, 'elect', null, 0)
    if (outcome !== 'acquired') return
    for (const { controller } of this.#crews.values())
      controller.periodic?.forEach(({ everyMs, firstMs }, index) =>
        this.after(firstMs ?? everyMs, 'periodic', { controller: controller.name, index }, 0),
      )
    if (!this.#informers.start()) this.after(RELIST_MS, 'relist')
  }

  #changed(change: Change): void {
    for (const { controller, context } of this.#crews.values()) controller.watches[change.resource]?.(change, context)
  }

  /** Sends a worker to the queue as soon as there may be something to do: now, or `at`. */
  #wake(crew: Crew, at = this.kernel.now): void {
    if (crew.wakeAt !== undefined && crew.wakeAt <= at) return
    crew.wakeAt = at
    this.after(at - this.kernel.now, 'work', crew.controller.name, 0)
  }

  #work(crew: Crew): void {
    const { looks, queue, limiter, controller } = crew
    const { now } = this.kernel
    let freeWorkers = controller.workers ?? 1
    let nextFreeAt = Infinity
    for (const [key, look] of looks) {
      if (look.state !== 'over') freeWorkers -= 1
      else if (look.seenAt <= now) looks.delete(key)
      else if (look.freeAt > now) {
        freeWorkers -= 1
        nextFreeAt = Math.min(nextFreeAt, look.freeAt)
      }
    }
    if (queue.size === 0) return
    if (freeWorkers <= 0) {
      // A look that goes on calls when it is over.
      if (nextFreeAt < Infinity) this.#wake(crew, nextFreeAt)
      return
    }
    const item = queue.pop((key) => !looks.has(key))
    if (!item) {
      let nextSeenAt = Infinity
      for (const [key, look] of looks) if (look.state === 'over' && queue.has(key)) nextSeenAt = Math.min(nextSeenAt, look.seenAt)
      if (nextSeenAt < Infinity) this.#wake(crew, nextSeenAt)
      return
    }
    // Before the look, which spends time: another worker takes the next key as soon as it can.
    const nextAt = freeWorkers > 1 ? now : nextFreeAt
    if (queue.size > 0 && nextAt < Infinity) this.#wake(crew, nextAt)
    const { key, cause } = item
    const look: Look = { state: 'begins', cause }
    if (limiter.waitMs(now) === 0) this.#look(crew, key, look)
    else {
      looks.set(key, look)
      this.after(limiter.reserve(now) - now, 'look', { controller: controller.name, key }, cause)
    }
  }

  /** Begins a look or goes on with it. */
  #look(crew: Crew, key: string, look: Look): void {
    if (look.state === 'over') throw new Error(`the look at ${key} is over`)
    const { kernel } = this
    const { controller, context, queue, looks } = crew
    const { cause } = look
    this.lastWork = { controller: controller.name, key, at: kernel.now }
    const outcome = kernel.withCause(cause, () => {
      if (look.state === 'cut') return controller.resume!(context, key, look.rest)
      kernel.spend(this.#latencies.controllerSyncMs)
      return controller.reconcile(context, key)
    })
    if (crew.hasTurn) {
      crew.limiter.giveBack()
      crew.hasTurn = false
    }
    if ('rest' in outcome) {
      looks.set(key, { state: 'cut', cause, rest: outcome.rest })
      this.after(outcome.afterMs, 'look', { controller: controller.name, key }, cause)
      return
    }
    kernel.withCause(cause, () => {
      if ('retry' in outcome) {
        const { maxRetries } = controller
        if (maxRetries !== undefined && queue.retries(key) >= maxRetries) queue.forget(key)
        else context.enqueue(key, queue.backoffMs(key))
      } else {
        queue.forget(key)
        if ('againMs' in outcome) context.enqueue(key, Math.max(1, outcome.againMs))
      }
    })
    const freeAt = kernel.now
    // A real informer is as fast as the answer to a write: the next look at a key sees what the last one wrote.
    looks.set(key, { state: 'over', freeAt, seenAt: freeAt + this.#latencies.watchMs + 1 })
    if (queue.size > 0) this.#wake(crew, freeAt)
  }

  protected save(): unknown {
    const crews = new Map<string, CrewState>()
    for (const [name, { queue, recorder, limiter, context, looks, waiting, wakeAt }] of this.#crews)
      crews.set(name, {
        queue: queue.snapshot(),
        recorder: recorder.snapshot(),
        limiter: limiter.snapshot(),
        state: copyPlain(context.state),
        looks: new Map(looks),
        waiting: new Map(waiting),
        wakeAt,
      })
    return { crews, informers: this.#informers.snapshot(), election: this.#election.snapshot(), lastWork: this.lastWork }
  }

  protected load(state: unknown): void {
    const saved = state as {
      crews: ReadonlyMap<string, CrewState>
      informers: Parameters<Informers['restore']>[0]
      election: Parameters<LeaderElection['restore']>[0]
      lastWork: ControllerManager['lastWork']
    }
    for (const [name, crew] of this.#crews) {
      const { queue, recorder, limiter, state: memory, looks, waiting, wakeAt } = saved.crews.get(name)!
      crew.queue.restore(queue as Parameters<WorkQueue['restore']>[0])
      crew.recorder.restore(recorder as Parameters<Recorder['restore']>[0])
      crew.limiter.restore(limiter as Parameters<RateLimiter['restore']>[0])
      crew.context.state = copyPlain(memory)
      crew.looks = new Map(looks)
      crew.waiting = new Map(waiting)
      crew.wakeAt = wakeAt
    }
    this.#informers.restore(saved.informers)
    this.#election.restore(saved.election)
    this.lastWork = saved.lastWork
  }
}
