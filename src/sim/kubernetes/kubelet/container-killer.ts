import type { ContainerRuntime, RuntimeContainer } from '../../infrastructure/container-runtime.ts'
import { copyPlain } from '../../kernel/copy-plain.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Container, Handler, Pod } from '../api/types.ts'
import type { HookOutcome } from './lifecycle-hook.ts'
import type { Kill } from './pod-actions.ts'
import { isSidecar } from './restart-policy.ts'

interface KillTask {
  readonly uid: string
  /** Of the sync that waits for it. */
  readonly token: number
  readonly containerId: string
  readonly name: string
  /** Seconds left. */
  grace: number
  /** Ends of others to wait for before SIGTERM. */
  waitsFor: readonly string[]
  stage: 'pre-stop' | 'turn' | 'stop'
  readonly since: Millis
  turnSince: Millis
}

export interface KillerHost {
  readonly kernel: Kernel
  readonly runtime: ContainerRuntime
  /** A message to the kubelet that owns this, of kind `kill`. */
  post(delayMs: Millis, body: unknown): void
  /** The Pod as its worker knows it. */
  pod(uid: string): Pod | undefined
  event(pod: Pod, container: string, type: 'Normal' | 'Warning', reason: string, message: string): void
  runHook(pod: Pod, container: Container, containerId: string, hook: Handler): HookOutcome
  /** A container that a sync waits for has ended. */
  onEnded(uid: string, token: number, containerId: string): void
}

/** However little is left: this much for a process to end by itself. */
const MINIMUM_GRACE_SECONDS = 2

const containerOf = (pod: Pod, name: string): Container | undefined =>
  pod.spec.containers.find((container) => container.name === name) ??
  pod.spec.initContainers?.find((container) => container.name === name)

/** Seconds between SIGTERM and SIGKILL. Models kuberuntime setTerminationGracePeriod. */
function graceOf(pod: Pod, container: Container | undefined, because: Kill['because']): number {
  if (pod.metadata.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds
  const probe = because === 'liveness' ? container?.livenessProbe : because === 'startup' ? container?.startupProbe : undefined
  return probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
}

/** Stops containers side by side: preStop, the turn among sidecars, SIGTERM, SIGKILL. Models kuberuntime killContainer (v1.35). */
export class ContainerKiller {
  readonly #host: KillerHost
  #tasks = new Map<string, KillTask>()

  constructor(host: KillerHost) {
    this.#host = host
  }

  start(): void {
    this.#tasks.clear()
  }

  /** `inOrder`: sidecars wait for the others. `grace` overrides what Pod and probe say. */
  kill(pod: Pod, token: number, kills: readonly Kill[], inOrder: boolean, grace: number | undefined): void {
    const { now } = this.#host.kernel
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
    const tasks = kills.map((kill): KillTask => {
      const order = sidecars.indexOf(kill.name)
      // A sidecar waits for all regular containers and for the sidecars behind it.
      const isBefore = ({ name }: Kill): boolean =>
        name !== kill.name && (sidecars.indexOf(name) < 0 || sidecars.indexOf(name) > order)
      return {
        uid: pod.metadata.uid!,
        token,
        containerId: kill.containerId,
        name: kill.name,
        grace: grace ?? graceOf(pod, containerOf(pod, kill.name), kill.because),
        waitsFor: inOrder && order >= 0 ? kills.filter(isBefore).map(({ containerId }) => containerId) : [],
        stage: 'pre-stop',
        since: now,
        turnSince: 0,
      }
    })
    for (const task of tasks) this.#tasks.set(task.containerId, task)
    tasks.forEach((task, index) => {
      this.#host.event(pod, task.name, 'Normal', 'Killing', kills[index]!.message)
      const container = containerOf(pod, task.name)
      const hook = container?.lifecycle?.preStop
      if (!hook || task.grace <= 0) {
        this.#takeTurn(task)
        return
      }
      // A hook that is longer than the grace is abandoned; it reports its failure when the container it runs in is gone.
      const { afterMs, error } = this.#host.runHook(pod, container, task.containerId, hook)
      const limitMs = task.grace * 1000
      const hookFailed = error !== undefined && afterMs <= limitMs
      this.#host.post(Math.min(afterMs, limitMs), { containerId: task.containerId, token, hookFailed })
    })
  }

  receive(body: unknown): void {
    const { containerId, token, hookFailed } = body as { containerId: string; token: number; hookFailed?: boolean }
    const task = this.#tasks.get(containerId)
    if (!task || task.token !== token) return
    if (task.stage === 'pre-stop') {
      const pod = this.#host.pod(task.uid)
      if (hookFailed && pod) this.#host.event(pod, task.name, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
      task.grace -= Math.floor((this.#host.kernel.now - task.since) / 1000)
      this.#takeTurn(task)
      return
    }
    // Its grace is used up while it waited for its turn.
    if (task.stage === 'turn') this.#stop(task)
  }

  #takeTurn(task: KillTask): void {
    task.stage = 'turn'
    task.turnSince = this.#host.kernel.now
    task.waitsFor = task.waitsFor.filter((id) => this.#tasks.has(id))
    if (task.waitsFor.length === 0 || task.grace <= 0) this.#stop(task)
    else this.#host.post(task.grace * 1000, { containerId: task.containerId, token: task.token })
  }

  #stop(task: KillTask): void {
    const { kernel, runtime } = this.#host
    if (task.grace > 0) task.grace -= Math.floor((kernel.now - task.turnSince) / 1000)
    task.stage = 'stop'
    runtime.stopContainer(task.containerId, Math.max(MINIMUM_GRACE_SECONDS, task.grace))
    if (runtime.container(task.containerId)?.state !== 'running') this.ended(task.containerId)
  }

  /** To be called at the very moment a container ends. */
  ended(containerId: string): void {
    const task = this.#tasks.get(containerId)
    if (!task || task.stage !== 'stop') return
    const container = this.#host.runtime.container(containerId)
    if (container) this.#reportAbandonedHook(task, container)
    this.#tasks.delete(containerId)
    for (const other of this.#tasks.values()) {
      if (other.uid !== task.uid || !other.waitsFor.includes(containerId)) continue
      other.waitsFor = other.waitsFor.filter((id) => id !== containerId)
      if (other.stage === 'turn' && other.waitsFor.length === 0) this.#stop(other)
    }
    this.#host.onEnded(task.uid, task.token, containerId)
  }

  /** A command that runs in a container ends with it: a preStop that was abandoned fails now. */
  #reportAbandonedHook(task: KillTask, container: RuntimeContainer): void {
    const pod = this.#host.pod(task.uid)
    const spec = pod && containerOf(pod, container.name)
    const hook = spec?.lifecycle?.preStop
    if (!hook?.exec) return
    const { afterMs } = this.#host.runHook(pod!, spec!, container.id, hook)
    if (task.since + afterMs > this.#host.kernel.now)
      this.#host.event(pod!, container.name, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
  }

  snapshot(): unknown {
    return copyPlain(this.#tasks)
  }

  restore(state: unknown): void {
    this.#tasks = copyPlain(state as Map<string, KillTask>)
  }
}
