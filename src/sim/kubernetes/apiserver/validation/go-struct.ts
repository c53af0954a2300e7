import { isObject, type Json, sortedJson } from '../../api/json-value.ts'
import { JsonText } from './field-errors.ts'

/**
 * The API server's own structs have other names, orders and nestings than the published ones, and they show in errors: as JSON in
 * `Invalid value: {…}` and as a diff when a Pod may not be changed. This writes published objects in that form.
 * Models the internal types.go of each API group (v1.35).
 */

/** A field: its Go name, where it is in the published object (default: the name with a small first letter), its type. */
type Field = readonly [goName: string, type: string, path?: string]

const list = (text: string): readonly Field[] =>
  text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = '', type = 'value', path] = entry.split(':')
      return path === undefined ? [name, type] : [name, type, path]
    })

/**
 * Types: `value` pointer, list, map or object, null when absent · `text` '' when absent · `number` 0 · `flag` false · a struct's name
 * (null when absent) · `=Name` a struct that is never null · `[Name` a list of structs · `json` tagged as published.
 */
const STRUCTS: Readonly<Record<string, readonly Field[]>> = {
  PodSpec:
    list(`Volumes:[Volume InitContainers:[Container Containers:[Container EphemeralContainers:[EphemeralContainer RestartPolicy:text
    TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy:text:dnsPolicy NodeSelector ServiceAccountName:text
    AutomountServiceAccountToken NodeName:text SecurityContext:PodSecurityContext ImagePullSecrets:[LocalObjectReference Hostname:text
    Subdomain:text SetHostnameAsFQDN:value:setHostnameAsFQDN Affinity:Affinity SchedulerName:text Tolerations:[Toleration
    HostAliases:[HostAlias PriorityClassName:text Priority PreemptionPolicy DNSConfig:PodDNSConfig:dnsConfig
    ReadinessGates:[PodReadinessGate RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints:[TopologySpreadConstraint
    OS:PodOS:os SchedulingGates:[PodSchedulingGate ResourceClaims:[PodResourceClaim Resources:ResourceRequirements HostnameOverride WorkloadRef`),
  Container: list(`Name:text Image:text Command Args WorkingDir:text Ports:[ContainerPort EnvFrom:[EnvFromSource Env:[EnvVar
    Resources:=ResourceRequirements ResizePolicy:[ContainerResizePolicy RestartPolicy RestartPolicyRules:[ContainerRestartRule
    VolumeMounts:[VolumeMount VolumeDevices:[VolumeDevice LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle:Lifecycle
    TerminationMessagePath:text TerminationMessagePolicy:text ImagePullPolicy:text SecurityContext:SecurityContext Stdin:flag
    StdinOnce:flag TTY:flag:tty`),
  EphemeralContainer:
    list(`Name:text Image:text Command Args WorkingDir:text Ports:[ContainerPort EnvFrom:[EnvFromSource Env:[EnvVar
    Resources:=ResourceRequirements ResizePolicy:[ContainerResizePolicy RestartPolicy RestartPolicyRules:[ContainerRestartRule
    VolumeMounts:[VolumeMount VolumeDevices:[VolumeDevice LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle:Lifecycle
    TerminationMessagePath:text TerminationMessagePolicy:text ImagePullPolicy:text SecurityContext:SecurityContext Stdin:flag
    StdinOnce:flag TTY:flag:tty TargetContainerName:text`),
  PodSecurityContext: list(`HostNetwork:flag:^hostNetwork HostPID:flag:^hostPID HostIPC:flag:^hostIPC
    ShareProcessNamespace:value:^shareProcessNamespace HostUsers:value:^hostUsers SELinuxOptions:SELinuxOptions:seLinuxOptions
    WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup:value:fsGroup
    FSGroupChangePolicy:value:fsGroupChangePolicy Sysctls:[Sysctl SeccompProfile:SeccompProfile AppArmorProfile:AppArmorProfile
    SELinuxChangePolicy:value:seLinuxChangePolicy`),
  SecurityContext:
    list(`Capabilities:Capabilities Privileged SELinuxOptions:SELinuxOptions:seLinuxOptions WindowsOptions RunAsUser
    RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile:SeccompProfile
    AppArmorProfile:AppArmorProfile`),
  SELinuxOptions: list('User:text Role:text Type:text Level:text'),
  SeccompProfile: list('Type:text LocalhostProfile'),
  AppArmorProfile: list('Type:text LocalhostProfile'),
  Capabilities: list('Add Drop'),
  Sysctl: list('Name:text Value:text'),
  LocalObjectReference: list('Name:text'),
  ContainerPort: list('Name:text HostPort:number ContainerPort:number Protocol:text HostIP:text:hostIP'),
  EnvFromSource: list('Prefix:text ConfigMapRef:OptionalReference SecretRef:OptionalReference'),
  OptionalReference: list('Name:text Optional'),
  EnvVar: list('Name:text Value:text ValueFrom:EnvVarSource'),
  EnvVarSource: list(
    'FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector ConfigMapKeyRef:KeySelector SecretKeyRef:KeySelector FileKeyRef',
  ),
  ObjectFieldSelector: list('APIVersion:text:apiVersion FieldPath:text'),
  ResourceFieldSelector: list('ContainerName:text Resource:text Divisor:text'),
  KeySelector: list('Name:text Key:text Optional'),
  ResourceRequirements: list('Limits Requests Claims'),
  ContainerResizePolicy: list('ResourceName:text RestartPolicy:text'),
  ContainerRestartRule: list('Action:text ExitCodes:ExitCodes'),
  ExitCodes: list('Operator:text Values'),
  VolumeMount: list('Name:text ReadOnly:flag RecursiveReadOnly MountPath:text SubPath:text MountPropagation SubPathExpr:text'),
  VolumeDevice: list('Name:text DevicePath:text'),
  Probe: list(`Exec:ExecAction HTTPGet:HTTPGetAction:httpGet TCPSocket:TCPSocketAction:tcpSocket GRPC:GRPCAction:grpc
    InitialDelaySeconds:number TimeoutSeconds:number PeriodSeconds:number SuccessThreshold:number FailureThreshold:number
    TerminationGracePeriodSeconds`),
  Lifecycle: list('PostStart:LifecycleHandler PreStop:LifecycleHandler StopSignal'),
  LifecycleHandler: list('Exec:ExecAction HTTPGet:HTTPGetAction:httpGet TCPSocket:TCPSocketAction:tcpSocket Sleep:SleepAction'),
  ExecAction: list('Command'),
  HTTPGetAction: list('Path:text Port:number Host:text Scheme:text HTTPHeaders:[HTTPHeader:httpHeaders'),
  HTTPHeader: list('Name:text Value:text'),
  TCPSocketAction: list('Port:number Host:text'),
  GRPCAction: list('Port:number Service'),
  SleepAction: list('Seconds:number'),
  Volume: list(`Name:text HostPath:HostPath EmptyDir:EmptyDir GCEPersistentDisk:value:gcePersistentDisk
    AWSElasticBlockStore:value:awsElasticBlockStore GitRepo Secret:SecretSource NFS:value:nfs ISCSI:value:iscsi Glusterfs
    PersistentVolumeClaim:ClaimSource RBD:value:rbd Quobyte FlexVolume Cinder CephFS:value:cephfs Flocker DownwardAPI:value:downwardAPI
    FC:value:fc AzureFile ConfigMap:ConfigMapSource VsphereVolume AzureDisk PhotonPersistentDisk Projected:Projected PortworxVolume ScaleIO
    StorageOS:value:storageos CSI:value:csi Ephemeral Image`),
  HostPath: list('Path:text Type'),
  EmptyDir: list('Medium:text SizeLimit'),
  SecretSource: list('SecretName:text Items:[KeyToPath DefaultMode Optional'),
  ConfigMapSource: list('Name:text Items:[KeyToPath DefaultMode Optional'),
  KeyToPath: list('Key:text Path:text Mode'),
  ClaimSource: list('ClaimName:text ReadOnly:flag'),
  Projected: list('Sources:[ProjectedSource DefaultMode'),
  ProjectedSource: list(`Secret:SecretProjection DownwardAPI:DownwardProjection:downwardAPI ConfigMap:SecretProjection
    ServiceAccountToken:TokenProjection ClusterTrustBundle PodCertificate`),
  SecretProjection: list('Name:text Items:[KeyToPath Optional'),
  DownwardProjection: list('Items:[DownwardFile'),
  DownwardFile: list('Path:text FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector Mode'),
  TokenProjection: list('Audience:text ExpirationSeconds:number Path:text'),
  Affinity: list('NodeAffinity:NodeAffinity PodAffinity:PodAffinity PodAntiAffinity:PodAffinity'),
  NodeAffinity: list(`RequiredDuringSchedulingIgnoredDuringExecution:NodeSelector
    PreferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm`),
  NodeSelector: list('NodeSelectorTerms:[NodeSelectorTerm'),
  NodeSelectorTerm: list('MatchExpressions:[NodeSelectorRequirement MatchFields:[NodeSelectorRequirement'),
  NodeSelectorRequirement: list('Key:text Operator:text Values'),
  PreferredSchedulingTerm: list('Weight:number Preference:=NodeSelectorTerm'),
  PodAffinity: list(`RequiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm
    PreferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm`),
  PodAffinityTerm: list('LabelSelector Namespaces TopologyKey:text NamespaceSelector MatchLabelKeys MismatchLabelKeys'),
  WeightedPodAffinityTerm: list('Weight:number PodAffinityTerm:=PodAffinityTerm'),
  Toleration: list('Key:text Operator:text Value:text Effect:text TolerationSeconds'),
  HostAlias: list('IP:text:ip Hostnames'),
  PodDNSConfig: list('Nameservers Searches Options:[DNSOption'),
  DNSOption: list('Name:text Value'),
  PodReadinessGate: list('ConditionType:text'),
  TopologySpreadConstraint:
    list(`MaxSkew:number TopologyKey:text WhenUnsatisfiable:text LabelSelector MinDomains NodeAffinityPolicy
    NodeTaintsPolicy MatchLabelKeys`),
  PodOS: list('Name:text'),
  PodSchedulingGate: list('Name:text'),
  PodResourceClaim: list('Name:text ResourceClaimName ResourceClaimTemplateName'),
  DeploymentStrategy: list('Type:text RollingUpdate:RollingUpdate'),
  RollingUpdate: list('MaxUnavailable:number MaxSurge:number'),
  ServicePort: list('Name:text Protocol:text AppProtocol Port:number TargetPort:number NodePort:number'),
  PodDisruptionBudgetSpec: list('MinAvailable Selector MaxUnavailable UnhealthyPodEvictionPolicy'),
  PersistentVolumeClaimSpec:
    list(`AccessModes Selector Resources:=VolumeResources VolumeName:text StorageClassName VolumeMode DataSource
    DataSourceRef VolumeAttributesClassName`),
  VolumeResources: list('Limits Requests'),
  PersistentVolumeSpec: list('Capacity'),
}

