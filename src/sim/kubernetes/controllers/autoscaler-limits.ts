import type { Millis } from '../../kernel/time.ts'

/** `behavior.scaleUp` or `.scaleDown`, defaulted. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled'
  readonly policies?: readonly { readonly type: 'Pods' | 'Percent'; readonly value: number; readonly periodSeconds: number }[]
  readonly tolerance?: string
}

/** What was wanted at some time, before any limit. */
export interface Recommendation {
  readonly at: Millis
  readonly replicas: number
}
/** By how many replicas the target was changed. */
export interface ScaleEvent {
  readonly at: Millis
  readonly change: number
}

export interface AutoscalerMemory {
  readonly recommendations: readonly Recommendation[]
  readonly ups: readonly ScaleEvent[]
  readonly downs: readonly ScaleEvent[]
}

export interface Verdict {
  readonly replicas: number
  readonly reason: string
  readonly message: string
}

const DOWNSCALE_STABILIZATION_MS: Millis = 300_000

const WITHIN = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
const TOO_MANY = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
const TOO_FEW = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
const UP_LIMIT = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
}
const DOWN_LIMIT = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
}
const FOLLOWED = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
const HIGHER = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
}
const LOWER = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
}

interface Wanted {
  readonly now: Millis
  readonly current: number
  readonly desired: number
  readonly min: number
  readonly max: number
}

/** Without `behavior`: the highest recommendation of the last five minutes. */
export function stabilized({ now, desired }: Wanted, recommendations: readonly Recommendation[]): Verdict {
  let replicas = desired
  for (const recent of recommendations)
    if (recent.at >= now - DOWNSCALE_STABILIZATION_MS) replicas = Math.max(replicas, recent.replicas)
  return { replicas, ...(replicas === desired ? FOLLOWED : HIGHER) }
}

/** Without `behavior`: at most twice as many (or four), and within what the autoscaler allows. */
export function limited({ current, desired, min, max }: Wanted): Verdict {
  const upLimit = Math.max(2 * current, 4)
  const most = Math.min(max, upLimit)
  if (desired < min) return { replicas: min, ...TOO_FEW }
  if (desired > most) return { replicas: most, ...(max > upLimit ? UP_LIMIT : TOO_MANY) }
  return { replicas: desired, ...WITHIN }
}

const windowMs = ({ stabilizationWindowSeconds }: ScalingRules, fallbackMs: Millis): Millis =>
  stabilizationWindowSeconds === undefined ? fallbackMs : stabilizationWindowSeconds * 1000

/** With `behavior`: up by the lowest, down by the highest recommendation of the direction's window. */
export function stabilizedByRules(
  { now, current, desired }: Wanted,
  recommendations: readonly Recommendation[],
  up: ScalingRules,
  down: ScalingRules,
): Verdict {
  const upCutoff = now - windowMs(up, 0)
  const downCutoff = now - windowMs(down, DOWNSCALE_STABILIZATION_MS)
  let least = desired
  let most = desired
  for (const recent of recommendations) {
    if (recent.at > upCutoff) least = Math.min(least, recent.replicas)
    if (recent.at > downCutoff) most = Math.max(most, recent.replicas)
  }
  const replicas = Math.min(Math.max(current, least), most)
  return { replicas, ...(replicas === desired ? FOLLOWED : desired >= current ? LOWER : HIGHER) }
}

function changeWithin(periodSeconds: number, events: readonly ScaleEvent[], now: Millis): number {
  let sum = 0
  for (const { at, change } of events) if (at > now - periodSeconds * 1000) sum += change
  return sum
}

/** The replica count that a direction's policies allow; the percentage is worked out in float64, as upstream. */
function policyLimit(direction: 'up' | 'down', { now, current }: Wanted, rules: ScalingRules, memory: AutoscalerMemory): number {
  if (rules.selectPolicy === 'Disabled') return current
  const proposals = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
    const added = changeWithin(periodSeconds, memory.ups, now)
    const removed = changeWithin(periodSeconds, memory.downs, now)
    const before = current - added + removed
    if (direction === 'up') return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100))
    return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100))
  })
  const wantsMost = (rules.selectPolicy !== 'Min') === (direction === 'up')
  return proposals.reduce((a, b) => (wantsMost ? Math.max(a, b) : Math.min(a, b)))
}

/** With `behavior`: no faster than the policies of the direction allow. */
export function limitedByRules(wanted: Wanted, up: ScalingRules, down: ScalingRules, memory: AutoscalerMemory): Verdict {
  const { current, desired, min, max } = wanted
  if (desired > current) {
    const upLimit = Math.max(policyLimit('up', wanted, up, memory), current)
    const most = Math.min(max, upLimit)
    if (desired > most) return { replicas: most, ...(max > upLimit ? UP_LIMIT : TOO_MANY) }
  } else if (desired < current) {
    const downLimit = Math.min(policyLimit('down', wanted, down, memory), current)
    const least = Math.max(min, downLimit)
    if (desired < least) return { replicas: least, ...(min < downLimit ? DOWN_LIMIT : TOO_FEW) }
  }
  return { replicas: desired, ...WITHIN }
}

const longestPeriodMs = ({ policies = [] }: ScalingRules): Millis =>
  policies.reduce((longest, { periodSeconds }) => Math.max(longest, periodSeconds * 1000), 0)

/** Remembers a recommendation; what no window can reach any more is forgotten. */
export function withRecommendation(
  memory: AutoscalerMemory,
  replicas: number,
  now: Millis,
  up: ScalingRules = {},
  down: ScalingRules = {},
): AutoscalerMemory {
  const cutoff = now - Math.max(windowMs(up, 0), windowMs(down, DOWNSCALE_STABILIZATION_MS))
  return { ...memory, recommendations: [...memory.recommendations.filter(({ at }) => at >= cutoff), { at: now, replicas }] }
}

/** Remembers that the target was scaled, for the policies of the direction. */
export function withScaleEvent(
  memory: AutoscalerMemory,
  change: number,
  now: Millis,
  up: ScalingRules,
  down: ScalingRules,
): AutoscalerMemory {
  const field = change > 0 ? 'ups' : 'downs'
  const cutoff = now - Math.max(longestPeriodMs(up), longestPeriodMs(down))
  return { ...memory, [field]: [...memory[field].filter(({ at }) => at >= cutoff), { at: now, change: Math.abs(change) }] }
}
