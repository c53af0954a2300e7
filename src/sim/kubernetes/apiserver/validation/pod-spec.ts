import { compareQuantities } from '../../api/quantity.ts'
import type { ObjectMeta, PodSpec, PodTemplateSpec } from '../../api/types.ts'
import { named, oneOf } from './common.ts'
import { type ContainerContext, validateContainers, validateId, validateProfile, validateResources } from './container.ts'
import type { FieldErrors } from './field-errors.ts'
import { inclusiveRange, isDns1123Label, isDns1123Subdomain, isIp, isQualifiedName } from './names.ts'
import { validateAnnotations, validateLabels } from './object-meta.ts'
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling-fields.ts'
import { validateVolumes } from './volume.ts'

/** Models pkg/apis/core/validation/validation.go ValidatePodSpec (v1.35). */

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const MAX_INT32 = 2_147_483_647

interface PodSecurity {
  readonly fsGroup?: number
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly supplementalGroups?: readonly number[]
  readonly sysctls?: readonly { readonly name?: string }[]
  readonly fsGroupChangePolicy?: string
  readonly seccompProfile?: { readonly type?: string; readonly localhostProfile?: string }
  readonly appArmorProfile?: { readonly type?: string; readonly localhostProfile?: string }
}
interface DnsConfig {
  readonly nameservers?: readonly string[]
  readonly searches?: readonly string[]
  readonly options?: readonly { readonly name?: string }[]
}
type WholeSpec = PodSpec & {
  readonly hostPID?: boolean
  readonly shareProcessNamespace?: boolean
  readonly hostAliases?: readonly { readonly ip?: string; readonly hostnames?: readonly string[] }[]
  readonly dnsConfig?: DnsConfig
}

export function validatePodSpec(given: PodSpec | undefined, path: string, errors: FieldErrors): void {
  const spec = (given ?? {}) as WholeSpec
  const context: ContainerContext = { spec, volumes: validateVolumes(spec.volumes ?? [], `${path}.volumes`, errors) }
  validateContainers(context, path, errors)
  validatePodResources(spec, `${path}.resources`, errors)
  validateHostPorts(spec, path, errors)
  oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`, errors)
  oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`, errors)
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors)
  validatePodSecurity(spec, `${path}.securityContext`, errors)
  for (const [i, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (name === undefined) errors.required(`${path}.imagePullSecrets[${i}].name`)
  validateAffinity(spec.affinity, `${path}.affinity`, errors)
  validateDnsConfig(spec, `${path}.dnsConfig`, errors)
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries())
    named(conditionType, isQualifiedName, `${path}.readinessGates[${i}].conditionType`, errors)
  validateGates(spec, `${path}.schedulingGates`, errors)
  validateTopologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`, errors)
  if (spec.serviceAccountName) named(spec.serviceAccountName, isDns1123Subdomain, `${path}.serviceAccountName`, errors)
  if (spec.nodeName) named(spec.nodeName, isDns1123Subdomain, `${path}.nodeName`, errors)
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    errors.invalid(`${path}.activeDeadlineSeconds`, deadline, inclusiveRange(1, MAX_INT32))
  if (spec.hostname) named(spec.hostname, isDns1123Label, `${path}.hostname`, errors)
  if (spec.subdomain) named(spec.subdomain, isDns1123Label, `${path}.subdomain`, errors)
  validateTolerations(spec.tolerations ?? [], `${path}.tolerations`, errors)
  for (const [i, { ip = '', hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    named(ip, isIp, `${path}.hostAliases[${i}].ip`, errors)
    for (const [j, hostname] of hostnames.entries())
      named(hostname, isDns1123Subdomain, `${path}.hostAliases[${i}].hostnames[${j}]`, errors)
  }
  if (spec.priorityClassName) named(spec.priorityClassName, isDns1123Subdomain, `${path}.priorityClassName`, errors)
  if (spec.runtimeClassName !== undefined) named(spec.runtimeClassName, isDns1123Subdomain, `${path}.runtimeClassName`, errors)
  oneOf(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`, errors)
  if (spec.overhead) validateResources({ limits: spec.overhead }, `${path}.overhead`, errors)
  if (spec.os) {
    if (!spec.os.name) errors.required(`${path}.os.name`)
    else oneOf(spec.os.name, ['linux', 'windows'], `${path}.os.name`, errors)
  }
}

