import { describe, expect, test } from 'vitest'
import type { Pod } from '../../api/types.ts'
import { RELEASES } from '../releases.ts'
import { dataOf, makeNode, makePod, makeWorld } from '../testing/objects.ts'

const claim = (name: string, fields: { readonly spec?: object; readonly status?: object; readonly metadata?: object } = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, ...fields.metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '5Gi' } },
    storageClassName: 'late',
    ...fields.spec,
  },
  status: { phase: 'Pending', ...fields.status },
})
const bound = (name: string, volumeName: string, spec: object = {}) =>
  claim(name, {
    spec: { volumeName, ...spec },
    status: { phase: 'Bound' },
    metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
  })
const volume = (name: string, spec: object = {}, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels },
  spec: { capacity: { storage: '10Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'late', ...spec },
  status: { phase: 'Available' },
})
const onNode = (name: string) => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] },
  },
})
const storageClass = (provisioner: string, more: object = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'late' },
  provisioner,
  volumeBindingMode: 'WaitForFirstConsumer',
  ...more,
})
const using = (name: string, ...claims: readonly string[]): Pod =>
  makePod(name, { spec: { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) } })
const withVolume = (name: string, source: object, spec: object = {}): Pod =>
  makePod(name, { spec: { volumes: [{ name: 'v', ...source }], ...spec } })

const NODES = [makeNode('a'), makeNode('b')]
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

function reasons(objects: readonly object[], pod: Pod, release = RELEASES['1.35']): Readonly<Record<string, string>> {
  const { nodes } = dataOf(makeWorld([...NODES, ...objects], undefined, release).decide(pod))
  return Object.fromEntries(
    nodes.map(({ name, rejectedBy, reasons: why }) => [name, rejectedBy ? `${rejectedBy}: ${why.join(', ')}` : 'fits']),
  )
}

describe('VolumeRestrictions', () => {
  test.each([
    { name: 'an EBS volume is mounted once', source: { awsElasticBlockStore: { volumeID: 'x' } }, conflicts: true },
    { name: 'a GCE disk is mounted once', source: { gcePersistentDisk: { pdName: 'x' } }, conflicts: true },
    {
      name: 'a GCE disk is mounted twice when nobody writes',
      source: { gcePersistentDisk: { pdName: 'x', readOnly: true } },
      conflicts: false,
    },
    { name: 'an iSCSI volume is mounted once', source: { iscsi: { iqn: 'x', targetPortal: 'p', lun: 0 } }, conflicts: true },
    { name: 'an RBD image is mounted once', source: { rbd: { monitors: ['m'], image: 'x' } }, conflicts: true },
  ])('$name', ({ source, conflicts }) => {
    const there = withVolume('there', source, { nodeName: 'a' })
    expect(reasons([there], withVolume('p', source))).toEqual({
      a: conflicts ? 'VolumeRestrictions: node(s) had no available disk' : 'fits',
      b: 'fits',
    })
  })

  test.each([
    {
      release: '1.33' as const,
      text: 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
    },
    {
      release: '1.35' as const,
      text: 'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
    },
  ])('a ReadWriteOncePod claim is for one pod, says $release', ({ release, text }) => {
    const objects = [
      bound('data', 'pv', { accessModes: ['ReadWriteOncePod'] }),
      volume('pv', { accessModes: ['ReadWriteOncePod'] }),
      storageClass('csi'),
      { ...using('there', 'data'), spec: { ...using('there', 'data').spec, nodeName: 'a' } },
    ]
    expect(reasons(objects, using('p', 'data'), RELEASES[release])).toEqual({
      a: `VolumeRestrictions: ${text}`,
      b: `VolumeRestrictions: ${text}`,
    })
  })

  test('preemption takes the pod that holds a ReadWriteOncePod claim', () => {
    const there = using('there', 'data')
    const { decide } = makeWorld([
      ...NODES,
      bound('data', 'pv', { accessModes: ['ReadWriteOncePod'] }),
      volume('pv', { accessModes: ['ReadWriteOncePod'] }),
      storageClass('csi'),
      { ...there, spec: { ...there.spec, nodeName: 'b' } },
    ])
    const pod = using('p', 'data')
    const { preemption } = decide({ ...pod, spec: { ...pod.spec, priority: 10 } })
    expect(preemption && [preemption.node, preemption.victims.map(({ key }) => key)]).toEqual(['b', ['default/there']])
  })
})

