import { skip, unresolvable, type Plugin } from '../framework.ts'

const REJECTED = unresolvable("node(s) didn't match Pod's required features")

/** A pod goes only where the kubelet declares the features that it needs. Models plugins/nodedeclaredfeatures (v1.36). */
export const nodeDeclaredFeatures: Plugin = {
  name: 'NodeDeclaredFeatures',
  isNodeLocal: true,
  preFilter: ({ shape }) => (shape.requiredFeatures.length === 0 ? { status: skip } : {}),
  filter: (_state, { shape }, { node }) =>
    shape.requiredFeatures.every((feature) => node?.status?.declaredFeatures?.includes(feature)) ? undefined : REJECTED,
  events: [{ resource: 'Node', actions: ['Add', 'UpdateNodeDeclaredFeature'] }],
}
