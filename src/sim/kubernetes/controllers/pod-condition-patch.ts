import type { Patch } from '../api/client.ts'
import type { Condition, Pod } from '../api/types.ts'

/**
 * A patch of a Pod's status that sets one condition where it stands, or as the last. The order of the list is part of the patch, as in
 * the two-way strategic merge patches that PatchPodStatus of pkg/util/pod makes (v1.35).
 */
export function podConditionPatch(pod: Pod, condition: Condition, more: Readonly<Record<string, unknown>> = {}): Patch {
  const types = (pod.status?.conditions ?? []).map(({ type }) => type)
  const order = types.includes(condition.type) ? types : [...types, condition.type]
  const status = {
    ...more,
    '$setElementOrder/conditions': order.map((type) => ({ type })),
    conditions: [condition],
  }
  return { type: 'strategic', body: { metadata: { uid: pod.metadata.uid }, status } }
}
