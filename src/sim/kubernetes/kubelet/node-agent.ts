import type { ContainerRuntime } from '../../infrastructure/container-runtime.ts'
import { imageName } from '../../infrastructure/image-registry.ts'
import type { Network } from '../../infrastructure/network.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { formatMicroTime, formatTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { Condition, Lease, Node, NodeStatus, Taint } from '../api/types.ts'
import { isUnanswered } from '../apiserver/connection.ts'
import type { NodeSpec } from '../node-spec.ts'

export interface Pressure {
  readonly memory: boolean
  readonly disk: boolean
  readonly pid: boolean
}

export interface NodeAgentHost {
  readonly kernel: Kernel
  readonly network: Network
  readonly api: Api
  readonly runtime: ContainerRuntime
  readonly node: NodeSpec
  post(delayMs: Millis, body: unknown): void
  event(type: 'Normal' | 'Warning', reason: string, message: string): void
  stats(): { readonly bootID?: string }
  isRuntimeUp(): boolean
  isNetworkReady(): boolean
  isShuttingDown(): boolean
  pressure(): Pressure
}

interface AgentState {
  registered: boolean
  /** Unix ms of the last write of the status. */
  reportedAt: number
  nextReportMs: Millis
  unschedulable: boolean
  /** Conditions as last seen by the setters that emit events. */
  ready: boolean | undefined
  pressure: Pressure | undefined
  labels: Readonly<Record<string, string>>
  taints: readonly Taint[]
  round: number
  /** The node and its inputs as the last round found them. */
  seen: Node | undefined
  glance: string
}

const REGISTER_MS = 90
const REGISTER_RETRY_MS = 1000
const STATUS_MS = 10_000
const STATUS_JITTER_MS = 400
const REPORT_MS = 300_000
const LEASE_MS = 10_000
const LEASE_JITTER_MS = 400
const LEASE_RETRY_FIRST_MS = 200
const LEASE_RETRY_MAX_MS = 7000
const LEASE_SECONDS = 40
const LEASES = 'leases.coordination.k8s.io'
const LEASE_NAMESPACE = 'kube-node-lease'
const KUBELET_VERSION = 'v1.35.4'
const IMAGES_MAX = 50
const NETWORK_MESSAGE =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized'

/** Registers the Node, keeps its status and its Lease. Models pkg/kubelet kubelet_node_status.go and nodelease (v1.35). */
export class NodeAgent {
  readonly #host: NodeAgentHost
  #state: AgentState = fresh()

  constructor(host: NodeAgentHost) {
    this.#host = host
  }

  start(): void {
    this.#state = { ...fresh(), round: this.#state.round + 1, labels: this.#ownLabels() }
    this.#post(REGISTER_MS, 'register')
  }

