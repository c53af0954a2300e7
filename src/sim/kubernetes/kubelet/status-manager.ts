import { copyPlain } from '../../kernel/copy-plain.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { formatTime } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { Condition, ContainerStatus, Pod, PodStatus } from '../api/types.ts'
import { isUnanswered } from '../apiserver/connection.ts'
import { containersReadyCondition, hasAnyRegularContainerStarted, isKubeletCondition, readyCondition } from './pod-conditions.ts'
import { isSidecar } from './restart-policy.ts'
import { unknownExit } from './pod-status.ts'

interface Entry {
  /** Identity of the Pod: for a static Pod its own, not its mirror's. */
  readonly pod: Pod
  status: PodStatus
  /** Its containers are stopped, its volumes gone: the object may be deleted. */
  isFinished: boolean
}

interface StatusState {
  readonly entries: Map<string, Entry>
  readonly dirty: Set<string>
}

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

const withTransitions = (conditions: readonly Condition[], before: readonly Condition[], now: string): Condition[] =>
  conditions.map((condition) => {
    if (condition.lastTransitionTime !== undefined && !isKubeletCondition(condition.type)) return condition
    const old = before.find(({ type }) => type === condition.type)
    return {
      ...condition,
      lastProbeTime: null,
      lastTransitionTime: old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : now,
    }
  })

/**
 * Holds the status of every Pod on the node and writes it to the API when it changes. Models pkg/kubelet/status status_manager.go
 * (v1.35): what others wrote is kept, and the phase does not become terminal while containers may still run.
 */
export class StatusManager {
  readonly #kernel: Kernel
  readonly #api: Api
  /** Asks for `flush` to be called soon. */
  readonly #wake: () => void
  readonly #couldHaveRunningContainers: (uid: string) => boolean
  /** The object in the API under which a Pod's status is written: its mirror for a static Pod, undefined when there is none. */
  readonly #apiPodOf: (pod: Pod) => Pod | undefined
  #state: StatusState = { entries: new Map(), dirty: new Set() }

  constructor(options: {
    readonly kernel: Kernel
    readonly api: Api
    readonly wake: () => void
    readonly couldHaveRunningContainers: (uid: string) => boolean
    readonly apiPodOf: (pod: Pod) => Pod | undefined
  }) {
    this.#kernel = options.kernel
    this.#api = options.api
    this.#wake = options.wake
    this.#couldHaveRunningContainers = options.couldHaveRunningContainers
    this.#apiPodOf = options.apiPodOf
  }

  get(uid: string): PodStatus | undefined {
    return this.#state.entries.get(uid)?.status
  }

  set(pod: Pod, status: PodStatus, force = pod.metadata.deletionTimestamp !== undefined): void {
    this.#update(pod, status, force, false)
  }

  setContainerReadiness(uid: string, containerId: string, ready: boolean): void {
    this.#setOnContainer(uid, containerId, (status) => (status.ready === ready ? undefined : { ...status, ready }))
  }

  setContainerStartup(uid: string, containerId: string, started: boolean): void {
    this.#setOnContainer(uid, containerId, (status) => (status.started === started ? undefined : { ...status, started }))
  }