function validatePodResources(spec: WholeSpec, path: string, errors: FieldErrors): void {
  const { resources } = spec
  if (!resources) return
  validateResources(resources, path, errors)
  for (const name of Object.keys({ ...resources.requests, ...resources.limits }).sort())
    if (name !== 'cpu' && name !== 'memory' && !name.startsWith('hugepages-'))
      errors.notSupported(`${path}.${resources.limits?.[name] === undefined ? 'requests' : 'limits'}[${name}]`, name, [
        'cpu',
        'hugepages-',
        'memory',
      ])
  for (const [i, container] of (spec.containers ?? []).entries())
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const most = resources.limits?.[name]
      if (most !== undefined && compareQuantities(limit, most) > 0)
        errors.invalid(`${path}.containers[${i}][${name}].limits`, limit, `must be less than or equal to pod limits of ${most}`)
    }
}

/** On the host's network a container's port is the host's. */
function validateHostPorts(spec: WholeSpec, path: string, errors: FieldErrors): void {
  if (!spec.hostNetwork) return
  for (const key of ['containers', 'initContainers'] as const)
    for (const [i, { ports = [] }] of (spec[key] ?? []).entries())
      for (const [j, { hostPort = 0, containerPort }] of ports.entries())
        if (hostPort !== containerPort && hostPort !== 0)
          errors.invalid(
            `${path}.${key}[${i}].ports[${j}].hostPort`,
            hostPort,
            'must match `containerPort` when `hostNetwork` is true',
          )
}

function validatePodSecurity(spec: WholeSpec, path: string, errors: FieldErrors): void {
  const context = (spec.securityContext ?? {}) as PodSecurity
  validateId(context.fsGroup, `${path}.fsGroup`, errors)
  validateId(context.runAsUser, `${path}.runAsUser`, errors)
  validateId(context.runAsGroup, `${path}.runAsGroup`, errors)
  for (const [i, group] of (context.supplementalGroups ?? []).entries())
    validateId(group, `${path}.supplementalGroups[${i}]`, errors)
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')
  for (const [i, { name }] of (context.sysctls ?? []).entries()) if (!name) errors.required(`${path}.sysctls[${i}].name`)
  oneOf(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`, errors)
  validateProfile(context.seccompProfile, 'seccomp', `${path}.seccompProfile`, errors)
  validateProfile(context.appArmorProfile, 'AppArmor', `${path}.appArmorProfile`, errors)
}

function validateDnsConfig({ dnsPolicy, dnsConfig }: WholeSpec, path: string, errors: FieldErrors): void {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) {
      errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')
      return
    }
    if (!dnsConfig.nameservers?.length) {
      errors.required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
      return
    }
  }
  if (!dnsConfig) return
  const { nameservers = [], searches = [], options = [] } = dnsConfig
  if (nameservers.length > 3) errors.invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers')
  for (const [i, nameserver] of nameservers.entries()) named(nameserver, isIp, `${path}.nameservers[${i}]`, errors)
  if (searches.length > 32) errors.invalid(`${path}.searches`, searches, 'must not have more than 32 search paths')
  for (const [i, { name }] of options.entries()) if (!name) errors.required(`${path}.options[${i}]`, 'must not be empty')
}

function validateGates({ schedulingGates = [] }: WholeSpec, path: string, errors: FieldErrors): void {
  const seen = new Set<string>()
  for (const [i, { name }] of schedulingGates.entries()) {
    named(name, isQualifiedName, `${path}[${i}]`, errors)
    if (seen.has(name)) errors.duplicate(`${path}[${i}]`, name)
    seen.add(name)
  }
}

/** Templates carry their labels and annotations at a path without `metadata`. */
export function validateTemplateMetadata(template: PodTemplateSpec | undefined, path: string, errors: FieldErrors): void {
  const metadata: Partial<ObjectMeta> = template?.metadata ?? {}
  validateLabels(metadata.labels, `${path}.labels`, errors)
  validateAnnotations(metadata.annotations, `${path}.annotations`, errors)
}

export function validatePodTemplate(template: PodTemplateSpec | undefined, path: string, errors: FieldErrors): void {
  validateTemplateMetadata(template, path, errors)
  validatePodSpec(template?.spec, `${path}.spec`, errors)
  if ((template?.spec?.ephemeralContainers?.length ?? 0) > 0)
    errors.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
}
