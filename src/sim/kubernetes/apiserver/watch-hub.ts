import { CONTROL_PLANE_HOST, type Network } from '../../infrastructure/network.ts'
import { assert } from '../../kernel/assert.ts'
import type { Actor, Kernel } from '../../kernel/kernel.ts'
import type { Message } from '../../kernel/message-queue.ts'
import type { Latencies } from '../../kernel/latencies.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Commit, Store } from '../etcd/store.ts'
import type { ApiEndpoint } from './connection.ts'

/** Who wants to be told about what. */
export interface WatchOptions {
  /** Name of the watch; unique. */
  readonly name: string
  readonly host: string
  readonly resources: readonly string[]
  /** Pods only if they are bound to this node (`spec.nodeName` field selector). */
  readonly nodeName?: string
  /** Called with what has arrived, oldest first. */
  readonly deliver: (commits: readonly Commit[]) => void
  /** The connection is gone: what was under way is lost and the watcher must list again. */
  readonly broken: () => void
}

interface Arrival {
  readonly commit: Commit
  readonly at: Millis
}

interface WatchState {
  open: boolean
  /** In the order in which they arrive. */
  arrivals: Arrival[]
  /** When the next delivery message is due; undefined: none is under way. Any other that comes is void. */
  wakeAt: Millis | undefined
}

const isSameObject = (a: Commit, b: Commit): boolean =>
  a.name === b.name && a.namespace === b.namespace && a.resource === b.resource

/**
 * Puts a commit where its time puts it. Writers run ahead of the clock by what they have spent, so a later commit may have happened
 * earlier: to watchers it did. Versions of one object stay in their order.
 */
function insert(arrivals: Arrival[], commit: Commit, at: Millis): Arrival {
  let index = arrivals.length
  while (index > 0 && arrivals[index - 1]!.at > at && !isSameObject(arrivals[index - 1]!.commit, commit)) index -= 1
  const arrival = { commit, at: Math.max(at, arrivals[index - 1]?.at ?? at) }
  arrivals.splice(index, 0, arrival)
  return arrival
}

/**
 * The API server's watch connections: every commit reaches each interested watcher after the watch latency, in the order of time.
 * Models the watch cache and client-go's reflector transport. Simplified: no bookmarks on internal watches.
 */
export class WatchHub implements Actor {
  readonly name = 'watch-hub'
  readonly #kernel: Kernel
  readonly #network: Network
  readonly #latencies: Latencies
  readonly #server: ApiEndpoint
  readonly #watches = new Map<string, WatchOptions>()
  readonly #states = new Map<string, WatchState>()
  readonly #byResource = new Map<string, WatchOptions[]>()
  readonly #podsByNode = new Map<string, WatchOptions[]>()

  constructor(options: { kernel: Kernel; network: Network; latencies: Latencies; store: Store; server: ApiEndpoint }) {
    this.#kernel = options.kernel
    this.#network = options.network
    this.#latencies = options.latencies
    this.#server = options.server
    options.kernel.register(this)
    options.store.onCommit((commit) => this.#committed(commit))
    options.network.onChange(() => this.breakUnreachable())
  }

  register(watch: WatchOptions): void {
    assert(!this.#watches.has(watch.name), 'watch registered twice', watch.name)
    this.#watches.set(watch.name, watch)
    this.#states.set(watch.name, { open: false, arrivals: [], wakeAt: undefined })
    for (const resource of watch.resources) {
      const index = resource === 'pods' && watch.nodeName !== undefined ? this.#podsByNode : this.#byResource
      const key = index === this.#podsByNode ? watch.nodeName! : resource
      const list = index.get(key)
      if (list) list.push(watch)
      else index.set(key, [watch])
    }
  }

  /** Whether `host` could open a watch now. */
  isReachable(host: string): boolean {
    return this.#server.isServing && this.#network.canReach(host, CONTROL_PLANE_HOST)
  }

  /** Starts the flow of commits from now on; the caller has just listed. */
  open(name: string): void {
    const state = this.#states.get(name)!
    state.open = true
    state.arrivals = []
  }

  close(name: string): void {
    const state = this.#states.get(name)!
    state.open = false
    state.arrivals = []
  }

  /** After a fault: breaks every watch that no longer reaches the server. */
  breakUnreachable(): void {
    for (const [name, watch] of this.#watches) {
      const state = this.#states.get(name)!
      if (!state.open || this.isReachable(watch.host)) continue
      this.close(name)
      watch.broken()
    }
  }

  #committed(commit: Commit): void {
    const watches = this.#byResource.get(commit.resource)
    if (watches) for (const watch of watches) this.#send(watch, commit)
    if (commit.resource === 'pods' && this.#podsByNode.size > 0) {
      const node = (commit.object as unknown as { spec?: { nodeName?: string } }).spec?.nodeName
      const bound = node ? this.#podsByNode.get(node) : undefined
      if (bound) for (const watch of bound) this.#send(watch, commit)
    }
  }

  #send(watch: WatchOptions, commit: Commit): void {
    const state = this.#states.get(watch.name)!
    if (!state.open) return
    const latency = this.#latencies.watchMs
    const { at } = insert(state.arrivals, commit, this.#kernel.now + latency)
    if (this.#kernel.onHop && commit.resource !== 'leases.coordination.k8s.io') {
      const label = `${commit.type} ${commit.resource} ${commit.namespace ? `${commit.namespace}/` : ''}${commit.name}`
      this.#kernel.hop({ from: 'api-server', to: watch.name, kind: 'watch', label }, latency)
    }
    if (state.wakeAt !== undefined && state.wakeAt <= at) return
    state.wakeAt = at
    this.#kernel.post(this.name, 'deliver', watch.name, at - this.#kernel.now, commit.cause)
  }

  receive(message: Message): void {
    const name = message.body as string
    const state = this.#states.get(name)
    const watch = this.#watches.get(name)
    if (!state || !watch) return
    const { now } = this.#kernel
    if (state.wakeAt !== now) return
    state.wakeAt = undefined
    if (!state.open) return
    let count = 0
    while (count < state.arrivals.length && state.arrivals[count]!.at <= now) count += 1
    const due = state.arrivals.splice(0, count)
    const next = state.arrivals[0]
    if (next) {
      state.wakeAt = next.at
      this.#kernel.post(this.name, 'deliver', name, next.at - now, next.commit.cause)
    }
    if (due.length > 0) watch.deliver(due.map(({ commit }) => commit))
  }

  snapshot(): ReadonlyMap<string, WatchState> {
    const copy = new Map<string, WatchState>()
    for (const [name, state] of this.#states) copy.set(name, { ...state, arrivals: state.arrivals.slice() })
    return copy
  }

  restore(snapshot: ReadonlyMap<string, WatchState>): void {
    for (const [name, state] of this.#states) {
      const saved = snapshot.get(name)
      Object.assign(
        state,
        saved ? { ...saved, arrivals: saved.arrivals.slice() } : { open: false, arrivals: [], wakeAt: undefined },
      )
    }
  }
}