  /** The Pod's last status: whatever has no end is given one, and a phase that is not terminal becomes Failed. */
  terminate(pod: Pod): void {
    const uid = pod.metadata.uid!
    let status = this.#state.entries.get(uid)?.status ?? pod.status ?? {}
    const end = (container: ContainerStatus): ContainerStatus =>
      container.state?.terminated ? container : { ...container, state: unknownExit() }
    const inits = pod.spec.initContainers ?? []
    const initStatuses = status.initContainerStatuses ?? []
    const isInitialized =
      inits.length === 0 ||
      hasAnyRegularContainerStarted(pod, status.containerStatuses ?? []) ||
      inits.every((container) => {
        const found = initStatuses.find(({ name }) => name === container.name)
        return isSidecar(container) ? found?.started === true : found?.state?.terminated?.exitCode === 0
      })
    if (isInitialized && status.containerStatuses) status = { ...status, containerStatuses: status.containerStatuses.map(end) }
    // Init containers up to the last one that shows any sign of a start.
    let last = initStatuses.length - 1
    while (last >= 0) {
      const { state, lastState, restartCount } = initStatuses[last]!
      const neverStarted = state?.waiting !== undefined && !lastState?.terminated && restartCount === 0
      if (!neverStarted) break
      last -= 1
    }
    if (initStatuses.length > 0)
      status = {
        ...status,
        initContainerStatuses: initStatuses.map((container, index) => (index <= last ? end(container) : container)),
      }
    if (!isTerminalPhase(status.phase)) status = { ...status, phase: 'Failed' }
    this.#update(pod, status, true, true)
  }

  forget(uid: string): void {
    this.#state.entries.delete(uid)
    this.#state.dirty.delete(uid)
  }

