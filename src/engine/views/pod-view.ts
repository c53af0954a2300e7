import { parseTime } from '../../sim/kernel/time.ts'
import { podSummary } from '../../sim/kubectl/printers/cells/pods.ts'
import { amountsOf, podRequests } from '../../sim/kubernetes/scheduler/pod-requests.ts'
import type { Condition, Pod } from '../../sim/kubernetes/api/types.ts'
import type { Store } from '../../sim/kubernetes/etcd/store.ts'
import type { ObjectKey, PodLook, PodView } from '../protocol.ts'
import type { Truth } from './truth.ts'

const RESOURCE_OF_KIND: Readonly<Record<string, string>> = {
  ReplicaSet: 'replicasets.apps',
  Deployment: 'deployments.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  CronJob: 'cronjobs.batch',
  ReplicationController: 'replicationcontrollers',
  Node: 'nodes',
}

const FAILING = /^(Init:)?(CrashLoopBackOff|Error|OOMKilled|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|CreateContainerConfigError|CreateContainerError|RunContainerError|PostStartHookError|StartError|ContainerStatusUnknown|ExitCode:\d+|Signal:\d+)$/

const conditionOf = (pod: Pod, type: string): Condition | undefined => pod.status?.conditions?.find((condition) => condition.type === type)

export function lookOf(pod: Pod, status: string, nodeReports: boolean): PodLook {
  if (pod.metadata.deletionTimestamp) return 'terminating'
  if (pod.status?.phase === 'Succeeded') return 'succeeded'
  if (pod.status?.phase === 'Failed') return 'failed'
  if (!pod.spec.nodeName) return 'pending'
  if (!nodeReports) return 'unknown'
  if (FAILING.test(status)) return 'failing'
  if (pod.status?.phase !== 'Running') return 'creating'
  return conditionOf(pod, 'Ready')?.status === 'True' ? 'ready' : 'not-ready'
}

/** The controlling owner, and the owner of that where it is kept: a Pod of a Deployment is called after the Deployment. */
export function ownersOf(pod: Pod, store: Store): { readonly owner: ObjectKey | undefined; readonly app: string } {
  const reference = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  const resource = reference && RESOURCE_OF_KIND[reference.kind]
  if (!reference || !resource) return { owner: undefined, app: pod.metadata.name }
  const namespace = pod.metadata.namespace ?? ''
  const owner: ObjectKey = { resource, namespace, name: reference.name }
  const above = store.get(resource, namespace, reference.name)?.metadata.ownerReferences?.find(({ controller }) => controller)
  return { owner, app: above?.name ?? reference.name }
}

/** `0/3 nodes are available: 3 Insufficient cpu. preemption: …` → `3 Insufficient cpu`. */
export function shortReason(message: string): string {
  const match = /^\d+\/\d+ nodes are available: (.*?)\.(?: (?:no new claims|preemption:)|$)/.exec(message)
  return match ? match[1]! : message
}

const amounts = (list: Readonly<Record<string, number>>): { cpuMilli: number; memoryBytes: number } => ({
  cpuMilli: list['cpu'] ?? 0,
  memoryBytes: list['memory'] ?? 0,
})

function limitsOf(pod: Pod): { cpuMilli: number; memoryBytes: number } {
  let cpuMilli = 0
  let memoryBytes = 0
  for (const container of pod.spec.containers) {
    const limits = amountsOf(container.resources?.limits)
    cpuMilli += limits['cpu'] ?? 0
    memoryBytes += limits['memory'] ?? 0
  }
  return { cpuMilli, memoryBytes }
}

export function podView(pod: Pod, context: { readonly store: Store; readonly truth: Truth; readonly epochMs: number; readonly nodeReports: boolean }): PodView {
  const { store, truth, epochMs, nodeReports } = context
  const { metadata, spec } = pod
  const summary = podSummary(pod as unknown as Record<string, unknown>)
  const { owner, app } = ownersOf(pod, store)
  const look = lookOf(pod, summary.status, nodeReports)
  const scheduled = conditionOf(pod, 'PodScheduled')
  const real = truth.pod(metadata.uid ?? '')
  const running = real?.running ?? 0
  const graceEndsAt = parseTime(metadata.deletionTimestamp)
  const saysRunning = spec.nodeName !== undefined && (pod.status?.containerStatuses ?? []).some(({ state }) => state?.running)
  return {
    id: `${metadata.namespace ?? ''}/${metadata.name}`,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    app,
    suffix: metadata.name.startsWith(`${app}-`) ? metadata.name.slice(app.length + 1) : '',
    node: spec.nodeName,
    nominatedNode: pod.status?.nominatedNodeName,
    look,
    status: summary.status,
    readyContainers: summary.ready,
    containers: summary.total,
    restarts: summary.restarts,
    waitingFor:
      spec.nodeName || scheduled?.status !== 'False'
        ? ''
        : scheduled.reason === 'SchedulingGated'
          ? 'SchedulingGated'
          : shortReason(scheduled.message ?? ''),
    requests: amounts(podRequests(pod)),
    limits: limitsOf(pod),
    usage: real?.use ?? { cpuMilli: 0, memoryBytes: 0 },
    createdAt: (parseTime(metadata.creationTimestamp) ?? epochMs) - epochMs,
    graceEndsAt: graceEndsAt === undefined ? undefined : graceEndsAt - epochMs,
    graceMs: metadata.deletionTimestamp === undefined ? undefined : (metadata.deletionGracePeriodSeconds ?? 0) * 1000,
    progress: real?.progress,
    ip: pod.status?.podIP ?? '',
    labels: metadata.labels ?? {},
    owner,
    truth: { running, host: real?.host },
    differs: saysRunning !== running > 0,
  }
}
