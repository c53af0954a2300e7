import { amountsOf } from '../../sim/kubernetes/scheduler/pod-requests.ts'
import type { Node } from '../../sim/kubernetes/api/types.ts'
import type { NodeView, PodView } from '../protocol.ts'
import type { Truth } from './truth.ts'

const ROLE = 'node-role.kubernetes.io/'

export function nodeView(node: Node, pods: Iterable<PodView>, truth: Truth): NodeView {
  const { metadata, spec, status } = node
  const allocatable = amountsOf(status?.allocatable)
  const capacity = amountsOf(status?.capacity)
  const requested = { cpuMilli: 0, memoryBytes: 0, pods: 0 }
  const limits = { cpuMilli: 0, memoryBytes: 0 }
  for (const pod of pods) {
    if (pod.look === 'succeeded' || pod.look === 'failed' || pod.status === 'no record') continue
    requested.cpuMilli += pod.requests.cpuMilli
    requested.memoryBytes += pod.requests.memoryBytes
    requested.pods += 1
    limits.cpuMilli += pod.limits.cpuMilli
    limits.memoryBytes += pod.limits.memoryBytes
  }
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  const ready = condition ? (condition.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  const { use, ...real } = truth.node(metadata.name)
  const labels = metadata.labels ?? {}
  return {
    name: metadata.name,
    ready,
    unschedulable: spec.unschedulable ?? false,
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    roles: Object.keys(labels)
      .filter((key) => key.startsWith(ROLE))
      .map((key) => key.slice(ROLE.length))
      .sort(),
    taints: (spec.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
    labels,
    allocatable: { cpuMilli: allocatable['cpu'] ?? 0, memoryBytes: allocatable['memory'] ?? 0, pods: allocatable['pods'] ?? 0 },
    capacity: { cpuMilli: capacity['cpu'] ?? 0, memoryBytes: capacity['memory'] ?? 0 },
    requested,
    limits,
    usage: use,
    truth: real,
    differs: (ready === 'Ready') !== (real.poweredOn && real.linked && real.kubeletRunning),
  }
}
