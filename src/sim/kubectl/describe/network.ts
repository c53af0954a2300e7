import { formatTime, parseTime } from '../../kernel/time.ts'
import { at, type Fields, fields, isSet, items, number, sortedEntries, text, texts } from '../fields.ts'
import { rfc1123 } from '../human-time.ts'
import { loadBalancerAddresses } from '../printers/cells/network.ts'
import { formatLabels, formatLabelSelector } from '../printers/format-labels.ts'
import { describeEventsOf } from './events.ts'
import {
  type DescribeContext,
  type Describer,
  type DescribeWriter,
  labelsAndAnnotations,
  meta,
  metadataOf,
  nameAndNamespace,
} from './writer.ts'

const orNone = (value: string): string => value || '<none>'
const orUnset = (value: unknown): string => (isSet(value) ? text(value) : '<unset>')
const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Ready addresses of the slices at ports of that name, three at most. Models describe's formatEndpointSlices. */
function endpointsText(slices: readonly Fields[], portName: string): string {
  if (slices.length === 0) return '<none>'
  const shown: string[] = []
  let more = false
  let count = 0
  const take = (endpoint: Fields, port: number | undefined): void => {
    if (shown.length === 3) more = true
    if (at(endpoint, 'conditions.ready') === false) return
    const address = texts(endpoint['addresses'])[0] ?? ''
    if (!more) shown.push(port === undefined ? address : hostPort(address, port))
    count += 1
  }
  for (const slice of slices) {
    const endpoints = items(slice['endpoints'])
    const ports = items(slice['ports'])
    if (ports.length === 0) for (const endpoint of endpoints) take(endpoint, undefined)
    for (const port of ports)
      if (text(port['name']) === portName) for (const endpoint of endpoints) take(endpoint, number(port['port']))
  }
  return more ? `${shown.join(',')} + ${count - 3} more...` : shown.join(',')
}

function slicesOf(namespace: string, service: string, { api }: DescribeContext): readonly Fields[] {
  const found = api.list('endpointslices.discovery.k8s.io', { namespace, labelSelector: `kubernetes.io/service-name=${service}` })
  return found.ok ? found.value.items : []
}

export const describeService: Describer = (service, w, context) => {
  const spec = fields(service['spec'])
  nameAndNamespace(service, w)
  labelsAndAnnotations(service, w)
  w.line(0, 'Selector:', formatLabels(spec['selector']))
  w.line(0, 'Type:', text(spec['type']))
  if (isSet(spec['ipFamilyPolicy'])) w.line(0, 'IP Family Policy:', text(spec['ipFamilyPolicy']))
  w.line(0, 'IP Families:', orNone(texts(spec['ipFamilies']).join(',')))
  w.line(0, 'IP:', text(spec['clusterIP']))
  w.line(0, 'IPs:', orNone(texts(spec['clusterIPs']).join(',')))
  if (texts(spec['externalIPs']).length > 0) w.line(0, 'External IPs:', texts(spec['externalIPs']).join(','))
  if (text(spec['loadBalancerIP']) !== '') w.line(0, 'Desired LoadBalancer IP:', text(spec['loadBalancerIP']))
  if (text(spec['externalName']) !== '') w.line(0, 'External Name:', text(spec['externalName']))
  const ingress = items(at(service, 'status.loadBalancer.ingress'))
  if (ingress.length > 0)
    w.line(
      0,
      'LoadBalancer Ingress:',
      ingress
        .map(({ ip, ipMode, hostname }) =>
          text(ip) === '' ? text(hostname) : `${text(ip)}${isSet(ipMode) ? ` (${text(ipMode)})` : ''}`,
        )
        .join(', '),
    )
  const slices = slicesOf(meta(service, 'namespace'), meta(service, 'name'), context)
  for (const port of items(spec['ports'])) {
    const name = text(port['name']) || '<unset>'
    const protocol = text(port['protocol'])
    w.line(0, 'Port:', name, `${number(port['port'])}/${protocol}`)
    w.line(0, 'TargetPort:', `${isSet(port['targetPort']) ? text(port['targetPort']) : '0'}/${protocol}`)
    if (number(port['nodePort']) !== 0) w.line(0, 'NodePort:', name, `${number(port['nodePort'])}/${protocol}`)
    w.line(0, 'Endpoints:', endpointsText(slices, text(port['name'])))
  }
  w.line(0, 'Session Affinity:', text(spec['sessionAffinity']))
  if (text(spec['externalTrafficPolicy']) !== '') w.line(0, 'External Traffic Policy:', text(spec['externalTrafficPolicy']))
  if (isSet(spec['internalTrafficPolicy'])) w.line(0, 'Internal Traffic Policy:', text(spec['internalTrafficPolicy']))
  if (number(spec['healthCheckNodePort']) !== 0) w.line(0, 'HealthCheck NodePort:', number(spec['healthCheckNodePort']))
  if (texts(spec['loadBalancerSourceRanges']).length > 0)
    w.line(0, 'LoadBalancer Source Ranges:', texts(spec['loadBalancerSourceRanges']).join(','))
  if (isSet(spec['trafficDistribution'])) w.line(0, 'Traffic Distribution:', text(spec['trafficDistribution']))
  describeEventsOf(service, w, context)
}

