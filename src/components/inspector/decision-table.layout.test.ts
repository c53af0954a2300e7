import { describe, expect, test } from 'vitest'
import type { DecisionView } from '../../engine/protocol.ts'
import { heatOf, rowsOf, shortPlugin } from './decision-table.layout.ts'

const node = (name: string, total: number | undefined, status: DecisionView['nodes'][number]['status'] = 'Success') => ({ name, status, rejectedBy: undefined, reasons: [], scores: {}, total })

describe('decision table', () => {
  test('the best node comes first, the chosen one before those it tied with, refused ones last', () => {
    const decision: DecisionView = {
      pod: 'default/p',
      at: 0,
      attempt: 1,
      schedulerName: 'default-scheduler',
      release: '1.35',
      node: 'c',
      message: '',
      plugins: [],
      nodes: [node('x', undefined, 'Unschedulable'), node('a', 400), node('b', 600), node('c', 600)],
      tied: ['b', 'c'],
      preemption: undefined,
    }
    expect(rowsOf(decision).map(({ name }) => name)).toEqual(['c', 'b', 'a', 'x'])
  })

  test.each([
    { weighted: 0, weight: 3, heat: 0 },
    { weighted: 1, weight: 3, heat: 1 },
    { weighted: 300, weight: 3, heat: 4 },
    { weighted: 50, weight: 1, heat: 2 },
  ])('$weighted of a plugin of weight $weight has heat $heat', ({ weighted, weight, heat }) => {
    expect(heatOf(weighted, weight)).toBe(heat)
  })

  test('long names of unknown plugins are cut', () => {
    expect(shortPlugin('MyOwnPlugin')).toBe('MyOwnP.')
    expect(shortPlugin('NodeResourcesFit')).toBe('Fit')
  })
})
