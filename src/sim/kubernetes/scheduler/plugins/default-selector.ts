import { matchesLabels, selectorOf, selectorOfLabels, type Selector } from '../../api/selectors.ts'
import type { ClusterCache } from '../cache.ts'
import type { PodShape } from '../pod-info.ts'

/**
 * What a pod's Services and its controller select by, joined; empty when there is nothing. Owners are found by name.
 * Models plugins/helper DefaultSelector (v1.35).
 */
export function defaultSelector({ namespace, labels, controller }: PodShape, { objects }: ClusterCache): Selector {
  let merged: Record<string, string> = {}
  for (const { spec } of objects.list('Service', namespace))
    if (matchesLabels(spec.selector, labels)) merged = { ...merged, ...spec.selector }
  switch (controller && `${controller.apiVersion} ${controller.kind}`) {
    case 'v1 ReplicationController':
      return selectorOfLabels({ ...merged, ...objects.get('ReplicationController', controller!.name, namespace)?.spec?.selector })
    case 'apps/v1 ReplicaSet':
    case 'apps/v1 StatefulSet': {
      const owner = objects.get(controller!.kind as 'ReplicaSet' | 'StatefulSet', controller!.name, namespace)
      return [...selectorOfLabels(merged), ...(selectorOf(owner?.spec?.selector) ?? [])]
    }
    default:
      return selectorOfLabels(merged)
  }
}