export const describeEndpoints: Describer = (object, w, context) => {
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  w.line(0, 'Subsets:')
  for (const subset of items(object['subsets'])) {
    const addresses = (field: string): string =>
      orNone(
        items(subset[field])
          .map(({ ip }) => text(ip))
          .join(','),
      )
    w.line(1, 'Addresses:', addresses('addresses'))
    w.line(1, 'NotReadyAddresses:', addresses('notReadyAddresses'))
    const ports = items(subset['ports'])
    if (ports.length > 0) {
      w.line(1, 'Ports:')
      w.line(2, 'Name', 'Port', 'Protocol')
      w.line(2, '----', '----', '--------')
    }
    for (const port of ports) w.line(2, text(port['name']) || '<unset>', number(port['port']), text(port['protocol']))
    w.write(0, '\n')
  }
  describeEventsOf(object, w, context)
}

export const describeEndpointSlice: Describer = (slice, w, context) => {
  nameAndNamespace(slice, w)
  labelsAndAnnotations(slice, w)
  w.line(0, 'AddressType:', text(slice['addressType']))
  const ports = items(slice['ports'])
  if (ports.length === 0) w.line(0, 'Ports: <unset>')
  else {
    w.line(0, 'Ports:')
    w.line(1, 'Name', 'Port', 'Protocol')
    w.line(1, '----', '----', '--------')
  }
  for (const port of ports) w.line(1, text(port['name']) || '<unset>', orUnset(port['port']), text(port['protocol']))
  const endpoints = items(slice['endpoints'])
  w.line(0, endpoints.length === 0 ? 'Endpoints: <none>' : 'Endpoints:')
  for (const endpoint of endpoints) {
    w.line(1, '- Addresses:', orNone(texts(endpoint['addresses']).join(', ')))
    w.line(2, 'Conditions:')
    w.line(3, 'Ready:', orUnset(at(endpoint, 'conditions.ready')))
    w.line(2, 'Hostname:', orUnset(endpoint['hostname']))
    const target = endpoint['targetRef']
    if (isSet(target)) w.line(2, 'TargetRef:', `${text(at(target, 'kind'))}/${text(at(target, 'name'))}`)
    w.line(2, 'NodeName:', orUnset(endpoint['nodeName']))
    w.line(2, 'Zone:', orUnset(endpoint['zone']))
  }
  describeEventsOf(slice, w, context)
}

