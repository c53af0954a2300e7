/**
 * API objects in the real shape, for what the simulator models. Every other field of a manifest is kept untouched.
 * Objects are immutable values: a deep edit by immer's `produce`, a hot path by object spread.
 */

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  readonly name: string
  readonly generateName?: string
  /** Empty or absent for cluster-scoped objects. */
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly unknown[]
}

/** Any object of the API. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** An object whose kind is not known at compile time. */
export interface AnyObject extends ApiObject {
  readonly [field: string]: unknown
}

export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

/** Resource name to quantity text. */
export type ResourceList = Readonly<Record<string, string>>
export type IntOrString = number | string

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly observedGeneration?: number
  readonly lastProbeTime?: string | null
  readonly lastHeartbeatTime?: string
  readonly lastUpdateTime?: string
  readonly lastTransitionTime?: string
  readonly reason?: string
  readonly message?: string
}

// Pod ---------------------------------------------------------------------------------------------------------------

export interface Toleration {
  readonly key?: string
  readonly operator?: 'Exists' | 'Equal' | 'Lt' | 'Gt'
  readonly value?: string
  readonly effect?: TaintEffect
  readonly tolerationSeconds?: number
}
export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'

export interface NodeSelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  readonly values?: readonly string[]
}
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[]
  readonly matchFields?: readonly NodeSelectorRequirement[]
}
export interface NodeSelector {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
}
export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly topologyKey: string
  readonly matchLabelKeys?: readonly string[]
  readonly mismatchLabelKeys?: readonly string[]
}
export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number
      readonly preference: NodeSelectorTerm
    }[]
  }
  readonly podAffinity?: PodAffinity
  readonly podAntiAffinity?: PodAffinity
}
export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[]
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number
    readonly podAffinityTerm: PodAffinityTerm
  }[]
}
export interface TopologySpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'
  readonly labelSelector?: LabelSelector
  readonly minDomains?: number
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore'
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore'
  readonly matchLabelKeys?: readonly string[]
}
export interface ResourceRequirements {
  readonly requests?: ResourceList
  readonly limits?: ResourceList
}
export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
}
export interface HttpGetAction {
  readonly path?: string
  readonly port: IntOrString
  readonly host?: string
  readonly scheme?: string
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[]
}
export interface Handler {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: HttpGetAction
  readonly tcpSocket?: { readonly port: IntOrString; readonly host?: string }
  readonly grpc?: { readonly port: number; readonly service?: string }
  readonly sleep?: { readonly seconds: number }
}
export interface Probe extends Handler {
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}
export interface KeySelector {
  readonly name?: string
  readonly key: string
  readonly optional?: boolean
}
export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly configMapKeyRef?: KeySelector
    readonly secretKeyRef?: KeySelector
    readonly fieldRef?: { readonly fieldPath: string; readonly apiVersion?: string }
    readonly resourceFieldRef?: { readonly resource: string; readonly containerName?: string; readonly divisor?: string }
  }
}
export interface EnvFromSource {
  readonly prefix?: string
  readonly configMapRef?: { readonly name?: string; readonly optional?: boolean }
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean }
}
export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly?: boolean
  readonly subPath?: string
}
export interface ContainerRestartRule {
  readonly action: 'Restart' | 'RestartAllContainers'
  readonly exitCodes?: { readonly operator: 'In' | 'NotIn'; readonly values?: readonly number[] }
}
export interface Container {
  readonly name: string
  readonly image?: string
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly ports?: readonly ContainerPort[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly EnvFromSource[]
  readonly resources?: ResourceRequirements
  readonly resizePolicy?: readonly { readonly resourceName: string; readonly restartPolicy: string }[]
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly restartPolicyRules?: readonly ContainerRestartRule[]
  readonly volumeMounts?: readonly VolumeMount[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler; readonly stopSignal?: string }
  readonly terminationMessagePath?: string
  readonly terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError'
  readonly securityContext?: Readonly<Record<string, unknown>>
}
export interface Volume {
  readonly name: string
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly configMap?: {
    readonly name?: string
    readonly optional?: boolean
    readonly items?: readonly { key: string; path: string }[]
    readonly defaultMode?: number
  }
  readonly secret?: {
    readonly secretName?: string
    readonly optional?: boolean
    readonly items?: readonly { key: string; path: string }[]
    readonly defaultMode?: number
  }
  readonly hostPath?: { readonly path: string; readonly type?: string }
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean }
  readonly [source: string]: unknown
}
export interface PodSpec {
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly affinity?: Affinity
  readonly tolerations?: readonly Toleration[]
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[]
  readonly schedulerName?: string
  readonly schedulingGates?: readonly { readonly name: string }[]
  readonly priority?: number
  readonly priorityClassName?: string
  readonly preemptionPolicy?: 'PreemptLowerPriority' | 'Never'
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly readinessGates?: readonly { readonly conditionType: string }[]
  readonly serviceAccountName?: string
  readonly serviceAccount?: string
  readonly automountServiceAccountToken?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly hostNetwork?: boolean
  readonly dnsPolicy?: string
  readonly enableServiceLinks?: boolean
  readonly overhead?: ResourceList
  readonly resources?: ResourceRequirements
  readonly os?: { readonly name: string }
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
  readonly runtimeClassName?: string
}
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly signal?: number
    readonly reason?: string
    readonly message?: string
    readonly startedAt?: string
    readonly finishedAt?: string
    readonly containerID?: string
  }
}
export interface ContainerStatus {
  readonly name: string
  readonly state?: ContainerState
  readonly lastState?: ContainerState
  readonly ready: boolean
  readonly started?: boolean
  readonly restartCount: number
  readonly image: string
  readonly imageID: string
  readonly containerID?: string
  readonly allocatedResources?: ResourceList
  readonly resources?: ResourceRequirements
}
export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
  readonly message?: string
  readonly reason?: string
  readonly nominatedNodeName?: string
  readonly hostIP?: string
  readonly hostIPs?: readonly { readonly ip: string }[]
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly startTime?: string
  readonly qosClass?: 'Guaranteed' | 'Burstable' | 'BestEffort'
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  readonly resize?: string
}
export interface Pod extends ApiObject {
  readonly spec: PodSpec
  readonly status?: PodStatus
}
export interface PodTemplateSpec {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec: PodSpec
}

