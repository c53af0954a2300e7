import type { Resource } from '../api/resources.ts'
import { answer, type Answer, refuse } from '../api/status.ts'
import type { AnyObject, Condition, ObjectMeta, Pod } from '../api/types.ts'
import type { Store } from '../etcd/store.ts'
import { topologyLabelsOf } from './admission/pod-topology-labels.ts'
import { conflict } from './refusals.ts'

interface Binding extends AnyObject {
  readonly target?: { readonly kind?: string; readonly name?: string }
}

/**
 * `POST pods/x/binding`: the Pod gets its node, once, and the node's topology labels. Models pkg/registry/core/pod/storage assignPod and
 * the PodTopologyLabels admission plugin (v1.35).
 */
export function bindPod(resource: Resource, object: AnyObject, binding: AnyObject, store: Store, now: string): Answer<AnyObject> {
  const pod = object as unknown as Pod
  const { name } = pod.metadata
  const { target, metadata } = binding as Binding
  const node = target?.name ?? ''
  const refused = (why: string): Answer<never> => refuse(conflict({ ...resource, key: `${resource.key}/binding` }, name, why))
  if (metadata?.uid && metadata.uid !== pod.metadata.uid)
    return refused(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`)
  if (pod.metadata.deletionTimestamp !== undefined) return refused(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (pod.spec.nodeName) return refused(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) return refused(`pod ${name} has non-empty .spec.schedulingGates`)

  const labels = topologyLabelsOf(store.get('nodes', '', node))
  const nextMetadata: ObjectMeta = {
    ...pod.metadata,
    ...(labels ? { labels: { ...pod.metadata.labels, ...labels } } : {}),
    ...(metadata?.annotations ? { annotations: { ...pod.metadata.annotations, ...metadata.annotations } } : {}),
  }
  // A bound Pod needs no promise of a node (ClearingNominatedNodeNameAfterBinding, on from 1.35).
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  const next: Pod = {
    ...pod,
    metadata: nextMetadata,
    spec: { ...pod.spec, nodeName: node },
    status: { ...status, conditions: withScheduled(pod.status?.conditions ?? [], now) },
  }
  return answer(next as unknown as AnyObject)
}

function withScheduled(conditions: readonly Condition[], now: string): readonly Condition[] {
  const scheduled: Condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: now,
  }
  const index = conditions.findIndex(({ type }) => type === 'PodScheduled')
  return index < 0 ? [...conditions, scheduled] : conditions.with(index, scheduled)
}
