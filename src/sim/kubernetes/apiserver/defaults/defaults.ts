import type { Resource } from '../../api/resources.ts'
import type { AnyObject, Pod } from '../../api/types.ts'
import {
  withDaemonSetDefaults,
  withDeploymentDefaults,
  withReplicaSetDefaults,
  withReplicationControllerDefaults,
  withStatefulSetDefaults,
} from './apps.ts'
import { withAutoscalerDefaults } from './autoscaling.ts'
import { withCronJobDefaults, withJobDefaults } from './batch.ts'
import {
  withClaimDefaults,
  withEndpointsDefaults,
  withLimitRangeDefaults,
  withNamespaceDefaults,
  withNodeDefaults,
  withSecretDefaults,
  withServiceDefaults,
  withVolumeDefaults,
} from './core.ts'
import { fill, within } from './fill.ts'
import { withEndpointSliceDefaults, withIngressClassDefaults, withNetworkPolicyDefaults } from './networking.ts'
import { withPodDefaults, withTemplateDefaults } from './pod.ts'

type Defaulting = (object: AnyObject) => AnyObject

interface Subject {
  readonly kind?: string
}

/** A reference to a role of this group; users and groups belong to it, too. Models pkg/apis/rbac/v1/defaults.go. */
const withBindingDefaults: Defaulting = (object) => {
  const binding = within(object as AnyObject & { readonly roleRef?: object }, 'roleRef', (ref) =>
    fill(ref, { apiGroup: 'rbac.authorization.k8s.io' }),
  )
  return within(binding as AnyObject & { readonly subjects?: readonly Subject[] }, 'subjects', (subjects) =>
    subjects.map((subject) =>
      subject.kind === 'User' || subject.kind === 'Group' ? fill(subject, { apiGroup: 'rbac.authorization.k8s.io' }) : subject,
    ),
  )
}

interface Definition extends AnyObject {
  readonly spec: { readonly names: { readonly kind: string } }
}

const DEFAULTS: Readonly<Record<string, Defaulting>> = {
  pods: (object) => withPodDefaults(object as unknown as Pod) as unknown as AnyObject,
  podtemplates: (object) =>
    within(object as AnyObject & { readonly template?: never }, 'template', withTemplateDefaults as never),
  replicationcontrollers: withReplicationControllerDefaults,
  services: withServiceDefaults,
  endpoints: withEndpointsDefaults,
  secrets: withSecretDefaults,
  namespaces: withNamespaceDefaults,
  nodes: withNodeDefaults,
  persistentvolumeclaims: withClaimDefaults,
  persistentvolumes: withVolumeDefaults,
  limitranges: withLimitRangeDefaults,
  'deployments.apps': withDeploymentDefaults,
  'replicasets.apps': withReplicaSetDefaults,
  'statefulsets.apps': withStatefulSetDefaults,
  'daemonsets.apps': withDaemonSetDefaults,
  'jobs.batch': withJobDefaults,
  'cronjobs.batch': withCronJobDefaults,
  'horizontalpodautoscalers.autoscaling': withAutoscalerDefaults,
  'networkpolicies.networking.k8s.io': withNetworkPolicyDefaults,
  'ingressclasses.networking.k8s.io': withIngressClassDefaults,
  'endpointslices.discovery.k8s.io': withEndpointSliceDefaults,
  'storageclasses.storage.k8s.io': (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'csidrivers.storage.k8s.io': (object) =>
    within(object as AnyObject & { readonly spec?: object }, 'spec', (spec) =>
      fill(spec, {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        seLinuxMount: false,
      }),
    ),
  'priorityclasses.scheduling.k8s.io': (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  'rolebindings.rbac.authorization.k8s.io': withBindingDefaults,
  'clusterrolebindings.rbac.authorization.k8s.io': withBindingDefaults,
  'customresourcedefinitions.apiextensions.k8s.io': (object) =>
    within(object as Definition, 'spec', (spec) =>
      within(fill(spec, { conversion: { strategy: 'None' } }), 'names', (names) =>
        fill(names, { singular: names.kind?.toLowerCase(), listKind: `${names.kind}List` }),
      ),
    ),
}

/** Fills in what a manifest leaves to the server; what is complete comes back as it is. */
export const applyDefaults = (resource: Resource, object: AnyObject): AnyObject => DEFAULTS[resource.key]?.(object) ?? object
