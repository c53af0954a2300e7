import type { Millis } from '../../kernel/time.ts'
import type { AnyObject, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../api/types.ts'
import { objectKey, splitKey } from './object-key.ts'
import { PROVISIONED_BY, PROVISIONER, SELECTED_NODE } from './persistentvolume-binder.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { classOf } from './volume-matching.ts'

const CLAIMS = 'persistentvolumeclaims'
const VOLUMES = 'persistentvolumes'
const CLASSES = 'storageclasses.storage.k8s.io'

interface Provisioner {
  /** Who says so in events. */
  readonly component: string
  /** From seeing a claim to its volume, and from a released volume to its end. */
  readonly takesMs: Millis
  /** Where the data lies. */
  directory(volume: string, claim: PersistentVolumeClaim): string
  /** The data lies on one node's disk: the volume can be used there only. */
  readonly isLocal: boolean
}

/**
 * Provisioners that small clusters come with: of kind and k3s, and of minikube. Any other name stands for a provisioner that is not installed.
 * Simplified: nothing runs in Pods; making a directory takes a fixed time.
 */
export const PROVISIONERS: Readonly<Record<string, Provisioner>> = {
  'rancher.io/local-path': {
    component: 'rancher.io/local-path_local-path-provisioner',
    takesMs: 3000,
    directory: (volume, { metadata }) => `/var/local-path-provisioner/${volume}_${metadata.namespace}_${metadata.name}`,
    isLocal: true,
  },
  'k8s.io/minikube-hostpath': {
    component: 'k8s.io/minikube-hostpath_minikube',
    takesMs: 200,
    directory: (_, { metadata }) => `/tmp/hostpath-provisioner/${metadata.namespace}/${metadata.name}`,
    isLocal: false,
  },
}

interface Wanted {
  readonly claim: PersistentVolumeClaim
  readonly storageClass: StorageClass
  /** Undefined: anywhere. */
  readonly node: string | undefined
}

/** The claim, if it waits for this provisioner to act. Models shouldProvision of sig-storage-lib-external-provisioner. */
function wantedOf({ cache }: Context, name: string, key: string): Wanted | undefined {
  const claim = cache.get(CLAIMS, ...splitKey(key)) as unknown as PersistentVolumeClaim | undefined
  const { annotations, deletionTimestamp } = claim?.metadata ?? {}
  if (!claim || claim.spec.volumeName || deletionTimestamp !== undefined || annotations?.[PROVISIONER] !== name) return undefined
  const storageClass = cache.get(CLASSES, '', classOf(claim)) as unknown as StorageClass | undefined
  if (!storageClass) return undefined
  const node = annotations[SELECTED_NODE]
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && node === undefined) return undefined
  return { claim, storageClass, node }
}

function volumeFor(name: string, provisioner: Provisioner, { claim, storageClass, node }: Wanted): AnyObject {
  const { metadata, spec } = claim
  const volume = `pvc-${metadata.uid}`
  const nodeAffinity = {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
    },
  }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume, annotations: { [PROVISIONED_BY]: name } },
    spec: {
      capacity: { storage: spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: spec.accessModes ?? [],
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: spec.volumeMode ?? 'Filesystem',
      hostPath: { path: provisioner.directory(volume, claim), type: provisioner.isLocal ? 'DirectoryOrCreate' : '' },
      ...(provisioner.isLocal && node !== undefined ? { nodeAffinity } : {}),
    },
  }
}

function provision(context: Context, name: string, provisioner: Provisioner, key: string): Outcome {
  const { api, events } = context
  const wanted = wantedOf(context, name, key)
  if (!wanted) return DONE
  const { claim, node } = wanted
  if (provisioner.isLocal && node === undefined) {
    const why = `failed to provision volume with StorageClass "${classOf(claim)}": configuration error, no node was specified`
    events.record(claim, 'Warning', 'ProvisioningFailed', why)
    return retry(why)
  }
  const made = api.create(VOLUMES, '', volumeFor(name, provisioner, wanted))
  if (!made.ok && made.status.code !== 409) {
    events.record(
      claim,
      'Warning',
      'ProvisioningFailed',
      `Error creating provisioned PV object for claim ${key}: ${made.status.message}`,
    )
    return retry(made.status.message)
  }
  if (made.ok) {
    const message = `Successfully provisioned volume ${made.value.metadata.name}`
    events.record(claim, 'Normal', 'ProvisioningSucceeded', message)
  }
  return DONE
}

/** Deletes a volume that was made here and that nobody claims any more. */
function release({ api, cache }: Context, name: string, volumeName: string): Outcome {
  const volume = cache.get(VOLUMES, '', volumeName) as unknown as PersistentVolume | undefined
  if (!isReleased(volume, name) || volume?.metadata.deletionTimestamp !== undefined) return DONE
  const deleted = api.delete(VOLUMES, '', volumeName)
  return deleted.ok || deleted.status.code === 404 ? DONE : retry(deleted.status.message)
}

const isReleased = (volume: PersistentVolume | undefined, name: string): boolean =>
  volume?.status?.phase === 'Released' &&
  volume.spec.persistentVolumeReclaimPolicy === 'Delete' &&
  volume.metadata.annotations?.[PROVISIONED_BY] === name

/**
 * An external provisioner: makes a volume for each claim that the binder hands it, and deletes it when the claim is gone. Models
 * sig-storage-lib-external-provisioner with local-path-provisioner and minikube's storage-provisioner.
 */
export function volumeProvisioner(name: string): Controller {
  const provisioner = PROVISIONERS[name]!
  return {
    name: `provisioner ${name}`,
    eventSource: provisioner.component,
    watches: {
      [CLAIMS]: ({ type, object }, context) => {
        const key = objectKey(object)
        const wanted = type === 'DELETED' ? undefined : wantedOf(context, name, key)
        if (wanted) context.enqueue(`begin|${key}`)
      },
      [VOLUMES]: ({ object }, { enqueue }) => {
        if (isReleased(object as unknown as PersistentVolume, name))
          enqueue(`release|${object.metadata.name}`, provisioner.takesMs)
      },
      [CLASSES]: () => {},
    },
    reconcile(context, item) {
      const bar = item.indexOf('|')
      const [what, key] = [item.slice(0, bar), item.slice(bar + 1)]
      if (what === 'release') return release(context, name, key)
      if (what === 'provision') return provision(context, name, provisioner, key)
      const wanted = wantedOf(context, name, key)
      if (!wanted) return DONE
      const message = `External provisioner is provisioning volume for claim "${key}"`
      context.events.record(wanted.claim, 'Normal', 'Provisioning', message)
      context.enqueue(`provision|${key}`, provisioner.takesMs)
      return DONE
    },
  }
}
