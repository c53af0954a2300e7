import { describe, expect, test } from 'vitest'
import type { Pod } from '../api/types.ts'
import { printArithmetic } from './arithmetic.ts'
import { numFeasibleNodesToFind } from './cycle.ts'
import { defaultNormalizeScore } from './framework.ts'
import { pickHost } from './host-choice.ts'
import { fitMessage } from './messages.ts'
import { NodeTree } from './node-tree.ts'
import type { PodInfo } from './pod-info.ts'
import { podRequests } from './pod-requests.ts'
import { balanceOf } from './plugins/node-resources-balanced-allocation.ts'
import { candidateCount, pickCandidate } from './preemption.ts'
import { RELEASES } from './releases.ts'
import { dataOf, makeNode, makePod, makeWorld, scoresOf } from './testing/objects.ts'

/** Requests and capacities of the examples are millicores and bytes. */
const cpuMemory = (cpu: number, memory: number) => ({ cpu: `${cpu}m`, memory })
const fitConfig = (scoringStrategy: object) => ({
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  profiles: [{ pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy } }] }],
})
const CPU_MEMORY = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
]

describe('NodeResourcesFit scores', () => {
  type Pair = readonly [number, number]
  test.each<{
    name: string
    pod: Pair
    capacities: readonly Pair[]
    existing?: readonly (Pair | undefined)[]
    strategy?: object
    want: readonly number[]
  }>([
    {
      name: 'LeastAllocated on nodes of different size',
      pod: [3000, 5000],
      capacities: [
        [4000, 10000],
        [6000, 10000],
      ],
      want: [37, 50],
    },
    {
      name: 'LeastAllocated with pods that are there',
      pod: [3000, 5000],
      capacities: [
        [10000, 20000],
        [10000, 20000],
      ],
      existing: [
        [3000, 0],
        [3000, 5000],
      ],
      want: [57, 45],
    },
    {
      name: 'LeastAllocated with twice the weight on memory',
      pod: [3000, 5000],
      capacities: [
        [4000, 10000],
        [6000, 10000],
      ],
      strategy: {
        type: 'LeastAllocated',
        resources: [
          { name: 'cpu', weight: 1 },
          { name: 'memory', weight: 2 },
        ],
      },
      want: [41, 50],
    },
    {
      name: 'MostAllocated on nodes of different size',
      pod: [3000, 5000],
      capacities: [
        [4000, 10000],
        [6000, 10000],
      ],
      strategy: { type: 'MostAllocated', resources: CPU_MEMORY },
      want: [62, 50],
    },
    {
      name: 'RequestedToCapacityRatio falling from 10 to 0',
      pod: [3000, 5000],
      capacities: [
        [4000, 10000],
        [6000, 10000],
      ],
      strategy: {
        type: 'RequestedToCapacityRatio',
        resources: CPU_MEMORY,
        requestedToCapacityRatio: {
          shape: [
            { utilization: 0, score: 10 },
            { utilization: 100, score: 0 },
          ],
        },
      },
      want: [38, 50],
    },
  ])('$name', ({ pod, capacities, existing = [], strategy, want }) => {
    const nodes = capacities.map(([cpu, memory], i) => makeNode(`n${i}`, { allocatable: cpuMemory(cpu, memory) }))
    const pods = existing.flatMap((sums, i) =>
      sums ? [makePod(`e${i}`, { requests: cpuMemory(...sums), spec: { nodeName: `n${i}` } })] : [],
    )
    const { decide } = makeWorld([...nodes, ...pods], strategy && fitConfig(strategy))
    expect(scoresOf(decide(makePod('p', { requests: cpuMemory(...pod) })), 'NodeResourcesFit')).toEqual(want)
  })

  test('a container that states nothing counts as 100m and 200Mi', () => {
    const node = (name: string) => makeNode(name, { allocatable: { cpu: '2', memory: '4Gi' } })
    const { decide } = makeWorld([node('a'), node('b')])
    expect(scoresOf(decide(makePod('p')), 'NodeResourcesFit')).toEqual([95, 95])
  })

  test('MostAllocated fills in defaults for the pods that are there, too', () => {
    const node = (name: string) => makeNode(name, { allocatable: { cpu: '250m', memory: '1000Mi' } })
    const existing = ['x', 'y'].map((name) => makePod(name, { spec: { nodeName: 'a' } }))
    const { decide } = makeWorld([node('a'), node('b'), ...existing], fitConfig({ type: 'MostAllocated', resources: CPU_MEMORY }))
    expect(scoresOf(decide(makePod('p')), 'NodeResourcesFit')).toEqual([80, 30])
  })
})

