import type { ContainerRuntime, RuntimeContainer } from '../infrastructure/container-runtime.ts'
import type { ImageRegistry } from '../infrastructure/image-registry.ts'
import { CONTROL_PLANE_HOST } from '../infrastructure/network.ts'
import { unreachable } from '../kernel/assert.ts'
import type { Actor, Kernel } from '../kernel/kernel.ts'
import type { Message } from '../kernel/message-queue.ts'
import type { Millis } from '../kernel/time.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { FaultKind, FaultTarget } from './action.ts'

/** A fault that is in force. */
export interface Fault {
  readonly id: string
  readonly kind: FaultKind
  readonly target: FaultTarget
  /** For people: `node-2`, `node-2 ↔ control-plane`, `web-1/web`. */
  readonly label: string
  readonly since: Millis
}

export type FaultResult = { readonly ok: true; readonly fault: Fault } | { readonly ok: false; readonly message: string }

const LEAK_STEP_MS = 1000
const MEGABYTE = 1024 * 1024
const DEFAULT_LEAK_MEGABYTES = 16

/** Process names as a person writes them, to the component's. */
const PROCESS_ALIASES: Readonly<Record<string, string>> = {
  scheduler: 'kube-scheduler',
  'controller-manager': 'kube-controller-manager',
  apiserver: 'kube-apiserver',
  'api-server': 'kube-apiserver',
}

/**
 * Strikes the true layer and heals it again. Every consequence in the record follows by itself.
 * A container that has exited is healed by its kubelet; healing that fault only takes it off the list.
 */
export class Faults implements Actor {
  readonly name = 'faults'
  readonly #cluster: Cluster
  readonly #kernel: Kernel
  readonly #registry: ImageRegistry
  readonly #runtimes: readonly ContainerRuntime[]
  #active = new Map<string, Fault>()
  /** Container ids that a hang or leak was put on, by fault. */
  #struck = new Map<string, string>()
  #count = 0

  constructor(options: { cluster: Cluster; registry: ImageRegistry; runtimes: readonly ContainerRuntime[] }) {
    this.#cluster = options.cluster
    this.#kernel = options.cluster.kernel
    this.#registry = options.registry
    this.#runtimes = options.runtimes
    this.#kernel.register(this)
  }

  active(): Iterable<Fault> {
    return this.#active.values()
  }

