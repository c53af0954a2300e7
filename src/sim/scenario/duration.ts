import type { Millis } from '../kernel/time.ts'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const WHOLE = /^(\d+(ms|s|m|h))+$/

/** `1h30m`, `90s`, `300ms` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): Millis | undefined {
  if (!WHOLE.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g)) total += Number(amount) * UNIT_MS[unit!]!
  return Number.isSafeInteger(total) ? total : undefined
}

/** For durations that the schema has already checked. */
export const durationMs = (text: string): Millis => parseDuration(text) ?? 0