describe('NodeResourcesBalancedAllocation', () => {
  test.each([
    { name: 'three quarters of cpu, half of memory', fractions: [3000 / 4000, 5000 / 10000], want: 87 },
    { name: 'evenly used', fractions: [3000 / 6000, 5000 / 10000], want: 100 },
    { name: 'cpu full, memory empty', fractions: [1, 0], want: 50 },
    { name: 'cpu full, memory half', fractions: [1, 5000 / 10000], want: 75 },
    { name: 'three resources, gpu half used', fractions: [3000 / 3500, 5000 / 40000, 4 / 8], want: 70 },
    { name: 'three resources, gpu hardly used', fractions: [3000 / 3500, 5000 / 40000, 1 / 8], want: 65 },
    { name: '0.35 and 0.55 are a little more than 0.1 apart', fractions: [0.35, 0.55], want: 89 },
  ])('$name', ({ fractions, want }) => expect(balanceOf(fractions)).toBe(want))

  test('1.36 scores the improvement', () => {
    const nodes = [
      makeNode('n1', { allocatable: cpuMemory(4000, 10000) }),
      makeNode('n2', { allocatable: cpuMemory(6000, 10000) }),
    ]
    const { decide } = makeWorld(nodes, undefined, RELEASES['1.36'])
    expect(scoresOf(decide(makePod('p', { requests: cpuMemory(3000, 5000) })), 'NodeResourcesBalancedAllocation')).toEqual([
      68, 75,
    ])
  })

  test('a best-effort pod skips it', () => {
    const { decide } = makeWorld([makeNode('a'), makeNode('b')])
    expect(scoresOf(decide(makePod('p')), 'NodeResourcesBalancedAllocation')).toEqual([undefined, undefined])
  })
})

describe('normalizing', () => {
  test.each([
    { raw: [2, 11, 4], reverse: false, want: [18, 100, 36] },
    { raw: [2, 3, 5], reverse: false, want: [40, 60, 100] },
    { raw: [0, 1, 2], reverse: true, want: [100, 50, 0] },
    { raw: [0, 0], reverse: true, want: [100, 100] },
    { raw: [0, 0], reverse: false, want: [0, 0] },
  ])('$raw, reverse $reverse', ({ raw, reverse, want }) => {
    const scores = Float64Array.from(raw)
    defaultNormalizeScore(scores, reverse)
    expect([...scores]).toEqual(want)
  })
})

