import { describe, expect, test } from 'vitest'
import type { EndpointSlice } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'

const service = (spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', labels: { tier: 'front' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
})

const slicesOf = (world: SmallWorld): readonly EndpointSlice[] =>
  world
    .list<EndpointSlice>('endpointslices.discovery.k8s.io', 'default')
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web')

const shapeOf = (world: SmallWorld): readonly string[] =>
  slicesOf(world)
    .map(({ ports, endpoints }) => {
      const of = (endpoints ?? []).map(({ targetRef, conditions: { ready, serving, terminating } = {} }) => {
        const flags = [ready && 'ready', serving && 'serving', terminating && 'terminating'].filter(Boolean).join('+')
        return `${targetRef?.name}(${flags})`
      })
      return `${(ports ?? []).map(({ port }) => port).join(',')}: ${of.sort().join(' ')}`
    })
    .sort()

describe('EndpointSlice controller', () => {
  test('a Service without pods has one empty slice that carries its labels', () => {
    const world = new SmallWorld()
    world.create('services', service())
    world.pass(500)
    expect(shapeOf(world)).toEqual([': '])
    const [slice] = slicesOf(world)
    expect(slice!.metadata.labels).toEqual({
      tier: 'front',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    })
    expect(slice!.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  test('endpoints follow readiness, deletion and the end of pods; the slice stays the same object', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.create('services', service())
    world.addPod('a', { node: 'n1', labels: { app: 'web' }, port: 8080, ready: false })
    world.pass(500)
    const uid = slicesOf(world)[0]!.metadata.uid
    expect(shapeOf(world)).toEqual(['8080: a()'])
    world.setPod('a', { ready: true })
    world.pass(500)
    expect(shapeOf(world)).toEqual(['8080: a(ready+serving)'])
    world.api.delete('pods', 'default', 'a')
    world.pass(500)
    expect(shapeOf(world)).toEqual(['8080: a(serving+terminating)'])
    world.setPod('a', { phase: 'Failed', ready: false })
    world.pass(500)
    expect(shapeOf(world)).toEqual([': '])
    expect(slicesOf(world).map(({ metadata }) => metadata.uid)).toEqual([uid])
  })

  test('pods whose named port has different numbers land in different slices', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.create('services', service())
    world.addPod('a', { node: 'n1', labels: { app: 'web' }, port: 8080 })
    world.addPod('b', { node: 'n1', labels: { app: 'web' }, port: 9090 })
    world.addPod('c', { node: 'n1', labels: { app: 'web' } })
    world.pass(3000)
    expect(shapeOf(world)).toEqual(['8080: a(ready+serving)', '9090: b(ready+serving)', ': c(ready+serving)'])
  })

  test('130 pods fill a slice of 100 and another of 30', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    for (let i = 0; i < 130; i++) world.addPod(`p${i}`, { node: 'n1', labels: { app: 'web' }, port: 80 })
    world.create('services', service())
    world.pass(3000)
    expect(
      slicesOf(world)
        .map(({ endpoints }) => endpoints?.length ?? 0)
        .toSorted((a, b) => a - b),
    ).toEqual([30, 100])
  })

  test('publishNotReadyAddresses calls everything ready', () => {
    const world = new SmallWorld()
    world.addNode('n1')
    world.create('services', service({ publishNotReadyAddresses: true }))
    world.addPod('a', { node: 'n1', labels: { app: 'web' }, port: 80, ready: false })
    world.pass(500)
    expect(shapeOf(world)).toEqual(['80: a(ready)'])
  })

  test('the slices of a deleted Service are collected', () => {
    const world = new SmallWorld()
    world.create('services', service())
    world.pass(500)
    world.api.delete('services', 'default', 'web')
    world.pass(500)
    expect(slicesOf(world)).toEqual([])
  })

  test('a slice that someone deletes comes back', () => {
    const world = new SmallWorld()
    world.create('services', service())
    world.pass(500)
    world.api.delete('endpointslices.discovery.k8s.io', 'default', slicesOf(world)[0]!.metadata.name)
    world.pass(1500)
    expect(shapeOf(world)).toEqual([': '])
  })
})
