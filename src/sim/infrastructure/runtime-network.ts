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
      const sandbox = runtime.sandboxAt(address)
      if (sandbox)
        return this.#network.canReach(fromHost, runtime.host) ? runtime.request(sandbox.id, port, path) : { type: 'silent' }
      if (this.#network.host(runtime.host)?.address !== address) continue
      if (!this.#network.canReach(fromHost, runtime.host)) return { type: 'silent' }
      for (const { id, isReady, hostNetwork } of runtime.sandboxes()) {
        const reply = isReady && hostNetwork ? runtime.request(id, port, path) : undefined
        if (reply && reply.type !== 'refused') return reply
      }
      return { type: 'refused' }
    }
    return { type: 'silent' }
  }
}
