import { canonicalQuantity } from '../../api/quantity.ts'
import type { AnyObject, ResourceList } from '../../api/types.ts'
import { isExternallyReachable, type ServiceSpec } from '../service-allocation.ts'
import { each, fill, within } from './fill.ts'

/** Models pkg/apis/core/v1/defaults.go (v1.35). */

interface WithSpec extends AnyObject {
  readonly spec: Readonly<Record<string, unknown>>
}

export function withServiceDefaults(object: AnyObject): AnyObject {
  return within(object as AnyObject & { readonly spec: ServiceSpec }, 'spec', (given) => {
    let spec = fill(given, { sessionAffinity: 'None', type: 'ClusterIP' })
    if (spec.sessionAffinity === 'ClientIP')
      spec = within(fill(spec, { sessionAffinityConfig: {} }), 'sessionAffinityConfig', (config) =>
        within(fill(config, { clientIP: {} }), 'clientIP', (clientIp) => fill(clientIp, { timeoutSeconds: 10_800 })),
      )
    else if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig) {
      const { sessionAffinityConfig: _, ...rest } = spec
      spec = rest
    }
    spec = within(spec, 'ports', (ports) =>
      each(ports, (port) => {
        const named = fill(port, { protocol: 'TCP' })
        return named.targetPort === undefined || named.targetPort === 0 || named.targetPort === ''
          ? { ...named, targetPort: named.port }
          : named
      }),
    )
    if (isExternallyReachable(spec)) spec = fill(spec, { externalTrafficPolicy: 'Cluster' })
    if (spec.type !== 'ExternalName') spec = fill(spec, { internalTrafficPolicy: 'Cluster' })
    return spec.type === 'LoadBalancer' ? fill(spec, { allocateLoadBalancerNodePorts: true }) : spec
  })
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function utf8(text: string): readonly number[] {
  const bytes: number[] = []
  for (const c of text) {
    const code = c.codePointAt(0)!
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return bytes
}

function base64Encode(text: string): string {
  const bytes = utf8(text)
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    out += BASE64[bits >> 18]! + BASE64[(bits >> 12) & 63]!
    out += b === undefined ? '=' : BASE64[(bits >> 6) & 63]!
    out += c === undefined ? '=' : BASE64[bits & 63]!
  }
  return out
}

/** `stringData` is write-only: it ends up in `data`. */
export function withSecretDefaults(object: AnyObject): AnyObject {
  const secret = fill(object, { type: 'Opaque' })
  const { stringData, ...rest } = secret as AnyObject & { readonly stringData?: Readonly<Record<string, string>> }
  if (!stringData) return secret
  const encoded = Object.fromEntries(Object.entries(stringData).map(([key, text]) => [key, base64Encode(text)]))
  return { ...rest, data: { ...(rest['data'] as object | undefined), ...encoded } }
}

export const withNamespaceDefaults = (object: AnyObject): AnyObject => {
  const { name, labels } = object.metadata
  if (!name || labels?.['kubernetes.io/metadata.name'] === name) return object
  return { ...object, metadata: { ...object.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } } }
}

export const withClaimDefaults = (object: AnyObject): AnyObject =>
  within(object as WithSpec, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' }))

export const withVolumeDefaults = (object: AnyObject): AnyObject =>
  within(object as WithSpec, 'spec', (spec) =>
    within(
      fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }) as { readonly hostPath?: object },
      'hostPath',
      (hostPath) => fill(hostPath, { type: '' }),
    ),
  )

interface Limit {
  readonly type?: string
  readonly max?: ResourceList
  readonly min?: ResourceList
  readonly default?: ResourceList
  readonly defaultRequest?: ResourceList
}

/** A maximum is also the default; a default or a minimum also what is asked for. */
const withLimitDefaults = (limit: Limit): Limit => {
  if (limit.type !== 'Container') return limit
  const defaults = fill(limit.default ?? {}, limit.max ?? {})
  const requests = fill(fill(limit.defaultRequest ?? {}, defaults), limit.min ?? {})
  return {
    ...limit,
    ...(Object.keys(defaults).length > 0 ? { default: defaults } : {}),
    ...(Object.keys(requests).length > 0 ? { defaultRequest: requests } : {}),
  }
}

export const withLimitRangeDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly spec: { readonly limits?: readonly Limit[] } }, 'spec', (spec) =>
    within(spec, 'limits', (limits) => each(limits, withLimitDefaults)),
  )

interface EndpointsPort {
  readonly protocol?: string
}
export const withEndpointsDefaults = (object: AnyObject): AnyObject =>
  within(
    object as AnyObject & { readonly subsets?: readonly { readonly ports?: readonly EndpointsPort[] }[] },
    'subsets',
    (subsets) =>
      each(subsets, (subset) => within(subset, 'ports', (ports) => each(ports, (port) => fill(port, { protocol: 'TCP' })))),
  )

/** Allocatable is what there is, unless the node says less. */
export const withNodeDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly status?: { readonly capacity?: ResourceList } }, 'status', (status) =>
    status.capacity ? fill(status, { allocatable: canonicalList(status.capacity) }) : status,
  )

const canonicalList = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).map(([name, value]) => [name, canonicalQuantity(value) ?? value]))
