import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pod } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'
import { tolerationTime } from './toleration-time.ts'

const taint = (world: SmallWorld, node: string, ...keys: readonly string[]): void => {
  const taints = keys.map((key) => ({ key, value: '1', effect: 'NoExecute' }))
  world.api.patch('nodes', '', node, { type: 'merge', body: { spec: { taints: taints.length > 0 ? taints : null } } })
}
const tolerate = (key: string, seconds?: number) => ({
  key,
  operator: 'Exists' as const,
  effect: 'NoExecute' as const,
  ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
})
const isGoing = (world: SmallWorld, name: string): boolean =>
  world.get<Pod>('pods', name)?.metadata.deletionTimestamp !== undefined

describe('taint eviction', () => {
  test('a pod goes at once, after its toleration, or never', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.addPod('none', { node: 'n1' })
    world.addPod('five', { node: 'n1', tolerations: [tolerate('a', 5)] })
    world.addPod('forever', { node: 'n1', tolerations: [tolerate('a')] })
    world.pass(1000)
    taint(world, 'n1', 'a')
    world.pass(200)
    expect(['none', 'five', 'forever'].map((name) => isGoing(world, name))).toEqual([true, false, false])
    world.pass(4500)
    expect(isGoing(world, 'five')).toBe(false)
    world.pass(600)
    expect(['none', 'five', 'forever'].map((name) => isGoing(world, name))).toEqual([true, true, false])
    expect(world.events('Pod', 'five')).toEqual(['TaintManagerEviction: Marking for deletion Pod default/five'])
  })

  test('a second taint with a shorter toleration does not shorten the clock; one that is not tolerated ends it', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.addPod('p', { node: 'n1', tolerations: [tolerate('a', 20), tolerate('b', 5)] })
    world.addPod('q', { node: 'n1', tolerations: [tolerate('a', 12)] })
    world.pass(1000)
    taint(world, 'n1', 'a')
    world.pass(3000)
    taint(world, 'n1', 'a', 'b')
    world.pass(200)
    expect(isGoing(world, 'q')).toBe(true)
    expect(world.events('Pod', 'q').toSorted()).toEqual([
      'TaintManagerEviction: Cancelling deletion of Pod default/q',
      'TaintManagerEviction: Marking for deletion Pod default/q',
    ])
    world.pass(16_000)
    expect(isGoing(world, 'p')).toBe(false)
    world.pass(1200)
    expect(isGoing(world, 'p')).toBe(true)
  })

  test('the time under taints is the shortest of the first matching tolerations', () => {
    const seconds = fc.option(fc.integer({ min: -5, max: 300 }), { nil: undefined })
    const key = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.array(fc.tuple(key, seconds), { maxLength: 6 }), (keys, tolerations) => {
        const taints = keys.map((name) => ({ key: name, effect: 'NoExecute' as const }))
        const { tolerated, forMs } = tolerationTime(
          taints,
          tolerations.map(([name, time]) => tolerate(name, time)),
        )
        const first = keys.map((name) => tolerations.find(([other]) => other === name))
        expect(tolerated).toBe(first.every((match) => match !== undefined))
        if (!tolerated) return
        const limits = first.map((match) => match![1]).filter((time) => time !== undefined)
        expect(forMs).toBe(limits.length === 0 ? undefined : Math.max(0, Math.min(...limits)) * 1000)
      }),
    )
  })
})