  /** A mirror Pod came (back), or another's word has replaced ours: write its status again. */
  touch(uid: string): void {
    if (!this.#state.entries.has(uid)) return
    this.#state.dirty.add(uid)
    this.#wake()
  }

  /** Somebody else has written what is the kubelet's to say: the API's copy is not what would be written. Models needsReconcile. */
  differsFrom(pod: Pod): boolean {
    const uid = pod.metadata.uid!
    const entry = this.#state.entries.get(uid)
    if (!entry || this.#state.dirty.has(uid)) return false
    return JSON.stringify(this.#merge(uid, entry, pod.status ?? {})) !== JSON.stringify(pod.status ?? {})
  }

  /** Writes everything that has changed; false when the API did not answer (try again later). */
  flush(): boolean {
    let answered = true
    for (const uid of this.#state.dirty) {
      const entry = this.#state.entries.get(uid)
      if (!entry || this.#write(uid, entry)) this.#state.dirty.delete(uid)
      else answered = false
    }
    return answered
  }

  #write(uid: string, entry: Entry): boolean {
    const target = this.#apiPodOf(entry.pod)
    if (!target) return true
    const { namespace = '', name } = target.metadata
    const got = this.#api.get('pods', namespace, name)
    if (!got.ok) {
      if (isUnanswered(got.status)) return false
      if (got.status.code === 404) this.#state.entries.delete(uid)
      return true
    }
    let live = got.value as unknown as Pod
    if (live.metadata.uid !== target.metadata.uid) {
      this.#state.entries.delete(uid)
      return true
    }
    const merged = this.#merge(uid, entry, live.status ?? {})
    if (JSON.stringify(merged) !== JSON.stringify(live.status ?? {})) {
      const written = this.#api.update(
        'pods',
        namespace,
        name,
        { ...live, status: merged },
        {
          subresource: 'status',
        },
      )
      if (!written.ok) return !isUnanswered(written.status)
      live = written.value as unknown as Pod
    }
    if (entry.isFinished && live.metadata.deletionTimestamp && target === entry.pod && isTerminalPhase(live.status?.phase)) {
      const uidOfLive = live.metadata.uid!
      const deleted = this.#api.delete('pods', namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: uidOfLive } })
      if (deleted.ok) this.#state.entries.delete(uid)
      else if (isUnanswered(deleted.status)) return false
    }
    return true
  }

  /** Models mergePodStatus. */
  #merge(uid: string, { pod, status }: Entry, live: PodStatus): PodStatus {
    const conditions: Condition[] = (live.conditions ?? []).filter(({ type }) => !isKubeletCondition(type))
    const becomesTerminal = !isTerminalPhase(live.phase) && isTerminalPhase(status.phase)
    const couldRun = this.#couldHaveRunningContainers(uid)
    for (const condition of status.conditions ?? []) {
      if (isKubeletCondition(condition.type)) conditions.push(condition)
      else if (condition.type === 'DisruptionTarget' && becomesTerminal && !couldRun) {
        const index = conditions.findIndex(({ type }) => type === condition.type)
        const fresh = { ...condition, lastTransitionTime: formatTime(this.#kernel.unixMs) }
        if (index < 0) conditions.push(fresh)
        else conditions[index] = fresh
      }
    }
    const { phase: _phase, reason: _reason, message: _message, ...rest } = status
    const kept = becomesTerminal && couldRun ? live : status
    const merged: Record<string, unknown> = { ...live, ...rest, conditions }
    for (const field of ['phase', 'reason', 'message'] as const) {
      if (kept[field]) merged[field] = kept[field]
      else delete merged[field]
    }
    if (!status.conditions?.length && conditions.length === 0) delete merged['conditions']
    if (isTerminalPhase(kept.phase) && merged['containerStatuses'] !== undefined) {
      const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
      const ready = containersReadyCondition(pod, statuses, kept.phase!)
      merged['conditions'] = conditions.map((condition) =>
        (condition.type === 'Ready' || condition.type === 'ContainersReady') && condition.status === 'True'
          ? { ...condition, ...ready, type: condition.type, lastTransitionTime: formatTime(this.#kernel.unixMs) }
          : condition,
      )
    }
    return merged
  }

  #setOnContainer(uid: string, containerId: string, change: (status: ContainerStatus) => ContainerStatus | undefined): void {
    const entry = this.#state.entries.get(uid)
    if (!entry) return
    const id = `containerd://${containerId}`
    let hasChanged = false
    const apply = (statuses: readonly ContainerStatus[] | undefined): readonly ContainerStatus[] | undefined =>
      statuses?.map((status) => {
        const changed = status.containerID === id ? change(status) : undefined
        hasChanged ||= changed !== undefined
        return changed ?? status
      })
    const initContainerStatuses = apply(entry.status.initContainerStatuses)
    const containerStatuses = apply(entry.status.containerStatuses)
    if (!hasChanged) return
    let status: PodStatus = {
      ...entry.status,
      ...(initContainerStatuses ? { initContainerStatuses } : {}),
      ...(containerStatuses ? { containerStatuses } : {}),
    }
    const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    const generation = status.observedGeneration
    const stamp = (condition: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>): Condition => ({
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    })
    const containersReady = containersReadyCondition(entry.pod, all, status.phase ?? 'Pending')
    const conditions = (status.conditions ?? []).map((condition) =>
      condition.type === 'ContainersReady'
        ? stamp(containersReady)
        : condition.type === 'Ready'
          ? stamp(readyCondition(entry.pod, containersReady, status.conditions ?? []))
          : condition,
    )
    status = { ...status, conditions }
    this.#update(entry.pod, status, false, entry.isFinished)
  }

  #update(pod: Pod, status: PodStatus, force: boolean, isFinished: boolean): void {
    const uid = pod.metadata.uid!
    const entry = this.#state.entries.get(uid)
    const before = entry?.status ?? pod.status ?? {}
    const now = formatTime(this.#kernel.unixMs)
    const next: PodStatus = {
      ...status,
      ...(status.conditions ? { conditions: withTransitions(status.conditions, before.conditions ?? [], now) } : {}),
      startTime: before.startTime ?? now,
    }
    if (entry && !force && JSON.stringify(entry.status) === JSON.stringify(next)) return
    this.#state.entries.set(uid, { pod, status: next, isFinished: isFinished || (entry?.isFinished ?? false) })
    this.#state.dirty.add(uid)
    this.#wake()
  }

  clear(): void {
    this.#state = { entries: new Map(), dirty: new Set() }
  }

  snapshot(): unknown {
    return {
      entries: new Map([...this.#state.entries].map(([uid, entry]) => [uid, { ...entry }])),
      dirty: new Set(this.#state.dirty),
    }
  }

  restore(state: unknown): void {
    const saved = state as StatusState
    this.#state = { entries: copyPlain(saved.entries), dirty: new Set(saved.dirty) }
  }
}
