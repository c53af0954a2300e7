import { CONTROL_PLANE_HOST } from '../../infrastructure/network.ts'
import { assert } from '../../kernel/assert.ts'
import { type CauseId, NO_CAUSE } from '../../kernel/causes.ts'
import { Component } from '../../kernel/component.ts'
import { formatTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { AnyObject, ApiObject, Condition, Node, PersistentVolumeClaim, Pod } from '../api/types.ts'
import { type Change, Informers } from '../apiserver/informer.ts'
import type { ClusterContext } from '../cluster.ts'
import { LeaderElection, RETRY_PERIOD_MS } from '../controllers/runtime/leader-election.ts'
import { Recorder } from '../events/recorder.ts'
import { type CacheSnapshot, ClusterCache } from './cache.ts'
import { type EventResource, nodeEvents, podUpdateEvents } from './cluster-events.ts'
import { readConfiguration } from './configuration.ts'
import { type Decision, SchedulingCycles } from './cycle.ts'
import { type DecisionData, decisionData, type DecisionRecord } from './decision.ts'
import type { Preemption, Write } from './framework.ts'
import { deletingNote, disruptionMessage, eventNote, preemptedNote, scheduledNote } from './messages.ts'
import { isFinished, podKey, type PodInfo, priorityOf } from './pod-info.ts'
import {
  BACKOFF_FLUSH_MS,
  type QueuedPod,
  type QueueMove,
  type QueueName,
  type QueueSnapshot,
  SchedulingQueue,
  UNSCHEDULABLE_FLUSH_MS,
} from './queue.ts'
import { DEFAULT_RELEASE, type Release, type ReleaseBehaviour } from './releases.ts'

/** Kinds beside Nodes and Pods, by resource. */
const OTHER_RESOURCES: readonly string[] = [
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumes',
  'poddisruptionbudgets.policy',
  'replicasets.apps',
  'replicationcontrollers',
  'services',
  'statefulsets.apps',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]
/** Kinds of these whose changes may make a Pod schedulable. */
const WAKING: ReadonlySet<string> = new Set([
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'CSINode',
  'CSIDriver',
  'CSIStorageCapacity',
  'VolumeAttachment',
])

const RELIST_MS = 1000
/** Latest changes of queue that are remembered for the inspector. */
const MOVES_KEPT = 200
/** Decisions are explained down to their arithmetic on clusters of up to so many nodes. */
const EXPLAINED_NODES = 60
/** How long binding waits for volumes. */
const VOLUME_TIMEOUT_MS = 600_000
/** Between telling victims to go and letting the preemptor through the door again. */
const PREEMPTION_MS = 10

/** The last decision about a Pod, kept as a record and spelled out on demand. */
export interface KeptDecision {
  readonly at: Millis
  readonly attempt: number
  readonly record: DecisionRecord
}

export interface DatedMove extends QueueMove {
  readonly at: Millis
}

/** A Pod in one of the queues. Times are of the kernel. */
export interface WaitingPod {
  readonly pod: string
  /** `gated`: among the unschedulable, but never tried: something holds it at the door. */
  readonly queue: QueueName | 'gated'
  readonly attempts: number
  /** Length of the back-off that its failures have earned it so far. */
  readonly backoffMs: Millis
  /** When its back-off is over at the latest; it may go earlier when nobody else waits. */
  readonly leavesAt: Millis | undefined
  readonly since: Millis
  readonly rejectedBy: readonly string[]
  readonly gatedBy: string | undefined
  readonly move: DatedMove | undefined
}

interface WaitingForVolumes {
  readonly entry: QueuedPod
  readonly node: string
  readonly until: Millis
}

interface SchedulerState {
  readonly informers: unknown
  readonly election: unknown
  readonly recorders: ReadonlyMap<string, unknown>
  readonly cache: CacheSnapshot
  readonly queue: QueueSnapshot
  readonly decisions: ReadonlyMap<string, KeptDecision>
  readonly moves: readonly DatedMove[]
  readonly volumes: ReadonlyMap<string, WaitingForVolumes>
  readonly origins: ReadonlyMap<string, CauseId>
  readonly awake: boolean
  readonly freeAt: Millis
  readonly flushing: boolean
  readonly last: Scheduler['lastDecision']
}

/**
 * The process kube-scheduler: queue, cache and cycle driven by what its informers tell, one Pod at a time. Models pkg/scheduler (v1.35).
 * Simplified: the binding is written at the end of the cycle; Permit never waits.
 */
export class Scheduler extends Component {
  readonly #context: ClusterContext
  readonly #api: Api
  /** The scheduling loop itself waits for these: the condition of a Pod that found no node is written before the next Pod is tried. */
  readonly #loopApi: Api
  readonly #informers: Informers
  readonly #election: LeaderElection
  /** One a profile: events come from its schedulerName. */
  readonly #recorders: ReadonlyMap<string, Recorder>
  readonly #profiles: ReturnType<typeof profilesOf>
  readonly #release: ReleaseBehaviour
  #cache: ClusterCache
  #queue: SchedulingQueue
  #cycles = new Map<string, SchedulingCycles>()
  #decisions = new Map<string, KeptDecision>()
  /** The latest changes of queue, for the inspector. */
  #moves: readonly DatedMove[] = []
  #volumes = new Map<string, WaitingForVolumes>()
  /** Pod to the cause of its last move. */
  #origins = new Map<string, CauseId>()
  #awake = false
  #freeAt: Millis = 0
  #flushing = false
  /** The Pod that was looked at last, for the stage. */
  lastDecision: { readonly pod: string; readonly at: Millis } | undefined

  /** `configuration` is a KubeSchedulerConfiguration; it must have passed `readConfiguration`. */
  constructor(context: ClusterContext, configuration?: unknown, release: ReleaseBehaviour = DEFAULT_RELEASE) {
    super(context.kernel, 'kube-scheduler')
    this.#context = context
    this.#release = release
    this.#profiles = profilesOf(configuration, release)
    this.#api = context.connect(this.name, CONTROL_PLANE_HOST, true)
    this.#loopApi = context.connect(this.name, CONTROL_PLANE_HOST)
    this.#recorders = new Map(
      this.#profiles.profiles.map(({ schedulerName }) => [
        schedulerName,
        new Recorder({ kernel: context.kernel, api: this.#api, component: schedulerName, shape: 'new' }),
      ]),
    )
    this.#election = new LeaderElection({ kernel: context.kernel, api: this.#api, lease: this.name })
    this.#informers = new Informers({
      kernel: context.kernel,
      hub: context.hub,
      store: context.store,
      name: this.name,
      host: CONTROL_PLANE_HOST,
      resources: ['nodes', ...OTHER_RESOURCES, 'pods'],
      onChange: (change) => this.#changed(change),
      onBroken: () => {
        if (this.isRunning) this.after(RELIST_MS, 'relist', null, 0)
      },
    })
    this.#cache = new ClusterCache(release)
    this.#queue = this.#newQueue()
    this.#adopt(this.#cache, this.#queue)
  }

  get isLeading(): boolean {
    return this.isRunning && this.#election.isLeading
  }

  queueSizes(): { readonly active: number; readonly backoff: number; readonly unschedulable: number } {
    const { active, backoff, errorBackoff, unschedulable } = this.#queue.sizes
    return { active, backoff: backoff + errorBackoff, unschedulable }
  }

  get release(): Release {
    return this.#release.release
  }

  get profiles(): readonly {
    readonly schedulerName: string
    readonly plugins: readonly { readonly name: string; readonly weight: number }[]
  }[] {
    return this.#profiles.profiles.map(({ schedulerName, score }) => ({
      schedulerName,
      plugins: score.map(({ plugin, weight }) => ({ name: plugin.name, weight })),
    }))
  }

  /** Where a Pod (`namespace/name`) waits, since when, and what moved it there. */
  waiting(pod: string): WaitingPod | undefined {
    const found = this.#queue.find(pod)
    return found && this.#waitingPod(found.queue, found.entry)
  }

  /** All Pods that wait: active in the order in which they are tried. */
  queues(): readonly WaitingPod[] {
    return this.#queue.list().map(({ queue, entry }) => this.#waitingPod(queue, entry))
  }

  /** The latest changes of queue, oldest first. */
  get moves(): readonly DatedMove[] {
    return this.#moves
  }

  #waitingPod(queue: QueueName, entry: QueuedPod): WaitingPod {
    const { epochMs } = this.kernel
    const pod = podKey(entry.pod)
    const move = this.#moves.findLast((each) => each.pod === pod)
    const backoffMs = this.#queue.backoffMs(entry)
    // The queue is flushed on whole seconds, once the back-off has expired: one second after it.
    const leavesAt = this.#queue.backoffExpiry(entry) + BACKOFF_FLUSH_MS - epochMs
    return {
      pod,
      queue: entry.gatedBy === undefined ? queue : 'gated',
      attempts: entry.attempts,
      backoffMs,
      leavesAt: queue === 'backoff' || queue === 'errorBackoff' ? leavesAt : undefined,
      since: entry.timestamp - epochMs,
      rejectedBy: entry.rejectedBy,
      gatedBy: entry.gatedBy,
      move,
    }
  }

  /** The last decision about a Pod (`namespace/name`), whole. */
  decisionOf(pod: string):
    | {
        readonly at: Millis
        readonly attempt: number
        readonly decision: DecisionData
        readonly plugins: readonly { readonly name: string; readonly weight: number }[]
      }
    | undefined {
    const kept = this.#decisions.get(pod)
    if (!kept) return undefined
    const profile = this.#profiles.profiles.find(({ schedulerName }) => schedulerName === kept.record.schedulerName)
    return {
      at: kept.at,
      attempt: kept.attempt,
      decision: decisionData(kept.record),
      plugins: kept.record.scores?.plugins ?? (profile?.score ?? []).map(({ plugin, weight }) => ({ name: plugin.name, weight })),
    }
  }

  #recorderOf({ spec }: Pod): Recorder {
    return this.#recorders.get(spec.schedulerName ?? 'default-scheduler')!
  }

  #newQueue(): SchedulingQueue {
    const { profiles, initialBackoffSeconds, maxBackoffSeconds } = this.#profiles
    return new SchedulingQueue({ profiles, cluster: this.#cache, initialBackoffSeconds, maxBackoffSeconds })
  }

  #adopt(cache: ClusterCache, queue: SchedulingQueue): void {
    this.#cache = cache
    this.#queue = queue
    this.#cycles = new Map(
      this.#profiles.profiles.map((profile) => [profile.schedulerName, new SchedulingCycles(cache, profile)]),
    )
  }

  protected onStart(): void {
    this.#election.begin(CONTROL_PLANE_HOST)
    this.#elect()
  }

  protected onStop(): void {
    this.#election.end()
    this.#informers.stop()
    for (const recorder of this.#recorders.values()) recorder.reset()
    this.#cache = new ClusterCache(this.#release)
    this.#adopt(this.#cache, this.#newQueue())
    this.#decisions = new Map()
    this.#moves = []
    this.#volumes = new Map()
    this.#origins = new Map()
    this.#awake = false
    this.#flushing = false
    this.#freeAt = 0
    this.lastDecision = undefined
  }

  protected handle(kind: string, body: unknown): void {
    switch (kind) {
      case 'elect':
        this.#elect()
        return
      case 'relist':
        if (!this.#informers.resync()) this.after(RELIST_MS, 'relist', null, 0)
        this.#wake()
        return
      case 'cycle':
        this.#awake = false
        this.#cycle()
        this.#freeAt = this.kernel.now
        this.#wake()
        return
      case 'flush':
        this.#flush()
        return
      case 'preempted':
        this.#note(this.#queue.endPreemption(body as string, this.kernel.unixMs))
        this.#wake()
        return
      case 'volumes':
        this.#checkVolumes(body as string)
        return
      default:
        throw new Error(`unknown message ${kind}`)
    }
  }

  #elect(): void {
    const outcome = this.#election.try()
    if (outcome === 'lost') {
      this.stop()
      this.start()
      return
    }
    this.after(RETRY_PERIOD_MS, 'elect', null, 0)
    if (outcome !== 'acquired') return
    if (!this.#informers.start()) this.after(RELIST_MS, 'relist', null, 0)
    this.#wake()
  }

  // What the informers tell --------------------------------------------------------------------------------------------

  #changed(change: Change): void {
    const { resource } = change
    if (resource === 'pods') this.#podChanged(change)
    else if (resource === 'nodes') this.#nodeChanged(change)
    else this.#objectChanged(change)
    this.#wake()
  }

  #nodeChanged({ type, object, previous }: Change): void {
    const node = object as unknown as Node
    const before = previous as unknown as Node | undefined
    if (type === 'DELETED') this.#cache.removeNode(node.metadata.name)
    else this.#cache.setNode(node)
    for (const event of nodeEvents(before, type === 'DELETED' ? undefined : node)) this.#notify(event)
  }

  #objectChanged({ type, object, previous }: Change): void {
    if (type === 'DELETED') this.#cache.removeObject(object)
    else this.#cache.setObject(object)
    if (WAKING.has(object.kind)) {
      const action = type === 'ADDED' ? 'Add' : type === 'MODIFIED' ? 'Update' : 'Delete'
      this.#notify({
        resource: object.kind as EventResource,
        action,
        ...(previous ? { old: previous } : {}),
        ...(type === 'DELETED' ? {} : { new: object }),
      })
    }
    if (object.kind === 'PersistentVolumeClaim') for (const pod of this.#volumes.keys()) this.#checkVolumes(pod)
  }

  #podChanged({ type, object, previous }: Change): void {
    const pod = object as unknown as Pod
    const before = previous as unknown as Pod | undefined
    const key = podKey(pod)
    const counts = (candidate: Pod | undefined): candidate is Pod =>
      candidate !== undefined && candidate.spec.nodeName !== undefined && !isFinished(candidate)
    if (type === 'DELETED') this.#decisions.delete(key)
    if (type === 'DELETED' || pod.spec.nodeName !== undefined) this.#origins.delete(key)
    // A finished Pod is out of the scheduler's watch: to it that is a deletion.
    const isGone = type === 'DELETED' || isFinished(pod)
    if (counts(before) && isGone) {
      this.#cache.removePod(key)
      this.#queue.delete(key)
      this.#notify({ resource: 'Pod', action: 'Delete', old: before })
      return
    }
    if (isGone) {
      this.#queue.delete(key)
      this.#cache.unnominate(key)
      return
    }
    if (pod.spec.nodeName !== undefined) {
      const wasPlaced = counts(before)
      this.#cache.setPod(pod)
      this.#queue.delete(key)
      if (!wasPlaced) this.#notify({ resource: 'Pod', action: 'Add', new: pod })
      else for (const event of podUpdateEvents(before, pod)) this.#notify(event)
      return
    }
    if (this.#cache.isAssumed(key)) return // its binding is under way
    if (!this.#cycles.has(pod.spec.schedulerName ?? 'default-scheduler')) return
    const nominated = pod.status?.nominatedNodeName
    if (nominated) this.#cache.nominate(this.#cache.reader.read(pod), nominated)
    else if (before?.status?.nominatedNodeName) this.#cache.unnominate(key)
    const now = this.kernel.unixMs
    if (!this.#queue.has(key)) this.#note(this.#queue.add(pod, now))
    else if (!isOwnWrite(before, pod)) this.#note(this.#queue.update(pod, now))
    else this.#queue.update(pod, now)
  }

  #notify(event: Parameters<SchedulingQueue['notify']>[0]): void {
    this.#note(this.#queue.notify(event, this.kernel.unixMs))
  }

  /** Remembers why a Pod came to the front: the queue outlives the message that filled it. */
  #note(moves: readonly QueueMove[]): void {
    if (moves.length === 0) return
    this.#moves = [...this.#moves, ...moves.map((move) => ({ ...move, at: this.kernel.now }))].slice(-MOVES_KEPT)
    const { cause } = this.kernel
    if (cause !== NO_CAUSE) for (const { pod } of moves) this.#origins.set(pod, cause)
  }

  // Cycles -------------------------------------------------------------------------------------------------------------

  #wake(): void {
    if (!this.isLeading) return
    if (!this.#awake && this.#queue.isReady) {
      this.#awake = true
      this.after(Math.max(0, this.#freeAt - this.kernel.now), 'cycle', null, 0)
    }
    this.#armFlush()
  }

  /** Flushes are due on whole seconds of the clock, and only while somebody waits. */
  #armFlush(): void {
    if (this.#flushing) return
    const { backoff, errorBackoff, unschedulable } = this.#queue.sizes
    if (backoff + errorBackoff + unschedulable === 0) return
    this.#flushing = true
    const period = backoff + errorBackoff > 0 ? BACKOFF_FLUSH_MS : UNSCHEDULABLE_FLUSH_MS
    this.after(period - (this.kernel.unixMs % period), 'flush', null, 0)
  }

  #flush(): void {
    this.#flushing = false
    const now = this.kernel.unixMs
    this.#note(this.#queue.flushBackoff(now))
    if (now % UNSCHEDULABLE_FLUSH_MS < BACKOFF_FLUSH_MS) this.#note(this.#queue.flushUnschedulable(now))
    this.#wake()
  }

  #cycle(): void {
    const entry = this.#queue.pop(this.kernel.unixMs)
    if (!entry) return
    const { pod, attempts } = entry
    const key = podKey(pod)
    this.kernel.spend(this.#context.latencies.schedulingCycleMs)
    this.lastDecision = { pod: key, at: this.kernel.now }
    this.kernel.withCause(this.#origins.get(key) ?? NO_CAUSE, () => {
      if (pod.metadata.deletionTimestamp !== undefined) {
        this.#recorderOf(pod).record(pod, 'Warning', 'FailedScheduling', deletingNote(key), { action: 'Scheduling' })
        this.#queue.done(key)
        return
      }
      const cycles = this.#cycles.get(pod.spec.schedulerName ?? 'default-scheduler')
      assert(cycles, 'a queued pod has a profile', key)
      const rng = this.kernel.rng('scheduler')
      const decision = cycles.decide(this.#cache.reader.read(pod), {
        random: (bound) => rng.int(bound),
        now: this.kernel.unixMs,
        arithmetic: this.#cache.nodes.length <= EXPLAINED_NODES,
      })
      this.#decisions.set(key, { at: this.kernel.now, attempt: attempts, record: decision.record })
      if (decision.outcome === 'scheduled') this.#place(cycles, decision, entry)
      else this.#refuse(decision, pod)
    })
  }

  /** From here on a failure is an error: the Pod is no longer in flight and what happens meanwhile does not count for it. */
  #place(cycles: SchedulingCycles, decision: Decision, entry: QueuedPod): void {
    const { pod } = entry
    const key = podKey(pod)
    const node = decision.node!
    const { before, binding } = cycles.writes(decision, node)
    cycles.assume(decision, node)
    this.#queue.done(key)
    if (before.length > 0 && this.#release.nominatesBeforeBinding && pod.status?.nominatedNodeName !== node.name)
      this.#patchStatus(pod, { nominatedNodeName: node.name })
    for (const write of before) {
      const refusal = this.#write(write)
      if (refusal === undefined) continue
      cycles.forget(decision, node)
      this.#bindingFailed(entry, `running PreBind plugin "VolumeBinding": binding volumes: ${refusal}`)
      return
    }
    if (before.length > 0) {
      this.#volumes.set(key, { entry, node: node.name, until: this.kernel.now + VOLUME_TIMEOUT_MS })
      this.after(VOLUME_TIMEOUT_MS, 'volumes', key)
      return
    }
    const refusal = binding && this.#bind(binding, pod)
    if (refusal === undefined) return
    cycles.forget(decision, node)
    this.#bindingFailed(entry, bindFailure(refusal))
  }

  /** The room is free again, and the Pod waits as after an error. Models handleBindingCycleError (v1.35). */
  #bindingFailed(entry: QueuedPod, message: string): void {
    const { pod } = entry
    this.#cache.forget(podKey(pod))
    this.#notify({ resource: 'Pod', action: 'Delete', old: pod })
    const current = this.#informers.get('pods', pod.metadata.namespace ?? '', pod.metadata.name) as unknown as Pod | undefined
    if (current && current.spec.nodeName === undefined) this.#note(this.#queue.failBinding(entry, current, this.kernel.unixMs))
    this.#recorderOf(pod).record(pod, 'Warning', 'FailedScheduling', eventNote(message), { action: 'Scheduling' })
    this.#writeCondition(current ?? pod, 'SchedulerError', message, null)
  }

  /** What the API server said against it; undefined when the Pod is bound. */
  #bind(write: Write, pod: Pod): string | undefined {
    if (write.verb !== 'bind') return this.#write(write)
    const { namespace, name, uid, node } = write
    const bound = this.#api.create(
      'pods',
      namespace,
      {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { kind: 'Node', name: node },
      },
      { subresource: 'binding', name },
    )
    if (!bound.ok) return bound.status.message
    this.#recorderOf(pod).record(pod, 'Normal', 'Scheduled', scheduledNote(namespace, name, node), {
      action: 'Binding',
    })
    return undefined
  }

  #write(write: Write): string | undefined {
    if (write.verb === 'bind')
      return this.#bind(write, this.#informers.get('pods', write.namespace, write.name) as unknown as Pod)
    const object = write.object as ApiObject as AnyObject
    const resource = write.kind === 'PersistentVolume' ? 'persistentvolumes' : 'persistentvolumeclaims'
    const written = this.#api.update(resource, object.metadata.namespace ?? '', object.metadata.name, object)
    return written.ok ? undefined : written.status.message
  }

  /** Binds a Pod whose claims have all been bound; gives up after ten minutes. */
  #checkVolumes(key: string): void {
    const waiting = this.#volumes.get(key)
    if (!waiting) return
    const { entry, node, until } = waiting
    const { pod } = entry
    const namespace = pod.metadata.namespace ?? ''
    const isBound = (pod.spec.volumes ?? []).every(({ persistentVolumeClaim }) => {
      if (!persistentVolumeClaim) return true
      const claim = this.#informers.get('persistentvolumeclaims', namespace, persistentVolumeClaim.claimName) as unknown as
        PersistentVolumeClaim | undefined
      return claim?.status?.phase === 'Bound'
    })
    if (!isBound && this.kernel.now < until) return
    this.#volumes.delete(key)
    const refusal = isBound
      ? this.#bind({ verb: 'bind', namespace, name: pod.metadata.name, uid: pod.metadata.uid ?? '', node }, pod)
      : undefined
    if (isBound && refusal === undefined) return
    this.#bindingFailed(
      entry,
      refusal === undefined
        ? 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
        : bindFailure(refusal),
    )
  }

  #refuse(decision: Decision, pod: Pod): void {
    const key = podKey(pod)
    const { message, preemption, clearsNomination, rejectedBy, outcome } = decision
    const now = this.kernel.unixMs
    if (preemption) {
      this.#cache.nominate(decision.pod, preemption.node)
      this.#queue.beginPreemption(key)
    }
    this.#note(this.#queue.fail(key, rejectedBy, now))
    if (preemption) this.#preempt(preemption, pod)
    this.#recorderOf(pod).record(pod, 'Warning', 'FailedScheduling', eventNote(message), { action: 'Scheduling' })
    const reason = outcome === 'error' ? 'SchedulerError' : 'Unschedulable'
    this.#writeCondition(pod, reason, message, preemption ? preemption.node : clearsNomination ? null : undefined, this.#loopApi)
  }

  #preempt({ node, victims }: Preemption, preemptor: Pod): void {
    const key = podKey(preemptor)
    for (const nominated of this.#cache.nominatedTo(node))
      if (nominated.key !== key && nominated.shape.priority < priorityOf(preemptor)) {
        this.#patchStatus(nominated.pod, { nominatedNodeName: null })
        this.#cache.unnominate(nominated.key)
      }
    for (const victim of victims) this.#evict(victim, preemptor, node)
    this.after(PREEMPTION_MS, 'preempted', key)
  }

  #evict({ pod }: PodInfo, preemptor: Pod, node: string): void {
    const current = this.#informers.get('pods', pod.metadata.namespace ?? '', pod.metadata.name) as unknown as Pod | undefined
    if (!current || current.metadata.deletionTimestamp !== undefined) return
    const condition: Condition = {
      type: 'DisruptionTarget',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: formatTime(this.kernel.unixMs),
      reason: 'PreemptionByScheduler',
      message: disruptionMessage(preemptor.spec.schedulerName ?? 'default-scheduler'),
      ...(current.metadata.generation === undefined ? {} : { observedGeneration: current.metadata.generation }),
    }
    this.#patchStatus(current, { conditions: [condition] })
    this.#api.delete('pods', current.metadata.namespace ?? '', current.metadata.name)
    this.#recorderOf(preemptor).record(current, 'Normal', 'Preempted', preemptedNote(preemptor.metadata.uid ?? '', node), {
      action: 'Preempting',
      related: { apiVersion: 'v1', kind: 'Pod', namespace: preemptor.metadata.namespace ?? '', name: preemptor.metadata.name },
    })
  }

  #writeCondition(
    pod: Pod,
    reason: string,
    message: string,
    nominatedNodeName: string | null | undefined,
    api: Api = this.#api,
  ): void {
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const isSame = before?.status === 'False' && before.reason === reason && before.message === message
    const nomination =
      nominatedNodeName === undefined || nominatedNodeName === (pod.status?.nominatedNodeName ?? null)
        ? {}
        : { nominatedNodeName }
    if (isSame && Object.keys(nomination).length === 0) return
    const condition: Condition = {
      type: 'PodScheduled',
      status: 'False',
      lastProbeTime: null,
      lastTransitionTime:
        before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : formatTime(this.kernel.unixMs),
      reason,
      message,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    }
    this.#patchStatus(pod, { ...(isSame ? {} : { conditions: [condition] }), ...nomination }, api)
  }

  /** Strategic: conditions are merged by type. */
  #patchStatus(pod: Pod, status: Readonly<Record<string, unknown>>, api: Api = this.#api): void {
    const { namespace = '', name } = pod.metadata
    api.patch('pods', namespace, name, { type: 'strategic', body: { status } }, { subresource: 'status' })
  }

  // Snapshots ----------------------------------------------------------------------------------------------------------

  protected save(): SchedulerState {
    return {
      informers: this.#informers.snapshot(),
      election: this.#election.snapshot(),
      recorders: new Map([...this.#recorders].map(([name, recorder]) => [name, recorder.snapshot()])),
      cache: this.#cache.snapshot(),
      queue: this.#queue.snapshot(),
      decisions: new Map(this.#decisions),
      moves: this.#moves,
      volumes: new Map(this.#volumes),
      origins: new Map(this.#origins),
      awake: this.#awake,
      freeAt: this.#freeAt,
      flushing: this.#flushing,
      last: this.lastDecision,
    }
  }

  protected load(state: unknown): void {
    const saved = state as SchedulerState
    this.#informers.restore(saved.informers as Parameters<Informers['restore']>[0])
    this.#election.restore(saved.election as Parameters<LeaderElection['restore']>[0])
    for (const [name, recorder] of this.#recorders)
      recorder.restore(saved.recorders.get(name) as Parameters<Recorder['restore']>[0])
    this.#cache = ClusterCache.restore(saved.cache, this.#release)
    const queue = this.#newQueue()
    queue.restore(saved.queue)
    this.#adopt(this.#cache, queue)
    this.#decisions = new Map(saved.decisions)
    this.#moves = saved.moves
    this.#volumes = new Map(saved.volumes)
    this.#origins = new Map(saved.origins)
    this.#awake = saved.awake
    this.#freeAt = saved.freeAt
    this.#flushing = saved.flushing
    this.lastDecision = saved.last
  }
}

const bindFailure = (refusal: string): string => `running Bind plugin "DefaultBinder": ${refusal}`

function profilesOf(configuration: unknown, release: ReleaseBehaviour) {
  const read = readConfiguration(
    configuration ?? { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' },
    release,
  )
  assert(read.ok, 'the scheduler configuration was checked before', read.ok ? '' : read.problems)
  return read.value
}

/** The scheduler's own status writes come back as updates; they are no news. */
function isOwnWrite(before: Pod | undefined, after: Pod): boolean {
  return before !== undefined && before.spec === after.spec && before.metadata.labels === after.metadata.labels
}
