import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'

interface Owner {
  readonly of: AnyObject
  readonly block?: boolean
}

function configMap(
  world: SmallWorld,
  name: string,
  owners: readonly Owner[] = [],
  finalizers: readonly string[] = [],
): AnyObject {
  return world.create('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      ...(finalizers.length > 0 ? { finalizers } : {}),
      ownerReferences: owners.map(({ of, block }) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: of.metadata.name,
        uid: of.metadata.uid,
        ...(block ? { blockOwnerDeletion: true } : {}),
      })),
    },
  })
}

const left = (world: SmallWorld): readonly string[] =>
  world
    .list('configmaps', 'default')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt')

const drop = (
  world: SmallWorld,
  name: string,
  propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background',
): void => {
  world.api.delete('configmaps', 'default', name, { propagationPolicy })
  world.pass(1000)
}

describe('garbage collector', () => {
  test('in the background an owner goes at once and its descendants follow', () => {
    const world = new SmallWorld()
    const a = configMap(world, 'a')
    const b = configMap(world, 'b', [{ of: a }])
    configMap(world, 'c', [{ of: b }])
    world.pass(100)
    drop(world, 'a')
    expect(left(world)).toEqual([])
  })

  test('in the foreground an owner waits for those that block it', () => {
    const world = new SmallWorld()
    const a = configMap(world, 'a')
    configMap(world, 'b', [{ of: a, block: true }], ['example.com/hold'])
    configMap(world, 'c', [{ of: a }], ['example.com/hold'])
    world.pass(100)
    drop(world, 'a', 'Foreground')
    expect(left(world)).toEqual(['a', 'b', 'c'])
    expect(world.get('configmaps', 'a')!.metadata.finalizers).toEqual(['foregroundDeletion'])
    world.api.patch('configmaps', 'default', 'b', { type: 'merge', body: { metadata: { finalizers: null } } })
    world.pass(1000)
    expect(left(world)).toEqual(['c'])
  })

  test('orphaning takes the references off and leaves the dependents', () => {
    const world = new SmallWorld()
    const a = configMap(world, 'a')
    configMap(world, 'b', [{ of: a, block: true }])
    world.pass(100)
    drop(world, 'a', 'Orphan')
    expect(left(world)).toEqual(['b'])
    expect(world.get('configmaps', 'b')!.metadata.ownerReferences ?? []).toEqual([])
  })

  test('of two owners the last one decides', () => {
    const world = new SmallWorld()
    const a = configMap(world, 'a')
    const b = configMap(world, 'b')
    configMap(world, 'c', [{ of: a }, { of: b }])
    world.pass(100)
    drop(world, 'a')
    expect(world.get('configmaps', 'c')!.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b'])
    drop(world, 'b')
    expect(left(world)).toEqual([])
  })

  test('an owner that never existed costs the dependent its life', () => {
    const world = new SmallWorld()
    const ghost = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ghost', uid: '11111111-2222-3333-4444-555555555555' },
    }
    configMap(world, 'x', [{ of: ghost }])
    world.pass(1000)
    expect(left(world)).toEqual([])
  })

  test('never deletes an object that has an owner that stays', () => {
    const parents = fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6], { maxLength: 3 }), { minLength: 3, maxLength: 8 })
    fc.assert(
      fc.property(parents, fc.nat(7), (graph, victim) => {
        const world = new SmallWorld()
        const objects: AnyObject[] = []
        // Owners are created first, so the graph has no circles.
        for (const [index, owners] of graph.entries())
          objects.push(
            configMap(
              world,
              `o${index}`,
              owners.filter((owner) => owner < index).map((owner) => ({ of: objects[owner]! })),
            ),
          )
        world.pass(200)
        drop(world, `o${victim % graph.length}`)
        world.pass(2000)
        const alive = new Set<number>()
        for (const [index, owners] of graph.entries()) {
          const above = owners.filter((owner) => owner < index)
          if (index !== victim % graph.length && (above.length === 0 || above.some((owner) => alive.has(owner)))) alive.add(index)
        }
        expect(left(world)).toEqual([...alive].map((index) => `o${index}`))
      }),
      { numRuns: 25 },
    )
  })
})
