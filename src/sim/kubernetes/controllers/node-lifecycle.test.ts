import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, Pod } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'

const taintsOf = (world: SmallWorld, name: string): readonly string[] =>
  (world.get<Node>('nodes', name, '')!.spec.taints ?? []).map(
    ({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`,
  )

const isReady = (world: SmallWorld, name: string): string | undefined =>
  world.get<Node>('nodes', name, '')!.status?.conditions?.find(({ type }) => type === 'Ready')?.status

const tolerate = (seconds: number) =>
  ['unreachable', 'not-ready'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists' as const,
    effect: 'NoExecute' as const,
    tolerationSeconds: seconds,
  }))

describe('a node that falls silent', () => {
  test('is Unknown after 46 to 60 s, its pods are not ready, and both taints follow within a second', () => {
    const world = new SmallWorld()
    for (const name of ['n1', 'n2', 'n3']) world.addNode(name)
    world.addPod('a', { node: 'n1', tolerations: tolerate(20) })
    world.beatFor(12_000, 'n1', 'n2', 'n3')
    world.beatFor(44_000, 'n2', 'n3')
    expect(isReady(world, 'n1')).toBe('True')
    world.beatFor(16_000, 'n2', 'n3')
    expect(isReady(world, 'n1')).toBe('Unknown')
    expect(taintsOf(world, 'n1')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute'])
    expect(world.get<Pod>('pods', 'a')!.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False')
    expect(world.events('Node', 'n1')).toEqual([
      'RegisteredNode: Node n1 event: Registered Node n1 in Controller',
      'NodeNotReady: Node n1 status is now: NodeNotReady',
    ])
    expect(world.events('Pod', 'a')).toContain('NodeNotReady: Node is not ready')
    world.beatFor(21_000, 'n2', 'n3')
    const evicted = world.get<Pod>('pods', 'a')!
    expect(evicted.metadata.deletionTimestamp).toBeDefined()
    expect(evicted.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason).toBe('DeletionByTaintManager')
  })

  test('that comes back in time loses its taints, and its evictions are cancelled', () => {
    const world = new SmallWorld()
    for (const name of ['n1', 'n2']) world.addNode(name)
    world.addPod('a', { node: 'n1', tolerations: tolerate(60) })
    world.pass(1000)
    world.beatFor(70_000, 'n2')
    expect(taintsOf(world, 'n1')).toContain('unreachable:NoExecute')
    world.setReady('n1', 'True')
    world.beatFor(6000, 'n1', 'n2')
    expect(taintsOf(world, 'n1')).toEqual([])
    expect(world.events('Pod', 'a')).toContain('TaintManagerEviction: Cancelling deletion of Pod default/a')
    world.beatFor(70_000, 'n1', 'n2')
    expect(world.get<Pod>('pods', 'a')!.metadata.deletionTimestamp).toBeUndefined()
  })

  test('together with another of three: their NoExecute taints come ten seconds apart', () => {
    const world = new SmallWorld()
    for (const name of ['n1', 'n2', 'n3']) world.addNode(name)
    world.pass(1000)
    const at = new Map<string, number>()
    for (let i = 0; i < 850; i++) {
      if (i % 100 === 0) world.beat('n3')
      world.pass(100)
      for (const name of ['n1', 'n2'])
        if (!at.has(name) && taintsOf(world, name).includes('unreachable:NoExecute')) at.set(name, world.now)
    }
    const [first, second] = [...at.values()].sort((a, b) => a - b)
    expect(second! - first!).toBeGreaterThanOrEqual(9_900)
    expect(second! - first!).toBeLessThanOrEqual(10_200)
  })

  test('three of five at once: the zone is partly disrupted and too small for any NoExecute taint', () => {
    const world = new SmallWorld()
    const names = ['n1', 'n2', 'n3', 'n4', 'n5']
    for (const name of names) world.addNode(name)
    world.pass(1000)
    world.beatFor(100_000, 'n4', 'n5')
    for (const name of names.slice(0, 3)) expect(taintsOf(world, name)).toEqual(['unreachable:NoSchedule'])
  })

  test('that never reported is Unknown after the startup grace of 60 s', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'ghost' } })
    world.beatFor(55_000, 'n1')
    expect(isReady(world, 'ghost')).toBeUndefined()
    expect(taintsOf(world, 'ghost')).toEqual([])
    world.beatFor(12_000, 'n1')
    expect(world.get<Node>('nodes', 'ghost', '')!.status?.conditions?.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => 'NodeStatusNeverUpdated'),
    )
  })
})

describe('full disruption', () => {
  test('never evicts, whatever the number of nodes and the toleration', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 9_000 }),
        (count, seconds, offset) => {
          const world = new SmallWorld()
          const names = Array.from({ length: count }, (_, index) => `n${index}`)
          for (const name of names) world.addNode(name)
          for (const name of names) world.addPod(`on-${name}`, { node: name, tolerations: tolerate(seconds) })
          world.pass(offset)
          world.beat(...names)
          world.pass(150_000)
          for (const pod of world.list<Pod>('pods', 'default')) expect(pod.metadata.deletionTimestamp).toBeUndefined()
          for (const name of names) expect(taintsOf(world, name)).toEqual(['unreachable:NoSchedule'])
        },
      ),
      { numRuns: 10 },
    )
  })

  test('ends with the first node that answers: the others wait out a full period before they are tainted', () => {
    const world = new SmallWorld()
    for (const name of ['n1', 'n2']) world.addNode(name)
    world.pass(100_000)
    world.setReady('n1', 'True')
    world.beatFor(9_000, 'n1')
    expect(taintsOf(world, 'n2')).toEqual(['unreachable:NoSchedule'])
    world.beatFor(12_000, 'n1')
    expect(taintsOf(world, 'n2')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute'])
  })
})

describe('pod garbage collector', () => {
  test('removes the pods of a deleted node 40 to 80 s later, marked as failed', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.addNode('n2')
    world.addPod('a', { node: 'n1' })
    world.pass(5000)
    world.api.delete('nodes', '', 'n1')
    world.beatFor(38_000, 'n2')
    expect(world.get('pods', 'a')).toBeDefined()
    world.beatFor(43_000, 'n2')
    expect(world.get('pods', 'a')).toBeUndefined()
    expect(world.events('Node', 'n1')).toContain('RemovingNode: Node n1 event: Removing Node n1 from Controller')
  })
})
