import type { Namespace } from '../api/types.ts'
import { type Controller, DONE, retry } from './runtime/controller.ts'

const NAME = 'default'

/** Gives every active namespace its `default` ServiceAccount, and a new one when it is deleted. Models pkg/controller/serviceaccount (v1.35). */
export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  watches: {
    namespaces: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(object.metadata.name)
    },
    serviceaccounts: ({ type, object }, { enqueue }) => {
      if (type === 'DELETED' && object.metadata.name === NAME) enqueue(object.metadata.namespace!)
    },
  },
  reconcile({ api, cache }, namespace) {
    const owner = cache.get('namespaces', '', namespace) as unknown as Namespace | undefined
    if (!owner || owner.status?.phase === 'Terminating') return DONE
    if (cache.get('serviceaccounts', namespace, NAME)) return DONE
    const created = api.create('serviceaccounts', namespace, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: NAME, namespace },
    })
    if (created.ok || created.status.code === 409) return DONE
    if (created.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return DONE
    return retry(created.status.message)
  },
}
