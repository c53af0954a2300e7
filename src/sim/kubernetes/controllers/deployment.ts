import { matchesLabelSelector } from '../api/selectors.ts'
import type { Answer } from '../api/status.ts'
import type { AnyObject, Deployment, OwnerReference, Pod, ReplicaSet } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import { deepEqual } from './deep-equal.ts'
import {
  calculateStatus,
  conditionOf,
  deploymentCondition,
  hasProgressDeadline,
  isComplete,
  pausedConditions,
  rolloutStatus,
  setCondition,
  untilDeadlineCheck,
  withConditions,
} from './deployment-status.ts'
import { controllerOf, controllerReference, objectKey, splitKey } from './object-key.ts'
import { claim, isNamespaceTerminating } from './pod-control.ts'
import { POD_TEMPLATE_HASH, podTemplateHash } from './pod-template-hash.ts'
import { planScaling } from './proportional-scaling.ts'
import { oldPodsRunning, planRecreate } from './recreate.ts'
import { activeSets, byCreation, desiredReplicas, type ScaleStep } from './replicaset-order.ts'
import {
  countAnnotation,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  newSetAnnotations,
  nextRevision,
  REVISION,
  setsBeyondHistory,
} from './revision-history.ts'
import { isRollingUpdate, maxTotal, newSetReplicas, planNewSet, planOldSets, replicasOf } from './rolling-update.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { sameTemplate } from './same-template.ts'

const DEPLOYMENTS = 'deployments.apps'
const REPLICA_SETS = 'replicasets.apps'
const MAX_NAME_LENGTH = 253

/** A request was refused: the look at this Deployment ends here and is taken again. */
class Refused extends Error {
  /** Its namespace is going away, so trying again is of no use. */
  readonly isFinal: boolean
  constructor(message: string, isFinal = false) {
    super(message)
    this.isFinal = isFinal
  }
}

interface Sets {
  readonly newSet: ReplicaSet | undefined
  /** Oldest first, also those without Pods. */
  readonly oldSets: readonly ReplicaSet[]
}

/** One look at one Deployment: reads the caches, takes at most one step, writes the status. Models deployment.syncDeployment (v1.35). */
class Sync {
  readonly #context: Context
  readonly #key: string
  /** With what this look has written into it; the resourceVersion stays the one that was read, so a second status write is refused. */
  #deployment: Deployment

  constructor(context: Context, key: string, deployment: Deployment) {
    this.#context = context
    this.#key = key
    this.#deployment = deployment
  }

