import type { EndpointSlice, Service } from '../api/types.ts'

export const CLUSTER_DOMAIN = 'cluster.local'

export type DnsAnswer =
  | { readonly type: 'A'; readonly name: string; readonly addresses: readonly string[] }
  | { readonly type: 'CNAME'; readonly name: string; readonly target: string }
  | { readonly type: 'NXDOMAIN' }

/** What the cluster's DNS server looks names up in. */
export interface DnsZone {
  service(namespace: string, name: string): Service | undefined
  slices(namespace: string, service: string): readonly EndpointSlice[]
}

/** The names a resolver tries, in order, for a Pod in `namespace`: `ndots:5` and three search domains. */
export function searchNames(name: string, namespace: string): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN].map(
    (domain) => `${name}.${domain}`,
  )
  return name.split('.').length > 5 ? [name, ...searched] : [...searched, name]
}

/** Answers one fully qualified name. Models CoreDNS with the kubernetes plugin. Simplified: no caching, no SRV or PTR here. */
function lookUp(fullName: string, zone: DnsZone): DnsAnswer {
  const suffix = `.svc.${CLUSTER_DOMAIN}`
  const podSuffix = `.pod.${CLUSTER_DOMAIN}`
  if (fullName.endsWith(podSuffix)) {
    const [address, , ...rest] = fullName.slice(0, -podSuffix.length).split('.')
    return address && rest.length === 0 && /^\d+-\d+-\d+-\d+$/.test(address)
      ? { type: 'A', name: fullName, addresses: [address.replaceAll('-', '.')] }
      : { type: 'NXDOMAIN' }
  }
  if (!fullName.endsWith(suffix)) return { type: 'NXDOMAIN' }
  const labels = fullName.slice(0, -suffix.length).split('.')
  if (labels.length < 2 || labels.length > 3) return { type: 'NXDOMAIN' }
  const [namespace, name, hostname] = labels.toReversed()
  const service = zone.service(namespace!, name!)
  if (!service) return { type: 'NXDOMAIN' }
  if (service.spec.type === 'ExternalName') return { type: 'CNAME', name: fullName, target: service.spec.externalName ?? '' }
  if (service.spec.clusterIP !== 'None') {
    return hostname === undefined
      ? { type: 'A', name: fullName, addresses: [service.spec.clusterIP ?? ''] }
      : { type: 'NXDOMAIN' }
  }
  const addresses = zone
    .slices(namespace!, name!)
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false && (hostname === undefined || endpoint.hostname === hostname))
    .flatMap((endpoint) => endpoint.addresses)
  return addresses.length > 0 ? { type: 'A', name: fullName, addresses } : { type: 'NXDOMAIN' }
}

/** Resolves a name as a Pod in `namespace` would. */
export function resolve(name: string, namespace: string, zone: DnsZone): DnsAnswer {
  for (const candidate of searchNames(name, namespace)) {
    const answer = lookUp(candidate, zone)
    if (answer.type !== 'NXDOMAIN') return answer
  }
  return { type: 'NXDOMAIN' }
}