// Node --------------------------------------------------------------------------------------------------------------

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: TaintEffect
  readonly timeAdded?: string
}
export interface NodeStatus {
  readonly capacity?: ResourceList
  readonly allocatable?: ResourceList
  /** What its kubelet can that older ones cannot (v1.36). */
  readonly declaredFeatures?: readonly string[]
  readonly conditions?: readonly Condition[]
  readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  readonly nodeInfo?: Readonly<Record<string, unknown>>
  readonly images?: readonly { readonly names?: readonly string[]; readonly sizeBytes?: number }[]
  readonly daemonEndpoints?: unknown
  readonly volumesInUse?: readonly string[]
  readonly volumesAttached?: readonly unknown[]
}
export interface Node extends ApiObject {
  readonly spec: {
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
    readonly providerID?: string
    readonly taints?: readonly Taint[]
    readonly unschedulable?: boolean
  }
  readonly status?: NodeStatus
}

// Workloads ---------------------------------------------------------------------------------------------------------

export interface ReplicaSet extends ApiObject {
  readonly spec: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
  }
  readonly status?: {
    readonly replicas: number
    readonly fullyLabeledReplicas?: number
    readonly readyReplicas?: number
    readonly availableReplicas?: number
    readonly terminatingReplicas?: number
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
  }
}
export interface DeploymentStrategy {
  readonly type?: 'RollingUpdate' | 'Recreate'
  readonly rollingUpdate?: { readonly maxSurge?: IntOrString; readonly maxUnavailable?: IntOrString }
}
export interface DeploymentStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly terminatingReplicas?: number
  readonly collisionCount?: number
  readonly conditions?: readonly Condition[]
}
export interface Deployment extends ApiObject {
  readonly spec: {
    readonly replicas?: number
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
    readonly strategy?: DeploymentStrategy
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly paused?: boolean
    readonly progressDeadlineSeconds?: number
  }
  readonly status?: DeploymentStatus
}