  /** Puts a fault in force; everything that follows from it has it as its cause. */
  inject(kind: FaultKind, target: FaultTarget, id = `fault-${this.#count + 1}`): FaultResult {
    if (this.#active.has(id)) return { ok: false, message: `a fault "${id}" is already in force` }
    const label = labelOf(target)
    const cause = this.#kernel.addCause({ parent: 0, type: 'fault', actor: 'fault', verb: kind, text: label })
    const refusal = this.#kernel.withCause(cause, () => this.#strike(kind, target, id))
    if (refusal !== undefined) return { ok: false, message: refusal }
    this.#count += 1
    const fault: Fault = { id, kind, target, label, since: this.#kernel.now }
    this.#active.set(id, fault)
    return { ok: true, fault }
  }

  heal(id: string): FaultResult {
    const fault = this.#active.get(id)
    if (!fault) {
      const known = [...this.#active.keys()]
      return { ok: false, message: `no fault "${id}" is in force${known.length > 0 ? ` (there is ${known.join(', ')})` : ''}` }
    }
    this.#active.delete(id)
    const cause = this.#kernel.addCause({ parent: 0, type: 'heal', actor: 'fault', verb: fault.kind, text: fault.label })
    this.#kernel.withCause(cause, () => this.#mend(fault))
    return { ok: true, fault }
  }

  /** Returns why it cannot be done. */
  #strike(kind: FaultKind, target: FaultTarget, id: string): string | undefined {
    const { network } = this.#cluster
    switch (kind) {
      case 'HostPowerOff': {
        if (!('host' in target)) return expected(kind, 'a host', target)
        const host = network.host(target.host)
        if (!host) return `no host "${target.host}"`
        if (!host.poweredOn) return `${target.host} is off already`
        network.setPower(target.host, false)
        return undefined
      }
      case 'LinkDown': {
        const [a, b] = 'between' in target ? target.between : 'host' in target ? [target.host, CONTROL_PLANE_HOST] : ['', '']
        if (!a || !b) return expected(kind, 'two hosts', target)
        for (const host of [a, b]) if (!network.host(host)) return `no host "${host}"`
        if (!network.isLinkUp(a, b)) return `the link between ${a} and ${b} is down already`
        network.setLink(a, b, false)
        return undefined
      }
      case 'ProcessStop': {
        if (!('process' in target)) return expected(kind, 'a process', target)
        return this.#cluster.stopProcess(processName(target.process))
          ? undefined
          : `no process "${target.process}" (there is ${[...this.#cluster.processes.keys()].join(', ')})`
      }
      case 'ContainerExit': {
        const found = this.#container(target)
        if (typeof found === 'string') return found
        found.runtime.exitContainer(found.container.id, 'exitCode' in target ? (target.exitCode ?? 1) : 1)
        return undefined
      }
      case 'ContainerHang': {
        const found = this.#container(target)
        if (typeof found === 'string') return found
        found.runtime.setFault(found.container.id, { hangs: true })
        this.#struck.set(id, found.container.id)
        return undefined
      }
      case 'MemoryLeak': {
        const found = this.#container(target)
        if (typeof found === 'string') return found
        this.#struck.set(id, found.container.id)
        this.#kernel.post(this.name, 'leak', id, LEAK_STEP_MS)
        return undefined
      }
      case 'ImageMissing':
        if (!('image' in target)) return expected(kind, 'an image', target)
        this.#registry.setMissing(target.image, true)
        return undefined
      default:
        return unreachable(kind)
    }
  }

  #mend({ kind, target, id }: Fault): void {
    const { network } = this.#cluster
    if (kind === 'HostPowerOff' && 'host' in target) network.setPower(target.host, true)
    if (kind === 'LinkDown') {
      const [a, b] = 'between' in target ? target.between : [(target as { host: string }).host, CONTROL_PLANE_HOST]
      network.setLink(a, b, true)
    }
    if (kind === 'ProcessStop' && 'process' in target) this.#cluster.startProcess(processName(target.process))
    if (kind === 'ImageMissing' && 'image' in target) this.#registry.setMissing(target.image, false)
    const struck = this.#struck.get(id)
    this.#struck.delete(id)
    if (struck === undefined) return
    const found = this.#find(struck)
    if (found) found.runtime.setFault(struck, kind === 'ContainerHang' ? { hangs: false } : { extraMemoryBytes: 0 })
  }

  #find(containerId: string): { runtime: ContainerRuntime; container: RuntimeContainer } | undefined {
    for (const runtime of this.#runtimes) {
      const container = runtime.container(containerId)
      if (container) return { runtime, container }
    }
    return undefined
  }

  #container(target: FaultTarget): { runtime: ContainerRuntime; container: RuntimeContainer } | string {
    if (!('pod' in target)) return expected('container fault', 'a Pod', target)
    for (const runtime of this.#runtimes) {
      for (const container of runtime.containers()) {
        const { pod, name, state } = container
        if (state !== 'running' || `${pod.namespace}/${pod.name}` !== target.pod) continue
        if (target.container === undefined || target.container === name) return { runtime, container }
      }
    }
    return `no running container${target.container ? ` "${target.container}"` : ''} of Pod "${target.pod}"`
  }

  receive(message: Message): void {
    const id = message.body as string
    const fault = this.#active.get(id)
    const struck = this.#struck.get(id)
    if (!fault || struck === undefined) return
    const found = this.#find(struck)
    if (!found || found.container.state !== 'running') return // it was killed: the leak went with the process
    const rate =
      'megabytesPerSecond' in fault.target ? (fault.target.megabytesPerSecond ?? DEFAULT_LEAK_MEGABYTES) : DEFAULT_LEAK_MEGABYTES
    found.runtime.setFault(struck, { extraMemoryBytes: found.container.extraMemoryBytes + rate * MEGABYTE })
    this.#kernel.post(this.name, 'leak', id, LEAK_STEP_MS)
  }

  snapshot(): unknown {
    return { active: new Map(this.#active), struck: new Map(this.#struck), count: this.#count }
  }

  restore(state: unknown): void {
    const { active, struck, count } = state as { active: Map<string, Fault>; struck: Map<string, string>; count: number }
    this.#active = new Map(active)
    this.#struck = new Map(struck)
    this.#count = count
  }
}

const processName = (name: string): string => PROCESS_ALIASES[name] ?? name

const expected = (kind: string, what: string, received: FaultTarget): string =>
  `${kind}: expected ${what}, received ${JSON.stringify(received)}`

function labelOf(target: FaultTarget): string {
  if ('host' in target) return target.host
  if ('between' in target) return target.between.join(' ↔ ')
  if ('process' in target) return processName(target.process)
  if ('pod' in target) return target.container ? `${target.pod}/${target.container}` : target.pod
  return target.image
}
