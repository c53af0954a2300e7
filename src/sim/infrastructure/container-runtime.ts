import { copyPlain } from '../kernel/copy-plain.ts'
import type { Actor, Kernel } from '../kernel/kernel.ts'
import type { Message } from '../kernel/message-queue.ts'
import type { Millis } from '../kernel/time.ts'
import type { ContainerDescription, Image, Registry } from './image-registry.ts'
import { imageName } from './image-registry.ts'
import type { Network } from './network.ts'
import type { Reply } from './pod-network.ts'
import { answerAt, DEFAULT_TERM_MS, type ExecAnswer, nextChangeMs, runOf, usageAt, type Workload } from './workload.ts'

export interface PodIdentity {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

export interface Sandbox {
  readonly id: string
  readonly pod: PodIdentity
  readonly attempt: number
  readonly createdAt: Millis
  readonly isReady: boolean
  /** '' on the host's network. */
  readonly ip: string
  readonly hostNetwork: boolean
}

export interface RuntimeContainer {
  readonly id: string
  readonly sandboxId: string
  readonly pod: PodIdentity
  readonly name: string
  /** Restart count. */
  readonly attempt: number
  readonly image: string
  /** Digest of what it was made from: another one means its definition has changed. */
  readonly hash: string
  readonly state: 'created' | 'running' | 'exited'
  readonly createdAt: Millis
  readonly startedAt: Millis
  readonly finishedAt: Millis
  readonly exitCode: number
  readonly reason: string
  readonly message: string
  readonly log: string
  readonly workload: Workload
  /** 0: none. */
  readonly memoryLimitBytes: number
  readonly cpuLimitMilli: number
  readonly memoryRequestBytes: number
  readonly cpuRequestMilli: number
  readonly terminationMessagePath: string
  readonly terminationMessagePolicy: 'File' | 'FallbackToLogsOnError'
  /** Fault: the process is there and answers nothing. */
  readonly hangs: boolean
  /** Fault: SIGTERM is not heard. */
  readonly ignoresTerm: boolean
  /** Fault: so much memory beside what the workload says. */
  readonly extraMemoryBytes: number
}

/** What the runtime knows of one Pod; newest first. */
export interface RuntimePod {
  readonly sandboxes: readonly Sandbox[]
  readonly containers: readonly RuntimeContainer[]
}

export interface RuntimeImage {
  readonly name: string
  readonly sizeBytes: number
}

export interface RuntimeError {
  readonly code: string
  readonly message: string
}

/** How the sandbox of a Pod behaves, where a scenario says something about it. */
export interface SandboxBehaviour {
  readonly error?: string
  readonly code?: string
  readonly times?: number
  readonly delayMs?: Millis
  /** The first sandbox and all that runs in it dies so long after its start. */
  readonly dieAfterMs?: Millis
}

export interface ContainerConfig extends ContainerDescription {
  readonly pod: PodIdentity
  readonly sandboxId: string
  readonly attempt: number
  readonly hash: string
  readonly memoryLimitBytes: number
  readonly cpuLimitMilli: number
  readonly memoryRequestBytes: number
  readonly cpuRequestMilli: number
  readonly terminationMessagePath: string
  readonly terminationMessagePolicy: 'File' | 'FallbackToLogsOnError'
}

/** Who is told at once of what happens on the host: the kubelet, which looks only when its relist is due. */
export interface RuntimeListener {
  changed(podUid: string): void
  exited(containerId: string): void
  /** Answers to probes may have changed. */
  behaviourChanged(containerId: string): void
  /** The runtime or its network plug-in went away or came back. */
  conditionChanged(): void
}

/** One call as a recording shows it, or `Exited`, `SandboxDied`. */
export interface RuntimeCall {
  readonly at: Millis
  readonly pod: PodIdentity
  readonly text: string
}

interface Load {
  /** When the requests that have arrived will be done. */
  busyUntil: Millis
  /** Thousandths of a core × ms in the window under way and in the one before. */
  windowStart: Millis
  windowWork: number
  lastRate: number
  requests: number
}

interface RuntimeState {
  sandboxes: Map<string, Sandbox>
  containers: Map<string, RuntimeContainer>
  byPod: Map<string, { sandboxes: string[]; containers: string[] }>
  images: Map<string, RuntimeImage>
  imagesVersion: number
  /** Failures so far, by what fails. */
  failures: Map<string, number>
  load: Map<string, Load>
  /** Timers of stops under way; a stop that lost its client is no longer enforced. */
  stops: Map<string, number>
  nextAddress: number
  /** First three numbers of the addresses that the node was given for its Pods; '' until it is known. */
  podRange: string
  /** Address to sandbox, of those that are ready. */
  addresses: Map<string, string>
  sequence: number
  bootId: string
  networkReady: boolean
  responding: boolean
}

export const RUN_SANDBOX_MS = 100
export const CREATE_CONTAINER_MS = 20
export const START_CONTAINER_MS = 50
const LOAD_WINDOW_MS = 10_000
const OVERLOADED_MS = 900
const ID_LENGTH = 64
const HEX = '0123456789abcdef'

const unknown = (message: string): RuntimeError => ({ code: 'Unknown', message })

/**
 * containerd on one host: the truth about what runs there. It goes on without the kubelet and dies with the host's power.
 * Simplified: calls that take long (a sandbox, a pull) are timed by the caller; stopping and exits are timed here.
 */
export class ContainerRuntime implements Actor {
  readonly name: string
  readonly host: string
  listener: RuntimeListener | undefined
  /** Set by who watches calls; never part of the state. */
  onCall: ((call: RuntimeCall) => void) | undefined
  readonly #kernel: Kernel
  readonly #network: Network
  readonly #registry: Registry
  readonly #sandboxBehaviour: (pod: PodIdentity) => SandboxBehaviour | undefined
  #state: RuntimeState

