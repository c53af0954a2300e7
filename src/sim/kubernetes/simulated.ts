import type { Store } from './etcd/store.ts'

/** Resources that something here acts on. Any other kind is stored and listed like in a real cluster, and nothing comes of it. */
const ACTING: ReadonlySet<string> = new Set([
  'configmaps',
  'controllerrevisions.apps',
  'cronjobs.batch',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'daemonsets.apps',
  'deployments.apps',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'events',
  'horizontalpodautoscalers.autoscaling',
  'jobs.batch',
  'leases.coordination.k8s.io',
  'limitranges',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'persistentvolumes',
  'poddisruptionbudgets.policy',
  'pods',
  'priorityclasses.scheduling.k8s.io',
  'replicasets.apps',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'serviceaccounts',
  'services',
  'statefulsets.apps',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
])

/** `Ingress shop/front`: objects that are stored, not simulated; sorted. */
export function storedOnly(store: Store): readonly string[] {
  const found: string[] = []
  for (const resource of store.resources()) {
    if (ACTING.has(resource)) continue
    for (const { kind, metadata } of store.scan(resource)) found.push(`${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`)
  }
  return found.sort()
}
