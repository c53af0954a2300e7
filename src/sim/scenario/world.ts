import { ContainerRuntime } from '../infrastructure/container-runtime.ts'
import { ImageRegistry } from '../infrastructure/image-registry.ts'
import { CONTROL_PLANE_HOST } from '../infrastructure/network.ts'
import { RuntimeNetwork } from '../infrastructure/runtime-network.ts'
import type { Kernel, KernelSnapshot } from '../kernel/kernel.ts'
import type { Millis } from '../kernel/time.ts'
import type { Environment, Metrics, Session } from '../kubectl/command.ts'
import { ResourceRegistry } from '../kubernetes/api/resources.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import { answer, type Answer, refuse } from '../kubernetes/api/status.ts'
import type { Pod } from '../kubernetes/api/types.ts'
import { STANDARD_STORAGE_CLASS } from '../kubernetes/bootstrap.ts'
import { Cluster } from '../kubernetes/cluster.ts'
import { Kubelet } from '../kubernetes/kubelet/kubelet.ts'
import { MetricsServer } from '../kubernetes/metrics/metrics-server.ts'
import { KubeProxy } from '../kubernetes/proxy/kube-proxy.ts'
import { ServiceClient } from '../kubernetes/proxy/service-client.ts'
import { Traffic, type TrafficSource } from '../kubernetes/proxy/traffic.ts'
import { DEFAULT_RELEASE, RELEASES } from '../kubernetes/scheduler/releases.ts'
import { storedOnly } from '../kubernetes/simulated.ts'
import { Scheduler } from '../kubernetes/scheduler/scheduler.ts'
import { type Action, type ActResult, verbOf } from './action.ts'
import { describeImages, latenciesOf, nodesOf } from './cluster-spec.ts'
import { Conditions } from './conditions.ts'
import { Director } from './director.ts'
import { Faults } from './faults.ts'
import type { Scenario, TimelineEntry } from './schema.ts'
import { runInPod } from './pod-shell.ts'
import { targetsOf } from './targets.ts'
import { Terminal } from './terminal.ts'

/** The cluster comes up before the recording starts, so that at time 0 its nodes are Ready. */
const WARM_UP_MS = 10_000

export interface WorldOptions {
  readonly schema: ApiSchema
  readonly scenario?: Scenario
  /** What `kubectl apply -f` takes at time 0. */
  readonly manifests: string
  /** Absent: the scenario's, else 42. */
  readonly seed?: number
  /** A checked KubeSchedulerConfiguration instead of the scenario's. */
  readonly scheduler?: unknown
}

export const DEFAULT_SEED = 42

/**
 * One world: a cluster with its true layer, the load on it, the student's terminal, and the scenario that is played on it. The same options and the
 * same actions at the same times give the same digest, everywhere and after any restore.
 */
export class World {
  readonly kernel: Kernel
  readonly cluster: Cluster
  readonly registry: ImageRegistry
  readonly runtimes: readonly ContainerRuntime[]
  readonly kubelets: readonly Kubelet[]
  readonly proxies: readonly KubeProxy[]
  readonly scheduler: Scheduler
  readonly traffic: Traffic
  readonly terminal: Terminal
  readonly faults: Faults
  readonly director: Director
  readonly conditions: Conditions
  readonly scenario: Scenario | undefined
  readonly #resources: ResourceRegistry
  readonly #schema: ApiSchema
  readonly #client: ServiceClient

