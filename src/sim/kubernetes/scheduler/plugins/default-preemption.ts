import { podsOf } from '../cluster-events.ts'
import type { Plugin } from '../framework.ts'
import { preempt, type PreemptionArgs } from '../preemption.ts'

/** Makes room by removing pods of lower priority. Models plugins/defaultpreemption (v1.35). */
export const createDefaultPreemption = (args: PreemptionArgs): Plugin => ({
  name: 'DefaultPreemption',
  postFilter(context) {
    const answer = preempt(context, args)
    const { status } = answer
    if (!status) return answer
    return { ...answer, status: { code: status.code, reasons: [`preemption: ${status.reasons.join(', ')}`] } }
  },
  // Never wakes a pod; it only takes part in un-gating one whose victims are being removed.
  events: [{ resource: 'Pod', actions: ['Delete'], hint: (_pod, event) => podsOf(event).before === undefined }],
})