describe('PodTopologySpread', () => {
  const SELECTOR = { matchLabels: { app: 'web' } }
  const constraint = (
    topologyKey: string,
    maxSkew: number,
    whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
    more: object = {},
  ) => ({
    topologyKey,
    maxSkew,
    whenUnsatisfiable,
    labelSelector: SELECTOR,
    ...more,
  })
  const HOST = 'kubernetes.io/hostname'
  const pods = (counts: readonly number[]): readonly Pod[] =>
    counts.flatMap((count, i) =>
      Array.from({ length: count }, (_, k) => makePod(`e${i}-${k}`, { labels: { app: 'web' }, spec: { nodeName: `n${i}` } })),
    )
  const web = (...constraints: ReturnType<typeof constraint>[]): Pod =>
    makePod('p', { labels: { app: 'web' }, spec: { topologySpreadConstraints: constraints } })

  test.each([
    { name: 'hosts, maxSkew 1', counts: [2, 1, 0, 3], maxSkew: 1, want: [20, 60, 100, 0] },
    { name: 'hosts, maxSkew 2', counts: [2, 1, 0, 3], maxSkew: 2, want: [33, 66, 100, 16] },
    { name: 'hosts, maxSkew 3', counts: [4, 3, 2, 1], maxSkew: 3, want: [44, 66, 77, 100] },
  ])('scores $name', ({ counts, maxSkew, want }) => {
    const { decide } = makeWorld([...counts.map((_, i) => makeNode(`n${i}`)), ...pods(counts)])
    expect(scoresOf(decide(web(constraint(HOST, maxSkew, 'ScheduleAnyway'))), 'PodTopologySpread')).toEqual(want)
  })

  test('scores zone and host together, with keys of any name', () => {
    const nodes = [
      ['foo1', 'b1'],
      ['foo1', 'b2'],
      ['foo2', 'b3'],
      ['foo2', 'b4'],
    ].map(([foo, bar], i) => makeNode(`n${i}`, { labels: { foo: foo!, bar: bar! } }))
    const { decide } = makeWorld([...nodes, ...pods([0, 2, 0, 1])])
    const decision = decide(web(constraint('foo', 1, 'ScheduleAnyway'), constraint('bar', 1, 'ScheduleAnyway')))
    // (2,0) (2,2) (1,0) (1,1) in the order of the nodes
    expect(scoresOf(decision, 'PodTopologySpread', 'raw')).toEqual([3, 6, 1, 3])
  })

  test('a candidate without the key gets 0', () => {
    const nodes = [makeNode('n0', { labels: { rack: 'a' } }), makeNode('n1'), makeNode('n2', { labels: { rack: 'b' } })]
    const { decide } = makeWorld([...nodes, ...pods([4, 0, 1])])
    expect(scoresOf(decide(web(constraint('rack', 1, 'ScheduleAnyway'))), 'PodTopologySpread')).toEqual([16, 0, 100])
  })

  test('system defaults spread the pods of a Service over zones and hosts', () => {
    const zones = ['a', 'a', 'b', 'b']
    const nodes = zones.map((zone, i) => makeNode(`n${i}`, { labels: { 'topology.kubernetes.io/zone': zone } }))
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { selector: { app: 'web' } } }
    const { decide } = makeWorld([...nodes, service, ...pods([1, 1, 1, 0])])
    const byName = new Map(
      dataOf(decide(makePod('p', { labels: { app: 'web' } }))).nodes.map(({ name, scores }) => [
        name,
        scores?.['PodTopologySpread']?.normalized,
      ]),
    )
    expect(['n0', 'n1', 'n2', 'n3'].map((name) => byName.get(name))).toEqual([63, 63, 81, 100])
  })

  test('the filter lets a pod into the emptier zone only', () => {
    const nodes = ['a', 'b'].map((zone, i) => makeNode(`n${i}`, { labels: { zone } }))
    const { decide } = makeWorld([...nodes, ...pods([2, 1])])
    expect(dataOf(decide(web(constraint('zone', 1, 'DoNotSchedule')))).feasible).toEqual(['n1'])
  })

  test('fewer domains than minDomains: the least count is 0', () => {
    const { decide } = makeWorld([makeNode('n0'), makeNode('n1'), makeNode('n2'), ...pods([2, 2, 1])])
    expect(dataOf(decide(web(constraint(HOST, 2, 'DoNotSchedule', { minDomains: 4 })))).feasible).toEqual(['n2'])
  })
})

describe('ImageLocality', () => {
  const MB = 1024 * 1024
  const image = (name: string, megabytes: number) => ({ names: [name], sizeBytes: megabytes * MB })
  const withImages = (...images: readonly string[]): Pod =>
    makePod('p', { spec: { containers: images.map((name, i) => ({ name: `c${i}`, image: name })) } })
  test.each([
    { name: 'a small and a middling image', nodes: [[image('a:1', 40)], [image('b:1', 250)]], pod: ['a:1', 'b:1'], want: [0, 5] },
    { name: 'both on one node', nodes: [[image('a:1', 40), image('b:1', 300)], []], pod: ['a:1', 'b:1'], want: [7, 0] },
    { name: 'a huge image on one of two', nodes: [[image('a:latest', 4000)], []], pod: ['a', 'none'], want: [100, 0] },
    { name: 'a huge image on one of three', nodes: [[image('a:latest', 4000)], [], []], pod: ['a', 'none'], want: [66, 0, 0] },
  ])('$name', ({ nodes, pod, want }) => {
    const { decide } = makeWorld(nodes.map((images, i) => makeNode(`n${i}`, { images })))
    expect(scoresOf(decide(withImages(...pod)), 'ImageLocality')).toEqual(want)
  })
})

describe('the search', () => {
  test.each([
    [10, 0, 10],
    [99, 0, 99],
    [100, 0, 100],
    [200, 0, 100],
    [250, 0, 120],
    [500, 0, 230],
    [1000, 0, 420],
    [5000, 0, 500],
    [6000, 0, 300],
    [1000, 40, 400],
    [6000, 40, 2400],
  ])('of %i nodes at %i %% looks for %i', (nodes, percentage, want) =>
    expect(numFeasibleNodesToFind(percentage, nodes)).toBe(want),
  )

  test('visits zones in turn', () => {
    const tree = new NodeTree()
    const zones: readonly (readonly [string, string])[] = [
      ['', ''],
      ['r1', ''],
      ['', 'z2'],
      ['r1', 'z2'],
      ['r1', 'z2'],
      ['r1', 'z3'],
      ['r2', 'z2'],
      ['r2', 'z2'],
      ['r2', 'z2'],
    ]
    for (const [i, [region, zone]] of zones.entries())
      tree.set(
        makeNode(`n${i}`, {
          labels: {
            ...(region === '' ? {} : { 'topology.kubernetes.io/region': region }),
            ...(zone === '' ? {} : { 'topology.kubernetes.io/zone': zone }),
          },
        }),
      )
    expect(tree.order()).toEqual(['n0', 'n1', 'n2', 'n3', 'n5', 'n6', 'n4', 'n7', 'n8'])
  })

  test.each([
    { totals: [7, 7, 7, 7, 7], want: 0 },
    { totals: [1, 5, 9, 9, 9], want: 3 },
    { totals: [1, 1, 9, 9, 1], want: 3 },
    { totals: [1, 9, 9, 9, 9], want: 1 },
  ])('the heap rule takes $want of $totals', ({ totals, want }) => expect(pickHost(totals, 'heap', () => 0)).toBe(want))
})

