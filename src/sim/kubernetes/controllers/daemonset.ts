import { scaledValue } from '../api/int-or-percent.ts'
import type { Api } from '../api/client.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import type { ApiObject, Condition, IntOrString, LabelSelector, Node, Pod, PodTemplateSpec } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import {
  type ControllerRevision,
  createRevision,
  isRevision,
  raiseRevision,
  REVISIONS,
  sameTemplateAs,
  sortRevisions,
} from './controller-revisions.ts'
import { boundToNode, daemonTemplate, podsByNode, targetNode, wantedOn } from './daemon-pods.ts'
import { deepEqual } from './deep-equal.ts'
import { creationObserved, deletionObserved, type Expectations, expectationsMet } from './expectations.ts'
import { controllerOf, objectKey, splitKey } from './object-key.ts'
import { claim, createPods, deletePod, isNamespaceTerminating, podFromTemplate } from './pod-control.ts'
import { isPodAvailable, isPodReady, isPodTerminating } from './pod-state.ts'
import { podTemplateHash } from './pod-template-hash.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { allAtOnce, type Batches, isOver, sendBatches, slowStart } from './runtime/request-batches.ts'

const SETS = 'daemonsets.apps'
const HASH = 'controller-revision-hash'
const GENERATION = 'deprecated.daemonset.template.generation'
const BURST_REPLICAS = 250
const FAILED_BACKOFF_MS = 1000
const FAILED_BACKOFF_MAX_MS = 900_000

interface DaemonSet extends ApiObject {
  readonly spec: {
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly updateStrategy?: {
      readonly type?: 'RollingUpdate' | 'OnDelete'
      readonly rollingUpdate?: { readonly maxSurge?: IntOrString; readonly maxUnavailable?: IntOrString }
    }
  }
  readonly status?: {
    readonly currentNumberScheduled: number
    readonly numberMisscheduled: number
    readonly desiredNumberScheduled: number
    readonly numberReady: number
    readonly observedGeneration?: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly numberUnavailable?: number
    readonly collisionCount?: number
    readonly conditions?: readonly Condition[]
  }
}

interface State {
  readonly expectations: Expectations
  /** `set uid/node` to the wait after the last failed pod there, and since when. */
  readonly failed: Map<string, { readonly waitMs: number; readonly since: number }>
}
type SetContext = Context<State>

interface Look {
  readonly key: string
  readonly set: DaemonSet
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  readonly hash: string
}

interface Writes {
  /** Nodes to make a pod for. */
  readonly creations: Batches<string>
  /** Names of pods to end. */
  readonly deletions: Batches<string>
}

/** A look from its first decision on. */
interface Rest {
  readonly look: Look
  readonly old: readonly ControllerRevision[]
  readonly step: 'manage' | 'update'
  readonly writes: Writes
}

const setsOf = ({ cache }: SetContext): Iterable<DaemonSet> => cache.list(SETS) as unknown as Iterable<DaemonSet>
const minReadyOf = ({ spec }: DaemonSet): number => spec.minReadySeconds ?? 0
const isUpdated = ({ set, hash }: Look, pod: Pod): boolean => {
  const generation = set.metadata.annotations?.[GENERATION]
  return (
    pod.metadata.labels?.[HASH] === hash ||
    (generation !== undefined && pod.metadata.labels?.['pod-template-generation'] === generation)
  )
}

/** At most so many nodes may have an extra pod, and so many none that is available. */
function updateLimits({ set, nodes }: Look): { readonly surge: number; readonly unavailable: number } {
  const desired = nodes.filter((node) => wantedOn(node, set.spec.template).run).length
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, desired, 'up') ?? 0
  const unavailable = scaledValue(maxUnavailable, desired, 'up') ?? 1
  return { surge, unavailable: surge === 0 && unavailable === 0 && desired > 0 ? 1 : unavailable }
}

const allowsSurge = ({ spec }: DaemonSet): boolean =>
  spec.updateStrategy?.type !== 'OnDelete' && (scaledValue(spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, 100, 'up') ?? 0) > 0

