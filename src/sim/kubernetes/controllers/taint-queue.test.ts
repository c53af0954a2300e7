import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addNode, forgetNode, newTaintQueue, removeNode, setPeriod, takeTurn } from './taint-queue.ts'
import { evictionPeriodMs, zoneState } from './zone-disruption.ts'

test('turns are at least a period apart, in the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 8 }), (gaps) => {
      const queue = newTaintQueue(10_000, 0)
      const served: [number, string][] = []
      let now = 0
      gaps.forEach((_, index) => addNode(queue, `n${index}`))
      for (let i = 0; i < 100; i++) {
        now += gaps[i % gaps.length]! + 1
        const node = takeTurn(queue, now)
        if (node === undefined) continue
        served.push([now, node])
        queue.waiting = queue.waiting.slice(1)
      }
      expect(served.map(([, node]) => node)).toEqual(served.map((_, index) => `n${index}`))
      const apart = served.slice(1).map(([at], index) => at - served[index]![0])
      expect(apart.every((ms) => ms >= 10_000)).toBe(true)
    }),
  )
})

test('a node that was served is not added again before it is forgotten', () => {
  const queue = newTaintQueue(10_000, 0)
  expect(addNode(queue, 'a')).toBe(true)
  queue.waiting = []
  expect(addNode(queue, 'a')).toBe(false)
  forgetNode(queue, 'a')
  expect(addNode(queue, 'a')).toBe(true)
  removeNode(queue, 'a')
  expect(queue.waiting).toEqual([])
})

test('who comes out of a time without turns waits a full period', () => {
  const queue = newTaintQueue(10_000, 0)
  addNode(queue, 'a')
  setPeriod(queue, undefined, 0)
  expect(takeTurn(queue, 1_000_000)).toBeUndefined()
  setPeriod(queue, 10_000, 50_000)
  expect(takeTurn(queue, 59_999)).toBeUndefined()
  expect(takeTurn(queue, 60_000)).toBe('a')
})

test.each([
  { ready: 1, notReady: 2, state: 'Normal' },
  { ready: 2, notReady: 3, state: 'PartialDisruption' },
  { ready: 3, notReady: 3, state: 'Normal' },
  { ready: 0, notReady: 1, state: 'FullDisruption' },
  { ready: 0, notReady: 0, state: 'Normal' },
])('$ready ready and $notReady not: $state', ({ ready, notReady, state }) => {
  expect(zoneState(ready, notReady)).toBe(state)
})

test('a partly disrupted zone is drained slowly if it is large, and not at all otherwise', () => {
  expect([
    evictionPeriodMs('PartialDisruption', 51),
    evictionPeriodMs('PartialDisruption', 50),
    evictionPeriodMs('FullDisruption', 3),
  ]).toEqual([100_000, undefined, 10_000])
})
