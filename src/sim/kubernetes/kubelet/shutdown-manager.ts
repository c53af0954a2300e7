import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Pod } from '../api/types.ts'
import { isCriticalPod, type Rejection } from './pod-admission.ts'
import type { KillOptions } from './pod-worker.ts'

export interface ShutdownHost {
  readonly kernel: Kernel
  /** Whole time for stopping Pods and the critical Pods' part of it; 0: no graceful shutdown. */
  readonly graceSeconds: number
  readonly criticalSeconds: number
  post(delayMs: Millis, body: unknown): void
  activePods(): readonly Pod[]
  kill(pod: Pod, kill: KillOptions): void
  isGone(uid: string): boolean
  nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void
  nodeChanged(): void
}

const MESSAGE = 'Pod was terminated in response to imminent node shutdown.'
const POLL_MS = 250

interface ShutdownState {
  readonly active: boolean
  readonly round: number
}

/** Stops Pods in order when the machine is about to go down: regular ones, then critical ones. Models pkg/kubelet/nodeshutdown (v1.35). */
export class ShutdownManager {
  readonly #host: ShutdownHost
  #active = false
  #round = 0

  constructor(host: ShutdownHost) {
    this.#host = host
  }

  start(): void {
    this.#active = false
    this.#round += 1
  }

  get isActive(): boolean {
    return this.#active
  }

  rejection(): Rejection | undefined {
    return this.#active ? { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' } : undefined
  }

  prepare(active: boolean): void {
    if (this.#host.graceSeconds === 0) return
    this.#active = active
    this.#round += 1
    this.#host.nodeEvent('Normal', 'Shutdown', `Shutdown manager detected shutdown ${active ? 'event' : 'cancellation'}`)
    this.#host.nodeChanged()
    if (active) this.#stop('regular')
  }

  #stop(group: 'regular' | 'critical'): void {
    const { graceSeconds, criticalSeconds } = this.#host
    const seconds = group === 'critical' ? criticalSeconds : graceSeconds - criticalSeconds
    const pods = this.#host.activePods().filter((pod) => isCriticalPod(pod) === (group === 'critical'))
    for (const pod of pods) {
      const own = pod.spec.terminationGracePeriodSeconds ?? 30
      this.#host.kill(pod, {
        grace: Math.min(own, seconds),
        patch: {
          phase: 'Failed',
          reason: 'Terminated',
          message: MESSAGE,
          condition: { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: MESSAGE },
        },
      })
    }
    if (group === 'regular')
      this.#host.post(POLL_MS, {
        round: this.#round,
        pods: pods.map(({ metadata }) => metadata.uid!),
        until: this.#host.kernel.now + seconds * 1000,
      })
  }

  receive(body: unknown): void {
    const { round, pods, until } = body as { round: number; pods: readonly string[]; until: Millis }
    if (round !== this.#round || !this.#active) return
    if (this.#host.kernel.now >= until || pods.every((uid) => this.#host.isGone(uid))) this.#stop('critical')
    else this.#host.post(POLL_MS, body)
  }

  snapshot(): ShutdownState {
    return { active: this.#active, round: this.#round }
  }

  restore(state: unknown): void {
    const { active, round } = state as ShutdownState
    this.#active = active
    this.#round = round
  }
}
