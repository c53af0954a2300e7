import { matchesLabelSelector } from '../api/selectors.ts'
import type { AnyObject, Pod } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import {
  type ControllerRevision,
  createRevision,
  isRevision,
  raiseRevision,
  revisionHash,
  REVISIONS,
  sameTemplateAs,
  sortRevisions,
  templateOf,
  templatePatch,
} from './controller-revisions.ts'
import { deepEqual } from './deep-equal.ts'
import { controllerOf, objectKey, splitKey } from './object-key.ts'
import { claim } from './pod-control.ts'
import { isPodFinished, isPodReady, isPodTerminating } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import {
  claimNames,
  claimOwners,
  claimsOf,
  hasIdentity,
  isHealthy,
  isRunningAndAvailable,
  isRunningAndReady,
  ordinalOf,
  placeOf,
  replicasOf,
  revisionOfPod,
  type StatefulSet,
  statefulPod,
  usesCurrentRevision,
  withIdentity,
} from './stateful-pods.ts'

const SETS = 'statefulsets.apps'
const CLAIMS = 'persistentvolumeclaims'
const HASH = 'controller.kubernetes.io/hash'

interface Revisions {
  readonly current: ControllerRevision
  readonly update: ControllerRevision
  readonly all: readonly ControllerRevision[]
  readonly collisionCount: number
}

interface Counts {
  replicas: number
  ready: number
  available: number
  current: number
  updated: number
}

const isCreated = (pod: Pod): boolean => (pod.status?.phase ?? '') !== ''

function countPods(context: Context, set: StatefulSet, { current, update }: Revisions, pods: readonly Pod[]): Counts {
  const counts: Counts = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 }
  for (const pod of pods) {
    if (isCreated(pod)) counts.replicas += 1
    if (isRunningAndReady(pod)) counts.ready += 1
    if (isRunningAndAvailable(set, pod, context.unixMs)) counts.available += 1
    if (!isCreated(pod) || isPodTerminating(pod)) continue
    if (revisionOfPod(pod) === current.metadata.name) counts.current += 1
    if (revisionOfPod(pod) === update.metadata.name) counts.updated += 1
  }
  return counts
}

/** The record of the template of now, made or raised if need be, and the one that the older pods follow. Models getStatefulSetRevisions (v1.35). */
function readRevisions({ api, cache }: Context, set: StatefulSet): Revisions | string {
  const candidates = cache.listNamespace(REVISIONS, set.metadata.namespace ?? '') as readonly ControllerRevision[]
  const { claimed, failure } = claim(api, { ...set, resource: SETS }, REVISIONS, candidates, ({ metadata }) =>
    matchesLabelSelector(set.spec.selector, metadata.labels),
  )
  if (failure !== undefined) return failure
  const revisions = sortRevisions(claimed)
  const last = revisions.at(-1)
  const next = (last?.revision ?? 0) + 1
  let { collisionCount = 0 } = set.status ?? {}
  const equal = revisions.filter((revision) => sameTemplateAs(set, revision)).at(-1)
  let update: ControllerRevision
  if (equal && equal === last) update = last
  else if (equal) {
    const raised = raiseRevision(api, equal, next)
    if (!isRevision(raised)) return raised.message
    update = raised
  } else
    for (;;) {
      const hash = revisionHash(templatePatch(set), collisionCount)
      const created = createRevision(api, set, { hash, hashLabel: HASH, revision: next })
      if (isRevision(created)) {
        update = created
        break
      }
      if (!created.exists) return created.message
      const there = api.get(REVISIONS, set.metadata.namespace ?? '', `${set.metadata.name}-${hash}`)
      if (there.ok && sameTemplateAs(set, there.value as ControllerRevision)) {
        update = there.value as ControllerRevision
        break
      }
      collisionCount += 1
    }
  const all = [...revisions.filter(({ metadata }) => metadata.name !== update.metadata.name), update]
  const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
  return { current, update, all, collisionCount }
}

