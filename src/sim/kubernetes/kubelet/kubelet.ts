import type {
  ContainerRuntime,
  PodIdentity,
  RuntimeContainer,
  RuntimeError,
  RuntimePod,
} from '../../infrastructure/container-runtime.ts'
import { CREATE_CONTAINER_MS, START_CONTAINER_MS } from '../../infrastructure/container-runtime.ts'
import type { Registry } from '../../infrastructure/image-registry.ts'
import type { Network } from '../../infrastructure/network.ts'
import { assert, unreachable } from '../../kernel/assert.ts'
import type { CauseId } from '../../kernel/causes.ts'
import { Component } from '../../kernel/component.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Latencies } from '../../kernel/latencies.ts'
import { formatTime, type Millis, parseTime } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { Answer } from '../api/status.ts'
import type { Condition, Container, Pod, PodStatus, Volume } from '../api/types.ts'
import { type Change, Informers } from '../apiserver/informer.ts'
import type { WatchHub } from '../apiserver/watch-hub.ts'
import type { Store } from '../etcd/store.ts'
import { Recorder } from '../events/recorder.ts'
import type { NodeSpec } from '../node-spec.ts'
import { composePodStatus } from './api-pod-status.ts'
import { BackOff } from './back-off.ts'
import { configError, containerHash, runtimeResources } from './container-config.ts'
import {
  type ExecRequest,
  type ExecResult,
  execInContainer,
  type LogRequest,
  type LogText,
  readLogs,
} from './container-access.ts'
import { ContainerKiller } from './container-killer.ts'
import { goDuration } from './duration-text.ts'
import { type EvictionHost, EvictionManager } from './eviction-manager.ts'
import { ImageManager } from './image-manager.ts'
import { lifecycleEvents } from './lifecycle-events.ts'
import { hookOutcome } from './lifecycle-hook.ts'
import { NodeAgent } from './node-agent.ts'
import type { NodeStats } from './node-stats.ts'
import { admit, type Rejection, victimsFor } from './pod-admission.ts'
import { type Kill, podActions } from './pod-actions.ts'
import { containersReadyCondition, readyCondition } from './pod-conditions.ts'
import { isStaticPod } from './pod-phase.ts'
import { containerStatuses, type StartFailure } from './pod-status.ts'
import {
  effectiveGrace,
  type KillOptions,
  newWorker,
  type PodUpdate,
  type PodWorker,
  type Step,
  type SyncError,
  type SyncRun,
} from './pod-worker.ts'
import { ProbeManager } from './probe-manager.ts'
import { ResizeManager } from './resize-manager.ts'
import { isSidecar, latestOf } from './restart-policy.ts'
import { ShutdownManager } from './shutdown-manager.ts'
import { isMirrorPod, StaticPods } from './static-pods.ts'
import { isTerminalPhase, StatusManager } from './status-manager.ts'
import { volumeError } from './volume-source.ts'
import { VolumeManager } from './volume-manager.ts'

export interface KubeletOptions {
  readonly kernel: Kernel
  readonly network: Network
  readonly hub: WatchHub
  readonly store: Store
  readonly latencies: Latencies
  /** Its connection to the API server, in the background: nothing that the kubelet does waits for an answer. */
  readonly api: Api
  readonly runtime: ContainerRuntime
  readonly registry: Registry
  readonly node: NodeSpec
  /** What differs from the default configuration. */
  readonly config?: KubeletConfig
}

export interface KubeletConfig {
  /** Graceful node shutdown: whole and critical Pods' part, in seconds. */
  readonly shutdownGraceSeconds?: number
  readonly shutdownGraceCriticalSeconds?: number
  /** Use of the node beside its Pods and what it has, where a scenario says so. */
  readonly stats?: NodeStats
}

const RELIST_MS = 1000
const TICK_MS = 1000
const RUNTIME_CHECK_MS = 5000
const RUNTIME_DOWN_MS = 30_000
const RESYNC_MS = 60_000
const BACK_OFF_MS = 10_000
const NETWORK_BACK_OFF_MS = 1000
const CRASH_FIRST_MS = 10_000
const CRASH_MAX_MS = 300_000
const CRASH_STEP_MAX_MS = 60_000
const STOP_SANDBOX_MS = 5
/** From a container's end to the next step of the sync that stopped it. */
const ENDED_MS = 2
const GARBAGE_MS = 60_000
const STATUS_DELAY_MS = 2
const STATUS_RETRY_MS = 10_000
const RECONNECT_MS = 1000
const HOUSEKEEPING_MS = 2000
/** From the start of the process to the first Pods from the API: by then the runtime has been looked at. */
const SOURCES_MS = 1080
const EMPTY: RuntimePod = { sandboxes: [], containers: [] }
const DEADLINE_MESSAGE = 'Pod was active on the node longer than the specified deadline'
const NETWORK_MESSAGE =
  'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized'

interface CacheEntry {
  readonly runtime: RuntimePod
  readonly modified: Millis
}

interface KubeletState {
  workers: Map<string, PodWorker>
  /** What the last looks at the runtime saw. */
  cache: Map<string, CacheEntry>
  dirty: Set<string>
  /** Why containers could not be started: Pod uid to container. */
  failures: Map<string, Map<string, StartFailure>>
  /** Pods of the API on this node by uid, as last seen; static Pods beside them. */
  pods: Map<string, Pod>
  relistAt: Millis | undefined
  phases: { relist: Millis; tick: Millis; runtime: Millis; garbage: Millis }
  startedAt: Millis
  networkReady: boolean
  runtimeUp: boolean
  statusPending: boolean
  garbageAt: Millis | undefined
  sequence: number
  /** Pods whose first list has come: before it nothing is cleaned up. */
  sourcesReady: boolean
}

/**
 * The node agent. Pod workers, relists of the runtime, status, probes, images, volumes, eviction as in pkg/kubelet (v1.35), as one actor:
 * what is a goroutine there is a record with steps here. Nothing polls: every next time is worked out.
 */
export class Kubelet extends Component {
  readonly node: NodeSpec
  readonly runtime: ContainerRuntime
  readonly #api: Api
  readonly #network: Network
  readonly #informers: Informers
  readonly #recorder: Recorder
  readonly #status: StatusManager
  readonly #probes: ProbeManager
  readonly #images: ImageManager
  readonly #volumes: VolumeManager
  readonly #killer: ContainerKiller
  readonly #nodeAgent: NodeAgent
  readonly #evictions: EvictionManager
  readonly #shutdown: ShutdownManager
  readonly #statics: StaticPods
  readonly #resizes: ResizeManager
  readonly #crashes = new BackOff(CRASH_FIRST_MS, CRASH_MAX_MS)
  #stats: NodeStats
  /** Set by who counts probes: then they never sleep. Not part of the state. */
  onProbe: ((uid: string, container: RuntimeContainer, what: string) => void) | undefined
  #state: KubeletState

