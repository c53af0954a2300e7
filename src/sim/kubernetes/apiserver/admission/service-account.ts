import type { AnyObject, Container, Pod, Volume } from '../../api/types.ts'
import { SUFFIX_ALPHABET } from '../name-suffix.ts'
import { forbidden } from '../refusals.ts'
import type { AdmissionPlugin } from './plugin.ts'

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
type AccountObject = AnyObject & {
  readonly automountServiceAccountToken?: boolean
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
}

const MIRROR = 'kubernetes.io/config.mirror'
/** An hour and a little, so that the kubelet's refresh is not taken for an extended token. */
const TOKEN_SECONDS = 3607

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
      { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }] } },
    ],
  },
})

/** Every Pod runs as an account of its namespace and gets that account's token. Models plugin/pkg/admission/serviceaccount (v1.35). */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  resources: ['pods'],
  admit(object, { operation, resource, subresource, namespace, name, store, kernel }) {
    if (operation !== 'create' || subresource !== '') return { object }
    const pod = object as unknown as Pod
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      return pod.spec.serviceAccountName
        ? { refused: forbidden(resource, name, 'a mirror pod may not reference service accounts') }
        : { object }
    }
    const accountName = pod.spec.serviceAccountName || 'default'
    const account: AccountObject | undefined = store.get('serviceaccounts', namespace, accountName)
    if (!account) {
      const why = `error looking up service account ${namespace}/${accountName}: serviceaccount "${accountName}" not found`
      return { refused: forbidden(resource, name, why) }
    }
    let { spec } = pod
    if (spec.serviceAccountName !== accountName || spec.serviceAccount !== accountName)
      spec = { ...spec, serviceAccountName: accountName, serviceAccount: accountName }
    const automounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
    if (automounts) {
      const existing = spec.volumes?.find((volume) => volume.name.startsWith('kube-api-access-'))
      const volume = existing?.name ?? `kube-api-access-${kernel.rng('names').text(5, SUFFIX_ALPHABET)}`
      let needed = false
      const mount = (container: Container): Container => {
        if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) return container
        needed = true
        return {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { mountPath: MOUNT_PATH, name: volume, readOnly: true }],
        }
      }
      const containers = (spec.containers ?? []).map(mount)
      const initContainers = spec.initContainers?.map(mount)
      if (needed)
        spec = {
          ...spec,
          containers,
          ...(initContainers ? { initContainers } : {}),
          volumes: existing ? (spec.volumes ?? []) : [...(spec.volumes ?? []), tokenVolume(volume)],
        }
    }
    if (account.imagePullSecrets?.length && !spec.imagePullSecrets?.length)
      spec = { ...spec, imagePullSecrets: account.imagePullSecrets }
    return { object: spec === pod.spec ? object : { ...object, spec } }
  },
}
