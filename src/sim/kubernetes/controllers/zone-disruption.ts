import type { Millis } from '../../kernel/time.ts'
import type { Node } from '../api/types.ts'

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption'

const UNHEALTHY_PERCENT = 55
const LARGE_ZONE = 50

/** Nodes of one region and zone fail together; nodes without these labels are one zone. Models topology.GetZoneKey. */
export function zoneKey({ metadata: { labels = {} } }: Node): string {
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? ''
  return region === '' && zone === '' ? '' : `${region}:${zone}`
}

/** Models nodelifecycle ComputeZoneState (v1.35): partial needs more than two nodes that are not ready, and 55 %. */
export function zoneState(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption'
  return notReady > 2 && notReady * 100 >= UNHEALTHY_PERCENT * (ready + notReady) ? 'PartialDisruption' : 'Normal'
}

/** How long between two nodes that get a NoExecute taint; undefined: none gets one. */
export function evictionPeriodMs(state: ZoneState, zoneSize: number): Millis | undefined {
  if (state !== 'PartialDisruption') return 10_000
  return zoneSize > LARGE_ZONE ? 100_000 : undefined
}
