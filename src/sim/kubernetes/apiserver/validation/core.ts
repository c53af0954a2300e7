import { compareQuantities } from '../../api/quantity.ts'
import { base64Problem } from '../../api/schema.ts'
import { equalJson } from '../../api/json-value.ts'
import type { AnyObject, Node, ResourceList, Service } from '../../api/types.ts'
import { isExternallyReachable, needsClusterIp, type ServiceSpec } from '../service-allocation.ts'
import { immutable, named, oneOf, portNumberOrName } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStructText } from './go-struct.ts'
import {
  isCidr,
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isPortNumber,
  isQualifiedName,
} from './names.ts'
import { validateLabels } from './object-meta.ts'
import { limitRangeResourceName, quotaResourceName, resourceAmount } from './resource-names.ts'
import type { Rules } from './rules.ts'
import { validateTaints } from './scheduling-fields.ts'

/** Models pkg/apis/core/validation/validation.go (v1.35): Services, Nodes, configuration, quotas. */

// Service ---------------------------------------------------------------------------------------------------------------

type WholeServiceSpec = ServiceSpec & {
  readonly externalIPs?: readonly string[]
  readonly loadBalancerIP?: string
  readonly loadBalancerSourceRanges?: readonly string[]
}

const serviceSpecOf = (object: AnyObject): WholeServiceSpec => (object as unknown as Service).spec ?? {}

const isHeadless = ({ type, clusterIP }: ServiceSpec): boolean => type === 'ClusterIP' && clusterIP === 'None'

