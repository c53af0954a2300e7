import { quantityMilliValue, quantityValue } from '../api/quantity.ts'
import type { Pod, ResourceList, Taint } from '../api/types.ts'
import { matchesNodeSelectorTerms } from '../scheduler/node-selector.ts'
import { podRequests } from '../scheduler/pod-requests.ts'
import { isTolerated } from '../scheduler/taints.ts'
import { isStaticPod } from './pod-phase.ts'
import { qosOf } from './pod-status.ts'

export interface Rejection {
  readonly reason: string
  readonly message: string
  /** Only resources are short, so much of each: a critical Pod may take them from others. */
  readonly isInsufficient?: boolean
  readonly missing?: Readonly<Record<string, number>>
}

const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000

/** Pods that the node does without last. Models kubetypes.IsCriticalPod. */
export const isCriticalPod = (pod: Pod): boolean => isStaticPod(pod) || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY

/** Whole amounts: cpu in millicores, everything else in base units. */
export const capacityAmount = (list: ResourceList, resource: string): number =>
  resource === 'cpu' ? quantityMilliValue(list['cpu']) : quantityValue(list[resource])

export interface AdmissionInputs {
  readonly pod: Pod
  /** Other Pods of the node that are not over, with their allocated resources. */
  readonly others: readonly Pod[]
  readonly allocatable: ResourceList
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly nodeName: string
}

const hostPortsOf = (pod: Pod): readonly string[] =>
  pod.spec.containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort, containerPort }) => (pod.spec.hostNetwork ? containerPort : hostPort))
      .map(
        ({ hostPort, containerPort, protocol = 'TCP' }) =>
          `${protocol}/${pod.spec.hostNetwork ? (hostPort ?? containerPort) : hostPort}`,
      ),
  )

const insufficient = (resource: string, requested: number, used: number, capacity: number): string =>
  `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`

/** Whether the node takes a Pod that was bound to it. Models pkg/kubelet/lifecycle/predicate.go (v1.35): the first reason counts. */
export function admit({ pod, others, allocatable, labels, taints, nodeName }: AdmissionInputs): Rejection | undefined {
  const os = pod.spec.os?.name
  if (os !== undefined && os !== (labels['kubernetes.io/os'] ?? 'linux'))
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
  const room = insufficientResources(pod, others, allocatable)
  if (room) return room
  const affinity = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const selector = Object.entries(pod.spec.nodeSelector ?? {})
  if (
    selector.some(([key, value]) => labels[key] !== value) ||
    (affinity && !matchesNodeSelectorTerms(affinity.nodeSelectorTerms, labels, nodeName))
  )
    return { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" }
  const wanted = hostPortsOf(pod)
  if (wanted.length > 0) {
    const taken = new Set(others.flatMap(hostPortsOf))
    if (wanted.some((port) => taken.has(port)))
      return {
        reason: 'NodePorts',
        message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
      }
  }
  if (
    !isStaticPod(pod) &&
    taints.some((taint) => taint.effect === 'NoExecute' && !isTolerated(taint, pod.spec.tolerations ?? []))
  )
    return {
      reason: 'TaintToleration',
      message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    }
  return undefined
}

function insufficientResources(pod: Pod, others: readonly Pod[], allocatable: ResourceList): Rejection | undefined {
  const podCapacity = capacityAmount(allocatable, 'pods')
  let first: Rejection | undefined
  const missing: Record<string, number> = {}
  if (others.length + 1 > podCapacity) {
    first = { reason: 'OutOfpods', message: insufficient('pods', 1, others.length, podCapacity) }
    missing['pods'] = others.length + 1 - podCapacity
  }
  const requests = podRequests(pod)
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    const requested = requests[resource] ?? 0
    if (requested === 0 || allocatable[resource] === undefined) continue
    const capacity = capacityAmount(allocatable, resource)
    let used = 0
    for (const other of others) used += podRequests(other)[resource] ?? 0
    if (requested + used <= capacity) continue
    first ??= { reason: `OutOf${resource}`, message: insufficient(resource, requested, used, capacity) }
    missing[resource] = requested + used - capacity
  }
  return first && { ...first, isInsufficient: true, missing }
}

/**
 * Pods that make room for a critical one, or undefined when that is not allowed or not enough. Best-effort Pods go before burstable and
 * guaranteed ones. Models pkg/kubelet/preemption. Simplified: within a class the one that frees most of what is missing goes first.
 */
export function victimsFor(pod: Pod, others: readonly Pod[], { missing = {} }: Rejection): readonly Pod[] | undefined {
  if (!isCriticalPod(pod)) return undefined
  const left: Record<string, number> = { ...missing }
  const victims: Pod[] = []
  const isEnough = (): boolean => Object.values(left).every((amount) => amount <= 0)
  const freed = (other: Pod, resource: string): number => (resource === 'pods' ? 1 : (podRequests(other)[resource] ?? 0))
  for (const qos of ['BestEffort', 'Burstable', 'Guaranteed'] as const) {
    const candidates = others.filter(
      (other) => !isCriticalPod(other) && (other.spec.priority ?? 0) < (pod.spec.priority ?? 0) && qosOf(other) === qos,
    )
    const gain = (other: Pod): number =>
      Object.entries(left).reduce(
        (sum, [resource, amount]) => sum + (amount > 0 ? Math.min(amount, freed(other, resource)) / amount : 0),
        0,
      )
    const ranked = candidates.map((other) => ({ other, gain: gain(other) })).sort((a, b) => b.gain - a.gain)
    for (const { other, gain: gained } of ranked) {
      if (isEnough()) return victims
      if (gained === 0) continue
      victims.push(other)
      for (const resource in left) left[resource]! -= freed(other, resource)
    }
  }
  return isEnough() ? victims : undefined
}