const published = (goName: string): string => goName[0]!.toLowerCase() + goName.slice(1)

const ZERO: Readonly<Record<string, unknown>> = { text: '', number: 0, flag: false }

/** `outer` is the published object that holds this struct: some fields have moved down into it. */
function build(type: string, value: unknown, outer: Json): unknown {
  if (type === 'value' || type in ZERO) return value ?? ZERO[type] ?? null
  if (type.startsWith('['))
    return Array.isArray(value) ? value.map((item) => struct(type.slice(1), isObject(item) ? item : {}, outer)) : null
  if (type.startsWith('=')) return struct(type.slice(1), isObject(value) ? value : {}, outer)
  return isObject(value) ? struct(type, value, outer) : null
}

function struct(name: string, value: Json, outer: Json): Json {
  const out: Record<string, unknown> = {}
  for (const [goName, type, path = published(goName)] of STRUCTS[name] ?? [])
    out[goName] = path.startsWith('^') ? build(type, outer[path.slice(1)], value) : build(type, value[path], value)
  return out
}

/** The value in the server's own form, as plain data. */
export const goStruct = (name: keyof typeof STRUCTS, value: unknown): Json => {
  const object = isObject(value) ? value : {}
  return struct(name, object, object)
}

/** Fields of Go structs keep their order; published objects inside (selectors, maps) are sorted as they are few and small. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  if (!isObject(value)) return value === undefined ? 'null' : sortedJson(value)
  return `{${Object.entries(value)
    .map(([key, entry]) => `${JSON.stringify(key)}:${text(entry)}`)
    .join(',')}}`
}

/** As an error shows it. */
export const goStructText = (name: keyof typeof STRUCTS, value: unknown): JsonText => new JsonText(text(goStruct(name, value)))

/** A Pod template: published metadata, the server's own spec. */
export function podTemplateText(template: unknown): JsonText {
  const { metadata, spec } = (isObject(template) ? template : {}) as { metadata?: Json; spec?: unknown }
  const meta = isObject(metadata) ? metadata : {}
  const entries = Object.keys(meta)
    .filter((key) => meta[key] !== null && meta[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${sortedJson(meta[key])}`)
  return new JsonText(`{${[...entries, `"Spec":${text(goStruct('PodSpec', spec))}`].join(',')}}`)
}
