import type { Container, Pod } from '../api/types.ts'
import type { RuntimePod } from '../../infrastructure/container-runtime.ts'
import { isSidecar, latestOf, restartsAfter, restartsNever, shouldBeRestarted } from './restart-policy.ts'

export interface Kill {
  readonly containerId: string
  readonly name: string
  /** Of the Killing event. */
  readonly message: string
  /** A probe whose own grace period counts. */
  readonly because: 'liveness' | 'startup' | 'other'
}

/** What one sync will do; the order is the order of doing. */
export interface PodActions {
  /** Stops everything, the sandbox included. */
  readonly killPod: boolean
  readonly createSandbox: boolean
  readonly sandboxId: string
  readonly attempt: number
  readonly ephemeralToStart: readonly string[]
  readonly initToStart: readonly string[]
  readonly toStart: readonly string[]
  readonly toKill: readonly Kill[]
}

export interface ActionInputs {
  readonly pod: Pod
  readonly runtime: RuntimePod
  readonly hashOf: (container: Container) => string
  /** Result of a probe for a container, as the prober's managers hold it. */
  readonly livenessFailed: (containerId: string) => boolean
  readonly startupFailed: (containerId: string) => boolean
  /** A startup probe that has not succeeded yet holds back what comes after a sidecar. */
  readonly hasStarted: (container: Container, containerId: string) => boolean
}

interface Draft {
  killPod: boolean
  createSandbox: boolean
  sandboxId: string
  attempt: number
  ephemeralToStart: string[]
  initToStart: string[]
  toStart: string[]
  toKill: Kill[]
}

/** Models kuberuntime podSandboxChanged. */
function sandboxChange(
  pod: Pod,
  runtime: RuntimePod,
): { readonly changed: boolean; readonly attempt: number; readonly id: string } {
  const newest = runtime.sandboxes[0]
  if (!newest) return { changed: true, attempt: 0, id: '' }
  const ready = runtime.sandboxes.filter(({ isReady }) => isReady).length
  if (ready > 1 || !newest.isReady) return { changed: true, attempt: newest.attempt + 1, id: newest.id }
  if (newest.hostNetwork !== (pod.spec.hostNetwork ?? false)) return { changed: true, attempt: newest.attempt + 1, id: '' }
  if (!newest.hostNetwork && newest.ip === '') return { changed: true, attempt: newest.attempt + 1, id: newest.id }
  return { changed: false, attempt: newest.attempt, id: newest.id }
}

const hasRun = (pod: Pod, runtime: RuntimePod): boolean =>
  pod.spec.containers.some(({ name }) =>
    runtime.containers.some((container) => container.name === name && container.state !== 'created'),
  )

/** Models kuberuntime hasAnyRegularContainerCreated / HasAnyRegularContainerStarted within the sandbox at hand. */
const regularRunsOrRan = (pod: Pod, runtime: RuntimePod, sandboxId: string): boolean =>
  pod.spec.containers.some(({ name }) => {
    const status = latestOf(runtime, name)
    return status !== undefined && status.sandboxId === sandboxId && status.state !== 'created'
  })

/** Decides on init containers and sidecars; true when regular containers may start. Models computeInitContainerActions. */
function initActions(inputs: ActionInputs, draft: Draft): boolean {
  const { pod, runtime } = inputs
  const inits = pod.spec.initContainers ?? []
  if (inits.length === 0) return true
  // A sandbox that is not the newest's does not count: what ran in it is over.
  const here: RuntimePod = { ...runtime, containers: runtime.containers }
  const podHasInitialized = regularRunsOrRan(pod, here, draft.sandboxId)
  const last = inits.at(-1)!

  // With the app running (or having run), only sidecars matter.
  if (podHasInitialized) {
    for (const container of inits) if (isSidecar(container)) considerSidecar(inputs, draft, container)
    return true
  }
  // Find the last init container that has made progress in this sandbox.
  for (let index = inits.length - 1; index >= 0; index--) {
    const container = inits[index]!
    const status = latestOf(runtime, container.name)
    if (!status || status.sandboxId !== draft.sandboxId) continue
    if (isSidecar(container)) {
      // Sidecars before it are kept alive as well.
      for (let earlier = 0; earlier < index; earlier++)
        if (isSidecar(inits[earlier]!)) considerSidecar(inputs, draft, inits[earlier]!)
      const isUp = considerSidecar(inputs, draft, container)
      if (!isUp) return false
      if (!inputs.hasStarted(container, status.id)) return false
      if (container === last) return true
      draft.initToStart.push(inits[index + 1]!.name)
      return false
    }
    for (let earlier = 0; earlier < index; earlier++)
      if (isSidecar(inits[earlier]!)) considerSidecar(inputs, draft, inits[earlier]!)
    if (status.state === 'running') {
      if (inputs.startupFailed(status.id) || inputs.livenessFailed(status.id)) {
        const because = inputs.startupFailed(status.id) ? 'startup' : 'liveness'
        draft.toKill.push({
          containerId: status.id,
          name: container.name,
          message: `Init container ${container.name} failed ${because} probe`,
          because,
        })
        if (!restartsNever(container, pod)) draft.initToStart.push(container.name)
      }
      return false
    }
    if (status.state === 'exited' && status.exitCode === 0) {
      if (container === last) return true
      draft.initToStart.push(inits[index + 1]!.name)
      return false
    }
    if (status.state === 'exited' && !restartsAfter(container, pod, status.exitCode)) {
      draft.killPod = true
      return false
    }
    draft.initToStart.push(container.name)
    return false
  }
  draft.initToStart.push(inits[0]!.name)
  return false
}

