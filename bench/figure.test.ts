import { describe, expect, test } from 'vitest'
import { percentile, table } from './figure.ts'

describe('table', () => {
  const profile = ['Layout 5.0 ms']
  test.each([
    { name: 'what is reached shows no profile', figure: { value: 8, isMost: true, profile }, want: ['✓'] },
    {
      name: 'what is missed shows where the time went',
      figure: { value: 8.1, isMost: true, profile },
      want: ['✗', '    | Layout 5.0 ms'],
    },
    { name: 'more than at least is reached', figure: { value: 9, profile }, want: ['✓'] },
    { name: 'a note stands below, reached or not', figure: { value: 9, note: 'a note' }, want: ['✓', '    a note'] },
  ])('$name', ({ figure, want }) => {
    const [first = '', ...rest] = table([{ name: 'a', unit: 'ms', target: 8, ...figure }])
      .trimEnd()
      .split('\n')
    expect([first.slice(0, 1), ...rest]).toEqual(want)
  })
})

test.each([
  { name: 'the largest of few', values: [3, 1, 2], share: 0.95, want: 3 },
  { name: 'the middle', values: [5, 1, 3], share: 0.5, want: 3 },
  { name: 'nothing was measured', values: [], share: 0.5, want: 0 },
])('percentile: $name', ({ values, share, want }) => {
  expect(percentile(values, share)).toBe(want)
})
