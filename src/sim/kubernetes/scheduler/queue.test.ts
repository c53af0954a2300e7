import { describe, expect, test } from 'vitest'
import type { Node, Pod } from '../api/types.ts'
import { ClusterCache } from './cache.ts'
import { nodeEvents, podUpdateEvents, type ClusterEvent } from './cluster-events.ts'
import { podKey } from './pod-info.ts'
import { SchedulingQueue } from './queue.ts'
import { RELEASES } from './releases.ts'
import { makeNode, makePod, profilesOf, type PodFields } from './testing/objects.ts'

const SECOND = 1000
const makeQueue = (cluster = new ClusterCache()) =>
  new SchedulingQueue({ profiles: profilesOf(undefined, cluster.release), cluster })
const name = (pod: { readonly pod: Pod } | undefined): string | undefined => pod?.pod.metadata.name

/** A queue whose only pod was tried at `at` and rejected by these plugins. */
function rejected(fields: PodFields, by: readonly string[], at = 0, cluster = new ClusterCache()) {
  const queue = makeQueue(cluster)
  const pod = makePod('p', fields)
  queue.add(pod, at)
  queue.pop(at)
  queue.fail(podKey(pod), by, at)
  return { queue, pod }
}

describe('order', () => {
  test('higher priority first, then who waits longer', () => {
    const queue = makeQueue()
    queue.add(makePod('low-early', { spec: { priority: 0 } }), 0)
    queue.add(makePod('high', { spec: { priority: 10 } }), 5)
    queue.add(makePod('low-late', { spec: { priority: 0 } }), 9)
    queue.add(makePod('low-late-second', { spec: { priority: 0 } }), 9)
    expect([1, 2, 3, 4].map(() => name(queue.pop(10)))).toEqual(['high', 'low-early', 'low-late', 'low-late-second'])
    expect(queue.pop(10)).toBeUndefined()
  })

  test('a failed attempt puts a pod behind equals that came before its failure', () => {
    const queue = makeQueue()
    queue.add(makePod('a'), 0)
    queue.pop(0)
    queue.add(makePod('b'), 1)
    queue.notify({ resource: 'Node', action: 'Add', new: makeNode('n') }, 2)
    // Woken while it was being tried, but in back-off: `b` is active.
    expect(queue.fail('default/a', ['NodeResourcesFit'], 3)).toEqual([
      { pod: 'default/a', from: 'inFlight', to: 'backoff', because: 'Node/Add' },
    ])
    expect([name(queue.pop(4)), name(queue.pop(4))]).toEqual(['b', 'a'])
  })

  test('when nothing is active a pod leaves back-off before its time', () => {
    const { queue } = rejected({}, ['NodeResourcesFit'])
    queue.notify({ resource: 'Node', action: 'Add', new: makeNode('n') }, 10)
    expect(queue.where('default/p')).toBe('backoff')
    expect(queue.isReady).toBe(true)
    expect(queue.pop(11)).toMatchObject({ attempts: 2 })
  })

  test('after an error a pod stays in back-off until its time', () => {
    const { queue } = rejected({}, [])
    expect(queue.where('default/p')).toBe('errorBackoff')
    expect(queue.pop(500)).toBeUndefined()
    expect(queue.flushBackoff(1 * SECOND)).toEqual([])
    expect(queue.flushBackoff(2 * SECOND)).toEqual([
      { pod: 'default/p', from: 'errorBackoff', to: 'active', because: 'BackoffComplete' },
    ])
  })
})

