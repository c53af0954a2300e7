import type { ContainerRuntime, RuntimeContainer } from '../../infrastructure/container-runtime.ts'
import { copyPlain } from '../../kernel/copy-plain.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Container, ContainerStatus, Handler, Pod, PodStatus, Probe } from '../api/types.ts'
import { isSidecar } from './restart-policy.ts'
import { isTerminalPhase } from './status-manager.ts'

export type ProbeType = 'liveness' | 'readiness' | 'startup'
type Result = 'success' | 'failure' | 'unknown'

interface Worker {
  readonly key: string
  readonly uid: string
  readonly container: string
  readonly type: ProbeType
  readonly probe: Probe
  readonly periodMs: Millis
  /** Ticks fall on this plus whole periods; a run out of turn moves it. */
  phase: Millis
  containerId: string
  lastResult: Result | undefined
  resultRun: number
  onHold: boolean
  /** Of the tick that is under way; older messages are void. */
  token: number
  /** When the next tick is due; undefined while it sleeps because nothing can change. */
  nextAt: Millis | undefined
  /** A probe is running and ends with the message of this number; 0: none. */
  running: number
  /** A tick or a trigger came while one was running. */
  missed: 'tick' | 'trigger' | undefined
  stopped: boolean
}

export interface ProbeHost {
  readonly kernel: Kernel
  readonly runtime: ContainerRuntime
  /** A message to the kubelet that owns this, of kind `probe`. */
  post(delayMs: Millis, body: unknown): void
  pod(uid: string): Pod | undefined
  status(uid: string): PodStatus | undefined
  event(pod: Pod, container: Container, type: 'Normal' | 'Warning', reason: string, message: string): void
  /** A result that changes something. */
  onResult(type: ProbeType, uid: string, containerId: string, success: boolean): void
  /** Exec probes of this Pod run in a context that is cancelled. */
  isCancelled(uid: string): boolean
  hostAddress(): string
  /** Observers of every probe; for tests. */
  onProbe?: ((uid: string, container: RuntimeContainer, what: string) => void) | undefined
}

interface Outcome {
  readonly result: Result
  readonly output: string
  /** A success that is worth a warning. */
  readonly warning?: boolean
}

const OUTPUT_MAX = 10_240
/** Between the wish to probe at once and the probe: the status has been written meanwhile. */
const TRIGGER_MS = 10
const FIRST_PROBE_MS = 5

const keyOf = (uid: string, container: string, type: ProbeType): string => `${uid}/${container}/${type}`
const TITLES = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' } as const
const INITIAL: Readonly<Record<ProbeType, Result>> = { liveness: 'success', readiness: 'failure', startup: 'unknown' }

/**
 * Runs the probes of the node's Pods. Models pkg/kubelet/prober (v1.35). A probe whose answer cannot change sleeps until something
 * happens to its Pod, so that idle clusters cost nothing.
 */
export class ProbeManager {
  readonly #host: ProbeHost
  #workers = new Map<string, Worker>()
  #byUid = new Map<string, string[]>()
  /** `type/containerId` to result. */
  #results = new Map<string, Result>()
  #startedAt: Millis = 0
  #sequence = 0

  constructor(host: ProbeHost) {
    this.#host = host
  }

  start(): void {
    this.#workers.clear()
    this.#byUid.clear()
    this.#results.clear()
    this.#startedAt = this.#host.kernel.now
  }

