import type { ContainerRuntime, RuntimeContainer } from '../../infrastructure/container-runtime.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import { formatQuantity, quantityValue } from '../api/quantity.ts'
import type { Container, Pod } from '../api/types.ts'
import type { NodeSpec } from '../node-spec.ts'
import { isTolerated } from '../scheduler/taints.ts'
import type { Pressure } from './node-agent.ts'
import type { NodeStats } from './node-stats.ts'
import { isCriticalPod, type Rejection } from './pod-admission.ts'
import { qosOf } from './pod-status.ts'

export interface EvictionHost {
  readonly kernel: Kernel
  readonly runtime: ContainerRuntime
  readonly node: NodeSpec
  post(delayMs: Millis, body: unknown): void
  stats(): NodeStats
  activePods(): readonly Pod[]
  evict(pod: Pod, graceSeconds: number, message: string, isDisruption: boolean): void
  isCleanedUp(uid: string): boolean
  nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void
  reclaimImages(): void
}

type Signal = 'memory' | 'disk'

const LOOP_MS = 10_000
const CLEANUP_POLL_MS = 1000
const CLEANUP_MAX_MS = 30_000
const TRANSITION_MS = 300_000
const VOLUME_STATS_MS = 60_000
const HARD_GRACE_SECONDS = 1
const MEMORY_THRESHOLD_BYTES = 100 * 1024 * 1024
/** What the system itself uses: a kubelet, a runtime, a kernel. */
const SYSTEM_MEMORY_BYTES = 300 * 1024 * 1024
const SYSTEM_DISK_PARTS = 20

const bytes = (value: number): string => formatQuantity({ nano: BigInt(Math.floor(value)) * 1_000_000_000n, format: 'BinarySI' })

interface EvictionState {
  /** When a signal was last beyond its threshold. */
  readonly seenAt: ReadonlyMap<Signal, Millis>
  readonly startedAt: Millis
  readonly round: number
}

/** Watches memory and disk of the node and the limits of its Pods. Models pkg/kubelet/eviction (v1.35), hard thresholds only. */
export class EvictionManager {
  readonly #host: EvictionHost
  #seenAt = new Map<Signal, Millis>()
  #startedAt: Millis = 0
  #round = 0

  constructor(host: EvictionHost) {
    this.#host = host
  }

  start(): void {
    this.#seenAt.clear()
    this.#startedAt = this.#host.kernel.now
    this.#round += 1
    this.#host.post(LOOP_MS, { round: this.#round })
  }

  pressure(): Pressure {
    const { now } = this.#host.kernel
    const lasts = (signal: Signal): boolean => {
      const at = this.#seenAt.get(signal)
      return at !== undefined && now - at < TRANSITION_MS
    }
    return { memory: lasts('memory'), disk: lasts('disk'), pid: false }
  }

  /** Whether a Pod that arrives is turned away. */
  rejection(pod: Pod): Rejection | undefined {
    const { memory, disk } = this.pressure()
    if ((!memory && !disk) || isCriticalPod(pod)) return undefined
    if (memory && !disk) {
      if (qosOf(pod) !== 'BestEffort') return undefined
      if (isTolerated({ key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' }, pod.spec.tolerations ?? []))
        return undefined
    }
    const names = [...(disk ? ['DiskPressure'] : []), ...(memory ? ['MemoryPressure'] : [])]
    return { reason: 'Evicted', message: `The node had condition: [${names.join(', ')}]. ` }
  }

  receive(body: unknown): void {
    const { round, waitFor, until } = body as { round: number; waitFor?: readonly string[]; until?: Millis }
    if (round !== this.#round) return
    if (waitFor && !waitFor.every((uid) => this.#host.isCleanedUp(uid)) && this.#host.kernel.now < until!) {
      this.#host.post(CLEANUP_POLL_MS, body)
      return
    }
    const evicted = this.#synchronize()
    if (evicted.length === 0) this.#host.post(LOOP_MS, { round })
    else this.#host.post(CLEANUP_POLL_MS, { round, waitFor: evicted, until: this.#host.kernel.now + CLEANUP_MAX_MS })
  }

  #synchronize(): readonly string[] {
    const { node, kernel } = this.#host
    const pods = this.#host.activePods()
    const limited = this.#localStorage(pods)
    if (limited.length > 0) return limited
    const stats = this.#host.stats()
    const memoryCapacity = stats.memoryCapacity ?? quantityValue(node.capacity['memory'])
    const fsCapacity = stats.fsCapacity ?? quantityValue(node.capacity['ephemeral-storage'])
    const memoryAvailable = memoryCapacity - (stats.memoryWorkingSet ?? this.#usedMemory(memoryCapacity))
    const fsAvailable = stats.fsAvailable ?? this.#freeDisk(fsCapacity)
    // A tenth as a 32-bit float, as the real one computes it.
    const fsThreshold = Math.floor(Math.fround(0.1) * fsCapacity)
    const isShort = {
      memory: memoryCapacity > 0 && memoryAvailable < MEMORY_THRESHOLD_BYTES,
      disk: fsCapacity > 0 && fsAvailable < fsThreshold,
    }
    for (const signal of ['memory', 'disk'] as const) if (isShort[signal]) this.#seenAt.set(signal, kernel.now)
    const signal: Signal | undefined = isShort.memory ? 'memory' : isShort.disk ? 'disk' : undefined
    if (!signal) return []
    const resource = signal === 'memory' ? 'memory' : 'ephemeral-storage'
    this.#host.nodeEvent('Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`)
    if (signal === 'disk') this.#host.reclaimImages()
    const threshold = signal === 'memory' ? bytes(MEMORY_THRESHOLD_BYTES) : bytes(fsThreshold)
    const available = signal === 'memory' ? memoryAvailable : fsAvailable
    for (const pod of this.#ranked(pods, signal)) {
      if (isCriticalPod(pod)) continue
      let message = `The node was low on resource: ${resource}. Threshold quantity: ${threshold}, available: ${bytes(available)}. `
      for (const { container, used } of this.#usage(pod, signal)) {
        const request = quantityValue(container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource])
        if (used > request)
          message += `Container ${container.name} was using ${bytes(used)}, request is ${request === 0 ? '0' : bytes(request)}, has larger consumption of ${resource}. `
      }
      this.#host.evict(pod, HARD_GRACE_SECONDS, message, true)
      return [pod.metadata.uid!]
    }
    return []
  }

  /** Over its request first, then lower priority, then by how much it is over. */
  #ranked(pods: readonly Pod[], signal: Signal): readonly Pod[] {
    const resource = signal === 'memory' ? 'memory' : 'ephemeral-storage'
    const rows = pods.map((pod) => {
      const used = this.#usage(pod, signal).reduce((sum, { used: part }) => sum + part, 0)
      const requested = pod.spec.containers.reduce(
        (sum, { resources }) => sum + quantityValue(resources?.requests?.[resource] ?? resources?.limits?.[resource]),
        0,
      )
      return { pod, over: used - requested, priority: pod.spec.priority ?? 0 }
    })
    rows.sort((a, b) => Number(b.over > 0) - Number(a.over > 0) || a.priority - b.priority || b.over - a.over)
    return rows.map(({ pod }) => pod)
  }

  #running(pod: Pod): readonly RuntimeContainer[] {
    return this.#host.runtime.pod(pod.metadata.uid!).containers.filter(({ state }) => state === 'running')
  }

  #usage(pod: Pod, signal: Signal): readonly { readonly container: Container; readonly used: number }[] {
    const { runtime } = this.#host
    const running = this.#running(pod)
    return pod.spec.containers.flatMap((container) => {
      const live = running.find(({ name }) => name === container.name)
      return live ? [{ container, used: signal === 'memory' ? runtime.memoryBytes(live) : runtime.rootfsBytes(live) }] : []
    })
  }

  #usedMemory(capacity: number): number {
    const { runtime } = this.#host
    let used = Math.min(SYSTEM_MEMORY_BYTES, Math.floor(capacity / SYSTEM_DISK_PARTS))
    for (const container of runtime.containers()) used += runtime.memoryBytes(container)
    return used
  }

