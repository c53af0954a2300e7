import type { Kernel } from '../../kernel/kernel.ts'
import type { StatusCause } from '../api/status.ts'
import { equalJson } from '../api/json-value.ts'
import type { AnyObject, Service, ServicePort } from '../api/types.ts'
import type { Store } from '../etcd/store.ts'
import { FieldErrors } from './validation/field-errors.ts'
import { isIpv6, parseIpv4 } from './validation/names.ts'

/**
 * Cluster IPs and node ports. What is taken is read off the stored Services. Models pkg/registry/core/service (v1.35).
 * Simplified: IPv4 single-stack ranges; no IPAddress objects are kept.
 */

export type ServiceSpec = Service['spec'] & {
  readonly ipFamilies?: readonly string[]
  readonly ipFamilyPolicy?: string
  readonly allocateLoadBalancerNodePorts?: boolean
  readonly loadBalancerClass?: string
}

export type Allocated = { readonly object: AnyObject } | { readonly causes: readonly StatusCause[] }

const DEFAULT_SERVICE_CIDR = '10.96.0.0/16'
const NODE_PORT_MIN = 30_000
const NODE_PORT_MAX = 32_767
/** Below it only ports that were asked for by number are given out. */
const NODE_PORT_STATIC_BAND = 86

const specOf = (object: AnyObject | undefined): ServiceSpec | undefined => object?.['spec'] as ServiceSpec | undefined

export const needsClusterIp = ({ type }: ServiceSpec): boolean =>
  type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
export const isExternallyReachable = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer'
const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

/** Copies without the named fields. */
function omit(spec: ServiceSpec, ...fields: readonly (keyof ServiceSpec)[]): ServiceSpec {
  const out: Record<string, unknown> = { ...spec }
  for (const field of fields) delete out[field]
  return out
}

/** `clusterIP` and `clusterIPs` say the same; a client may write only one. */
function withClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
  const { clusterIP = '', clusterIPs = [] } = spec
  if (!old) return clusterIP !== '' && clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec
  const ipChanged = clusterIP !== (old.clusterIP ?? '')
  const ipsSame = equalJson(clusterIPs, old.clusterIPs ?? [])
  if (!ipChanged || !ipsSame) return spec
  if (clusterIP === '' && (old.clusterIP ?? '') !== '') return omit(spec, 'clusterIP', 'clusterIPs')
  return { ...spec, clusterIPs: [clusterIP, ...clusterIPs.slice(1)] }
}

/** Before validation: what an update need not repeat is taken over, what the new type cannot have is dropped. */
export function prepareService(object: AnyObject, previous: AnyObject | undefined): AnyObject {
  const given = specOf(object)
  if (!given) return object
  const old = specOf(previous)
  let spec = withClusterIps(given, old)
  if (old) spec = withoutForeignFields(withOldAllocations(spec, old), old)
  return spec === given ? object : { ...object, spec }
}

function withOldAllocations(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let out = spec
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!out.clusterIP && old.clusterIP) out = { ...out, clusterIP: old.clusterIP }
    if (!out.clusterIPs?.length && old.clusterIPs && out.clusterIP === old.clusterIP) out = { ...out, clusterIPs: old.clusterIPs }
    if (!out.ipFamilies?.length && old.ipFamilies) out = { ...out, ipFamilies: old.ipFamilies }
    if (!out.ipFamilyPolicy && old.ipFamilyPolicy) out = { ...out, ipFamilyPolicy: old.ipFamilyPolicy }
  }
  if (needsNodePort(old) && needsNodePort(spec)) {
    const keyed = new Map((old.ports ?? []).map((port) => [`${port.protocol} ${port.port}`, port.nodePort]))
    const taken = new Set((out.ports ?? []).map((port) => port.nodePort))
    const ports = (out.ports ?? []).map((port) => {
      const nodePort = keyed.get(`${port.protocol} ${port.port}`)
      return port.nodePort || !nodePort || taken.has(nodePort) ? port : { ...port, nodePort }
    })
    out = { ...out, ports }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !out.healthCheckNodePort && old.healthCheckNodePort)
    out = { ...out, healthCheckNodePort: old.healthCheckNodePort }
  return out
}

function withoutNodePort(port: ServicePort): ServicePort {
  const { nodePort: _, ...rest } = port
  return rest
}

