import { goSort } from '../../kernel/go-sort.ts'
import { formatTime, parseTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import { matchesLabelSelector } from '../api/selectors.ts'
import type { Condition, Container, Pod, PodTemplateSpec } from '../api/types.ts'
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
import { printIndexes } from './index-set.ts'
import { backoffLeftMs, type BackoffRecord, countFailures, finishedMs } from './job-backoff.ts'
import {
  failureAnnotations,
  failuresOfIndex,
  type Indexes,
  pendingIndexes,
  readIndexes,
  successPolicyMet,
} from './job-indexes.ts'
import {
  COMPLETION_INDEX,
  completionIndex,
  finishedCondition,
  isFailed,
  isIndexed,
  isTracked,
  type Job,
  jobCondition,
  type JobStatus,
  replacesFailedOnly,
  TRACKING_FINALIZER,
} from './job-types.ts'
import { controllerOf, objectKey, splitKey } from './object-key.ts'
import { claim, createPods, deletePod, isNamespaceTerminating, podFromTemplate } from './pod-control.ts'
import { judgeFailure } from './pod-failure-policy.ts'
import { isPodActive, isPodReady, isPodTerminating } from './pod-state.ts'
import { compareVictims } from './replicaset-victims.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { type Batches, isOver, sendBatches, slowStart } from './runtime/request-batches.ts'

const JOBS = 'jobs.batch'
/** Changes of pods are looked at in batches. */
const BATCH_MS: Millis = 1000
const RETRY_MS: Millis = 1000
const PODS_PER_SYNC_MAX = 500

interface State {
  readonly expectations: Expectations
  /** Failures in a row, per Job. */
  readonly backoff: Map<string, BackoffRecord>
  /** Uids of pods whose finalizer was taken off and is still in the cache, per Job. */
  readonly untracked: Map<string, Set<string>>
}
type JobContext = Context<State>

interface Look {
  readonly key: string
  readonly job: Job
  readonly pods: readonly Pod[]
  readonly active: readonly Pod[]
  readonly indexes: Indexes | undefined
  readonly backoff: BackoffRecord | undefined
  readonly succeeded: number
  readonly counts: { active: number; ready: number; terminating: number }
}

/** Indexes to make pods for; undefined for each pod without one. */
type Creations = Batches<number | undefined>
const NO_CREATIONS: Creations = slowStart([])

/** A look from the moment on at which it makes pods. */
interface Rest {
  readonly look: Look
  readonly status: JobStatus
  readonly mayManage: boolean
  readonly creations: Creations
  /** Why pods could not be deleted. */
  readonly failure?: string | undefined
}

const condition = (type: string, reason: string, message: string, unixMs: number): Condition => {
  const now = formatTime(unixMs)
  return { type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason, message }
}

const isUntracked = ({ state }: JobContext, key: string, pod: Pod): boolean =>
  state.untracked.get(key)?.has(pod.metadata.uid ?? '') ?? false

function removeTracking({ api }: JobContext, pod: Pod): boolean {
  if (!isTracked(pod)) return true
  const rest = (pod.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER)
  const body = { metadata: { finalizers: rest.length > 0 ? rest : null } }
  const patched = api.patch('pods', pod.metadata.namespace ?? '', pod.metadata.name, { type: 'merge', body })
  return patched.ok || patched.status.code === 404
}

function deletePods(context: JobContext, look: Look, pods: readonly Pod[], keepTracking: boolean): string | undefined {
  const { key, job, counts } = look
  let failure: string | undefined
  for (const pod of pods) {
    const isReleased = keepTracking || removeTracking(context, pod)
    const deleted = isReleased ? deletePod(context, job.metadata.namespace ?? '', pod.metadata.name, job) : undefined
    if (!deleted?.ok) {
      deletionObserved(context.state.expectations, key, objectKey(pod))
      if (!deleted || deleted.status.code !== 404) failure ??= deleted?.status.message ?? 'finalizer could not be removed'
      continue
    }
    counts.active -= 1
    counts.terminating += 1
    if (isPodReady(pod)) counts.ready -= 1
  }
  return failure
}

/** Pods whose index is not wanted or held twice, then the least useful. */
function podsToRemove({ job, active }: Look, atLeast: number, unixMs: number): readonly Pod[] {
  const removed: Pod[] = []
  let left = active
  const byUse = (pods: readonly Pod[]): Pod[] => goSort(pods, (a, b) => compareVictims(a, b, new Map(), unixMs) < 0)
  if (isIndexed(job)) {
    const byIndex = new Map<number, Pod[]>()
    for (const pod of active) {
      const index = completionIndex(job, pod)
      if (index === undefined) removed.push(pod)
      else byIndex.set(index, [...(byIndex.get(index) ?? []), pod])
    }
    left = [...byIndex.values()].map((pods) => {
      const sorted = byUse(pods)
      removed.push(...sorted.slice(0, -1))
      return sorted.at(-1)!
    })
  }
  if (removed.length < atLeast) removed.push(...byUse(left).slice(0, atLeast - removed.length))
  return removed
}

function podTemplate({ job, indexes }: Look, index: number | undefined): PodTemplateSpec {
  const { metadata = {}, spec } = job.spec.template
  const finalizers = [...(metadata.finalizers ?? []), TRACKING_FINALIZER]
  if (index === undefined) return { metadata: { ...metadata, finalizers }, spec }
  const fieldRef = { fieldPath: `metadata.annotations['${COMPLETION_INDEX}']` }
  const withIndex = (container: Container): Container =>
    container.env?.some(({ name }) => name === 'JOB_COMPLETION_INDEX')
      ? container
      : { ...container, env: [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }] }
  const counts = job.spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(job, indexes?.awaiting.get(index))
  return {
    metadata: {
      ...metadata,
      finalizers,
      labels: { ...metadata.labels, [COMPLETION_INDEX]: String(index) },
      annotations: { ...metadata.annotations, [COMPLETION_INDEX]: String(index), ...counts },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndex) } : {}),
    },
  }
}

