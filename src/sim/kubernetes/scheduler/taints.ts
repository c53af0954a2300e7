import type { Taint, Toleration } from '../api/types.ts'

/** Models component-helpers/scheduling ToleratesTaint (v1.35). `Gt` and `Lt` are behind a gate that is off: they tolerate nothing. */
export function tolerates({ key = '', operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return (operator === 'Equal' || (operator as string) === '') && value === (taint.value ?? '')
}

export const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some((toleration) => tolerates(toleration, taint))

const keepsPodsOut = ({ effect }: Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'

/** The first taint, in node order, that keeps the pod out. */
export const findUntoleratedTaint = (taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined =>
  taints.find((taint) => keepsPodsOut(taint) && !isTolerated(taint, tolerations))
