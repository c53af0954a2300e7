import type { ApiObject, OwnerReference } from '../api/types.ts'

/** `namespace/name`, or the name alone for what has no namespace: the keys of work queues. Models cache.MetaNamespaceKeyFunc. */
export const objectKey = ({ metadata: { namespace, name } }: ApiObject): string => (namespace ? `${namespace}/${name}` : name)

export function splitKey(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf('/')
  return slash < 0 ? ['', key] : [key.slice(0, slash), key.slice(slash + 1)]
}

/** The owner that manages it. Models metav1.GetControllerOf. */
export const controllerOf = (object: ApiObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(({ controller }) => controller)

/** Models metav1.NewControllerRef. */
export const controllerReference = ({ apiVersion, kind, metadata }: ApiObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})
