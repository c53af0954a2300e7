import { describe, expect, test } from 'vitest'
import { SharedMap } from './shared-map.ts'

const entries = (from: number, to: number): (readonly [string, number])[] =>
  Array.from({ length: to - from }, (_, index) => [`key-${from + index}`, from + index])
const numbers = (map: SharedMap<number>): number[] => [...map.values()].sort((a, b) => a - b)

describe('SharedMap', () => {
  const thousand = SharedMap.empty<number>().with(entries(0, 1000), [])

  test.each([
    { name: 'nothing', changed: [], removed: [], size: 1000, of: ['key-5', 5] },
    { name: 'one more', changed: [['more', 7]], removed: [], size: 1001, of: ['more', 7] },
    { name: 'another value', changed: [['key-5', -5]], removed: [], size: 1000, of: ['key-5', -5] },
    { name: 'one less', changed: [], removed: ['key-5'], size: 999, of: ['key-5', undefined] },
    { name: 'one that is not there is taken away', changed: [], removed: ['nobody'], size: 1000, of: ['nobody', undefined] },
    { name: 'taken away and come again', changed: [['key-5', 8]], removed: ['key-5'], size: 1000, of: ['key-5', 8] },
  ] as const)('$name', ({ changed, removed, size, of: [key, value] }) => {
    const next = thousand.with(changed, removed)
    expect([next.size, [...next.values()].length, next.get(key)]).toEqual([size, size, value])
  })

  test('the version before stays as it was', () => {
    thousand.with(entries(500, 1500), ['key-1', 'key-2'])
    expect(numbers(thousand)).toEqual(entries(0, 1000).map(([, value]) => value))
  })
})
