import type { AnyObject, IntOrString, LabelSelector } from '../../api/types.ts'
import { immutable, named, notNegative, oneOf, portNumberOrName, validateLabelSelector } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import {
  isCidr,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isPortName,
  isPortNumber,
  isWildcardSubdomain,
  parseIpv4,
} from './names.ts'
import type { Rules } from './rules.ts'

/** Models pkg/apis/networking/validation and pkg/apis/discovery/validation (v1.35). */

// Ingress ---------------------------------------------------------------------------------------------------------------

interface Backend {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } }
  readonly resource?: { readonly kind?: string; readonly name?: string; readonly apiGroup?: string }
}
interface IngressPath {
  readonly path?: string
  readonly pathType?: string
  readonly backend?: Backend
}
interface IngressSpec {
  readonly ingressClassName?: string
  readonly defaultBackend?: Backend
  readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
  readonly rules?: readonly { readonly host?: string; readonly http?: { readonly paths?: readonly IngressPath[] } }[]
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const BAD_SUFFIXES = ['/..', '/.']

function validateIngress(object: AnyObject, errors: FieldErrors): void {
  const spec = (object['spec'] ?? {}) as IngressSpec
  const { rules = [], tls = [] } = spec
  if (rules.length === 0 && !spec.defaultBackend)
    errors.invalid('spec', rules.length === 0 ? null : rules, 'either `defaultBackend` or `rules` must be specified')
  if (spec.defaultBackend) validateBackend(spec.defaultBackend, 'spec.defaultBackend', errors)
  for (const [i, { host = '', http }] of rules.entries()) {
    const path = `spec.rules[${i}]`
    if (host !== '') {
      if (parseIpv4(host)) errors.invalid(`${path}.host`, host, 'must be a DNS name, not an IP address')
      else named(host, host.includes('*') ? isWildcardSubdomain : isDns1123Subdomain, `${path}.host`, errors)
    }
    if (http) validatePaths(http.paths ?? [], `${path}.http.paths`, errors)
  }
  for (const [i, { hosts = [], secretName }] of tls.entries()) {
    for (const [j, host] of hosts.entries())
      named(host, host.includes('*') ? isWildcardSubdomain : isDns1123Subdomain, `spec.tls[${i}].hosts[${j}]`, errors)
    if (secretName) named(secretName, isDns1123Subdomain, `spec.tls[${i}].secretName`, errors)
  }
  if (spec.ingressClassName !== undefined) named(spec.ingressClassName, isDns1123Subdomain, 'spec.ingressClassName', errors)
}

function validatePaths(paths: readonly IngressPath[], at: string, errors: FieldErrors): void {
  if (paths.length === 0) errors.required(at)
  for (const [i, { path = '', pathType, backend }] of paths.entries()) {
    const own = `${at}[${i}]`
    if (!pathType) {
      errors.required(`${own}.pathType`, 'pathType must be specified')
      continue
    }
    if (pathType === 'ImplementationSpecific') {
      if (path !== '' && !path.startsWith('/')) errors.invalid(`${own}.path`, path, 'must be an absolute path')
    } else if (pathType === 'Exact' || pathType === 'Prefix') {
      if (!path.startsWith('/')) errors.invalid(`${own}.path`, path, 'must be an absolute path')
      if (path !== '') {
        for (const sequence of BAD_SEQUENCES)
          if (path.includes(sequence)) errors.invalid(`${own}.path`, path, `must not contain '${sequence}'`)
        for (const suffix of BAD_SUFFIXES)
          if (path.endsWith(suffix)) errors.invalid(`${own}.path`, path, `cannot end with '${suffix}'`)
      }
    } else errors.notSupported(`${own}.pathType`, pathType, PATH_TYPES)
    validateBackend(backend ?? {}, `${own}.backend`, errors)
  }
}

function validateBackend({ service, resource }: Backend, path: string, errors: FieldErrors): void {
  if (resource && service) {
    errors.invalid(path, '', 'cannot set both resource and service backends')
    return
  }
  if (resource) {
    if (!resource.kind) errors.required(`${path}.resource.kind`)
    if (!resource.name) errors.required(`${path}.resource.name`)
    return
  }
  if (!service) {
    errors.required(path, 'must specify a `resource` or `service` backend')
    return
  }
  if (!service.name) errors.required(`${path}.service.name`)
  else named(service.name, isDns1035Label, `${path}.service.name`, errors)
  const { name = '', number = 0 } = service.port ?? {}
  const at = `${path}.service.port`
  if (name !== '' && number !== 0) errors.invalid(path, '', 'cannot set both port name & port number')
  else if (name !== '') named(name, isPortName, `${at}.name`, errors)
  else if (number !== 0) for (const problem of isPortNumber(number)) errors.invalid(`${at}.number`, number, problem)
  else errors.required(path, 'port name or number is required')
}

export const ingressRules: Rules = {
  name: isDns1123Subdomain,
  create: validateIngress,
  update: (object, _previous, errors) => validateIngress(object, errors),
}

export const ingressClassRules: Rules = {
  name: isDns1123Subdomain,
  create: (object, errors) => {
    const { controller } = (object['spec'] ?? {}) as { controller?: string }
    if (!controller) errors.required('spec.controller')
    else if (controller.length > 250) errors.tooLong('spec.controller', 250)
    else if (!/^[^/]+\/.+$/.test(controller))
      errors.invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
  },
  update: (object, previous, errors) =>
    immutable(
      (object['spec'] as { controller?: string }).controller,
      (previous['spec'] as { controller?: string }).controller,
      'spec.controller',
      errors,
    ),
}

// NetworkPolicy -----------------------------------------------------------------------------------------------------------

interface Peer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] }
}
interface PolicyPort {
  readonly protocol?: string
  readonly port?: IntOrString
  readonly endPort?: number
}
interface PolicyRule {
  readonly ports?: readonly PolicyPort[]
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
}
interface PolicySpec {
  readonly podSelector?: LabelSelector
  readonly ingress?: readonly PolicyRule[]
  readonly egress?: readonly PolicyRule[]
  readonly policyTypes?: readonly string[]
}

