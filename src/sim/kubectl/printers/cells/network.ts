import { at, isSet, items, list, number, text, texts } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf } from '../../human-time.ts'
import { formatLabels, formatLabelSelector } from '../format-labels.ts'
import { type Cells, listWithMore, nameOf } from './cells.ts'

const age = (object: Fields, nowMs: number): string => ageOf(at(object, 'metadata.creationTimestamp'), nowMs)

/** Addresses of a load balancer, sorted; cut to 16 characters unless `wide`. */
export function loadBalancerAddresses(object: Fields, wide: boolean): string {
  const addresses = items(at(object, 'status.loadBalancer.ingress')).map(({ ip, hostname }) => text(ip) || text(hostname))
  const all = [...new Set(addresses.filter((address) => address !== ''))].sort().join(',')
  return !wide && all.length > 16 ? `${all.slice(0, 13)}...` : all
}

function externalIp(service: Fields, wide: boolean): string {
  const external = texts(at(service, 'spec.externalIPs'))
  switch (text(at(service, 'spec.type'))) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>'
    case 'LoadBalancer': {
      const balanced = loadBalancerAddresses(service, wide)
      if (external.length > 0) return [...(balanced ? [balanced] : []), ...external].join(',')
      return balanced || '<pending>'
    }
    case 'ExternalName':
      return text(at(service, 'spec.externalName'))
    default:
      return '<unknown>'
  }
}

export const services: Cells = {
  columns: ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '+Selector'],
  cells(service, { nowMs, wide }) {
    const ports = items(at(service, 'spec.ports')).map(({ port, nodePort, protocol }) =>
      number(nodePort) > 0 ? `${number(port)}:${number(nodePort)}/${text(protocol)}` : `${number(port)}/${text(protocol)}`,
    )
    return [
      nameOf(service),
      text(at(service, 'spec.type')),
      texts(at(service, 'spec.clusterIPs'))[0] ?? '<none>',
      externalIp(service, wide),
      ports.join(',') || '<none>',
      age(service, nowMs),
      formatLabels(at(service, 'spec.selector')),
    ]
  },
}

export const endpoints: Cells = {
  columns: ['Name', 'Endpoints', 'Age'],
  cells(object, { nowMs }) {
    const subsets = items(object['subsets'])
    const all = subsets.flatMap((subset) => {
      const addresses = items(subset['addresses']).map(({ ip }) => text(ip))
      const ports = items(subset['ports'])
      return ports.length === 0
        ? addresses
        : ports.flatMap(({ port }) => addresses.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${number(port)}`))
    })
    const shown = all.slice(0, 3).join(',')
    return [
      nameOf(object),
      subsets.length === 0 ? '<none>' : all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown,
      age(object, nowMs),
    ]
  },
}

export const endpointSlices: Cells = {
  columns: ['Name', 'AddressType', 'Ports', 'Endpoints', 'Age'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    text(object['addressType']),
    listWithMore(
      items(object['ports']).map(({ port, name }) => (isSet(port) ? text(port) : isSet(name) ? text(name) : '*')),
      3,
    ),
    listWithMore(
      items(object['endpoints']).flatMap(({ addresses }) => texts(addresses)),
      3,
    ),
    age(object, nowMs),
  ],
}

function hostsOf(rules: readonly Fields[]): string {
  const hosts: string[] = []
  let more = false
  for (const { host } of rules) {
    if (hosts.length === 3) more = true
    if (!more && text(host) !== '') hosts.push(text(host))
  }
  if (hosts.length === 0) return '*'
  return more ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',')
}

export const ingresses: Cells = {
  columns: ['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'],
  cells: (object, { nowMs, wide }) => [
    nameOf(object),
    isSet(at(object, 'spec.ingressClassName')) ? text(at(object, 'spec.ingressClassName')) : '<none>',
    hostsOf(items(at(object, 'spec.rules'))),
    loadBalancerAddresses(object, wide),
    list(at(object, 'spec.tls')).length > 0 ? '80, 443' : '80',
    age(object, nowMs),
  ],
}

export const ingressClasses: Cells = {
  columns: ['Name', 'Controller', 'Parameters', 'Age'],
  cells(object, { nowMs }) {
    const parameters = at(object, 'spec.parameters')
    const group = at(parameters, 'apiGroup')
    return [
      nameOf(object),
      text(at(object, 'spec.controller')),
      isSet(parameters)
        ? `${text(at(parameters, 'kind'))}${isSet(group) ? `.${text(group)}` : ''}/${text(at(parameters, 'name'))}`
        : '<none>',
      age(object, nowMs),
    ]
  },
}

export const networkPolicies: Cells = {
  columns: ['Name', 'Pod-Selector', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), formatLabelSelector(at(object, 'spec.podSelector')), age(object, nowMs)],
}

export const serviceCidrs: Cells = {
  columns: ['Name', 'CIDRs', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), texts(at(object, 'spec.cidrs')).join(','), age(object, nowMs)],
}

export const ipAddresses: Cells = {
  columns: ['Name', 'ParentRef'],
  cells(object) {
    const parent = at(object, 'spec.parentRef')
    const group = text(at(parent, 'group'))
    const namespace = text(at(parent, 'namespace'))
    const resource = `${text(at(parent, 'resource'))}${group ? `.${group}` : ''}`.toLowerCase()
    return [
      nameOf(object),
      isSet(parent) ? `${resource}${namespace ? `/${namespace}` : ''}/${text(at(parent, 'name'))}` : '<none>',
    ]
  },
}