// Services ----------------------------------------------------------------------------------------------------------

export interface ServicePort {
  readonly name?: string
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
  readonly appProtocol?: string
  readonly port: number
  readonly targetPort?: IntOrString
  readonly nodePort?: number
}
export interface Service extends ApiObject {
  readonly spec: {
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
    readonly sessionAffinity?: 'None' | 'ClientIP'
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } }
    readonly externalName?: string
    readonly externalTrafficPolicy?: 'Cluster' | 'Local'
    readonly internalTrafficPolicy?: 'Cluster' | 'Local'
    readonly trafficDistribution?: string
    readonly publishNotReadyAddresses?: boolean
    readonly healthCheckNodePort?: number
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
  }
}
export interface Endpoint {
  readonly addresses: readonly string[]
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
  readonly hostname?: string
  readonly nodeName?: string
  readonly zone?: string
  readonly targetRef?: { readonly kind: string; readonly namespace?: string; readonly name: string; readonly uid?: string }
  readonly hints?: unknown
}
export interface EndpointSlice extends ApiObject {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints: readonly Endpoint[] | null
  readonly ports:
    | readonly { readonly name?: string; readonly protocol?: string; readonly port?: number; readonly appProtocol?: string }[]
    | null
}

// The rest ----------------------------------------------------------------------------------------------------------

export interface ObjectReference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly fieldPath?: string
}
/** core/v1 Event, in both shapes (legacy counts, new series). */
export interface Event extends ApiObject {
  readonly involvedObject: ObjectReference
  readonly reason?: string
  readonly message?: string
  readonly type?: 'Normal' | 'Warning'
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly action?: string
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly reportingComponent?: string
  readonly reportingInstance?: string
  readonly related?: ObjectReference
}
export interface Lease extends ApiObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}
export interface Namespace extends ApiObject {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: 'Active' | 'Terminating'; readonly conditions?: readonly Condition[] }
}
export interface ConfigMap extends ApiObject {
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
  readonly immutable?: boolean
}
export interface Secret extends ApiObject {
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
  readonly immutable?: boolean
}
export interface PodDisruptionBudget extends ApiObject {
  readonly spec: {
    readonly minAvailable?: IntOrString
    readonly maxUnavailable?: IntOrString
    readonly selector?: LabelSelector
    readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow'
  }
  readonly status?: {
    readonly disruptionsAllowed: number
    readonly currentHealthy: number
    readonly desiredHealthy: number
    readonly expectedPods: number
    readonly observedGeneration?: number
    readonly disruptedPods?: Readonly<Record<string, string>>
    readonly conditions?: readonly Condition[]
  }
}
export interface PersistentVolume extends ApiObject {
  readonly spec: {
    readonly capacity?: ResourceList
    readonly accessModes?: readonly string[]
    readonly claimRef?: ObjectReference
    readonly storageClassName?: string
    readonly persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle'
    readonly volumeMode?: string
    readonly nodeAffinity?: { readonly required?: NodeSelector }
    readonly csi?: { readonly driver: string; readonly volumeHandle: string }
    readonly [source: string]: unknown
  }
  readonly status?: { readonly phase?: string; readonly reason?: string; readonly message?: string }
}
export interface PersistentVolumeClaim extends ApiObject {
  readonly spec: {
    readonly accessModes?: readonly string[]
    readonly resources?: { readonly requests?: ResourceList }
    readonly storageClassName?: string
    readonly volumeMode?: string
    readonly volumeName?: string
    readonly selector?: LabelSelector
  }
  readonly status?: { readonly phase?: string; readonly capacity?: ResourceList; readonly accessModes?: readonly string[] }
}
export interface StorageClass extends ApiObject {
  readonly provisioner: string
  readonly volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  readonly reclaimPolicy?: string
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { key: string; values: readonly string[] }[]
  }[]
  readonly allowVolumeExpansion?: boolean
}
export interface PriorityClass extends ApiObject {
  readonly value: number
  readonly globalDefault?: boolean
  readonly description?: string
  readonly preemptionPolicy?: 'PreemptLowerPriority' | 'Never'
}
