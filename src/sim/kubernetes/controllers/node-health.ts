import { formatTime, parseTime, type Millis } from '../../kernel/time.ts'
import type { Condition, Lease, Node } from '../api/types.ts'

export const MONITOR_PERIOD_MS: Millis = 5_000
const GRACE_MS: Millis = 50_000
const STARTUP_GRACE_MS: Millis = 60_000

/** What the controller remembers of a node. Plain data. */
export interface NodeHealth {
  /** Simulated time of the last sign of life, by the controller's own clock. */
  readonly probeAt: Millis
  /** `lastHeartbeatTime` of the Ready condition when it was last looked at; undefined: no condition. */
  readonly heartbeat: string | undefined
  /** Unix milliseconds of the Lease's last renewal seen. */
  readonly renewedMs: number
  /** Status of the Ready condition at the last look. */
  readonly ready: string | undefined
}

export const readyCondition = (node: Node): Condition | undefined => node.status?.conditions?.find(({ type }) => type === 'Ready')

/** Whether the node has given a sign of life since the last look, and when it last did. Models tryUpdateNodeHealth (v1.35), first half. */
export function observeNode(
  before: NodeHealth | undefined,
  node: Node,
  lease: Lease | undefined,
  now: Millis,
  unixMs: number,
): NodeHealth {
  const ready = readyCondition(node)
  const heartbeat = ready && (ready.lastHeartbeatTime ?? '')
  const renewedMs = parseTime(lease?.spec?.renewTime) ?? 0
  const createdAt = now - (unixMs - (parseTime(node.metadata.creationTimestamp) ?? unixMs))
  let probeAt: Millis
  if (!before) probeAt = ready ? now : createdAt
  else probeAt = before.heartbeat === heartbeat ? before.probeAt : now
  if (renewedMs > (before?.renewedMs ?? 0)) probeAt = now
  return { probeAt, heartbeat, renewedMs: Math.max(renewedMs, before?.renewedMs ?? 0), ready: ready?.status }
}

/** Upstream asks for later than, but its passes drift by the time they take, so the tenth one after the last sign of life finds it so. */
export const isSilent = (health: NodeHealth, now: Millis): boolean =>
  now >= health.probeAt + (health.heartbeat === undefined ? STARTUP_GRACE_MS : GRACE_MS)

/** NetworkUnavailable is not the kubelet's to report. */
const LOST_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The conditions of a node that nobody hears of; undefined when its Ready condition says so already. */
export function lostConditions(node: Node, unixMs: number): readonly Condition[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])]
  const lastTransitionTime = formatTime(unixMs)
  for (const type of LOST_CONDITIONS) {
    const index = conditions.findIndex((condition) => condition.type === type)
    const known = conditions[index]
    if (!known)
      conditions.push({
        type,
        status: 'Unknown',
        lastHeartbeatTime: node.metadata.creationTimestamp ?? lastTransitionTime,
        lastTransitionTime,
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
      })
    else if (known.status !== 'Unknown')
      conditions[index] = {
        ...known,
        status: 'Unknown',
        lastTransitionTime,
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      }
  }
  return readyCondition(node)?.status === 'Unknown' ? undefined : conditions
}
