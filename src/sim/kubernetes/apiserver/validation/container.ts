import { compareQuantities } from '../../api/quantity.ts'
import type {
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  Handler,
  PodSpec,
  Probe,
  ResourceRequirements,
  VolumeMount,
} from '../../api/types.ts'
import { named, notNegative, oneOf, portNumberOrName } from './common.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStructText } from './go-struct.ts'
import { inclusiveRange, isConfigMapKey, isDns1123Label, isEnvName, isPortName, isPortNumber } from './names.ts'
import { allowsOvercommit, containerResourceName, resourceAmount } from './resource-names.ts'

/** Models pkg/apis/core/validation/validation.go (v1.35): what is said of containers. */

export interface ContainerContext {
  readonly spec: PodSpec
  /** Names of the volumes that are valid. */
  readonly volumes: ReadonlySet<string>
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const MANY_HANDLERS = 'may not specify more than 1 handler type'
const MAX_ID = 2_147_483_647

export function validateContainers(context: ContainerContext, path: string, errors: FieldErrors): void {
  const { containers, initContainers = [] } = context.spec
  const at = `${path}.containers`
  if (!containers?.length) errors.required(at)
  const names = new Set<string>()
  for (const [i, container] of (containers ?? []).entries()) {
    const own = `${at}[${i}]`
    validateContainer(container, context, own, errors)
    if (names.has(container.name)) errors.duplicate(`${own}.name`, container.name)
    names.add(container.name)
    if (container.lifecycle) validateLifecycle(container.lifecycle, context.spec, `${own}.lifecycle`, errors)
    validateProbes(container, context.spec, own, errors)
    validateRestartPolicy(container, own, errors)
  }
  uniqueHostPorts(containers ?? [], at, errors)
  for (const [i, container] of initContainers.entries()) {
    const own = `${path}.initContainers[${i}]`
    validateContainer(container, context, own, errors)
    validateRestartPolicy(container, own, errors)
    if (names.has(container.name)) errors.duplicate(`${own}.name`, container.name)
    else if (container.name) names.add(container.name)
    uniqueHostPorts([container], `${path}.initContainers`, errors)
    if (container.restartPolicy === 'Always') {
      if (container.lifecycle) validateLifecycle(container.lifecycle, context.spec, `${own}.lifecycle`, errors)
      validateProbes(container, context.spec, own, errors)
    } else
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
        if (container[field])
          errors.forbidden(`${own}.${field}`, 'may not be set for init containers without restartPolicy=Always')
  }
}

function validateRestartPolicy({ restartPolicy, restartPolicyRules = [] }: Container, path: string, errors: FieldErrors): void {
  oneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`, errors)
  if (restartPolicyRules.length === 0) return
  if (restartPolicy === undefined)
    errors.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')
  if (restartPolicyRules.length > 20) errors.tooMany(`${path}.restartPolicyRules`, restartPolicyRules.length, 20)
  for (const [i, { action, exitCodes }] of restartPolicyRules.entries()) {
    const own = `${path}.restartPolicyRules[${i}]`
    oneOf(action, ['Restart'], `${own}.action`, errors)
    if (!exitCodes) errors.required(`${own}.exitCodes`, 'must be specified')
    else {
      oneOf(exitCodes.operator, ['In', 'NotIn'], `${own}.exitCodes.operator`, errors)
      if (!exitCodes.values?.length) errors.required(`${own}.exitCodes.values`)
    }
  }
}

function validateContainer(container: Container, context: ContainerContext, path: string, errors: FieldErrors): void {
  if (!container.name) errors.required(`${path}.name`)
  else named(container.name, isDns1123Label, `${path}.name`, errors)
  if (!container.image) errors.required(`${path}.image`)
  oneOf(container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError'], `${path}.terminationMessagePolicy`, errors)
  validatePorts(container.ports ?? [], `${path}.ports`, errors)
  validateEnv(container.env ?? [], `${path}.env`, errors)
  validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`, errors)
  validateMounts(container.volumeMounts ?? [], context.volumes, `${path}.volumeMounts`, errors)
  oneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`, errors)
  validateResources(container.resources ?? {}, `${path}.resources`, errors)
  validateResizePolicy(container, context.spec, `${path}.resizePolicy`, errors)
  validateSecurityContext(container.securityContext, `${path}.securityContext`, errors)
}

function validatePorts(ports: readonly ContainerPort[], path: string, errors: FieldErrors): void {
  const names = new Set<string>()
  for (const [i, port] of ports.entries()) {
    const own = `${path}[${i}]`
    if (port.name) {
      const problems = isPortName(port.name)
      for (const problem of problems) errors.invalid(`${own}.name`, port.name, problem)
      if (problems.length === 0) {
        if (names.has(port.name)) errors.duplicate(`${own}.name`, port.name)
        names.add(port.name)
      }
    }
    if (!port.containerPort) errors.required(`${own}.containerPort`)
    else
      for (const problem of isPortNumber(port.containerPort)) errors.invalid(`${own}.containerPort`, port.containerPort, problem)
    if (port.hostPort)
      for (const problem of isPortNumber(port.hostPort)) errors.invalid(`${own}.hostPort`, port.hostPort, problem)
    oneOf(port.protocol, PROTOCOLS, `${own}.protocol`, errors)
  }
}

function uniqueHostPorts(containers: readonly Container[], path: string, errors: FieldErrors): void {
  const taken = new Set<string>()
  for (const [i, { ports = [] }] of containers.entries())
    for (const [j, { hostPort, hostIP = '', protocol }] of ports.entries()) {
      if (!hostPort) continue
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) errors.duplicate(`${path}[${i}].ports[${j}].hostPort`, key)
      taken.add(key)
    }
}

// Environment ---------------------------------------------------------------------------------------------------------

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
/** Labels of fields that can be converted, whether or not the place allows them. */
const CONVERTIBLE: ReadonlySet<string> = new Set([
  ...ENV_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])
const SUBSCRIPT = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/s

export function validateFieldRef(
  ref: { readonly apiVersion?: string; readonly fieldPath?: string },
  where: 'env' | 'volume',
  path: string,
  errors: FieldErrors,
): void {
  if (!ref.apiVersion) errors.required(`${path}.apiVersion`)
  const { fieldPath } = ref
  if (!fieldPath) {
    errors.required(`${path}.fieldPath`)
    return
  }
  if (SUBSCRIPT.test(fieldPath)) return
  if (ref.apiVersion && ref.apiVersion !== 'v1') {
    errors.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: unsupported pod version: ${ref.apiVersion}`)
    return
  }
  if (!CONVERTIBLE.has(fieldPath)) {
    errors.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)
    return
  }
  const allowed = where === 'env' ? ENV_FIELDS : VOLUME_FIELDS
  if (!allowed.includes(fieldPath)) errors.notSupported(`${path}.fieldPath`, fieldPath, allowed)
}

