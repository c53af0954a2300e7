import { unresolvable, type Plugin } from '../framework.ts'

const REJECTED = unresolvable("node(s) didn't match the requested node name")

/** A pod that names its node fits no other. Models plugins/nodename (v1.35). */
export const nodeName: Plugin = {
  name: 'NodeName',
  isNodeLocal: true,
  filter: (_state, { pod }, node) => (pod.spec.nodeName && pod.spec.nodeName !== node.name ? REJECTED : undefined),
  events: [{ resource: 'Node', actions: ['Add'] }],
}
