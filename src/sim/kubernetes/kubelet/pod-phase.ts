import type { Container, ContainerStatus, Pod, PodStatus } from '../api/types.ts'
import { hasAnyRegularContainerStarted } from './pod-conditions.ts'
import { isSidecar, restartsAfter } from './restart-policy.ts'

type Phase = NonNullable<PodStatus['phase']>

export const CONFIG_SOURCE_ANNOTATION = 'kubernetes.io/config.source'

/** A Pod from a manifest file of the node. */
export const isStaticPod = (pod: Pod): boolean => pod.metadata.annotations?.[CONFIG_SOURCE_ANNOTATION] === 'file'

/** Models kubelet getPhase (v1.35). `statuses`: of init and regular containers. */
export function phaseOf(pod: Pod, statuses: readonly ContainerStatus[], podIsTerminal: boolean): Phase {
  const statusOf = (container: Container): ContainerStatus | undefined => statuses.find(({ name }) => name === container.name)
  const hasInitialized = hasAnyRegularContainerStarted(pod, statuses)
  let pendingSidecars = 0
  let pendingInits = 0
  let failedInits = 0
  let failedForGood = 0
  let unknown = 0
  let running = 0
  let waiting = 0
  let stopped = 0
  let succeeded = 0
  let willRestart = false
  for (const container of pod.spec.initContainers ?? []) {
    const status = statusOf(container)
    const { running: runs, terminated: ended, waiting: waits } = status?.state ?? {}
    if (isSidecar(container)) {
      // Sidecars that have terminated do not count for the phase.
      if (runs) {
        running += 1
        if (!status?.started) pendingSidecars += 1
      } else if (waits && !status?.lastState?.terminated) {
        pendingSidecars += 1
        waiting += 1
      } else if (!ended && !waits) {
        if (status) pendingSidecars += 1
        unknown += 1
      }
      continue
    }
    const outcome = ended ?? (waits ? status?.lastState?.terminated : undefined)
    if (!outcome) pendingInits += 1
    else if (outcome.exitCode !== 0) {
      failedInits += 1
      if (!restartsAfter(container, pod, outcome.exitCode)) failedForGood += 1
    }
  }
  for (const container of pod.spec.containers) {
    const status = statusOf(container)
    const { running: runs, terminated: ended, waiting: waits } = status?.state ?? {}
    if (runs) running += 1
    else if (ended) {
      stopped += 1
      if (ended.exitCode === 0) succeeded += 1
      if (restartsAfter(container, pod, ended.exitCode)) willRestart = true
    } else if (waits) {
      const last = status?.lastState?.terminated
      if (!last) waiting += 1
      else {
        stopped += 1
        if (restartsAfter(container, pod, last.exitCode)) willRestart = true
      }
    } else unknown += 1
  }
  if (failedForGood > 0) return 'Failed'
  if (pendingInits > 0 || failedInits > 0 || (!hasInitialized && pendingSidecars > 0) || waiting > 0) return 'Pending'
  if (running > 0 && unknown === 0) return 'Running'
  if (running === 0 && stopped > 0 && unknown === 0) {
    const ended: Phase = stopped === succeeded ? 'Succeeded' : 'Failed'
    if (podIsTerminal && !isStaticPod(pod)) return ended
    return willRestart ? 'Running' : ended
  }
  return 'Pending'
}