/** Creates pods, one for each index; returns why one was refused. */
function create(context: JobContext, look: Look, api: Api, indexes: readonly (number | undefined)[]): string | undefined {
  const { key, job, counts } = look
  const { state, events } = context
  const pods = indexes.map((index) => {
    const pod = podFromTemplate(podTemplate(look, index), job)
    return index === undefined ? pod : { ...pod, metadata: { ...pod.metadata, generateName: `${job.metadata.name}-${index}-` } }
  })
  let failure: string | undefined
  for (const answer of createPods({ api, events }, job.metadata.namespace ?? '', pods, job)) {
    if (answer.ok) {
      counts.active += 1
      continue
    }
    creationObserved(state.expectations, key)
    if (!isNamespaceTerminating(answer.status)) failure ??= answer.status.message
  }
  return failure
}

/** Deletes pods, or says which to create. Models manageJob (v1.35). */
function manage(context: JobContext, look: Look): Pick<Rest, 'creations' | 'failure'> {
  const { key, job, active, pods, indexes, backoff, succeeded, counts } = look
  const { parallelism = 1, completions, suspend, backoffLimitPerIndex } = job.spec
  const nothing = { creations: NO_CREATIONS }
  const remove = (victims: readonly Pod[]): Pick<Rest, 'creations' | 'failure'> => {
    expectDeletions(context.state.expectations, key, victims.map(objectKey), context.now)
    return { ...nothing, failure: deletePods(context, look, victims, false) }
  }
  const createFor = (indexes: readonly (number | undefined)[]): Pick<Rest, 'creations'> => {
    expectCreations(context.state.expectations, key, indexes.length, context.now)
    return { creations: slowStart(indexes) }
  }
  if (suspend) return active.length === 0 ? nothing : remove(podsToRemove(look, active.length, context.unixMs))
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(parallelism, completions - succeeded))
  const victims = podsToRemove(look, Math.max(0, active.length - wanted), context.unixMs).slice(0, PODS_PER_SYNC_MAX)
  if (victims.length > 0) return remove(victims)
  const missing = wanted - (replacesFailedOnly(job) ? counts.terminating : 0) - active.length
  if (missing <= 0) return nothing
  const wait = (ms: Millis): Pick<Rest, 'creations'> => {
    context.enqueue(key, ms)
    counts.active = 0 // upstream reports none while it waits, even if some run
    return nothing
  }
  const left = backoffLimitPerIndex === undefined ? backoffLeftMs(backoff, context.unixMs) : 0
  if (left > 0) return wait(left)
  const count = Math.min(missing, PODS_PER_SYNC_MAX)
  if (!indexes) return createFor(Array.from({ length: count }))
  const pending = pendingIndexes(job, pods, indexes, count)
  if (backoffLimitPerIndex === undefined) return createFor(pending)
  const delays = pending.map((index) => {
    const last = indexes.awaiting.get(index)
    return last ? backoffLeftMs({ failures: failuresOfIndex(last) + 1, lastFailureMs: finishedMs(last) }, context.unixMs) : 0
  })
  const ready = pending.filter((_, position) => delays[position] === 0)
  if (ready.length === 0 && pending.length > 0) return wait(Math.min(...delays))
  return createFor(ready)
}

