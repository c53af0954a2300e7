import { describe, expect, it } from 'vitest'
import type { EventView, Frame, NodeView, PodView } from '../engine/protocol.ts'
import { emptyWorld, worldAfter } from './world-store.ts'

const amount = { cpuMilli: 100, memoryBytes: 1 << 20 }
const pod = (name: string, node: string | undefined, part: Partial<PodView> = {}): PodView => ({
  id: `default/${name}`,
  namespace: 'default',
  name,
  uid: name,
  app: name,
  suffix: '',
  node,
  nominatedNode: undefined,
  look: node === undefined ? 'pending' : 'ready',
  status: '',
  readyContainers: 0,
  containers: 1,
  restarts: 0,
  waitingFor: '',
  requests: amount,
  limits: amount,
  usage: amount,
  createdAt: 0,
  graceEndsAt: undefined,
  graceMs: undefined,
  progress: undefined,
  ip: '',
  labels: {},
  owner: undefined,
  truth: { running: node === undefined ? 0 : 1, host: node },
  differs: false,
  ...part,
})
const node = (name: string): NodeView => ({
  name,
  ready: 'Ready',
  unschedulable: false,
  zone: '',
  roles: [],
  taints: [],
  labels: {},
  allocatable: { ...amount, pods: 110 },
  capacity: amount,
  requested: { ...amount, pods: 0 },
  limits: amount,
  usage: amount,
  truth: { poweredOn: true, linked: true, kubeletRunning: true, since: 0 },
  differs: false,
})
const none = { changed: [], removed: [] }
const frame = (part: Partial<Frame>): Frame => ({
  world: 'main',
  branch: 'A',
  full: false,
  now: 0,
  tick: 0,
  unixMs: 0,
  digest: '',
  revision: 0,
  seed: 1,
  playing: false,
  speed: 1,
  end: 0,
  pods: none,
  nodes: none,
  services: none,
  workloads: none,
  events: none,
  components: [],
  faults: [],
  namespaces: ['default'],
  pulses: [],
  dots: [],
  traffic: [],
  marks: [],
  goals: [],
  branches: [],
  terminal: [],
  facts: [],
  ...part,
})

const start = worldAfter(
  emptyWorld,
  frame({
    full: true,
    nodes: { changed: [node('n10'), node('n2')], removed: [] },
    pods: { changed: [pod('a', 'n2'), pod('b', 'n2'), pod('c', undefined)], removed: [] },
  }),
)

const event = (id: string, type: EventView['type']): EventView => ({
  id,
  type,
  at: 0,
  reason: '',
  message: '',
  object: { resource: 'pods', namespace: 'default', name: id },
  kind: 'Pod',
  from: '',
  count: 1,
})

describe('warnings', () => {
  const two = worldAfter(start, frame({ events: { changed: [event('a', 'Warning'), event('b', 'Normal')], removed: [] } }))
  it.each([
    { name: 'one more', part: { events: { changed: [event('c', 'Warning')], removed: [] } }, warnings: 2 },
    { name: 'the same again', part: { events: { changed: [event('a', 'Warning')], removed: [] } }, warnings: 1 },
    { name: 'forgotten', part: { events: { changed: [], removed: ['a'] } }, warnings: 0 },
    { name: 'what is normal does not count', part: { events: { changed: [event('d', 'Normal')], removed: ['b'] } }, warnings: 1 },
    {
      name: 'counted anew in a full frame',
      part: { full: true, events: { changed: [event('z', 'Warning')], removed: [] } },
      warnings: 1,
    },
    { name: 'none in an empty full frame', part: { full: true }, warnings: 0 },
  ])('$name', ({ part, warnings }) => {
    expect(worldAfter(two, frame(part)).warnings).toBe(warnings)
  })
})

describe('the world after a frame', () => {
  it('nodes are in the order of their numbers, Pods by their node, and those without one wait', () => {
    expect(start.nodeNames).toEqual(['n2', 'n10'])
    expect(start.podsByNode.get('n2')).toEqual(['default/a', 'default/b'])
    expect(start.waiting).toEqual(['default/c'])
  })

  it('a frame without changes keeps every part, so that nothing is drawn again', () => {
    const next = worldAfter(start, frame({ now: 100 }))
    expect(next.now).toBe(100)
    for (const key of [
      'pods',
      'nodes',
      'podsByNode',
      'podsByHost',
      'waiting',
      'nodeNames',
      'namespaces',
      'marks',
      'components',
    ] as const)
      expect(next[key]).toBe(start[key])
  })

  it('a Pod whose use changes leaves the lists of Pods alone', () => {
    const next = worldAfter(
      start,
      frame({ pods: { changed: [pod('a', 'n2', { usage: { cpuMilli: 7, memoryBytes: 7 } })], removed: [] } }),
    )
    expect(next.pods).not.toBe(start.pods)
    expect(next.pods.get('default/b')).toBe(start.pods.get('default/b'))
    expect(next.podsByNode).toBe(start.podsByNode)
  })

  it('a Pod that is bound leaves the waiting room for its node', () => {
    const next = worldAfter(start, frame({ pods: { changed: [pod('c', 'n10')], removed: [] } }))
    expect(next.waiting).toEqual([])
    expect(next.podsByNode.get('n10')).toEqual(['default/c'])
    expect(next.podsByNode.get('n2')).toBe(start.podsByNode.get('n2'))
  })

  it('a removed Pod is gone from its node', () => {
    expect(worldAfter(start, frame({ pods: { changed: [], removed: ['default/a'] } })).podsByNode.get('n2')).toEqual([
      'default/b',
    ])
  })

  it('a Pod moves to its place by age', () => {
    const next = worldAfter(start, frame({ pods: { changed: [pod('early', 'n2', { createdAt: -1 })], removed: [] } }))
    expect(next.podsByNode.get('n2')).toEqual(['default/early', 'default/a', 'default/b'])
    expect(next.podsByNode.get('n10')).toBe(start.podsByNode.get('n10'))
  })

  it('a node that its last Pod has left has no list', () => {
    const bound = worldAfter(start, frame({ pods: { changed: [pod('c', 'n10')], removed: [] } }))
    const gone = worldAfter(bound, frame({ pods: { changed: [], removed: ['default/c'] } }))
    expect(gone.podsByNode.has('n10')).toBe(false)
  })

  it('a full frame replaces everything and starts an epoch', () => {
    const next = worldAfter(start, frame({ full: true, pods: { changed: [pod('z', 'n2')], removed: [] } }))
    expect([...next.pods.keys()]).toEqual(['default/z'])
    expect(next.nodeNames).toEqual([])
    expect(next.epoch).toBe(start.epoch + 1)
  })
})
