import type { AnyObject, PersistentVolume, Pod } from '../api/types.ts'
import { objectKey, splitKey } from './object-key.ts'
import { isPodFinished } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'

const CLAIMS = 'persistentvolumeclaims'
const VOLUMES = 'persistentvolumes'
const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection'
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection'

function setFinalizers({ api }: Context, resource: string, { metadata }: AnyObject, finalizers: readonly string[]): Outcome {
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } }
  const patched = api.patch(resource, metadata.namespace ?? '', metadata.name, { type: 'merge', body })
  return patched.ok || patched.status.code === 404 ? DONE : retry(patched.status.message)
}

/** Takes the finalizer off what is being deleted and not used; gives it to what has lost it. */
function protect(
  context: Context,
  resource: string,
  object: AnyObject | undefined,
  finalizer: string,
  isUsed: (object: AnyObject) => boolean,
): Outcome {
  if (!object) return DONE
  const { finalizers = [], deletionTimestamp } = object.metadata
  const isProtected = finalizers.includes(finalizer)
  if (deletionTimestamp === undefined)
    return isProtected ? DONE : setFinalizers(context, resource, object, [...finalizers, finalizer])
  if (!isProtected || isUsed(object)) return DONE
  return setFinalizers(
    context,
    resource,
    object,
    finalizers.filter((entry) => entry !== finalizer),
  )
}

const claimsOf = ({ spec }: Pod): readonly string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])

/** Keeps claims while a scheduled pod names them. Models pkg/controller/volume/pvcprotection (v1.35). */
export const claimProtection: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  watches: {
    [CLAIMS]: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(objectKey(object))
    },
    pods: ({ type, object }, { enqueue }) => {
      const pod = object as unknown as Pod
      if (type !== 'DELETED' && pod.spec.nodeName && !isPodFinished(pod)) return
      for (const claim of claimsOf(pod)) enqueue(`${pod.metadata.namespace}/${claim}`)
    },
  },
  reconcile(context, key) {
    const [namespace, name] = splitKey(key)
    const isUsed = (): boolean => {
      for (const object of context.cache.byIndex('pods', 'namespace', namespace)) {
        const pod = object as unknown as Pod
        if (pod.spec.nodeName && claimsOf(pod).includes(name)) return true
      }
      return false
    }
    return protect(context, CLAIMS, context.cache.get(CLAIMS, namespace, name), CLAIM_PROTECTION, isUsed)
  },
}

/** Keeps volumes while they are bound. Models pkg/controller/volume/pvprotection (v1.35). */
export const volumeProtection: Controller = {
  name: 'persistentvolume-protection-controller',
  watches: {
    [VOLUMES]: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(object.metadata.name)
    },
  },
  reconcile: (context, name) =>
    protect(
      context,
      VOLUMES,
      context.cache.get(VOLUMES, '', name),
      VOLUME_PROTECTION,
      (volume) => (volume as unknown as PersistentVolume).status?.phase === 'Bound',
    ),
}
