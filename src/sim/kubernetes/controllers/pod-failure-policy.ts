import type { ContainerStatus, Pod } from '../api/types.ts'
import type { Job, PodFailurePolicyRule } from './job-types.ts'

export interface FailureVerdict {
  /** Whether the failure counts against the back-off limit. */
  readonly counts: boolean
  readonly action?: PodFailurePolicyRule['action']
  /** Why the whole Job fails. */
  readonly failsJob?: string
}

function matchingContainer(
  pod: Pod,
  { containerName, operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
): ContainerStatus | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return statuses.find(({ name, state }) => {
    if (containerName !== undefined && containerName !== name) return false
    const code = state?.terminated?.exitCode
    return code !== undefined && code !== 0 && values.includes(code) === (operator === 'In')
  })
}

/** What the first matching rule says about a failed pod. Models pkg/controller/job/pod_failure_policy.go (v1.35). */
export function judgeFailure({ spec }: Job, pod: Pod): FailureVerdict {
  const { namespace, name } = pod.metadata
  for (const [index, { action, onExitCodes, onPodConditions }] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    let why: string | undefined
    if (onExitCodes) {
      const container = matchingContainer(pod, onExitCodes)
      if (container)
        why = `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${container.state!.terminated!.exitCode}`
    } else {
      const match = pod.status?.conditions?.find(({ type, status }) =>
        onPodConditions?.some((pattern) => pattern.type === type && (pattern.status ?? 'True') === status),
      )
      if (match) why = `Pod ${namespace}/${name} has condition ${match.type}`
    }
    if (why === undefined) continue
    if (action === 'FailJob') return { counts: true, action, failsJob: `${why} matching ${action} rule at index ${index}` }
    return { counts: action !== 'Ignore', action }
  }
  return { counts: true }
}
