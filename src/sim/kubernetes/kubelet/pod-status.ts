import type { Container, ContainerState, ContainerStatus, Pod, PodStatus } from '../api/types.ts'
import type { RuntimeContainer, RuntimePod } from '../../infrastructure/container-runtime.ts'
import { hasAnyRegularContainerStarted } from './pod-conditions.ts'
import { latestOf, shouldBeRestarted } from './restart-policy.ts'

/** Why the last start of a container failed, as `waiting.reason` and message. */
export interface StartFailure {
  readonly reason: string
  readonly message: string
}

export interface ContainerStatusInputs {
  readonly pod: Pod
  readonly runtime: RuntimePod
  /** What was last written. */
  readonly previous: PodStatus
  /** Failures of the last sync, by container. */
  readonly failures: ReadonlyMap<string, StartFailure>
  readonly timeOf: (ms: number) => string
  /** Resources that the kubelet has allocated, by container. */
  readonly resourcesOf: (container: Container, runtime: RuntimeContainer | undefined) => Partial<ContainerStatus>
}

type Draft = { -readonly [K in keyof ContainerStatus]: ContainerStatus[K] }

const UNKNOWN_EXIT: ContainerState = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
}
export const unknownExit = (): ContainerState => UNKNOWN_EXIT

const imageId = (image: string): string => {
  let hash = 0x811c9dc5
  let text = ''
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < image.length; i++) hash = Math.imul(hash ^ image.charCodeAt(i), 0x01000193)
    text += (hash >>> 0).toString(16).padStart(8, '0')
  }
  return `sha256:${text}`
}

function stateOf(container: RuntimeContainer, timeOf: (ms: number) => string): ContainerState {
  if (container.state === 'running') return { running: { startedAt: timeOf(container.startedAt) } }
  if (container.state === 'created') return { waiting: {} }
  return {
    terminated: {
      exitCode: container.exitCode,
      reason: container.reason,
      ...(container.message ? { message: container.message } : {}),
      startedAt: timeOf(container.startedAt),
      finishedAt: timeOf(container.finishedAt),
      containerID: `containerd://${container.id}`,
    },
  }
}

function statusesOf(inputs: ContainerStatusInputs, kind: 'init' | 'regular' | 'ephemeral'): readonly ContainerStatus[] {
  const { pod, runtime, previous, failures, timeOf, resourcesOf } = inputs
  const spec = pod.spec
  const isInit = kind === 'init'
  const containers = (isInit ? spec.initContainers : kind === 'regular' ? spec.containers : spec.ephemeralContainers) ?? []
  const before =
    (isInit
      ? previous.initContainerStatuses
      : kind === 'regular'
        ? previous.containerStatuses
        : previous.ephemeralContainerStatuses) ?? []
  const hasInits = (spec.initContainers?.length ?? 0) > 0
  const statuses = new Map<string, Draft>()
  const initialized = hasAnyRegularContainerStarted(pod, previous.containerStatuses ?? [])
  for (const container of containers) {
    const old = before.find(({ name }) => name === container.name)
    const known = runtime.containers.filter(({ name }) => name === container.name)
    const newest = known[0]
    if (newest) {
      const status: Draft = {
        name: container.name,
        state: stateOf(newest, timeOf),
        ready: false,
        restartCount: newest.attempt,
        image: newest.image,
        imageID: imageId(newest.image),
        containerID: `containerd://${newest.id}`,
      }
      if (known[1] && known[1].state === 'exited') status.lastState = stateOf(known[1], timeOf)
      if (newest.state === 'created') status.state = { waiting: { reason: 'ContainerCreating' } }
      statuses.set(container.name, { ...status, ...resourcesOf(container, newest) })
      continue
    }
    const status: Draft = {
      name: container.name,
      state: { waiting: { reason: hasInits && kind !== 'ephemeral' ? 'PodInitializing' : 'ContainerCreating' } },
      ready: false,
      restartCount: old?.restartCount ?? 0,
      image: container.image ?? '',
      imageID: '',
      ...resourcesOf(container, undefined),
    }
    if (old?.lastState) status.lastState = old.lastState
    if (old?.state?.terminated) {
      // Its record was collected: what was written stays true.
      status.state = old.state
      status.image = old.image
      status.imageID = old.imageID
      if (old.containerID) status.containerID = old.containerID
      // An init container that has done its work is ready for good.
    } else if (
      old?.state?.running ||
      (isInit && initialized && old?.lastState?.terminated && !shouldBeRestarted(container, pod, runtime))
    ) {
      // It ran and is lost.
      status.lastState = {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was deleted.  The container used to be Running',
        },
      }
      status.restartCount += 1
    }
    statuses.set(container.name, status)
  }
  // A container that the next sync will start again waits, with the reason why the last start failed.
  for (const container of containers) {
    const newest = latestOf(runtime, container.name)
    if (isInit && newest?.state === 'exited' && newest.exitCode === 0) continue
    if (kind === 'ephemeral' ? newest !== undefined : !shouldBeRestarted(container, pod, runtime)) continue
    const failure = failures.get(container.name)
    if (!failure) continue
    const status = statuses.get(container.name)!
    if (status.state?.terminated) status.lastState = status.state
    status.state = { waiting: { reason: failure.reason, ...(failure.message ? { message: failure.message } : {}) } }
  }
  const list = [...statuses.values()]
  if (!isInit) list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return list
}

/** Container statuses from what the runtime says; `ready` and `started` are the prober's to fill in. */
export function containerStatuses(
  inputs: ContainerStatusInputs,
): Pick<PodStatus, 'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses'> {
  return {
    containerStatuses: statusesOf(inputs, 'regular'),
    ...(inputs.pod.spec.initContainers?.length ? { initContainerStatuses: statusesOf(inputs, 'init') } : {}),
    ...(inputs.pod.spec.ephemeralContainers?.length ? { ephemeralContainerStatuses: statusesOf(inputs, 'ephemeral') } : {}),
  }
}

/** Models kubetypes qos; `status.qosClass` is the API server's. */
export function qosOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const ofPod = pod.spec.resources
  const lists = ofPod && (ofPod.requests || ofPod.limits) ? [ofPod] : all.map(({ resources }) => resources ?? {})
  let any = false
  let guaranteed = true
  for (const { requests = {}, limits = {} } of lists)
    for (const resource of ['cpu', 'memory']) {
      const request = requests[resource] ?? limits[resource]
      const limit = limits[resource]
      if (request !== undefined || limit !== undefined) any = true
      if (limit === undefined || request !== limit) guaranteed = false
    }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable'
}
