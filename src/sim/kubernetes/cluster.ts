import { CONTROL_PLANE_HOST, Network } from '../infrastructure/network.ts'
import type { CauseId } from '../kernel/causes.ts'
import type { Component } from '../kernel/component.ts'
import { Kernel } from '../kernel/kernel.ts'
import { DEFAULT_LATENCIES, type Latencies } from '../kernel/latencies.ts'
import type { Millis } from '../kernel/time.ts'
import type { Api } from './api/client.ts'
import type { ApiSchema } from './api/schema.ts'
import { ApiServer } from './apiserver/api-server.ts'
import { ApiServerProcess } from './apiserver/api-server-process.ts'
import { connect } from './apiserver/connection.ts'
import { WatchHub } from './apiserver/watch-hub.ts'
import { bootstrap } from './bootstrap.ts'
import { allControllers } from './controllers/all.ts'
import type { ResourceMetrics } from './controllers/resource-metrics.ts'
import type { Controller } from './controllers/runtime/controller.ts'
import { ControllerManager } from './controllers/runtime/controller-manager.ts'
import type { ClientRate } from './controllers/runtime/rate-limiter.ts'
import { Etcd } from './etcd/etcd.ts'
import { DEFAULT_NODES, type NodeSpec } from './node-spec.ts'

/** Where kubectl runs: a machine beside the cluster that always reaches the control plane's network. */
export const WORKSTATION = 'workstation'

/** What a part of the cluster is given to find its way. */
export interface ClusterContext {
  readonly kernel: Kernel
  readonly network: Network
  readonly latencies: Latencies
  readonly store: Etcd['store']
  readonly hub: WatchHub
  /**
   * A component's connection to the API server: `client` names it in causes and hops, `host` decides whether it gets through.
   * `background`: the caller does not wait for the answer.
   */
  connect(client: string, host: string, background?: boolean): Api
}

/** Makes the processes of one node (kubelet, kube-proxy …), in the order in which they start. */
export type NodeAgents = (context: ClusterContext, node: NodeSpec) => readonly Component[]
/** Makes a control-plane process such as the scheduler. */
export type ControlPlanePart = (context: ClusterContext) => Component

export interface ClusterOptions {
  readonly seed: number
  readonly schema: ApiSchema
  readonly epochMs?: number
  /** Where time begins; below 0 leaves room for the cluster to come up before the recording starts. */
  readonly startAt?: Millis
  readonly latencies?: Partial<Latencies>
  readonly nodes?: readonly NodeSpec[]
  readonly nodeAgents: NodeAgents
  readonly scheduler?: ControlPlanePart
  readonly controllers?: readonly Controller[]
  /** `--kube-api-qps` and `--kube-api-burst` of the controller manager; absent: its defaults. */
  readonly clientRate?: ClientRate
  /** Absent: no metrics server is installed. */
  readonly metrics?: ResourceMetrics
  /** Between power on and the first process. */
  readonly bootMs?: Millis
}

interface PowerState {
  readonly stopped: ReadonlySet<string>
  readonly powered: ReadonlyMap<string, string>
  readonly silenced: ReadonlyMap<string, CauseId>
}

const DEFAULT_BOOT_MS = 20_000

/** A whole cluster on one kernel: the true layer (network, hosts, processes) and the written one (store, API). */
export class Cluster {
  readonly kernel: Kernel
  readonly network: Network
  readonly etcd: Etcd
  readonly apiServer: ApiServer
  readonly apiServerProcess: ApiServerProcess
  readonly hub: WatchHub
  readonly controllerManager: ControllerManager
  readonly scheduler: Component | undefined
  readonly context: ClusterContext
  /** Every process by name, with the host it runs on. */
  readonly processes = new Map<string, { readonly component: Component; readonly host: string }>()
  readonly #bootMs: Millis
  /** Processes that a fault keeps down although their host has power. */
  #stopped = new Set<string>()
  /** Hosts as last seen, to notice power going off and on. */
  #powered = new Map<string, string>()
  /** Nodes whose kubelet cannot reach the API server, and what is to blame. */
  #silenced = new Map<string, CauseId>()

