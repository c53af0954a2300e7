import { matchesLabels } from '../api/selectors.ts'
import type { Pod, Service } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey } from './object-key.ts'
import { isPodFinished, isPodReady } from './pod-state.ts'
import type { Lister } from './runtime/controller.ts'

/** Whether a change of a pod could show in endpoints. Models endpointslice/util podEndpointsChanged (v1.35). */
function endpointsChanged(before: Pod, after: Pod): boolean {
  return (
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    isPodFinished(before) !== isPodFinished(after) ||
    isPodReady(before) !== isPodReady(after) ||
    before.status?.podIP !== after.status?.podIP ||
    before.spec.nodeName !== after.spec.nodeName ||
    before.spec.hostname !== after.spec.hostname ||
    before.spec.subdomain !== after.spec.subdomain
  )
}

/** Keys of the Services whose endpoints a change of a pod may change. */
export function* servicesOfPod(change: Change, cache: Lister): Iterable<string> {
  const pod = change.object as unknown as Pod
  const before = change.previous as unknown as Pod | undefined
  const labelsChanged = change.type === 'MODIFIED' && !deepEqual(before?.metadata.labels, pod.metadata.labels)
  if (change.type === 'MODIFIED' && before && !labelsChanged && !endpointsChanged(before, pod)) return
  for (const object of cache.list('services')) {
    if (object.metadata.namespace !== pod.metadata.namespace) continue
    const { selector } = (object as unknown as Service).spec
    if (matchesLabels(selector, pod.metadata.labels) || (labelsChanged && matchesLabels(selector, before?.metadata.labels)))
      yield objectKey(object)
  }
}