describe('back-off', () => {
  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 10],
    [6, 10],
  ])('after %i failures: %i s', (unschedulableCount, seconds) => {
    expect(makeQueue().backoffMs({ attempts: 9, consecutiveErrors: 0, unschedulableCount })).toBe(seconds * SECOND)
  })

  test('1.33 counts every attempt', () => {
    const queue = makeQueue(new ClusterCache(RELEASES['1.33']))
    expect(queue.backoffMs({ attempts: 3, consecutiveErrors: 0, unschedulableCount: 0 })).toBe(4 * SECOND)
  })

  test.each([
    { failedAt: 100, count: 1, leavesAt: 102 },
    { failedAt: 100.7, count: 1, leavesAt: 102 },
    { failedAt: 100.7, count: 2, leavesAt: 103 },
    { failedAt: 100.2, count: 4, leavesAt: 109 },
  ])('failed at $failedAt s for the ${count}th time: leaves at $leavesAt s', ({ failedAt, count, leavesAt }) => {
    const queue = makeQueue()
    const pod = makePod('p')
    queue.add(pod, 0)
    const woken: ClusterEvent = { resource: 'Node', action: 'Add', new: makeNode('n') }
    for (let i = 1; i <= count; i++) {
      queue.pop(failedAt * SECOND)
      queue.notify(woken, failedAt * SECOND)
      queue.fail('default/p', ['NodeResourcesFit'], failedAt * SECOND)
    }
    expect(queue.where('default/p')).toBe('backoff')
    expect(queue.flushBackoff((leavesAt - 1) * SECOND)).toEqual([])
    expect(queue.flushBackoff(leavesAt * SECOND)).toHaveLength(1)
  })

  test('nobody waits for an event longer than five minutes', () => {
    const { queue } = rejected({}, ['NodeAffinity'])
    expect(queue.flushUnschedulable(300 * SECOND)).toEqual([])
    expect(queue.flushUnschedulable(330 * SECOND)).toEqual([
      { pod: 'default/p', from: 'unschedulable', to: 'active', because: 'UnschedulableTimeout' },
    ])
  })
})

describe('a binding that failed', () => {
  test('is an error: the pod is tried again after its back-off, which counts errors in a row', () => {
    const queue = makeQueue()
    const pod = makePod('p')
    queue.add(pod, 0)
    for (const [at, back] of [
      [0, 2 * SECOND],
      [2 * SECOND, 5 * SECOND],
    ] as const) {
      const entry = queue.pop(at)!
      queue.done('default/p')
      expect(queue.failBinding(entry, pod, at)).toEqual([
        { pod: 'default/p', from: 'inFlight', to: 'errorBackoff', because: 'ScheduleAttemptFailure' },
      ])
      expect(queue.pop(at)).toBeUndefined()
      expect(queue.flushBackoff(back - SECOND)).toEqual([])
      expect(queue.flushBackoff(back)).toHaveLength(1)
    }
    expect(queue.find('default/p')).toMatchObject({ queue: 'active', entry: { attempts: 2, consecutiveErrors: 2 } })
  })

  test('changes nothing for a pod that came back meanwhile', () => {
    const queue = makeQueue()
    const pod = makePod('p')
    queue.add(pod, 0)
    const entry = queue.pop(0)!
    queue.done('default/p')
    queue.add(pod, 1)
    expect(queue.failBinding(entry, pod, 2)).toEqual([])
    expect(queue.list().map(({ queue: name }) => name)).toEqual(['active'])
  })
})

