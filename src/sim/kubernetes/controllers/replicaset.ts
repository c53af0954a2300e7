import type { Api } from '../api/client.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import type { LabelSelector, OwnerReference, Pod, ReplicaSet } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import { deepEqual } from './deep-equal.ts'
import {
  creationObserved,
  deletionObserved,
  expectCreations,
  expectDeletions,
  type Expectations,
  expectationsMet,
} from './expectations.ts'
import { controllerOf, objectKey, splitKey } from './object-key.ts'
import { claim, createPods, deletePod, isNamespaceTerminating, podFromTemplate } from './pod-control.ts'
import { isPodActive, isPodFinished, isPodReady, isPodTerminating, untilNextAvailable } from './pod-state.ts'
import { calculateStatus, type ReplicaSetStatus } from './replicaset-status.ts'
import { chooseVictims } from './replicaset-victims.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { allAtOnce, type Batches, isOver, sendBatches, slowStart } from './runtime/request-batches.ts'

export interface ReplicaSetState {
  readonly expectations: Expectations
}
type SetContext = Context<ReplicaSetState>

interface Work {
  readonly verb: 'create' | 'delete'
  /** Names of Pods to delete; '' for each one to create. */
  readonly batches: Batches<string>
}

const NO_WORK: Work = { verb: 'create', batches: slowStart([]) }

/** A look from its decision on. */
interface Rest {
  readonly set: ReplicaSet
  readonly claimed: readonly Pod[]
  readonly terminating: number | undefined
  readonly work: Work
}

/** At most so many creations or deletions in one look. */
const BURST_REPLICAS = 500

/** What tells ReplicaSets from ReplicationControllers, which one algorithm keeps. */
export interface ReplicaSetKind {
  readonly name: string
  readonly kind: string
  readonly resource: string
  selectorOf(set: ReplicaSet): LabelSelector | undefined
  readonly reportsTerminating: boolean
}

/**
 * Keeps the number of Pods of a set: adopts, releases, creates in batches of 1, 2, 4 …, deletes the least useful first, reports.
 * Models pkg/controller/replicaset (v1.35).
 */
