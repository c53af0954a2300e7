import { describe, expect, test } from 'vitest'
import { ClusterCache } from './cache.ts'
import { makeNode, makePod } from './testing/objects.ts'

const on = (node: string, name = 'p', cpu = '1') => makePod(name, { requests: { cpu }, spec: { nodeName: node } })
const cpuOf = (cache: ClusterCache, node: string): number | undefined => cache.node(node)?.cpu

describe('pods on nodes', () => {
  test('a pod seen before its node counts once the node is there', () => {
    const cache = new ClusterCache()
    cache.setPod(on('n'))
    expect(cache.nodes).toEqual([])
    cache.setNode(makeNode('n'))
    expect(cpuOf(cache, 'n')).toBe(1000)
  })

  test('a node that goes and comes back has its pods', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    cache.setPod(on('n'))
    cache.removeNode('n')
    expect(cache.node('n')).toBeUndefined()
    cache.setNode(makeNode('n'))
    expect(cpuOf(cache, 'n')).toBe(1000)
  })

  test('a finished pod counts no more', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    cache.setPod(on('n'))
    cache.setPod({ ...on('n'), status: { phase: 'Succeeded' } })
    expect(cpuOf(cache, 'n')).toBe(0)
  })

  test('a terminating pod still counts', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    const pod = on('n')
    cache.setPod({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    expect(cpuOf(cache, 'n')).toBe(1000)
  })

  test('an assumed pod counts at once, and once when it is confirmed', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    const pod = makePod('p', { requests: { cpu: '1' } })
    cache.assume(cache.reader.read(pod), 'n')
    expect([cpuOf(cache, 'n'), cache.isAssumed('default/p')]).toEqual([1000, true])
    cache.setPod(on('n'))
    expect([cpuOf(cache, 'n'), cache.isAssumed('default/p')]).toEqual([1000, false])
    cache.forget('default/p')
    expect(cpuOf(cache, 'n')).toBe(1000)
  })

  test('an assumption taken back frees the room', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    cache.assume(cache.reader.read(makePod('p', { requests: { cpu: '1' } })), 'n')
    cache.forget('default/p')
    expect(cpuOf(cache, 'n')).toBe(0)
  })

  test('a nomination ends when the pod is assumed', () => {
    const cache = new ClusterCache()
    cache.setNode(makeNode('n'))
    const pod = cache.reader.read(makePod('p'))
    cache.nominate(pod, 'n')
    expect(cache.nominatedTo('n')).toEqual([pod])
    cache.assume(pod, 'n')
    expect(cache.nominatedTo('n')).toEqual([])
  })

  test('pods of one template share a shape, whatever their names', () => {
    const { reader } = new ClusterCache()
    expect(reader.read(on('n', 'a')).shape).toBe(reader.read(on('m', 'b')).shape)
    expect(reader.read(on('n', 'a')).shape).not.toBe(reader.read(on('n', 'a', '2')).shape)
  })
})

describe('the order of nodes', () => {
  const zone = (name: string, value: string) => makeNode(name, { labels: { 'topology.kubernetes.io/zone': value } })
  test('a changed zone puts a node at its end; the last node of a zone takes the zone with it', () => {
    const cache = new ClusterCache()
    for (const node of [zone('a1', 'a'), zone('b1', 'b'), zone('a2', 'a')]) cache.setNode(node)
    expect(cache.nodeNames).toEqual(['a1', 'b1', 'a2'])
    cache.setNode(zone('a1', 'b'))
    expect(cache.nodeNames).toEqual(['a2', 'b1', 'a1'])
    cache.removeNode('a2')
    cache.setNode(zone('a2', 'a'))
    expect(cache.nodeNames).toEqual(['b1', 'a2', 'a1'])
    expect(ClusterCache.restore(cache.snapshot()).nodeNames).toEqual(cache.nodeNames)
  })
})

test('the size of an image is what the first node said, also after a restore', () => {
  const image = (sizeBytes: number) => [{ names: ['app:1'], sizeBytes }]
  const labels = (zone: string) => ({ 'topology.kubernetes.io/zone': zone })
  const cache = new ClusterCache()
  cache.setNode(makeNode('early', { labels: labels('a') }))
  cache.setNode(makeNode('first', { labels: labels('b'), images: image(100) }))
  cache.setNode(makeNode('early', { labels: labels('a'), images: image(200) }))
  expect(cache.image('app:1')?.sizeBytes).toBe(100)
  expect(ClusterCache.restore(cache.snapshot()).image('app:1')?.sizeBytes).toBe(100)
})
