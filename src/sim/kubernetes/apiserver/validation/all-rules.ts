import type { Resource } from '../../api/resources.ts'
import { autoscalerRules } from './autoscaling.ts'
import { cronJobRules, jobRules } from './batch.ts'
import {
  configMapRules,
  endpointsRules,
  limitRangeRules,
  namespaceRules,
  nodeRules,
  quotaRules,
  secretRules,
  serviceRules,
} from './core.ts'
import { isDns1123Subdomain } from './names.ts'
import { endpointSliceRules, ingressClassRules, ingressRules, networkPolicyRules } from './networking.ts'
import { podRules } from './pod.ts'
import { budgetRules, leaseRules, priorityClassRules, runtimeClassRules } from './policy.ts'
import { clusterRoleBindingRules, clusterRoleRules, roleBindingRules, roleRules } from './rbac.ts'
import type { Rules } from './rules.ts'
import { claimRules, storageClassRules, volumeRules } from './storage.ts'
import {
  daemonSetRules,
  deploymentRules,
  podTemplateRules,
  replicaSetRules,
  replicationControllerRules,
  statefulSetRules,
} from './workloads.ts'

const RULES: Readonly<Record<string, Rules>> = {
  pods: podRules,
  podtemplates: podTemplateRules,
  services: serviceRules,
  endpoints: endpointsRules,
  nodes: nodeRules,
  namespaces: namespaceRules,
  configmaps: configMapRules,
  secrets: secretRules,
  resourcequotas: quotaRules,
  limitranges: limitRangeRules,
  persistentvolumeclaims: claimRules,
  persistentvolumes: volumeRules,
  replicationcontrollers: replicationControllerRules,
  'deployments.apps': deploymentRules,
  'replicasets.apps': replicaSetRules,
  'statefulsets.apps': statefulSetRules,
  'daemonsets.apps': daemonSetRules,
  'jobs.batch': jobRules,
  'cronjobs.batch': cronJobRules,
  'horizontalpodautoscalers.autoscaling': autoscalerRules,
  'poddisruptionbudgets.policy': budgetRules,
  'priorityclasses.scheduling.k8s.io': priorityClassRules,
  'storageclasses.storage.k8s.io': storageClassRules,
  'ingresses.networking.k8s.io': ingressRules,
  'ingressclasses.networking.k8s.io': ingressClassRules,
  'networkpolicies.networking.k8s.io': networkPolicyRules,
  'endpointslices.discovery.k8s.io': endpointSliceRules,
  'leases.coordination.k8s.io': leaseRules,
  'runtimeclasses.node.k8s.io': runtimeClassRules,
  'roles.rbac.authorization.k8s.io': roleRules,
  'clusterroles.rbac.authorization.k8s.io': clusterRoleRules,
  'rolebindings.rbac.authorization.k8s.io': roleBindingRules,
  'clusterrolebindings.rbac.authorization.k8s.io': clusterRoleBindingRules,
}
/** Kinds that nothing simulates are held to their names only. */
const ANY: Rules = { name: isDns1123Subdomain }

export const rulesFor = ({ key }: Resource): Rules => RULES[key] ?? ANY
