import { addQuantities, compareQuantities } from '../../api/quantity.ts'
import type { Container, Handler, Pod, PodSpec, Probe, ResourceList, ResourceRequirements, Volume } from '../../api/types.ts'
import { each, fill, within } from './fill.ts'

/** Defaults of Pods and Pod templates. Models pkg/apis/core/v1/defaults.go (v1.35). */

/** The tag of an image's name: `latest` if none is written, '' beside a digest. */
function imageTag(image: string): string {
  const [name = '', digest] = image.split('@')
  const colon = name.lastIndexOf(':')
  const tag = colon > name.lastIndexOf('/') ? name.slice(colon + 1) : ''
  return tag === '' && digest === undefined && image !== '' ? 'latest' : tag
}

const withHttpDefaults = <T extends Handler>(handler: T): T =>
  within(handler, 'httpGet', (httpGet) => fill(httpGet, { path: '/', scheme: 'HTTP' }))

const withProbeDefaults = (probe: Probe): Probe =>
  within(
    fill(withHttpDefaults(probe), { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
    'grpc',
    (grpc) => fill(grpc, { service: '' }),
  )

function withContainerDefaults(container: Container): Container {
  let out = fill(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent',
  })
  out = within(out, 'ports', (ports) => each(ports, (port) => fill(port, { protocol: 'TCP' })))
  out = within(out, 'env', (env) =>
    each(env, (variable) =>
      within(variable, 'valueFrom', (source) =>
        within(
          within(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })),
          'resourceFieldRef',
          (ref) => fill(ref, { divisor: '0' }),
        ),
      ),
    ),
  )
  out = within(out, 'livenessProbe', withProbeDefaults)
  out = within(out, 'readinessProbe', withProbeDefaults)
  out = within(out, 'startupProbe', withProbeDefaults)
  return within(out, 'lifecycle', (lifecycle) =>
    within(within(lifecycle, 'postStart', withHttpDefaults), 'preStop', withHttpDefaults),
  )
}

interface DownwardItem {
  readonly fieldRef?: { readonly apiVersion?: string }
  readonly resourceFieldRef?: { readonly divisor?: string }
}
interface ProjectedSource {
  readonly serviceAccountToken?: { readonly expirationSeconds?: number }
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] }
}
type SourcedVolume = Volume & {
  readonly projected?: { readonly sources?: readonly ProjectedSource[] | null; readonly defaultMode?: number }
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[]; readonly defaultMode?: number }
  readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly spec: object } }
  readonly iscsi?: object
  readonly rbd?: object
  readonly azureDisk?: object
  readonly scaleIO?: object
}

const withDownwardDefaults = (item: DownwardItem): DownwardItem =>
  within(
    within(item, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })),
    'resourceFieldRef',
    (ref) => fill(ref, { divisor: '0' }),
  )

const withSourceDefaults = (source: ProjectedSource): ProjectedSource =>
  within(
    within(source, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 })),
    'downwardAPI',
    (downward) => within(downward, 'items', (items) => each(items, withDownwardDefaults)),
  )

const MODE = { defaultMode: 0o644 }

function withVolumeDefaults(volume: Volume): Volume {
  let out = volume as SourcedVolume
  if (!Object.keys(volume).some((key) => key !== 'name' && volume[key] !== undefined && volume[key] !== null))
    out = { ...out, emptyDir: {} }
  out = within(out, 'configMap', (source) => fill(source, MODE))
  out = within(out, 'secret', (source) => fill(source, MODE))
  out = within(out, 'hostPath', (source) => fill(source, { type: '' }))
  out = within(out, 'downwardAPI', (source) => within(fill(source, MODE), 'items', (items) => each(items, withDownwardDefaults)))
  out = within(out, 'projected', (source) =>
    within(fill(source, MODE), 'sources', (sources) => each(sources, withSourceDefaults)),
  )
  out = within(out, 'ephemeral', (source) =>
    within(source, 'volumeClaimTemplate', (template) =>
      within(template, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' })),
    ),
  )
  out = within(out, 'iscsi', (source) => fill(source, { iscsiInterface: 'default' }))
  out = within(out, 'rbd', (source) => fill(source, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }))
  out = within(out, 'azureDisk', (source) =>
    fill(source, { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false }),
  )
  return within(out, 'scaleIO', (source) => fill(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' }))
}

/** What Pods and templates share. */
function withPodSpecDefaults(spec: PodSpec): PodSpec {
  let out = fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  })
  // The deprecated twin of the field follows it, and stands in for it.
  const account = out.serviceAccountName ?? out.serviceAccount
  if (account !== undefined && (out.serviceAccount !== account || out.serviceAccountName !== account))
    out = { ...out, serviceAccountName: account, serviceAccount: account }
  out = within(out, 'volumes', (volumes) => each(volumes, withVolumeDefaults))
  out = within(out, 'containers', (containers) => each(containers, withContainerDefaults))
  out = within(out, 'initContainers', (containers) => each(containers, withContainerDefaults))
  return within(out, 'ephemeralContainers', (containers) => each(containers, withContainerDefaults))
}

export const withTemplateDefaults = <T extends { readonly spec: PodSpec }>(template: T): T =>
  within(template, 'spec', withPodSpecDefaults as (spec: NonNullable<T['spec']>) => T['spec'])

/** A limit without a request asks for what it limits. */
const withRequests = (container: Container): Container =>
  within(container, 'resources', (resources) => {
    if (!resources.limits) return resources
    const requests = fill(resources.requests ?? {}, resources.limits)
    return requests === resources.requests ? resources : { ...resources, requests }
  })

const withHostPorts = (container: Container): Container =>
  within(container, 'ports', (ports) => each(ports, (port) => (port.hostPort ? port : { ...port, hostPort: port.containerPort })))

const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

function sumOfRequests(spec: PodSpec): ResourceList {
  const sum: Record<string, string> = {}
  for (const { resources } of spec.containers)
    for (const [name, value] of Object.entries(resources?.requests ?? {})) sum[name] = addQuantities(sum[name], value)
  for (const container of spec.initContainers ?? [])
    for (const [name, value] of Object.entries(container.resources?.requests ?? {})) {
      if (container.restartPolicy === 'Always') sum[name] = addQuantities(sum[name], value)
      else if (compareQuantities(value, sum[name]) > 0) sum[name] = value
    }
  return sum
}

function withPodLevelRequests(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  if (!resources.limits) return resources
  const fromContainers = Object.fromEntries(Object.entries(sumOfRequests(spec)).filter(([name]) => isPodLevel(name)))
  const fromLimits = Object.fromEntries(Object.entries(resources.limits).filter(([name]) => isPodLevel(name)))
  const requests = fill(fill(resources.requests ?? {}, fromContainers), fromLimits)
  return requests === resources.requests ? resources : { ...resources, requests }
}

export function withPodDefaults(pod: Pod): Pod {
  return within(pod, 'spec', (given) => {
    let spec = fill(withPodSpecDefaults(given), { enableServiceLinks: true })
    spec = within(spec, 'containers', (containers) => each(containers, withRequests))
    spec = within(spec, 'initContainers', (containers) => each(containers, withRequests))
    if (spec.hostNetwork) {
      spec = within(spec, 'containers', (containers) => each(containers, withHostPorts))
      spec = within(spec, 'initContainers', (containers) => each(containers, withHostPorts))
    }
    const complete = spec
    return within(spec, 'resources', (resources) => withPodLevelRequests(complete, resources))
  })
}