/** Pods to delete from a node that may keep its daemon pod. */
function surplusOn(context: SetContext, look: Look, node: string, pods: readonly Pod[]): readonly Pod[] {
  const { set, key } = look
  const { events, state } = context
  const gone: Pod[] = []
  const running: Pod[] = []
  for (const pod of pods) {
    if (isPodTerminating(pod)) continue
    const phase = pod.status?.phase
    const found = `daemon pod ${objectKey(pod)} on node ${node}, will try to`
    if (phase === 'Failed') {
      const place = `${set.metadata.uid}/${node}`
      const last = state.failed.get(place)
      if (last && context.now - last.since < last.waitMs) {
        context.enqueue(key, last.waitMs)
        continue
      }
      state.failed.set(place, {
        waitMs: last ? Math.min(last.waitMs * 2, FAILED_BACKOFF_MAX_MS) : FAILED_BACKOFF_MS,
        since: context.now,
      })
      events.record(set, 'Warning', 'FailedDaemonPod', `Found failed ${found} kill it`)
      gone.push(pod)
    } else if (phase === 'Succeeded') {
      events.record(set, 'Normal', 'SucceededDaemonPod', `Found succeeded ${found} delete it`)
      gone.push(pod)
    } else running.push(pod)
  }
  if (running.length <= 1) return gone
  if (!allowsSurge(set)) return [...gone, ...running.slice(1)]
  const [newest, ...moreNew] = running.filter((pod) => pod.metadata.labels?.[HASH] === look.hash)
  const [oldest, ...moreOld] = running.filter((pod) => pod.metadata.labels?.[HASH] !== look.hash)
  gone.push(...moreNew, ...moreOld)
  if (newest && oldest && (!isPodReady(oldest) || isPodAvailable(newest, minReadyOf(set), context.unixMs))) gone.push(oldest)
  return gone
}

/** One pod on every node that wants one, none elsewhere. Models DaemonSetsController.manage (v1.35). */
function manage(context: SetContext, look: Look): Writes {
  const { set, nodes, pods } = look
  const byNode = podsByNode(pods)
  const missing: string[] = []
  const gone: Pod[] = []
  for (const node of nodes) {
    const { name } = node.metadata
    const there = byNode.get(name) ?? []
    const { run, stay } = wantedOn(node, set.spec.template)
    if (run && there.length === 0) missing.push(name)
    else if (stay) gone.push(...surplusOn(context, look, name, there))
    else gone.push(...there.filter((pod) => !isPodTerminating(pod)))
  }
  const known = new Set(nodes.map(({ metadata }) => metadata.name))
  for (const pod of pods) if (!pod.spec.nodeName && !isPodTerminating(pod) && !known.has(targetNode(pod))) gone.push(pod)
  return plan(context, look, missing, gone)
}

function plan({ state, now }: SetContext, { key }: Look, missing: readonly string[], gone: readonly Pod[]): Writes {
  const creating = missing.slice(0, BURST_REPLICAS)
  const deleting = gone.slice(0, BURST_REPLICAS)
  state.expectations.set(key, { creations: creating.length, deletions: new Set(deleting.map(objectKey)), since: now })
  return { creations: slowStart(creating), deletions: allAtOnce(deleting.map(({ metadata }) => metadata.name)) }
}

function create({ state, events }: SetContext, { key, set, hash }: Look, api: Api, nodes: readonly string[]): string | undefined {
  const pod = podFromTemplate(daemonTemplate(set.spec.template, hash, set.metadata.annotations?.[GENERATION]), set)
  const spec = pod['spec'] as PodTemplateSpec['spec']
  const pods = nodes.map((node) => ({ ...pod, spec: { ...spec, affinity: boundToNode(spec.affinity, node) } }))
  let failure: string | undefined
  for (const answer of createPods({ api, events }, set.metadata.namespace ?? '', pods, set)) {
    if (answer.ok) continue
    creationObserved(state.expectations, key)
    if (!isNamespaceTerminating(answer.status)) failure ??= answer.status.message
  }
  return failure
}

