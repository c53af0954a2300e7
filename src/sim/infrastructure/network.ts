import type { Actor, Kernel } from '../kernel/kernel.ts'

/** The host that runs the control plane, unless a scenario has several. */
export const CONTROL_PLANE_HOST = 'control-plane'

export interface Host {
  readonly name: string
  readonly poweredOn: boolean
  /** Changes with every boot. */
  readonly bootId: string
  /** Address of the host on the node network. */
  readonly address: string
}

interface NetworkState {
  readonly hosts: ReadonlyMap<string, Host>
  readonly downLinks: ReadonlySet<string>
}

/** A link is named by its two ends in alphabetical order. */
const linkName = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`)

/** Hosts and the links between them: the ground truth that faults strike. Every pair of hosts has a link. */
export class Network implements Actor {
  readonly name = 'network'
  readonly #kernel: Kernel
  #hosts = new Map<string, Host>()
  #downLinks = new Set<string>()
  readonly #listeners: (() => void)[] = []

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    kernel.register(this)
  }

  /** Called after every change of a host or link. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  addHost(name: string): Host {
    const address =
      name === CONTROL_PLANE_HOST ? '10.0.0.10' : `10.0.${(this.#hosts.size + 10) >> 8}.${(this.#hosts.size + 10) & 255}`
    const host: Host = { name, poweredOn: true, bootId: this.#kernel.rng('boot-ids').uuid(), address }
    this.#hosts.set(name, host)
    return host
  }

  host(name: string): Host | undefined {
    return this.#hosts.get(name)
  }

  hosts(): Iterable<Host> {
    return this.#hosts.values()
  }

  setPower(name: string, poweredOn: boolean): void {
    const host = this.#hosts.get(name)
    if (!host || host.poweredOn === poweredOn) return
    this.#hosts.set(name, { ...host, poweredOn, bootId: poweredOn ? this.#kernel.rng('boot-ids').uuid() : host.bootId })
    this.#changed()
  }

  setLink(a: string, b: string, up: boolean): void {
    if (up) this.#downLinks.delete(linkName(a, b))
    else this.#downLinks.add(linkName(a, b))
    this.#changed()
  }

  isLinkUp(a: string, b: string): boolean {
    return !this.#downLinks.has(linkName(a, b))
  }

  /** Both hosts have power and the link between them works. A powered host always reaches itself. */
  canReach(a: string, b: string): boolean {
    if (!this.#hosts.get(a)?.poweredOn) return false
    if (a === b) return true
    return this.#hosts.get(b)?.poweredOn === true && !this.#downLinks.has(linkName(a, b))
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  receive(): void {}

  snapshot(): NetworkState {
    return { hosts: new Map(this.#hosts), downLinks: new Set(this.#downLinks) }
  }

  restore(state: NetworkState): void {
    this.#hosts = new Map(state.hosts)
    this.#downLinks = new Set(state.downLinks)
  }
}
