/** A point in simulated time, or a duration: whole milliseconds. The recording starts at 0. */
export type Millis = number

/** The quantum of `Kernel.tick()`, in milliseconds. */
export const TICK_MS = 100

/** Wall-clock time at simulated millisecond 0 unless a scenario says otherwise: 2026-01-05T09:00:00.200Z. */
export const DEFAULT_EPOCH_MS = 1_767_603_600_200

const DAY_MS = 86_400_000

/** Proleptic Gregorian date of a day number counted from 1970-01-01. */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 }
}

function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yoe = y - era * 400
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0')

export interface CivilTime {
  readonly year: number
  /** 1–12 */
  readonly month: number
  /** 1–31 */
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millisecond: number
  /** 0 = Sunday */
  readonly weekday: number
}

/** UTC calendar fields of a Unix time in milliseconds. */
export function civilTime(unixMs: number): CivilTime {
  const days = Math.floor(unixMs / DAY_MS)
  const rest = unixMs - days * DAY_MS
  return {
    ...civilFromDays(days),
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    millisecond: rest % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  }
}

/** Unix milliseconds of UTC calendar fields (month 1–12). */
export function unixMsOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0, millisecond = 0): number {
  return daysFromCivil(year, month, day) * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millisecond
}

/** `00` … `59` and on to `99`. */
const TWO: readonly string[] = Array.from({ length: 100 }, (_, value) => pad(value, 2))

/** `metav1.Time`: RFC 3339, UTC, whole seconds (truncated). */
export function formatTime(unixMs: number): string {
  const days = Math.floor(unixMs / DAY_MS)
  const seconds = Math.floor((unixMs - days * DAY_MS) / 1000)
  const { year, month, day } = civilFromDays(days)
  return `${pad(year, 4)}-${TWO[month]}-${TWO[day]}T${TWO[Math.floor(seconds / 3600)]}:${TWO[Math.floor(seconds / 60) % 60]}:${TWO[seconds % 60]}Z`
}

/** `metav1.MicroTime`: RFC 3339, UTC, six decimals. */
export function formatMicroTime(unixMs: number): string {
  const whole = formatTime(unixMs)
  return `${whole.slice(0, -1)}.${pad(unixMs - Math.floor(unixMs / 1000) * 1000, 3)}000Z`
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Unix milliseconds of an RFC 3339 text (fractions below a millisecond are cut), or undefined if it is none. */
export function parseTime(text: string | null | undefined): number | undefined {
  const match = text ? RFC3339.exec(text) : null
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match
  const ms = fraction ? Number(fraction.slice(0, 3).padEnd(3, '0')) : 0
  const offset = sign ? (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 : 0
  return unixMsOf(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), ms) - offset
}