describe('what wakes a pod', () => {
  const small = makeNode('n', { allocatable: { cpu: '1' } })
  const big = makeNode('n', { allocatable: { cpu: '4' } })
  const relabelled: Node = { ...small, metadata: { ...small.metadata, labels: { disk: 'ssd' } } }
  const tainted: Node = { ...small, spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }
  const cordoned: Node = { ...small, spec: { unschedulable: true } }
  const assigned = (fields: PodFields = {}): Pod => makePod('other', { ...fields, spec: { nodeName: 'n', ...fields.spec } })
  const add = (pod: Pod): readonly ClusterEvent[] => [{ resource: 'Pod', action: 'Add', new: pod }]
  const gone = (pod: Pod): readonly ClusterEvent[] => [{ resource: 'Pod', action: 'Delete', old: pod }]
  const nodeSelector = { spec: { nodeSelector: { disk: 'ssd' } } }
  const web = { matchLabels: { app: 'web' } }
  const antiWeb = {
    spec: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: web, topologyKey: 'kubernetes.io/hostname' }],
        },
      },
    },
  }
  const nearWeb = {
    spec: {
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: web, topologyKey: 'zone' }] },
      },
    },
  }
  const spread = {
    labels: { app: 'web' },
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' as const, labelSelector: web },
      ],
    },
  }
  const cpu2 = { requests: { cpu: '2' } }

  test.each<{ name: string; by: string; pod: PodFields; events: readonly ClusterEvent[]; wakes: boolean }>([
    { name: 'no cpu: a node grows', by: 'NodeResourcesFit', pod: cpu2, events: nodeEvents(small, big), wakes: true },
    {
      name: 'no cpu: a node grows, but not enough',
      by: 'NodeResourcesFit',
      pod: { requests: { cpu: '8' } },
      events: nodeEvents(small, big),
      wakes: false,
    },
    {
      name: 'no cpu: a new node that would do when empty',
      by: 'NodeResourcesFit',
      pod: cpu2,
      events: nodeEvents(undefined, big),
      wakes: true,
    },
    {
      name: 'no cpu: a new node that is too small',
      by: 'NodeResourcesFit',
      pod: cpu2,
      events: nodeEvents(undefined, small),
      wakes: false,
    },
    { name: 'no cpu: a label changes', by: 'NodeResourcesFit', pod: cpu2, events: nodeEvents(small, relabelled), wakes: false },
    { name: 'no cpu: a taint changes', by: 'NodeResourcesFit', pod: cpu2, events: nodeEvents(small, tainted), wakes: true },
    { name: 'no cpu: a pod on a node is gone', by: 'NodeResourcesFit', pod: cpu2, events: gone(assigned()), wakes: true },
    { name: 'no cpu: a pod without a node is gone', by: 'NodeResourcesFit', pod: cpu2, events: gone(makePod('x')), wakes: false },
    { name: 'no cpu: a pod appears', by: 'NodeResourcesFit', pod: cpu2, events: add(assigned()), wakes: false },
    {
      name: 'wrong label: it appears',
      by: 'NodeAffinity',
      pod: nodeSelector,
      events: nodeEvents(small, relabelled),
      wakes: true,
    },
    { name: 'wrong label: another change', by: 'NodeAffinity', pod: nodeSelector, events: nodeEvents(small, big), wakes: false },
    { name: 'taint: it goes', by: 'TaintToleration', pod: {}, events: nodeEvents(tainted, small), wakes: true },
    { name: 'taint: it comes', by: 'TaintToleration', pod: {}, events: nodeEvents(small, tainted), wakes: false },
    { name: 'cordoned: uncordoned', by: 'NodeUnschedulable', pod: {}, events: nodeEvents(cordoned, small), wakes: true },
    {
      name: 'cordoned: another node is cordoned',
      by: 'NodeUnschedulable',
      pod: {},
      events: nodeEvents(small, cordoned),
      wakes: false,
    },
    {
      name: 'anti-affinity: the other pod is gone',
      by: 'InterPodAffinity',
      pod: antiWeb,
      events: gone(assigned({ labels: { app: 'web' } })),
      wakes: true,
    },
    { name: 'anti-affinity: a stranger is gone', by: 'InterPodAffinity', pod: antiWeb, events: gone(assigned()), wakes: false },
    {
      name: 'affinity: a pod to be near to appears',
      by: 'InterPodAffinity',
      pod: nearWeb,
      events: add(assigned({ labels: { app: 'web' } })),
      wakes: true,
    },
    {
      name: "kept out by another pod's anti-affinity: not even its end wakes it",
      by: 'InterPodAffinity',
      pod: { labels: { app: 'web' } },
      events: gone(assigned(antiWeb)),
      wakes: false,
    },
    {
      name: 'skewed: a pod of the group is gone',
      by: 'PodTopologySpread',
      pod: spread,
      events: gone(assigned({ labels: { app: 'web' } })),
      wakes: true,
    },
    {
      name: 'skewed: a pod of another namespace is gone',
      by: 'PodTopologySpread',
      pod: spread,
      events: gone(assigned({ labels: { app: 'web' }, namespace: 'shop' })),
      wakes: false,
    },
    {
      name: 'no port: a pod that used it is gone',
      by: 'NodePorts',
      pod: { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] } },
      events: gone(assigned({ spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] } })),
      wakes: true,
    },
    {
      name: 'no port: a pod that used none is gone',
      by: 'NodePorts',
      pod: { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] } },
      events: gone(assigned()),
      wakes: false,
    },
    {
      name: 'no victims: preemption itself waits for nothing',
      by: 'DefaultPreemption',
      pod: {},
      events: gone(assigned()),
      wakes: false,
    },
  ])('$name', ({ by, pod, events, wakes }) => {
    const { queue } = rejected(pod, [by])
    const moves = events.flatMap((event) => queue.notify(event, 100 * SECOND))
    expect(moves.map(({ pod: key, to }) => [key, to])).toEqual(wakes ? [['default/p', 'active']] : [])
  })

  test('1.36: the end of a pod whose anti-affinity kept this one out wakes it', () => {
    const { queue } = rejected({ labels: { app: 'web' } }, ['InterPodAffinity'], 0, new ClusterCache(RELEASES['1.36']))
    expect(queue.notify(gone(assigned(antiWeb))[0]!, SECOND)).toHaveLength(1)
  })

  test('a change of the pod itself', () => {
    const { queue, pod } = rejected({}, ['TaintToleration'])
    const tolerant: Pod = { ...pod, spec: { ...pod.spec, tolerations: [{ operator: 'Exists' }] } }
    expect(podUpdateEvents(pod, tolerant).map(({ action }) => action)).toEqual(['UpdatePodToleration'])
    expect(queue.update(tolerant, 60 * SECOND)).toEqual([
      { pod: 'default/p', from: 'unschedulable', to: 'active', because: 'Pod/UpdatePodToleration' },
    ])
  })
})

