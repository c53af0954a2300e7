import type { Taint } from '../../api/types.ts'
import { isSamePod, nodesOf, podsOf } from '../cluster-events.ts'
import { defaultNormalizeScore, unresolvable, type Plugin } from '../framework.ts'
import type { ReleaseBehaviour } from '../releases.ts'
import { findUntoleratedTaint, isTolerated } from '../taints.ts'

const REJECTED = unresolvable('node(s) had untolerated taint(s)')

const rejectionNaming = ({ key, value = '' }: Taint) => unresolvable(`node(s) had untolerated taint {${key}: ${value}}`)

/** NoSchedule and NoExecute taints keep a pod out; the fewer PreferNoSchedule taints the better. Models plugins/tainttoleration (v1.35). */
export const createTaintToleration = ({ namesUntoleratedTaint }: ReleaseBehaviour): Plugin => ({
  name: 'TaintToleration',
  isNodeLocal: true,
  filter(_state, pod, node) {
    if (node.taints.length === 0) return undefined
    const taint = findUntoleratedTaint(node.taints, pod.shape.tolerations)
    if (!taint) return undefined
    return namesUntoleratedTaint ? rejectionNaming(taint) : REJECTED
  },
  score(_state, pod, node) {
    let untolerated = 0
    for (const taint of node.taints)
      if (taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod.shape.preferTolerations)) untolerated += 1
    return untolerated
  },
  normalizeScore: (_state, _pod, scores) => defaultNormalizeScore(scores, true),
  events: [
    {
      resource: 'Node',
      actions: ['Add', 'UpdateNodeTaint'],
      hint: ({ shape }, event) => {
        const { before, after } = nodesOf(event)
        if (findUntoleratedTaint(after?.spec?.taints ?? [], shape.tolerations)) return false
        return before === undefined || findUntoleratedTaint(before.spec?.taints ?? [], shape.tolerations) !== undefined
      },
    },
    { resource: 'Pod', actions: ['UpdatePodToleration'], hint: ({ pod }, event) => isSamePod(pod, podsOf(event).after) },
  ],
})