/** True while it runs and nothing has to be done about it. */
function considerSidecar(inputs: ActionInputs, draft: Draft, container: Container): boolean {
  const status = latestOf(inputs.runtime, container.name)
  if (!status || status.sandboxId !== draft.sandboxId) {
    draft.initToStart.push(container.name)
    return false
  }
  if (status.state !== 'running') {
    draft.initToStart.push(container.name)
    return false
  }
  const because = inputs.livenessFailed(status.id) ? 'liveness' : inputs.startupFailed(status.id) ? 'startup' : undefined
  const changed = status.hash !== inputs.hashOf(container)
  if (!because && !changed) return true
  const message = changed
    ? `Init container ${container.name} definition changed`
    : `Init container ${container.name} failed ${because} probe`
  draft.toKill.push({ containerId: status.id, name: container.name, message, because: because ?? 'other' })
  draft.initToStart.push(container.name)
  return false
}

/** Compares what should run with what does. Pure. Models kuberuntime computePodActions (v1.35). */
export function podActions(inputs: ActionInputs): PodActions {
  const { pod, runtime } = inputs
  const { changed, attempt, id } = sandboxChange(pod, runtime)
  const draft: Draft = {
    killPod: changed,
    createSandbox: changed,
    sandboxId: id,
    attempt,
    ephemeralToStart: [],
    initToStart: [],
    toStart: [],
    toKill: [],
  }
  const inits = pod.spec.initContainers ?? []
  if (changed) {
    // Do not make a new sandbox for a Pod that has nothing left to run.
    if (attempt !== 0 && restartsNeverAtAll(pod) && runtime.containers.length > 0) {
      draft.createSandbox = false
      return draft
    }
    const toStart = pod.spec.containers.filter((container) => {
      const status = latestOf(runtime, container.name)
      return !(status?.state === 'exited' && !restartsAfter(container, pod, status.exitCode))
    })
    if (toStart.length === 0 && !inits.some((container) => latestOf(runtime, container.name)?.state !== 'exited')) {
      draft.createSandbox = false
      return draft
    }
    if (inits.length > 0) {
      draft.initToStart.push(inits[0]!.name)
      return draft
    }
    draft.toStart.push(...toStart.map(({ name }) => name))
    return draft
  }
  for (const container of pod.spec.ephemeralContainers ?? [])
    if (!latestOf(runtime, container.name)) draft.ephemeralToStart.push(container.name)

  if (!initActions(inputs, draft)) {
    if (draft.killPod) draft.toKill.length = 0
    return draft
  }
  let keep = 0
  for (const container of pod.spec.containers) {
    const status = latestOf(runtime, container.name)
    if (!status || status.state !== 'running') {
      if (shouldBeRestarted(container, pod, runtime)) draft.toStart.push(container.name)
      continue
    }
    const isChanged = status.hash !== inputs.hashOf(container)
    const because = isChanged
      ? 'other'
      : inputs.livenessFailed(status.id)
        ? 'liveness'
        : inputs.startupFailed(status.id)
          ? 'startup'
          : undefined
    if (!because) {
      keep += 1
      continue
    }
    const restart = because === 'other' ? true : !restartsNever(container, pod) && restartsAfter(container, pod, 137)
    const text =
      because === 'other'
        ? `Container ${container.name} definition changed`
        : `Container ${container.name} failed ${because} probe`
    draft.toKill.push({
      containerId: status.id,
      name: container.name,
      message: restart ? `${text}, will be restarted` : text,
      because,
    })
    if (restart) draft.toStart.push(container.name)
  }
  if (keep === 0 && draft.toStart.length === 0) {
    draft.killPod = true
    // Sidecars of a Pod that is over are not started again.
    draft.initToStart.length = 0
    draft.toKill.length = 0
  }
  return draft
}

const restartsNeverAtAll = (pod: Pod): boolean =>
  (pod.spec.restartPolicy ?? 'Always') === 'Never' && !pod.spec.containers.some((container) => !restartsNever(container, pod))

export const hasEverRun = hasRun
