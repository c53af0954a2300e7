import type { AnyObject } from '../../api/types.ts'
import { forbidden } from '../refusals.ts'
import type { AdmissionPlugin } from './plugin.ts'

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

const isTerminating = (namespace: AnyObject): boolean =>
  namespace.metadata.deletionTimestamp !== undefined ||
  (namespace['status'] as { phase?: string } | undefined)?.phase === 'Terminating'

/** Nothing is created in a namespace that is absent or going; three namespaces stay. Models apiserver admission/plugin/namespace/lifecycle. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  resources: 'all',
  admit(object, { operation, resource, namespace, name, store }) {
    if (operation !== 'create' || namespace === '') return { object }
    const home = store.get('namespaces', '', namespace)
    if (!home)
      return {
        refused: {
          code: 404,
          reason: 'NotFound',
          message: `namespaces "${namespace}" not found`,
          details: { name: namespace, kind: 'namespaces' },
        },
      }
    if (!isTerminating(home)) return { object }
    const refusal = forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    )
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    }
    return { refused: { ...refusal, details: { ...refusal.details, causes: [cause] } } }
  },
  validate(_object, { operation, resource, name }) {
    if (operation !== 'delete' || resource.key !== 'namespaces' || !IMMORTAL.has(name)) return undefined
    return forbidden(resource, name, 'this namespace may not be deleted')
  },
}