describe('VolumeBinding', () => {
  const nowhere = "VolumeBinding: node(s) didn't find available persistent volumes to bind"
  test.each<{ name: string; objects: readonly object[]; want: Readonly<Record<string, string>> }>([
    {
      name: 'a local volume draws the pod to its node',
      objects: [claim('data'), storageClass(NO_PROVISIONER), volume('pv', onNode('b'))],
      want: { a: nowhere, b: 'fits' },
    },
    {
      name: 'a volume that is too small does not count',
      objects: [claim('data'), storageClass(NO_PROVISIONER), volume('pv', { capacity: { storage: '1Gi' } })],
      want: { a: nowhere, b: nowhere },
    },
    {
      name: 'a volume meant for another claim does not count',
      objects: [claim('data'), storageClass(NO_PROVISIONER), volume('pv', { claimRef: { name: 'other', namespace: 'default' } })],
      want: { a: nowhere, b: nowhere },
    },
    {
      name: 'a provisioner makes one where the class allows it',
      objects: [
        claim('data'),
        storageClass('csi', {
          allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['a'] }] }],
        }),
      ],
      want: { a: 'fits', b: nowhere },
    },
    {
      name: 'a claim that waits for a node waits for that one',
      objects: [claim('data', { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'b' } } }), storageClass('csi')],
      want: { a: nowhere, b: 'fits' },
    },
    {
      name: 'a driver with capacity tracking needs room on the node',
      objects: [
        claim('data'),
        storageClass('csi'),
        { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'csi' }, spec: { storageCapacity: true } },
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'CSIStorageCapacity',
          metadata: { name: 'c', namespace: 'kube-system' },
          storageClassName: 'late',
          capacity: '20Gi',
          nodeTopology: { matchLabels: { 'kubernetes.io/hostname': 'a' } },
        },
      ],
      want: { a: 'fits', b: 'VolumeBinding: node(s) did not have enough free storage' },
    },
    {
      name: 'a bound volume keeps the pod on its node',
      objects: [bound('data', 'pv'), volume('pv', onNode('a')), storageClass('csi')],
      want: { a: 'fits', b: "VolumeBinding: node(s) didn't match PersistentVolume's node affinity" },
    },
    {
      name: 'a claim that is being deleted',
      objects: [claim('data', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), storageClass('csi')],
      want: {
        a: 'VolumeBinding: persistentvolumeclaim "data" is being deleted',
        b: 'VolumeBinding: persistentvolumeclaim "data" is being deleted',
      },
    },
    {
      name: 'a claim that lost its volume',
      objects: [claim('data', { spec: { volumeName: 'gone' }, status: { phase: 'Lost' } }), storageClass('csi')],
      want: {
        a: 'VolumeBinding: persistentvolumeclaim "data" bound to non-existent persistentvolume "gone"',
        b: 'VolumeBinding: persistentvolumeclaim "data" bound to non-existent persistentvolume "gone"',
      },
    },
  ])('$name', ({ objects, want }) => expect(reasons(objects, using('p', 'data'))).toEqual(want))

  test('two claims of one pod do not get the same volume', () => {
    const objects = [claim('x'), claim('y'), storageClass(NO_PROVISIONER), volume('pv', onNode('a'))]
    expect(reasons(objects, using('p', 'x', 'y'))).toEqual({ a: nowhere, b: nowhere })
  })

  test('an ephemeral volume waits for its claim', () => {
    const pod = withVolume('p', { ephemeral: { volumeClaimTemplate: {} } })
    expect(makeWorld(NODES).decide(pod).message).toBe(
      '0/2 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v". not found',
    )
  })

  test('a volume that was assumed is not given again, until the assumption is taken back', () => {
    const world = makeWorld([...NODES, claim('x'), claim('y'), storageClass(NO_PROVISIONER), volume('pv', onNode('a'))])
    const first = world.place(using('first', 'x'))
    expect(first.node?.name).toBe('a')
    expect(
      world.cycles.writes(first, first.node!).before.map((write) => (write.verb === 'update' ? write.object : write)),
    ).toMatchObject([{ kind: 'PersistentVolume', spec: { claimRef: { name: 'x', namespace: 'default', uid: 'uid-x' } } }])
    expect(world.decide(using('second', 'y')).node).toBeUndefined()
    world.cycles.forget(first, first.node!)
    expect(world.decide(using('second', 'y')).node?.name).toBe('a')
  })
})

describe('VolumeZone', () => {
  test.each([
    { name: 'the same zone', zone: 'east', want: 'fits' },
    { name: 'one of a set', zone: 'west__east', want: 'fits' },
    { name: 'another zone', zone: 'west', want: 'VolumeZone: node(s) had no available volume zone' },
  ])('$name', ({ zone, want }) => {
    const label = 'topology.kubernetes.io/zone'
    const objects = [
      makeNode('a', { labels: { [label]: 'east' } }),
      bound('data', 'pv'),
      volume('pv', {}, { [label]: zone }),
      storageClass('csi'),
    ]
    expect(reasons(objects, using('p', 'data'))['a']).toBe(want)
  })
})

describe('NodeVolumeLimits', () => {
  test('a volume shared with a pod on the node counts once', () => {
    const csi = (handle: string) => ({ csi: { driver: 'csi', volumeHandle: handle } })
    const there = using('there', 'x')
    const objects = [
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSINode',
        metadata: { name: 'a' },
        spec: { drivers: [{ name: 'csi', allocatable: { count: 1 } }] },
      },
      bound('x', 'px'),
      bound('y', 'py'),
      volume('px', csi('hx')),
      volume('py', csi('hy')),
      storageClass('csi'),
      { ...there, spec: { ...there.spec, nodeName: 'a' } },
    ]
    expect(reasons(objects, using('p', 'x'))).toEqual({ a: 'fits', b: 'fits' })
    expect(reasons(objects, using('p', 'y'))).toEqual({ a: 'NodeVolumeLimits: node(s) exceed max volume count', b: 'fits' })
  })
})