function validatePolicyPort({ protocol, port, endPort }: PolicyPort, path: string, errors: FieldErrors): void {
  oneOf(protocol, ['TCP', 'UDP', 'SCTP'], `${path}.protocol`, errors)
  if (port === undefined) {
    if (endPort !== undefined) errors.required(`${path}.port`, 'must be specified if endPort is set')
    return
  }
  portNumberOrName(port, `${path}.port`, errors)
  if (endPort === undefined) return
  if (typeof port === 'string') errors.invalid(`${path}.port`, port, 'must be a number when endPort is set')
  else if (endPort < port) errors.invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`')
  for (const problem of isPortNumber(endPort)) errors.invalid(`${path}.endPort`, endPort, problem)
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, path: string, errors: FieldErrors): void {
  if (podSelector) validateLabelSelector(podSelector, `${path}.podSelector`, errors)
  if (namespaceSelector) validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors)
  if (ipBlock) {
    if (!ipBlock.cidr) errors.required(`${path}.ipBlock.cidr`)
    else {
      named(ipBlock.cidr, isCidr, `${path}.ipBlock.cidr`, errors)
      for (const [i, except] of (ipBlock.except ?? []).entries()) named(except, isCidr, `${path}.ipBlock.except[${i}]`, errors)
    }
    if (podSelector || namespaceSelector) errors.forbidden(path, 'may not specify both ipBlock and another peer')
  }
  if (!podSelector && !namespaceSelector && !ipBlock) errors.required(path, 'must specify a peer')
}

function validatePolicy(object: AnyObject, errors: FieldErrors): void {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = (object['spec'] ?? {}) as PolicySpec
  validateLabelSelector(podSelector, 'spec.podSelector', errors)
  for (const [rules, field, peers] of [
    [ingress, 'ingress', 'from'],
    [egress, 'egress', 'to'],
  ] as const)
    for (const [i, rule] of rules.entries()) {
      const path = `spec.${field}[${i}]`
      for (const [j, port] of (rule.ports ?? []).entries()) validatePolicyPort(port, `${path}.ports[${j}]`, errors)
      for (const [j, peer] of (rule[peers] ?? []).entries()) validatePeer(peer, `${path}.${peers}[${j}]`, errors)
    }
  if (policyTypes.length > 2) errors.invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')
  else for (const [i, type] of policyTypes.entries()) oneOf(type, ['Ingress', 'Egress'], `spec.policyTypes[${i}]`, errors)
}

export const networkPolicyRules: Rules = {
  name: isDns1123Subdomain,
  create: validatePolicy,
  update: (object, _previous, errors) => validatePolicy(object, errors),
}

// EndpointSlice -----------------------------------------------------------------------------------------------------------

interface SliceEndpoint {
  readonly addresses?: readonly string[] | null
  readonly hostname?: string
  readonly nodeName?: string
}
interface SlicePort {
  readonly name?: string
  readonly protocol?: string
  readonly port?: number
}

function validateSlice(object: AnyObject, errors: FieldErrors): void {
  const { addressType, endpoints, ports } = object as AnyObject & {
    readonly addressType?: string
    readonly endpoints?: readonly SliceEndpoint[] | null
    readonly ports?: readonly SlicePort[] | null
  }
  if (!addressType) errors.required('addressType')
  else oneOf(addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', errors)
  if ((endpoints?.length ?? 0) > 1000) errors.tooMany('endpoints', endpoints!.length, 1000)
  for (const [i, { addresses, hostname }] of (endpoints ?? []).entries()) {
    const path = `endpoints[${i}]`
    if (!addresses?.length) errors.required(`${path}.addresses`, 'must contain at least 1 address')
    for (const [j, address] of (addresses ?? []).entries())
      named(address, addressType === 'FQDN' ? isDns1123Subdomain : isIp, `${path}.addresses[${j}]`, errors)
    if (hostname !== undefined) named(hostname, isDns1123Label, `${path}.hostname`, errors)
  }
  const names = new Set<string>()
  for (const [i, { name = '', protocol, port }] of (ports ?? []).entries()) {
    if (name !== '') named(name, isDns1123Label, `ports[${i}].name`, errors)
    if (names.has(name)) errors.duplicate('ports.name', name)
    names.add(name)
    oneOf(protocol, ['SCTP', 'TCP', 'UDP'], `ports[${i}].protocol`, errors)
    notNegative(port, `ports[${i}].port`, errors)
  }
}

export const endpointSliceRules: Rules = {
  name: isDns1123Subdomain,
  create: validateSlice,
  update: (object, previous, errors) => {
    validateSlice(object, errors)
    immutable(object['addressType'], previous['addressType'], 'addressType', errors)
  },
}
