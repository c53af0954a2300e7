import type { Millis } from '../../kernel/time.ts'
import type { Taint, Toleration } from '../api/types.ts'
import { tolerates } from '../scheduler/taints.ts'

/**
 * How long a pod may stay on a node with these NoExecute taints: 0 if one of them is not tolerated, undefined for ever. For each taint
 * the first toleration in the pod's list that matches counts; over the taints, the shortest.
 * Models taint_eviction.go getMinTolerationTime and GetMatchingTolerations (v1.35).
 */
export function tolerationTime(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): { readonly tolerated: boolean; readonly forMs: Millis | undefined } {
  let forMs: Millis | undefined
  for (const taint of taints) {
    const toleration = tolerations.find((candidate) => tolerates(candidate, taint))
    if (!toleration) return { tolerated: false, forMs: 0 }
    const { tolerationSeconds } = toleration
    if (tolerationSeconds === undefined) continue
    forMs = Math.min(forMs ?? Number.MAX_SAFE_INTEGER, Math.max(0, tolerationSeconds) * 1000)
  }
  return { tolerated: true, forMs }
}