describe('the door', () => {
  test('a gated pod waits for its last gate, without back-off', () => {
    const queue = makeQueue()
    const gated = makePod('p', { spec: { schedulingGates: [{ name: 'a' }, { name: 'b' }] } })
    expect(queue.add(gated, 0)).toEqual([{ pod: 'default/p', from: 'new', to: 'unschedulable', because: 'PodAdd' }])
    expect(queue.notify({ resource: 'Node', action: 'Add', new: makeNode('n') }, 1)).toEqual([])
    expect(queue.flushUnschedulable(1000 * SECOND)).toEqual([])
    const half = makePod('p', { spec: { schedulingGates: [{ name: 'b' }] } })
    expect(queue.update(half, 2)).toEqual([])
    expect(queue.update(makePod('p'), 3)).toEqual([
      { pod: 'default/p', from: 'unschedulable', to: 'active', because: 'Pod/UpdatePodSchedulingGatesEliminated' },
    ])
    expect(queue.pop(4)).toMatchObject({ attempts: 1 })
  })

  test('a preemptor is held until its victims have been told to go', () => {
    const { queue } = rejected({ requests: { cpu: '2' } }, ['NodeResourcesFit'])
    queue.beginPreemption('default/p')
    const gone: ClusterEvent = { resource: 'Pod', action: 'Delete', old: makePod('victim', { spec: { nodeName: 'n' } }) }
    expect(queue.notify(gone, 5 * SECOND)).toEqual([])
    expect(queue.endPreemption('default/p', 6 * SECOND)).toEqual([
      { pod: 'default/p', from: 'unschedulable', to: 'active', because: 'PreemptionDone' },
    ])
  })
})

test('a snapshot restores every queue', () => {
  const { queue } = rejected({}, ['NodeAffinity'])
  queue.add(makePod('active'), 1)
  queue.add(makePod('flying', { spec: { priority: 9 } }), 1)
  queue.pop(2)
  const restored = makeQueue()
  restored.restore(queue.snapshot())
  expect(restored.snapshot()).toEqual(queue.snapshot())
  expect(name(restored.pop(3))).toBe('active')
  expect(restored.fail('default/flying', ['NodeName'], 3)).toHaveLength(1)
})
