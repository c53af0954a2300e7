import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../../api/types.ts'
import { SmallWorld } from '../testing/small-world.ts'
import { type Controller, DONE } from './controller.ts'

/** Looks at each ConfigMap for as long as it says, cut in two. */
function sleepy(workers: number, log: string[]): Controller {
  const sleepMs = (data: unknown): number => Number((data as { ms?: string } | undefined)?.ms ?? 0)
  let from = 0
  return {
    name: 'sleepy',
    workers,
    watches: {
      configmaps: ({ type, object }, { enqueue }) => {
        if (type !== 'DELETED' && object.metadata.name.startsWith('m-')) enqueue(object.metadata.name)
      },
    },
    reconcile({ cache, now }, key) {
      from ||= now
      log.push(`${key} begins at ${now - from}`)
      return { rest: key, afterMs: sleepMs(cache.get('configmaps', 'default', key)?.['data']) }
    },
    resume({ now }, key, rest) {
      expect(rest).toBe(key)
      log.push(`${key} ends at ${now - from}`)
      return DONE
    },
  }
}

const map = (name: string, ms: number): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { ms: String(ms) },
})

describe('the workers of a controller', () => {
  test.each([
    {
      name: 'one looks at one key after the other',
      workers: 1,
      want: ['m-a begins at 0', 'm-a ends at 100', 'm-b begins at 100', 'm-b ends at 300', 'm-c begins at 300', 'm-c ends at 310'],
    },
    {
      name: 'two look at two; who is free first takes the third',
      workers: 2,
      want: ['m-a begins at 0', 'm-b begins at 0', 'm-a ends at 100', 'm-c begins at 100', 'm-c ends at 110', 'm-b ends at 200'],
    },
  ])('$name', ({ workers, want }) => {
    const log: string[] = []
    const world = new SmallWorld({ controllers: [sleepy(workers, log)] })
    world.pass(3000)
    for (const [name, ms] of [['m-a', 100], ['m-b', 200], ['m-c', 10]] as const) world.create('configmaps', map(name, ms))
    world.pass(1000)
    // A look itself takes a little, too.
    expect(log.map((line) => line.replace(/\d+$/, (ms) => String(Math.round(Number(ms) / 10) * 10)))).toEqual(want)
  })

  test('never look at one key at once: what wakes it in the meantime comes after', () => {
    const log: string[] = []
    const world = new SmallWorld({ controllers: [sleepy(5, log)] })
    world.pass(3000)
    world.create('configmaps', map('m-a', 100))
    world.pass(50)
    world.api.update('configmaps', 'default', 'm-a', { ...(world.get('configmaps', 'm-a') as AnyObject), data: { ms: '20' } })
    world.pass(1000)
    expect(log.map((line) => line.replace(/ at \d+$/, ''))).toEqual(['m-a begins', 'm-a ends', 'm-a begins', 'm-a ends'])
  })
})
