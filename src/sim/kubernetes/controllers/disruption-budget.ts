import { parseTime, type Millis } from '../../kernel/time.ts'
import { scaledValue } from '../api/int-or-percent.ts'
import type { LabelSelector, Pod, PodDisruptionBudget } from '../api/types.ts'
import { isPodReady, isPodTerminating } from './pod-state.ts'

/** An evicted pod is given so long to begin to go before the budget counts it again. */
const DELETION_TIMEOUT_MS: Millis = 120_000

export interface Need {
  readonly expectedPods: number
  readonly desiredHealthy: number
}

/** Whether the budget depends on the scale its pods' controllers want, not on how many pods there are. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string'

/** Both kinds of percentage are rounded up. Models pkg/controller/disruption getExpectedPodCount (v1.35). */
export function neededPods({ spec }: PodDisruptionBudget, podCount: number, scale: number): Need {
  if (spec.maxUnavailable !== undefined)
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - (scaledValue(spec.maxUnavailable, scale, 'up') ?? 0)) }
  if (typeof spec.minAvailable === 'string')
    return { expectedPods: scale, desiredHealthy: scaledValue(spec.minAvailable, scale, 'up') ?? 0 }
  if (spec.minAvailable !== undefined) return { expectedPods: podCount, desiredHealthy: spec.minAvailable }
  return { expectedPods: 0, desiredHealthy: 0 }
}

export interface Disrupted {
  /** Pods that were evicted and do not show it yet: name to time. */
  readonly pods: Readonly<Record<string, string>>
  /** Pods that should have begun to go by now. */
  readonly overdue: readonly Pod[]
  /** Unix milliseconds at which the first of them is overdue. */
  readonly recheckAtMs: number | undefined
}

export function disruptedPods(budget: PodDisruptionBudget, pods: readonly Pod[], unixMs: number): Disrupted {
  const kept: Record<string, string> = {}
  const overdue: Pod[] = []
  let recheckAtMs: number | undefined
  for (const pod of pods) {
    const since = budget.status?.disruptedPods?.[pod.metadata.name]
    if (isPodTerminating(pod) || since === undefined) continue
    const due = (parseTime(since) ?? 0) + DELETION_TIMEOUT_MS
    if (due < unixMs) {
      overdue.push(pod)
      continue
    }
    kept[pod.metadata.name] = since
    recheckAtMs = Math.min(recheckAtMs ?? due, due)
  }
  return { pods: kept, overdue, recheckAtMs }
}

export const healthyPods = (pods: readonly Pod[], disrupted: Disrupted): number =>
  pods.filter((pod) => !isPodTerminating(pod) && disrupted.pods[pod.metadata.name] === undefined && isPodReady(pod)).length

/** Nothing may go before the first pods are seen. */
export const disruptionsAllowed = (healthy: number, { expectedPods, desiredHealthy }: Need): number =>
  expectedPods <= 0 ? 0 : Math.max(0, healthy - desiredHealthy)

/** As Go prints a `*metav1.LabelSelector` with `%v`. */
export function goLabelSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`)
    .join('')
  const expressions = matchExpressions
    .map(
      ({ key, operator, values = [] }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
    )
    .join('')
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`
}