  constructor(options: {
    readonly kernel: Kernel
    readonly network: Network
    readonly host: string
    readonly registry: Registry
    readonly sandboxBehaviour?: (pod: PodIdentity) => SandboxBehaviour | undefined
  }) {
    this.#kernel = options.kernel
    this.#network = options.network
    this.#registry = options.registry
    this.#sandboxBehaviour = options.sandboxBehaviour ?? (() => undefined)
    this.host = options.host
    this.name = `container-runtime/${options.host}`
    this.#state = {
      sandboxes: new Map(),
      containers: new Map(),
      byPod: new Map(),
      images: new Map(),
      imagesVersion: 0,
      failures: new Map(),
      load: new Map(),
      stops: new Map(),
      nextAddress: 2,
      podRange: '',
      addresses: new Map(),
      sequence: 0,
      bootId: options.network.host(options.host)?.bootId ?? '',
      networkReady: true,
      responding: true,
    }
    options.kernel.register(this)
    options.network.onChange(() => this.#followPower())
  }

  // What is there ------------------------------------------------------------------------------------------------------

  get isResponding(): boolean {
    return this.#state.responding
  }

  get isNetworkReady(): boolean {
    return this.#state.networkReady
  }

  pod(uid: string): RuntimePod {
    const entry = this.#state.byPod.get(uid)
    if (!entry) return { sandboxes: [], containers: [] }
    return {
      sandboxes: entry.sandboxes.map((id) => this.#state.sandboxes.get(id)!),
      containers: entry.containers.map((id) => this.#state.containers.get(id)!),
    }
  }

  /** Of Pods that have a sandbox or container here. */
  podUids(): readonly string[] {
    return [...this.#state.byPod.keys()]
  }

  container(id: string): RuntimeContainer | undefined {
    return this.#state.containers.get(id)
  }

  containers(): Iterable<RuntimeContainer> {
    return this.#state.containers.values()
  }

  sandboxes(): Iterable<Sandbox> {
    return this.#state.sandboxes.values()
  }

  /** Rises with every change of the images. */
  get imagesVersion(): number {
    return this.#state.imagesVersion
  }

  /** The sandbox that holds an address of the Pod network. */
  sandboxAt(ip: string): Sandbox | undefined {
    const id = this.#state.addresses.get(ip)
    return id === undefined ? undefined : this.#state.sandboxes.get(id)
  }

  images(): Iterable<RuntimeImage> {
    return this.#state.images.values()
  }

  // Images -------------------------------------------------------------------------------------------------------------

  /** The image as it is on the host, or undefined; an error when the runtime cannot look. */
  inspectImage(image: string): RuntimeImage | undefined | { readonly error: RuntimeError } {
    const known = this.#registry.image(image)
    if (known.inspectError !== undefined) return { error: unknown(known.inspectError) }
    const name = imageName(image).full
    if (known.present && !this.#state.images.has(name)) this.#addImage(image, known.sizeBytes)
    return this.#state.images.get(name)
  }

  /** How long a pull that starts now takes and how it will end. */
  beginPull(image: string, pod: PodIdentity): { readonly afterMs: Millis; readonly error: RuntimeError | undefined } {
    this.#call(pod, `PullImage ${image}`)
    const known = this.#registry.image(image)
    const cached = this.#state.images.has(imageName(image).full)
    const fails = known.error !== undefined && this.#failsNow(`pull ${imageName(image).full}`, known.times)
    const afterMs = known.pullMs ?? 0
    return {
      afterMs: cached && !fails && known.pullMs === undefined ? 0 : cached && !fails && afterMs > 500 ? 500 : afterMs,
      error: fails ? { code: known.code ?? 'Unknown', message: known.error } : undefined,
    }
  }

  endPull(image: string, pod: PodIdentity, error: RuntimeError | undefined): Image {
    const known = this.#registry.image(image)
    this.#call(pod, `PullImageDone ${image}`)
    if (!error) this.#addImage(image, known.sizeBytes)
    return known
  }

  removeImage(name: string): void {
    if (this.#state.images.delete(imageName(name).full)) this.#state.imagesVersion += 1
  }

  #addImage(name: string, sizeBytes: number): void {
    this.#state.images.set(imageName(name).full, { name, sizeBytes })
    this.#state.imagesVersion += 1
  }

  // Sandboxes ----------------------------------------------------------------------------------------------------------

  /** Announces the call; the caller comes back with `finishSandbox` after so long. */
  beginSandbox(pod: PodIdentity, attempt: number): Millis {
    this.#call(pod, `RunPodSandbox #${attempt}`)
    const behaviour = this.#sandboxBehaviour(pod)
    return (
      behaviour?.delayMs ??
      (behaviour?.error !== undefined && this.#wouldFail(`sandbox ${pod.uid}`, behaviour.times) ? 0 : RUN_SANDBOX_MS)
    )
  }

  finishSandbox(pod: PodIdentity, attempt: number, hostNetwork: boolean): Sandbox | { readonly error: RuntimeError } {
    const state = this.#state
    const behaviour = this.#sandboxBehaviour(pod)
    if (behaviour?.error !== undefined && this.#failsNow(`sandbox ${pod.uid}`, behaviour.times))
      return { error: { code: behaviour.code ?? 'Unknown', message: behaviour.error } }
    if (!state.networkReady && !hostNetwork)
      return {
        error: unknown(
          `failed to setup network for sandbox "${this.#newId()}": plugin type="bridge" failed (add): cni plugin not initialized`,
        ),
      }
    const sandbox: Sandbox = {
      id: this.#newId(),
      pod,
      attempt,
      createdAt: this.#kernel.now,
      isReady: true,
      ip: hostNetwork ? '' : this.#newAddress(),
      hostNetwork,
    }
    state.sandboxes.set(sandbox.id, sandbox)
    if (sandbox.ip !== '') state.addresses.set(sandbox.ip, sandbox.id)
    this.#entry(pod.uid).sandboxes.unshift(sandbox.id)
    if (behaviour?.dieAfterMs !== undefined && attempt === 0)
      this.#kernel.post(this.name, 'sandbox-dies', sandbox.id, behaviour.dieAfterMs)
    this.#changed(pod.uid)
    return sandbox
  }

  /** Ends whatever still runs in it at once. */
  stopSandbox(id: string): void {
    const sandbox = this.#state.sandboxes.get(id)
    if (!sandbox) return
    this.#call(sandbox.pod, `StopPodSandbox #${sandbox.attempt}`)
    this.#killSandbox(sandbox, 137, 'Error')
  }

  removeSandbox(id: string): void {
    const sandbox = this.#state.sandboxes.get(id)
    if (!sandbox) return
    this.#call(sandbox.pod, `RemovePodSandbox #${sandbox.attempt}`)
    const entry = this.#entry(sandbox.pod.uid)
    for (const containerId of entry.containers.slice())
      if (this.#state.containers.get(containerId)!.sandboxId === id) this.removeContainer(containerId)
    this.#state.sandboxes.delete(id)
    entry.sandboxes = entry.sandboxes.filter((other) => other !== id)
    this.#forgetIfEmpty(sandbox.pod.uid)
    this.#changed(sandbox.pod.uid)
  }

  // Containers ---------------------------------------------------------------------------------------------------------

  createContainer(config: ContainerConfig): RuntimeContainer | { readonly error: RuntimeError } {
    const { pod } = config
    this.#call(pod, `CreateContainer ${config.container}#${config.attempt}`)
    const workload = this.#registry.workload(config)
    if (workload.create && this.#failsNow(`create ${pod.uid}/${config.container}`, workload.create.times))
      return { error: unknown(workload.create.error) }
    const container: RuntimeContainer = {
      id: this.#newId(),
      sandboxId: config.sandboxId,
      pod,
      name: config.container,
      attempt: config.attempt,
      image: config.image,
      hash: config.hash,
      state: 'created',
      createdAt: this.#kernel.now,
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      log: '',
      workload,
      memoryLimitBytes: config.memoryLimitBytes,
      cpuLimitMilli: config.cpuLimitMilli,
      memoryRequestBytes: config.memoryRequestBytes,
      cpuRequestMilli: config.cpuRequestMilli,
      terminationMessagePath: config.terminationMessagePath,
      terminationMessagePolicy: config.terminationMessagePolicy,
      hangs: false,
      ignoresTerm: false,
      extraMemoryBytes: 0,
    }
    this.#state.containers.set(container.id, container)
    this.#entry(pod.uid).containers.unshift(container.id)
    this.#changed(pod.uid)
    return container
  }

  startContainer(id: string): RuntimeError | undefined {
    const container = this.#state.containers.get(id)
    if (!container) return { code: 'NotFound', message: `container "${id}" not found` }
    this.#call(container.pod, `StartContainer ${container.name}#${container.attempt}`)
    const { workload, attempt, pod } = container
    const now = this.#kernel.now
    if (workload.start && this.#failsNow(`start ${pod.uid}/${container.name}`, workload.start.times)) {
      const message = workload.start.error
      this.#put({ ...container, state: 'exited', startedAt: now, finishedAt: now, exitCode: 128, reason: 'StartError', message })
      return unknown(message)
    }
    const run = runOf(workload, attempt)
    this.#put({
      ...container,
      state: 'running',
      startedAt: now,
      log: run?.exitAfterMs === undefined ? asLines(run?.log ?? '') : '',
    })
    if (run?.exitAfterMs !== undefined) this.#kernel.post(this.name, 'runs-out', id, run.exitAfterMs)
    this.#watchMemory(this.#state.containers.get(id)!)
    return undefined
  }

  /** SIGTERM now, SIGKILL after the timeout. The listener hears of the exit. */
  stopContainer(id: string, timeoutSeconds: number): void {
    const container = this.#state.containers.get(id)
    if (!container) return
    this.#call(container.pod, `StopContainer(${timeoutSeconds}) ${container.name}#${container.attempt}`)
    if (container.state !== 'running') {
      if (container.state === 'created') this.#exit(container, 137, 'Error', '')
      return
    }
    const token = (this.#state.stops.get(id) ?? 0) + 1
    this.#state.stops.set(id, token)
    const { term } = container.workload
    if (!term?.ignore && !container.ignoresTerm && !container.hangs)
      this.#kernel.post(this.name, 'term', id, term?.afterMs ?? DEFAULT_TERM_MS)
    this.#kernel.post(this.name, 'kill', { id, token }, timeoutSeconds * 1000)
  }

  /** The client of every stop under way is gone: SIGKILL will not follow. */
  abandonStops(): void {
    for (const [id, token] of this.#state.stops) this.#state.stops.set(id, token + 1)
  }

  removeContainer(id: string): void {
    const container = this.#state.containers.get(id)
    if (!container) return
    this.#call(container.pod, `RemoveContainer ${container.name}#${container.attempt}`)
    this.#state.containers.delete(id)
    this.#state.load.delete(id)
    this.#state.stops.delete(id)
    const entry = this.#entry(container.pod.uid)
    entry.containers = entry.containers.filter((other) => other !== id)
    this.#forgetIfEmpty(container.pod.uid)
    this.#changed(container.pod.uid)
  }

  updateResources(
    id: string,
    resources: Pick<RuntimeContainer, 'memoryLimitBytes' | 'cpuLimitMilli' | 'memoryRequestBytes' | 'cpuRequestMilli'>,
  ): void {
    const container = this.#state.containers.get(id)
    if (!container) return
    this.#call(container.pod, `UpdateContainerResources ${container.name}#${container.attempt}`)
    this.#put({ ...container, ...resources })
    this.#watchMemory(this.#state.containers.get(id)!)
  }

  // Answers ------------------------------------------------------------------------------------------------------------

  /** The answer to a command, or undefined when nothing in the workload knows it: then it succeeds. */
  exec(container: RuntimeContainer, command: string): ExecAnswer {
    if (container.hangs) return { fromMs: 0, hang: true }
    const since = this.#kernel.now - container.startedAt
    const scripted = container.workload.exec?.[command]
    if (scripted) return answerAt(scripted, since, container.attempt) ?? { fromMs: 0, exitCode: 0 }
    const { listens } = container.workload
    if (listens && since < listens.afterMs) return { fromMs: 0, exitCode: 1 }
    return { fromMs: 0, exitCode: 0 }
  }

  /** How a server in the sandbox answers on a port. `status` 0: nothing listens. */
  http(
    sandboxId: string,
    port: number,
    path: string,
  ): {
    readonly status: number
    readonly out?: string
    readonly location?: string
    readonly afterMs?: Millis
    readonly hang?: boolean
  } {
    const scripted = this.#server(sandboxId, port, (workload) => workload.http?.[port] !== undefined)
    if (scripted) {
      if (scripted.hangs) return { status: 0, hang: true }
      const answers = scripted.workload.http![port]!
      const found = answerAt(answers[path] ?? answers['/'], this.#kernel.now - scripted.startedAt, scripted.attempt)
      return found ?? { status: 404 }
    }
    const server = this.#listener(sandboxId, port)
    if (!server) return { status: 0 }
    if (server.hangs) return { status: 0, hang: true }
    return { status: 200, afterMs: this.#backlogMs(server) }
  }

  tcp(sandboxId: string, port: number): boolean {
    const scripted = this.#server(sandboxId, port, (workload) => workload.tcp?.[port] !== undefined)
    if (scripted)
      return answerAt(scripted.workload.tcp![port], this.#kernel.now - scripted.startedAt, scripted.attempt)?.open ?? false
    if (this.#server(sandboxId, port, (workload) => workload.http?.[port] !== undefined || workload.grpc?.[port] !== undefined))
      return true
    return this.#listener(sandboxId, port) !== undefined
  }

  /** `SERVING`, another status, or undefined: nothing listens. */
  grpc(sandboxId: string, port: number): string | undefined {
    const scripted = this.#server(sandboxId, port, (workload) => workload.grpc?.[port] !== undefined)
    if (scripted) return answerAt(scripted.workload.grpc![port], this.#kernel.now - scripted.startedAt, scripted.attempt)?.serving
    const server = this.#listener(sandboxId, port)
    return server && !server.hangs ? 'SERVING' : undefined
  }

  /**
   * Until when answers of a container stay what they are as long as nobody interferes; undefined: for ever. Whoever sleeps on this is
   * woken by `behaviourChanged`.
   */
  steadyUntil(container: RuntimeContainer): Millis | undefined {
    const { workload, startedAt } = container
    const since = this.#kernel.now - startedAt
    let next: Millis | undefined
    const consider = (at: Millis | undefined): void => {
      if (at !== undefined && (next === undefined || at < next)) next = at
    }
    for (const command in workload.exec) consider(nextChangeMs(workload.exec[command], since))
    for (const port in workload.http)
      for (const path in workload.http[port]) consider(nextChangeMs(workload.http[port][path], since))
    for (const port in workload.tcp) consider(nextChangeMs(workload.tcp[port], since))
    for (const port in workload.grpc) consider(nextChangeMs(workload.grpc[port], since))
    if (workload.listens && since < workload.listens.afterMs) consider(workload.listens.afterMs)
    return next === undefined ? undefined : startedAt + next
  }

  /** A request from outside to an address of this host: charges its CPU. */
  request(sandboxId: string, port: number, path: string): Reply {
    const answer = this.http(sandboxId, port, path)
    if (answer.hang) return { type: 'silent' }
    if (answer.status === 0)
      return this.tcp(sandboxId, port) ? { type: 'answered', status: 200, afterMs: 1 } : { type: 'refused' }
    const server =
      this.#listener(sandboxId, port) ?? this.#server(sandboxId, port, (workload) => workload.http?.[port] !== undefined)
    const waitMs = server ? this.#charge(server) : 0
    return {
      type: 'answered',
      status: answer.status,
      afterMs: (server?.workload.http?.[port] ? (answer.afterMs ?? 0) : 0) + waitMs,
    }
  }

  // Use ----------------------------------------------------------------------------------------------------------------

  memoryBytes(container: RuntimeContainer): number {
    if (container.state !== 'running') return 0
    const now = this.#kernel.now
    const load = this.#state.load.get(container.id)
    const perRequest = container.workload.memoryPerRequestBytes ?? 0
    const underWay =
      load && perRequest > 0
        ? Math.ceil((load.lastRate * LOAD_WINDOW_MS) / 1000 / Math.max(1, container.workload.milliCpuMsPerRequest ?? 1))
        : 0
    return usageAt(container.workload, now - container.startedAt).memoryBytes + container.extraMemoryBytes + underWay * perRequest
  }

  rootfsBytes(container: RuntimeContainer): number {
    return usageAt(
      container.workload,
      (container.state === 'running' ? this.#kernel.now : container.finishedAt) - container.startedAt,
    ).rootfsBytes
  }

  /** Mean over the last ten seconds or so, never above the limit. */
  milliCpu(container: RuntimeContainer): number {
    if (container.state !== 'running') return 0
    const load = this.#state.load.get(container.id)
    let used = container.workload.idleMilliCpu ?? 0
    if (load) {
      this.#roll(load)
      const elapsed = this.#kernel.now - load.windowStart
      used += Math.round((load.lastRate * (LOAD_WINDOW_MS - elapsed)) / LOAD_WINDOW_MS + load.windowWork / LOAD_WINDOW_MS)
    }
    return container.cpuLimitMilli > 0 ? Math.min(used, container.cpuLimitMilli) : used
  }

  // Faults -------------------------------------------------------------------------------------------------------------

  /** The process ends by itself, now. */
  exitContainer(id: string, exitCode: number, reason?: string): void {
    const container = this.#state.containers.get(id)
    if (container?.state === 'running') this.#exit(container, exitCode, reason ?? (exitCode === 0 ? 'Completed' : 'Error'), '')
  }

  setFault(id: string, fault: Partial<Pick<RuntimeContainer, 'hangs' | 'ignoresTerm' | 'extraMemoryBytes'>>): void {
    const container = this.#state.containers.get(id)
    if (!container) return
    const faulty = { ...container, ...fault }
    this.#state.containers.set(id, faulty)
    this.listener?.behaviourChanged(id)
    this.#watchMemory(faulty)
  }

  setNetworkReady(ready: boolean): void {
    this.#state.networkReady = ready
    this.listener?.conditionChanged()
  }

  /** containerd itself is stopped; what runs goes on. */
  setResponding(responding: boolean): void {
    this.#state.responding = responding
    this.listener?.conditionChanged()
    if (responding) for (const uid of this.#state.byPod.keys()) this.#changed(uid)
  }

  /** The sandbox and everything in it dies, as in a crash of the shim. */
  killSandbox(id: string): void {
    const sandbox = this.#state.sandboxes.get(id)
    if (sandbox?.isReady) this.#killSandbox(sandbox, 137, 'Error')
  }

  // Inside -------------------------------------------------------------------------------------------------------------

  receive(message: Message): void {
    switch (message.kind) {
      case 'runs-out': {
        const container = this.#state.containers.get(message.body as string)
        if (container?.state !== 'running') return
        const run = runOf(container.workload, container.attempt)!
        this.#exit(
          container,
          run.exitCode,
          run.reason ?? (run.exitCode === 0 ? 'Completed' : 'Error'),
          run.message ?? '',
          run.log,
        )
        return
      }
      case 'term': {
        const container = this.#state.containers.get(message.body as string)
        if (container?.state !== 'running') return
        const exitCode = container.workload.term?.exitCode ?? 0
        this.#exit(container, exitCode, exitCode === 0 ? 'Completed' : 'Error', '')
        return
      }
      case 'kill': {
        const { id, token } = message.body as { id: string; token: number }
        const container = this.#state.containers.get(id)
        if (container?.state === 'running' && this.#state.stops.get(id) === token) this.#exit(container, 137, 'Error', '')
        return
      }
      case 'oom': {
        const container = this.#state.containers.get(message.body as string)
        if (container) this.#watchMemory(container)
        return
      }
      case 'sandbox-dies': {
        const sandbox = this.#state.sandboxes.get(message.body as string)
        if (!sandbox?.isReady) return
        this.#call(sandbox.pod, 'SandboxDied')
        this.#killSandbox(sandbox, 137, 'Error')
        return
      }
      default:
        throw new Error(`unknown message ${message.kind}`)
    }
  }

  #killSandbox(sandbox: Sandbox, exitCode: number, reason: string): void {
    if (sandbox.isReady) {
      this.#state.sandboxes.set(sandbox.id, { ...sandbox, isReady: false })
      this.#state.addresses.delete(sandbox.ip)
      this.#changed(sandbox.pod.uid)
    }
    for (const id of this.#entry(sandbox.pod.uid).containers.slice().reverse()) {
      const container = this.#state.containers.get(id)!
      if (container.sandboxId === sandbox.id && container.state !== 'exited') this.#exit(container, exitCode, reason, '')
    }
  }

  #exit(container: RuntimeContainer, exitCode: number, reason: string, message: string, log = ''): void {
    this.#call(container.pod, `Exited ${container.name}#${container.attempt} ${exitCode}`)
    const whole = container.log + asLines(log)
    const fallsBack = message === '' && exitCode !== 0 && container.terminationMessagePolicy === 'FallbackToLogsOnError'
    this.#put({
      ...container,
      state: 'exited',
      finishedAt: this.#kernel.now,
      exitCode,
      reason,
      message: (fallsBack ? tailOfLog(whole) : message).slice(0, 4096),
      log: whole,
    })
    this.#kernel.withCause(
      this.#kernel.addCause({
        type: 'act',
        actor: this.name,
        verb: reason === 'OOMKilled' ? 'OOMKilled' : 'ContainerExited',
        object: { resource: 'pods', namespace: container.pod.namespace, name: container.pod.name },
        text: `${container.name} ended with ${exitCode}`,
      }),
      () => {
        this.listener?.exited(container.id)
        this.#changed(container.pod.uid)
      },
    )
  }

  /** Kills it when it uses more than its limit, or comes back when it will. */
  #watchMemory(container: RuntimeContainer): void {
    if (container.state !== 'running' || container.memoryLimitBytes === 0) return
    if (this.memoryBytes(container) > container.memoryLimitBytes) {
      this.#exit(container, 137, 'OOMKilled', '')
      return
    }
    const { workload, startedAt } = container
    const since = this.#kernel.now - startedAt
    const steps = workload.stats === undefined ? [] : Array.isArray(workload.stats) ? workload.stats : [workload.stats]
    let next: Millis | undefined
    for (const { fromMs = 0 } of steps) if (fromMs > since && (next === undefined || fromMs < next)) next = fromMs
    if (workload.leakBytesPerSecond) {
      const room = container.memoryLimitBytes - this.memoryBytes(container)
      const full = since + Math.floor((room * 1000) / workload.leakBytesPerSecond) + 1
      if (next === undefined || full < next) next = full
    }
    if (next !== undefined) this.#kernel.post(this.name, 'oom', container.id, next - since)
  }

  #server(sandboxId: string, _port: number, knows: (workload: Workload) => boolean): RuntimeContainer | undefined {
    const sandbox = this.#state.sandboxes.get(sandboxId)
    if (!sandbox) return undefined
    for (const id of this.#entry(sandbox.pod.uid).containers) {
      const container = this.#state.containers.get(id)!
      if (container.state === 'running' && container.sandboxId === sandboxId && knows(container.workload)) return container
    }
    return undefined
  }

  #listener(sandboxId: string, port: number): RuntimeContainer | undefined {
    const server = this.#server(sandboxId, port, (workload) => workload.listens?.ports.includes(port) === true)
    return server && this.#kernel.now - server.startedAt >= server.workload.listens!.afterMs ? server : undefined
  }

  #backlogMs(container: RuntimeContainer): Millis {
    const load = this.#state.load.get(container.id)
    return load ? Math.max(0, load.busyUntil - this.#kernel.now) : 0
  }

  /** Queues one request's work at the speed that the limit leaves (one core without a limit); how long until it is done. */
  #charge(container: RuntimeContainer): Millis {
    const work = container.workload.milliCpuMsPerRequest ?? 0
    const now = this.#kernel.now
    let load = this.#state.load.get(container.id)
    if (!load)
      this.#state.load.set(container.id, (load = { busyUntil: now, windowStart: now, windowWork: 0, lastRate: 0, requests: 0 }))
    this.#roll(load)
    load.windowWork += work
    load.requests += 1
    const speed = container.cpuLimitMilli > 0 ? container.cpuLimitMilli : 1000
    const before = Math.max(0, load.busyUntil - now)
    const after = before + Math.ceil(work / speed)
    load.busyUntil = now + Math.min(after, 60_000)
    if (before < OVERLOADED_MS !== after < OVERLOADED_MS) this.listener?.behaviourChanged(container.id)
    if (container.workload.memoryPerRequestBytes) this.#watchMemory(container)
    return Math.max(1, after)
  }

  #roll(load: Load): void {
    const now = this.#kernel.now
    const elapsed = now - load.windowStart
    if (elapsed < LOAD_WINDOW_MS) return
    load.lastRate = elapsed < 2 * LOAD_WINDOW_MS ? Math.round(load.windowWork / LOAD_WINDOW_MS) : 0
    load.windowStart += Math.floor(elapsed / LOAD_WINDOW_MS) * LOAD_WINDOW_MS
    load.windowWork = 0
  }

  #followPower(): void {
    const host = this.#network.host(this.host)
    if (!host) return
    const state = this.#state
    if (!host.poweredOn) {
      state.responding = true
      state.load.clear()
      state.stops.clear()
      for (const sandbox of state.sandboxes.values()) this.#killSandbox(sandbox, 255, 'Unknown')
    }
    state.bootId = host.bootId
  }

  #put(container: RuntimeContainer): void {
    this.#state.containers.set(container.id, container)
    this.#changed(container.pod.uid)
  }

  #entry(uid: string): { sandboxes: string[]; containers: string[] } {
    let entry = this.#state.byPod.get(uid)
    if (!entry) this.#state.byPod.set(uid, (entry = { sandboxes: [], containers: [] }))
    return entry
  }