/** Why the Job is to end now, if it is. */
function endOf({ job, pods, indexes }: Look, failed: number, unixMs: number): Condition | undefined {
  const { backoffLimit = 6, activeDeadlineSeconds, suspend, maxFailedIndexes, completions = 0, template } = job.spec
  const fail = (reason: string, message: string): Condition => condition('FailureTarget', reason, message, unixMs)
  const met = jobCondition(job, 'SuccessCriteriaMet')
  if (met) return met
  const target = jobCondition(job, 'FailureTarget')
  if (target) return target
  if (job.spec.podFailurePolicy)
    for (const pod of pods) {
      const why = isFailed(job, pod) ? judgeFailure(job, pod).failsJob : undefined
      if (why !== undefined) return fail('PodFailurePolicy', why)
    }
  const restarts =
    template.spec.restartPolicy === 'OnFailure'
      ? pods
          .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
          .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
          .reduce((sum, { restartCount }) => sum + restartCount, 0)
      : 0
  if (failed > backoffLimit || (restarts > 0 && restarts >= backoffLimit))
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const startedMs = parseTime(job.status?.startTime)
  if (
    activeDeadlineSeconds !== undefined &&
    !suspend &&
    startedMs !== undefined &&
    unixMs - startedMs >= activeDeadlineSeconds * 1000
  )
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (!indexes) return undefined
  if (indexes.failed) {
    if (maxFailedIndexes !== undefined && indexes.failed.size > maxFailedIndexes)
      return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    if (indexes.failed.size > 0 && indexes.failed.size + indexes.succeeded.size >= completions)
      return fail('FailedIndexes', 'Job has failed indexes')
  }
  const rule = successPolicyMet(job, indexes.succeeded)
  return rule === undefined ? undefined : condition('SuccessCriteriaMet', 'SuccessPolicy', rule, unixMs)
}

const withCondition = (conditions: readonly Condition[], added: Condition): readonly Condition[] =>
  conditions.some(({ type }) => type === added.type)
    ? conditions.map((old) => (old.type === added.type ? added : old))
    : [...conditions, added]

function writeStatus({ api }: JobContext, job: Job, status: JobStatus): Job | string {
  // The API server refuses what upstream's back-off path reports: more ready pods than active ones.
  if ((status.ready ?? 0) > (status.active ?? 0)) return 'status.ready: cannot set more ready pods than active'
  const { namespace = '', name } = job.metadata
  const written = api.update(JOBS, namespace, name, { ...job, status }, { subresource: 'status' })
  return written.ok ? (written.value as unknown as Job) : written.status.message
}

/** Moves pods that have lost the finalizer from the uncounted to the counted. */
function countReleased(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const stillSucceeded = succeeded.filter((uid) => tracked.has(uid))
  const stillFailed = failed.filter((uid) => tracked.has(uid))
  if (stillSucceeded.length === succeeded.length && stillFailed.length === failed.length) return status
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - stillSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - stillFailed.length,
    uncountedTerminatedPods: {
      ...(stillSucceeded.length > 0 ? { succeeded: stillSucceeded } : {}),
      ...(stillFailed.length > 0 ? { failed: stillFailed } : {}),
    },
  }
}