export function replicaSetController(kind: ReplicaSetKind): Controller<ReplicaSetState> {
  const setOf = (context: SetContext, namespace: string, name: string): ReplicaSet | undefined =>
    context.cache.get(kind.resource, namespace, name) as unknown as ReplicaSet | undefined

  const ownerOf = (context: SetContext, pod: Pod, reference: OwnerReference | undefined): ReplicaSet | undefined => {
    if (reference?.kind !== kind.kind) return undefined
    const set = setOf(context, pod.metadata.namespace ?? '', reference.name)
    return set?.metadata.uid === reference.uid ? set : undefined
  }

  const selects = (set: ReplicaSet, pod: Pod): boolean => matchesLabelSelector(kind.selectorOf(set), pod.metadata.labels)

  const enqueueAdopters = (context: SetContext, pod: Pod): void => {
    for (const object of context.cache.list(kind.resource)) {
      const set = object as unknown as ReplicaSet
      if (set.metadata.namespace === pod.metadata.namespace && selects(set, pod)) context.enqueue(objectKey(set))
    }
  }

  const podGone = (context: SetContext, pod: Pod): void => {
    const set = ownerOf(context, pod, controllerOf(pod))
    if (!set) return
    deletionObserved(context.state.expectations, objectKey(set), objectKey(pod))
    context.enqueue(objectKey(set))
  }

  const podAdded = (context: SetContext, pod: Pod): void => {
    if (isPodTerminating(pod)) return podGone(context, pod)
    const reference = controllerOf(pod)
    if (!reference) return enqueueAdopters(context, pod)
    const set = ownerOf(context, pod, reference)
    if (!set) return
    creationObserved(context.state.expectations, objectKey(set))
    context.enqueue(objectKey(set))
  }

  const podUpdated = (context: SetContext, before: Pod, pod: Pod): void => {
    if (isPodTerminating(pod)) return podGone(context, pod)
    const [reference, previous] = [controllerOf(pod), controllerOf(before)]
    const referenceChanged = !deepEqual(reference, previous)
    if (referenceChanged) {
      const set = ownerOf(context, before, previous)
      if (set) context.enqueue(objectKey(set))
    }
    if (!reference) {
      if (referenceChanged || !deepEqual(pod.metadata.labels, before.metadata.labels)) enqueueAdopters(context, pod)
      return
    }
    const set = ownerOf(context, pod, reference)
    if (!set) return
    context.enqueue(objectKey(set))
    const { minReadySeconds = 0 } = set.spec
    if (minReadySeconds > 0 && !isPodReady(before) && isPodReady(pod)) context.enqueue(objectKey(set), minReadySeconds * 1000)
  }

  const podChanged = ({ type, object, previous }: Change, context: SetContext): void => {
    const pod = object as unknown as Pod
    if (type === 'DELETED') podGone(context, pod)
    else if (previous) podUpdated(context, previous as unknown as Pod, pod)
    else podAdded(context, pod)
  }

  const setChanged = ({ type, object, previous }: Change, context: SetContext): void => {
    const recreated = previous !== undefined && previous.metadata.uid !== object.metadata.uid
    if (type === 'DELETED' || recreated) context.state.expectations.delete(objectKey(object))
    context.enqueue(objectKey(object))
  }

  /** Pods of all sets of the same owner, to tell crowded nodes. A set without owner looks at none. */
  const relatedPods = (context: SetContext, set: ReplicaSet): readonly Pod[] => {
    const owner = controllerOf(set)
    if (!owner || kind.resource !== 'replicasets.apps') return []
    const related: Pod[] = []
    for (const sibling of context.cache.byIndex(kind.resource, 'owner', owner.uid))
      for (const pod of context.cache.byIndex('pods', 'owner', sibling.metadata.uid ?? '')) related.push(pod as unknown as Pod)
    return related
  }

  const send = (context: SetContext, { set, work }: Rest, api: Api, names: readonly string[]): string | undefined => {
    const { expectations } = context.state
    const key = objectKey(set)
    const { namespace = '' } = set.metadata
    let failure: string | undefined
    if (work.verb === 'delete') {
      for (const name of names) {
        const answer = deletePod({ api, events: context.events }, namespace, name, set)
        if (answer.ok) continue
        deletionObserved(expectations, key, `${namespace}/${name}`)
        if (answer.status.reason !== 'NotFound') failure ??= answer.status.message
      }
      return failure
    }
    const pod = podFromTemplate(set.spec.template, set)
    const pods = names.map(() => pod)
    for (const answer of createPods({ api, events: context.events }, namespace, pods, set)) {
      if (answer.ok || isNamespaceTerminating(answer.status)) continue
      creationObserved(expectations, key)
      failure ??= answer.status.message
    }
    return failure
  }

  /** Makes Pods or ends the least useful ones. */
  const manage = (context: SetContext, set: ReplicaSet, active: readonly Pod[]): Work => {
    const { expectations } = context.state
    const key = objectKey(set)
    const surplus = active.length - (set.spec.replicas ?? 1)
    const count = Math.min(Math.abs(surplus), BURST_REPLICAS)
    if (surplus <= 0) {
      if (count > 0) expectCreations(expectations, key, count, context.now)
      return { verb: 'create', batches: slowStart(Array.from({ length: count }, () => '')) }
    }
    const victims = chooseVictims(active, relatedPods(context, set), count, context.unixMs)
    expectDeletions(expectations, key, victims.map(objectKey), context.now)
    return { verb: 'delete', batches: allAtOnce(victims.map(({ metadata }) => metadata.name)) }
  }

  /** Writes the status when it differs; once more on the object read afresh. Undefined when the server has it, else why not. */
  const writeStatus = (context: SetContext, set: ReplicaSet, status: ReplicaSetStatus): string | undefined => {
    if (deepEqual(set.status, status)) return undefined
    const { namespace = '', name } = set.metadata
    const write = (base: ReplicaSet) =>
      context.api.update(kind.resource, namespace, name, { ...base, status }, { subresource: 'status' })
    const first = write(set)
    if (first.ok) return undefined
    const fresh = context.api.get(kind.resource, namespace, name)
    if (!fresh.ok) return fresh.status.message
    const second = write(fresh.value as unknown as ReplicaSet)
    return second.ok ? undefined : second.status.message
  }

  const goOn = (context: SetContext, rest: Rest): Outcome => {
    const { set, claimed, terminating, work } = rest
    const batches = sendBatches(context, work.batches, (api, names) => send(context, rest, api, names))
    if (!isOver(batches)) return { rest: { ...rest, work: { ...work, batches } } satisfies Rest, afterMs: batches.turns[0]! - context.now }
    const key = objectKey(set)
    // What a refusal left out will never be seen.
    if (work.verb === 'create') for (const _ of batches.items) creationObserved(context.state.expectations, key)
    const { failure } = batches
    const status = calculateStatus(set, { active: claimed, terminating, failure }, context.unixMs)
    const refused = writeStatus(context, set, status) ?? failure
    if (refused !== undefined) return retry(refused)
    const { minReadySeconds = 0 } = set.spec
    if (minReadySeconds > 0 && (status.readyReplicas ?? 0) !== (status.availableReplicas ?? 0))
      context.enqueue(key, untilNextAvailable(claimed, minReadySeconds, context.unixMs) ?? minReadySeconds * 1000)
    return DONE
  }

  return {
    name: kind.name,
    workers: 5,
    watches: { [kind.resource]: setChanged, pods: podChanged },
    initialState: () => ({ expectations: new Map() }),
    reconcile(context, key): Outcome {
      const [namespace, name] = splitKey(key)
      const set = setOf(context, namespace, name)
      if (!set) {
        context.state.expectations.delete(key)
        return DONE
      }
      const began = context.now
      const mayManage = expectationsMet(context.state.expectations, key, context.now)
      const owned = [...context.cache.byIndex('pods', 'owner', set.metadata.uid ?? '')] as unknown as Pod[]
      const orphans = ([...context.cache.byIndex('pods', 'orphan-namespace', namespace)] as unknown as Pod[])
        .filter((pod) => selects(set, pod))
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      const { claimed, failure: claimFailure } = claim(
        context.api,
        { ...set, resource: kind.resource },
        'pods',
        [...owned, ...orphans].filter(isPodActive),
        (pod) => selects(set, pod),
      )
      if (claimFailure !== undefined) return retry(claimFailure)
      const terminating = kind.reportsTerminating
        ? owned.filter((pod) => isPodTerminating(pod) && !isPodFinished(pod) && selects(set, pod)).length
        : undefined
      const work = mayManage && set.metadata.deletionTimestamp === undefined ? manage(context, set, claimed) : NO_WORK
      const rest: Rest = { set, claimed, terminating, work }
      // Adopting takes time in which others act.
      return context.now > began ? { rest, afterMs: 0 } : goOn(context, rest)
    },
    resume: (context, _key, rest) => goOn(context, rest as Rest),
  }
}

export const replicaSets: ReplicaSetKind = {
  name: 'replicaset-controller',
  kind: 'ReplicaSet',
  resource: 'replicasets.apps',
  selectorOf: (set) => set.spec.selector,
  reportsTerminating: true,
}
