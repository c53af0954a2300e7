import { expect, test } from 'vitest'
import { topFunctions } from './cpu-profile.ts'

const node = (id: number, functionName: string, url = '') => ({
  id,
  callFrame: { functionName, url, lineNumber: 0, columnNumber: 7 },
})

test('functions by their own share of all that was not waiting', () => {
  const nodes = [
    node(1, '(idle)'),
    node(2, 'draw', 'http://host/app.js'),
    node(3, '', 'http://host/app.js'),
    node(4, '(program)'),
  ]
  expect(topFunctions({ nodes, samples: [1, 2, 3, 2, 4], timeDeltas: [1000, 30, 20, 30, 20] }, 3)).toEqual([
    ['draw app.js:7', 0.6],
    ['(anonymous) app.js:7', 0.2],
    ['(program)', 0.2],
  ])
})
