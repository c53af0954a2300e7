import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIndexes, printIndexes } from './index-set.ts'

test.each([
  { indexes: [], text: '' },
  { indexes: [3], text: '3' },
  { indexes: [0, 1], text: '0,1' },
  { indexes: [2, 0, 1], text: '0-2' },
  { indexes: [0, 1, 2, 4, 6, 7, 9, 10, 11], text: '0-2,4,6,7,9-11' },
])('$indexes is written $text', ({ indexes, text }) => {
  expect(printIndexes(indexes)).toBe(text)
})

test('what is written can be read, and indexes out of range are left out', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), fc.integer({ min: 1, max: 70 }), (indexes, below) => {
      const read = [...parseIndexes(printIndexes(indexes), below)].toSorted((a, b) => a - b)
      expect(read).toEqual(indexes.filter((index) => index < below).toSorted((a, b) => a - b))
    }),
  )
})
