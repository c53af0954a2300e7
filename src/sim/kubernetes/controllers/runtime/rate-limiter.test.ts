import { describe, expect, test } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'

describe('a rate limit of 20 a second, burst 2', () => {
  test.each([
    { name: 'a burst passes at once, what follows comes every 50 ms', asks: [0, 0, 0, 0, 0], turns: [0, 0, 50, 100, 150] },
    { name: 'a pause fills the burst again, and no more than it', asks: [0, 0, 10_000, 10_000, 10_000], turns: [0, 0, 10_000, 10_000, 10_050] },
    { name: 'part of an interval counts', asks: [0, 0, 30, 130], turns: [0, 0, 50, 130] },
    { name: 'turns that are taken but have not come count', asks: [0, 0, 0, 0, 75], turns: [0, 0, 50, 100, 150] },
    { name: 'who asks for a moment that has passed gets the next turn', asks: [40, 40, 0], turns: [40, 40, 50] },
    { name: 'nobody waits while a cluster comes up, and nothing is used', asks: [-9, -9, -9, -1, 0, 0, 0], turns: [-9, -9, -9, -1, 0, 0, 50] },
  ])('$name', ({ asks, turns }) => {
    const limiter = new RateLimiter({ qps: 20, burst: 2 })
    expect(asks.map((now) => limiter.reserve(now))).toEqual(turns)
  })

  test('a turn that is given back is there for the next', () => {
    const limiter = new RateLimiter({ qps: 20, burst: 1 })
    limiter.reserve(0)
    limiter.giveBack()
    expect(limiter.waitMs(0)).toBe(0)
    expect([limiter.reserve(0), limiter.reserve(0)]).toEqual([0, 50])
  })

  test('a snapshot holds the turns that are taken', () => {
    const limiter = new RateLimiter({ qps: 20, burst: 1 })
    for (let i = 0; i < 3; i++) limiter.reserve(0)
    const again = new RateLimiter({ qps: 20, burst: 1 })
    again.restore(limiter.snapshot())
    expect(again.reserve(0)).toBe(limiter.reserve(0))
  })
})
