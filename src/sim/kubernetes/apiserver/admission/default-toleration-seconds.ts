import type { AnyObject, Pod, Toleration } from '../../api/types.ts'
import type { AdmissionPlugin } from './plugin.ts'

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
const TOLERATION_SECONDS = 300

const covers = ({ key, effect }: Toleration, taint: string): boolean =>
  (key === taint || !key) && (effect === 'NoExecute' || !effect)

/** A Pod stays on a lost node for five minutes unless it says otherwise. Models plugin/pkg/admission/defaulttolerationseconds. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  resources: ['pods'],
  admit(object, { subresource }) {
    if (subresource !== '') return { object }
    const pod = object as unknown as Pod
    const tolerations = pod.spec.tolerations ?? []
    const added = TAINTS.filter((taint) => !tolerations.some((toleration) => covers(toleration, taint))).map(
      (key): Toleration => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: TOLERATION_SECONDS,
      }),
    )
    if (added.length === 0) return { object }
    const next: Pod = { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } }
    return { object: next as unknown as AnyObject }
  },
}