  /** Makes workers for probes that have none yet. */
  addPod(pod: Pod): void {
    const uid = pod.metadata.uid!
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)]) {
      if (container.startupProbe) this.#add(uid, container, 'startup', container.startupProbe)
      if (container.readinessProbe) this.#add(uid, container, 'readiness', container.readinessProbe)
      if (container.livenessProbe) this.#add(uid, container, 'liveness', container.livenessProbe)
    }
  }

  #add(uid: string, container: Container, type: ProbeType, probe: Probe): void {
    const key = keyOf(uid, container.name, type)
    if (this.#workers.has(key)) return
    const { kernel } = this.#host
    const periodMs = (probe.periodSeconds ?? 10) * 1000
    const offset = periodMs > kernel.now - this.#startedAt ? kernel.rng(`prober/${this.#host.runtime.host}`).int(periodMs) : 0
    const worker: Worker = {
      key,
      uid,
      container: container.name,
      type,
      probe,
      periodMs,
      phase: kernel.now + offset,
      containerId: '',
      lastResult: undefined,
      resultRun: 0,
      onHold: false,
      token: 0,
      nextAt: undefined,
      running: 0,
      missed: undefined,
      stopped: false,
    }
    this.#workers.set(key, worker)
    const list = this.#byUid.get(uid)
    if (list) list.push(key)
    else this.#byUid.set(uid, [key])
    this.#schedule(worker, kernel.now + offset)
  }

  removePod(uid: string): void {
    for (const key of this.#byUid.get(uid) ?? []) this.#remove(key)
    this.#byUid.delete(uid)
  }

  stopLivenessAndStartup(uid: string): void {
    const keys = this.#byUid.get(uid)
    if (!keys) return
    this.#byUid.set(
      uid,
      keys.filter((key) => {
        if (this.#workers.get(key)?.type === 'readiness') return true
        this.#remove(key)
        return false
      }),
    )
  }

  #remove(key: string): void {
    const worker = this.#workers.get(key)
    if (!worker) return
    this.#results.delete(`${worker.type}/${worker.containerId}`)
    this.#workers.delete(key)
  }

  hasFailed(type: 'liveness' | 'startup', containerId: string): boolean {
    return this.#results.get(`${type}/${containerId}`) === 'failure'
  }

  /** A startup probe that is there must have succeeded. */
  isStarted(uid: string, container: string, containerId: string): boolean {
    const result = this.#results.get(`startup/${containerId}`)
    if (result) return result === 'success'
    return !this.#workers.has(keyOf(uid, container, 'startup'))
  }

  /** Fills in `started` and `ready`. Models UpdatePodStatus. */
  fillIn(pod: Pod, status: PodStatus): PodStatus {
    const uid = pod.metadata.uid!
    const fill = (container: ContainerStatus, sidecarOrApp: boolean): ContainerStatus => {
      const id = container.containerID?.slice('containerd://'.length) ?? ''
      const started = container.state?.running !== undefined && this.isStarted(uid, container.name, id)
      if (!sidecarOrApp) return { ...container, started, ready: container.state?.terminated?.exitCode === 0 }
      return {
        ...container,
        started,
        ready: container.state?.running !== undefined && started && this.#isReady(uid, container.name, id),
      }
    }
    const next: PodStatus = {
      ...status,
      containerStatuses: (status.containerStatuses ?? []).map((container) => fill(container, true)),
      ...(status.initContainerStatuses
        ? {
            initContainerStatuses: status.initContainerStatuses.map((container) =>
              fill(container, pod.spec.initContainers?.some((spec) => spec.name === container.name && isSidecar(spec)) ?? false),
            ),
          }
        : {}),
    }
    return next
  }

  #isReady(uid: string, container: string, containerId: string): boolean {
    if (this.#results.get(`readiness/${containerId}`) === 'success') return true
    const worker = this.#workers.get(keyOf(uid, container, 'readiness'))
    if (!worker) return true
    // Probe at once: the next tick may be far.
    this.#host.post(TRIGGER_MS, { key: worker.key, trigger: true })
    return false
  }

  /** Something about the Pod's status has changed: whoever sleeps looks again. */
  wake(uid: string): void {
    for (const key of this.#byUid.get(uid) ?? []) {
      const worker = this.#workers.get(key)
      if (worker && worker.nextAt === undefined && worker.running === 0) this.#scheduleNextTick(worker)
    }
  }

  receive(body: unknown): void {
    const { key, token, trigger, done, outcome } = body as {
      key: string
      token?: number
      trigger?: boolean
      done?: number
      outcome?: Outcome
    }
    const worker = this.#workers.get(key)
    if (!worker) return
    if (done !== undefined) {
      if (worker.running !== done) return
      worker.running = 0
      this.#finish(worker, outcome!)
      if (worker.stopped || !this.#workers.has(key)) return
      if (worker.missed) {
        if (worker.missed === 'trigger') this.#restartTicker(worker)
        worker.missed = undefined
        this.#run(worker)
      } else if (worker.nextAt === undefined) this.#scheduleNextTick(worker)
      return
    }
    if (!trigger) {
      if (token !== worker.token) return
      worker.nextAt = undefined
    }
    if (worker.running !== 0) {
      if (worker.missed !== 'trigger') worker.missed = trigger ? 'trigger' : 'tick'
      if (!trigger) this.#scheduleNextTick(worker)
      return
    }
    if (trigger) this.#restartTicker(worker)
    this.#run(worker)
  }

  /** A run out of turn: ticks count from here. */
  #restartTicker(worker: Worker): void {
    worker.token += 1
    worker.nextAt = undefined
    worker.phase = this.#host.kernel.now
  }

  #schedule(worker: Worker, at: Millis): void {
    worker.token += 1
    worker.nextAt = at
    this.#host.post(Math.max(0, at - this.#host.kernel.now), { key: worker.key, token: worker.token })
  }

  #scheduleNextTick(worker: Worker, notBefore = this.#host.kernel.now + 1): void {
    const periods = Math.max(0, Math.ceil((notBefore - worker.phase) / worker.periodMs))
    const at = worker.phase + periods * worker.periodMs
    if (worker.nextAt !== undefined && worker.nextAt <= at) return
    this.#schedule(worker, at)
  }

  #set(worker: Worker, result: Result): void {
    const key = `${worker.type}/${worker.containerId}`
    if (this.#results.get(key) === result) return
    this.#results.set(key, result)
    this.#host.onResult(worker.type, worker.uid, worker.containerId, result === 'success')
  }

  /** One round of doProbe; leaves the worker asleep, scheduled or with a probe under way. */
  #run(worker: Worker): void {
    const host = this.#host
    const { kernel, runtime } = host
    const status = host.status(worker.uid)
    const pod = host.pod(worker.uid)
    if (!status || !pod) return
    if (isTerminalPhase(status.phase)) {
      this.#stop(worker)
      return
    }
    const isInit = pod.spec.initContainers?.some(({ name }) => name === worker.container) ?? false
    const statuses = isInit ? status.initContainerStatuses : status.containerStatuses
    const container = statuses?.find(({ name }) => name === worker.container)
    const id = container?.containerID?.slice('containerd://'.length)
    if (!container || !id) return
    const isNew = worker.containerId !== id
    if (isNew) {
      if (worker.containerId !== '') this.#results.delete(`${worker.type}/${worker.containerId}`)
      worker.containerId = id
      worker.onHold = false
      this.#set(worker, INITIAL[worker.type])
    }
    if (worker.onHold) return
    if (!container.state?.running) {
      this.#set(worker, 'failure')
      if (container.state?.terminated && pod.spec.restartPolicy === 'Never' && !isInit) this.#stop(worker)
      return
    }
    if (pod.metadata.deletionTimestamp && worker.type !== 'readiness') {
      this.#set(worker, 'success')
      this.#stop(worker)
      return
    }
    const live = runtime.container(id)
    if (!live) return
    const delay = (worker.probe.initialDelaySeconds ?? 0) * 1000
    // The status keeps whole seconds.
    const startedAt = Math.floor((kernel.epochMs + live.startedAt) / 1000) * 1000 - kernel.epochMs
    if (kernel.now - startedAt < delay) {
      this.#scheduleNextTick(worker, Math.max(kernel.now + 1, startedAt + delay))
      return
    }
    if (container.started ? worker.type === 'startup' : worker.type !== 'startup') return
    this.#begin(worker, pod, live, isNew)
  }

  #stop(worker: Worker): void {
    worker.stopped = true
    worker.token += 1
    worker.nextAt = undefined
    this.#remove(worker.key)
    const keys = this.#byUid.get(worker.uid)
    if (keys)
      this.#byUid.set(
        worker.uid,
        keys.filter((key) => key !== worker.key),
      )
  }

  #begin(worker: Worker, pod: Pod, live: RuntimeContainer, isNew: boolean): void {
    const spec = containerOf(pod, worker.container)
    if (!spec) return
    const timeoutMs = (worker.probe.timeoutSeconds ?? 1) * 1000
    const { afterMs, outcome } = this.#probe(worker.probe, pod, spec, live, timeoutMs)
    // The initial value of a new container shows before the first outcome does.
    if (afterMs === 0 && !isNew) {
      const wasSteady =
        outcome.result === 'success' &&
        this.#results.get(`${worker.type}/${worker.containerId}`) === 'success' &&
        !outcome.warning
      this.#finish(worker, outcome)
      if (worker.stopped || !this.#workers.has(worker.key)) return
      if (!wasSteady || this.#host.onProbe) {
        this.#scheduleNextTick(worker)
        return
      }
      const until = this.#host.runtime.steadyUntil(live)
      if (until !== undefined) this.#scheduleNextTick(worker, Math.max(this.#host.kernel.now + 1, until))
      return
    }
    this.#sequence += 1
    worker.running = this.#sequence
    this.#host.post(Math.max(FIRST_PROBE_MS, afterMs), { key: worker.key, done: worker.running, outcome })
    this.#scheduleNextTick(worker)
  }

  #probe(
    probe: Handler,
    pod: Pod,
    spec: Container,
    live: RuntimeContainer,
    timeoutMs: Millis,
  ): { readonly afterMs: Millis; readonly outcome: Outcome } {
    const { runtime } = this.#host
    const uid = pod.metadata.uid!
    const now = (outcome: Outcome, afterMs: Millis = 0): { afterMs: Millis; outcome: Outcome } => ({ afterMs, outcome })
    if (probe.exec) {
      const command = probe.exec.command ?? []
      const line = command.join(' ')
      if (this.#host.isCancelled(uid))
        return now({ result: 'unknown', output: 'rpc error: code = Canceled desc = context canceled' })
      this.#host.onProbe?.(uid, live, `exec ${line}`)
      const answer = runtime.exec(live, line)
      if (answer.hang || (answer.afterMs ?? 0) > timeoutMs)
        return now({ result: 'failure', output: `command timed out: "${line}" timed out after ${timeoutMs / 1000}s` }, timeoutMs)
      return now(
        { result: (answer.exitCode ?? 0) === 0 ? 'success' : 'failure', output: (answer.out ?? '').slice(0, OUTPUT_MAX) },
        answer.afterMs ?? 0,
      )
    }
    const sandbox = runtime.pod(uid).sandboxes.find(({ id }) => id === live.sandboxId)
    const ip = sandbox?.hostNetwork ? this.#host.hostAddress() : (sandbox?.ip ?? '')
    if (probe.httpGet) {
      const { path = '/', scheme = 'HTTP', host } = probe.httpGet
      const port = portOf(probe.httpGet.port, spec)
      const slashed = path.startsWith('/') ? path : `/${path}`
      const address = `${host ?? ip}:${port}`
      this.#host.onProbe?.(uid, live, `httpGet ${port}${slashed}`)
      const url = `${scheme.toLowerCase()}://${address}${slashed}`
      const answer = runtime.http(live.sandboxId, port, slashed.split('?')[0]!)
      if (answer.hang || (answer.afterMs ?? 0) > timeoutMs)
        return now(
          {
            result: 'failure',
            output: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
          },
          timeoutMs,
        )
      if (answer.status === 0)
        return now({ result: 'failure', output: `Get "${url}": dial tcp ${address}: connect: connection refused` })
      const afterMs = answer.afterMs ?? 0
      if (answer.status >= 300 && answer.status < 400 && answer.location !== undefined)
        return now(
          { result: 'success', output: `Probe terminated redirects, Response body: ${answer.out ?? ''}`, warning: true },
          afterMs,
        )
      if (answer.status >= 200 && answer.status < 400) return now({ result: 'success', output: answer.out ?? '' }, afterMs)
      return now({ result: 'failure', output: `HTTP probe failed with statuscode: ${answer.status}` }, afterMs)
    }
    if (probe.tcpSocket) {
      const port = portOf(probe.tcpSocket.port, spec)
      const address = `${probe.tcpSocket.host ?? ip}:${port}`
      if (runtime.tcp(live.sandboxId, port)) {
        this.#host.onProbe?.(uid, live, `tcpSocket ${port}`)
        return now({ result: 'success', output: '' })
      }
      return now({ result: 'failure', output: `dial tcp ${address}: connect: connection refused` })
    }
    if (probe.grpc) {
      const { port } = probe.grpc
      const service = probe.grpc.service ?? ''
      this.#host.onProbe?.(uid, live, `grpc ${port}${service}`)
      const serving = runtime.grpc(live.sandboxId, port)
      if (serving === undefined)
        return now(
          {
            result: 'failure',
            output: `timeout: failed to connect service "${ip}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded`,
          },
          timeoutMs,
        )
      return serving === 'SERVING'
        ? now({ result: 'success', output: '' })
        : now({ result: 'failure', output: `service unhealthy (responded with "${serving}")` })
    }
    return now({ result: 'success', output: '' })
  }

  #finish(worker: Worker, outcome: Outcome): void {
    const { result } = outcome
    const pod = this.#host.pod(worker.uid)
    const spec = pod && containerOf(pod, worker.container)
    if (!pod || !spec) return
    const title = TITLES[worker.type]
    if (result === 'unknown') {
      this.#host.event(
        pod,
        spec,
        'Warning',
        'Unhealthy',
        `${title} probe errored and resulted in unknown state: ${outcome.output}`,
      )
      return
    }
    if (result === 'failure') this.#host.event(pod, spec, 'Warning', 'Unhealthy', `${title} probe failed: ${outcome.output}`)
    else if (outcome.warning) this.#host.event(pod, spec, 'Warning', 'ProbeWarning', `${title} probe warning: ${outcome.output}`)
    if (worker.lastResult === result) worker.resultRun += 1
    else {
      worker.lastResult = result
      worker.resultRun = 1
    }
    const threshold = result === 'failure' ? (worker.probe.failureThreshold ?? 3) : (worker.probe.successThreshold ?? 1)
    if (worker.resultRun < threshold) return
    this.#set(worker, result)
    if (worker.type !== 'readiness' && result === 'failure') {
      worker.onHold = true
      worker.resultRun = 0
    }
  }

  snapshot(): unknown {
    return copyPlain({
      workers: this.#workers,
      byUid: this.#byUid,
      results: this.#results,
      startedAt: this.#startedAt,
      sequence: this.#sequence,
    })
  }

  restore(state: unknown): void {
    const saved = copyPlain(state) as {
      workers: Map<string, Worker>
      byUid: Map<string, string[]>
      results: Map<string, Result>
      startedAt: Millis
      sequence: number
    }
    this.#workers = saved.workers
    this.#byUid = saved.byUid
    this.#results = saved.results
    this.#startedAt = saved.startedAt
    this.#sequence = saved.sequence
  }
}

const containerOf = (pod: Pod, name: string): Container | undefined =>
  pod.spec.containers.find((container) => container.name === name) ??
  pod.spec.initContainers?.find((container) => container.name === name)

/** A port by number or by the name that the container gives it. */
export function portOf(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port)
}
