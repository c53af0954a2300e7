import { type Millis, parseTime } from '../../kernel/time.ts'
import type { Condition, Pod } from '../api/types.ts'

/** Its containers have ended for good. */
export const isPodFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Asked to end. */
export const isPodTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined

/** Neither ended nor asked to end. Models controller.IsPodActive. */
export const isPodActive = (pod: Pod): boolean => !isPodFinished(pod) && !isPodTerminating(pod)

export const podCondition = (pod: Pod, type: string): Condition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type)

export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True'

/** Unix milliseconds since which the Pod is ready; undefined when it is not. */
export const readySince = (pod: Pod): number | undefined => {
  const ready = podCondition(pod, 'Ready')
  return ready?.status === 'True' ? parseTime(ready.lastTransitionTime) : undefined
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, unixMs: number): boolean {
  if (!isPodReady(pod)) return false
  if (minReadySeconds === 0) return true
  const since = readySince(pod)
  return since !== undefined && since + minReadySeconds * 1000 <= unixMs
}

/** How long until the first of these Pods becomes available; undefined when none is on its way. */
export function untilNextAvailable(pods: readonly Pod[], minReadySeconds: number, unixMs: number): Millis | undefined {
  let next: Millis | undefined
  for (const pod of pods) {
    const since = readySince(pod)
    if (since === undefined) continue
    const wait = since + minReadySeconds * 1000 - unixMs
    if (wait > 0 && (next === undefined || wait < next)) next = wait
  }
  return next
}
