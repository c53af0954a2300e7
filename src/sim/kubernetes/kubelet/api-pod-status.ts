import type { Sandbox } from '../../infrastructure/container-runtime.ts'
import type { Condition, Pod, PodStatus } from '../api/types.ts'
import {
  containersReadyCondition,
  initializedCondition,
  isKubeletCondition,
  readyCondition,
  readyToStartCondition,
  scheduledCondition,
} from './pod-conditions.ts'
import { phaseOf } from './pod-phase.ts'
import type { StartFailure } from './pod-status.ts'
import { isTerminalPhase } from './status-manager.ts'

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

export interface PodStatusInputs {
  readonly pod: Pod
  /** As the API has it. */
  readonly current: PodStatus
  /** As the kubelet last worked it out. */
  readonly previous: PodStatus
  /** Container statuses, `ready` and `started` filled in. */
  readonly containers: Pick<PodStatus, 'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses'>
  /** The newest. */
  readonly sandbox: Sandbox | undefined
  readonly hostAddress: string
  readonly resizeConditions: readonly Draft[]
  /** Nothing will be started again. */
  readonly isTerminal: boolean
  /** The kubelet itself declares the Pod failed. */
  readonly failure: StartFailure | undefined
}

/** The status of a Pod from all that the kubelet knows. Pure. Models generateAPIPodStatus (v1.35). */
export function composePodStatus(inputs: PodStatusInputs): PodStatus {
  const { pod, current, previous, containers, sandbox, hostAddress, failure } = inputs
  const statuses = [...(containers.initContainerStatuses ?? []), ...(containers.containerStatuses ?? [])]
  let phase = phaseOf(pod, statuses, inputs.isTerminal)
  // Nobody leaves a terminal phase.
  if (!isTerminalPhase(phase)) {
    if (isTerminalPhase(previous.phase)) phase = previous.phase!
    else if (isTerminalPhase(current.phase)) phase = current.phase!
  }
  let { reason, message }: Pick<PodStatus, 'reason' | 'message'> = phase === previous.phase ? previous : {}
  if (failure) {
    phase = 'Failed'
    ;({ reason, message } = failure)
  }
  const generation = pod.metadata.generation
  const stamp = (condition: Draft): Condition => ({
    ...condition,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  })
  const foreign = (current.conditions ?? []).filter(({ type }) => !isKubeletCondition(type))
  // What an eviction or a shutdown said once is not worked out again.
  const disruption = previous.conditions?.find(({ type }) => type === 'DisruptionTarget')
  if (disruption && !foreign.some(({ type }) => type === 'DisruptionTarget')) foreign.push(disruption)
  const containersReady = containersReadyCondition(pod, statuses, phase)
  const ip = sandbox?.isReady ? (sandbox.hostNetwork ? hostAddress : sandbox.ip) : ''
  const address = ip || previous.podIP || (pod.spec.hostNetwork ? hostAddress : '')
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...containers,
    phase,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    conditions: [
      ...foreign,
      ...inputs.resizeConditions.map(stamp),
      stamp(readyToStartCondition(ip !== '')),
      stamp(initializedCondition(pod, statuses, phase)),
      stamp(readyCondition(pod, containersReady, foreign)),
      stamp(containersReady),
      stamp(scheduledCondition()),
    ],
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(address ? { podIP: address, podIPs: [{ ip: address }] } : {}),
    ...(current.qosClass ? { qosClass: current.qosClass } : {}),
    ...(previous.startTime ? { startTime: previous.startTime } : {}),
  }
}
