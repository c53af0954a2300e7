import type { Network } from '../../infrastructure/network.ts'
import type { PodNetwork } from '../../infrastructure/pod-network.ts'
import type { Actor, Kernel } from '../../kernel/kernel.ts'
import type { Message } from '../../kernel/message-queue.ts'
import type { Rng } from '../../kernel/rng.ts'
import type { Millis } from '../../kernel/time.ts'
import type { KubeProxy } from './kube-proxy.ts'
import { type Backend, chooseBackend, type PortTable, type ServiceTable } from './service-table.ts'

/** After so long without an answer a client gives up. */
export const CLIENT_TIMEOUT_MS = 2000
/** Buckets of one second are kept for so long. */
const KEPT_SECONDS = 60
const MICROS = 1_000_000

/** A crowd of clients that sends requests to one Service. */
export interface TrafficSource {
  readonly id: string
  /** `namespace/name` */
  readonly service: string
  /** Service port; absent: its first. */
  readonly port?: number
  readonly path?: string
  readonly ratePerSecond: number
  /** Clients that keep their connection open send all their requests to one backend until it breaks. */
  readonly keepAlive?: boolean
  /** How many connections are kept open. */
  readonly connections?: number
  /** The node whose rules the clients use; absent: each request enters at some node that has power. */
  readonly fromNode?: string
}

/** Why a request failed, in the client's words. */
export type Failure =
  'connection refused' | 'no endpoints' | 'timeout' | 'connection reset' | 'server error' | 'no such service' | 'no node'

export interface Outcome {
  readonly service: string
  readonly at: Millis
  readonly durationMs: Millis
  /** `namespace/name`, or undefined when it reached none. */
  readonly pod: string | undefined
  readonly failure: Failure | undefined
}

export interface Bucket {
  /** Second since the start in which the requests were sent. */
  readonly second: number
  ok: number
  failed: number
  latencyMs: number
  /** Failure to count. */
  readonly failures: Map<string, number>
  /** Pod to count. */
  readonly backends: Map<string, number>
}

export interface ServiceTraffic {
  ok: number
  failed: number
  readonly failures: Map<string, number>
  /** Oldest first. */
  readonly buckets: Bucket[]
}

interface SourceState {
  source: TrafficSource
  /** Microseconds since the start at which the next request is sent. */
  nextMicros: number
  /** Messages of earlier settings of this source are void. */
  generation: number
  /** Backends of kept connections. */
  kept: (Backend | undefined)[]
}

/**
 * Draws requests one by one and follows each through the rules of the node where it enters to a container that answers or does not.
 * Simplified: a request is followed at the moment it is sent; clients do not retry; the crowd enters through nodes that have power.
 */
export class Traffic implements Actor {
  readonly name = 'traffic'
  /** Set by whoever draws the dots; never part of the state. */
  onOutcome: ((outcome: Outcome) => void) | undefined
  readonly #kernel: Kernel
  readonly #network: Network
  readonly #pods: PodNetwork
  readonly #proxies: readonly KubeProxy[]
  readonly #rng: Rng
  #sources = new Map<string, SourceState>()
  #services = new Map<string, ServiceTraffic>()

  constructor(options: { kernel: Kernel; network: Network; pods: PodNetwork; proxies: readonly KubeProxy[] }) {
    this.#kernel = options.kernel
    this.#network = options.network
    this.#pods = options.pods
    this.#proxies = options.proxies
    this.#rng = options.kernel.rng('traffic')
    options.kernel.register(this)
  }