function end({ state, events }: SetContext, { key, set }: Look, api: Api, names: readonly string[]): string | undefined {
  const { namespace = '' } = set.metadata
  let failure: string | undefined
  for (const name of names) {
    const answer = deletePod({ api, events }, namespace, name, set)
    if (answer.ok) continue
    deletionObserved(state.expectations, key, `${namespace}/${name}`)
    if (answer.status.code !== 404) failure ??= answer.status.message
  }
  return failure
}

/** The pod of the current template and the older one on a node; undefined when there are several of one kind. */
function oldAndNew(
  look: Look,
  pods: readonly Pod[],
): { readonly fresh: Pod | undefined; readonly old: Pod | undefined } | undefined {
  const standing = pods.filter((pod) => !isPodTerminating(pod))
  const fresh = standing.filter((pod) => isUpdated(look, pod))
  const old = standing.filter((pod) => !isUpdated(look, pod))
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] }
}

/** Replaces old pods: within maxUnavailable by deleting, within maxSurge by adding. Models daemon/update.go rollingUpdate (v1.35). */
function rollingUpdate(context: SetContext, look: Look): Writes {
  const { set, pods } = look
  const { surge, unavailable } = updateLimits(look)
  const isAvailable = (pod: Pod): boolean => isPodAvailable(pod, minReadyOf(set), context.unixMs)
  const byNode = podsByNode(pods)
  if (surge === 0) {
    let missing = 0
    const free: Pod[] = []
    const candidates: Pod[] = []
    for (const there of byNode.values()) {
      const found = oldAndNew(look, there)
      if (!found || (!found.fresh && !found.old) || (found.fresh && found.old)) missing += 1
      else if (found.fresh) missing += isAvailable(found.fresh) ? 0 : 1
      else if (!isAvailable(found.old!)) {
        free.push(found.old!)
        missing += 1
      } else candidates.push(found.old!)
    }
    return plan(context, look, [], [...free, ...candidates.slice(0, Math.max(0, unavailable - missing))])
  }
  let extra = 0
  const free: string[] = []
  const candidates: string[] = []
  const gone: Pod[] = []
  for (const [node, there] of byNode) {
    const found = oldAndNew(look, there)
    if (!found) extra += 1
    else if (!found.old) continue
    else if (!found.fresh) (isAvailable(found.old) ? candidates : free).push(node)
    else if (isAvailable(found.fresh)) gone.push(found.old)
    else extra += 1
  }
  return plan(context, look, [...free, ...candidates.slice(0, Math.max(0, surge - extra))], gone)
}

function writeStatus(context: SetContext, { set, nodes, pods, ...look }: Look, observes: boolean): string | undefined {
  const byNode = podsByNode(pods)
  const counts = { desired: 0, current: 0, ready: 0, available: 0, updated: 0, misscheduled: 0 }
  for (const node of nodes) {
    const [oldest] = byNode.get(node.metadata.name) ?? []
    if (!wantedOn(node, set.spec.template).run) {
      counts.misscheduled += oldest ? 1 : 0
      continue
    }
    counts.desired += 1
    if (!oldest) continue
    counts.current += 1
    if (isPodReady(oldest)) counts.ready += 1
    if (isPodAvailable(oldest, minReadyOf(set), context.unixMs)) counts.available += 1
    if (isUpdated({ set, nodes, pods, ...look }, oldest)) counts.updated += 1
  }
  const whenAny = (name: string, count: number): object => (count > 0 ? { [name]: count } : {})
  const observedGeneration = observes ? set.metadata.generation : set.status?.observedGeneration
  const status = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    ...(observedGeneration ? { observedGeneration } : {}),
    ...whenAny('updatedNumberScheduled', counts.updated),
    ...whenAny('numberAvailable', counts.available),
    ...whenAny('numberUnavailable', counts.desired - counts.available),
    ...(set.status?.collisionCount === undefined ? {} : { collisionCount: set.status.collisionCount }),
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  }
  if (minReadyOf(set) > 0 && counts.ready !== counts.available) context.enqueue(look.key, minReadyOf(set) * 1000)
  if (deepEqual(set.status, status)) return undefined
  const { namespace = '', name } = set.metadata
  const current = context.api.get(SETS, namespace, name)
  if (!current.ok) return current.status.code === 404 ? undefined : current.status.message
  const written = context.api.update(SETS, namespace, name, { ...current.value, status }, { subresource: 'status' })
  return written.ok || written.status.code === 404 ? undefined : written.status.message
}

