import type { Taint } from '../../api/types.ts'
import { isSamePod, nodesOf, podsOf } from '../cluster-events.ts'
import { unresolvable, type Plugin } from '../framework.ts'
import { isTolerated } from '../taints.ts'

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const REJECTED = unresolvable('node(s) were unschedulable')

/** Rejects cordoned nodes, unless the pod tolerates that. Models plugins/nodeunschedulable (v1.35). */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  isNodeLocal: true,
  filter: (_state, pod, node) =>
    node.isUnschedulable && !isTolerated(UNSCHEDULABLE, pod.shape.tolerations) ? REJECTED : undefined,
  events: [
    {
      resource: 'Node',
      actions: ['Add', 'UpdateNodeTaint'],
      hint: (_pod, event) => {
        const { before, after } = nodesOf(event)
        return !(after?.spec?.unschedulable ?? false) && (before === undefined || (before.spec?.unschedulable ?? false))
      },
    },
    {
      resource: 'Pod',
      actions: ['UpdatePodToleration'],
      hint: ({ pod }, event) => {
        const { after } = podsOf(event)
        return isSamePod(pod, after) && isTolerated(UNSCHEDULABLE, after?.spec.tolerations ?? [])
      },
    },
  ],
}
