import { describe, expect, it } from 'vitest'
import type { Frame, NodeView, PodView } from '../engine/protocol.ts'
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

  it('a full frame replaces everything and starts an epoch', () => {
    const next = worldAfter(start, frame({ full: true, pods: { changed: [pod('z', 'n2')], removed: [] } }))
    expect([...next.pods.keys()]).toEqual(['default/z'])
    expect(next.nodeNames).toEqual([])
    expect(next.epoch).toBe(start.epoch + 1)
  })
})