const nodePorts = (spec: ServiceSpec): readonly number[] => (spec.ports ?? []).map(({ nodePort = 0 }) => nodePort)

function withoutForeignFields(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let out = spec
  if (needsClusterIp(old) && !needsClusterIp(spec) && equalJson(spec.clusterIPs ?? [], old.clusterIPs ?? []))
    out = omit(out, 'clusterIP', 'clusterIPs')
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (equalJson(spec.ipFamilies, old.ipFamilies)) out = omit(out, 'ipFamilies')
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) out = omit(out, 'ipFamilyPolicy')
  }
  if (needsNodePort(old) && !needsNodePort(spec) && equalJson(nodePorts(spec), nodePorts(old)))
    out = { ...out, ports: (out.ports ?? []).map(withoutNodePort) }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort)
    out = omit(out, 'healthCheckNodePort')
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) out = omit(out, 'allocateLoadBalancerNodePorts')
    if (spec.loadBalancerClass === old.loadBalancerClass) out = omit(out, 'loadBalancerClass')
  }
  if (isExternallyReachable(old) && !isExternallyReachable(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy)
    out = omit(out, 'externalTrafficPolicy')
  return out
}

// Cluster IPs -----------------------------------------------------------------------------------------------------------

interface Range {
  readonly first: number
  readonly size: number
}

const toNumber = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0)
const toText = (value: number): string => [16_777_216, 65_536, 256, 1].map((unit) => Math.floor(value / unit) % 256).join('.')

function serviceRange(store: Store): Range {
  let cidr = DEFAULT_SERVICE_CIDR
  for (const object of store.scan('servicecidrs.networking.k8s.io')) {
    const cidrs = (object['spec'] as { cidrs?: readonly string[] } | undefined)?.cidrs ?? []
    const ipv4 = cidrs.find((text) => parseIpv4(text.split('/')[0] ?? ''))
    if (ipv4) cidr = ipv4
  }
  const [address = '', bits = '16'] = cidr.split('/')
  const size = 2 ** (32 - Number(bits))
  const base = toNumber(parseIpv4(address) ?? [10, 96, 0, 0])
  return { first: base - (base % size), size }
}

function takenIps(store: Store, except: AnyObject): ReadonlySet<string> {
  const taken = new Set<string>()
  for (const object of store.scan('services')) {
    if (object.metadata.uid === except.metadata.uid) continue
    for (const ip of specOf(object)?.clusterIPs ?? []) if (ip !== 'None') taken.add(ip)
  }
  return taken
}

function randomIp({ first, size }: Range, taken: ReadonlySet<string>, kernel: Kernel): string | undefined {
  // Network and broadcast address are never given out; the lower band only on request, or when the rest is full.
  const usable = size - 2
  const staticBand = Math.min(Math.max(16, Math.floor(usable / 16)), 256)
  const bands = [
    { low: staticBand + 1, high: usable },
    { low: 1, high: staticBand },
  ]
  for (const { low, high } of bands) {
    const count = high - low + 1
    const start = kernel.rng('service-ip').int(count)
    for (let step = 0; step < count; step++) {
      const ip = toText(first + low + ((start + step) % count))
      if (!taken.has(ip)) return ip
    }
  }
  return undefined
}

