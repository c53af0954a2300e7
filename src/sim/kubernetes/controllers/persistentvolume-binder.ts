import type { Answer } from '../api/status.ts'
import type { AnyObject, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey, splitKey } from './object-key.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { bestVolume, classOf, isReservedFor, mismatch } from './volume-matching.ts'

const CLAIMS = 'persistentvolumeclaims'
const VOLUMES = 'persistentvolumes'
const CLASSES = 'storageclasses.storage.k8s.io'
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
const PROVISIONER_BETA = 'volume.beta.kubernetes.io/storage-provisioner'
/** Everything is looked at again so often: a claim made before its volume waits for this. */
const RESYNC_MS = 15_000
const RESYNC = 'resync'

/** An object of the moment, as the last write left it. */
interface Held<T> {
  value: T
}

const problemOf = (answer: Answer<AnyObject>): string | undefined => (answer.ok ? undefined : answer.status.message)

function setVolumePhase({ api }: Context, held: Held<PersistentVolume>, phase: string, message?: string): string | undefined {
  const { status, metadata } = held.value
  if (status?.phase === phase) return undefined
  const next = { ...held.value, status: { phase, ...(message === undefined ? {} : { message }) } } as unknown as AnyObject
  const written = api.update(VOLUMES, '', metadata.name, next, { subresource: 'status' })
  if (written.ok) held.value = written.value as unknown as PersistentVolume
  return problemOf(written)
}

function setClaimPhase(
  { api }: Context,
  held: Held<PersistentVolumeClaim>,
  phase: string,
  volume?: PersistentVolume,
): string | undefined {
  const { status, metadata } = held.value
  const bound = volume ? { accessModes: volume.spec.accessModes ?? [], capacity: volume.spec.capacity ?? {} } : {}
  const next = { ...(phase === 'Bound' ? status : {}), phase, ...bound }
  if (deepEqual(status ?? {}, next)) return undefined
  const whole = { ...held.value, status: next } as unknown as AnyObject
  const written = api.update(CLAIMS, metadata.namespace ?? '', metadata.name, whole, { subresource: 'status' })
  if (written.ok) held.value = written.value as unknown as PersistentVolumeClaim
  return problemOf(written)
}

/** Volume to claim, volume's phase, claim to volume, claim's phase: each step can be done again. */
function bind(context: Context, volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const { api } = context
  const heldVolume: Held<PersistentVolume> = { value: volume }
  const heldClaim: Held<PersistentVolumeClaim> = { value: claim }
  const { namespace = '', name, uid = '', resourceVersion = '' } = claim.metadata
  if (!(isReservedFor(volume, claim) && volume.spec.claimRef?.uid === uid)) {
    const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion }
    const annotations = volume.spec.claimRef
      ? volume.metadata.annotations
      : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
    const next = {
      ...volume,
      metadata: { ...volume.metadata, ...(annotations ? { annotations } : {}) },
      spec: { ...volume.spec, claimRef },
    } as unknown as AnyObject
    const written = api.update(VOLUMES, '', volume.metadata.name, next)
    if (!written.ok) return written.status.message
    heldVolume.value = written.value as unknown as PersistentVolume
  }
  const phase = setVolumePhase(context, heldVolume, 'Bound')
  if (phase !== undefined) return phase
  if (claim.spec.volumeName !== volume.metadata.name || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
    const annotations = {
      ...claim.metadata.annotations,
      [BIND_COMPLETED]: 'yes',
      ...(claim.spec.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }),
    }
    const next = {
      ...claim,
      metadata: { ...claim.metadata, annotations },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    }
    const written = api.update(CLAIMS, namespace, name, next)
    if (!written.ok) return written.status.message
    heldClaim.value = written.value as unknown as PersistentVolumeClaim
  }
  return setClaimPhase(context, heldClaim, 'Bound', heldVolume.value)
}

