import type { Rng } from '../../kernel/rng.ts'
import type { EndpointSlice, Service, ServicePort } from '../api/types.ts'

/** One address that connections to a Service port may be sent to, as a node's rules know it. */
export interface Backend {
  readonly address: string
  readonly port: number
  readonly node: string
  readonly zone: string
  /** `namespace/name` of the Pod, or '' for an address without one. */
  readonly pod: string
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

export interface PortTable {
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly nodePort: number | undefined
  readonly backends: readonly Backend[]
}

/** The rules for one Service on one node. */
export interface ServiceTable {
  /** `namespace/name` */
  readonly id: string
  readonly clusterIPs: readonly string[]
  readonly affinityTimeoutMs: number | undefined
  readonly externalLocal: boolean
  readonly internalLocal: boolean
  readonly ports: readonly PortTable[]
}

/** Whether kube-proxy makes rules for it: headless Services and ExternalNames have none. */
const isProxied = (service: Service): boolean =>
  service.spec.type !== 'ExternalName' &&
  service.spec.clusterIP !== undefined &&
  service.spec.clusterIP !== '' &&
  service.spec.clusterIP !== 'None'

function backendsOf(port: ServicePort, slices: readonly EndpointSlice[]): readonly Backend[] {
  const byAddress = new Map<string, Backend>()
  for (const slice of slices) {
    const slicePort = (slice.ports ?? []).find(
      ({ name, protocol }) => (name ?? '') === (port.name ?? '') && (protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    )
    if (!slicePort?.port) continue
    for (const endpoint of slice.endpoints ?? []) {
      const address = endpoint.addresses[0]
      if (address === undefined) continue
      const { targetRef, conditions } = endpoint
      const key = `${address}:${slicePort.port}`
      byAddress.set(key, {
        address,
        port: slicePort.port,
        node: endpoint.nodeName ?? '',
        zone: endpoint.zone ?? '',
        pod: targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? ''}/${targetRef.name}` : '',
        ready: conditions?.ready ?? true,
        serving: conditions?.serving ?? conditions?.ready ?? true,
        terminating: conditions?.terminating ?? false,
      })
    }
  }
  // Rules are written in a stable order, so that the same draw picks the same backend.
  return [...byAddress.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, backend]) => backend)
}

/** What a node programs for a Service; undefined when it programs nothing. Models pkg/proxy (iptables mode, v1.35). */
export function serviceTable(service: Service, slices: readonly EndpointSlice[]): ServiceTable | undefined {
  if (!isProxied(service)) return undefined
  const { spec, metadata } = service
  return {
    id: `${metadata.namespace ?? ''}/${metadata.name}`,
    clusterIPs: spec.clusterIPs ?? [spec.clusterIP!],
    affinityTimeoutMs:
      spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) * 1000 : undefined,
    externalLocal: spec.externalTrafficPolicy === 'Local',
    internalLocal: spec.internalTrafficPolicy === 'Local',
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: port.protocol ?? 'TCP',
      port: port.port,
      nodePort: port.nodePort,
      backends: backendsOf(port, slices),
    })),
  }
}

export type Choice =
  | { readonly type: 'backend'; readonly backend: Backend }
  /** REJECT: the client hears `connection refused` at once. */
  | { readonly type: 'rejected' }
  /** DROP: a Local policy and backends only elsewhere; the client waits in vain. */
  | { readonly type: 'dropped' }

/** Ready endpoints; none: those that still serve while they terminate. */
function usable(backends: readonly Backend[]): readonly Backend[] {
  const ready = backends.filter((backend) => backend.ready)
  return ready.length > 0 ? ready : backends.filter((backend) => backend.serving && backend.terminating)
}

/** Uniform and per connection, as the iptables rules are: not round robin, not least loaded. */
export function chooseBackend(port: PortTable, table: ServiceTable, node: string, external: boolean, rng: Rng): Choice {
  const local = external ? table.externalLocal : table.internalLocal
  const everywhere = usable(port.backends)
  const candidates = local ? usable(port.backends.filter((backend) => backend.node === node)) : everywhere
  if (candidates.length === 0) return { type: local && everywhere.length > 0 ? 'dropped' : 'rejected' }
  return { type: 'backend', backend: candidates[candidates.length === 1 ? 0 : rng.int(candidates.length)]! }
}
