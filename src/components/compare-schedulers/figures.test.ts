import { describe, expect, test } from 'vitest'
import type { NodeView, PodView } from '../../engine/protocol.ts'
import { figuresOf } from './figures.ts'

const pod = (name: string, node: string | undefined, app = 'web', look: PodView['look'] = 'ready') =>
  ({ id: `default/${name}`, name, namespace: 'default', app, node, look }) as PodView
const node = (name: string, zone: string, requestedCpu: number, more: Partial<NodeView> = {}) =>
  ({
    name,
    zone,
    ready: 'Ready',
    unschedulable: false,
    allocatable: { cpuMilli: 4000, memoryBytes: 8000, pods: 110 },
    requested: { cpuMilli: requestedCpu, memoryBytes: 2000, pods: 1 },
    ...more,
  }) as NodeView

describe('figures of a placement', () => {
  const nodes = [node('a1', 'a', 3000), node('a2', 'a', 1000), node('b1', 'b', 0)]

  test('spread is told per application, empty places included', () => {
    const pods = [pod('1', 'a1'), pod('2', 'a1'), pod('3', 'a2'), pod('x', 'b1', 'other'), pod('y', undefined)]
    expect(figuresOf(pods, nodes)).toMatchObject({ placed: 4, waiting: 1, usedNodes: 3, zoneSkew: 3, nodeSkew: 2 })
  })

  test('use is that of nodes with Pods alone', () => {
    const { cpu, memory } = figuresOf([pod('1', 'a1')], nodes)
    expect([cpu, memory]).toEqual([0.75, 0.25])
  })

  test('the largest Pod that fits is one node’s free CPU; cordoned and silent nodes have none', () => {
    expect(figuresOf([], nodes)).toMatchObject({ largestCpuMilli: 4000, largestShare: 0.5 })
    const closed = [nodes[0]!, nodes[1]!, node('b1', 'b', 0, { unschedulable: true })]
    expect(figuresOf([], closed)).toMatchObject({ largestCpuMilli: 3000, largestShare: 0.75 })
  })

  test('Pods that are over hold no place', () => {
    expect(figuresOf([pod('1', 'a1', 'job', 'succeeded')], nodes)).toMatchObject({ placed: 0, waiting: 0, usedNodes: 0 })
  })

  test('without zones there is no spread by zone', () => {
    expect(figuresOf([], [node('n', '', 0)]).zoneSkew).toBeUndefined()
  })
})