const CONTAINER_RESOURCES = ['cpu', 'ephemeral-storage', 'memory']
  .flatMap((name) => [`limits.${name}`, `requests.${name}`])
  .sort()

export function validateResourceFieldRef(
  ref: { readonly resource?: string; readonly containerName?: string },
  where: 'env' | 'volume',
  path: string,
  errors: FieldErrors,
): void {
  if (where === 'volume' && !ref.containerName) errors.required(`${path}.containerName`)
  else if (!ref.resource) errors.required(`${path}.resource`)
  else if (!/^(?:limits|requests)\.hugepages-/.test(ref.resource))
    oneOf(ref.resource, CONTAINER_RESOURCES, `${path}.resource`, errors)
}

function validateKeyRef(ref: { readonly name?: string; readonly key?: string }, path: string, errors: FieldErrors): void {
  if (!ref.name) errors.required(`${path}.name`)
  if (!ref.key) errors.required(`${path}.key`)
  else named(ref.key, isConfigMapKey, `${path}.key`, errors)
}

function validateEnv(env: readonly EnvVar[], path: string, errors: FieldErrors): void {
  for (const [i, { name, value = '', valueFrom }] of env.entries()) {
    const own = `${path}[${i}]`
    if (!name) errors.required(`${own}.name`)
    else named(name, isEnvName, `${own}.name`, errors)
    if (!valueFrom) continue
    const from = `${own}.valueFrom`
    const sources = Object.values(valueFrom).filter((source) => source !== undefined && source !== null).length
    if (valueFrom.fieldRef) validateFieldRef(valueFrom.fieldRef, 'env', `${from}.fieldRef`, errors)
    if (valueFrom.resourceFieldRef)
      validateResourceFieldRef(valueFrom.resourceFieldRef, 'env', `${from}.resourceFieldRef`, errors)
    if (valueFrom.configMapKeyRef) validateKeyRef(valueFrom.configMapKeyRef, `${from}.configMapKeyRef`, errors)
    if (valueFrom.secretKeyRef) validateKeyRef(valueFrom.secretKeyRef, `${from}.secretKeyRef`, errors)
    if (sources === 0)
      errors.invalid(
        from,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      )
    else if (value !== '') errors.invalid(from, '', 'may not be specified when `value` is not empty')
    else if (sources > 1) errors.invalid(from, '', 'may not have more than one field specified at a time')
  }
}

