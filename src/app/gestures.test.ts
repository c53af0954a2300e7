import { describe, expect, it } from 'vitest'
import type { Action, ComponentView, FaultView } from '../engine/protocol.ts'
import { componentGestures, lineOf, nodeGestures, podGestures } from './gestures.ts'

const node = { name: 'node-1', unschedulable: false }
const pod = { id: 'shop/web-1', name: 'web-1', namespace: 'shop', node: 'node-1' }
const fault = (kind: string, target: string): FaultView => ({ id: `f-${kind}`, kind, target, since: 0 })
const scheduler: ComponentView = { name: 'kube-scheduler', running: true, doing: { type: 'idle' }, active: false }

const labels = (gestures: readonly { readonly label: string }[]): readonly string[] => gestures.map(({ label }) => label)

describe('what can be done', () => {
  it('a healthy node can be struck, cordoned and drained', () => {
    expect(labels(nodeGestures(node, []))).toEqual(['powerOff', 'cutLink', 'stopKubelet', 'cordon', 'drain'])
  })

  it.each<[string, FaultView, string]>([
    ['without power', fault('HostPowerOff', 'node-1'), 'powerOn'],
    ['with its link cut', fault('LinkDown', 'node-1 ↔ control-plane'), 'joinLink'],
    ['with its kubelet stopped', fault('ProcessStop', 'kubelet/node-1'), 'startKubelet'],
  ])('a node %s is healed by the id of that fault', (_name, active, label) => {
    expect(nodeGestures(node, [active]).find((gesture) => gesture.label === label)?.action).toEqual({
      type: 'heal',
      id: active.id,
    })
  })

  it('the fault of node-11 is not that of node-1', () => {
    expect(labels(nodeGestures(node, [fault('HostPowerOff', 'node-11')]))).toContain('powerOff')
  })

  it('a cordoned node can be uncordoned', () => {
    expect(labels(nodeGestures({ ...node, unschedulable: true }, []))).toContain('uncordon')
  })

  it('a Pod without a node has no containers to strike', () => {
    expect(labels(podGestures({ ...pod, node: undefined }, []))).toEqual(['delete'])
    expect(labels(podGestures(pod, []))).toEqual(['crash', 'hang', 'leak', 'logs', 'delete'])
  })

  it('a component is stopped, and started again by healing, whatever name the scenario used', () => {
    expect(componentGestures(scheduler, [])[0]?.action).toEqual({
      type: 'fault',
      kind: 'ProcessStop',
      target: { process: 'kube-scheduler' },
    })
    expect(componentGestures({ ...scheduler, running: false }, [fault('ProcessStop', 'scheduler')])[0]?.action).toEqual({
      type: 'heal',
      id: 'f-ProcessStop',
    })
  })

  it('etcd has no process of its own to stop', () => {
    expect(componentGestures({ ...scheduler, name: 'etcd' }, [])).toEqual([])
  })

  it.each<[string, Action, string]>([
    ['a command is its line', { type: 'kubectl', line: 'kubectl get pods' }, 'kubectl get pods'],
    [
      'a fault names its kind and target',
      { type: 'fault', kind: 'LinkDown', target: { between: ['node-1', 'control-plane'] } },
      'LinkDown node-1 control-plane',
    ],
    ['a manifest', { type: 'apply', text: '…' }, 'kubectl apply -f -'],
  ])('as a line: %s', (_name, action, line) => {
    expect(lineOf(action)).toBe(line)
  })
})