  #forgetIfEmpty(uid: string): void {
    const entry = this.#state.byPod.get(uid)
    if (entry && entry.sandboxes.length === 0 && entry.containers.length === 0) this.#state.byPod.delete(uid)
  }

  #changed(uid: string): void {
    this.listener?.changed(uid)
  }

  #wouldFail(key: string, times: number | undefined): boolean {
    return times === undefined || (this.#state.failures.get(key) ?? 0) < times
  }

  #failsNow(key: string, times: number | undefined): boolean {
    if (times === undefined) return true
    const count = this.#state.failures.get(key) ?? 0
    if (count >= times) return false
    this.#state.failures.set(key, count + 1)
    return true
  }

  #newId(): string {
    return this.#kernel.rng(this.name).text(ID_LENGTH, HEX)
  }

  /** Addresses of one node count up within 10.244.⟨n⟩.0/24. */
  get hasPodRange(): boolean {
    return this.#state.podRange !== ''
  }

  /** The node's `podCIDR`, a /24. Until it is known addresses come from a range of the host's own. */
  usePodRange(podCIDR: string): void {
    this.#state.podRange = podCIDR.split('.').slice(0, 3).join('.')
  }

  #ownRange(): string {
    const parts = (this.#network.host(this.host)?.address ?? '10.0.0.10').split('.').map(Number)
    return `10.245.${(parts[2]! * 256 + parts[3]! - 10) & 255}`
  }

  #newAddress(): string {
    const state = this.#state
    for (;;) {
      const address = `${state.podRange || this.#ownRange()}.${state.nextAddress}`
      state.nextAddress = state.nextAddress >= 254 ? 2 : state.nextAddress + 1
      if (!state.addresses.has(address)) return address
    }
  }

  #call(pod: PodIdentity, text: string): void {
    this.onCall?.({ at: this.#kernel.now, pod, text })
  }

  snapshot(): RuntimeState {
    return copyState(this.#state)
  }

  restore(state: RuntimeState): void {
    this.#state = copyState(state)
  }
}

/** Sandboxes and containers are never mutated and stay shared. */
const copyState = (state: RuntimeState): RuntimeState => ({
  ...state,
  sandboxes: new Map(state.sandboxes),
  containers: new Map(state.containers),
  byPod: copyPlain(state.byPod),
  images: new Map(state.images),
  addresses: new Map(state.addresses),
  failures: new Map(state.failures),
  load: copyPlain(state.load),
  stops: new Map(state.stops),
})

/** Output is kept in whole lines. */
const asLines = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** The last 80 lines, at most 2048 bytes of them. Models kuberuntime's fallback to logs. */
function tailOfLog(log: string): string {
  const lines = log.split('\n')
  const hasEnd = lines.at(-1) === ''
  const last = lines.slice(Math.max(0, lines.length - 80 - (hasEnd ? 1 : 0))).join('\n')
  return last.length > 2048 ? last.slice(last.length - 2048) : last
}