function validateService(object: AnyObject, errors: FieldErrors): void {
  const spec = serviceSpecOf(object)
  const { type, ports = [], clusterIPs = [] } = spec
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') errors.required('spec.ports')
  switch (type) {
    case 'LoadBalancer':
      for (const [i, { port }] of ports.entries())
        if (port === 10_250)
          errors.invalid(`spec.ports[${i}]`, port, 'may not expose port 10250 externally since it is used by kubelet')
      if (clusterIPs[0] === 'None')
        errors.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services")
      break
    case 'NodePort':
      if (clusterIPs[0] === 'None') errors.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services")
      break
    case 'ExternalName':
      if (spec.clusterIP) {
        errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services')
      }
      if (!spec.externalName) errors.required('spec.externalName')
      else named(spec.externalName.replace(/\.$/, ''), isDns1123Subdomain, 'spec.externalName', errors)
      break
    default:
  }
  validatePorts(spec, errors)
  if (spec.selector) validateLabels(spec.selector, 'spec.selector', errors)
  if (!spec.sessionAffinity) errors.required('spec.sessionAffinity')
  else oneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors)
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (spec.sessionAffinity === 'ClientIP' && timeout !== undefined && (timeout <= 0 || timeout > 86_400))
    errors.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, 'must be greater than 0 and less than 86400')
  validateClusterIps(spec, errors)
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) named(ip, isIp, `spec.externalIPs[${i}]`, errors)
  if (!type) errors.required('spec.type')
  else oneOf(type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type', errors)
  validateNodePorts(spec, errors)
  for (const [i, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    if (type !== 'LoadBalancer') {
      errors.forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'")
      break
    }
    named(range.trim(), isCidr, `spec.loadBalancerSourceRanges[${i}]`, errors)
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== 'LoadBalancer')
    errors.forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'")
  if (type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === undefined)
    errors.required('spec.allocateLoadBalancerNodePorts')
  if (spec.loadBalancerClass !== undefined && type !== 'LoadBalancer')
    errors.forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'")
  validateTrafficPolicies(spec, errors)
  oneOf(spec.trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone'], 'spec.trafficDistribution', errors)
}

function validatePorts(spec: WholeServiceSpec, errors: FieldErrors): void {
  const { ports = [] } = spec
  const names = new Set<string>()
  const seen = new Set<string>()
  for (const [i, port] of ports.entries()) {
    const path = `spec.ports[${i}]`
    if (ports.length > 1 && !port.name) errors.required(`${path}.name`)
    else if (port.name) {
      named(port.name, isDns1123Label, `${path}.name`, errors)
      if (names.has(port.name)) errors.duplicate(`${path}.name`, port.name)
      names.add(port.name)
    }
    for (const problem of isPortNumber(port.port)) errors.invalid(`${path}.port`, port.port, problem)
    if (!port.protocol) errors.required(`${path}.protocol`)
    else oneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`, errors)
    portNumberOrName(port.targetPort, `${path}.targetPort`, errors)
    if (port.appProtocol !== undefined) named(port.appProtocol, isQualifiedName, `${path}.appProtocol`, errors)
  }
  for (const [i, { protocol = 'TCP', port }] of ports.entries()) {
    const key = `${protocol} ${port}`
    if (seen.has(key)) errors.duplicate(`spec.ports[${i}]`, goStructText('ServicePort', { protocol, port }))
    seen.add(key)
  }
}

function validateClusterIps(spec: WholeServiceSpec, errors: FieldErrors): void {
  const { clusterIP = '', clusterIPs = [] } = spec
  if (!needsClusterIp(spec) && spec.type !== undefined && spec.type !== 'ExternalName') return
  if (spec.type === 'ExternalName') return
  if (clusterIP !== '' && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP)
    errors.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')
  if (clusterIPs.length > 1 && clusterIPs.includes('None'))
    errors.invalid('spec.clusterIPs', 'None', "'None' must be the first and only value")
  for (const [i, ip] of clusterIPs.entries()) if (ip !== 'None') named(ip, isIp, `spec.clusterIPs[${i}]`, errors)
  if (clusterIPs.length > 2) errors.invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values')
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) oneOf(family, ['IPv4', 'IPv6'], `spec.ipFamilies[${i}]`, errors)
  oneOf(spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack'], 'spec.ipFamilyPolicy', errors)
}

function validateNodePorts(spec: WholeServiceSpec, errors: FieldErrors): void {
  const { type, ports = [] } = spec
  const seen = new Set<string>()
  for (const [i, { protocol = 'TCP', nodePort = 0 }] of ports.entries()) {
    if (nodePort === 0) continue
    const path = `spec.ports[${i}].nodePort`
    if (type === 'ClusterIP' || type === 'ExternalName') {
      errors.forbidden(path, "may not be used when `type` is 'ClusterIP'")
      continue
    }
    const key = `${protocol} ${nodePort}`
    if (seen.has(key)) errors.duplicate(path, goStructText('ServicePort', { protocol, nodePort }))
    seen.add(key)
  }
}

function validateTrafficPolicies(spec: WholeServiceSpec, errors: FieldErrors): void {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort = 0 } = spec
  if (!isExternallyReachable(spec)) {
    if (externalTrafficPolicy !== undefined)
      errors.invalid('spec.externalTrafficPolicy', externalTrafficPolicy, 'may only be set for externally-accessible services')
  } else if (externalTrafficPolicy === undefined) errors.required('spec.externalTrafficPolicy')
  else oneOf(externalTrafficPolicy, ['Cluster', 'Local'], 'spec.externalTrafficPolicy', errors)
  const needsHealthCheck = spec.type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
  if (!needsHealthCheck && healthCheckNodePort !== 0)
    errors.invalid(
      'spec.healthCheckNodePort',
      healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    )
  oneOf(internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy', errors)
}

/** The first cluster IP stays as long as the type needs one. */
function validateServiceUpdate(object: AnyObject, previous: AnyObject, errors: FieldErrors): void {
  const spec = serviceSpecOf(object)
  const before = serviceSpecOf(previous)
  if (needsClusterIp(spec) && needsClusterIp(before) && before.clusterIPs?.[0] && spec.clusterIPs?.[0] !== before.clusterIPs[0])
    errors.invalid('spec.clusterIPs[0]', spec.clusterIPs ?? null, 'may not change once set')
  if (before.loadBalancerClass !== undefined && before.type === 'LoadBalancer' && spec.type === 'LoadBalancer')
    immutable(spec.loadBalancerClass, before.loadBalancerClass, 'spec.loadBalancerClass', errors)
  validateService(object, errors)
}

export const serviceRules: Rules = { name: isDns1035Label, create: validateService, update: validateServiceUpdate }

// Node ------------------------------------------------------------------------------------------------------------------

function validateNode(object: AnyObject, errors: FieldErrors): void {
  const { spec, status } = object as unknown as Node
  validateTaints(spec?.taints ?? [], 'metadata.taints', errors)
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [name, amount] of Object.entries(status?.[list] ?? {}))
      resourceAmount(name, amount, `status.${list}[${name}]`, errors)
  for (const [i, cidr] of (spec?.podCIDRs ?? []).entries()) named(cidr, isCidr, `spec.podCIDRs[${i}]`, errors)
}

function validateNodeUpdate(object: AnyObject, previous: AnyObject, errors: FieldErrors): void {
  validateNode(object, errors)
  const spec = (object as unknown as Node).spec ?? {}
  const before = (previous as unknown as Node).spec ?? {}
  if ((before.podCIDRs?.length ?? 0) > 0 || before.podCIDR) {
    const next = spec.podCIDR && !spec.podCIDRs ? [spec.podCIDR] : (spec.podCIDRs ?? [])
    const old = before.podCIDRs ?? (before.podCIDR ? [before.podCIDR] : [])
    const isSame = equalJson(next, old) && (spec.podCIDR ?? '') === (before.podCIDR ?? '')
    if (!isSame) errors.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
  }
  if (before.providerID && spec.providerID !== before.providerID)
    errors.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')
}

export const nodeRules: Rules = { name: isDns1123Subdomain, create: validateNode, update: validateNodeUpdate }

export const namespaceRules: Rules = {
  name: isDns1123Label,
  create: (object, errors) => {
    const { finalizers = [] } = (object['spec'] ?? {}) as { finalizers?: readonly string[] }
    for (const finalizer of finalizers) {
      named(finalizer, isQualifiedName, 'spec.finalizers', errors)
      if (!finalizer.includes('/') && finalizer !== 'kubernetes')
        errors.invalid('spec.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified')
    }
  },
}

// Configuration -----------------------------------------------------------------------------------------------------------

const MAX_BYTES = 1024 * 1024

type Texts = Readonly<Record<string, string>>

interface ConfigObject extends AnyObject {
  readonly data?: Texts
  readonly binaryData?: Texts
  readonly immutable?: boolean
  readonly type?: string
}

function validateConfigMap(object: AnyObject, errors: FieldErrors): void {
  const { data = {}, binaryData = {} } = object as ConfigObject
  let size = 0
  for (const key of Object.keys(data).sort()) {
    named(key, isConfigMapKey, `data[${key}]`, errors)
    if (key in binaryData) errors.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')
    size += data[key]!.length
  }
  for (const key of Object.keys(binaryData).sort()) {
    named(key, isConfigMapKey, `binaryData[${key}]`, errors)
    size += binaryData[key]!.length
  }
  if (size > MAX_BYTES) errors.tooLong('', MAX_BYTES)
}

function validateImmutable(object: AnyObject, previous: AnyObject, errors: FieldErrors): void {
  const [next, before] = [object as ConfigObject, previous as ConfigObject]
  if (!before.immutable) return
  const why = 'field is immutable when `immutable` is set'
  if (!next.immutable) errors.forbidden('immutable', why)
  if (!equalJson(next.data ?? {}, before.data ?? {})) errors.forbidden('data', why)
  if (!equalJson(next.binaryData ?? {}, before.binaryData ?? {})) errors.forbidden('binaryData', why)
}

export const configMapRules: Rules = {
  name: isDns1123Subdomain,
  create: validateConfigMap,
  update: (object, previous, errors) => {
    validateImmutable(object, previous, errors)
    validateConfigMap(object, errors)
  },
}

/** What a type of Secret must hold. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

function validateSecret(object: AnyObject, errors: FieldErrors): void {
  const { data = {}, type = 'Opaque', metadata } = object as ConfigObject
  let size = 0
  for (const key of Object.keys(data).sort()) {
    named(key, isConfigMapKey, `data[${key}]`, errors)
    if (base64Problem(data[key]!) === undefined) size += Math.floor((data[key]!.length * 3) / 4)
  }
  if (size > MAX_BYTES) errors.tooLong('data', MAX_BYTES)
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.['kubernetes.io/service-account.name'])
    errors.required('metadata.annotations[kubernetes.io/service-account.name]')
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    errors.required('data[username]')
    errors.required('data[password]')
  }
  for (const key of SECRET_KEYS[type] ?? []) if (data[key] === undefined) errors.required(`data[${key}]`)
}

export const secretRules: Rules = {
  name: isDns1123Subdomain,
  create: validateSecret,
  update: (object, previous, errors) => {
    immutable((object as ConfigObject).type, (previous as ConfigObject).type, 'type', errors)
    validateImmutable(object, previous, errors)
    validateSecret(object, errors)
  },
}

// Quotas and limits -------------------------------------------------------------------------------------------------------

interface QuotaSpec {
  readonly hard?: ResourceList
  readonly scopes?: readonly string[]
  readonly scopeSelector?: {
    readonly matchExpressions?: readonly {
      readonly scopeName?: string
      readonly operator?: string
      readonly values?: readonly string[]
    }[]
  }
}

const SCOPES: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
])

function validateQuota(object: AnyObject, errors: FieldErrors): void {
  const { hard = {}, scopes = [], scopeSelector } = (object['spec'] ?? {}) as QuotaSpec
  for (const name of Object.keys(hard).sort()) {
    quotaResourceName(name, `spec.hard[${name}]`, errors)
    resourceAmount(name, hard[name]!, `spec.hard[${name}]`, errors)
  }
  for (const scope of scopes) if (!SCOPES.has(scope)) errors.invalid('spec.scopes', scopes, 'unsupported scope')
  if (scopes.includes('BestEffort') && scopes.includes('NotBestEffort'))
    errors.invalid('spec.scopes', scopes, 'conflicting scopes')
  if (scopes.includes('Terminating') && scopes.includes('NotTerminating'))
    errors.invalid('spec.scopes', scopes, 'conflicting scopes')
  for (const { scopeName = '', operator, values = [] } of scopeSelector?.matchExpressions ?? []) {
    const path = 'spec.scopeSelector.matchExpressions'
    if (!SCOPES.has(scopeName)) errors.invalid(`${path}.scopeName`, scopeName, 'unsupported scope')
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.invalid(
          `${path}.values`,
          values,
          "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector",
        )
    } else errors.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  }
}

export const quotaRules: Rules = {
  name: isDns1123Subdomain,
  create: validateQuota,
  update: (object, previous, errors) => {
    validateQuota(object, errors)
    immutable((object['spec'] as QuotaSpec).scopes, (previous['spec'] as QuotaSpec).scopes, 'spec.scopes', errors)
  },
}

interface Limit {
  readonly type?: string
  readonly max?: ResourceList
  readonly min?: ResourceList
  readonly default?: ResourceList
  readonly defaultRequest?: ResourceList
  readonly maxLimitRequestRatio?: ResourceList
}

function validateLimitRange(object: AnyObject, errors: FieldErrors): void {
  const limits = ((object['spec'] ?? {}) as { limits?: readonly Limit[] | null }).limits ?? []
  const types = new Set<string>()
  for (const [i, limit] of limits.entries()) {
    const path = `spec.limits[${i}]`
    const { type = '' } = limit
    named(type, isQualifiedName, `${path}.type`, errors)
    if (types.has(type)) errors.duplicate(`${path}.type`, type)
    types.add(type)
    validateLimit(limit, type, path, errors)
  }
}

function validateLimit(limit: Limit, type: string, path: string, errors: FieldErrors): void {
  const { max = {}, min = {}, default: defaults = {}, defaultRequest = {}, maxLimitRequestRatio = {} } = limit
  const names = new Set<string>()
  for (const field of ['max', 'min'] as const)
    for (const name of Object.keys(limit[field] ?? {}).sort()) {
      limitRangeResourceName(type, name, `${path}.${field}[${name}]`, errors)
      names.add(name)
    }
  if (type === 'Pod') {
    if (Object.keys(defaults).length > 0) errors.forbidden(`${path}.default`, "may not be specified when `type` is 'Pod'")
    if (Object.keys(defaultRequest).length > 0)
      errors.forbidden(`${path}.defaultRequest`, "may not be specified when `type` is 'Pod'")
  } else
    for (const field of ['default', 'defaultRequest'] as const)
      for (const name of Object.keys(limit[field] ?? {}).sort()) {
        limitRangeResourceName(type, name, `${path}.${field}[${name}]`, errors)
        names.add(name)
      }
  if (type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined)
    errors.required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided')
  for (const name of Object.keys(maxLimitRequestRatio).sort()) {
    limitRangeResourceName(type, name, `${path}.maxLimitRequestRatio[${name}]`, errors)
    names.add(name)
  }
  const above = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0
  for (const name of names) {
    const request = defaultRequest[name]
    const fallback = defaults[name]
    if (above(min[name], max[name]))
      errors.invalid(`${path}.min[${name}]`, min[name], `min value ${min[name]} is greater than max value ${max[name]}`)
    if (above(min[name], request))
      errors.invalid(
        `${path}.defaultRequest[${name}]`,
        request,
        `min value ${min[name]} is greater than default request value ${request}`,
      )
    if (above(request, max[name]))
      errors.invalid(
        `${path}.defaultRequest[${name}]`,
        request,
        `default request value ${request} is greater than max value ${max[name]}`,
      )
    if (above(request, fallback))
      errors.invalid(
        `${path}.defaultRequest[${name}]`,
        request,
        `default request value ${request} is greater than default limit value ${fallback}`,
      )
    if (above(min[name], fallback))
      errors.invalid(`${path}.default[${name}]`, min[name], `min value ${min[name]} is greater than default value ${fallback}`)
    if (above(fallback, max[name]))
      errors.invalid(`${path}.default[${name}]`, max[name], `default value ${fallback} is greater than max value ${max[name]}`)
    const ratio = maxLimitRequestRatio[name]
    if (ratio !== undefined && compareQuantities(ratio, '1') < 0)
      errors.invalid(`${path}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`)
  }
}

export const limitRangeRules: Rules = {
  name: isDns1123Subdomain,
  create: validateLimitRange,
  update: (object, _previous, errors) => validateLimitRange(object, errors),
}

// Endpoints ---------------------------------------------------------------------------------------------------------------

interface Subset {
  readonly addresses?: readonly { readonly ip?: string }[]
  readonly notReadyAddresses?: readonly { readonly ip?: string }[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
}

function validateEndpoints(object: AnyObject, errors: FieldErrors): void {
  for (const [i, subset] of ((object['subsets'] ?? []) as readonly Subset[]).entries()) {
    const path = `subsets[${i}]`
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset
    if (addresses.length + notReadyAddresses.length === 0)
      errors.required(path, 'must specify `addresses` or `notReadyAddresses`')
    for (const [j, { ip = '' }] of addresses.entries()) named(ip, isIp, `${path}.addresses[${j}].ip`, errors)
    for (const [j, { ip = '' }] of notReadyAddresses.entries()) named(ip, isIp, `${path}.notReadyAddresses[${j}].ip`, errors)
    for (const [j, { name, port = 0, protocol }] of ports.entries()) {
      const own = `${path}.ports[${j}]`
      if (ports.length > 1 && !name) errors.required(`${own}.name`)
      else if (name) named(name, isDns1123Label, `${own}.name`, errors)
      for (const problem of isPortNumber(port)) errors.invalid(`${own}.port`, port, problem)
      oneOf(protocol, ['SCTP', 'TCP', 'UDP'], `${own}.protocol`, errors)
    }
  }
}

export const endpointsRules: Rules = {
  name: isDns1123Subdomain,
  create: validateEndpoints,
  update: (object, _previous, errors) => validateEndpoints(object, errors),
}
