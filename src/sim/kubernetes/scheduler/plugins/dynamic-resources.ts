import { failure, skip, unschedulable, type Plugin } from '../framework.ts'

const NAME = 'DynamicResources'

/**
 * Simplified: resource claims are not modelled, so the plugin lets every pod through. What remains is what it does to every pod's
 * failure text: it has the first word after the filters. Models plugins/dynamicresources (v1.35).
 */
export const createDynamicResources = (scores: boolean): Plugin => ({
  name: NAME,
  isNodeLocal: true,
  preFilter: () => ({ status: skip }),
  // Its state is missing when another plugin refused the pod before it had its turn.
  postFilter: ({ hasPreFiltered }) => ({
    status: hasPreFiltered(NAME) ? unschedulable('no new claims to deallocate') : failure('not found'),
  }),
  ...(scores ? { score: () => 0 } : {}),
  events: [
    { resource: 'ResourceClaim', actions: ['Add', 'Update'] },
    { resource: 'ResourceSlice', actions: ['Add', 'Update'] },
    { resource: 'DeviceClass', actions: ['Add', 'Update'] },
    { resource: 'Node', actions: ['Add', 'UpdateNodeLabel', 'UpdateNodeAllocatable'], hint: () => false },
  ],
})