  constructor(options: KubeletOptions) {
    super(options.kernel, `kubelet/${options.node.name}`)
    const { kernel, node, runtime, api, network } = options
    this.node = node
    this.runtime = runtime
    this.#api = api
    this.#network = network
    this.#stats = options.config?.stats ?? {}
    this.#state = this.#fresh()
    this.#recorder = new Recorder({ kernel, api, component: 'kubelet', host: node.name })
    this.#informers = new Informers({
      kernel,
      hub: options.hub,
      store: options.store,
      name: this.name,
      host: node.name,
      resources: ['pods'],
      nodeName: node.name,
      onChange: (change) => this.#podChanged(change),
      onBroken: () => {
        if (this.isRunning) this.after(RECONNECT_MS, 'reconnect')
      },
    })
    this.#status = new StatusManager({
      kernel,
      api,
      wake: () => this.#flushStatusSoon(),
      couldHaveRunningContainers: (uid) => {
        const worker = this.#state.workers.get(uid)
        return (
          worker !== undefined && worker.terminatedAt === undefined && !(worker.terminatingAt !== undefined && worker.finished)
        )
      },
      apiPodOf: (pod) => this.#apiPodOf(pod),
    })
    // eslint-disable-next-line typescript/no-this-alias
    const self = this
    this.#probes = new ProbeManager({
      kernel,
      runtime,
      post: (delayMs, body) => this.after(delayMs, 'probe', body),
      pod: (uid) => this.#state.pods.get(uid),
      status: (uid) => this.#status.get(uid),
      event: (pod, container, type, reason, message) => this.#containerEvent(pod, container.name, type, reason, message),
      onResult: (type, uid, containerId, success) => this.#probeResult(type, uid, containerId, success),
      isCancelled: (uid) => this.#state.workers.get(uid)?.terminatingAt !== undefined,
      hostAddress: () => this.hostAddress,
      get onProbe() {
        return self.onProbe
      },
    })
    this.#images = new ImageManager({
      kernel,
      runtime,
      post: (delayMs, body) => this.after(delayMs, 'pulled', body),
      event: (uid, container, type, reason, message) => {
        const pod = this.#state.workers.get(uid)?.pod
        if (pod) this.#containerEvent(pod, container, type, reason, message)
      },
      onPulled: (uid, token, failure) => this.#pulled(uid, token, failure),
    })
    this.#volumes = new VolumeManager({
      kernel,
      post: (delayMs, body) => this.after(delayMs, 'volume', body),
      pod: (uid) => this.#state.workers.get(uid)?.pod,
      event: (pod, type, reason, message) => this.#podEvent(pod, type, reason, message),
      mountError: (pod, volume) => this.#mountError(pod, volume),
      onReady: (uid, token, mounted) => {
        const worker = this.#running(uid, token)
        if (!worker) return
        if (!mounted) this.#abort(worker, { type: 'other' })
        else this.#advance(worker)
      },
    })
    this.#killer = new ContainerKiller({
      kernel,
      runtime,
      post: (delayMs, body) => this.after(delayMs, 'kill', body),
      pod: (uid) => this.#state.workers.get(uid)?.pod,
      event: (pod, container, type, reason, message) => this.#containerEvent(pod, container, type, reason, message),
      runHook: (pod, container, containerId, hook) => hookOutcome(runtime, this.hostAddress, pod, container, containerId, hook),
      onEnded: (uid, token, containerId) => {
        const worker = this.#running(uid, token)
        if (!worker) return
        const run = worker.run!
        run.killing = run.killing.filter((id) => id !== containerId)
        if (run.killing.length === 0) this.#resume(worker, ENDED_MS)
      },
    })
    this.#statics = new StaticPods({
      kernel,
      api,
      nodeName: node.name,
      post: (delayMs, body) => this.after(delayMs, 'static', body),
      mirrorOf: (name, namespace) => this.#mirror(namespace, name),
      added: (pod) => this.#addPod(pod),
      removed: (pod) => this.#removePod(pod.metadata.uid!),
      isGone: (uid) => !this.#state.workers.has(uid),
    })
    this.#evictions = new EvictionManager(this.#evictionHost())
    this.#shutdown = new ShutdownManager({
      kernel,
      graceSeconds: options.config?.shutdownGraceSeconds ?? 0,
      criticalSeconds: options.config?.shutdownGraceCriticalSeconds ?? 0,
      post: (delayMs, body) => this.after(delayMs, 'shutdown', body),
      activePods: () => this.#activePods(),
      kill: (pod, kill) => this.#kill(pod, kill),
      isGone: (uid) => this.#isTerminated(uid),
      nodeEvent: (type, reason, message) => this.#nodeEvent(type, reason, message),
      nodeChanged: () => this.#nodeAgent.updateSoon(),
    })
    this.#nodeAgent = new NodeAgent({
      kernel,
      network,
      api,
      runtime,
      node,
      post: (delayMs, body) => this.after(delayMs, 'node', body),
      event: (type, reason, message) => this.#nodeEvent(type, reason, message),
      stats: () => this.#stats,
      isRuntimeUp: () => this.#state.runtimeUp,
      isNetworkReady: () => this.#state.networkReady,
      isShuttingDown: () => this.#shutdown.isActive,
      pressure: () => this.#evictions.pressure(),
    })
    this.#resizes = new ResizeManager({
      kernel,
      capacity: () => this.#allocatable(),
      otherPods: (uid) => this.#activePods().filter((pod) => pod.metadata.uid !== uid),
      event: (pod, type, reason, message) => this.#podEvent(pod, type, reason, message),
    })
    runtime.listener = {
      changed: (uid) => this.#runtimeChanged(uid),
      exited: (containerId) => {
        if (this.isRunning) this.#killer.ended(containerId)
      },
      behaviourChanged: (containerId) => {
        const container = runtime.container(containerId)
        if (this.isRunning && container) this.#probes.wake(container.pod.uid)
      },
      conditionChanged: () => {
        if (this.isRunning) this.after(this.#toBoundary(this.#state.phases.runtime, RUNTIME_CHECK_MS), 'runtime-check')
      },
    }
  }

  get hostAddress(): string {
    return this.#network.host(this.node.name)?.address ?? ''
  }

  // Process ------------------------------------------------------------------------------------------------------------

  #fresh(): KubeletState {
    return {
      workers: new Map(),
      cache: new Map(),
      dirty: new Set(),
      failures: new Map(),
      pods: new Map(),
      relistAt: undefined,
      phases: { relist: 0, tick: 0, runtime: 0, garbage: 0 },
      startedAt: 0,
      networkReady: true,
      runtimeUp: true,
      statusPending: false,
      garbageAt: undefined,
      sequence: 0,
      sourcesReady: false,
    }
  }

  protected onStart(): void {
    const { kernel } = this
    const rng = kernel.rng(this.name)
    const state = this.#fresh()
    this.#state = state
    state.startedAt = kernel.now
    state.sequence = this.incarnation * 1_000_000
    state.phases = {
      relist: kernel.now + rng.int(RELIST_MS),
      tick: kernel.now + rng.int(TICK_MS),
      runtime: kernel.now + rng.int(RUNTIME_CHECK_MS),
      garbage: kernel.now,
    }
    state.networkReady = this.runtime.isNetworkReady
    state.runtimeUp = this.runtime.isResponding
    this.#recorder.reset()
    this.#status.clear()
    this.#probes.start()
    this.#images.start()
    this.#volumes.start()
    this.#killer.start()
    this.#crashes.clear()
    this.#resizes.start()
    this.#shutdown.start()
    this.#nodeAgent.start()
    this.#evictions.start()
    // The first look at the runtime comes before the first Pods.
    for (const uid of this.runtime.podUids()) {
      state.cache.set(uid, { runtime: this.runtime.pod(uid), modified: kernel.now })
    }
    this.after(SOURCES_MS, 'sources')
  }

  protected onStop(): void {
    this.#informers.stop()
    this.runtime.abandonStops()
    this.#state = this.#fresh()
  }

  protected handle(kind: string, body: unknown): void {
    switch (kind) {
      case 'probe':
        this.#probes.receive(body)
        return
      case 'relist':
        this.#relist()
        return
      case 'resume': {
        const { uid, token } = body as { uid: string; token: number }
        const worker = this.#running(uid, token)
        if (worker) this.#advance(worker)
        return
      }
      case 'work': {
        const { uid, token } = body as { uid: string; token: number }
        this.#requeued(uid, token)
        return
      }
      case 'status':
        this.#state.statusPending = false
        if (!this.#status.flush()) {
          this.#state.statusPending = true
          this.after(STATUS_RETRY_MS, 'status', null, 0)
        }
        return
      case 'status-reconcile': {
        const pod = this.#state.pods.get(body as string)
        if (pod && this.#status.differsFrom(pod)) this.#status.touch(body as string)
        return
      }
      case 'kill':
        this.#killer.receive(body)
        return
      case 'pulled':
        this.#images.pulled()
        return
      case 'volume':
        this.#volumes.receive(body)
        return
      case 'deadline': {
        const worker = this.#state.workers.get(body as string)
        if (worker && this.#isOverDeadline(worker.pod)) this.#update({ type: 'sync', pod: worker.pod, cause: this.kernel.cause })
        return
      }
      case 'sources':
        this.#startSources()
        return
      case 'reconnect':
        if (!this.#informers.resync()) this.after(RECONNECT_MS, 'reconnect')
        else {
          this.#reconcilePods()
          this.#flushStatusSoon()
        }
        return
      case 'node':
        this.#nodeAgent.receive(body)
        return
      case 'runtime-check':
        this.#checkRuntime(body as 'down' | null)
        return
      case 'garbage':
        this.#collectGarbage()
        return
      case 'evict':
        this.#evictions.receive(body)
        return
      case 'shutdown':
        this.#shutdown.receive(body)
        return
      case 'static':
        this.#statics.receive(body)
        return
      case 'housekeeping':
        this.#housekeeping()
        return
      default:
        throw new Error(`unknown message ${kind}`)
    }
  }

  #startSources(): void {
    if (!this.#informers.start()) {
      // The API server is away: what runs keeps running, and static Pods start.
      this.#statics.start()
      this.after(RECONNECT_MS, 'reconnect')
      return
    }
    this.#statics.start()
    this.#reconcilePods()
  }

  /** The first complete list has come: containers of Pods that no longer exist are stopped with the next housekeeping. */
  #reconcilePods(): void {
    if (this.#state.sourcesReady) return
    this.#state.sourcesReady = true
    this.after(HOUSEKEEPING_MS, 'housekeeping')
  }

  #housekeeping(): void {
    const { workers, cache } = this.#state
    for (const [uid, { runtime }] of cache) {
      if (workers.has(uid) || this.#state.pods.has(uid)) continue
      const first = runtime.sandboxes[0]?.pod ?? runtime.containers[0]?.pod
      if (!first) continue
      const isAlive =
        runtime.sandboxes.some(({ isReady }) => isReady) || runtime.containers.some(({ state }) => state === 'running')
      if (isAlive) this.#killOrphan(first, runtime)
    }
  }

  /** A Pod that only the runtime knows is stopped with one second of grace. */
  #killOrphan(identity: PodIdentity, runtime: RuntimePod): void {
    const names = [...new Set(runtime.containers.map(({ name }) => name))]
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: identity.name, namespace: identity.namespace, uid: identity.uid },
      spec: { containers: names.map((name) => ({ name })), nodeName: this.node.name },
    }
    const worker = newWorker(pod)
    worker.isOrphan = true
    worker.deleted = true
    worker.terminatingAt = this.kernel.now
    worker.grace = 1
    this.#state.workers.set(worker.uid, worker)
    worker.pending = { type: 'kill', pod, kill: { grace: 1 }, cause: this.kernel.cause }
    this.#startWork(worker)
  }

  #checkRuntime(why: 'down' | null): void {
    const state = this.#state
    state.networkReady = this.runtime.isNetworkReady
    if (!this.runtime.isResponding && why === null && state.runtimeUp) {
      // Only after 30 s without an answer; the node's status shows it with its next round.
      this.after(RUNTIME_DOWN_MS - RUNTIME_CHECK_MS, 'runtime-check', 'down')
      return
    }
    if (why === 'down' && this.runtime.isResponding) return
    state.runtimeUp = this.runtime.isResponding
  }

  // Sources ------------------------------------------------------------------------------------------------------------

  #podChanged(change: Change): void {
    if (change.resource !== 'pods' || !this.isRunning) return
    const pod = change.object as unknown as Pod
    if (isMirrorPod(pod)) {
      this.#statics.mirrorChanged(change.type, pod)
      if (change.type === 'ADDED') this.#status.touch(pod.metadata.annotations?.['kubernetes.io/config.hash'] ?? '')
      return
    }
    switch (change.type) {
      case 'ADDED':
        this.#addPod(pod)
        return
      case 'MODIFIED':
        this.#changePod(change.previous as unknown as Pod, pod)
        return
      case 'DELETED':
        this.#removePod(pod.metadata.uid!)
        return
      default:
        unreachable(change.type)
    }
  }

  #addPod(pod: Pod): void {
    const uid = pod.metadata.uid!
    this.#state.pods.set(uid, pod)
    if (!this.#state.workers.has(uid) && !isTerminalPhase(pod.status?.phase) && !pod.metadata.deletionTimestamp) {
      const rejection = this.#admit(pod)
      if (rejection) {
        this.#reject(pod, rejection)
        return
      }
      this.#resizes.admitted(pod)
    }
    this.#update({ type: 'create', pod, cause: this.kernel.cause })
  }

  #changePod(previous: Pod, pod: Pod): void {
    const uid = pod.metadata.uid!
    if (previous && previous.metadata.uid !== uid) {
      this.#removePod(previous.metadata.uid!)
      this.#addPod(pod)
      return
    }
    this.#state.pods.set(uid, pod)
    const { spec, metadata } = pod
    const differs =
      !previous ||
      (previous.spec !== spec && JSON.stringify(previous.spec) !== JSON.stringify(spec)) ||
      previous.metadata.deletionTimestamp !== metadata.deletionTimestamp ||
      previous.metadata.deletionGracePeriodSeconds !== metadata.deletionGracePeriodSeconds ||
      JSON.stringify(previous.metadata.labels) !== JSON.stringify(metadata.labels) ||
      JSON.stringify(previous.metadata.annotations) !== JSON.stringify(metadata.annotations)
    const worker = this.#state.workers.get(uid)
    if (!differs) {
      if (worker) worker.pod = pod
      // What the node lifecycle controller wrote while the node was silent is put right with the next full round.
      if (this.#status.differsFrom(pod))
        this.after(this.#toBoundary(this.#state.startedAt, STATUS_RETRY_MS), 'status-reconcile', uid)
      // Only the status changed; readiness gates are others' to write.
      if (worker && pod.spec.readinessGates && this.#gatesNeedSync(pod))
        this.#update({ type: 'sync', pod, cause: this.kernel.cause })
      else if (worker && isTerminalPhase(pod.status?.phase) && worker.terminatingAt === undefined)
        this.#update({ type: 'update', pod, cause: this.kernel.cause })
      return
    }
    if (!worker && isTerminalPhase(pod.status?.phase) && pod.metadata.deletionTimestamp) {
      // A rejected Pod has no worker and nothing to stop.
      this.#update({ type: 'update', pod, cause: this.kernel.cause })
      return
    }
    this.#update({ type: 'update', pod, cause: this.kernel.cause })
    this.#resizes.retry(
      (other) => this.#update({ type: 'sync', pod: other, cause: this.kernel.cause }),
      (other) => this.#state.pods.get(other),
    )
  }

  #gatesNeedSync(pod: Pod): boolean {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    const containersReady = containersReadyCondition(pod, statuses, pod.status?.phase ?? 'Pending')
    const wanted = readyCondition(pod, containersReady, pod.status?.conditions ?? [])
    const current = pod.status?.conditions?.find(({ type }) => type === 'Ready')
    return current?.status !== wanted.status || current?.message !== wanted.message
  }

  #removePod(uid: string): void {
    const pod = this.#state.pods.get(uid)
    this.#state.pods.delete(uid)
    const worker = this.#state.workers.get(uid)
    if (!worker) return
    if (worker.finished) this.#forget(worker)
    else this.#update({ type: 'kill', pod: pod ?? worker.pod, cause: this.kernel.cause })
    this.#resizes.retry(
      (other) => this.#update({ type: 'sync', pod: other, cause: this.kernel.cause }),
      (other) => this.#state.pods.get(other),
    )
  }

  /** Everything that is kept about a Pod goes. */
  #forget(worker: PodWorker): void {
    const { uid } = worker
    const state = this.#state
    state.workers.delete(uid)
    state.failures.delete(uid)
    this.#status.forget(uid)
    this.#probes.removePod(uid)
    this.#images.forgetPod(uid)
    this.#crashes.forget(`${uid}/`)
    this.#resizes.forget(uid)
    this.#garbageSoon()
    if (worker.isOrphan) return
    this.#statics.workerGone(uid)
  }

  #activePods(): readonly Pod[] {
    const active: Pod[] = []
    for (const [uid, pod] of this.#state.pods) {
      const worker = this.#state.workers.get(uid)
      if (worker ? worker.terminatedAt !== undefined : isTerminalPhase(pod.status?.phase)) continue
      if (!worker && !isTerminalPhase(pod.status?.phase) && this.#status.get(uid)?.phase === 'Failed') continue
      active.push(pod)
    }
    return active
  }

  #isTerminated(uid: string): boolean {
    const worker = this.#state.workers.get(uid)
    return worker === undefined || worker.terminatedAt !== undefined
  }

  #allocatable(): NonNullable<NodeSpec['allocatable']> {
    return this.node.allocatable ?? this.node.capacity
  }

  #admit(pod: Pod): Rejection | undefined {
    const others = this.#activePods().filter((other) => other.metadata.uid !== pod.metadata.uid)
    const allocated = others.map((other) => this.#resizes.allocatedPod(other))
    const rejection =
      this.#shutdown.rejection() ??
      this.#evictions.rejection(pod) ??
      admit({
        pod,
        others: allocated,
        allocatable: this.#allocatable(),
        ...this.#nodeAgent.labelsAndTaints(),
        nodeName: this.node.name,
      })
    if (rejection?.isInsufficient !== true) return rejection
    const victims = victimsFor(pod, allocated, rejection)
    if (!victims) return rejection
    for (const victim of victims) {
      const message = 'Preempted in order to admit critical pod'
      this.#podEvent(victim, 'Warning', 'Preempting', message)
      const condition = this.#disruptionTarget(
        'TerminationByKubelet',
        'Pod was preempted by Kubelet to accommodate a critical pod.',
      )
      this.#kill(victim, { evict: true, patch: { phase: 'Failed', reason: 'Preempting', message, condition } })
    }
    return undefined
  }

  #reject(pod: Pod, { reason, message }: Rejection): void {
    this.#podEvent(pod, 'Warning', reason, message)
    this.#status.set(pod, {
      ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    })
  }

  #disruptionTarget(reason: string, message: string): Condition {
    return { type: 'DisruptionTarget', status: 'True', reason, message }
  }

  /** The kubelet itself ends a Pod: eviction, preemption, node shutdown. */
  #kill(pod: Pod, kill: KillOptions): void {
    this.#update({ type: 'kill', pod: this.#state.workers.get(pod.metadata.uid!)?.pod ?? pod, kill, cause: this.kernel.cause })
  }

  // Pod workers --------------------------------------------------------------------------------------------------------

  /** Models podWorkers.UpdatePod. */
  #update(update: PodUpdate): void {
    const { pod } = update
    const uid = pod.metadata.uid!
    const state = this.#state
    let worker = state.workers.get(uid)
    if (!worker) {
      if (update.type === 'kill' || update.type === 'sync') {
        if (!state.pods.has(uid)) return
      }
      worker = newWorker(pod)
      state.workers.set(uid, worker)
      if (isTerminalPhase(pod.status?.phase)) {
        const { runtime } = state.cache.get(uid) ?? { runtime: EMPTY }
        const runs =
          runtime.containers.some((container) => container.state === 'running') ||
          runtime.sandboxes.some(({ isReady }) => isReady)
        if (!runs) {
          worker.terminatingAt = this.kernel.now
          worker.terminatedAt = this.kernel.now
          worker.startedTerminating = true
        }
      }
    }
    worker.pod = pod
    if (worker.finished) {
      if (worker.deleted && pod.metadata.deletionTimestamp) this.#status.touch(uid)
      return
    }
    let becameTerminating = false
    if (worker.terminatingAt === undefined) {
      if (pod.metadata.deletionTimestamp) worker.deleted = true
      if (update.type === 'kill' && update.kill?.evict) worker.evicted = true
      if (pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase) || update.type === 'kill') {
        worker.terminatingAt = this.kernel.now
        becameTerminating = true
      }
    } else if (pod.metadata.deletionTimestamp) worker.deleted = true
    if (worker.terminatingAt !== undefined && worker.terminatedAt === undefined) {
      if (update.kill?.patch) worker.patches = [...worker.patches, update.kill.patch]
      worker.grace = effectiveGrace(worker, pod, update.kill?.grace)
    }
    worker.pending = update
    if (!worker.working) this.#startWork(worker)
    if (becameTerminating) {
      worker.cancelled = worker.run !== undefined || worker.waiting !== undefined
      const run = worker.run
      if (run && run.steps[0]?.do === 'volumes') {
        this.#volumes.abandon(uid)
        this.#abort(worker, { type: 'cancelled' })
      }
    }
  }

  #startWork(worker: PodWorker): void {
    worker.working = true
    const update = worker.pending!
    worker.pending = undefined
    const work = worker.terminatedAt !== undefined ? 'terminated' : worker.terminatingAt !== undefined ? 'terminating' : 'sync'
    worker.waiting = { update, work }
    worker.cancelled = false
    // The look at the runtime must be newer than the end of the last sync.
    if (this.#lastBoundary() > worker.lastSyncAt && this.#state.runtimeUp) this.#begin(worker)
    else this.#relistSoon()
  }

  #lastBoundary(): Millis {
    const { relist } = this.#state.phases
    const { now } = this.kernel
    return relist + Math.floor((now - relist) / RELIST_MS) * RELIST_MS
  }

  #toBoundary(phase: Millis, period: Millis): Millis {
    const { now } = this.kernel
    return phase + (Math.floor((now - phase) / period) + 1) * period - now
  }

  #begin(worker: PodWorker): void {
    const { update, work } = worker.waiting!
    worker.waiting = undefined
    worker.last = update
    const runtime = this.#state.cache.get(worker.uid)?.runtime ?? EMPTY
    this.#state.sequence += 1
    worker.run = {
      token: this.#state.sequence,
      work,
      update,
      runtime,
      steps: [],
      sandboxId: '',
      results: [],
      errors: [],
      killing: [],
      volumesSince: 0,
      isTerminal: false,
    }
    this.kernel.withCause(update.cause, () => {
      if (work === 'sync') this.#beginSync(worker, worker.run!)
      else if (work === 'terminating') this.#beginTerminating(worker, worker.run!)
      else this.#beginTerminated(worker, worker.run!)
      this.#advance(worker)
    })
  }

  #running(uid: string, token: number): PodWorker | undefined {
    const worker = this.#state.workers.get(uid)
    return worker?.run?.token === token ? worker : undefined
  }

  #resume(worker: PodWorker, delayMs: Millis): void {
    this.after(delayMs, 'resume', { uid: worker.uid, token: worker.run!.token })
  }

  #abort(worker: PodWorker, error: SyncError): void {
    const run = worker.run!
    run.steps = []
    run.errors.push(error)
    this.#advance(worker)
  }

  /** Does steps until one has to wait, then ends the sync. */
  #advance(worker: PodWorker): void {
    const run = worker.run
    if (!run) return
    while (worker.run === run && run.steps.length > 0) {
      const step = run.steps[0]!
      if (!this.#perform(worker, run, step)) return
    }
    if (worker.run === run) this.#finish(worker, run)
  }

  #finish(worker: PodWorker, run: SyncRun): void {
    const { kernel } = this
    worker.run = undefined
    worker.lastSyncAt = kernel.now
    worker.cancelled = false
    if (run.work === 'sync' && run.results.length > 0) {
      let failures = this.#state.failures.get(worker.uid)
      if (!failures) this.#state.failures.set(worker.uid, (failures = new Map()))
      for (const { name, failure } of run.results) {
        if (failure) failures.set(name, failure)
        else failures.delete(name)
      }
    }
    const failed = run.errors.length > 0
    if (!failed && run.work === 'terminated') {
      worker.finished = true
      worker.working = false
      if (worker.isOrphan || !this.#state.pods.has(worker.uid)) this.#forget(worker)
      else this.#garbageSoon()
      return
    }
    let transition = false
    if (!failed && run.work === 'terminating') {
      if (worker.isOrphan) {
        worker.finished = true
        worker.terminatedAt = kernel.now
        worker.working = false
        this.#forget(worker)
        return
      }
      worker.terminatedAt = kernel.now
      worker.pending = run.update
      transition = true
    } else if (!failed && run.isTerminal) {
      if (worker.terminatingAt === undefined) worker.terminatingAt = kernel.now
      worker.grace = effectiveGrace(worker, worker.pod, undefined)
      worker.pending = worker.pending ?? run.update
      transition = true
    }
    this.#requeue(worker, transition ? 0 : this.#delayAfter(run.errors))
    if (worker.pending) this.#startWork(worker)
    else worker.working = false
  }

  #delayAfter(errors: readonly SyncError[]): Millis {
    const rng = this.kernel.rng(`${this.name}/jitter`)
    const jitter = (ms: Millis): Millis => ms + rng.int(Math.max(1, Math.floor(ms / 2)))
    if (errors.length === 0) return jitter(RESYNC_MS)
    if (errors.some(({ type }) => type === 'network')) return jitter(NETWORK_BACK_OFF_MS)
    let until: Millis | undefined
    for (const error of errors) {
      if (error.type !== 'back-off') return jitter(BACK_OFF_MS)
      if (until === undefined || error.until < until) until = error.until
    }
    return jitter(Math.max(0, Math.min(CRASH_STEP_MAX_MS, until! - this.kernel.now)))
  }

  #requeue(worker: PodWorker, delayMs: Millis): void {
    worker.requeueToken += 1
    const due = this.kernel.now + delayMs
    const { tick } = this.#state.phases
    const at = tick + Math.ceil((due - tick) / TICK_MS) * TICK_MS
    this.after(at - this.kernel.now, 'work', { uid: worker.uid, token: worker.requeueToken })
  }

  #requeued(uid: string, token: number): void {
    const worker = this.#state.workers.get(uid)
    if (!worker || worker.requeueToken !== token) return
    if (this.#isAtRest(worker)) {
      this.#requeue(worker, this.#delayAfter([]))
      return
    }
    this.#update({ type: 'sync', pod: worker.pod, cause: worker.last?.cause ?? this.kernel.cause })
  }

  /** A sync could find nothing new: the same Pod, the same containers, no failure. */
  #isAtRest(worker: PodWorker): boolean {
    if (worker.working || worker.terminatingAt !== undefined || worker.last?.pod !== worker.pod) return false
    if (isStaticPod(worker.pod) && !this.#apiPodOf(worker.pod)) return false // its mirror is missing
    const entry = this.#state.cache.get(worker.uid)
    if (!entry || entry.modified > worker.lastSyncAt || (this.#state.failures.get(worker.uid)?.size ?? 0) > 0) return false
    return this.#status.get(worker.uid)?.phase === 'Running' && entry.runtime.containers.every(({ state }) => state === 'running')
  }

  // Runtime ------------------------------------------------------------------------------------------------------------

  #runtimeChanged(uid: string): void {
    if (!this.isRunning) return
    this.#state.dirty.add(uid)
    this.#relistSoon()
  }

  #relistSoon(): void {
    const state = this.#state
    if (state.relistAt !== undefined || !this.runtime.isResponding) return
    const delay = this.#toBoundary(state.phases.relist, RELIST_MS)
    state.relistAt = this.kernel.now + delay
    this.after(delay, 'relist')
  }

  /** The lifecycle event generator's look at the runtime. Models PLEG Relist. */
  #relist(): void {
    const state = this.#state
    state.relistAt = undefined
    if (!this.runtime.isResponding) return
    const { now } = this.kernel
    const woken: string[] = []
    const died: { uid: string; containerId: string }[] = []
    for (const uid of state.dirty) {
      const before = state.cache.get(uid)?.runtime ?? EMPTY
      const after = this.runtime.pod(uid)
      const events = lifecycleEvents(before, after)
      if (events.changed) {
        if (after.sandboxes.length === 0 && after.containers.length === 0) state.cache.delete(uid)
        else state.cache.set(uid, { runtime: after, modified: now })
      }
      if (events.synced) woken.push(uid)
      for (const containerId of events.died) died.push({ uid, containerId })
    }
    state.dirty.clear()
    for (const uid of woken) {
      const worker = state.workers.get(uid)
      if (worker && !worker.isOrphan) this.#update({ type: 'sync', pod: worker.pod, cause: this.kernel.cause })
    }
    for (const worker of state.workers.values())
      if (worker.waiting && worker.run === undefined && now > worker.lastSyncAt) this.#begin(worker)
    for (const { uid, containerId } of died) this.#removeDead(uid, containerId)
  }

  /** One dead instance of each container is kept, none of a Pod that is over and gone. Models the container deletor. */
  #removeDead(uid: string, containerId: string): void {
    const { containers } = this.runtime.pod(uid)
    const ended = containers.find(({ id }) => id === containerId)
    if (!ended) return
    const worker = this.#state.workers.get(uid)
    const keep = this.#removesContent(worker) ? 0 : 1
    const dead = containers.filter(({ name, state }) => name === ended.name && state === 'exited')
    for (const container of dead.slice(keep)) this.runtime.removeContainer(container.id)
  }

  #removesContent(worker: PodWorker | undefined): boolean {
    return (
      worker === undefined ||
      (worker.evicted && worker.terminatedAt !== undefined) ||
      (worker.deleted && worker.terminatedAt !== undefined)
    )
  }

  #garbageSoon(): void {
    const state = this.#state
    if (state.garbageAt !== undefined) return
    const delay = this.#toBoundary(state.phases.garbage, GARBAGE_MS)
    state.garbageAt = this.kernel.now + delay
    this.after(delay, 'garbage')
  }

  /** Models container garbage collection: dead sandboxes of Pods that are over, all that belongs to Pods that are gone. */
  #collectGarbage(): void {
    const state = this.#state
    state.garbageAt = undefined
    if (!this.runtime.isResponding) {
      this.#garbageSoon()
      return
    }
    for (const uid of this.runtime.podUids()) {
      const worker = state.workers.get(uid)
      const gone = this.#removesContent(worker)
      if (worker && worker.terminatedAt === undefined) continue
      const { sandboxes, containers } = this.runtime.pod(uid)
      if (gone) for (const { id, state: at } of containers) if (at !== 'running') this.runtime.removeContainer(id)
      const withContainers = new Set(this.runtime.pod(uid).containers.map(({ sandboxId }) => sandboxId))
      sandboxes.forEach(({ id, isReady }, index) => {
        if (isReady || withContainers.has(id) || (!gone && index === 0)) return
        this.runtime.stopSandbox(id)
        this.runtime.removeSandbox(id)
      })
    }
  }

  // SyncPod ------------------------------------------------------------------------------------------------------------

  #beginSync(worker: PodWorker, run: SyncRun): void {
    const { pod } = run.update
    this.#resizes.sync(pod, run.runtime)
    const status = this.#generateStatus(worker, pod, run.runtime, false)
    if (isTerminalPhase(status.phase)) {
      this.#setStatus(pod, status)
      run.isTerminal = true
      return
    }
    this.#setStatus(pod, status)
    if (!this.#state.networkReady && !pod.spec.hostNetwork) {
      this.#podEvent(pod, 'Warning', 'NetworkNotReady', NETWORK_MESSAGE)
      run.errors.push({ type: 'network' })
      return
    }
    if (worker.cancelled) {
      run.errors.push({ type: 'cancelled' })
      return
    }
    if (isStaticPod(pod)) this.#statics.ensureMirror(pod)
    this.#watchDeadline(pod)
    run.steps = [{ do: 'volumes' }, { do: 'act' }]
  }

  #setStatus(pod: Pod, status: PodStatus): void {
    this.#status.set(pod, status)
    this.#probes.wake(pod.metadata.uid!)
  }

  /** True: done, the next step may follow; false: it waits. A step that is done has left the list. */
  #perform(worker: PodWorker, run: SyncRun, step: Step): boolean {
    const { pod } = run.update
    const next = (...more: Step[]): true => {
      run.steps.splice(0, 1, ...more)
      return true
    }
    const wait = (delayMs: Millis, ...more: Step[]): false => {
      run.steps.splice(0, 1, ...more)
      this.#resume(worker, delayMs)
      return false
    }
    switch (step.do) {
      case 'volumes':
        if (this.#volumes.wait(pod, run.token)) return next()
        return false
      case 'act':
        return next(...this.#act(worker, run))
      case 'kill':
        run.steps.shift()
        run.killing = step.kills.map(({ containerId }) => containerId)
        this.#killer.kill(pod, run.token, step.kills, step.inOrder, step.grace)
        return run.killing.length === 0
      case 'stop-sandboxes':
        for (const { id } of run.runtime.sandboxes) this.runtime.stopSandbox(id)
        return wait(STOP_SANDBOX_MS)
      case 'prune-inits':
        for (const { name } of pod.spec.initContainers ?? []) {
          const dead = this.runtime
            .pod(worker.uid)
            .containers.filter((container) => container.name === name && container.state !== 'running')
          for (const { id } of dead.slice(step.keep)) this.runtime.removeContainer(id)
        }
        return next()
      case 'run-sandbox':
        return wait(this.runtime.beginSandbox(identityOf(pod), step.attempt), { do: 'sandbox-made', attempt: step.attempt })
      case 'sandbox-made': {
        this.#nodeAgent.adoptPodRange()
        const sandbox = this.runtime.finishSandbox(identityOf(pod), step.attempt, pod.spec.hostNetwork ?? false)
        if ('error' in sandbox) {
          const { code, message } = sandbox.error
          this.#podEvent(
            pod,
            'Warning',
            'FailedCreatePodSandBox',
            `Failed to create pod sandbox: rpc error: code = ${code} desc = ${message}`,
          )
          run.errors.push({ type: 'other' })
          run.steps = []
          return true
        }
        run.sandboxId = sandbox.id
        return next()
      }
      case 'start':
        return this.#start(run, step.name, step.kind)
      case 'create': {
        const container = containerOf(pod, step.name)!
        const error = configError(pod, container, { get: (resource, namespace, name) => this.#config(resource, namespace, name) })
        if (error !== undefined) {
          this.#containerEvent(pod, step.name, 'Warning', 'Failed', `Error: ${error}`)
          return next({ do: 'failed', name: step.name, failure: { reason: 'CreateContainerConfigError', message: error } })
        }
        return wait(CREATE_CONTAINER_MS, { do: 'created', name: step.name })
      }
      case 'created': {
        const made = this.#create(run, containerOf(pod, step.name)!)
        if ('error' in made) {
          const text = plainError(made.error)
          this.#containerEvent(pod, step.name, 'Warning', 'Failed', `Error: ${text}`)
          return next({ do: 'failed', name: step.name, failure: { reason: 'CreateContainerError', message: text } })
        }
        this.#containerEvent(pod, step.name, 'Normal', 'Created', 'Container created')
        return wait(START_CONTAINER_MS, { do: 'launched', name: step.name, containerId: made.id })
      }
      case 'launched': {
        const error = this.runtime.startContainer(step.containerId)
        if (error) {
          const text = plainError(error)
          this.#containerEvent(pod, step.name, 'Warning', 'Failed', `Error: ${text}`)
          return next({ do: 'failed', name: step.name, failure: { reason: 'RunContainerError', message: text } })
        }
        this.#containerEvent(pod, step.name, 'Normal', 'Started', 'Container started')
        if (containerOf(pod, step.name)?.lifecycle?.postStart)
          return next({ do: 'post-start', name: step.name, containerId: step.containerId })
        run.results.push({ name: step.name, failure: undefined })
        return next()
      }
      case 'post-start': {
        const container = containerOf(pod, step.name)!
        const { afterMs, error } = hookOutcome(
          this.runtime,
          this.hostAddress,
          pod,
          container,
          step.containerId,
          container.lifecycle!.postStart!,
        )
        const ended: Step = { do: 'hook-ended', name: step.name, containerId: step.containerId, message: error }
        if (afterMs === 0) return next(ended)
        return wait(afterMs, ended)
      }
      case 'hook-ended': {
        if (step.message === undefined) {
          run.results.push({ name: step.name, failure: undefined })
          return next()
        }
        this.#containerEvent(pod, step.name, 'Warning', 'FailedPostStartHook', 'PostStartHook failed')
        return next(
          {
            do: 'kill',
            kills: [{ containerId: step.containerId, name: step.name, message: 'FailedPostStartHook', because: 'other' }],
            inOrder: false,
          },
          { do: 'failed', name: step.name, failure: { reason: 'PostStartHookError', message: step.message } },
        )
      }
      case 'failed':
        run.results.push({ name: step.name, failure: step.failure })
        run.errors.push({ type: 'other' })
        run.steps.shift()
        this.#afterFailedStart(pod, run, step.name)
        return true
      case 'resize':
        this.#resizes.actuate(pod, this.runtime)
        return next()
      case 'stopped':
        this.#stopped(worker, run)
        return next()
      case 'unmounted':
        this.#volumes.unmount(worker.uid)
        this.#status.terminate(pod)
        return next()
      default:
        return unreachable(step)
    }
  }

  /** An init container that could not be started ends the sync; a sidecar or an app container does not hold up the others. */
  #afterFailedStart(pod: Pod, run: SyncRun, name: string): void {
    const init = pod.spec.initContainers?.find((container) => container.name === name)
    if (init && !isSidecar(init)) run.steps = []
  }

  #act(worker: PodWorker, run: SyncRun): Step[] {
    const { pod } = run.update
    this.#probes.addPod(pod)
    const actions = podActions({
      pod,
      runtime: run.runtime,
      hashOf: containerHash,
      livenessFailed: (id) => this.#probes.hasFailed('liveness', id),
      startupFailed: (id) => this.#probes.hasFailed('startup', id),
      hasStarted: (container, id) => this.#probes.isStarted(worker.uid, container.name, id),
    })
    run.sandboxId = actions.sandboxId
    if (actions.createSandbox && actions.sandboxId !== '')
      this.#podEvent(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
    const steps: Step[] = []
    if (actions.killPod) {
      const running = run.runtime.containers.filter(({ state }) => state === 'running')
      steps.push({ do: 'kill', kills: stopAll(running), inOrder: true })
      steps.push({ do: 'stop-sandboxes' })
    } else if (actions.toKill.length > 0) steps.push({ do: 'kill', kills: actions.toKill, inOrder: false })
    const resizeKills = this.#resizes.restarts(pod, run.runtime)
    if (!actions.killPod && resizeKills.length > 0) {
      steps.push({ do: 'kill', kills: resizeKills, inOrder: false })
      for (const { name } of resizeKills) if (!actions.toStart.includes(name)) steps.push({ do: 'start', name, kind: 'app' })
    }
    if (actions.createSandbox) steps.push({ do: 'run-sandbox', attempt: actions.attempt })
    if (actions.killPod && !actions.createSandbox) return steps
    if (pod.spec.initContainers?.length)
      steps.splice(actions.createSandbox ? steps.length - 1 : 0, 0, { do: 'prune-inits', keep: actions.createSandbox ? 0 : 1 })
    for (const name of actions.ephemeralToStart) steps.push({ do: 'start', name, kind: 'ephemeral' })
    for (const name of actions.initToStart) steps.push({ do: 'start', name, kind: 'init' })
    if (!actions.createSandbox && this.#resizes.needsActuation(pod, run.runtime)) steps.push({ do: 'resize' })
    for (const name of actions.toStart) steps.push({ do: 'start', name, kind: 'app' })
    return steps
  }

  #start(run: SyncRun, name: string, kind: 'ephemeral' | 'init' | 'app'): boolean {
    const { pod } = run.update
    const container = containerOf(pod, name)
    assert(container, 'only containers of the spec are started', name)
    run.steps.shift()
    const backOff = this.#crashBackOff(pod, container, run.runtime)
    if (backOff) {
      run.results.push({ name, failure: { reason: 'CrashLoopBackOff', message: backOff.message } })
      run.errors.push({ type: 'back-off', until: backOff.until })
      if (kind === 'init') this.#afterFailedStart(pod, run, name)
      return true
    }
    const image = this.#images.ensure(pod, container, run.token)
    if (image.type === 'pulling') {
      run.steps.unshift({ do: 'create', name })
      return false
    }
    if (image.type === 'failed') {
      this.#containerEvent(pod, name, 'Warning', 'Failed', `Error: ${image.failure.reason}`)
      run.steps.unshift({ do: 'failed', name, failure: image.failure })
      return true
    }
    run.steps.unshift({ do: 'create', name })
    return true
  }

  #pulled(uid: string, token: number, failure: StartFailure | undefined): void {
    const worker = this.#running(uid, token)
    if (!worker) return
    const run = worker.run!
    if (failure) {
      const step = run.steps[0]
      assert(step?.do === 'create', 'a pull is waited for before a container is created')
      this.#containerEvent(run.update.pod, step.name, 'Warning', 'Failed', `Error: ${failure.reason}`)
      run.steps[0] = { do: 'failed', name: step.name, failure }
    }
    this.kernel.withCause(run.update.cause, () => this.#advance(worker))
  }

  #crashBackOff(
    pod: Pod,
    container: Container,
    runtime: RuntimePod,
  ): { readonly message: string; readonly until: Millis } | undefined {
    const last = runtime.containers.find(({ name, state }) => name === container.name && state === 'exited')
    if (!last) return undefined
    const { now } = this.kernel
    const { name, namespace = 'default', uid } = pod.metadata
    const key = `${uid}/${container.name}/${containerHash(container)}`
    if (this.#crashes.isInBackOffSince(key, last.finishedAt, now)) {
      const delay = this.#crashes.get(key)
      this.#containerEvent(
        pod,
        container.name,
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`,
      )
      return {
        message: `back-off ${goDuration(delay)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`,
        until: last.finishedAt + delay,
      }
    }
    this.#crashes.next(key, last.finishedAt, now)
    return undefined
  }

  #create(run: SyncRun, container: Container): RuntimeContainer | { readonly error: RuntimeError } {
    const { pod } = run.update
    const before = latestOf(run.runtime, container.name)
    return this.runtime.createContainer({
      pod: identityOf(pod),
      podNamespace: pod.metadata.namespace ?? 'default',
      podName: pod.metadata.name,
      podAnnotations: pod.metadata.annotations ?? {},
      podLabels: pod.metadata.labels ?? {},
      container: container.name,
      image: container.image ?? '',
      command: [...(container.command ?? []), ...(container.args ?? [])],
      ports: (container.ports ?? []).map(({ containerPort }) => containerPort),
      init: container.restartPolicy !== 'Always' && (pod.spec.initContainers ?? []).some(({ name }) => name === container.name),
      sandboxId: run.sandboxId,
      attempt: before ? before.attempt + 1 : 0,
      hash: containerHash(container),
      ...runtimeResources(this.#resizes.allocatedContainer(pod, container)),
      terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
      terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    })
  }

  // Stopping -----------------------------------------------------------------------------------------------------------

  #beginTerminating(worker: PodWorker, run: SyncRun): void {
    const { pod } = run.update
    worker.startedTerminating = true
    if (!worker.isOrphan) {
      const status = this.#applyPatches(worker, this.#generateStatus(worker, pod, run.runtime, false))
      this.#status.set(pod, status)
      this.#probes.stopLivenessAndStartup(worker.uid)
      this.#probes.wake(worker.uid)
    }
    const running = run.runtime.containers.filter(({ state }) => state === 'running')
    run.steps = [
      { do: 'kill', kills: stopAll(running), grace: worker.grace, inOrder: true },
      { do: 'stop-sandboxes' },
      { do: 'stopped' },
    ]
  }

  #applyPatches(worker: PodWorker, status: PodStatus): PodStatus {
    let patched = status
    for (const { phase, reason, message, condition } of worker.patches) {
      patched = { ...patched, phase, reason, message }
      if (condition) {
        const generation = worker.pod.metadata.generation
        const stamped = generation === undefined ? condition : { ...condition, observedGeneration: generation }
        const others = (patched.conditions ?? []).filter(({ type }) => type !== condition.type)
        patched = { ...patched, conditions: [...others, stamped] }
      }
    }
    return patched
  }

  /** All containers have ended: what the runtime says now decides the phase. */
  #stopped(worker: PodWorker, run: SyncRun): void {
    if (worker.isOrphan) return
    this.#probes.removePod(worker.uid)
    const { pod } = run.update
    const now = this.runtime.pod(worker.uid)
    this.#status.set(pod, this.#generateStatus(worker, pod, now, true))
  }

  #beginTerminated(worker: PodWorker, run: SyncRun): void {
    const { pod } = run.update
    this.#status.set(pod, this.#generateStatus(worker, pod, run.runtime, true))
    run.steps = [{ do: 'unmounted' }]
  }

  // Status -------------------------------------------------------------------------------------------------------------

  #flushStatusSoon(): void {
    if (this.#state.statusPending) return
    this.#state.statusPending = true
    this.after(STATUS_DELAY_MS, 'status')
  }

  #generateStatus(worker: PodWorker, pod: Pod, runtime: RuntimePod, isTerminal: boolean): PodStatus {
    const current = this.#state.pods.get(worker.uid) ?? pod
    const previous = this.#status.get(worker.uid) ?? current.status ?? {}
    const statuses = containerStatuses({
      pod,
      runtime,
      previous,
      failures: this.#state.failures.get(worker.uid) ?? NO_FAILURES,
      timeOf: (ms) => formatTime(this.kernel.epochMs + ms),
      resourcesOf: (container, live) => (live?.state === 'running' ? this.#resizes.resourceStatus(pod, container, live) : {}),
    })
    const isOverDeadline = this.#isOverDeadline(pod)
    if (isOverDeadline) this.#podEvent(pod, 'Normal', 'DeadlineExceeded', DEADLINE_MESSAGE)
    return composePodStatus({
      pod,
      current: current.status ?? {},
      previous,
      containers: this.#probes.fillIn(pod, statuses),
      sandbox: runtime.sandboxes[0],
      hostAddress: this.hostAddress,
      resizeConditions: this.#resizes.conditions(pod),
      isTerminal,
      failure: isOverDeadline ? { reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE } : undefined,
    })
  }

  #isOverDeadline(pod: Pod): boolean {
    const deadline = pod.spec.activeDeadlineSeconds
    const started = parseTime(this.#status.get(pod.metadata.uid!)?.startTime ?? pod.status?.startTime)
    return deadline !== undefined && started !== undefined && this.kernel.unixMs - started >= deadline * 1000
  }

  #watchDeadline(pod: Pod): void {
    const deadline = pod.spec.activeDeadlineSeconds
    const started = parseTime(this.#status.get(pod.metadata.uid!)?.startTime)
    if (deadline === undefined || started === undefined) return
    const due = started - this.kernel.epochMs + deadline * 1000
    const { tick } = this.#state.phases
    const at = tick + Math.ceil((Math.max(due, this.kernel.now) - tick) / TICK_MS) * TICK_MS
    this.after(at - this.kernel.now, 'deadline', pod.metadata.uid)
  }

  #probeResult(type: 'liveness' | 'readiness' | 'startup', uid: string, containerId: string, success: boolean): void {
    const worker = this.#state.workers.get(uid)
    if (!worker) return
    const live = this.runtime.container(containerId)
    const cause: CauseId = success
      ? this.kernel.cause
      : this.kernel.addCause({
          type: 'act',
          actor: this.name,
          verb: 'ProbeFailed',
          object: { resource: 'pods', namespace: worker.pod.metadata.namespace ?? '', name: worker.pod.metadata.name },
          text: `${type} of ${live?.name ?? containerId}`,
        })
    this.kernel.withCause(cause, () => {
      if (type === 'liveness') {
        if (success) return
      } else if (type === 'readiness') this.#status.setContainerReadiness(uid, containerId, success)
      else this.#status.setContainerStartup(uid, containerId, success)
      this.#update({ type: 'sync', pod: worker.pod, cause })
    })
  }

  /** The Pod in the API whose status a Pod of this node writes: a static Pod's mirror. */
  #apiPodOf(pod: Pod): Pod | undefined {
    if (!isStaticPod(pod)) return pod
    const { namespace = 'default', name, uid } = pod.metadata
    // A static Pod whose file has changed has no say in its successor's mirror.
    const successor = this.#statics.uidOf(namespace, name)
    return successor === undefined || successor === uid ? this.#mirror(namespace, name) : undefined
  }

  #mirror(namespace: string, name: string): Pod | undefined {
    const found = this.#informers.get('pods', namespace, name) as unknown as Pod | undefined
    return found && isMirrorPod(found) ? found : undefined
  }

  // Helpers ------------------------------------------------------------------------------------------------------------

  #config(
    resource: 'configmaps' | 'secrets',
    namespace: string,
    name: string,
  ): { readonly data?: Readonly<Record<string, string>> } | undefined {
    const got = this.#api.get(resource, namespace, name)
    return got.ok ? (got.value as { data?: Record<string, string> }) : undefined
  }

  #mountError(pod: Pod, volume: Volume): string | undefined {
    return volumeError(pod, volume, {
      config: (resource, namespace, name) => this.#config(resource, namespace, name),
      claim: (namespace, name) => {
        const got = this.#api.get('persistentvolumeclaims', namespace, name)
        return got.ok ? (got.value as unknown as { status?: { phase?: string } }) : undefined
      },
    })
  }

  #podEvent(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#recorder.record(pod, type, reason, message)
  }

  #containerEvent(pod: Pod, container: string, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const field = pod.spec.initContainers?.some(({ name }) => name === container)
      ? 'initContainers'
      : pod.spec.ephemeralContainers?.some(({ name }) => name === container)
        ? 'ephemeralContainers'
        : 'containers'
    this.#recorder.record(pod, type, reason, message, { fieldPath: `spec.${field}{${container}}` })
  }

  #nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name } = this.node
    this.#recorder.record({ kind: 'Node', name, uid: name }, type, reason, message)
  }

  #evictionHost(): EvictionHost {
    return {
      kernel: this.kernel,
      runtime: this.runtime,
      node: this.node,
      post: (delayMs, body) => this.after(delayMs, 'evict', body),
      stats: () => this.#stats,
      activePods: () => this.#activePods().filter((pod) => this.#state.workers.has(pod.metadata.uid!)),
      evict: (pod, grace, message, condition) => {
        this.#recorder.record(pod, 'Warning', 'Evicted', message)
        this.#kill(pod, {
          evict: true,
          grace,
          patch: {
            phase: 'Failed',
            reason: 'Evicted',
            message,
            ...(condition ? { condition: this.#disruptionTarget('TerminationByKubelet', message) } : {}),
          },
        })
      },
      isCleanedUp: (uid) => this.#isTerminated(uid),
      nodeEvent: (type, reason, message) => this.#nodeEvent(type, reason, message),
      reclaimImages: () => this.#reclaimImages(),
    }
  }

  #reclaimImages(): void {
    this.#collectGarbage()
    const used = new Set<string>()
    for (const container of this.runtime.containers()) used.add(container.image)
    for (const { name } of this.runtime.images()) if (!used.has(name)) this.runtime.removeImage(name)
  }

  // For others ---------------------------------------------------------------------------------------------------------

  /** What the node's sensors say from now on. */
  setNodeStats(stats: NodeStats): void {
    this.#stats = stats
  }

  /** logind's signal: the node is about to go down, or has thought better of it. */
  prepareForShutdown(active: boolean): void {
    if (!this.isRunning) return
    this.#shutdown.prepare(active)
    this.#nodeAgent.updateSoon()
  }

  /** Writes (or rewrites) a manifest in the node's directory. */
  writeStaticPod(manifest: Pod): void {
    this.#statics.write(manifest, this.isRunning)
  }

  removeStaticPod(namespace: string, name: string): void {
    this.#statics.remove(namespace, name, this.isRunning)
  }

  /** What `kubectl logs` asks for. */
  logs(request: LogRequest): Answer<LogText> {
    return readLogs(this.runtime, this.#podNamed(request.namespace, request.pod), request, this.kernel)
  }

  exec(request: ExecRequest): Answer<ExecResult> {
    return execInContainer(this.runtime, this.#podNamed(request.namespace, request.pod), request)
  }

  #podNamed(namespace: string, name: string): Pod | undefined {
    for (const pod of this.#state.pods.values())
      if (pod.metadata.name === name && (pod.metadata.namespace ?? 'default') === namespace) return pod
    return undefined
  }

  protected save(): unknown {
    return {
      state: copyState(this.#state),
      stats: this.#stats,
      informers: this.#informers.snapshot(),
      recorder: this.#recorder.snapshot(),
      status: this.#status.snapshot(),
      probes: this.#probes.snapshot(),
      images: this.#images.snapshot(),
      volumes: this.#volumes.snapshot(),
      killer: this.#killer.snapshot(),
      node: this.#nodeAgent.snapshot(),
      evictions: this.#evictions.snapshot(),
      shutdown: this.#shutdown.snapshot(),
      statics: this.#statics.snapshot(),
      resizes: this.#resizes.snapshot(),
      crashes: this.#crashes.snapshot(),
    }
  }

  protected load(saved: unknown): void {
    const from = saved as Record<string, unknown>
    this.#state = copyState(from['state'] as KubeletState)
    this.#stats = from['stats'] as NodeStats
    this.#informers.restore(from['informers'] as Parameters<Informers['restore']>[0])
    this.#recorder.restore(from['recorder'] as Parameters<Recorder['restore']>[0])
    this.#status.restore(from['status'])
    this.#probes.restore(from['probes'])
    this.#images.restore(from['images'])
    this.#volumes.restore(from['volumes'])
    this.#killer.restore(from['killer'])
    this.#nodeAgent.restore(from['node'])
    this.#evictions.restore(from['evictions'])
    this.#shutdown.restore(from['shutdown'])
    this.#statics.restore(from['statics'])
    this.#resizes.restore(from['resizes'])
    this.#crashes.restore(from['crashes'] as ReturnType<BackOff['snapshot']>)
  }
}

const NO_FAILURES: ReadonlyMap<string, StartFailure> = new Map()

const identityOf = (pod: Pod): PodIdentity => ({
  uid: pod.metadata.uid!,
  namespace: pod.metadata.namespace ?? 'default',
  name: pod.metadata.name,
})

const containerOf = (pod: Pod, name: string): Container | undefined =>
  pod.spec.containers.find((container) => container.name === name) ??
  pod.spec.initContainers?.find((container) => container.name === name) ??
  pod.spec.ephemeralContainers?.find((container) => container.name === name)

const stopping = (container: RuntimeContainer): Kill => ({
  containerId: container.id,
  name: container.name,
  message: `Stopping container ${container.name}`,
  because: 'other',
})

/** All at once: the newest-first list as goroutines take their turn, of which the one that was started last runs first. */
const stopAll = (running: readonly RuntimeContainer[]): readonly Kill[] => {
  const kills = running.map(stopping)
  const last = kills.at(-1)
  return last ? [last, ...kills.slice(0, -1)] : kills
}

/** Errors of CreateContainer and StartContainer lose the prefix of code Unknown. */
const plainError = ({ code, message }: RuntimeError): string =>
  code === 'Unknown' ? message : `rpc error: code = ${code} desc = ${message}`

const copyState = (state: KubeletState): KubeletState => ({
  ...state,
  workers: new Map(
    [...state.workers].map(([uid, worker]) => [
      uid,
      {
        ...worker,
        run: worker.run && {
          ...worker.run,
          steps: worker.run.steps.slice(),
          results: worker.run.results.slice(),
          errors: worker.run.errors.slice(),
          killing: worker.run.killing.slice(),
        },
      },
    ]),
  ),
  cache: new Map(state.cache),
  dirty: new Set(state.dirty),
  failures: new Map([...state.failures].map(([uid, failures]) => [uid, new Map(failures)])),
  pods: new Map(state.pods),
  phases: { ...state.phases },
})