  #freeDisk(capacity: number): number {
    const { runtime } = this.#host
    let used = Math.floor(capacity / SYSTEM_DISK_PARTS)
    for (const { sizeBytes } of runtime.images()) used += sizeBytes
    for (const container of runtime.containers()) if (container.state === 'running') used += runtime.rootfsBytes(container)
    return capacity - used
  }

  /** Limits of emptyDir volumes and of ephemeral storage. */
  #localStorage(pods: readonly Pod[]): readonly string[] {
    const evicted: string[] = []
    for (const pod of pods) {
      const message = this.#overLimit(pod)
      if (message === undefined) continue
      this.#host.evict(pod, HARD_GRACE_SECONDS, message, false)
      evicted.push(pod.metadata.uid!)
    }
    return evicted
  }

  #overLimit(pod: Pod): string | undefined {
    const sized = pod.spec.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ?? false
    const limited = pod.spec.containers.some(({ resources }) => resources?.limits?.['ephemeral-storage'] !== undefined)
    if (!sized && !limited) return undefined
    const volumes = this.#emptyDirBytes(pod)
    for (const { name, emptyDir } of pod.spec.volumes ?? [])
      if (emptyDir?.sizeLimit !== undefined && (volumes.get(name) ?? 0) > quantityValue(emptyDir.sizeLimit))
        return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir.sizeLimit}". `
    if (!limited) return undefined
    const usage = this.#usage(pod, 'disk')
    const limits = pod.spec.containers.map(({ resources }) => resources?.limits?.['ephemeral-storage'])
    // The Pod's own limit is the sum of its containers' and counts only when each has one.
    if (limits.every((limit) => limit !== undefined)) {
      const limit = limits.reduce((sum, text) => sum + quantityValue(text), 0)
      let used = 0
      for (const { used: part } of usage) used += part
      for (const part of volumes.values()) used += part
      if (used > limit) return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytes(limit)}. `
    }
    for (const { container, used } of usage) {
      const limit = container.resources?.limits?.['ephemeral-storage']
      if (limit !== undefined && used > quantityValue(limit))
        return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `
    }
    return undefined
  }

  /** Measured once a minute. */
  #emptyDirBytes(pod: Pod): ReadonlyMap<string, number> {
    const { now } = this.#host.kernel
    const measuredAt = this.#startedAt + Math.floor((now - this.#startedAt) / VOLUME_STATS_MS) * VOLUME_STATS_MS
    const sums = new Map<string, number>()
    for (const live of this.#running(pod)) {
      const mounts = pod.spec.containers.find(({ name }) => name === live.name)?.volumeMounts ?? []
      for (const { path, bytes: written, atMs } of live.workload.writes ?? []) {
        if (live.startedAt + atMs > measuredAt) continue
        const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
        if (mount && pod.spec.volumes?.some(({ name, emptyDir }) => name === mount.name && emptyDir))
          sums.set(mount.name, (sums.get(mount.name) ?? 0) + written)
      }
    }
    return sums
  }

  snapshot(): EvictionState {
    return { seenAt: new Map(this.#seenAt), startedAt: this.#startedAt, round: this.#round }
  }

  restore(state: unknown): void {
    const { seenAt, startedAt, round } = state as EvictionState
    this.#seenAt = new Map(seenAt)
    this.#startedAt = startedAt
    this.#round = round
  }
}
