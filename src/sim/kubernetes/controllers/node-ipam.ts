import type { Node } from '../api/types.ts'
import { type Controller, DONE, retry } from './runtime/controller.ts'

/** Pods live in 10.244.0.0/16, each node in a /24 of it. */
const rangeOf = (index: number): string => `10.244.${index}.0/24`
const RANGES = 256

/** Gives every node its range of pod addresses. Models pkg/controller/nodeipam range allocator (v1.35) with kubeadm's usual ranges. */
export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  eventSource: 'cidrAllocator',
  watches: {
    nodes: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED' && !(object as unknown as Node).spec?.podCIDR) enqueue(object.metadata.name)
    },
  },
  reconcile({ api, cache, events }, name) {
    const node = cache.get('nodes', '', name) as unknown as Node | undefined
    if (!node || node.spec.podCIDR) return DONE
    const taken = new Set([...cache.list('nodes')].map((other) => (other as unknown as Node).spec.podCIDR))
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
    const podCIDR = rangeOf(index)
    const patched = api.patch('nodes', '', name, { type: 'merge', body: { spec: { podCIDR, podCIDRs: [podCIDR] } } })
    return patched.ok || patched.status.code === 404 ? DONE : retry(patched.status.message)
  },
}
