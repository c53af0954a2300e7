import { isSamePod, podsOf } from '../cluster-events.ts'
import { unresolvable, type Plugin } from '../framework.ts'

/** Keeps a pod out of the queue while it has gates. Models plugins/schedulinggates (v1.35). */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue({ pod }) {
    const gates = pod.spec.schedulingGates ?? []
    if (gates.length === 0) return undefined
    return unresolvable(`waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`)
  },
  events: [
    {
      resource: 'Pod',
      actions: ['UpdatePodSchedulingGatesEliminated'],
      hint: ({ pod }, event) => isSamePod(pod, podsOf(event).after),
    },
  ],
}