function recordWaiting({ cache, events }: Context, claim: PersistentVolumeClaim): void {
  const waiting: string[] = []
  for (const object of cache.byIndex('pods', 'namespace', claim.metadata.namespace ?? '')) {
    const { spec, metadata } = object as unknown as Pod
    if (
      !spec.nodeName &&
      spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name)
    )
      waiting.push(metadata.name)
  }
  if (waiting.length === 0) {
    events.record(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
    return
  }
  const pods = waiting.length > 1 ? 'pods' : 'pod'
  events.record(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${pods} ${waiting.join(',')} to be scheduled`)
}

/** Asks the provisioner of the claim's class for a volume: says so in an annotation, and that it waits in an event. */
function provision({ api, cache, events }: Context, claim: PersistentVolumeClaim): string | undefined {
  const name = classOf(claim)
  const storageClass = cache.get(CLASSES, '', name) as unknown as StorageClass | undefined
  if (!storageClass) {
    events.record(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`)
    return undefined
  }
  const { provisioner } = storageClass
  if (provisioner.startsWith('kubernetes.io/')) {
    events.record(claim, 'Warning', 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`)
    return undefined
  }
  const { namespace = '', annotations } = claim.metadata
  if (annotations?.[PROVISIONER] !== provisioner) {
    const metadata = {
      ...claim.metadata,
      annotations: { ...annotations, [PROVISIONER_BETA]: provisioner, [PROVISIONER]: provisioner },
    }
    const written = api.update(CLAIMS, namespace, claim.metadata.name, { ...claim, metadata })
    if (!written.ok) return written.status.message
  }
  events.record(
    claim,
    'Normal',
    'ExternalProvisioning',
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  )
  return undefined
}

function syncUnbound(context: Context, claim: PersistentVolumeClaim): string | undefined {
  const { cache, events } = context
  const held: Held<PersistentVolumeClaim> = { value: claim }
  const pending = (): string | undefined => setClaimPhase(context, held, 'Pending')
  if (claim.spec.volumeName) {
    const volume = cache.get(VOLUMES, '', claim.spec.volumeName) as unknown as PersistentVolume | undefined
    if (!volume) return pending()
    if (isReservedFor(volume, claim)) return bind(context, volume, claim)
    if (volume.spec.claimRef) return pending()
    const why = mismatch(volume, claim)
    if (why === undefined) return bind(context, volume, claim)
    events.record(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${volume.metadata.name}": ${why}`)
    return pending()
  }
  const storageClass = cache.get(CLASSES, '', classOf(claim)) as unknown as StorageClass | undefined
  const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
  const volume = bestVolume(cache.list(VOLUMES) as unknown as Iterable<PersistentVolume>, claim, isDelayed)
  if (volume) return bind(context, volume, claim)
  if (isDelayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) recordWaiting(context, claim)
  else if (classOf(claim) !== '') return provision(context, claim)
  else
    events.record(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
  return pending()
}

function syncBound(context: Context, claim: PersistentVolumeClaim): string | undefined {
  const { cache, api, events } = context
  const lose = (reason: string, message: string): string | undefined => {
    if (claim.status?.phase === 'Lost') return undefined
    const refused = setClaimPhase(context, { value: claim }, 'Lost')
    if (refused === undefined) events.record(claim, 'Warning', reason, message)
    return refused
  }
  const { volumeName = '' } = claim.spec
  if (volumeName === '')
    return lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!')
  let volume = cache.get(VOLUMES, '', volumeName) as unknown as PersistentVolume | undefined
  if (!volume) {
    const fresh = api.get(VOLUMES, '', volumeName)
    if (fresh.ok) volume = fresh.value as unknown as PersistentVolume
  }
  if (!volume) return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
  if (!volume.spec.claimRef || volume.spec.claimRef.uid === claim.metadata.uid) return bind(context, volume, claim)
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly')
}

function syncClaim(context: Context, key: string): string | undefined {
  const [namespace, name] = splitKey(key)
  const claim = context.cache.get(CLAIMS, namespace, name) as unknown as PersistentVolumeClaim | undefined
  if (!claim) return undefined
  return claim.metadata.annotations?.[BIND_COMPLETED] === undefined ? syncUnbound(context, claim) : syncBound(context, claim)
}