function backendText(namespace: string, backend: unknown, context: DescribeContext): string {
  const service = at(backend, 'service')
  const resource = at(backend, 'resource')
  if (isSet(service)) {
    const name = text(at(service, 'name'))
    const portNumber = number(at(service, 'port.number'))
    const portName = text(at(service, 'port.name'))
    const shown = `${name}:${portNumber !== 0 ? portNumber : portName}`
    const found = context.api.get('services', namespace, name)
    if (!found.ok) return `${shown} (<error: ${found.status.message}>)`
    let target = ''
    for (const port of items(at(found.value, 'spec.ports')))
      if ((portNumber !== 0 && port['port'] === portNumber) || (portName !== '' && text(port['name']) === portName))
        target = text(port['name'])
    return `${shown} (${endpointsText(slicesOf(namespace, name, context), target)})`
  }
  if (isSet(resource))
    return `APIGroup: ${isSet(at(resource, 'apiGroup')) ? text(at(resource, 'apiGroup')) : '<none>'}, Kind: ${text(at(resource, 'kind'))}, Name: ${text(at(resource, 'name'))}`
  return ''
}

export const describeIngress: Describer = (ingress, w, context) => {
  const spec = fields(ingress['spec'])
  const namespace = meta(ingress, 'namespace')
  w.line(0, 'Name:', meta(ingress, 'name'))
  w.labels('Labels', metadataOf(ingress)['labels'])
  w.line(0, 'Namespace:', namespace)
  w.line(0, 'Address:', loadBalancerAddresses(ingress, true))
  w.line(0, 'Ingress Class:', isSet(spec['ingressClassName']) ? text(spec['ingressClassName']) : '<none>')
  const fallback = isSet(spec['defaultBackend']) ? backendText(namespace, spec['defaultBackend'], context) : '<default>'
  w.line(0, 'Default backend:', fallback)
  const tls = items(spec['tls'])
  if (tls.length > 0) w.line(0, 'TLS:')
  for (const { secretName, hosts } of tls)
    w.line(
      1,
      text(secretName) === ''
        ? `SNI routes ${texts(hosts).join(',')}`
        : `${text(secretName)} terminates ${texts(hosts).join(',')}`,
    )
  w.write(0, 'Rules:\n  Host\tPath\tBackends\n')
  w.line(1, '----', '----', '--------')
  const rules = items(spec['rules']).filter(({ http }) => isSet(http))
  for (const rule of rules) {
    w.line(1, text(rule['host']) || '*', '')
    for (const path of items(at(rule, 'http.paths')))
      w.line(2, '', `${text(path['path'])} `, backendText(namespace, path['backend'], context))
  }
  if (rules.length === 0) w.line(1, '*', '*', fallback)
  w.annotations('Annotations', metadataOf(ingress)['annotations'])
  describeEventsOf(ingress, w, context)
}

export const describeIngressClass: Describer = (object, w, context) => {
  const parameters = at(object, 'spec.parameters')
  w.line(0, 'Name:', meta(object, 'name'))
  labelsAndAnnotations(object, w)
  w.line(0, 'Controller:', text(at(object, 'spec.controller')))
  if (isSet(parameters)) {
    w.line(0, 'Parameters:')
    if (isSet(at(parameters, 'apiGroup'))) w.line(1, 'APIGroup:', text(at(parameters, 'apiGroup')))
    w.line(1, 'Kind:', text(at(parameters, 'kind')))
    w.line(1, 'Name:', text(at(parameters, 'name')))
  }
  describeEventsOf(object, w, context)
}