  constructor({
    schema,
    scenario,
    manifests,
    seed = scenario?.spec.seed ?? DEFAULT_SEED,
    scheduler: configuration = scenario?.spec.cluster?.scheduler,
  }: WorldOptions) {
    this.scenario = scenario
    this.#schema = schema
    const registry = new ImageRegistry()
    describeImages(scenario?.spec, registry)
    const runtimes: ContainerRuntime[] = []
    const kubelets: Kubelet[] = []
    const proxies: KubeProxy[] = []
    let scheduler: Scheduler | undefined
    const cluster = new Cluster({
      seed,
      schema,
      startAt: -WARM_UP_MS,
      nodes: nodesOf(scenario?.spec),
      latencies: latenciesOf(scenario?.spec),
      metrics: (namespace, pod) => metricsServer.sample(namespace, pod),
      scheduler: (context) => (scheduler = new Scheduler(context, configuration, releaseOf(scenario))),
      nodeAgents: (context, node) => {
        const { kernel, network, hub, store, latencies } = context
        const runtime = new ContainerRuntime({ kernel, network, host: node.name, registry })
        const kubelet = new Kubelet({
          kernel,
          network,
          hub,
          store,
          latencies,
          api: context.connect(`kubelet/${node.name}`, node.name, true),
          runtime,
          registry,
          node,
        })
        const proxy = new KubeProxy(context, node.name)
        runtimes.push(runtime)
        kubelets.push(kubelet)
        proxies.push(proxy)
        return [kubelet, proxy]
      },
    })
    const metricsServer = new MetricsServer(cluster.kernel, cluster.network, runtimes)
    this.cluster = cluster
    this.kernel = cluster.kernel
    this.registry = registry
    this.runtimes = runtimes
    this.kubelets = kubelets
    this.proxies = proxies
    this.scheduler = scheduler!
    this.#resources = ResourceRegistry.of(cluster.etcd.store)
    cluster.kernel.register({
      name: 'image-registry',
      receive: () => {},
      snapshot: () => registry.snapshot(),
      restore: (state) => registry.restore(state as ReturnType<ImageRegistry['snapshot']>),
    })
    const pods = new RuntimeNetwork(cluster.network, runtimes)
    this.traffic = new Traffic({ kernel: cluster.kernel, network: cluster.network, pods, proxies })
    this.#client = new ServiceClient({ store: cluster.etcd.store, pods, proxies, rng: cluster.kernel.rng('exec') })
    this.faults = new Faults({ cluster, registry, runtimes })
    this.terminal = new Terminal(cluster.kernel, (session, stdin, files) => this.#environment(session, stdin, files))
    this.conditions = new Conditions({
      kernel: cluster.kernel,
      store: cluster.etcd.store,
      traffic: this.traffic,
      actions: () => this.director.actions,
    })
    this.director = new Director({
      kernel: cluster.kernel,
      store: cluster.etcd.store,
      spec: scenario?.spec ?? { title: { ko: '', en: '' } },
      conditions: this.conditions,
      deeds: {
        fault: (entry) => this.#timelineFault(entry),
        heal: (id) => this.#timelineHeal(id),
        kubectl: (line) => void this.terminal.runLine(line, { actor: 'scenario' }),
        traffic: (id, ratePerSecond) => this.#changeTraffic(id, ratePerSecond),
      },
    })
    cluster.start([STANDARD_STORAGE_CLASS])
    metricsServer.start()
    cluster.kernel.advanceTo(0)
    if (manifests.trim() !== '') {
      this.manifestsResult = this.terminal.run('kubectl apply -f -', ['apply', '-f', '-'], {
        stdin: manifests,
        actor: 'scenario',
      })
    }
    for (const source of scenario?.spec.traffic ?? []) {
      this.traffic.set({
        id: source.id,
        service: serviceId(source.to.slice('service/'.length)),
        ratePerSecond: Number(source.rate.split('/')[0]),
        ...(source.port === undefined ? {} : { port: source.port }),
        ...(source.path === undefined ? {} : { path: source.path }),
        ...(source.keepAlive === undefined ? {} : { keepAlive: source.keepAlive }),
        ...(source.connections === undefined ? {} : { connections: source.connections }),
        ...(source.from === undefined ? {} : { fromNode: source.from }),
      })
    }
    this.director.begin()
  }

  /** What `kubectl apply` said about the scenario's own manifests. */
  readonly manifestsResult: ActResult | undefined

  get now(): Millis {
    return this.kernel.now
  }

  get digest(): string {
    return this.kernel.digest.hex()
  }

  advanceTo(time: Millis): void {
    this.kernel.advanceTo(time)
  }

  /** Does what a student does, now. */
  act(action: Action): ActResult {
    if (action.type === 'predict') {
      this.director.predicted(action.step, action.answer)
      return done
    }
    const refusal = this.#forbidden(action)
    if (refusal !== undefined) return failed(refusal)
    const before = new Set(storedOnly(this.cluster.etcd.store))
    const result = this.#act(action)
    if (result.ok) this.director.acted(verbOf(action))
    const added = storedOnly(this.cluster.etcd.store).filter((name) => !before.has(name))
    return added.length > 0 ? { ...result, storedOnly: added } : result
  }

  #act(action: Exclude<Action, { type: 'predict' }>): ActResult {
    switch (action.type) {
      case 'kubectl':
        return this.terminal.runLine(action.line, {
          ...(action.files === undefined ? {} : { files: action.files }),
          ...(action.stdin === undefined ? {} : { stdin: action.stdin }),
        })
      case 'apply':
        return this.terminal.run('kubectl apply -f -', ['apply', '-f', '-'], { stdin: action.text })
      case 'edit':
        return this.terminal.finishEdit(action.command, action.text)
      case 'interrupt':
        this.terminal.interrupt(action.command)
        return done
      case 'fault': {
        const result = this.faults.inject(action.kind, action.target, action.id)
        return result.ok ? done : failed(result.message)
      }
      case 'heal': {
        const result = this.faults.heal(action.id)
        return result.ok ? done : failed(result.message)
      }
      case 'traffic': {
        const id = serviceId(action.service)
        this.traffic.set({ id: `to ${id}`, service: id, ratePerSecond: action.ratePerSecond })
        return done
      }
      case 'trigger':
        return this.director.trigger(action.id) ? done : failed(`no manual timeline entry "${action.id}"`)
    }
  }

