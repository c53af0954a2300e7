import type { PodNetwork } from '../../infrastructure/pod-network.ts'
import type { Rng } from '../../kernel/rng.ts'
import type { EndpointSlice, Service } from '../api/types.ts'
import type { Store } from '../etcd/store.ts'
import { type DnsAnswer, type DnsZone, resolve } from './dns.ts'
import type { KubeProxy } from './kube-proxy.ts'
import { chooseBackend } from './service-table.ts'

/** What a client in a Pod hears. */
export type Heard =
  | { readonly type: 'answered'; readonly status: number; readonly from: string; readonly address: string }
  | { readonly type: 'refused'; readonly address: string }
  | { readonly type: 'silent'; readonly address: string }
  | { readonly type: 'unknown host' }

/** The names that the cluster's DNS server knows, read off the record. Simplified: it never lags. */
export const zoneOf = (store: Store): DnsZone => ({
  service: (namespace, name) => store.get('services', namespace, name) as unknown as Service | undefined,
  slices: (namespace, service) =>
    ([...store.scan('endpointslices.discovery.k8s.io', namespace)] as unknown as EndpointSlice[]).filter(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service,
    ),
})

/** One request of a program in a Pod, by name or address: resolver, rules of its node, container. */
export class ServiceClient {
  readonly #store: Store
  readonly #pods: PodNetwork
  readonly #proxies: readonly KubeProxy[]
  readonly #rng: Rng

  constructor(options: { store: Store; pods: PodNetwork; proxies: readonly KubeProxy[]; rng: Rng }) {
    this.#store = options.store
    this.#pods = options.pods
    this.#proxies = options.proxies
    this.#rng = options.rng
  }

  lookUp(name: string, namespace: string): DnsAnswer {
    return resolve(name, namespace, zoneOf(this.#store))
  }

  get(from: { readonly node: string; readonly namespace: string }, host: string, port: number, path: string): Heard {
    let address = host
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
      const found = this.lookUp(host, from.namespace)
      if (found.type !== 'A') return { type: 'unknown host' }
      address = found.addresses[found.addresses.length === 1 ? 0 : this.#rng.int(found.addresses.length)]!
    }
    const proxy = this.#proxies.find(({ node }) => node === from.node)
    for (const table of proxy?.tables.values() ?? []) {
      if (!table.clusterIPs.includes(address)) continue
      const rules = table.ports.find((candidate) => candidate.port === port)
      if (!rules) return { type: 'silent', address } // no rule takes the packet
      const choice = chooseBackend(rules, table, from.node, false, this.#rng)
      if (choice.type === 'rejected') return { type: 'refused', address }
      if (choice.type === 'dropped') return { type: 'silent', address }
      return this.#ask(from.node, choice.backend.address, choice.backend.port, path, address, choice.backend.pod)
    }
    return this.#ask(from.node, address, port, path, address, '')
  }

  #ask(node: string, target: string, port: number, path: string, address: string, pod: string): Heard {
    const reply = this.#pods.request(node, target, port, path)
    switch (reply.type) {
      case 'answered':
        return { type: 'answered', status: reply.status, from: pod || target, address }
      case 'refused':
        return { type: 'refused', address }
      case 'reset':
      case 'silent':
        return { type: 'silent', address }
    }
  }
}
