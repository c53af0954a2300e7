import type { Container, Pod } from '../api/types.ts'
import type { RuntimeContainer, RuntimePod } from '../../infrastructure/container-runtime.ts'

/** An init container that runs beside the app. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Newest instance of a container. */
export const latestOf = (runtime: RuntimePod, name: string): RuntimeContainer | undefined =>
  runtime.containers.find((container) => container.name === name)

export const isInitContainer = (pod: Pod, name: string): boolean =>
  pod.spec.initContainers?.some((container) => container.name === name) ?? false

const podPolicy = (pod: Pod): 'Always' | 'OnFailure' | 'Never' => pod.spec.restartPolicy ?? 'Always'

/**
 * Whether a container that ended with this code is started again: its own rules and policy first, then the Pod's.
 * Models pkg/apis/core/v1/podutil ContainerShouldRestart (v1.35, gate ContainerRestartRules).
 */
export function restartsAfter(container: Container, pod: Pod, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (action !== 'Restart' || !exitCodes) continue
    const listed = exitCodes.values?.includes(exitCode) ?? false
    if (exitCodes.operator === 'In' ? listed : !listed) return true
  }
  switch (container.restartPolicy ?? podPolicy(pod)) {
    case 'Always':
      return true
    case 'OnFailure':
      return exitCode !== 0
    default:
      return false
  }
}

/** Models kubecontainer.ShouldContainerBeRestarted. */
export function shouldBeRestarted(container: Container, pod: Pod, runtime: RuntimePod): boolean {
  if (pod.metadata.deletionTimestamp) return false
  const status = latestOf(runtime, container.name)
  if (!status) return true
  if (status.state === 'running') return false
  if (status.state === 'created') return true
  return restartsAfter(container, pod, status.exitCode)
}

/** What a whole-pod decision looks at when no container says otherwise. */
export const mayRestartOnFailure = (container: Container, pod: Pod): boolean => restartsAfter(container, pod, 1)

export const restartsNever = (container: Container, pod: Pod): boolean =>
  (container.restartPolicy ?? podPolicy(pod)) === 'Never' && !container.restartPolicyRules?.length