function withAllocatedIp(object: AnyObject, spec: ServiceSpec, store: Store, kernel: Kernel, errors: FieldErrors): ServiceSpec {
  const [given = ''] = spec.clusterIPs ?? []
  if (given === 'None') return spec
  const range = serviceRange(store)
  const taken = takenIps(store, object)
  if (given === '') {
    const ip = randomIp(range, taken, kernel)
    if (ip !== undefined) return { ...spec, clusterIP: ip, clusterIPs: [ip] }
    errors.invalid('spec.clusterIPs', spec.clusterIPs ?? null, 'failed to allocate IP: range is full')
    return spec
  }
  const number = toNumber(parseIpv4(given) ?? [])
  const fail = (why: string): void => errors.invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${given}: ${why}`)
  if (isIpv6(given) || number <= range.first || number >= range.first + range.size - 1)
    fail('the provided network does not match the current range')
  else if (taken.has(given)) fail('provided IP is already allocated')
  return spec
}

// Node ports --------------------------------------------------------------------------------------------------------------

function takenNodePorts(store: Store, except: AnyObject): Set<number> {
  const taken = new Set<number>()
  for (const object of store.scan('services')) {
    if (object.metadata.uid === except.metadata.uid) continue
    const spec = specOf(object)
    for (const { nodePort } of spec?.ports ?? []) if (nodePort) taken.add(nodePort)
    if (spec?.healthCheckNodePort) taken.add(spec.healthCheckNodePort)
  }
  return taken
}

function randomNodePort(taken: ReadonlySet<number>, kernel: Kernel): number | undefined {
  const bands = [
    { low: NODE_PORT_MIN + NODE_PORT_STATIC_BAND, high: NODE_PORT_MAX },
    { low: NODE_PORT_MIN, high: NODE_PORT_MIN + NODE_PORT_STATIC_BAND - 1 },
  ]
  for (const { low, high } of bands) {
    const count = high - low + 1
    const start = kernel.rng('service-ip').int(count)
    for (let step = 0; step < count; step++) {
      const port = low + ((start + step) % count)
      if (!taken.has(port)) return port
    }
  }
  return undefined
}

function nodePortProblem(port: number, taken: ReadonlySet<number>): string | undefined {
  if (port < NODE_PORT_MIN || port > NODE_PORT_MAX)
    return `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`
  return taken.has(port) ? 'provided port is already allocated' : undefined
}

function withAllocatedNodePorts(
  object: AnyObject,
  spec: ServiceSpec,
  store: Store,
  kernel: Kernel,
  errors: FieldErrors,
): ServiceSpec {
  const taken = takenNodePorts(store, object)
  // One number may serve two protocols of the same Service.
  const own = new Map<number, Set<string>>()
  const ports: ServicePort[] = []
  for (const [i, port] of (spec.ports ?? []).entries()) {
    const { protocol = 'TCP' } = port
    let { nodePort = 0 } = port
    if (nodePort !== 0) {
      const protocols = own.get(nodePort)
      const problem = protocols && !protocols.has(protocol) ? undefined : nodePortProblem(nodePort, taken)
      if (problem) {
        errors.invalid(`spec.ports[${i}].nodePort`, nodePort, problem)
        return spec
      }
    } else {
      // Another protocol of the same port takes the same number, if it can.
      const twin = ports.find((other) => other.port === port.port && other.protocol !== protocol && other.nodePort)
      nodePort = twin?.nodePort ?? randomNodePort(taken, kernel) ?? 0
    }
    taken.add(nodePort)
    own.set(nodePort, (own.get(nodePort) ?? new Set()).add(protocol))
    ports.push({ ...port, nodePort })
  }
  return { ...spec, ports }
}

/** After validation: fills in what the server chooses. Nothing is changed that is already right. */
export function allocateServiceAddresses(
  object: AnyObject,
  previous: AnyObject | undefined,
  store: Store,
  kernel: Kernel,
): Allocated {
  const given = specOf(object)
  if (!given) return { object }
  const errors = new FieldErrors()
  let spec = given
  const old = specOf(previous)
  if (needsClusterIp(spec)) {
    if (!spec.ipFamilies?.length || !spec.ipFamilyPolicy)
      spec = {
        ...spec,
        ipFamilies: spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4'],
        ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
      }
    if (!old || !needsClusterIp(old) || !old.clusterIP) spec = withAllocatedIp(object, spec, store, kernel, errors)
    if (needsNodePort(spec) && errors.isEmpty && !equalJson(spec.ports, needsNodePort(old ?? {}) ? old?.ports : undefined))
      spec = withAllocatedNodePorts(object, spec, store, kernel, errors)
    if (needsHealthCheckPort(spec) && errors.isEmpty) {
      const taken = takenNodePorts(store, object)
      if (!spec.healthCheckNodePort) {
        const port = randomNodePort(taken, kernel)
        if (port !== undefined) spec = { ...spec, healthCheckNodePort: port }
      } else {
        const problem =
          spec.healthCheckNodePort === old?.healthCheckNodePort ? undefined : nodePortProblem(spec.healthCheckNodePort, taken)
        if (problem)
          errors.invalid(
            'spec.healthCheckNodePort',
            spec.healthCheckNodePort,
            `failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${problem}`,
          )
      }
    }
  }
  if (!errors.isEmpty) return { causes: errors.causes }
  return { object: spec === given ? object : { ...object, spec } }
}