  constructor(options: ClusterOptions) {
    const kernel = new Kernel({ seed: options.seed, ...(options.epochMs === undefined ? {} : { epochMs: options.epochMs }), ...(options.startAt === undefined ? {} : { startAt: options.startAt }) })
    const network = new Network(kernel)
    const latencies = { ...DEFAULT_LATENCIES, ...options.latencies }
    const etcd = new Etcd(kernel)
    const process = new ApiServerProcess({ kernel, store: etcd.store })
    const hub = new WatchHub({ kernel, network, latencies, store: etcd.store, server: process })
    process.onChange = () => hub.breakUnreachable()
    this.kernel = kernel
    this.network = network
    this.etcd = etcd
    this.apiServerProcess = process
    this.hub = hub
    this.#bootMs = options.bootMs ?? DEFAULT_BOOT_MS
    this.apiServer = new ApiServer({ kernel, store: etcd.store, schema: options.schema })
    this.context = {
      kernel,
      network,
      latencies,
      store: etcd.store,
      hub,
      connect: (client, host, background = false) =>
        connect({
          kernel,
          network,
          latencies,
          server: process,
          api: this.apiServer.client({ user: client, trusted: true }),
          client,
          host,
          background,
        }),
    }
    network.addHost(CONTROL_PLANE_HOST)
    network.addHost(WORKSTATION)
    this.#own(process, CONTROL_PLANE_HOST)
    this.controllerManager = new ControllerManager({
      kernel,
      hub,
      store: etcd.store,
      latencies,
      apiFor: (controller, background) => this.context.connect(controller, CONTROL_PLANE_HOST, background),
      controllers: options.controllers ?? allControllers(options.metrics),
      ...(options.clientRate ? { clientRate: options.clientRate } : {}),
    })
    this.#own(this.controllerManager, CONTROL_PLANE_HOST)
    this.scheduler = options.scheduler?.(this.context)
    if (this.scheduler) this.#own(this.scheduler, CONTROL_PLANE_HOST)
    for (const node of options.nodes ?? DEFAULT_NODES) {
      network.addHost(node.name)
      for (const component of options.nodeAgents(this.context, node)) this.#own(component, node.name)
    }
    kernel.register({
      name: 'power',
      receive: (message) => this.#boot(message.body as string),
      snapshot: (): PowerState => ({ stopped: new Set(this.#stopped), powered: new Map(this.#powered), silenced: new Map(this.#silenced) }),
      restore: (state) => {
        const { stopped, powered, silenced } = state as PowerState
        this.#stopped = new Set(stopped)
        this.#powered = new Map(powered)
        this.#silenced = new Map(silenced)
      },
    })
    for (const host of network.hosts()) this.#powered.set(host.name, host.bootId)
    network.onChange(() => {
      this.#followPower()
      this.#followSilence()
    })
  }

  /** What keeps a node's kubelet from reporting: the cause of its silence, or undefined while it reports. */
  silencedBy(node: string): CauseId | undefined {
    return this.#silenced.get(node)
  }

  /** Writes the first objects and starts every process: the control plane, then the nodes. */
  start(addOns: Parameters<typeof bootstrap>[2] = []): void {
    const { kernel } = this
    kernel.withCause(kernel.addCause({ type: 'start', actor: 'scenario', verb: 'start' }), () => {
      this.apiServerProcess.start()
      bootstrap(this.apiServer.client({ user: 'kube-apiserver', trusted: false }), kernel.unixMs, addOns)
      for (const { component } of this.processes.values()) component.start()
    })
  }

  /** The student's kubectl. Not trusted: decoded, defaulted, validated and admitted like any stranger's. */
  client(user = 'you'): Api {
    return connect({
      kernel: this.kernel,
      network: this.network,
      latencies: this.context.latencies,
      server: this.apiServerProcess,
      api: this.apiServer.client({ user, trusted: false }),
      client: 'kubectl',
      host: WORKSTATION,
      background: true,
    })
  }

  /** Stops a process and keeps it down until `startProcess`; false when there is none of that name. */
  stopProcess(name: string): boolean {
    const process = this.processes.get(name)
    if (!process) return false
    this.#stopped.add(name)
    process.component.stop()
    this.#followSilence()
    return true
  }

  startProcess(name: string): boolean {
    const process = this.processes.get(name)
    if (!process) return false
    this.#stopped.delete(name)
    if (this.network.host(process.host)?.poweredOn) process.component.start()
    this.#followSilence()
    return true
  }

  #own(component: Component, host: string): void {
    this.processes.set(component.name, { component, host })
  }

  #followPower(): void {
    for (const host of this.network.hosts()) {
      const before = this.#powered.get(host.name)
      const after = host.poweredOn ? host.bootId : ''
      if (before === after) continue
      this.#powered.set(host.name, after)
      for (const process of this.processes.values()) if (process.host === host.name) process.component.stop()
      if (host.poweredOn) this.kernel.post('power', 'boot', host.bootId, this.#bootMs)
    }
  }

  #followSilence(): void {
    for (const [name, { component, host }] of this.processes) {
      if (name !== `kubelet/${host}`) continue
      const reports = component.isRunning && this.network.canReach(host, CONTROL_PLANE_HOST)
      if (reports) this.#silenced.delete(host)
      else if (!this.#silenced.has(host)) this.#silenced.set(host, this.kernel.cause)
    }
  }

  /** A boot that was cut short by another power cut has another id and ends nowhere. */
  #boot(bootId: string): void {
    for (const [name, { component, host }] of this.processes)
      if (this.#powered.get(host) === bootId && !this.#stopped.has(name)) component.start()
    this.#followSilence()
  }
}
