import type { EndpointSlice, Service } from '../../sim/kubernetes/api/types.ts'
import type { KubeProxy } from '../../sim/kubernetes/proxy/kube-proxy.ts'
import type { ServiceTraffic } from '../../sim/kubernetes/proxy/traffic.ts'
import type { BackendView, ServiceView } from '../protocol.ts'

/** Rates are means over so many whole seconds. */
const WINDOW_SECONDS = 5

export function serviceView(
  service: Service,
  slices: readonly EndpointSlice[],
  proxies: readonly KubeProxy[],
  traffic: ServiceTraffic | undefined,
  second: number,
): ServiceView {
  const { metadata, spec } = service
  const id = `${metadata.namespace ?? ''}/${metadata.name}`
  const buckets = (traffic?.buckets ?? []).filter((bucket) => bucket.second < second && bucket.second >= second - WINDOW_SECONDS)
  const counts = new Map<string, number>()
  const failures: Record<string, number> = {}
  let ok = 0
  let failed = 0
  for (const bucket of buckets) {
    ok += bucket.ok
    failed += bucket.failed
    for (const [pod, count] of bucket.backends) counts.set(pod, (counts.get(pod) ?? 0) + count)
    for (const [why, count] of bucket.failures) failures[why] = (failures[why] ?? 0) + count
  }
  const backends: BackendView[] = []
  const listed = new Set<string>()
  for (const slice of slices) {
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      const address = addresses[0] ?? ''
      const pod = targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? ''}/${targetRef.name}` : address
      if (listed.has(pod)) continue
      listed.add(pod)
      const ready = conditions?.ready ?? true
      backends.push({
        pod,
        address,
        ready,
        terminating: conditions?.terminating ?? false,
        ratePerSecond: (counts.get(pod) ?? 0) / WINDOW_SECONDS,
        staleOn: proxies.filter((proxy) => isReadyOn(proxy, id, address) !== ready).map(({ node }) => node),
      })
    }
  }
  // Backends that some node still sends to although no slice lists them any more.
  for (const [pod, count] of counts) {
    if (listed.has(pod)) continue
    const staleOn = proxies.filter((proxy) => proxy.tables.get(id)?.ports.some((port) => port.backends.some((backend) => backend.pod === pod)))
    backends.push({
      pod,
      address: '',
      ready: false,
      terminating: true,
      ratePerSecond: count / WINDOW_SECONDS,
      staleOn: staleOn.map(({ node }) => node),
    })
  }
  return {
    id,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    type: spec.type ?? 'ClusterIP',
    clusterIP: spec.clusterIP ?? '',
    ports: (spec.ports ?? [])
      .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
      .join(','),
    backends: backends.sort((a, b) => (a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0)),
    requestsPerSecond: (ok + failed) / WINDOW_SECONDS,
    failedRatio: ok + failed === 0 ? 0 : failed / (ok + failed),
    failures,
  }
}

function isReadyOn(proxy: KubeProxy, service: string, address: string): boolean {
  const table = proxy.tables.get(service)
  return table?.ports.some((port) => port.backends.some((backend) => backend.address === address && backend.ready)) ?? false
}
