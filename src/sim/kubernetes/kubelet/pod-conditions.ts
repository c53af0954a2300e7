import type { Condition, Container, ContainerStatus, Pod, PodStatus } from '../api/types.ts'
import { isSidecar } from './restart-policy.ts'

type Phase = NonNullable<PodStatus['phase']>
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const OWN_CONDITIONS = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])

/** Conditions that only the kubelet writes. */
export const isKubeletCondition = (type: string): boolean =>
  OWN_CONDITIONS.has(type) || type === 'PodResizePending' || type === 'PodResizeInProgress'

const draft = (type: string, status: 'True' | 'False', reason?: string, message?: string): Draft => ({
  type,
  status,
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
})

const listOf = (names: readonly string[]): string => `[${names.join(' ')}]`

const statusOf = (statuses: readonly ContainerStatus[], name: string): ContainerStatus | undefined =>
  statuses.find((status) => status.name === name)

export const hasAnyRegularContainerStarted = (pod: Pod, statuses: readonly ContainerStatus[]): boolean =>
  pod.spec.containers.some(({ name }) => {
    const state = statusOf(statuses, name)?.state
    return state?.running !== undefined || state?.terminated !== undefined
  })

/** Models status.GeneratePodInitializedCondition. */
export function initializedCondition(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase): Draft {
  const inits = pod.spec.initContainers ?? []
  const unknown: string[] = []
  const incomplete: string[] = []
  for (const container of inits) {
    const status = statusOf(statuses, container.name)
    if (!status) unknown.push(container.name)
    else if (isSidecar(container) ? !status.started : !status.ready) incomplete.push(container.name)
  }
  if (phase === 'Succeeded' && unknown.length === 0) return draft('Initialized', 'True', 'PodCompleted')
  if (hasAnyRegularContainerStarted(pod, statuses)) return draft('Initialized', 'True')
  const messages: string[] = []
  if (unknown.length > 0) messages.push(`containers with unknown status: ${listOf(unknown)}`)
  if (incomplete.length > 0) messages.push(`containers with incomplete status: ${listOf(incomplete)}`)
  return messages.length > 0
    ? draft('Initialized', 'False', 'ContainersNotInitialized', messages.join(', '))
    : draft('Initialized', 'True')
}

/** Models status.GenerateContainersReadyCondition. */
export function containersReadyCondition(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase): Draft {
  const unknown: string[] = []
  const unready: string[] = []
  const consider = (container: Container): void => {
    const status = statusOf(statuses, container.name)
    if (!status) unknown.push(container.name)
    else if (!status.ready) unready.push(container.name)
  }
  for (const container of pod.spec.initContainers ?? []) if (isSidecar(container)) consider(container)
  for (const container of pod.spec.containers) consider(container)
  if (phase === 'Succeeded' && unknown.length === 0) return draft('ContainersReady', 'False', 'PodCompleted')
  if (phase === 'Failed' && unknown.length === 0) return draft('ContainersReady', 'False', 'PodFailed')
  const messages: string[] = []
  if (unknown.length > 0) messages.push(`containers with unknown status: ${listOf(unknown)}`)
  if (unready.length > 0) messages.push(`containers with unready status: ${listOf(unready)}`)
  return messages.length > 0
    ? draft('ContainersReady', 'False', 'ContainersNotReady', messages.join(', '))
    : draft('ContainersReady', 'True')
}

/** Models status.GeneratePodReadyCondition: containers, then readiness gates. */
export function readyCondition(pod: Pod, containersReady: Draft, conditions: readonly Condition[]): Draft {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' }
  const messages: string[] = []
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = conditions.find(({ type }) => type === conditionType)
    if (!condition) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`)
    else if (condition.status !== 'True')
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`)
  }
  return messages.length > 0 ? draft('Ready', 'False', 'ReadinessGatesNotReady', messages.join(', ')) : draft('Ready', 'True')
}

export const readyToStartCondition = (hasSandbox: boolean): Draft =>
  draft('PodReadyToStartContainers', hasSandbox ? 'True' : 'False')

export const scheduledCondition = (): Draft => draft('PodScheduled', 'True')