describe('pod requests', () => {
  const container = (cpu: string, memory?: string) => ({
    name: 'c',
    resources: { requests: { cpu, ...(memory === undefined ? {} : { memory }) } },
  })
  const sidecar = (cpu: string) => ({ ...container(cpu), restartPolicy: 'Always' as const })
  test.each([
    {
      name: 'sidecars add up',
      init: [container('5'), sidecar('1'), sidecar('2'), sidecar('3')],
      main: [container('1')],
      want: { cpu: 7000 },
    },
    {
      name: 'a sidecar before an init container runs beside it',
      init: [sidecar('200m'), container('500m')],
      main: [container('300m')],
      want: { cpu: 700 },
    },
    {
      name: 'a sidecar after it does not',
      init: [container('500m'), sidecar('200m')],
      main: [container('300m')],
      want: { cpu: 500 },
    },
    {
      name: 'each resource takes its own peak',
      init: [container('2', '1G'), container('2', '3G')],
      main: [container('2', '1G'), container('1', '1G')],
      want: { cpu: 3000, memory: 3_000_000_000 },
    },
  ])('$name', ({ init, main, want }) => {
    expect(podRequests(makePod('p', { spec: { initContainers: init, containers: main } }))).toEqual(want)
  })
})

describe('preemption', () => {
  const candidate = (node: string, ...victims: readonly (readonly [priority: number, start?: number])[]) => ({
    node,
    pdbViolations: 0,
    victims: victims.map(([priority, startTime = 0]) => ({ startTime, shape: { priority } }) as PodInfo),
  })
  test.each([
    {
      name: 'lowest top priority',
      want: 'n3',
      from: [candidate('n1', [100], [100]), candidate('n2', [100], [0]), candidate('n3', [0], [0])],
    },
    {
      name: 'smallest sum',
      want: 'n2',
      from: [candidate('n1', [100], [100]), candidate('n2', [100], [0]), candidate('n3', [100], [100])],
    },
    {
      name: 'more victims are a larger sum, even of negative priority',
      want: 'n2',
      from: [candidate('n1', [100], [-100], [-100]), candidate('n2', [100], [-100]), candidate('n3', [100], [0], [-100])],
    },
    {
      name: 'latest of the earliest starts',
      want: 'n3',
      from: [candidate('n1', [100, 4], [100, 2]), candidate('n2', [100, 5], [100, 1]), candidate('n3', [100, 3], [100, 6])],
    },
    {
      name: 'only the most important victims are asked when they started',
      want: 'n2',
      from: [candidate('n1', [100, 2], [0, 4]), candidate('n2', [100, 6], [0, 1]), candidate('n3', [100, 5], [0, 3])],
    },
  ])('chooses by $name', ({ from, want }) => expect(pickCandidate(from, 1000).node).toBe(want))

  test.each([
    [10, 10],
    [100, 100],
    [150, 100],
    [1000, 100],
    [2000, 200],
  ])('of %i nodes tries %i', (nodes, want) =>
    expect(candidateCount(nodes, { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 })).toBe(want),
  )
})

