import { describe, expect, it } from 'vitest'
import { flowWidth, ROW_HEIGHT, thinned, wiresOf } from './service-lane.layout.ts'

describe('lines of a Service', () => {
  it('each backend has a line that ends in the middle of its row', () => {
    expect(wiresOf(3, 300).map(({ curve }) => curve.to.y)).toEqual([0.5, 1.5, 2.5].map((row) => row * ROW_HEIGHT))
  })

  it('a Service without backends has no line', () => {
    expect(wiresOf(0, 300)).toEqual([])
  })

  it('a lone failure among many dots is kept', () => {
    const dots = Array.from({ length: 40 }, (_, index) => ({ ok: index !== 7 }))
    const kept = thinned(dots, 5)
    expect(kept).toHaveLength(5)
    expect(kept.some(({ ok }) => !ok)).toBe(true)
  })

  it('a flow grows with its rate, and not without end', () => {
    expect(flowWidth(100)).toBeGreaterThan(flowWidth(10))
    expect(flowWidth(1e9)).toBe(7)
  })
})