function recordPod(
  { events }: Context,
  set: StatefulSet,
  verb: 'Create' | 'Delete' | 'Update',
  pod: string,
  error?: string,
): void {
  const what = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`
  if (error === undefined) events.record(set, 'Normal', `Successful${verb}`, `${what} successful`)
  else events.record(set, 'Warning', `Failed${verb}`, `${what} failed error: ${error}`)
}

function deletePod(context: Context, set: StatefulSet, pod: Pod): string | undefined {
  const deleted = context.api.delete('pods', pod.metadata.namespace ?? '', pod.metadata.name)
  recordPod(context, set, 'Delete', pod.metadata.name, deleted.ok ? undefined : deleted.status.message)
  return deleted.ok || deleted.status.code === 404 ? undefined : deleted.status.message
}

/** Creates what is missing of the claims of a pod. */
function createClaims({ api, cache, events }: Context, set: StatefulSet, pod: Pod): string | undefined {
  for (const wanted of claimsOf(set, pod)) {
    const { namespace = '', name } = wanted.metadata
    const existing = cache.get(CLAIMS, namespace, name)
    if (existing?.metadata.deletionTimestamp) return `pvc ${name} is being deleted`
    if (existing) continue
    const created = api.create(CLAIMS, namespace, wanted)
    if (!created.ok && created.status.code === 409) continue
    const what = `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`
    if (created.ok) events.record(set, 'Normal', 'SuccessfulCreate', `${what} success`)
    else {
      events.record(set, 'Warning', 'FailedCreate', `${what} failed error: ${created.status.message}`)
      return created.status.message
    }
  }
  return undefined
}

/** Ties claims to the set or the pod as the retention policy says. */
function tieClaims({ api }: Context, set: StatefulSet, pod: Pod): string | undefined {
  for (const name of claimNames(set, pod)) {
    const namespace = set.metadata.namespace ?? ''
    const current = api.get(CLAIMS, namespace, name)
    if (!current.ok) continue
    const before = current.value.metadata.ownerReferences ?? []
    const owners = claimOwners(set, pod, before)
    if (deepEqual(before, owners)) continue
    const updated = api.update(CLAIMS, namespace, name, {
      ...current.value,
      metadata: { ...current.value.metadata, ownerReferences: owners },
    })
    if (!updated.ok) return updated.status.message
  }
  return undefined
}

const keepsClaims = ({ spec: { persistentVolumeClaimRetentionPolicy: policy } }: StatefulSet): boolean =>
  (policy?.whenDeleted ?? 'Retain') === 'Retain' && (policy?.whenScaled ?? 'Retain') === 'Retain'

/** A claim that still hangs on the pod that had this name before. */
function hasStaleClaim({ cache }: Context, set: StatefulSet, pod: Pod): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false
  return claimNames(set, pod).some((name) =>
    cache
      .get(CLAIMS, set.metadata.namespace ?? '', name)
      ?.metadata.ownerReferences?.some(
        (owner) => owner.kind === 'Pod' && owner.name === pod.metadata.name && owner.uid !== pod.metadata.uid,
      ),
  )
}

type Step = { readonly stop: boolean; readonly error?: string }
const GO_ON: Step = { stop: false }
const WAIT: Step = { stop: true }
const failed = (error: string | undefined): Step => (error === undefined ? WAIT : { stop: true, error })

function createPod(context: Context, set: StatefulSet, pod: Pod): string | undefined {
  const claims = createClaims(context, set, pod)
  if (claims !== undefined) {
    recordPod(context, set, 'Create', pod.metadata.name, claims)
    return claims
  }
  const created = context.api.create('pods', set.metadata.namespace ?? '', pod as unknown as AnyObject)
  if (!created.ok && created.status.code === 409) return created.status.message
  if (created.ok && !keepsClaims(set)) tieClaims(context, set, created.value as unknown as Pod)
  recordPod(context, set, 'Create', pod.metadata.name, created.ok ? undefined : created.status.message)
  return created.ok ? undefined : created.status.message
}

/** One wanted ordinal. Models processReplica (v1.35). */
function processReplica(context: Context, set: StatefulSet, pod: Pod, ordered: boolean): Step {
  if (isPodFinished(pod)) return failed(isPodTerminating(pod) ? undefined : deletePod(context, set, pod))
  if (!isCreated(pod)) {
    if (hasStaleClaim(context, set, pod)) return WAIT
    const error = createPod(context, set, pod)
    return error !== undefined || ordered ? failed(error) : GO_ON
  }
  if (pod.status?.phase === 'Pending') {
    const error = createClaims(context, set, pod)
    if (error !== undefined) return failed(error)
  }
  if (ordered && !(isHealthy(pod) && isRunningAndAvailable(set, pod, context.unixMs))) return WAIT
  if (!keepsClaims(set) || set.spec.volumeClaimTemplates?.length) {
    const error = tieClaims(context, set, pod)
    if (error !== undefined) return failed(error)
  }
  if (hasIdentity(set, pod)) return GO_ON
  const updated = context.api.update(
    'pods',
    pod.metadata.namespace ?? '',
    pod.metadata.name,
    withIdentity(set, pod) as unknown as AnyObject,
  )
  recordPod(context, set, 'Update', pod.metadata.name, updated.ok ? undefined : updated.status.message)
  return updated.ok ? GO_ON : failed(updated.status.message)
}

/** One ordinal that is not wanted any more. Models processCondemned (v1.35). */
function processCondemned(context: Context, set: StatefulSet, pod: Pod, ordered: boolean, firstUnhealthy: Pod | undefined): Step {
  if (isPodTerminating(pod)) return ordered ? WAIT : GO_ON
  if (ordered && pod !== firstUnhealthy && !(isRunningAndReady(pod) && isRunningAndAvailable(set, pod, context.unixMs)))
    return WAIT
  return failed(deletePod(context, set, pod))
}

/** In order: up to the first that must be waited for. In parallel: all, whatever the others do. */
function forAll(pods: readonly Pod[], ordered: boolean, process: (pod: Pod) => Step): Step {
  for (const pod of pods) {
    const step = process(pod)
    if (step.error !== undefined || (ordered && step.stop)) return { ...step, stop: true }
  }
  return GO_ON
}

/** Brings the set one step nearer to what is wanted. Models updateStatefulSet (v1.35). */
function updateSet(
  context: Context,
  set: StatefulSet,
  revisions: Revisions,
  pods: readonly Pod[],
): { readonly counts: Counts; readonly error?: string } {
  const { current, update } = revisions
  const counts = countPods(context, set, revisions, pods)
  const replicas: (Pod | undefined)[] = Array.from({ length: replicasOf(set) })
  const condemned: Pod[] = []
  for (const pod of pods) {
    const place = placeOf(set, pod)
    if (place !== undefined) replicas[place] = pod
    else if (ordinalOf(set, pod) !== undefined) condemned.push(pod)
  }
  const wanted = replicas.map((pod, place): Pod => {
    if (pod) return pod
    const isOld = usesCurrentRevision(set, place)
    const template = (isOld ? templateOf(current) : undefined) ?? set.spec.template
    return statefulPod(set, template, place, (isOld ? current : update).metadata.name)
  })
  condemned.sort((a, b) => ordinalOf(set, b)! - ordinalOf(set, a)!)
  const firstUnhealthy = [...wanted, ...condemned.toReversed()].find((pod) => !isHealthy(pod))
  if (set.metadata.deletionTimestamp) return { counts }
  const ordered = set.spec.podManagementPolicy !== 'Parallel'
  const living = forAll(wanted, ordered, (pod) => processReplica(context, set, pod, ordered))
  if (living.stop) return { counts, ...(living.error === undefined ? {} : { error: living.error }) }
  if (!keepsClaims(set))
    for (const pod of condemned) {
      const error = tieClaims(context, set, pod)
      if (error !== undefined) return { counts, error }
    }
  const leaving = forAll(condemned, ordered, (pod) => processCondemned(context, set, pod, ordered, firstUnhealthy))
  if (leaving.stop) return { counts, ...(leaving.error === undefined ? {} : { error: leaving.error }) }
  if (set.spec.updateStrategy?.type === 'OnDelete') return { counts }
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  for (let place = wanted.length - 1; place >= partition; place--) {
    const pod = wanted[place]!
    if (revisionOfPod(pod) !== update.metadata.name && !isPodTerminating(pod)) {
      const error = deletePod(context, set, pod)
      if (error !== undefined) return { counts, error }
      counts.current -= 1
      return { counts }
    }
    if (!isHealthy(pod)) return { counts }
  }
  return { counts }
}

function writeStatus(
  context: Context,
  set: StatefulSet,
  { current, update, collisionCount }: Revisions,
  counts: Counts,
): string | undefined {
  const replicas = replicasOf(set)
  const isComplete =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    counts.updated === replicas &&
    counts.ready === replicas &&
    counts.replicas === replicas
  const whenAny = (name: string, count: number): object => (count > 0 ? { [name]: count } : {})
  const status = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: counts.replicas,
    ...whenAny('readyReplicas', counts.ready),
    ...whenAny('currentReplicas', isComplete ? counts.updated : counts.current),
    ...whenAny('updatedReplicas', counts.updated),
    currentRevision: (isComplete ? update : current).metadata.name,
    updateRevision: update.metadata.name,
    collisionCount,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
    availableReplicas: counts.available,
  }
  if (deepEqual(set.status, status)) return undefined
  const { namespace = '', name } = set.metadata
  const write = (base: AnyObject) => context.api.update(SETS, namespace, name, { ...base, status }, { subresource: 'status' })
  const first = write(set as unknown as AnyObject)
  if (first.ok || first.status.code === 404) return undefined
  const fresh = context.api.get(SETS, namespace, name)
  const second = fresh.ok ? write(fresh.value) : fresh
  return second.ok || second.status.code === 404 ? undefined : second.status.message
}

/** Forgets records beyond the limit that no pod follows. */
function cleanUp({ api }: Context, set: StatefulSet, { all, current, update }: Revisions, pods: readonly Pod[]): void {
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOfPod)])
  const dead = sortRevisions(all).filter(({ metadata }) => !live.has(metadata.name))
  const surplus = dead.length - (set.spec.revisionHistoryLimit ?? 10)
  for (const { metadata } of dead.slice(0, Math.max(0, surplus))) api.delete(REVISIONS, metadata.namespace ?? '', metadata.name)
}

/** Takes over records that nobody owns; while the set goes away, there is nothing more to do. Models adoptOrphanRevisions. */
function adoptRevisions({ api, cache }: Context, set: StatefulSet): string | undefined {
  const { namespace = '', deletionTimestamp } = set.metadata
  const orphans = cache
    .listNamespace(REVISIONS, namespace)
    .filter((record) => !controllerOf(record) && matchesLabelSelector(set.spec.selector, record.metadata.labels))
  if (orphans.length === 0) return undefined
  if (deletionTimestamp !== undefined)
    return `can't adopt ControllerRevisions: ${namespace}/${set.metadata.name} has just been deleted at ${deletionTimestamp}`
  return claim(api, { ...set, resource: SETS }, REVISIONS, orphans, () => true).failure
}

