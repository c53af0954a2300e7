import type { Node } from '../api/types.ts'
import { type Controller, DONE, retry } from './runtime/controller.ts'

/** Pods live in 10.244.0.0/16, each node in a /24 of it. */
const rangeOf = (index: number): string => `10.244.${index}.0/24`
const RANGES = 256

/** Gives every node its range of pod addresses. Models pkg/controller/nodeipam range allocator (v1.35) with kubeadm's usual ranges. */
export const nodeIpamController: Controller<{ readonly given: Map<string, string> }> = {
  name: 'node-ipam-controller',
  // What was given but has not come back through the watch yet: two nodes that join together get two ranges.
  initialState: () => ({ given: new Map() }),
  eventSource: 'cidrAllocator',
  watches: {
    nodes: ({ type, object }, { enqueue, state }) => {
      if (type === 'DELETED') state.given.delete(object.metadata.name)
      if (type !== 'DELETED' && !(object as unknown as Node).spec?.podCIDR) enqueue(object.metadata.name)
    },
  },
  reconcile({ api, cache, events, state }, name) {
    const node = cache.get('nodes', '', name) as unknown as Node | undefined
    if (!node || node.spec.podCIDR) return DONE
    const taken = new Set([...[...cache.list('nodes')].map((other) => (other as unknown as Node).spec.podCIDR), ...state.given.values()])
    let index = 0
    while (taken.has(rangeOf(index))) index += 1
    if (index >= RANGES) {
      events.record(
        { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid ?? '' },
        'Normal',
        'CIDRNotAvailable',
        `Node ${name} status is now: CIDRNotAvailable`,
      )
      return retry('no range left')
    }
    const podCIDR = state.given.get(name) ?? rangeOf(index)
    state.given.set(name, podCIDR)
    const patched = api.patch('nodes', '', name, { type: 'merge', body: { spec: { podCIDR, podCIDRs: [podCIDR] } } })
    return patched.ok || patched.status.code === 404 ? DONE : retry(patched.status.message)
  },
}