function validateEnvFrom(envFrom: readonly EnvFromSource[], path: string, errors: FieldErrors): void {
  for (const [i, { prefix, configMapRef, secretRef }] of envFrom.entries()) {
    const own = `${path}[${i}]`
    if (prefix) named(prefix, isEnvName, `${own}.prefix`, errors)
    if (configMapRef && !configMapRef.name) errors.required(`${own}.configMapRef.name`)
    if (secretRef && !secretRef.name) errors.required(`${own}.secretRef.name`)
    if (!configMapRef && !secretRef) errors.invalid(own, '', 'must specify one of: `configMapRef` or `secretRef`')
    else if (configMapRef && secretRef) errors.invalid(own, '', 'may not have more than one field specified at a time')
  }
}

// Mounts --------------------------------------------------------------------------------------------------------------

export function validateRelativePath(value: string, path: string, errors: FieldErrors): void {
  if (value.startsWith('/')) errors.invalid(path, value, 'must be a relative path')
  validateNoBacktracks(value, path, errors)
}

export function validateNoBacktracks(value: string, path: string, errors: FieldErrors): void {
  if (value.split('/').includes('..')) errors.invalid(path, value, "must not contain '..'")
}

function validateMounts(mounts: readonly VolumeMount[], volumes: ReadonlySet<string>, path: string, errors: FieldErrors): void {
  const points = new Set<string>()
  for (const [i, mount] of mounts.entries()) {
    const own = `${path}[${i}]`
    const { name, mountPath, subPath, subPathExpr, mountPropagation } = mount as VolumeMount & {
      readonly subPathExpr?: string
      readonly mountPropagation?: string
    }
    if (!name) errors.required(`${own}.name`)
    if (!volumes.has(name)) errors.notFound(`${own}.name`, name)
    if (!mountPath) errors.required(`${own}.mountPath`)
    if (points.has(mountPath)) errors.invalid(`${own}.mountPath`, mountPath, 'must be unique')
    points.add(mountPath)
    if (subPath) validateRelativePath(subPath, `${own}.subPath`, errors)
    if (subPathExpr) {
      if (subPath) errors.invalid(`${own}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive')
      validateRelativePath(subPathExpr, `${own}.subPathExpr`, errors)
    }
    oneOf(mountPropagation, ['Bidirectional', 'HostToContainer', 'None'], `${own}.mountPropagation`, errors)
  }
}

// Resources -----------------------------------------------------------------------------------------------------------

export function validateResources(resources: ResourceRequirements, path: string, errors: FieldErrors): void {
  const { limits = {}, requests = {} } = resources
  for (const name of Object.keys(limits).sort()) {
    containerResourceName(name, `${path}.limits[${name}]`, errors)
    resourceAmount(name, limits[name]!, `${path}.limits[${name}]`, errors)
  }
  for (const name of Object.keys(requests).sort()) {
    const request = requests[name]!
    const limit = limits[name]
    containerResourceName(name, `${path}.requests[${name}]`, errors)
    resourceAmount(name, request, `${path}.requests[${name}]`, errors)
    if (limit === undefined) {
      if (!allowsOvercommit(name)) errors.required(`${path}.limits`, 'Limit must be set for non overcommitable resources')
    } else {
      const order = compareQuantities(request, limit)
      if (order !== 0 && !allowsOvercommit(name))
        errors.invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)
      else if (order > 0) errors.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
    }
  }
  const all = [...Object.keys(limits), ...Object.keys(requests)]
  if (all.some((name) => name.startsWith('hugepages-')) && !all.some((name) => name === 'cpu' || name === 'memory'))
    errors.forbidden(path, 'HugePages require cpu or memory')
}

function validateResizePolicy(
  { resizePolicy = [] }: Container,
  { restartPolicy }: PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>()
  for (const [i, policy] of resizePolicy.entries()) {
    if (seen.has(policy.resourceName)) errors.duplicate(`${path}[${i}]`, policy.resourceName)
    seen.add(policy.resourceName)
    if (policy.resourceName === '') errors.required(path)
    else oneOf(policy.resourceName, ['cpu', 'memory'], path, errors)
    if (policy.restartPolicy === '') errors.required(path)
    else oneOf(policy.restartPolicy, ['NotRequired', 'RestartContainer'], path, errors)
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired')
      errors.invalid(path, policy.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'")
  }
}

// Security ------------------------------------------------------------------------------------------------------------

interface SecurityContext {
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly procMount?: string
  readonly capabilities?: { readonly add?: readonly string[] }
  readonly seccompProfile?: Profile
  readonly appArmorProfile?: Profile
}
interface Profile {
  readonly type?: string
  readonly localhostProfile?: string
}

export function validateId(value: number | undefined, path: string, errors: FieldErrors): void {
  if (value !== undefined && (value < 0 || value > MAX_ID)) errors.invalid(path, value, inclusiveRange(0, MAX_ID))
}

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']

export function validateProfile(
  profile: Profile | undefined,
  kind: 'seccomp' | 'AppArmor',
  path: string,
  errors: FieldErrors,
): void {
  if (!profile) return
  if (!profile.type)
    errors.required(`${path}.type`, `type is required when ${kind === 'seccomp' ? 'seccompProfile' : 'appArmorProfile'} is set`)
  else oneOf(profile.type, PROFILE_TYPES, `${path}.type`, errors)
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined)
      errors.required(`${path}.localhostProfile`, `must be set when ${kind} type is Localhost`)
    else if (kind === 'seccomp') validateRelativePath(profile.localhostProfile, `${path}.localhostProfile`, errors)
  } else if (profile.localhostProfile !== undefined && profile.type)
    errors.invalid(
      `${path}.localhostProfile`,
      kind === 'seccomp' ? goStructText('SeccompProfile', profile) : profile.localhostProfile,
      `can only be set when ${kind} type is Localhost`,
    )
}

function validateSecurityContext(given: Readonly<Record<string, unknown>> | undefined, path: string, errors: FieldErrors): void {
  if (!given) return
  const context = given as SecurityContext
  validateId(context.runAsUser, `${path}.runAsUser`, errors)
  validateId(context.runAsGroup, `${path}.runAsGroup`, errors)
  oneOf(context.procMount, ['Default', 'Unmasked'], `${path}.procMount`, errors)
  validateProfile(context.seccompProfile, 'seccomp', `${path}.seccompProfile`, errors)
  if (context.allowPrivilegeEscalation === false) {
    const shown = goStructText('SecurityContext', given)
    if (context.privileged) errors.invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true')
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN'))
      errors.invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')
  }
  validateProfile(context.appArmorProfile, 'AppArmor', `${path}.appArmorProfile`, errors)
}

// Handlers ------------------------------------------------------------------------------------------------------------

function validateHandler(
  handler: Handler,
  types: readonly ('exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep')[],
  spec: PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  let count = 0
  for (const type of types) {
    if (!handler[type]) continue
    count += 1
    const own = `${path}.${type}`
    if (count > 1) {
      errors.forbidden(own, MANY_HANDLERS)
      continue
    }
    switch (type) {
      case 'exec':
        if (!handler.exec?.command?.length) errors.required(`${own}.command`)
        break
      case 'httpGet': {
        const { httpGet } = handler
        if (!httpGet) break
        if (!httpGet.path) errors.required(`${own}.path`)
        portNumberOrName(httpGet.port, `${own}.port`, errors)
        oneOf(httpGet.scheme, ['HTTP', 'HTTPS'], `${own}.scheme`, errors)
        for (const { name } of httpGet.httpHeaders ?? [])
          if (!/^[-A-Za-z0-9]+$/.test(name))
            errors.invalid(
              `${own}.httpHeaders`,
              name,
              "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
            )
        break
      }
      case 'tcpSocket':
        portNumberOrName(handler.tcpSocket?.port, `${own}.port`, errors)
        break
      case 'grpc':
        portNumberOrName(handler.grpc?.port, `${own}.port`, errors)
        break
      case 'sleep': {
        const seconds = handler.sleep?.seconds ?? 0
        const grace = spec.terminationGracePeriodSeconds
        if (grace !== undefined && (seconds < 0 || seconds > grace))
          errors.invalid(own, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)
        break
      }
    }
  }
  if (count === 0) errors.required(path, 'must specify a handler type')
}

function validateLifecycle(
  { postStart, preStop }: NonNullable<Container['lifecycle']>,
  spec: PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const types = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const
  if (postStart) validateHandler(postStart, types, spec, `${path}.postStart`, errors)
  if (preStop) validateHandler(preStop, types, spec, `${path}.preStop`, errors)
}

function validateProbe(
  probe: Probe | undefined,
  spec: PodSpec,
  path: string,
  kind: 'liveness' | 'readiness' | 'startup',
  errors: FieldErrors,
): void {
  if (!probe) return
  validateHandler(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], spec, path, errors)
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const)
    notNegative(probe[field], `${path}.${field}`, errors)
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) errors.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')
  if (kind === 'readiness') {
    if (grace !== undefined) errors.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes')
  } else if (probe.successThreshold !== 1) errors.invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')
}

function validateProbes(container: Container, spec: PodSpec, path: string, errors: FieldErrors): void {
  validateProbe(container.livenessProbe, spec, `${path}.livenessProbe`, 'liveness', errors)
  validateProbe(container.readinessProbe, spec, `${path}.readinessProbe`, 'readiness', errors)
  validateProbe(container.startupProbe, spec, `${path}.startupProbe`, 'startup', errors)
}