/** The records of the set's templates: the one of now (made if need be) and the older ones. */
function history(
  context: SetContext,
  set: DaemonSet,
): { readonly current: ControllerRevision; readonly old: readonly ControllerRevision[] } | string {
  const { api, cache } = context
  const { namespace = '' } = set.metadata
  const candidates = cache.listNamespace(REVISIONS, namespace) as readonly ControllerRevision[]
  const { claimed, failure } = claim(api, { ...set, resource: SETS }, REVISIONS, candidates, ({ metadata }) =>
    matchesLabelSelector(set.spec.selector, metadata.labels),
  )
  if (failure !== undefined) return failure
  const current = claimed.filter((record) => sameTemplateAs(set, record))
  const old = claimed.filter((record) => !sameTemplateAs(set, record))
  const revision = Math.max(0, ...old.map((record) => record.revision)) + 1
  const newest = sortRevisions(current).at(-1)
  if (newest) {
    const raised = newest.revision < revision ? raiseRevision(api, newest, revision) : newest
    return isRevision(raised) ? { current: raised, old } : raised.message
  }
  const hash = podTemplateHash(set.spec.template, set.status?.collisionCount)
  const created = createRevision(api, set, { hash, hashLabel: HASH, revision })
  if (isRevision(created)) return { current: created, old }
  if (created.exists) {
    const there = api.get(REVISIONS, namespace, `${set.metadata.name}-${hash}`)
    if (there.ok && sameTemplateAs(set, there.value as ControllerRevision))
      return { current: there.value as ControllerRevision, old }
    const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 }
    api.update(SETS, namespace, set.metadata.name, { ...set, status }, { subresource: 'status' })
  }
  return created.message
}

function cleanUp({ api }: SetContext, { set, pods, hash }: Look, old: readonly ControllerRevision[]): void {
  const surplus = old.length - (set.spec.revisionHistoryLimit ?? 10)
  if (surplus <= 0) return
  const live = new Set([hash, ...pods.map((pod) => pod.metadata.labels?.[HASH])])
  const dead = sortRevisions(old).filter(({ metadata }) => !live.has(metadata.labels?.[HASH]))
  for (const { metadata } of dead.slice(0, surplus)) api.delete(REVISIONS, metadata.namespace ?? '', metadata.name)
}

function sync(context: SetContext, key: string): Outcome {
  const { api, cache, state } = context
  const [namespace, name] = splitKey(key)
  const set = cache.get(SETS, namespace, name) as unknown as DaemonSet | undefined
  if (!set) {
    state.expectations.delete(key)
    return DONE
  }
  if (set.metadata.deletionTimestamp) return DONE
  const records = history(context, set)
  if (typeof records === 'string') return retry(records)
  const look = (): Look | string => {
    const candidates = [
      ...cache.byIndex('pods', 'owner', set.metadata.uid ?? ''),
      ...cache.byIndex('pods', 'orphan-namespace', namespace),
    ] as unknown as Pod[]
    const { claimed, failure } = claim(api, { ...set, resource: SETS }, 'pods', candidates, (pod) =>
      matchesLabelSelector(set.spec.selector, pod.metadata.labels),
    )
    if (failure !== undefined) return failure
    const nodes = [...cache.list('nodes')] as unknown as Node[]
    return { key, set, nodes, pods: claimed, hash: records.current.metadata.labels?.[HASH] ?? '' }
  }
  const first = look()
  if (typeof first === 'string') return retry(first)
  if (!expectationsMet(state.expectations, key, context.now)) {
    const refused = writeStatus(context, first, false)
    return refused === undefined ? DONE : retry(refused)
  }
  return goOn(context, { look: first, old: records.old, step: 'manage', writes: manage(context, first) })
}