export const describeServiceCidr: Describer = (object, w, context) => {
  w.line(0, 'Name:', meta(object, 'name'))
  labelsAndAnnotations(object, w)
  w.line(0, 'CIDRs:', texts(at(object, 'spec.cidrs')).join(', '))
  const conditions = items(at(object, 'status.conditions'))
  if (conditions.length > 0) {
    w.line(0, 'Status:')
    w.line(0, 'Conditions:')
    w.line(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message')
    w.line(1, '----', '------', '------------------', '------', '-------')
  }
  for (const c of conditions)
    w.line(1, text(c['type']), text(c['status']), rfc1123(c['lastTransitionTime']), text(c['reason']), text(c['message']))
  describeEventsOf(object, w, context)
}

export const describeIpAddress: Describer = (object, w, context) => {
  const parent = at(object, 'spec.parentRef')
  w.line(0, 'Name:', meta(object, 'name'))
  labelsAndAnnotations(object, w)
  if (isSet(parent)) {
    w.line(0, 'Parent Reference:')
    for (const [title, field] of [
      ['Group', 'group'],
      ['Resource', 'resource'],
      ['Namespace', 'namespace'],
      ['Name', 'name'],
    ] as const)
      w.line(1, `${title}:`, text(at(parent, field)))
  }
  describeEventsOf(object, w, context)
}

function writePeers(w: DescribeWriter, title: 'From' | 'To', peers: readonly Fields[]): void {
  const indent = '    '
  if (peers.length === 0)
    w.write(0, `${indent}${title}: <any> (traffic not restricted by ${title === 'From' ? 'source' : 'destination'})\n`)
  for (const { podSelector, namespaceSelector, ipBlock } of peers) {
    w.write(0, `${indent}${title}:\n`)
    if (isSet(namespaceSelector)) w.write(1, `${indent}NamespaceSelector: ${formatLabelSelector(namespaceSelector)}\n`)
    if (isSet(podSelector)) w.write(1, `${indent}PodSelector: ${formatLabelSelector(podSelector)}\n`)
    if (!isSet(podSelector) && !isSet(namespaceSelector) && isSet(ipBlock)) {
      w.write(1, `${indent}IPBlock:\n`)
      w.write(2, `${indent}CIDR: ${text(at(ipBlock, 'cidr'))}\n`)
      w.write(2, `${indent}Except: ${texts(at(ipBlock, 'except')).join(', ')}\n`)
    }
  }
}

function writeRules(w: DescribeWriter, direction: 'ingress' | 'egress', rules: readonly Fields[]): void {
  const indent = '    '
  if (rules.length === 0) w.write(0, `${indent}<none> (Selected pods are isolated for ${direction} connectivity)\n`)
  for (const [index, rule] of rules.entries()) {
    const ports = items(rule['ports'])
    if (ports.length === 0) w.write(0, `${indent}To Port: <any> (traffic allowed to all ports)\n`)
    for (const { protocol, port, endPort } of ports) {
      const shown = isSet(port) ? text(port) : '<nil>'
      const name = text(protocol) || 'TCP'
      w.write(
        0,
        isSet(endPort) ? `${indent}To Port Range: ${shown}-${text(endPort)}/${name}\n` : `${indent}To Port: ${shown}/${name}\n`,
      )
    }
    writePeers(w, direction === 'ingress' ? 'From' : 'To', items(rule[direction === 'ingress' ? 'from' : 'to']))
    if (index < rules.length - 1) w.write(0, `${indent}----------\n`)
  }
}

/** Go's time.Time.String in UTC. */
function goTime(time: unknown): string {
  const ms = parseTime(text(time))
  return ms === undefined ? '<nil>' : `${formatTime(ms).replace('T', ' ').replace('Z', '')} +0000 UTC`
}

export const describeNetworkPolicy: Describer = (object, w) => {
  const spec = fields(object['spec'])
  nameAndNamespace(object, w)
  w.line(0, 'Created on:', goTime(metadataOf(object)['creationTimestamp']))
  labelsAndAnnotations(object, w)
  w.line(0, 'Spec:')
  const selector = fields(spec['podSelector'])
  const isAll = sortedEntries(selector['matchLabels']).length === 0 && items(selector['matchExpressions']).length === 0
  w.write(1, 'PodSelector: ')
  w.write(
    2,
    `${isAll ? '<none> (Allowing the specific traffic to all pods in this namespace)' : formatLabelSelector(selector)}\n`,
  )
  const types = texts(spec['policyTypes'])
  for (const [type, direction] of [
    ['Ingress', 'ingress'],
    ['Egress', 'egress'],
  ] as const) {
    w.line(1, types.includes(type) ? `Allowing ${direction} traffic:` : `Not affecting ${direction} traffic`)
    if (types.includes(type)) writeRules(w, direction, items(spec[direction]))
  }
  w.line(1, `Policy Types: ${orNone(types.join(', '))}`)
}
