import type { Plugin } from '../framework.ts'

/** Higher priority first; among equals the one that waits longer. Models plugins/queuesort (v1.35). */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  less: (a, b) => a.priority > b.priority || (a.priority === b.priority && a.timestamp < b.timestamp),
}