/** Creations first, then deletions; then, when all is in order, the same for the update. */
function goOn(context: SetContext, rest: Rest): Outcome {
  const { look, old, step, writes } = rest
  const { expectations } = context.state
  const creations = sendBatches(context, writes.creations, (api, nodes) => create(context, look, api, nodes))
  const deletions = isOver(creations)
    ? sendBatches(context, writes.deletions, (api, names) => end(context, look, api, names))
    : writes.deletions
  const turn = creations.turns[0] ?? deletions.turns[0]
  if (turn !== undefined)
    return { rest: { ...rest, writes: { creations, deletions } } satisfies Rest, afterMs: turn - context.now }
  // What a refusal left out will never be seen.
  for (const _ of creations.items) creationObserved(expectations, look.key)
  const failure = creations.failure ?? deletions.failure
  const updates = step === 'manage' && look.set.spec.updateStrategy?.type !== 'OnDelete'
  if (updates && failure === undefined && expectationsMet(expectations, look.key, context.now))
    return goOn(context, { look, old, step: 'update', writes: rollingUpdate(context, look) })
  cleanUp(context, look, old)
  const refused = writeStatus(context, look, true) ?? failure
  return refused === undefined ? DONE : retry(refused)
}

function podChanged({ type, object, previous }: Change, context: SetContext): void {
  const { state, cache, enqueue } = context
  const pod = object as unknown as Pod
  const namespace = pod.metadata.namespace ?? ''
  const reference = controllerOf(pod)
  const former = previous && controllerOf(previous)
  if (former && former.uid !== reference?.uid && former.kind === 'DaemonSet') enqueue(`${namespace}/${former.name}`)
  if (!reference) {
    if (type !== 'DELETED' && !isPodTerminating(pod))
      for (const set of setsOf(context))
        if (set.metadata.namespace === namespace && matchesLabelSelector(set.spec.selector, pod.metadata.labels))
          enqueue(objectKey(set))
    return
  }
  if (reference.kind !== 'DaemonSet') return
  const key = `${namespace}/${reference.name}`
  const set = cache.get(SETS, namespace, reference.name) as unknown as DaemonSet | undefined
  if (set?.metadata.uid !== reference.uid) return
  if (type === 'DELETED' || isPodTerminating(pod)) deletionObserved(state.expectations, key, objectKey(pod))
  else if (type === 'ADDED') creationObserved(state.expectations, key)
  enqueue(key)
  const becomesReady = type === 'MODIFIED' && isPodReady(pod) && !isPodReady(previous as unknown as Pod)
  if (becomesReady && minReadyOf(set) > 0) enqueue(key, (minReadyOf(set) + 1) * 1000)
}

function nodeChanged({ type, object, previous }: Change, context: SetContext): void {
  if (type === 'DELETED') return
  const node = object as unknown as Node
  const before = previous as unknown as Node | undefined
  if (before && deepEqual(before.metadata.labels, node.metadata.labels) && deepEqual(before.spec, node.spec)) return
  for (const set of setsOf(context)) {
    const { run, stay } = wantedOn(node, set.spec.template)
    let isThere = false
    for (const pod of context.cache.byIndex('pods', 'owner', set.metadata.uid ?? ''))
      if (targetNode(pod as unknown as Pod) === node.metadata.name) isThere = true
    if ((run && !isThere) || (!stay && isThere)) context.enqueue(objectKey(set))
  }
}

/** Keeps a pod of each DaemonSet on every node that wants one, and rolls them over to a new template. Models pkg/controller/daemon (v1.35). */
export const daemonSetController: Controller<State> = {
  name: 'daemonset-controller',
  workers: 2,
  watches: {
    [SETS]: ({ type, object }, { state, enqueue }) => {
      if (type === 'DELETED') state.expectations.delete(objectKey(object))
      enqueue(objectKey(object))
    },
    [REVISIONS]: ({ type, object }, { enqueue }) => {
      const owner = controllerOf(object)
      if (type !== 'ADDED' && owner?.kind === 'DaemonSet') enqueue(`${object.metadata.namespace}/${owner.name}`)
    },
    pods: podChanged,
    nodes: nodeChanged,
  },
  initialState: () => ({ expectations: new Map(), failed: new Map() }),
  reconcile: sync,
  resume: (context, _key, rest) => goOn(context, rest as Rest),
}
