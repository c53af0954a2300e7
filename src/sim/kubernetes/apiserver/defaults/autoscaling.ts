import type { AnyObject } from '../../api/types.ts'
import { fill, within } from './fill.ts'

/** Models pkg/apis/autoscaling/v2/defaults.go (v1.35). */

interface ScalingRules {
  readonly stabilizationWindowSeconds?: number
  readonly selectPolicy?: string
  readonly policies?: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[]
}
interface AutoscalerSpec {
  readonly minReplicas?: number
  readonly metrics?: readonly unknown[]
  readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules }
}

const SCALE_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}
const SCALE_DOWN = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] }
const CPU_80 = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]

const withRules = (rules: ScalingRules, defaults: ScalingRules): ScalingRules =>
  fill(
    rules.policies?.length === 0 ? { ...rules, policies: undefined } : rules,
    defaults as Readonly<Record<string, unknown>>,
  ) as ScalingRules

export const withAutoscalerDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly spec: AutoscalerSpec }, 'spec', (given) => {
    const spec = fill(given, { minReplicas: 1, metrics: CPU_80 })
    return within(spec, 'behavior', (behavior) =>
      within(
        within(fill(behavior, { scaleUp: {}, scaleDown: {} }), 'scaleUp', (rules) => withRules(rules, SCALE_UP)),
        'scaleDown',
        (rules) => withRules(rules, SCALE_DOWN),
      ),
    )
  })
