import { formatTime } from '../kernel/time.ts'
import type { Api } from './api/client.ts'
import type { AnyObject } from './api/types.ts'
import { assert } from '../kernel/assert.ts'

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

const PRIORITY_CLASSES = [
  { name: 'system-cluster-critical', value: 2_000_000_000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
  { name: 'system-node-critical', value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' },
]

interface FirstObject {
  readonly resource: string
  readonly namespace: string
  readonly object: AnyObject
}

/** What an API server has made of a fresh store before anyone else arrives: namespaces, the `kubernetes` Service, priority classes. */
export function bootstrapObjects(unixMs: number): readonly FirstObject[] {
  const created = formatTime(unixMs)
  return [
    ...NAMESPACES.map((name) => ({
      resource: 'namespaces',
      namespace: '',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, creationTimestamp: created } },
    })),
    ...PRIORITY_CLASSES.map(({ name, value, description }) => ({
      resource: 'priorityclasses.scheduling.k8s.io',
      namespace: '',
      object: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value, description, preemptionPolicy: 'PreemptLowerPriority' },
    })),
    {
      resource: 'services',
      namespace: 'default',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
        spec: {
          type: 'ClusterIP',
          clusterIP: '10.96.0.1',
          ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
        },
      },
    },
  ]
}

/** The class that kind and its like come with, so that a claim that names none gets a volume. */
export const STANDARD_STORAGE_CLASS: FirstObject = {
  resource: 'storageclasses.storage.k8s.io',
  namespace: '',
  object: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  },
}

export function bootstrap(api: Api, unixMs: number, addOns: readonly FirstObject[] = []): void {
  for (const { resource, namespace, object } of [...bootstrapObjects(unixMs), ...addOns]) {
    const created = api.create(resource, namespace, object)
    assert(created.ok, 'bootstrap object refused', resource, object.metadata.name, created.ok ? '' : created.status.message)
  }
}
