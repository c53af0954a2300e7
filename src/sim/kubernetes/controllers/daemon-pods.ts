import type { Affinity, Node, Pod, PodTemplateSpec, Toleration } from '../api/types.ts'
import { matchesNodeSelectorTerms, NODE_NAME_FIELD } from '../scheduler/node-selector.ts'
import { isTolerated } from '../scheduler/taints.ts'
import { isPodFinished, isPodTerminating } from './pod-state.ts'

const exists = (key: string, effect: 'NoSchedule' | 'NoExecute'): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
})

/** What a daemon pod puts up with. Models daemon/util AddOrUpdateDaemonPodTolerations (v1.35). */
function withDaemonTolerations(tolerations: readonly Toleration[], hostNetwork: boolean): readonly Toleration[] {
  const added = [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ]
  return [
    ...tolerations,
    ...added.filter(
      ({ key, effect }) => !tolerations.some((own) => own.key === key && own.effect === effect && own.operator === 'Exists'),
    ),
  ]
}

/** The template of a daemon pod, not yet meant for a node. */
export function daemonTemplate(template: PodTemplateSpec, hash: string, generation: string | undefined): PodTemplateSpec {
  const { metadata = {}, spec } = template
  const labels = {
    ...metadata.labels,
    ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
    'controller-revision-hash': hash,
  }
  return {
    metadata: { ...metadata, labels },
    spec: { ...spec, tolerations: withDaemonTolerations(spec.tolerations ?? [], spec.hostNetwork === true) },
  }
}

/** Required node affinity for this node and no other. Models daemon/util ReplaceDaemonSetPodNodeNameNodeAffinity (v1.35). */
export function boundToNode(affinity: Affinity | undefined, node: string): Affinity {
  const nodeSelectorTerms = [{ matchFields: [{ key: NODE_NAME_FIELD, operator: 'In' as const, values: [node] }] }]
  return {
    ...affinity,
    nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  }
}

/** The node that a daemon pod is on or meant for. */
export function targetNode({ spec }: Pod): string {
  if (spec.nodeName) return spec.nodeName
  for (const { matchFields = [] } of spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    ?.nodeSelectorTerms ?? [])
    for (const { key, values = [] } of matchFields) if (key === NODE_NAME_FIELD && values.length === 1) return values[0]!
  return ''
}

/** Whether a node is to have a daemon pod, and whether one that is there may stay. Models NodeShouldRunDaemonPod (v1.35). */
export function wantedOn(node: Node, { spec }: PodTemplateSpec): { readonly run: boolean; readonly stay: boolean } {
  const { name, labels = {} } = node.metadata
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const fits =
    (!spec.nodeName || spec.nodeName === name) &&
    Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (!required || matchesNodeSelectorTerms(required.nodeSelectorTerms, labels, name))
  if (!fits) return { run: false, stay: false }
  const tolerations = withDaemonTolerations(spec.tolerations ?? [], spec.hostNetwork === true)
  const untolerated = (node.spec.taints ?? []).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations),
  )
  return { run: untolerated.length === 0, stay: !untolerated.some(({ effect }) => effect === 'NoExecute') }
}

/** Daemon pods by node, oldest first; those that have ended and are being deleted no longer count. */
export function podsByNode(pods: readonly Pod[]): Map<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    if (isPodFinished(pod) && isPodTerminating(pod)) continue
    const node = targetNode(pod)
    const there = byNode.get(node)
    if (there) there.push(pod)
    else byNode.set(node, [pod])
  }
  for (const there of byNode.values()) there.sort(byAge)
  return byNode
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Those that have a node first, then the older. */
function byAge(a: Pod, b: Pod): number {
  const [nodeA, nodeB] = [!!a.spec.nodeName, !!b.spec.nodeName]
  if (nodeA !== nodeB) return nodeA ? -1 : 1
  return (
    compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compare(a.metadata.name, b.metadata.name)
  )
}
