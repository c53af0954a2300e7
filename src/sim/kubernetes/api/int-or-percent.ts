import type { IntOrString } from './types.ts'

const PERCENT = /^[0-9]+%$/

/** `25%` → 25; undefined for anything else. Models apimachinery's validation.IsValidPercent. */
export const percentOf = (value: IntOrString | undefined): number | undefined =>
  typeof value === 'string' && PERCENT.test(value) ? Number(value.slice(0, -1)) : undefined

/**
 * A number, or a percentage of `total` rounded as asked; undefined when the text is no percentage.
 * Models intstr.GetScaledValueFromIntOrPercent.
 */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return value
  const percent = percentOf(value)
  if (percent === undefined) return undefined
  const hundredfold = percent * total
  return rounding === 'up' ? Math.ceil(hundredfold / 100) : Math.floor(hundredfold / 100)
}
