import type { ContainerRuntime } from './container-runtime.ts'
import type { Network } from './network.ts'
import type { PodNetwork, Reply } from './pod-network.ts'

/** The Pod network over every host's runtime: an address belongs to the sandbox that holds it, a host's own to its host-network Pods. */
export class RuntimeNetwork implements PodNetwork {
  readonly #network: Network
  readonly #runtimes: readonly ContainerRuntime[]

  constructor(network: Network, runtimes: readonly ContainerRuntime[]) {
    this.#network = network
    this.#runtimes = runtimes
  }

  request(fromHost: string, address: string, port: number, path: string): Reply {
    for (const runtime of this.#runtimes) {
      const ownAddress = this.#network.host(runtime.host)?.address === address
      for (const sandbox of runtime.sandboxes()) {
        if (!sandbox.isReady || !(sandbox.hostNetwork ? ownAddress : sandbox.ip === address)) continue
        if (!this.#network.canReach(fromHost, runtime.host)) return { type: 'silent' }
        const reply = runtime.request(sandbox.id, port, path)
        if (sandbox.hostNetwork && reply.type === 'refused') continue
        return reply
      }
      if (ownAddress) return this.#network.canReach(fromHost, runtime.host) ? { type: 'refused' } : { type: 'silent' }
    }
    return { type: 'silent' }
  }
}
