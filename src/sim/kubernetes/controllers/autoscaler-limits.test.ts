import { describe, expect, test } from 'vitest'
import { limited, limitedByRules, type ScalingRules, stabilized, stabilizedByRules } from './autoscaler-limits.ts'

const wanted = (current: number, desired: number, min = 1, max = 10) => ({ now: 1_000_000, current, desired, min, max })
const memory = { recommendations: [], ups: [], downs: [] }

describe('an autoscaler without behavior', () => {
  test.each([
    { name: 'may double', current: 3, desired: 9, replicas: 6, reason: 'ScaleUpLimit' },
    { name: 'may always reach four', current: 1, desired: 9, replicas: 4, reason: 'ScaleUpLimit' },
    { name: 'does not exceed its maximum', current: 8, desired: 20, replicas: 10, reason: 'TooManyReplicas' },
    { name: 'does not fall below its minimum', current: 3, desired: 0, replicas: 1, reason: 'TooFewReplicas' },
    { name: 'follows otherwise', current: 3, desired: 5, replicas: 5, reason: 'DesiredWithinRange' },
  ])('$name', ({ current, desired, replicas, reason }) => {
    expect(limited(wanted(current, desired))).toMatchObject({ replicas, reason })
  })

  test.each([
    { name: 'five minutes ago still counts', at: 700_000, replicas: 7, reason: 'ScaleDownStabilized' },
    { name: 'before that does not', at: 699_999, replicas: 2, reason: 'ReadyForNewScale' },
  ])('the highest recommendation holds a decrease back: $name', ({ at, replicas, reason }) => {
    expect(stabilized(wanted(7, 2), [{ at, replicas: 7 }])).toMatchObject({ replicas, reason })
  })
})

describe('an autoscaler with behavior', () => {
  const pods = (value: number): ScalingRules => ({ policies: [{ type: 'Pods', value, periodSeconds: 15 }] })
  const percent = (value: number): ScalingRules => ({ policies: [{ type: 'Percent', value, periodSeconds: 15 }] })
  test.each([
    { name: 'one Pod a period', up: pods(1), down: {}, current: 2, desired: 8, replicas: 3, reason: 'ScaleUpLimit' },
    { name: 'half of them a period', up: {}, down: percent(50), current: 8, desired: 1, replicas: 4, reason: 'ScaleDownLimit' },
    {
      name: 'never down',
      up: {},
      down: { selectPolicy: 'Disabled' as const },
      current: 4,
      desired: 1,
      replicas: 4,
      reason: 'ScaleDownLimit',
    },
    { name: 'not below the minimum', up: {}, down: percent(100), current: 4, desired: 0, replicas: 1, reason: 'TooFewReplicas' },
  ])('$name', ({ up, down, current, desired, replicas, reason }) => {
    expect(limitedByRules(wanted(current, desired), up, down, memory)).toMatchObject({ replicas, reason })
  })

  test('what was added within the period counts against it', () => {
    const added = { ...memory, ups: [{ at: 990_000, change: 1 }] }
    expect(limitedByRules(wanted(3, 8), pods(1), {}, added).replicas).toBe(3)
    expect(limitedByRules({ ...wanted(3, 8), now: 1_005_000 }, pods(1), {}, added).replicas).toBe(4)
  })

  test('up by the lowest recommendation of the window', () => {
    const recent = [{ at: 990_000, replicas: 3 }]
    expect(stabilizedByRules(wanted(2, 8), recent, { stabilizationWindowSeconds: 30 }, {}).replicas).toBe(3)
    expect(stabilizedByRules(wanted(2, 8), recent, { stabilizationWindowSeconds: 0 }, {}).replicas).toBe(8)
  })
})