  /** The scenario's rules: what is forbidden with why, and, where a list of allowed verbs is given, everything that writes beside it. */
  #forbidden(action: Action): string | undefined {
    const rules = this.scenario?.spec.rules
    if (!rules) return undefined
    const verb = verbOf(action)
    const fits = (rule: string): boolean => verb === rule || verb.startsWith(`${rule} `)
    const forbidden = rules.forbid?.find((rule) => fits(rule.action))
    if (forbidden) return `${forbidden.why.en}\n${forbidden.why.ko}`
    if (!rules.allow || rules.allow.some(fits) || READ_ONLY.has(verb) || READ_ONLY.has(verb.split(' ')[0]!)) return undefined
    return `not allowed here: ${verb} (allowed: ${rules.allow.join(', ')})`
  }

  #timelineFault(entry: TimelineEntry): void {
    const targets = targetsOf(entry.fault!, this.cluster.etcd.store, this.kernel.rng(`timeline/${entry.id}`))
    targets.forEach((target, index) =>
      this.faults.inject(entry.fault!.kind, target, targets.length === 1 ? entry.id : `${entry.id}-${index + 1}`),
    )
  }

  #timelineHeal(id: string): void {
    for (const fault of this.faults.active()) if (fault.id === id || fault.id.startsWith(`${id}-`)) this.faults.heal(fault.id)
  }

  #changeTraffic(id: string, ratePerSecond: number): void {
    const source: TrafficSource | undefined = this.traffic.sources().find((candidate) => candidate.id === id)
    if (source) this.traffic.set({ ...source, ratePerSecond })
  }

  /** What a line of the student's terminal would see now. */
  environment(): Environment {
    return this.#environment(this.terminal.session, undefined, {})
  }

  #environment(session: Session, stdin: string | undefined, files: Readonly<Record<string, string>>): Environment {
    return {
      api: this.cluster.client(),
      registry: this.#resources,
      schema: this.#schema,
      unixMs: this.kernel.unixMs,
      session,
      serverAddress: 'https://10.0.0.10:6443',
      ...(stdin === undefined ? {} : { stdin }),
      file: (name) => files[name],
      logs: (request) => this.#throughKubelet(request.namespace, request.pod, (kubelet) => kubelet.logs(request)),
      exec: (request) =>
        this.#throughKubelet(request.namespace, request.pod, (kubelet) => {
          const answered = kubelet.exec(request)
          const pod = this.cluster.etcd.store.get('pods', request.namespace, request.pod) as unknown as Pod | undefined
          const run =
            answered.ok && pod
              ? runInPod(request.command, pod, request.container, this.cluster.etcd.store, this.#client)
              : undefined
          return run ? answer(run) : answered
        }),
      metrics: this.#metrics(),
    }
  }

  /** Logs and exec go from the API server to the kubelet of the Pod's node: a silent node refuses. */
  #throughKubelet<T>(namespace: string, pod: string, ask: (kubelet: Kubelet) => Answer<T>): Answer<T> {
    const node = (this.cluster.etcd.store.get('pods', namespace, pod)?.['spec'] as { nodeName?: string } | undefined)?.nodeName
    const kubelet = this.kubelets.find(({ name }) => name === `kubelet/${node}`)
    const address = this.cluster.network.host(node ?? '')?.address ?? ''
    if (!kubelet || !kubelet.isRunning || !this.cluster.network.canReach(CONTROL_PLANE_HOST, node!))
      return refuse({
        code: 500,
        reason: 'InternalError',
        message: `Get "https://${address}:10250/containerLogs/${namespace}/${pod}": dial tcp ${address}:10250: connect: ${kubelet?.isRunning === false && this.cluster.network.canReach(CONTROL_PLANE_HOST, node!) ? 'connection refused' : 'no route to host'}`,
      })
    return ask(kubelet)
  }

  #metrics(): Metrics {
    return {
      node: (name) => {
        const runtime = this.runtimes.find(({ host }) => host === name)
        if (!runtime || !this.cluster.network.canReach(CONTROL_PLANE_HOST, name)) return undefined
        let cpuMilli = NODE_IDLE.cpuMilli
        let memoryBytes = NODE_IDLE.memoryBytes
        for (const container of runtime.containers()) {
          cpuMilli += runtime.milliCpu(container)
          memoryBytes += runtime.memoryBytes(container)
        }
        return { cpuMilli, memoryBytes }
      },
      pod: (namespace, name) => {
        for (const runtime of this.runtimes) {
          if (!this.cluster.network.canReach(CONTROL_PLANE_HOST, runtime.host)) continue
          const usage = new Map<string, { cpuMilli: number; memoryBytes: number }>()
          for (const container of runtime.containers())
            if (container.state === 'running' && container.pod.name === name && container.pod.namespace === namespace)
              usage.set(container.name, { cpuMilli: runtime.milliCpu(container), memoryBytes: runtime.memoryBytes(container) })
          if (usage.size > 0) return usage
        }
        return undefined
      },
    }
  }

  snapshot(): KernelSnapshot {
    return this.kernel.snapshot()
  }

  restore(snapshot: KernelSnapshot): void {
    this.kernel.restore(snapshot)
  }
}

/** Which release's scheduler a scenario asks for. */
export const releaseOf = (scenario: Scenario | undefined) =>
  scenario?.spec.release === undefined ? DEFAULT_RELEASE : RELEASES[scenario.spec.release]

/** What a node's own system uses before any Pod. */
export const NODE_IDLE = { cpuMilli: 40, memoryBytes: 350 * 1024 * 1024 }

/** Verbs that change nothing are always allowed. */
const READ_ONLY: ReadonlySet<string> = new Set([
  'edit',
  'interrupt',
  'trigger',
  ...[
    'api-resources',
    'api-versions',
    'auth',
    'cluster-info',
    'config',
    'describe',
    'diff',
    'events',
    'explain',
    'get',
    'logs',
  ].map((verb) => `kubectl.${verb}`),
  ...['rollout history', 'rollout status', 'top', 'version', 'wait'].map((verb) => `kubectl.${verb}`),
])

const done: ActResult = { ok: true, stdout: '', stderr: '', exit: 0 }
const failed = (message: string): ActResult => ({ ok: false, stdout: '', stderr: `error: ${message}\n`, exit: 1 })
const serviceId = (name: string): string => (name.includes('/') ? name : `default/${name}`)