describe('messages', () => {
  test('reasons are sorted as text', () => {
    const status = (...reasons: readonly string[]) => ({ code: 'Unschedulable', reasons }) as const
    const statuses = [
      ...Array.from({ length: 10 }, () => status('Insufficient cpu')),
      status('Insufficient memory'),
      status('node(s) had untolerated taint(s)'),
      status('node(s) had untolerated taint(s)'),
    ]
    expect(fitMessage({ nodeCount: 13, statuses, statusCount: 13, absentReasons: [] })).toBe(
      '0/13 nodes are available: 1 Insufficient memory, 10 Insufficient cpu, 2 node(s) had untolerated taint(s).',
    )
  })

  test.each([
    {
      release: '1.33' as const,
      want: '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
    },
    {
      release: '1.35' as const,
      want: '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
    },
  ])('a tainted control plane and two full workers, as $release says it', ({ release, want }) => {
    const nodes = [
      makeNode('cp', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }),
      makeNode('w1'),
      makeNode('w2'),
    ]
    const full = ['w1', 'w2'].map((nodeName) => makePod(`on-${nodeName}`, { requests: { cpu: '3900m' }, spec: { nodeName } }))
    const { decide } = makeWorld([...nodes, ...full], undefined, RELEASES[release])
    expect(decide(makePod('p', { requests: { cpu: '1' } })).message).toBe(want)
  })

  test('an unbound claim of an Immediate class', () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast' },
    }
    const storageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'x' }
    const pod = makePod('p', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } })
    const nodes = ['a', 'b', 'c'].map((name) => makeNode(name))
    expect(makeWorld([...nodes, claim, storageClass]).decide(pod).message).toBe(
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    )
    expect(makeWorld([...nodes, claim, storageClass], undefined, RELEASES['1.33']).decide(pod).message).toBe(
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    )
  })

  test('no nodes at all: nobody rejected the pod', () => {
    const { outcome, message, rejectedBy } = makeWorld([]).decide(makePod('p'))
    expect([outcome, message, rejectedBy]).toEqual(['unschedulable', 'no nodes available to schedule pods', []])
  })
})

describe('features that a node declares', () => {
  const able = makeNode('able')
  const nodes = [
    makeNode('old'),
    { ...able, status: { ...able.status, declaredFeatures: ['RestartAllContainersOnContainerExits'] } },
  ]
  const rule = { action: 'RestartAllContainers' as const, exitCodes: { operator: 'In' as const, values: [1] } }
  const needy = makePod('p', { spec: { containers: [{ name: 'c', restartPolicy: 'Never', restartPolicyRules: [rule] }] } })

  test('1.36 keeps a pod that needs one from the nodes without it', () => {
    const decide = (objects: typeof nodes) => makeWorld(objects, undefined, RELEASES['1.36']).decide(needy)
    expect(decide(nodes).node?.name).toBe('able')
    expect(decide(nodes.slice(0, 1)).message).toContain("1 node(s) didn't match Pod's required features")
  })

  test('1.35 does not ask', () => {
    expect(makeWorld(nodes.slice(0, 1)).decide(needy).node?.name).toBe('old')
  })
})

test.each([
  { release: '1.35' as const, totals: [461, 417] },
  { release: '1.36' as const, totals: [444, 418] },
])('the whole default profile in $release', ({ release, totals }) => {
  const objects = [
    makeNode('n1', { allocatable: { cpu: '4', memory: '16Gi' } }),
    makeNode('n2', { allocatable: { cpu: '8', memory: '32Gi' } }),
    makePod('x', { requests: { cpu: '1', memory: '2Gi' }, spec: { nodeName: 'n1' } }),
    makePod('y', { requests: { cpu: '6', memory: '8Gi' }, spec: { nodeName: 'n2' } }),
  ]
  const decision = makeWorld(objects, undefined, RELEASES[release]).decide(
    makePod('p', { requests: { cpu: '500m', memory: '1Gi' } }),
  )
  expect(dataOf(decision).nodes.map(({ total }) => total)).toEqual(totals)
  expect(decision.node?.name).toBe('n1')
})

test('a score can be told as arithmetic', () => {
  const objects = [
    makeNode('n1', { allocatable: { cpu: '4', memory: '16Gi' } }),
    makeNode('n2'),
    makePod('x', { requests: { cpu: '1350m', memory: '8Gi' }, spec: { nodeName: 'n1' } }),
  ]
  const decision = makeWorld(objects).decide(makePod('p', { requests: { cpu: '500m', memory: '1Gi' } }), { arithmetic: true })
  const { arithmetic = {} } = dataOf(decision).nodes[0]!
  expect(Object.fromEntries(Object.entries(arithmetic).map(([plugin, each]) => [plugin, printArithmetic(each)]))).toEqual({
    TaintToleration: '0',
    NodeResourcesFit: 'cpu (4000 − 1850) × 100 / 4000 = 53; memory (17179869184 − 9663676416) × 100 / 17179869184 = 43 → 48',
    DynamicResources: '0',
    NodeResourcesBalancedAllocation: 'cpu 1850 / 4000; memory 9663676416 / 17179869184; balance 95 → 95',
    ImageLocality: '(0 − 24117248) × 100 / (1048576000 − 24117248) → 0',
  })
})