function sync(context: Context, key: string): Outcome {
  const { api, cache } = context
  const [namespace, name] = splitKey(key)
  const set = cache.get(SETS, namespace, name) as unknown as StatefulSet | undefined
  if (!set) return DONE
  const orphans = adoptRevisions(context, set)
  if (orphans !== undefined) return retry(orphans)
  const candidates = [
    ...cache.byIndex('pods', 'owner', set.metadata.uid ?? ''),
    ...cache.byIndex('pods', 'orphan-namespace', namespace),
  ] as unknown as Pod[]
  const { claimed: pods, failure } = claim(
    api,
    { ...set, resource: SETS },
    'pods',
    candidates.filter((pod) => ordinalOf(set, pod) !== undefined),
    (pod) => matchesLabelSelector(set.spec.selector, pod.metadata.labels),
  )
  if (failure !== undefined) return retry(failure)
  const revisions = readRevisions(context, set)
  if (typeof revisions === 'string') return retry(revisions)
  const { counts, error } = updateSet(context, set, revisions, pods)
  const refused = writeStatus(context, set, revisions, counts)
  cleanUp(context, set, revisions, pods)
  if (refused !== undefined || error !== undefined) return retry(refused ?? error ?? '')
  const { minReadySeconds = 0 } = set.spec
  if (minReadySeconds > 0 && counts.available !== counts.ready) context.enqueue(key, minReadySeconds * 1000)
  return DONE
}