  run(): void {
    const owned = this.#claimSets()
    if (this.#deployment.metadata.deletionTimestamp !== undefined) {
      this.#writeStatus(this.#sets(owned, false), calculateStatus)
      return
    }
    this.#notePause()
    if (this.#deployment.spec.paused || this.#isScalingEvent(owned)) this.#scale(owned)
    else if (isRollingUpdate(this.#deployment)) this.#roll(owned)
    else this.#recreate(owned)
  }

  #claimSets(): readonly ReplicaSet[] {
    const { api, cache } = this.#context
    const { namespace = '' } = this.#deployment.metadata
    const { claimed, failure } = claim(
      api,
      { ...this.#deployment, resource: DEPLOYMENTS },
      REPLICA_SETS,
      [...cache.byIndex(REPLICA_SETS, 'namespace', namespace)] as unknown as ReplicaSet[],
      (set) => matchesLabelSelector(this.#deployment.spec.selector, set.metadata.labels),
    )
    if (failure !== undefined) throw new Refused(failure)
    return claimed.toSorted(byCreation)
  }

  #notePause(): void {
    const conditions = pausedConditions(this.#deployment, this.#context.unixMs)
    if (!conditions) return
    this.#deployment = { ...this.#deployment, status: withConditions(this.#deployment.status ?? {}, conditions) }
    this.#updateStatus()
  }

  /** Some active set was last sized for another number of replicas: the template has not changed, the size has. */
  #isScalingEvent(owned: readonly ReplicaSet[]): boolean {
    const { newSet, oldSets } = this.#sets(owned, false)
    return activeSets([...oldSets, newSet]).some((set) => {
      const desired = countAnnotation(set, DESIRED_REPLICAS)
      return desired !== undefined && desired !== replicasOf(this.#deployment)
    })
  }

  #scale(owned: readonly ReplicaSet[]): void {
    const sets = this.#sets(owned, false)
    for (const step of planScaling(this.#deployment, sets.newSet, sets.oldSets)) must(this.#scaleSet(step))
    if (this.#deployment.spec.paused) this.#cleanUp(sets.oldSets)
    this.#writeStatus(sets, calculateStatus)
  }

  #roll(owned: readonly ReplicaSet[]): void {
    const sets = this.#sets(owned, true)
    const newSet = sets.newSet!
    const growth = planNewSet(this.#deployment, newSet, [...sets.oldSets, newSet])
    if (growth) must(this.#scaleSet(growth))
    else {
      let scaled = false
      // A refusal ends the steps, not the look.
      for (const step of planOldSets(this.#deployment, newSet, sets.oldSets)) {
        scaled = this.#scaleSet(step).ok
        if (!scaled) break
      }
      if (!scaled && isComplete(this.#deployment, this.#deployment.status ?? {})) this.#cleanUp(sets.oldSets)
    }
    this.#writeStatus(sets, rolloutStatus)
  }

  #recreate(owned: readonly ReplicaSet[]): void {
    let sets = this.#sets(owned, false)
    const steps = planRecreate(sets.oldSets)
    for (const step of steps) must(this.#scaleSet(step))
    if (steps.length === 0 && !oldPodsRunning(sets.oldSets, this.#podsOfOthers(owned, sets.newSet))) {
      if (!sets.newSet) sets = this.#sets(owned, true)
      const newSet = sets.newSet!
      if (desiredReplicas(newSet) !== replicasOf(this.#deployment))
        must(this.#scaleSet({ set: newSet, replicas: replicasOf(this.#deployment) }))
      if (isComplete(this.#deployment, this.#deployment.status ?? {})) this.#cleanUp(sets.oldSets)
    }
    this.#writeStatus(sets, rolloutStatus)
  }

  #podsOfOthers(owned: readonly ReplicaSet[], newSet: ReplicaSet | undefined): readonly Pod[] {
    return podsOf(
      this.#context,
      this.#deployment,
      owned.filter((set) => set.metadata.uid !== newSet?.metadata.uid),
    )
  }

  /** Tells the new set from the old ones and keeps its revision; makes it when asked to and it is missing. */
  #sets(owned: readonly ReplicaSet[], create: boolean): Sets {
    const existing = owned.find((set) => sameTemplate(set.spec.template, this.#deployment.spec.template))
    const oldSets = owned.filter((set) => set !== existing)
    const revision = nextRevision(oldSets)
    if (existing) return { newSet: this.#keepNewSet(existing, revision), oldSets }
    return { newSet: create ? this.#createNewSet(oldSets, revision) : undefined, oldSets }
  }

  #keepNewSet(set: ReplicaSet, revision: number): ReplicaSet {
    const deployment = this.#deployment
    const { annotations: before = {} } = set.metadata
    const annotations = newSetAnnotations(deployment, before, revision)
    const { minReadySeconds = 0 } = deployment.spec
    if (!deepEqual(annotations, before) || (set.spec.minReadySeconds ?? 0) !== minReadySeconds) {
      const { minReadySeconds: _, ...spec } = set.spec
      return must(
        this.#updateSet({
          ...set,
          metadata: { ...set.metadata, annotations },
          spec: { ...spec, ...(minReadySeconds > 0 ? { minReadySeconds } : {}) },
        }),
      )
    }
    const revised = this.#setRevision(annotations[REVISION] ?? '')
    const isFound = hasProgressDeadline(deployment) && !conditionOf(deployment.status, 'Progressing')
    if (isFound) this.#setProgressing('True', 'FoundNewReplicaSet', `Found new replica set "${set.metadata.name}"`)
    if (revised || isFound) this.#updateStatus()
    return set
  }

  #createNewSet(oldSets: readonly ReplicaSet[], revision: number): ReplicaSet {
    const deployment = this.#deployment
    const { api, events, cache } = this.#context
    const { namespace = '' } = deployment.metadata
    const { template, selector, minReadySeconds = 0 } = deployment.spec
    const hash = podTemplateHash(template, deployment.status?.collisionCount)
    const name = `${deployment.metadata.name.slice(0, MAX_NAME_LENGTH - 1 - hash.length)}-${hash}`
    const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash }
    const replicas = newSetReplicas(deployment, oldSets, 0)
    const wanted: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        namespace,
        labels,
        annotations: { ...newSetAnnotations(deployment, {}, revision), ...sizeAnnotations(deployment) },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas,
        ...(minReadySeconds > 0 ? { minReadySeconds } : {}),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    }
    const created = api.create(REPLICA_SETS, namespace, wanted as unknown as AnyObject)
    let newSet: ReplicaSet
    if (created.ok) {
      newSet = created.value as unknown as ReplicaSet
      if (replicas > 0)
        events.record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
    } else if (created.status.reason === 'AlreadyExists') {
      const namesake = cache.get(REPLICA_SETS, namespace, name) as unknown as ReplicaSet | undefined
      if (!namesake) throw new Refused(created.status.message)
      const isOurs = controllerOf(namesake)?.uid === deployment.metadata.uid && sameTemplate(template, namesake.spec.template)
      if (!isOurs) {
        const { collisionCount = 0 } = deployment.status ?? {}
        this.#deployment = { ...deployment, status: { ...deployment.status, collisionCount: collisionCount + 1 } }
        this.#tryUpdateStatus()
        throw new Refused(created.status.message)
      }
      newSet = namesake
    } else {
      if (isNamespaceTerminating(created.status)) throw new Refused(created.status.message, true)
      const message = `Failed to create new replica set "${name}": ${created.status.message}`
      if (hasProgressDeadline(deployment)) {
        this.#setProgressing('False', 'ReplicaSetCreateError', message)
        this.#tryUpdateStatus()
      }
      events.record(deployment, 'Warning', 'ReplicaSetCreateError', message)
      throw new Refused(created.status.message)
    }
    const revised = this.#setRevision(String(revision))
    const isNoted = created.ok && hasProgressDeadline(deployment)
    if (isNoted) this.#setProgressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`)
    if (revised || isNoted) this.#updateStatus()
    return newSet
  }

  #setRevision(revision: string): boolean {
    const { metadata } = this.#deployment
    if (metadata.annotations?.[REVISION] === revision) return false
    this.#deployment = {
      ...this.#deployment,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [REVISION]: revision } },
    }
    return true
  }

  #setProgressing(status: 'True' | 'False', reason: string, message: string): void {
    const { status: before = {} } = this.#deployment
    const condition = deploymentCondition('Progressing', status, reason, message, this.#context.unixMs)
    this.#deployment = { ...this.#deployment, status: withConditions(before, setCondition(before.conditions ?? [], condition)) }
  }

  /** Sets the size and the annotations that go with it. */
  #scaleSet({ set, replicas }: ScaleStep): Answer<ReplicaSet> {
    const before = desiredReplicas(set)
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.#deployment) }
    if (before === replicas && deepEqual(annotations, set.metadata.annotations)) return { ok: true, value: set }
    // A set that is scaled twice in one look was written in between.
    const current = this.#written.get(set) ?? set
    const from = desiredReplicas(current)
    const answer = this.#updateSet({
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...current.spec, replicas },
    })
    if (!answer.ok) return answer
    this.#written.set(set, answer.value)
    if (from !== replicas)
      this.#context.events.record(
        this.#deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled ${from < replicas ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${replicas}`,
      )
    return answer
  }

  readonly #written = new Map<ReplicaSet, ReplicaSet>()

  #updateSet(set: ReplicaSet): Answer<ReplicaSet> {
    const { namespace = '', name } = set.metadata
    return this.#context.api.update(REPLICA_SETS, namespace, name, set as unknown as AnyObject) as unknown as Answer<ReplicaSet>
  }

  #cleanUp(oldSets: readonly ReplicaSet[]): void {
    for (const { metadata } of setsBeyondHistory(this.#deployment, oldSets)) {
      const deleted = this.#context.api.delete(REPLICA_SETS, metadata.namespace ?? '', metadata.name)
      if (!deleted.ok && deleted.status.reason !== 'NotFound') throw new Refused(deleted.status.message)
    }
  }

  #writeStatus({ newSet, oldSets }: Sets, calculate: typeof rolloutStatus): void {
    // As they were when this look began: what it has just scaled shows in the next one.
    const sets = [...oldSets, newSet].filter((set) => set !== undefined)
    const status = calculate(this.#deployment, sets, newSet, this.#context.unixMs)
    if (deepEqual(status, this.#deployment.status)) {
      const wait = calculate === rolloutStatus ? untilDeadlineCheck(this.#deployment, this.#context.unixMs) : undefined
      if (wait !== undefined) this.#context.enqueue(this.#key, wait)
      return
    }
    this.#deployment = { ...this.#deployment, status }
    this.#updateStatus()
  }

  #updateStatus(): void {
    must(this.#tryUpdateStatus())
  }

  #tryUpdateStatus(): Answer<AnyObject> {
    const { namespace = '', name } = this.#deployment.metadata
    return this.#context.api.update(DEPLOYMENTS, namespace, name, this.#deployment as unknown as AnyObject, {
      subresource: 'status',
    })
  }
}

function must<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Refused(answer.status.message, isNamespaceTerminating(answer.status))
  return answer.value
}

const sizeAnnotations = (deployment: Deployment): Readonly<Record<string, string>> => ({
  [DESIRED_REPLICAS]: String(replicasOf(deployment)),
  [MAX_REPLICAS]: String(maxTotal(deployment)),
})

/** Pods of these sets that the Deployment selects, whatever their state. */
const podsOf = ({ cache }: Context, { spec }: Deployment, sets: readonly ReplicaSet[]): readonly Pod[] =>
  sets.flatMap((set) =>
    ([...cache.byIndex('pods', 'owner', set.metadata.uid ?? '')] as unknown as Pod[]).filter((pod) =>
      matchesLabelSelector(spec.selector, pod.metadata.labels),
    ),
  )

const deploymentOf = (context: Context, namespace: string, reference: OwnerReference | undefined): Deployment | undefined => {
  if (reference?.kind !== 'Deployment') return undefined
  const deployment = context.cache.get(DEPLOYMENTS, namespace, reference.name)
  return deployment?.metadata.uid === reference.uid ? (deployment as unknown as Deployment | undefined) : undefined
}

function enqueueAdopters(context: Context, { metadata }: ReplicaSet): void {
  if (Object.keys(metadata.labels ?? {}).length === 0) return
  for (const object of context.cache.list(DEPLOYMENTS)) {
    const { spec } = object as unknown as Deployment
    if (object.metadata.namespace === metadata.namespace && matchesLabelSelector(spec.selector, metadata.labels))
      context.enqueue(objectKey(object))
  }
}

function setChanged({ type, object, previous }: Change, context: Context): void {
  const set = object as unknown as ReplicaSet
  const { namespace = '' } = set.metadata
  const [reference, before] = [controllerOf(set), previous ? controllerOf(previous) : undefined]
  const referenceChanged = type === 'MODIFIED' && !deepEqual(reference, before)
  const owner = deploymentOf(context, namespace, reference)
  const formerOwner = referenceChanged ? deploymentOf(context, namespace, before) : undefined
  if (formerOwner) context.enqueue(objectKey(formerOwner))
  if (owner) context.enqueue(objectKey(owner))
  if (reference || type === 'DELETED') return
  if (type === 'ADDED' || referenceChanged || !deepEqual(set.metadata.labels, previous?.metadata.labels))
    enqueueAdopters(context, set)
}

/** The last Pod of a Deployment that recreates is gone: the new set may start. */
function podChanged({ type, object }: Change, context: Context): void {
  const reference = controllerOf(object)
  if (type !== 'DELETED' || reference?.kind !== 'ReplicaSet') return
  const { namespace = '' } = object.metadata
  const set = context.cache.get(REPLICA_SETS, namespace, reference.name)
  if (!set || set.metadata.uid !== reference.uid) return
  const deployment = deploymentOf(context, namespace, controllerOf(set))
  if (!deployment || isRollingUpdate(deployment)) return
  const sets = [...context.cache.byIndex(REPLICA_SETS, 'owner', deployment.metadata.uid ?? '')] as unknown as ReplicaSet[]
  if (podsOf(context, deployment, sets).length === 0) context.enqueue(objectKey(deployment))
}

/**
 * Rolls Deployments out, scales, pauses and reports them, and keeps their history.
 * Models pkg/controller/deployment (v1.35). Simplified: no rollback by the deprecated annotation.
 */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  workers: 5,
  watches: {
    [DEPLOYMENTS]: ({ object }, context) => context.enqueue(objectKey(object)),
    [REPLICA_SETS]: setChanged,
    pods: podChanged,
  },
  maxRetries: 15,
  reconcile(context, key): Outcome {
    const [namespace, name] = splitKey(key)
    const deployment = context.cache.get(DEPLOYMENTS, namespace, name) as unknown as Deployment | undefined
    if (!deployment) return DONE
    try {
      new Sync(context, key, deployment).run()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return error.isFinal ? DONE : retry(error.message)
    }
    return DONE
  },
}
