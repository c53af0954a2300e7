import type { Node, Taint } from '../api/types.ts'
import { amountsOf, type Amounts } from './pod-requests.ts'
import type { HostPort, PodInfo } from './pod-info.ts'

const NO_LABELS: Readonly<Record<string, string>> = {}
const NO_TAINTS: readonly Taint[] = []
const ANY_IP = '0.0.0.0'

/** One node with the pods that count on it, and their sums, kept as pods come and go. Models framework.NodeInfo (v1.35). */
export class NodeInfo {
  readonly name: string
  /** A small number that is this node's own as long as it exists. */
  readonly slot: number
  /** Absent: pods were seen on it, but not the node itself. */
  node: Node | undefined
  labels: Readonly<Record<string, string>> = NO_LABELS
  taints: readonly Taint[] = NO_TAINTS
  isUnschedulable = false
  /** Changes with every change of the node or its pods; never repeats within one cache. */
  generation = 0

  allocatable: Amounts = {}
  allocatableCpu = 0
  allocatableMemory = 0
  allocatablePods = 0
  cpu = 0
  memory = 0
  ephemeralStorage = 0
  scalars: Record<string, number> = {}
  nonZeroCpu = 0
  nonZeroMemory = 0
  pods: PodInfo[] = []
  /** A set, as upstream: when two pods share a port against the rules, the first to go frees it. */
  #ports = new Set<string>()

  constructor(name: string, slot: number) {
    this.name = name
    this.slot = slot
  }

  setNode(node: Node | undefined): void {
    this.node = node
    this.labels = node?.metadata.labels ?? NO_LABELS
    this.taints = node?.spec?.taints ?? NO_TAINTS
    this.isUnschedulable = node?.spec?.unschedulable ?? false
    this.allocatable = amountsOf(node?.status?.allocatable)
    this.allocatableCpu = this.allocatable['cpu'] ?? 0
    this.allocatableMemory = this.allocatable['memory'] ?? 0
    this.allocatablePods = this.allocatable['pods'] ?? 0
  }

  addPod(pod: PodInfo): void {
    this.pods.push(pod)
    this.#count(pod, 1)
  }

  /** Whether the pod was there. */
  removePod(pod: PodInfo): boolean {
    const index = this.pods.findIndex(({ key }) => key === pod.key)
    if (index < 0) return false
    const [removed] = this.pods.splice(index, 1)
    this.#count(removed!, -1)
    return true
  }

  /** A copy for what-if questions; the original stays as it is. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.name, this.slot)
    copy.node = this.node
    copy.labels = this.labels
    copy.taints = this.taints
    copy.isUnschedulable = this.isUnschedulable
    copy.generation = this.generation
    copy.allocatable = this.allocatable
    copy.allocatableCpu = this.allocatableCpu
    copy.allocatableMemory = this.allocatableMemory
    copy.allocatablePods = this.allocatablePods
    copy.cpu = this.cpu
    copy.memory = this.memory
    copy.ephemeralStorage = this.ephemeralStorage
    copy.scalars = { ...this.scalars }
    copy.nonZeroCpu = this.nonZeroCpu
    copy.nonZeroMemory = this.nonZeroMemory
    copy.pods = [...this.pods]
    copy.#ports = new Set(this.#ports)
    return copy
  }

  /** Sum of the requests of the pods here. */
  requested(resource: string): number {
    switch (resource) {
      case 'cpu':
        return this.cpu
      case 'memory':
        return this.memory
      case 'ephemeral-storage':
        return this.ephemeralStorage
      default:
        return this.scalars[resource] ?? 0
    }
  }

  /** 0.0.0.0 takes the port on every address. */
  hasPortConflict({ ip, protocol, port }: HostPort): boolean {
    if (this.#ports.size === 0) return false
    const at = `/${protocol}/${port}`
    if (ip !== ANY_IP) return this.#ports.has(ANY_IP + at) || this.#ports.has(ip + at)
    for (const key of this.#ports) if (key.endsWith(at)) return true
    return false
  }

  #count({ shape }: PodInfo, sign: 1 | -1): void {
    const { requests } = shape
    this.cpu += sign * (requests['cpu'] ?? 0)
    this.memory += sign * (requests['memory'] ?? 0)
    this.ephemeralStorage += sign * (requests['ephemeral-storage'] ?? 0)
    this.nonZeroCpu += sign * shape.nonZeroCpu
    this.nonZeroMemory += sign * shape.nonZeroMemory
    for (const [resource, amount] of shape.scalarRequests) this.scalars[resource] = (this.scalars[resource] ?? 0) + sign * amount
    for (const { ip, protocol, port } of shape.hostPorts) {
      const key = `${ip}/${protocol}/${port}`
      if (sign > 0) this.#ports.add(key)
      else this.#ports.delete(key)
    }
  }
}
