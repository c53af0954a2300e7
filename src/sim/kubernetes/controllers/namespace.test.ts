import { describe, expect, test } from 'vitest'
import type { Namespace } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'

const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'space' } }

describe('namespaces', () => {
  test('a new one gets its default ServiceAccount and the root certificate, and the account comes back when deleted', () => {
    const world = new SmallWorld()
    world.create('namespaces', space)
    world.pass(500)
    expect(world.get('serviceaccounts', 'default', 'space')).toBeDefined()
    expect(world.get('configmaps', 'kube-root-ca.crt', 'space')).toBeDefined()
    world.api.delete('serviceaccounts', 'space', 'default')
    world.pass(500)
    expect(world.get('serviceaccounts', 'default', 'space')).toBeDefined()
  })

  test('an empty one is gone some 5.5 s after it is deleted', () => {
    const world = new SmallWorld()
    world.create('namespaces', space)
    world.pass(500)
    world.api.delete('namespaces', '', 'space')
    world.pass(5000)
    expect(world.get<Namespace>('namespaces', 'space', '')!.status?.phase).toBe('Terminating')
    world.pass(1000)
    expect(world.get('namespaces', 'space', '')).toBeUndefined()
    expect(world.list('configmaps', 'space')).toEqual([])
  })

  test('a finalizer of its content keeps it, and its conditions say so', () => {
    const world = new SmallWorld()
    world.create('namespaces', space)
    world.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'space', finalizers: ['example.com/hold'] },
    })
    world.pass(500)
    world.api.delete('namespaces', '', 'space')
    world.pass(8000)
    const conditions = world.get<Namespace>('namespaces', 'space', '')!.status!.conditions!
    expect(conditions.map(({ type, status, message }) => `${type} ${status} ${message}`)).toEqual([
      'NamespaceDeletionDiscoveryFailure False All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure False All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure False All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining True Some resources are remaining: configmaps. has 1 resource instances',
      'NamespaceFinalizersRemaining True Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ])
    world.api.patch('configmaps', 'space', 'held', { type: 'merge', body: { metadata: { finalizers: null } } })
    world.pass(20_000)
    expect(world.get('namespaces', 'space', '')).toBeUndefined()
  })
})