/** A volume whose claim is gone. */
function release(context: Context, held: Held<PersistentVolume>): string | undefined {
  const { phase } = held.value.status ?? {}
  const refused = phase === 'Released' || phase === 'Failed' ? undefined : setVolumePhase(context, held, 'Released')
  if (refused !== undefined || held.value.spec.persistentVolumeReclaimPolicy !== 'Delete') return refused
  const provisionedBy = held.value.metadata.annotations?.[PROVISIONED_BY]
  if (provisionedBy !== undefined && !provisionedBy.startsWith('kubernetes.io/')) return undefined // its provisioner deletes it
  const path = (held.value.spec['hostPath'] as { path?: string } | undefined)?.path
  if (path === undefined) return undefined // its driver deletes it
  if (/^\/tmp\/.+/.test(path)) return problemOf(context.api.delete(VOLUMES, '', held.value.metadata.name))
  const message = `host_path deleter only supports /tmp/.+ but received provided ${path}`
  const failed = setVolumePhase(context, held, 'Failed', message)
  context.events.record(held.value, 'Warning', 'VolumeFailedDelete', message)
  return failed
}

function syncVolume(context: Context, name: string): string | undefined {
  const { cache, api } = context
  const volume = cache.get(VOLUMES, '', name) as unknown as PersistentVolume | undefined
  if (!volume) return undefined
  const held: Held<PersistentVolume> = { value: volume }
  const { claimRef } = volume.spec
  if (!claimRef?.uid) return setVolumePhase(context, held, 'Available')
  const { namespace = '', name: claimName = '' } = claimRef
  let claim = cache.get(CLAIMS, namespace, claimName)
  if (!claim) {
    const fresh = api.get(CLAIMS, namespace, claimName)
    if (fresh.ok) claim = fresh.value
  }
  if (claim?.metadata.uid !== claimRef.uid) return release(context, held)
  const { volumeName } = (claim as unknown as PersistentVolumeClaim).spec
  if (!volumeName) {
    context.enqueue(`claim|${namespace}/${claimName}`)
    return undefined
  }
  if (volumeName === name) return setVolumePhase(context, held, 'Bound')
  // Its claim has found another: only what the controller wrote is taken back.
  const { [BOUND_BY_CONTROLLER]: mark, ...annotations } = volume.metadata.annotations ?? {}
  const { claimRef: _, ...spec } = volume.spec
  const { uid: __, resourceVersion: ___, ...reservation } = claimRef
  const next =
    mark === undefined
      ? { ...volume, spec: { ...spec, claimRef: reservation } }
      : { ...volume, metadata: { ...volume.metadata, annotations }, spec }
  return problemOf(api.update(VOLUMES, '', name, next))
}

/**
 * Brings claims and volumes together, and lets go of volumes whose claims are gone. Models pkg/controller/volume/persistentvolume (v1.35).
 * Simplified: no in-tree provisioner; volumes of drivers are deleted by nobody.
 */
export const persistentVolumeBinder: Controller = {
  name: 'persistentvolume-binder-controller',
  eventSource: 'persistentvolume-controller',
  watches: {
    [CLAIMS]: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(`claim|${objectKey(object)}`)
      else {
        const { volumeName } = (object as unknown as PersistentVolumeClaim).spec
        if (volumeName) enqueue(`volume|${volumeName}`)
      }
    },
    [VOLUMES]: ({ type, object }, { enqueue }) => {
      const { claimRef } = (object as unknown as PersistentVolume).spec
      if (type !== 'DELETED') enqueue(`volume|${object.metadata.name}`)
      else if (claimRef) enqueue(`claim|${claimRef.namespace}/${claimRef.name}`)
    },
    [CLASSES]: () => {},
    pods: () => {},
  },
  periodic: [{ key: RESYNC, everyMs: RESYNC_MS, firstMs: 0 }],
  reconcile(context, item): Outcome {
    if (item === RESYNC) {
      for (const volume of context.cache.list(VOLUMES)) context.enqueue(`volume|${volume.metadata.name}`)
      for (const claim of context.cache.list(CLAIMS)) context.enqueue(`claim|${objectKey(claim)}`)
      return DONE
    }
    const bar = item.indexOf('|')
    const key = item.slice(bar + 1)
    const refused = item.startsWith('claim|') ? syncClaim(context, key) : syncVolume(context, key)
    return refused === undefined ? DONE : retry(refused)
  },
}
