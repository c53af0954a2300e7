import { describe, expect, test } from 'vitest'
import { layoutTraffic } from './traffic-chart.layout.ts'

const point = (second: number, ok: number, failed: number) => ({ at: second * 1000, service: 'default/web', ok, failed, latencyMs: 3 })

describe('layoutTraffic', () => {
  test('without points there are axes and no shapes', () => {
    const chart = layoutTraffic([], 0, 60_000, 600, 120)
    expect(chart.ok).toBe('')
    expect(chart.ticks.length).toBeGreaterThan(1)
  })

  test('the scale holds answered and failed requests together', () => {
    expect(layoutTraffic([point(1, 30, 20)], 0, 60_000, 600, 120).top).toBeGreaterThanOrEqual(50)
  })

  test('points outside the window are left out', () => {
    expect(layoutTraffic([point(1, 900, 0), point(50, 10, 0)], 40_000, 60_000, 600, 120).top).toBeLessThan(100)
  })

  test('failed requests lie on top of the answered ones', () => {
    const { ok, failed } = layoutTraffic([point(0, 10, 5), point(1, 10, 5)], 0, 1000, 100, 100)
    const highest = (path: string): number => Math.min(...[...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y)))
    expect(highest(failed)).toBeLessThan(highest(ok))
  })
})