/** Counts ended pods once and only once: first in the status, then without finalizer. Models trackJobStatusAndRemoveFinalizers (v1.35). */
function track(context: JobContext, look: Look, wanted: JobStatus, end: Condition | undefined): string | undefined {
  const { key, job, pods, indexes } = look
  const { state, events, unixMs } = context
  const isTrackedStill = (pod: Pod): boolean => isTracked(pod) && !isUntracked(context, key, pod)
  const tracked = new Set(pods.filter(isTrackedStill).map(({ metadata }) => metadata.uid ?? ''))
  let status = countReleased(wanted, tracked)
  const uncountedSucceeded = [...(status.uncountedTerminatedPods?.succeeded ?? [])]
  const uncountedFailed = [...(status.uncountedTerminatedPods?.failed ?? [])]
  const released: Pod[] = []
  const isFailure = end !== undefined && end.type !== 'SuccessCriteriaMet'
  const inOrder = isIndexed(job)
    ? pods.toSorted((a, b) => (completionIndex(job, a) ?? -1) - (completionIndex(job, b) ?? -1))
    : pods
  const completed = new Set(indexes?.counted)
  for (const pod of inOrder) {
    if (!isTrackedStill(pod)) continue
    const uid = pod.metadata.uid ?? ''
    const failed = isFailed(job, pod)
    const index = completionIndex(job, pod)
    const isKept = index !== undefined && indexes?.awaiting.get(index)?.metadata.uid === uid
    const mayGo = job.metadata.deletionTimestamp || end || pod.status?.phase === 'Succeeded' || (failed && !isKept)
    if (!mayGo) continue
    released.push(pod)
    if (pod.status?.phase === 'Succeeded' && !uncountedFailed.includes(uid)) {
      if (isIndexed(job)) {
        if (index !== undefined) completed.add(index)
      } else if (!uncountedSucceeded.includes(uid)) uncountedSucceeded.push(uid)
    } else if ((failed || isFailure) && !uncountedFailed.includes(uid) && (!isIndexed(job) || index !== undefined)) {
      if (judgeFailure(job, pod).counts) uncountedFailed.push(uid)
    }
  }
  status = {
    ...status,
    ...(uncountedSucceeded.length + uncountedFailed.length > 0
      ? {
          uncountedTerminatedPods: {
            ...(uncountedSucceeded.length > 0 ? { succeeded: uncountedSucceeded } : {}),
            ...(uncountedFailed.length > 0 ? { failed: uncountedFailed } : {}),
          },
        }
      : {}),
    ...(isIndexed(job)
      ? {
          succeeded: completed.size,
          ...(completed.size > 0 || status.completedIndexes !== undefined ? { completedIndexes: printIndexes(completed) } : {}),
          ...(indexes?.failed ? { failedIndexes: printIndexes(indexes.failed) } : {}),
        }
      : {}),
  }
  let final = end
  if (end?.type === 'FailureTarget' || end?.type === 'SuccessCriteriaMet') {
    if (!jobCondition(job, end.type)) status = { ...status, conditions: withCondition(status.conditions ?? [], end) }
    final = condition(end.type === 'FailureTarget' ? 'Failed' : 'Complete', end.reason ?? '', end.message ?? '', unixMs)
  }
  let current = job
  if (!deepEqual(current.status ?? {}, status)) {
    const written = writeStatus(context, current, status)
    if (typeof written === 'string') return written
    current = written
    status = current.status ?? {}
  }
  if (look.backoff) state.backoff.set(key, look.backoff)
  else state.backoff.delete(key)
  let failure: string | undefined
  for (const pod of released) {
    if (!removeTracking(context, pod)) {
      failure ??= 'finalizer could not be removed'
      continue
    }
    tracked.delete(pod.metadata.uid ?? '')
    const untracked = state.untracked.get(key)
    if (untracked) untracked.add(pod.metadata.uid ?? '')
    else state.untracked.set(key, new Set([pod.metadata.uid ?? '']))
  }
  let last = countReleased(status, tracked)
  const uncounted = (last.uncountedTerminatedPods?.succeeded?.length ?? 0) + (last.uncountedTerminatedPods?.failed?.length ?? 0)
  const isFinished = failure === undefined && final !== undefined && uncounted === 0 && (last.terminating ?? 0) === 0
  if (isFinished) {
    last = { ...last, conditions: withCondition(last.conditions ?? [], final!) }
    if (final!.type === 'Complete') last = { ...last, completionTime: final!.lastTransitionTime! }
  }
  if (!deepEqual(status, last)) {
    const written = writeStatus(context, current, last)
    if (typeof written === 'string') return written
  }
  if (isFinished && final!.type === 'Complete') {
    if (job.spec.completions !== undefined && (last.succeeded ?? 0) > job.spec.completions)
      events.record(job, 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached')
    events.record(job, 'Normal', 'Completed', 'Job completed')
  } else if (isFinished) events.record(job, 'Warning', final!.reason ?? '', final!.message ?? '')
  return failure
}

const outcomeOf = (failure: string | undefined): Outcome => (failure === undefined ? DONE : retry(failure))

function syncJob(context: JobContext, key: string): Outcome {
  const { cache, state, api } = context
  const [namespace, name] = splitKey(key)
  const job = cache.get(JOBS, namespace, name) as unknown as Job | undefined
  if (!job || finishedCondition(job)) {
    state.backoff.delete(key)
    if (!job) {
      state.expectations.delete(key)
      state.untracked.delete(key)
    }
    return DONE
  }
  if (job.spec.managedBy && job.spec.managedBy !== 'kubernetes.io/job-controller') return DONE
  const isSettled = expectationsMet(state.expectations, key, context.now)
  const candidates = [
    ...cache.byIndex('pods', 'owner', job.metadata.uid ?? ''),
    ...cache.byIndex('pods', 'orphan-namespace', namespace),
  ] as unknown as Pod[]
  const claimed = claim(api, { ...job, resource: JOBS }, 'pods', candidates, (pod) =>
    matchesLabelSelector(job.spec.selector, pod.metadata.labels),
  )
  if (claimed.failure !== undefined) return retry(claimed.failure)
  const pods = claimed.claimed
  const active = pods.filter(isPodActive)
  const { succeeded: uncountedSucceeded = [], failed: uncountedFailed = [] } = job.status?.uncountedTerminatedPods ?? {}
  const isNew = (pod: Pod, counted: readonly string[]): boolean =>
    isTracked(pod) &&
    !isUntracked(context, key, pod) &&
    !counted.includes(pod.metadata.uid ?? '') &&
    (!isIndexed(job) || completionIndex(job, pod) !== undefined)
  const newSucceeded = pods.filter((pod) => isNew(pod, uncountedSucceeded) && pod.status?.phase === 'Succeeded')
  const newFailed = pods.filter((pod) => isNew(pod, uncountedFailed) && isFailed(job, pod))
  const indexes = isIndexed(job) ? readIndexes(job, pods) : undefined
  const failed =
    (job.status?.failed ?? 0) + uncountedFailed.length + newFailed.filter((pod) => judgeFailure(job, pod).counts).length
  const look: Look = {
    key,
    job,
    pods,
    active,
    indexes,
    backoff: countFailures(state.backoff.get(key), newSucceeded, newFailed),
    succeeded: indexes ? indexes.succeeded.size : (job.status?.succeeded ?? 0) + uncountedSucceeded.length + newSucceeded.length,
    counts: {
      active: active.length,
      ready: active.filter(isPodReady).length,
      terminating: pods.filter(
        (pod) => isPodTerminating(pod) && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded',
      ).length,
    },
  }
  let status: JobStatus = job.status ?? {}
  if (status.startTime === undefined && !job.spec.suspend) status = { ...status, startTime: formatTime(context.unixMs) }
  let end = endOf(look, failed, context.unixMs)
  const startedMs = parseTime(status.startTime)
  if (!end && job.spec.activeDeadlineSeconds !== undefined && !job.spec.suspend && startedMs !== undefined)
    context.enqueue(key, Math.max(0, startedMs + job.spec.activeDeadlineSeconds * 1000 - context.unixMs))
  if (!end) {
    const mayManage = isSettled && job.metadata.deletionTimestamp === undefined
    return goOn(context, { look, status, mayManage, ...(mayManage ? manage(context, look) : { creations: NO_CREATIONS }) })
  }
  const failure = deletePods(context, look, active, true)
  // Not over while a pod may have been missed.
  if (look.counts.active > 0 || !isSettled) end = undefined
  return outcomeOf(track(context, look, { ...status, ...look.counts }, end) ?? failure)
}

/** Makes the pods, then says in the status what the Job has come to. */
function goOn(context: JobContext, rest: Rest): Outcome {
  const { mayManage } = rest
  const { events, state } = context
  const look: Look = { ...rest.look, counts: { ...rest.look.counts } }
  const { key, job, succeeded, counts } = look
  const creations = sendBatches(context, rest.creations, (api, indexes) => create(context, look, api, indexes))
  if (!isOver(creations)) return { rest: { ...rest, look, creations } satisfies Rest, afterMs: creations.turns[0]! - context.now }
  // What a refusal left out will never be seen.
  for (const _ of creations.items) creationObserved(state.expectations, key)
  const failure = rest.failure ?? creations.failure
  let { status } = rest
  let end: Condition | undefined
  const { completions, suspend } = job.spec
  const isComplete = (completions === undefined ? succeeded > 0 : succeeded >= completions) && counts.active === 0
  if (isComplete) end = condition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods', context.unixMs)
  else if (mayManage) {
    const suspended = status.conditions?.find(({ type }) => type === 'Suspended')
    if (suspend && suspended?.status !== 'True') {
      const added = condition('Suspended', 'JobSuspended', 'Job suspended', context.unixMs)
      status = { ...status, conditions: withCondition(status.conditions ?? [], added) }
      events.record(job, 'Normal', 'Suspended', 'Job suspended')
    } else if (!suspend && suspended?.status === 'True') {
      const added = { ...condition('Suspended', 'JobResumed', 'Job resumed', context.unixMs), status: 'False' as const }
      status = { ...status, conditions: withCondition(status.conditions ?? [], added), startTime: formatTime(context.unixMs) }
      events.record(job, 'Normal', 'Resumed', 'Job resumed')
    }
  }
  return outcomeOf(track(context, look, { ...status, ...counts }, end) ?? failure)
}

function jobChanged({ type, object, previous }: Change, context: JobContext): void {
  const key = objectKey(object)
  if (type === 'MODIFIED' && previous?.metadata.generation === object.metadata.generation) context.enqueue(key, BATCH_MS)
  else context.enqueue(key)
  const isOver =
    type === 'DELETED' ||
    (finishedCondition(object as unknown as Job) && !(previous && finishedCondition(previous as unknown as Job)))
  if (!isOver) return
  for (const pod of context.cache.byIndex('pods', 'owner', object.metadata.uid ?? ''))
    if (isTracked(pod as unknown as Pod)) context.enqueue(`orphan|${objectKey(pod)}`)
}

function podChanged({ type, object, previous }: Change, context: JobContext): void {
  const { state, cache } = context
  const pod = object as unknown as Pod
  const [reference, former] = [controllerOf(pod), previous && controllerOf(previous)]
  if (reference?.kind !== 'Job' && former?.kind !== 'Job') return
  const namespace = pod.metadata.namespace ?? ''
  for (const { name, uid } of new Set([reference, former].filter((owner) => owner?.kind === 'Job')) as Set<
    NonNullable<typeof reference>
  >) {
    const key = `${namespace}/${name}`
    const job = cache.get(JOBS, namespace, name) as unknown as Job | undefined
    if (job?.metadata.uid !== uid) {
      if (type !== 'DELETED' && isTracked(pod)) context.enqueue(`orphan|${objectKey(pod)}`)
      continue
    }
    if (type === 'DELETED' || isPodTerminating(pod)) deletionObserved(state.expectations, key, objectKey(pod))
    else if (type === 'ADDED') creationObserved(state.expectations, key)
    if (type === 'DELETED' || !isTracked(pod)) state.untracked.get(key)?.delete(pod.metadata.uid ?? '')
    context.enqueue(key, BATCH_MS)
  }
}

/** A pod whose Job is gone or over need not be counted any more. */
function releaseOrphan(context: JobContext, key: string): Outcome {
  const [namespace, name] = splitKey(key)
  const pod = context.cache.get('pods', namespace, name) as unknown as Pod | undefined
  const reference = pod && controllerOf(pod)
  if (!pod) return DONE
  const job = reference && (context.cache.get(JOBS, namespace, reference.name) as unknown as Job | undefined)
  if (job && job.metadata.uid === reference.uid && !finishedCondition(job)) return DONE
  return removeTracking(context, pod) ? DONE : { againMs: RETRY_MS }
}

/**
 * Runs Jobs to completion: pods in number or by index, back-off after failures, policies, suspension, exact counting by finalizer.
 * Models pkg/controller/job (v1.35).
 */
export const jobController: Controller<State> = {
  name: 'job-controller',
  workers: 5,
  retryMs: { first: RETRY_MS, most: 60_000 },
  watches: { [JOBS]: jobChanged, pods: podChanged },
  initialState: () => ({
    expectations: new Map(),
    backoff: new Map(),
    untracked: new Map(),
  }),
  reconcile(context, item) {
    if (item.startsWith('orphan|')) return releaseOrphan(context, item.slice('orphan|'.length))
    return syncJob(context, item)
  },
  resume: (context, _key, rest) => goOn(context, rest as Rest),
}
