import type { AnyObject, Node } from '../../api/types.ts'
import type { AdmissionPlugin } from './plugin.ts'

const NOT_READY = 'node.kubernetes.io/not-ready'

/** A new node takes no Pods until it has reported. Models plugin/pkg/admission/nodetaint. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  resources: ['nodes'],
  admit(object, { operation }) {
    const node = object as unknown as Node
    const taints = node.spec?.taints ?? []
    if (operation !== 'create' || taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule'))
      return { object }
    const next: Node = { ...node, spec: { ...node.spec, taints: [...taints, { key: NOT_READY, effect: 'NoSchedule' }] } }
    return { object: next as unknown as AnyObject }
  },
}
