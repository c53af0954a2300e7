import type { Deployment, ReplicaSet } from '../../sim/kubernetes/api/types.ts'
import type { WorkloadView } from '../protocol.ts'

/** Resources that are drawn as workloads, with their kind. */
export const WORKLOADS: Readonly<Record<string, string>> = {
  'deployments.apps': 'Deployment',
  'replicasets.apps': 'ReplicaSet',
  'statefulsets.apps': 'StatefulSet',
  'daemonsets.apps': 'DaemonSet',
  'jobs.batch': 'Job',
}

interface Counts {
  readonly spec: { readonly replicas?: number; readonly completions?: number; readonly template: ReplicaSet['spec']['template'] }
  readonly status?: Readonly<Record<string, number | undefined>>
}

export function workloadView(resource: string, object: Deployment | ReplicaSet): WorkloadView {
  const { metadata } = object
  const { spec, status = {} } = object as unknown as Counts
  const base = {
    key: { resource, namespace: metadata.namespace ?? '', name: metadata.name },
    kind: WORKLOADS[resource] ?? resource,
    images: [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers].map(({ image }) => image ?? ''),
  }
  if (resource === 'daemonsets.apps') {
    return {
      ...base,
      desired: status['desiredNumberScheduled'] ?? 0,
      current: status['currentNumberScheduled'] ?? 0,
      ready: status['numberReady'] ?? 0,
      updated: status['updatedNumberScheduled'] ?? 0,
    }
  }
  if (resource === 'jobs.batch') {
    const succeeded = status['succeeded'] ?? 0
    return { ...base, desired: spec.completions ?? 1, current: (status['active'] ?? 0) + succeeded, ready: succeeded, updated: succeeded }
  }
  return {
    ...base,
    desired: spec.replicas ?? 1,
    current: status['replicas'] ?? 0,
    ready: status['readyReplicas'] ?? 0,
    updated: status['updatedReplicas'] ?? status['replicas'] ?? 0,
  }
}