  sources(): readonly TrafficSource[] {
    return [...this.#sources.values()].map(({ source }) => source)
  }

  /** Counts of a Service (`namespace/name`) since the start, and by second for the last minute. */
  of(service: string): ServiceTraffic | undefined {
    return this.#services.get(service)
  }

  services(): Iterable<[string, ServiceTraffic]> {
    return this.#services
  }

  /** Starts a source, or changes one of the same id; a rate of 0 ends it. */
  set(source: TrafficSource): void {
    const before = this.#sources.get(source.id)
    const generation = (before?.generation ?? 0) + 1
    if (source.ratePerSecond <= 0) {
      if (before) this.#sources.set(source.id, { ...before, source, generation })
      return
    }
    const state: SourceState = { source, nextMicros: this.#kernel.now * 1000, generation, kept: [] }
    this.#sources.set(source.id, state)
    this.#next(state)
  }

  /** Gaps are uniform between half and one and a half of the mean, in whole microseconds. */
  #next(state: SourceState): void {
    const mean = Math.max(1, Math.round(MICROS / state.source.ratePerSecond))
    state.nextMicros += this.#rng.between(mean - (mean >> 1), mean + (mean >> 1))
    const at = Math.max(this.#kernel.now, Math.floor(state.nextMicros / 1000))
    this.#kernel.post(this.name, 'send', { id: state.source.id, generation: state.generation }, at - this.#kernel.now, 0)
  }

  receive(message: Message): void {
    const { id, generation } = message.body as { id: string; generation: number }
    const state = this.#sources.get(id)
    if (!state || state.generation !== generation) return
    const limit = (this.#kernel.now + 1) * 1000
    // Several requests within one millisecond share a message.
    let sent = 0
    const mean = MICROS / state.source.ratePerSecond
    do {
      this.#send(state)
      sent += 1
      if (state.nextMicros + mean >= limit || sent >= 1000) break
      state.nextMicros += Math.max(1, Math.round(mean))
    } while (state.nextMicros < limit)
    this.#next(state)
  }

  #send(state: SourceState): void {
    const { source } = state
    const slot = source.keepAlive ? this.#rng.int(Math.max(1, source.connections ?? 1)) : -1
    const entry = this.#entry(source)
    if (!entry) {
      this.#count(source.service, 0, undefined, 'no node')
      return
    }
    let backend = slot >= 0 ? state.kept[slot] : undefined
    if (!backend) {
      const table = entry.tables.get(source.service)
      const port = table && portOf(table, source.port)
      if (!table || !port) {
        this.#count(source.service, 0, undefined, 'no such service')
        return
      }
      const choice = chooseBackend(port, table, entry.node, source.fromNode === undefined, this.#rng)
      if (choice.type !== 'backend') {
        const dropped = choice.type === 'dropped'
        this.#count(source.service, dropped ? CLIENT_TIMEOUT_MS : 1, undefined, dropped ? 'timeout' : 'no endpoints')
        return
      }
      backend = choice.backend
      if (slot >= 0) state.kept[slot] = backend
    }
    const reply = this.#pods.request(entry.node, backend.address, backend.port, source.path ?? '/')
    const pod = backend.pod || backend.address
    switch (reply.type) {
      case 'answered':
        this.#count(source.service, reply.afterMs, pod, reply.status >= 500 ? 'server error' : undefined)
        return
      case 'refused':
        this.#count(source.service, 1, pod, 'connection refused')
        break
      case 'reset':
        this.#count(source.service, reply.afterMs, pod, 'connection reset')
        break
      case 'silent':
        this.#count(source.service, CLIENT_TIMEOUT_MS, pod, 'timeout')
    }
    if (slot >= 0) state.kept[slot] = undefined
  }

  #entry(source: TrafficSource): KubeProxy | undefined {
    const proxies = this.#proxies
    if (source.fromNode !== undefined) {
      const proxy = proxies.find(({ node }) => node === source.fromNode)
      return proxy && this.#network.host(proxy.node)?.poweredOn ? proxy : undefined
    }
    const start = proxies.length > 1 ? this.#rng.int(proxies.length) : 0
    for (let i = 0; i < proxies.length; i++) {
      const proxy = proxies[(start + i) % proxies.length]!
      if (this.#network.host(proxy.node)?.poweredOn) return proxy
    }
    return undefined
  }

  #count(service: string, durationMs: Millis, pod: string | undefined, failure: Failure | undefined): void {
    const { now } = this.#kernel
    let traffic = this.#services.get(service)
    if (!traffic) this.#services.set(service, (traffic = { ok: 0, failed: 0, failures: new Map(), buckets: [] }))
    const second = Math.floor(now / 1000)
    let bucket = traffic.buckets.at(-1)
    if (!bucket || bucket.second !== second) {
      bucket = { second, ok: 0, failed: 0, latencyMs: 0, failures: new Map(), backends: new Map() }
      traffic.buckets.push(bucket)
      if (traffic.buckets.length > KEPT_SECONDS) traffic.buckets.shift()
    }
    if (pod !== undefined) bucket.backends.set(pod, (bucket.backends.get(pod) ?? 0) + 1)
    if (failure === undefined) {
      traffic.ok += 1
      bucket.ok += 1
      bucket.latencyMs += durationMs
    } else {
      traffic.failed += 1
      bucket.failed += 1
      traffic.failures.set(failure, (traffic.failures.get(failure) ?? 0) + 1)
      bucket.failures.set(failure, (bucket.failures.get(failure) ?? 0) + 1)
    }
    this.onOutcome?.({ service, at: now, durationMs, pod, failure })
  }

  snapshot(): unknown {
    return { sources: copySources(this.#sources), services: copyServices(this.#services) }
  }

  restore(state: unknown): void {
    const saved = state as { sources: Map<string, SourceState>; services: Map<string, ServiceTraffic> }
    this.#sources = copySources(saved.sources)
    this.#services = copyServices(saved.services)
  }
}

const portOf = (table: ServiceTable, port: number | undefined): PortTable | undefined =>
  port === undefined ? table.ports[0] : table.ports.find((candidate) => candidate.port === port)

const copySources = (sources: ReadonlyMap<string, SourceState>): Map<string, SourceState> =>
  new Map([...sources].map(([id, state]) => [id, { ...state, kept: state.kept.slice() }]))

const copyServices = (services: ReadonlyMap<string, ServiceTraffic>): Map<string, ServiceTraffic> =>
  new Map(
    [...services].map(([id, { ok, failed, failures, buckets }]) => [
      id,
      {
        ok,
        failed,
        failures: new Map(failures),
        buckets: buckets.map((bucket) => ({ ...bucket, failures: new Map(bucket.failures), backends: new Map(bucket.backends) })),
      },
    ]),
  )
