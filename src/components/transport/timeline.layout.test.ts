import { describe, expect, it } from 'vitest'
import type { BranchView, TimelineMark } from '../../engine/protocol.ts'
import { extentOf, labelWidth, placeBranches, placeMarks, timeAt, xOf } from './timeline.layout.ts'

const mark = (id: string, at: number, type: TimelineMark['type'] = 'command', label = id): TimelineMark => ({
  id,
  at,
  type,
  label,
})
const branch = (id: string, forkedAt: number, end: number): BranchView => ({ id, label: id, parent: 'A', forkedAt, end })

describe('the track of time', () => {
  it.each([
    ['a minute at least', 0, 60_000],
    ['room is left after the end', 59_900, 120_000],
    ['ten minutes', 500_000, 600_000],
    ['whole hours after that', 4_000_000, 7_200_000],
  ])('%s', (_name, end, extent) => {
    expect(extentOf(end)).toBe(extent)
  })

  it('a place on the track and its time are each other’s inverse', () => {
    expect(timeAt(xOf(42_000, 60_000, 500), 60_000, 500)).toBeCloseTo(42_000, 6)
    expect(timeAt(-20, 60_000, 500)).toBe(0)
    expect(timeAt(900, 60_000, 500)).toBe(60_000)
  })

  it('of two labels that would cover each other the fault’s is shown', () => {
    const placed = placeMarks([mark('apply', 10_000), mark('node-2 off', 10_600, 'fault')], 60_000, 600)
    expect(placed.map(({ mark: { id }, label }) => [id, label !== undefined])).toEqual([
      ['apply', false],
      ['node-2 off', true],
    ])
  })

  it('marks at one place are one tick that counts them', () => {
    expect(placeMarks([mark('a', 1000), mark('b', 1001), mark('c', 1002, 'fault')], 60_000, 600)).toMatchObject([
      { count: 3, mark: { id: 'c' } },
    ])
  })

  it('labels stay on the track', () => {
    for (const { label } of placeMarks([mark('first of all', 0), mark('last of all', 60_000)], 60_000, 400)) {
      expect(label?.x).toBeGreaterThanOrEqual(0)
      expect((label?.x ?? 0) + (label?.width ?? 0)).toBeLessThanOrEqual(400)
    }
  })

  it('Korean letters are wider', () => {
    expect(labelWidth('전원 꺼짐')).toBeGreaterThan(labelWidth('power'))
  })

  it('branches that would meet stand in lanes of their own', () => {
    const placed = placeBranches(
      [
        { id: 'A', label: 'A', parent: undefined, forkedAt: 0, end: 60_000 },
        branch('B', 10_000, 30_000),
        branch('C', 20_000, 40_000),
        branch('D', 50_000, 55_000),
      ],
      60_000,
      600,
      3,
    )
    expect(placed.map(({ branch: { id }, lane }) => [id, lane])).toEqual([
      ['B', 0],
      ['C', 1],
      ['D', 0],
    ])
  })
})