function podChanged({ type, object, previous }: Change, context: Context): void {
  const { cache, enqueue } = context
  const pod = object as unknown as Pod
  const namespace = pod.metadata.namespace ?? ''
  const reference = controllerOf(pod)
  const former = previous && controllerOf(previous)
  if (former?.kind === 'StatefulSet' && former.uid !== reference?.uid) enqueue(`${namespace}/${former.name}`)
  if (reference?.kind === 'StatefulSet') {
    const key = `${namespace}/${reference.name}`
    const set = cache.get(SETS, namespace, reference.name) as unknown as StatefulSet | undefined
    if (set?.metadata.uid !== reference.uid) return
    enqueue(key)
    const { minReadySeconds = 0 } = set.spec
    const becomesReady = previous !== undefined && isPodReady(pod) && !isPodReady(previous as unknown as Pod)
    if (becomesReady && minReadySeconds > 0) enqueue(key, (minReadySeconds + 1) * 1000)
    return
  }
  if (reference || type === 'DELETED') return
  for (const set of cache.list(SETS))
    if (
      set.metadata.namespace === namespace &&
      matchesLabelSelector((set as unknown as StatefulSet).spec.selector, pod.metadata.labels)
    )
      enqueue(objectKey(set))
}

/**
 * Keeps the numbered pods of StatefulSets: in order or in parallel, with claims of their own, rolled over from the highest ordinal down.
 * Models pkg/controller/statefulset (v1.35). Simplified: the gate for maxUnavailable is off, as it is by default.
 */
export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  workers: 5,
  watches: {
    [SETS]: ({ object }, { enqueue }) => enqueue(objectKey(object)),
    [REVISIONS]: () => {},
    [CLAIMS]: () => {},
    pods: podChanged,
  },
  reconcile: sync,
}
