import { describe, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim } from '../api/types.ts'
import { SmallWorld } from './testing/small-world.ts'

const storageClass = (world: SmallWorld, provisioner: string, volumeBindingMode: string) =>
  world.create('storageclasses.storage.k8s.io', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard' },
    provisioner,
    volumeBindingMode,
  })
const claim = (world: SmallWorld, annotations: Readonly<Record<string, string>> = {}) =>
  world.create('persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default', annotations },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } },
  })
const stateOf = (world: SmallWorld) => world.get<PersistentVolumeClaim>('persistentvolumeclaims', 'data')?.status?.phase

describe('a volume provisioner', () => {
  test('makes a volume for a claim, which is bound, and deletes it when the claim is gone', () => {
    const world = new SmallWorld()
    storageClass(world, 'k8s.io/minikube-hostpath', 'Immediate')
    const { metadata } = claim(world)
    world.pass(2000)
    expect(stateOf(world)).toBe('Bound')
    expect(world.list<PersistentVolume>('persistentvolumes').map((volume) => volume.metadata.name)).toEqual([
      `pvc-${metadata.uid}`,
    ])
    expect(world.events('PersistentVolumeClaim', 'data').map((line) => line.replace(/^\d+× /, '').split(':')[0])).toEqual(
      expect.arrayContaining(['ExternalProvisioning', 'Provisioning', 'ProvisioningSucceeded']),
    )
    world.api.delete('persistentvolumeclaims', 'default', 'data')
    world.pass(5000)
    expect(world.list('persistentvolumes')).toEqual([])
  })

  test('a volume on a local disk waits for the node that the scheduler has chosen, and stays there', () => {
    const world = new SmallWorld()
    storageClass(world, 'rancher.io/local-path', 'WaitForFirstConsumer')
    claim(world)
    world.pass(10_000)
    expect([stateOf(world), world.list('persistentvolumes').length]).toEqual(['Pending', 0])
    const body = { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'n1' } } }
    world.api.patch('persistentvolumeclaims', 'default', 'data', { type: 'merge', body })
    world.pass(5000)
    expect(stateOf(world)).toBe('Bound')
    const [volume] = world.list<PersistentVolume>('persistentvolumes')
    expect(volume?.spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values).toEqual(['n1'])
  })

  test('a provisioner that is not installed makes nothing', () => {
    const world = new SmallWorld()
    storageClass(world, 'example.com/disk', 'Immediate')
    claim(world)
    world.pass(30_000)
    expect([stateOf(world), world.list('persistentvolumes').length]).toEqual(['Pending', 0])
  })
})
