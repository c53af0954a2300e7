import { formatTime, type Millis } from '../../kernel/time.ts'
import type { Patch } from '../api/client.ts'
import type { Condition, Node, Pod } from '../api/types.ts'
import { readyCondition } from './node-health.ts'
import { OUT_OF_SERVICE } from './node-taints.ts'
import { podConditionPatch } from './pod-condition-patch.ts'
import { isPodFinished, isPodTerminating } from './pod-state.ts'
import { type Context, type Controller, DONE } from './runtime/controller.ts'

const PERIOD_MS: Millis = 20_000
/** Between missing a node and deleting its pods. */
const QUARANTINE_MS: Millis = 40_000
const FINISHED_PODS_MAX = 12_500

interface State {
  /** Nodes that pods name and nobody knows, since when. */
  readonly missing: Map<string, Millis>
}

/** Marks a pod Failed, which no kubelet will, and removes it at once. */
function failAndDelete(
  { api, unixMs }: Context<State>,
  pod: Pod,
  why?: { readonly reason: string; readonly message: string },
): void {
  const { namespace = '', name, generation } = pod.metadata
  if (!isPodFinished(pod)) {
    const condition: Condition | undefined = why && {
      type: 'DisruptionTarget',
      status: 'True',
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: formatTime(unixMs),
      ...why,
    }
    const failed = { phase: 'Failed' }
    const patch: Patch = condition ? podConditionPatch(pod, condition, failed) : { type: 'strategic', body: { status: failed } }
    if (!api.patch('pods', namespace, name, patch, { subresource: 'status' }).ok) return
  }
  api.delete('pods', namespace, name, { gracePeriodSeconds: 0 })
}

function collect(context: Context<State>): void {
  const { cache, state, api } = context
  const finished: Pod[] = []
  const orphaned: Pod[] = []
  const outOfService: Pod[] = []
  const unscheduled: Pod[] = []
  for (const object of cache.list('pods')) {
    const pod = object as unknown as Pod
    const { nodeName } = pod.spec
    if (isPodFinished(pod)) finished.push(pod)
    const node = nodeName ? (cache.get('nodes', '', nodeName) as unknown as Node | undefined) : undefined
    if (nodeName && !node) orphaned.push(pod)
    if (!isPodTerminating(pod)) continue
    if (!nodeName) unscheduled.push(pod)
    else if (node && readyCondition(node)?.status !== 'True' && node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE))
      outOfService.push(pod)
  }
  if (finished.length > FINISHED_PODS_MAX) {
    const age = (pod: Pod): string => `${pod.metadata.creationTimestamp} ${pod.metadata.name}`
    finished.sort((a, b) => (age(a) < age(b) ? -1 : 1))
    for (const pod of finished.slice(0, finished.length - FINISHED_PODS_MAX)) failAndDelete(context, pod)
  }
  for (const pod of outOfService) failAndDelete(context, pod)
  const now = context.now
  const named = new Set(orphaned.map((pod) => pod.spec.nodeName!))
  for (const name of named) if (!state.missing.has(name)) state.missing.set(name, now)
  for (const [name, since] of state.missing) {
    if (!named.has(name)) state.missing.delete(name)
    if (!named.has(name) || now - since < QUARANTINE_MS) continue
    state.missing.delete(name)
    const node = api.get('nodes', '', name)
    if (node.ok || node.status.code !== 404) continue
    for (const pod of orphaned)
      if (pod.spec.nodeName === name)
        failAndDelete(context, pod, { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' })
  }
  for (const pod of unscheduled) failAndDelete(context, pod)
}

/**
 * Removes pods that no kubelet will: of nodes that are gone or out of service, terminating ones that never got a node, and the oldest of
 * too many finished ones. Models pkg/controller/podgc (v1.35).
 */
export const podGarbageCollector: Controller<State> = {
  name: 'pod-garbage-collector-controller',
  watches: { pods: () => {}, nodes: () => {} },
  periodic: [{ key: 'collect', everyMs: PERIOD_MS, firstMs: 0 }],
  initialState: () => ({ missing: new Map() }),
  reconcile(context) {
    collect(context)
    return DONE
  },
}
