import { isWholeQuantity } from '../api/quantity.ts'
import type { Resource } from '../api/resources.ts'
import type { AnyObject, Container, ContainerPort, Pod, PodSpec, PodTemplateSpec, Service } from '../api/types.ts'
import { isDns1123Label } from './validation/names.ts'

/** `Warning:` headers: what is allowed but surprising. Models pkg/api/pod/warnings.go and the strategies' WarningsOnCreate (v1.35). */

/** Node labels that have had other names for long. */
const RENAMED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

/** Where DNS labels are the better names. */
const NAMED_AFTER: ReadonlySet<string> = new Set([
  'deployments.apps',
  'replicasets.apps',
  'daemonsets.apps',
  'statefulsets.apps',
  'jobs.batch',
  'replicationcontrollers',
])

const NAME_WARNING =
  'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: '

interface Templated extends AnyObject {
  readonly spec?: {
    readonly template?: PodTemplateSpec
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } }
  }
  readonly template?: PodTemplateSpec
}

export function warningsFor(resource: Resource, object: AnyObject, previous: AnyObject | undefined): readonly string[] {
  const warnings: string[] = []
  if (!previous && NAMED_AFTER.has(resource.key)) {
    const problems = isDns1123Label(object.metadata.name)
    if (problems.length > 0) warnings.push(`${NAME_WARNING}[${problems.join(' ')}]`)
  }
  const { spec, template } = object as Templated
  if (resource.key === 'pods') podWarnings((object as unknown as Pod).spec, 'spec', warnings)
  else if (resource.key === 'services') serviceWarnings(object as unknown as Service, warnings)
  else if (resource.key === 'cronjobs.batch')
    templateWarnings(spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template', warnings)
  else if (resource.key === 'podtemplates') templateWarnings(template, 'template', warnings)
  else if (
    spec?.template &&
    (resource.group === 'apps' || resource.group === 'batch' || resource.key === 'replicationcontrollers')
  )
    templateWarnings(spec.template, 'spec.template', warnings)
  return warnings
}

function templateWarnings(template: PodTemplateSpec | undefined, path: string, warnings: string[]): void {
  if (template?.spec) podWarnings(template.spec, `${path}.spec`, warnings)
}

function podWarnings(spec: PodSpec, path: string, warnings: string[]): void {
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort())
    if (key in RENAMED_LABELS) warnings.push(`${path}.nodeSelector[${key}]: ${RENAMED_LABELS[key]}`)
  for (const [i, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const at = `${path}.topologySpreadConstraints[${i}]`
    const renamed = RENAMED_LABELS[constraint.topologyKey]
    if (renamed) warnings.push(`${at}.topologyKey: ${constraint.topologyKey} is ${renamed}`)
    if (!constraint.labelSelector) warnings.push(`${at}.labelSelector: a null labelSelector results in matching no pod`)
  }
  for (const [i, volume] of (spec.volumes ?? []).entries())
    if (volume['gitRepo']) warnings.push(`${path}.volumes[${i}].gitRepo: deprecated in v1.11`)
  duplicates(
    spec.imagePullSecrets ?? [],
    ({ name = '' }) => name,
    (i, name) => warnings.push(`${path}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`),
  )
  for (const [i, { name = '' }] of (spec.imagePullSecrets ?? []).entries())
    if (name === '') warnings.push(`${path}.imagePullSecrets[${i}].name: invalid empty name ""`)
  const containers: readonly (readonly [Container, string])[] = (
    ['initContainers', 'containers', 'ephemeralContainers'] as const
  ).flatMap((key) => (spec[key] ?? []).map((container, i) => [container, `${path}.${key}[${i}]`] as const))
  for (const [container, at] of containers) containerWarnings(container, at, warnings)
  portWarnings(containers, warnings)
  if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0)
    warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
}

function duplicates<T>(list: readonly T[], keyOf: (item: T) => string, found: (index: number, key: string) => void): void {
  const seen = new Set<string>()
  for (const [i, item] of list.entries()) {
    const key = keyOf(item)
    if (seen.has(key)) found(i, key)
    seen.add(key)
  }
}

function containerWarnings({ resources, env = [] }: Container, path: string, warnings: string[]): void {
  for (const name of ['memory', 'ephemeral-storage'])
    for (const kind of ['limits', 'requests'] as const) {
      const value = resources?.[kind]?.[name]
      if (value !== undefined && !isWholeQuantity(value))
        warnings.push(
          `${path}.resources.${kind}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`,
        )
    }
  duplicates(
    env,
    ({ name }) => name,
    (i, name) => {
      const { value = '', valueFrom } = env[i]!
      const reference = `$(${name})`
      if (valueFrom || value === reference || !value.includes(reference))
        warnings.push(
          `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        )
    },
  )
}

function portWarnings(containers: readonly (readonly [Container, string])[], warnings: string[]): void {
  const known = new Map<string, { readonly port: ContainerPort; readonly path: string }[]>()
  for (const [container, at] of containers)
    for (const [i, port] of (container.ports ?? []).entries()) {
      const path = `${at}.ports[${i}]`
      const key = `${port.containerPort}/${port.protocol}`
      const others = known.get(key) ?? []
      for (const other of others) {
        const isSame = (port.hostIP ?? '') === (other.port.hostIP ?? '') && (port.hostPort ?? 0) === (other.port.hostPort ?? 0)
        if (isSame) warnings.push(`${path}: duplicate port definition with ${other.path}`)
        else if (!port.hostPort || !other.port.hostPort) warnings.push(`${path}: overlapping port definition with ${other.path}`)
        else {
          const isAny = (ip: string | undefined): boolean => !ip || ip === '0.0.0.0' || ip === '::'
          if (port.hostPort === other.port.hostPort && (isAny(port.hostIP) || isAny(other.port.hostIP)))
            warnings.push(`${path}: dangerously ambiguous port definition with ${other.path}`)
        }
      }
      known.set(key, [...others, { port, path }])
    }
}

function serviceWarnings({ metadata, spec }: Service, warnings: string[]): void {
  if (metadata.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined)
    warnings.push(
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    )
  const isHeadless = spec.type === 'ClusterIP' && spec.clusterIP === 'None'
  const { loadBalancerIP, externalIPs } = spec as { loadBalancerIP?: string; externalIPs?: readonly string[] }
  if (isHeadless) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs?.length) warnings.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services')
  }
  if (spec.type === 'ExternalName' && externalIPs?.length)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (spec.type !== 'ExternalName' && spec.externalName)
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (spec.trafficDistribution === 'PreferClose')
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
}
