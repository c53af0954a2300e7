import { errorOf, type Failure } from '../failure.ts'
import { type Fields, fields, items, list, text } from '../fields.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { compact, intOrString } from './generator.ts'

/** What `expose` and `run --expose` say of the Service. */
export interface ServiceParams {
  readonly name: string
  readonly selector: string
  readonly labels: string
  /** Port numbers, with commas between them; empty for a headless Service without ports. */
  readonly ports: string
  /** Port to protocols, taken from the exposed object. */
  readonly protocols: ReadonlyMap<string, readonly string[]>
  readonly protocol: string
  readonly targetPort: string
  readonly type: string
  readonly externalIp: string
  readonly loadBalancerIp: string
  readonly sessionAffinity: string
  readonly clusterIp: string
}

/** `a=b,c=d`. Models expose.parseLabels. */
export function parseLabelSpec(spec: string): { readonly labels: Readonly<Record<string, string>> } | Failure {
  if (spec === '') return errorOf('no label spec passed')
  const labels: Record<string, string> = {}
  for (const pair of spec.split(',')) {
    const parts = pair.split('=')
    if (parts.length !== 2) return errorOf(`unexpected label spec: ${pair}`)
    if (parts[0] === '') return errorOf('unexpected empty label key')
    labels[parts[0]!] = parts[1]!
  }
  return { labels }
}

function portsOf(params: ServiceParams): readonly Fields[] | Failure {
  const out: { name: string; port: number; protocol: string }[] = []
  const numbers = params.ports === '' ? [] : params.ports.split(',')
  for (const [index, digits] of numbers.entries()) {
    if (!/^[+-]?\d+$/.test(digits)) return errorOf(`strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`)
    const port = Number(digits)
    const name = numbers.length > 1 ? `port-${index + 1}` : ''
    const known = params.protocol === '' ? (params.protocols.get(digits) ?? []) : []
    if (known.length > 1)
      for (const protocol of known) out.push({ name: `port-${index + 1}-${protocol.toLowerCase()}`, port, protocol })
    else out.push({ name, port, protocol: params.protocol || known[0] || 'TCP' })
  }
  return out.map(({ name, port, protocol }) =>
    compact({
      name: name || undefined,
      port,
      protocol,
      targetPort: params.targetPort === '' ? port : intOrString(params.targetPort),
    }),
  )
}

/** Models expose.createService and the service generator of `run` (v1.35). */
export function serviceObject(params: ServiceParams): Fields | Failure {
  if (params.selector === '') return errorOf('selector must be specified')
  const selector = parseLabelSpec(params.selector)
  if ('type' in selector) return selector
  const labels = params.labels === '' ? undefined : parseLabelSpec(params.labels)
  if (labels && 'type' in labels) return labels
  const ports = portsOf(params)
  if ('type' in ports) return ports
  if (params.sessionAffinity !== '' && params.sessionAffinity !== 'None' && params.sessionAffinity !== 'ClientIP')
    return errorOf(`unknown session affinity: ${params.sessionAffinity}`)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: compact({ name: params.name, labels: labels?.labels }),
    spec: compact({
      selector: selector.labels,
      ports,
      externalIPs: params.externalIp === '' ? undefined : [params.externalIp],
      type: params.type || undefined,
      loadBalancerIP: params.type === 'LoadBalancer' ? params.loadBalancerIp || undefined : undefined,
      sessionAffinity: params.sessionAffinity || undefined,
      clusterIP: params.clusterIp || undefined,
    }),
  }
}

const goType = ({ apiVersion, kind }: AnyObject): string => `*${apiVersion.split('/').at(-1)}.${kind}`

/** Sorted here; upstream walks a Go map. */
export const labelText = (labels: unknown): string =>
  Object.keys(fields(labels))
    .sort()
    .map((key) => `${key}=${text(fields(labels)[key])}`)
    .join(',')

/** Labels of the Pods behind an object, as text. Models polymorphichelpers.MapBasedSelectorForObject. */
export function selectorText(object: AnyObject): string | Failure {
  const spec = fields(object['spec'])
  const selector = fields(spec['selector'])
  switch (object.kind) {
    case 'ReplicationController':
      return labelText(selector)
    case 'Pod':
      return labelText(object.metadata.labels) || errorOf('the pod has no labels and cannot be exposed')
    case 'Service':
      return spec['selector'] ? labelText(selector) : errorOf('the service has no pod selector set')
    case 'Deployment':
    case 'ReplicaSet':
      if (Object.keys(fields(selector['matchLabels'])).length === 0)
        return errorOf(`invalid ${object.kind.toLowerCase()}: no selectors, therefore cannot be exposed`)
      if (list(selector['matchExpressions']).length > 0)
        return errorOf(`couldn't convert expressions - "${labelText(selector['matchExpressions'])}" to map-based selector format`)
      return labelText(selector['matchLabels'])
    default:
      return errorOf(`cannot extract pod selector from ${goType(object)}`)
  }
}

/** Ports of an object with their protocols, in the order in which they appear. */
export function exposedPorts(object: AnyObject): ReadonlyMap<string, readonly string[]> {
  const spec = fields(object['spec'])
  const podSpec = object.kind === 'Pod' ? spec : fields(fields(spec['template'])['spec'])
  const ports =
    object.kind === 'Service'
      ? items(spec['ports']).map((port) => [text(port['port']), text(port['protocol'])] as const)
      : items(podSpec['containers'])
          .flatMap((container) => items(container['ports']))
          .map((port) => [text(port['containerPort']), text(port['protocol'])] as const)
  const out = new Map<string, string[]>()
  for (const [port, protocol] of ports) {
    const known = out.get(port) ?? []
    out.set(port, known)
    known.push(protocol || 'TCP')
  }
  return out
}
