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
import { WorkQueue } from './work-queue.ts'

/** Who answers for a controller at the API server: its own name, so that causes name the controller and not the process. */
export type ApiFor = (controller: string, background: boolean) => Api

interface Worker {
  readonly controller: Controller
  readonly queue: WorkQueue
  readonly recorder: Recorder
  readonly context: Context & { state: unknown }
  /** When it may look at the next key. */
  freeAt: Millis
  /** The key it looked at last. */
  lastKey: string
  /** Keys that come back later, and when: of several times the earliest counts. */
  waiting: Map<string, Millis>
  /** A `work` message is under way. */
  awake: boolean
}

interface WorkerState {
  readonly queue: unknown
  readonly recorder: unknown
  readonly state: unknown
  readonly freeAt: Millis
  readonly lastKey: string
  readonly waiting: ReadonlyMap<string, Millis>
  readonly awake: boolean
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
 * The controller manager: one process, one informer, a work queue for each controller, leader election around them all.
 * A look at a key is atomic; what its requests would have taken keeps that controller (and no other) busy.
 */
export class ControllerManager extends Component {
  readonly #informers: Informers
  readonly #election: LeaderElection
  readonly #workers = new Map<string, Worker>()
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
    for (const controller of options.controllers) this.#workers.set(controller.name, this.#worker(controller, options.apiFor))
  }

  get isLeading(): boolean {
    return this.isRunning && this.#election.isLeading
  }

  /** Keys waiting in each controller's queue. */
  queueSizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#workers].map(([name, worker]) => [name, worker.queue.size]))
  }

  #worker(controller: Controller, apiFor: ApiFor): Worker {
    const { kernel } = this
    const api = apiFor(controller.name, false)
    const recorder = new Recorder({ kernel, api: apiFor(controller.name, true), component: controller.eventSource ?? controller.name })
    const queue = new WorkQueue()
    const enqueue = (key: string, delayMs: Millis = 0, cause = kernel.cause): void => {
      if (delayMs > 0) {
        const due = kernel.now + delayMs
        if ((worker.waiting.get(key) ?? Infinity) <= due) return
        worker.waiting.set(key, due)
        this.after(delayMs, 'enqueue', { controller: controller.name, key, due }, cause)
        return
      }
      queue.add(key, cause)
      this.#wake(worker)
    }
    const context: Context & { state: unknown } = {
      get now() {
        return kernel.now
      },
      get unixMs() {
        return kernel.unixMs
      },
      rng: kernel.rng(controller.name),
      api,
      cache: this.#informers,
      events: recorder,
      state: controller.initialState?.() ?? {},
      enqueue,
    }
    const worker: Worker = { controller, queue, recorder, context, freeAt: kernel.now, lastKey: '', waiting: new Map(), awake: false }
    return worker
  }

  protected onStart(): void {
    this.#election.begin(CONTROL_PLANE_HOST)
    this.#elect()
  }

  protected onStop(): void {
    this.#election.end()
    this.#informers.stop()
    for (const worker of this.#workers.values()) this.#reset(worker)
    this.lastWork = undefined
  }

  #reset(worker: Worker): void {
    worker.queue.clear()
    worker.recorder.reset()
    worker.context.state = worker.controller.initialState?.() ?? {}
    worker.freeAt = this.kernel.now
    worker.lastKey = ''
    worker.waiting.clear()
    worker.awake = false
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
        const { controller, key, due } = body as { controller: string; key: string; due?: Millis }
        const worker = this.#workers.get(controller)!
        if (due !== undefined) {
          if (worker.waiting.get(key) !== due) return
          worker.waiting.delete(key)
        }
        worker.queue.add(key, this.kernel.cause)
        this.#wake(worker)
        return
      }
      case 'periodic': {
        const { controller, index } = body as { controller: string; index: number }
        const worker = this.#workers.get(controller)!
        const { key, everyMs } = worker.controller.periodic![index]!
        this.after(everyMs, 'periodic', body, 0)
        worker.queue.add(key, 0)
        this.#wake(worker)
        return
      }
      case 'work':
        this.#work(this.#workers.get(body as string)!)
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
    for (const worker of this.#workers.values())
      worker.controller.periodic?.forEach(({ everyMs, firstMs }, index) =>
        this.after(firstMs ?? everyMs, 'periodic', { controller: worker.controller.name, index }, 0),
      )
    if (!this.#informers.start()) this.after(RELIST_MS, 'relist')
  }

  #changed(change: Change): void {
    for (const { controller, context } of this.#workers.values()) controller.watches[change.resource]?.(change, context)
  }

  #wake(worker: Worker): void {
    if (worker.awake) return
    worker.awake = true
    this.after(Math.max(0, worker.freeAt - this.kernel.now), 'work', worker.controller.name, 0)
  }

  #work(worker: Worker): void {
    const { kernel } = this
    worker.awake = false
    const item = worker.queue.pop()
    if (!item) return
    const seenAt = worker.freeAt + this.#latencies.watchMs + 1
    if (item.key === worker.lastKey && kernel.now < seenAt) {
      // A real informer is as fast as the answer to a write: the next look at a key sees what the last one wrote.
      this.after(seenAt - kernel.now, 'enqueue', { controller: worker.controller.name, key: item.key }, item.cause)
      if (worker.queue.size > 0) this.#wake(worker)
      return
    }
    worker.lastKey = item.key
    this.lastWork = { controller: worker.controller.name, key: item.key, at: kernel.now }
    kernel.withCause(item.cause, () => {
      kernel.spend(this.#latencies.controllerSyncMs)
      const outcome = worker.controller.reconcile(worker.context, item.key)
      if ('retry' in outcome) {
        const { maxRetries } = worker.controller
        if (maxRetries !== undefined && worker.queue.retries(item.key) >= maxRetries) worker.queue.forget(item.key)
        else worker.context.enqueue(item.key, worker.queue.backoffMs(item.key))
      } else {
        worker.queue.forget(item.key)
        if ('againMs' in outcome) worker.context.enqueue(item.key, Math.max(1, outcome.againMs))
      }
    })
    worker.freeAt = kernel.now
    if (worker.queue.size > 0) this.#wake(worker)
  }

  protected save(): unknown {
    const workers = new Map<string, WorkerState>()
    for (const [name, { queue, recorder, context, freeAt, lastKey, waiting, awake }] of this.#workers)
      workers.set(name, { queue: queue.snapshot(), recorder: recorder.snapshot(), state: copyPlain(context.state), freeAt, lastKey, waiting: new Map(waiting), awake })
    return { workers, informers: this.#informers.snapshot(), election: this.#election.snapshot(), lastWork: this.lastWork }
  }

  protected load(state: unknown): void {
    const saved = state as {
      workers: ReadonlyMap<string, WorkerState>
      informers: Parameters<Informers['restore']>[0]
      election: Parameters<LeaderElection['restore']>[0]
      lastWork: ControllerManager['lastWork']
    }
    for (const [name, worker] of this.#workers) {
      const { queue, recorder, state: memory, freeAt, lastKey, waiting, awake } = saved.workers.get(name)!
      worker.queue.restore(queue as Parameters<WorkQueue['restore']>[0])
      worker.recorder.restore(recorder as Parameters<Recorder['restore']>[0])
      worker.context.state = copyPlain(memory)
      worker.freeAt = freeAt
      worker.lastKey = lastKey
      worker.waiting = new Map(waiting)
      worker.awake = awake
    }
    this.#informers.restore(saved.informers)
    this.#election.restore(saved.election)
    this.lastWork = saved.lastWork
  }
}
