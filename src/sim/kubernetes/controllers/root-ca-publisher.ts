import type { ConfigMap, Namespace } from '../api/types.ts'
import { type Controller, DONE, retry } from './runtime/controller.ts'

const NAME = 'kube-root-ca.crt'
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVkIGNsdXN0ZXI6IG5vIHJlYWwga2V5cw==\n-----END CERTIFICATE-----\n'

/**
 * Keeps the ConfigMap `kube-root-ca.crt` in every active namespace. Models pkg/controller/certificates/rootcacertpublisher (v1.35).
 * Simplified: the certificate is a placeholder.
 */
export const rootCaPublisher: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  watches: {
    namespaces: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(object.metadata.name)
    },
    configmaps: ({ object, type }, { enqueue }) => {
      if (object.metadata.name === NAME && type !== 'ADDED') enqueue(object.metadata.namespace!)
    },
  },
  reconcile({ api, cache }, namespace) {
    const owner = cache.get('namespaces', '', namespace) as unknown as Namespace | undefined
    if (!owner || owner.status?.phase === 'Terminating') return DONE
    const existing = cache.get('configmaps', namespace, NAME)
    const annotations = { 'kubernetes.io/description': DESCRIPTION }
    const data = { 'ca.crt': CERTIFICATE }
    if (!existing) {
      const created = api.create('configmaps', namespace, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: NAME, namespace, annotations },
        data,
      })
      const isTerminating = !created.ok && created.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')
      return created.ok || created.status.code === 409 || isTerminating ? DONE : retry(created.status.message)
    }
    const current = existing as unknown as ConfigMap
    const isIntact =
      Object.keys(current.data ?? {}).length === 1 &&
      current.data?.['ca.crt'] === CERTIFICATE &&
      current.metadata.annotations?.['kubernetes.io/description'] === DESCRIPTION
    if (isIntact || current.metadata.deletionTimestamp) return DONE
    const metadata = { ...existing.metadata, annotations: { ...existing.metadata.annotations, ...annotations } }
    const updated = api.update('configmaps', namespace, NAME, { ...existing, metadata, data })
    return updated.ok ? DONE : retry(updated.status.message)
  },
}