  #post(delayMs: Millis, what: string, extra: Readonly<Record<string, unknown>> = {}): void {
    this.#host.post(delayMs, { what, round: this.#state.round, ...extra })
  }

  /** The node's labels and taints as last read. */
  labelsAndTaints(): { readonly labels: Readonly<Record<string, string>>; readonly taints: readonly Taint[] } {
    const got = this.#host.api.get('nodes', '', this.#host.node.name)
    if (got.ok) {
      const live = got.value as unknown as Node
      this.#state.labels = live.metadata.labels ?? {}
      this.#state.taints = live.spec?.taints ?? []
    }
    return { labels: this.#state.labels, taints: this.#state.taints }
  }

  /** Something that must show at once, not with the next round. */
  updateSoon(): void {
    if (this.#state.registered) this.#post(1, 'now')
  }

  receive(body: unknown): void {
    const { what, round, delayMs } = body as { what: string; round: number; delayMs?: Millis }
    if (round !== this.#state.round) return
    switch (what) {
      case 'register':
        this.#register()
        return
      case 'status':
        this.#status()
        this.#nextStatus()
        return
      case 'now':
        this.#status()
        return
      case 'lease':
        this.#renew(delayMs ?? LEASE_RETRY_FIRST_MS)
        return
      default:
        throw new Error(`unknown message ${what}`)
    }
  }

  #register(): void {
    const { api, node, kernel } = this.#host
    const name = node.name
    this.#host.event('Normal', 'Starting', 'Starting kubelet.')
    const existing = api.get('nodes', '', name)
    if (!existing.ok && isUnanswered(existing.status)) {
      this.#post(REGISTER_RETRY_MS, 'register')
      return
    }
    if (!existing.ok) {
      this.#pressureEvents(true)
      const status = this.#compose(undefined)
      const created = api.create('nodes', '', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name,
          labels: this.#ownLabels(),
          annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
        },
        spec: node.taints && node.taints.length > 0 ? { taints: node.taints } : {},
        status,
      })
      if (!created.ok) {
        this.#post(REGISTER_RETRY_MS, 'register')
        return
      }
      this.#state.ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
      if (!(created.value as unknown as Node).status?.conditions) this.#write(created.value as unknown as Node, status)
    } else this.#host.event('Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods')
    this.#state.registered = true
    this.#state.pressure = undefined
    this.#state.reportedAt = kernel.unixMs
    this.#state.nextReportMs = REPORT_MS
    this.#status()
    this.#post(10, 'lease')
    this.#nextStatus()
  }

  /** The network plug-in hands out addresses of the node's own range, which the controller manager gave it. */
  adoptPodRange(): void {
    const { api, node, runtime } = this.#host
    if (runtime.hasPodRange) return
    const got = api.get('nodes', '', node.name)
    const range = got.ok ? (got.value as unknown as Node).spec?.podCIDR : undefined
    if (range) runtime.usePodRange(range)
  }

  #nextStatus(): void {
    const { kernel, node } = this.#host
    const jitter = kernel.rng(`kubelet/${node.name}/node-status`).int(STATUS_JITTER_MS)
    this.#post(STATUS_MS + jitter, 'status')
  }

  /** One round: what has changed is written at once, else every five minutes. */
  #status(): void {
    const { api, kernel, node } = this.#host
    const state = this.#state
    const got = api.get('nodes', '', node.name)
    if (!got.ok) return
    const live = got.value as unknown as Node
    state.labels = live.metadata.labels ?? {}
    const bootID = this.#bootId()
    // Most rounds find the node as the last one left it.
    const glance = JSON.stringify([
      this.#host.pressure(),
      this.#host.isRuntimeUp(),
      this.#host.isNetworkReady(),
      this.#host.isShuttingDown(),
      bootID,
      this.#host.runtime.imagesVersion,
    ])
    if (state.seen === live && state.glance === glance && kernel.unixMs - state.reportedAt < state.nextReportMs) return
    state.seen = live
    state.glance = glance
    this.#pressureEvents(false)
    const before = live.status?.nodeInfo?.['bootID']
    if (typeof before === 'string' && before !== '' && before !== bootID)
      this.#host.event('Warning', 'Rebooted', `Node ${node.name} has been rebooted, boot id: ${bootID}`)
    const status = this.#compose(live.status)
    const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    const wasReady = live.status?.conditions?.find(({ type }) => type === 'Ready')?.status
    if (wasReady !== undefined && (wasReady === 'True') !== ready)
      this.#host.event(
        'Normal',
        ready ? 'NodeReady' : 'NodeNotReady',
        `Node ${node.name} status is now: ${ready ? 'NodeReady' : 'NodeNotReady'}`,
      )
    state.ready = ready
    const unschedulable = live.spec?.unschedulable ?? false
    if (unschedulable !== state.unschedulable) {
      state.unschedulable = unschedulable
      const word = unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable'
      this.#host.event('Normal', word, `Node ${node.name} status is now: ${word}`)
    }
    const changed = stateText(live.status) !== stateText(status)
    if (!changed && kernel.unixMs - state.reportedAt < state.nextReportMs) return
    state.reportedAt = kernel.unixMs
    // After a change the next report comes at a time that spreads the nodes' reports.
    const spread = Math.floor(REPORT_MS / 2)
    state.nextReportMs = changed ? REPORT_MS + kernel.rng(`kubelet/${node.name}/node-status`).between(-spread, spread) : REPORT_MS
    this.#write(live, status)
  }

  #write(live: Node, status: NodeStatus): void {
    this.#host.api.update('nodes', '', live.metadata.name, { ...live, status }, { subresource: 'status' })
  }

  #pressureEvents(isFirst: boolean): void {
    const state = this.#state
    const now = this.#host.pressure()
    const before = isFirst ? undefined : state.pressure
    const say = (is: boolean, was: boolean | undefined, bad: string, good: string): void => {
      if (is === was) return
      const word = is ? bad : good
      this.#host.event('Normal', word, `Node ${this.#host.node.name} status is now: ${word}`)
    }
    say(now.memory, before?.memory, 'NodeHasInsufficientMemory', 'NodeHasSufficientMemory')
    say(now.disk, before?.disk, 'NodeHasDiskPressure', 'NodeHasNoDiskPressure')
    say(now.pid, before?.pid, 'NodeHasInsufficientPID', 'NodeHasSufficientPID')
    state.pressure = now
  }

  #bootId(): string {
    return this.#host.stats().bootID ?? this.#host.network.host(this.#host.node.name)?.bootId ?? ''
  }

  #ownLabels(): Record<string, string> {
    const { name, labels } = this.#host.node
    return {
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      ...labels,
    }
  }

  #compose(before: NodeStatus | undefined): NodeStatus {
    const { node, runtime, kernel } = this.#host
    const now = formatTime(kernel.unixMs)
    const address = this.#host.network.host(node.name)?.address ?? ''
    const pressure = this.#host.pressure()
    const old = before?.conditions ?? []
    const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => {
      const status = isTrue ? 'True' : 'False'
      const same = old.find((other) => other.type === type)
      return {
        type,
        status,
        lastHeartbeatTime: now,
        lastTransitionTime: same?.status === status && same.lastTransitionTime ? same.lastTransitionTime : now,
        reason,
        message,
      }
    }
    const problems: string[] = []
    if (!this.#host.isRuntimeUp()) problems.push('container runtime is down')
    if (!this.#host.isNetworkReady()) problems.push(NETWORK_MESSAGE)
    if (this.#host.isShuttingDown()) problems.push('node is shutting down')
    const message = problems.length > 1 ? `[${problems.join(', ')}]` : (problems[0] ?? 'kubelet is posting ready status')
    const images = [...runtime.images()]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, IMAGES_MAX)
      .map(({ name, sizeBytes }) => ({ names: [imageName(name).full], sizeBytes }))
    const own = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'])
    return {
      ...before,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: node.name },
      ],
      capacity: node.capacity,
      allocatable: node.allocatable ?? node.capacity,
      conditions: [
        ...old.filter(({ type }) => !own.has(type)),
        condition(
          'MemoryPressure',
          pressure.memory,
          pressure.memory ? 'KubeletHasInsufficientMemory' : 'KubeletHasSufficientMemory',
          pressure.memory ? 'kubelet has insufficient memory available' : 'kubelet has sufficient memory available',
        ),
        condition(
          'DiskPressure',
          pressure.disk,
          pressure.disk ? 'KubeletHasDiskPressure' : 'KubeletHasNoDiskPressure',
          pressure.disk ? 'kubelet has disk pressure' : 'kubelet has no disk pressure',
        ),
        condition(
          'PIDPressure',
          pressure.pid,
          pressure.pid ? 'KubeletHasInsufficientPID' : 'KubeletHasSufficientPID',
          pressure.pid ? 'kubelet has insufficient PID available' : 'kubelet has sufficient PID available',
        ),
        condition('Ready', problems.length === 0, problems.length === 0 ? 'KubeletReady' : 'KubeletNotReady', message),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images,
      nodeInfo: {
        architecture: 'amd64',
        bootID: this.#bootId(),
        containerRuntimeVersion: 'containerd://2.2.1',
        kernelVersion: '6.12.57+deb13-amd64',
        kubeProxyVersion: '',
        kubeletVersion: KUBELET_VERSION,
        machineID: machineId(node.name),
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: machineId(`${node.name}/system`),
      },
    }
  }

  #renew(retryMs: Millis): void {
    const { api, kernel, node } = this.#host
    const renewTime = formatMicroTime(kernel.unixMs)
    const spec = { holderIdentity: node.name, leaseDurationSeconds: LEASE_SECONDS, renewTime }
    const got = api.get(LEASES, LEASE_NAMESPACE, node.name)
    let ok = false
    if (got.ok) {
      const lease = got.value as unknown as Lease
      ok = api.update(LEASES, LEASE_NAMESPACE, node.name, {
        ...lease,
        spec: { ...lease.spec, ...spec },
      }).ok
    } else if (!isUnanswered(got.status)) {
      const owner = api.get('nodes', '', node.name)
      const ownerReferences = owner.ok
        ? [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: owner.value.metadata.uid ?? '' }]
        : []
      ok = api.create(LEASES, LEASE_NAMESPACE, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: node.name, namespace: LEASE_NAMESPACE, ownerReferences },
        spec,
      }).ok
    }
    if (ok) {
      this.#post(LEASE_MS + kernel.rng(`kubelet/${node.name}/lease`).int(LEASE_JITTER_MS), 'lease')
      return
    }
    this.#post(retryMs, 'lease', { delayMs: Math.min(retryMs * 2, LEASE_RETRY_MAX_MS) })
  }

  snapshot(): unknown {
    return { ...this.#state }
  }

  restore(state: unknown): void {
    this.#state = { ...(state as AgentState) }
  }
}

const fresh = (): AgentState => ({
  registered: false,
  reportedAt: 0,
  nextReportMs: REPORT_MS,
  unschedulable: false,
  ready: undefined,
  pressure: undefined,
  labels: {},
  taints: [],
  round: 0,
  seen: undefined,
  glance: '',
})

/** What counts as a change: everything but heartbeat times. */
function stateText(status: NodeStatus | undefined): string {
  const { conditions = [], addresses, capacity, allocatable, images, nodeInfo } = status ?? {}
  return JSON.stringify([
    conditions.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
    addresses,
    capacity,
    allocatable,
    images,
    nodeInfo?.['bootID'],
  ])
}

function machineId(name: string): string {
  let id = ''
  let seed = 0x811c9dc5
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < name.length; i++) seed = Math.imul(seed ^ name.charCodeAt(i), 0x01000193)
    id += (seed >>> 0).toString(16).padStart(8, '0')
  }
  return id
}
