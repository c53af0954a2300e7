import type { Resource } from '../../kubernetes/api/resources.ts'
import type { Fields } from '../fields.ts'
import * as config from './config.ts'
import * as network from './network.ts'
import { describeNode } from './nodes.ts'
import { describePod } from './pods.ts'
import * as policy from './policy.ts'
import * as storage from './storage.ts'
import * as workloads from './workloads.ts'
import { type DescribeContext, type Describer, DescribeWriter } from './writer.ts'

/** By resource key. Models describe's describerMap (v1.35). */
const DESCRIBERS: ReadonlyMap<string, Describer> = new Map<string, Describer>([
  ['pods', describePod],
  ['nodes', describeNode],
  ['replicationcontrollers', workloads.describeReplicationController],
  ['deployments.apps', workloads.describeDeployment],
  ['replicasets.apps', workloads.describeReplicaSet],
  ['statefulsets.apps', workloads.describeStatefulSet],
  ['daemonsets.apps', workloads.describeDaemonSet],
  ['jobs.batch', workloads.describeJob],
  ['cronjobs.batch', workloads.describeCronJob],
  ['services', network.describeService],
  ['endpoints', network.describeEndpoints],
  ['endpointslices.discovery.k8s.io', network.describeEndpointSlice],
  ['ingresses.networking.k8s.io', network.describeIngress],
  ['ingressclasses.networking.k8s.io', network.describeIngressClass],
  ['networkpolicies.networking.k8s.io', network.describeNetworkPolicy],
  ['servicecidrs.networking.k8s.io', network.describeServiceCidr],
  ['ipaddresses.networking.k8s.io', network.describeIpAddress],
  ['persistentvolumes', storage.describePersistentVolume],
  ['persistentvolumeclaims', storage.describePersistentVolumeClaim],
  ['storageclasses.storage.k8s.io', storage.describeStorageClass],
  ['volumeattributesclasses.storage.k8s.io', storage.describeVolumeAttributesClass],
  ['csinodes.storage.k8s.io', storage.describeCsiNode],
  ['horizontalpodautoscalers.autoscaling', policy.describeHorizontalPodAutoscaler],
  ['poddisruptionbudgets.policy', policy.describePodDisruptionBudget],
  ['priorityclasses.scheduling.k8s.io', policy.describePriorityClass],
  ['resourcequotas', policy.describeResourceQuota],
  ['limitranges', policy.describeLimitRange],
  ['namespaces', policy.describeNamespace],
  ['configmaps', config.describeConfigMap],
  ['secrets', config.describeSecret],
  ['serviceaccounts', config.describeServiceAccount],
  ['roles.rbac.authorization.k8s.io', config.describeRole],
  ['clusterroles.rbac.authorization.k8s.io', config.describeRole],
  ['rolebindings.rbac.authorization.k8s.io', config.describeRoleBinding],
  ['clusterrolebindings.rbac.authorization.k8s.io', config.describeRoleBinding],
  ['certificatesigningrequests.certificates.k8s.io', config.describeCertificateRequest],
])

export function describeObject(resource: Resource, object: Fields, context: DescribeContext): string {
  const writer = new DescribeWriter()
  const describer = DESCRIBERS.get(resource.key) ?? config.describeAny
  describer(object, writer, context)
  return writer.toString()
}
