import { cronJobController } from './cronjob.ts'
import { daemonSetController } from './daemonset.ts'
import { deploymentController } from './deployment.ts'
import { disruptionController } from './disruption.ts'
import { endpointSliceController } from './endpointslice.ts'
import { garbageCollector } from './garbage-collector.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler.ts'
import { jobController } from './job.ts'
import { namespaceController } from './namespace.ts'
import { nodeIpamController } from './node-ipam.ts'
import { nodeLifecycleController } from './node-lifecycle.ts'
import { persistentVolumeBinder } from './persistentvolume-binder.ts'
import { podGarbageCollector } from './pod-gc.ts'
import { replicaSetController, replicaSets } from './replicaset.ts'
import { replicationControllers } from './replication-controller.ts'
import { resourceQuotaController } from './resource-quota.ts'
import { rootCaPublisher } from './root-ca-publisher.ts'
import type { ResourceMetrics } from './resource-metrics.ts'
import type { Controller } from './runtime/controller.ts'
import { serviceAccountController } from './serviceaccount.ts'
import { statefulSetController } from './statefulset.ts'
import { taintEvictionController } from './taint-eviction.ts'
import { ttlAfterFinishedController } from './ttl-after-finished.ts'
import { claimProtection, volumeProtection } from './volume-protection.ts'
import { PROVISIONERS, volumeProvisioner } from './volume-provisioner.ts'

/**
 * Every controller of the controller manager, in the order in which a change is shown to them. `metrics`: what the metrics server
 * knows; absent when there is none.
 */
export const allControllers = (metrics?: ResourceMetrics): readonly Controller[] => [
  deploymentController,
  replicaSetController(replicaSets) as Controller,
  replicaSetController(replicationControllers) as Controller,
  resourceQuotaController,
  endpointSliceController as Controller,
  garbageCollector as Controller,
  namespaceController as Controller,
  serviceAccountController,
  rootCaPublisher,
  nodeIpamController as Controller,
  nodeLifecycleController as Controller,
  taintEvictionController as Controller,
  podGarbageCollector as Controller,
  disruptionController,
  jobController as Controller,
  daemonSetController as Controller,
  statefulSetController,
  ttlAfterFinishedController,
  cronJobController,
  horizontalPodAutoscalerController(metrics) as Controller,
  persistentVolumeBinder,
  claimProtection,
  volumeProtection,
  ...Object.keys(PROVISIONERS).map(volumeProvisioner),
]
