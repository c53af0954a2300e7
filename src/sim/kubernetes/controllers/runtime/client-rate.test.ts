import { describe, expect, test } from 'vitest'
import type { Event } from '../../api/types.ts'
import { SmallWorld } from '../testing/small-world.ts'

const replicaSet = (name: string, replicas: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'web:1' }] } },
  },
})

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'web:1' }] } }

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'web' } }, template },
}

const job = (parallelism: number): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'web', namespace: 'default' },
  spec: { parallelism, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
})

/** After a while of quiet, in which the burst is whole. */
function quietWorld(nodes = 0): SmallWorld {
  const world = new SmallWorld()
  for (let i = 1; i <= nodes; i++) world.addNode(`n${i}`)
  world.pass(30_000)
  return world
}

function worldWith(replicas: number): SmallWorld {
  const world = quietWorld()
  world.create('replicasets.apps', replicaSet('web', replicas))
  return world
}

const podsOf = (world: SmallWorld, name: string): number =>
  world.list('pods', 'default').filter(({ metadata }) => metadata.labels?.['app'] === name).length

const eventsOf = (world: SmallWorld): number =>
  world.list<Event>('events', 'default').filter(({ involvedObject }) => involvedObject.name === 'web').length

describe('the client rate of a controller', () => {
  test.each([
    { kind: 'ReplicaSet', resource: 'replicasets.apps', object: replicaSet('web', 130), nodes: 0 },
    { kind: 'Job', resource: 'jobs.batch', object: job(130), nodes: 0 },
    { kind: 'DaemonSet', resource: 'daemonsets.apps', object: daemonSet, nodes: 130 },
  ])('of a burst of Pods of a $kind some come at once, the others 20 a second', ({ resource, object, nodes }) => {
    const world = quietWorld(nodes)
    world.create(resource, object)
    const counts = [200, 1000, 1000, 1000, 4000].map((ms) => {
      world.pass(ms)
      return podsOf(world, 'web')
    })
    expect(counts[0]).toBeGreaterThan(20)
    expect(counts[0]).toBeLessThan(40)
    for (const at of [1, 2, 3]) expect(counts[at]! - counts[at - 1]!).toBeGreaterThanOrEqual(19)
    for (const at of [1, 2, 3]) expect(counts[at]! - counts[at - 1]!).toBeLessThanOrEqual(20)
    expect(counts[4]).toBe(130)
  })

  test('events go out one by one, each behind the batch of Pods that has asked before it', () => {
    const world = worldWith(130)
    world.pass(500)
    expect(eventsOf(world)).toBeLessThanOrEqual(4)
    world.pass(4000)
    expect(eventsOf(world)).toBeLessThanOrEqual(6)
    world.pass(4000)
    // Nine of their own and one for all others.
    expect(eventsOf(world)).toBe(10)
  })

  test('another key waits for the batch that is on its way, not for the whole look', () => {
    const world = worldWith(250)
    world.pass(1000)
    world.create('replicasets.apps', replicaSet('late', 1))
    world.pass(3000)
    expect(podsOf(world, 'late')).toBe(1)
    expect(podsOf(world, 'web')).toBeLessThan(110)
  })

  test('a look that is cut goes on from a snapshot', () => {
    const world = worldWith(130)
    world.pass(2000)
    const { kernel } = world.cluster
    const saved = kernel.snapshot()
    const atSnapshot = podsOf(world, 'web')
    world.pass(10_000)
    const end = [podsOf(world, 'web'), eventsOf(world), kernel.digest.snapshot()]
    kernel.restore(saved)
    expect(podsOf(world, 'web')).toBe(atSnapshot)
    world.pass(10_000)
    expect([podsOf(world, 'web'), eventsOf(world), kernel.digest.snapshot()]).toEqual(end)
  })

  test('a controller manager that stops in the middle makes the rest when it is back', () => {
    const world = worldWith(130)
    world.pass(2000)
    world.cluster.stopProcess('kube-controller-manager')
    world.pass(1000)
    const count = podsOf(world, 'web')
    world.pass(1000)
    expect(podsOf(world, 'web')).toBe(count)
    world.cluster.startProcess('kube-controller-manager')
    world.pass(60_000)
    expect(podsOf(world, 'web')).toBe(130)
  })
})
