import { civilTime, unixMsOf } from '../../kernel/time.ts'

const MINUTE_MS = 60_000
const YEARS_AHEAD = 5
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 }

interface Field {
  readonly values: ReadonlySet<number>
  readonly isStar: boolean
}

/** When something is due; times in milliseconds on the clock of the schedule's time zone. */
export type Schedule =
  | { readonly everyMs: number }
  | { readonly minutes: Field; readonly hours: Field; readonly days: Field; readonly months: Field; readonly weekdays: Field }

function parseField(text: string, min: number, max: number, names: readonly string[] = []): Field | undefined {
  const values = new Set<number>()
  let isStar = false
  const number = (word: string): number => {
    const name = names.indexOf(word.toLowerCase())
    return name >= 0 ? name + min : /^\d+$/.test(word) ? Number(word) : Number.NaN
  }
  for (const part of text.split(',')) {
    const [range = '', stepText] = part.split('/')
    const [lowText = '', highText] = range.split('-')
    const isAny = lowText === '*' || lowText === '?'
    if (isAny && stepText === undefined) isStar = true
    const low = isAny ? min : number(lowText)
    const high = isAny ? max : highText !== undefined ? number(highText) : stepText !== undefined ? max : low
    const step = stepText === undefined ? 1 : number(stepText)
    if (!(low >= min && high <= max && low <= high && step > 0)) return undefined
    for (let value = low; value <= high; value += step) values.add(value)
  }
  return { values, isStar }
}

/** A standard cron line or a descriptor (`@hourly`, `@every 90s`); undefined when it is none. Models robfig/cron ParseStandard. */
export function parseSchedule(text: string): Schedule | undefined {
  const every = /^@every ((?:\d+[hms])+)$/.exec(text.trim())?.[1]
  if (every !== undefined) {
    let everyMs = 0
    for (const [, amount, unit] of every.matchAll(/(\d+)([hms])/g)) everyMs += Number(amount) * UNITS_MS[unit!]!
    return { everyMs: Math.max(1000, everyMs) }
  }
  const fields = (DESCRIPTORS[text.trim()] ?? text.trim()).split(/\s+/)
  if (fields.length !== 5) return undefined
  const minutes = parseField(fields[0]!, 0, 59)
  const hours = parseField(fields[1]!, 0, 23)
  const days = parseField(fields[2]!, 1, 31)
  const months = parseField(fields[3]!, 1, 12, MONTHS)
  const weekdays = parseField(fields[4]!, 0, 6, DAYS)
  return minutes && hours && days && months && weekdays ? { minutes, hours, days, months, weekdays } : undefined
}

/** The first time after `afterMs`; undefined when there is none within five years. A day must meet both day fields, or either if both are set. */
export function nextTime(schedule: Schedule, afterMs: number): number | undefined {
  if ('everyMs' in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs
  const { minutes, hours, days, months, weekdays } = schedule
  let at = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS
  const lastYear = civilTime(at).year + YEARS_AHEAD
  for (;;) {
    const { year, month, day, hour, minute, weekday } = civilTime(at)
    if (year > lastYear) return undefined
    const [inDays, inWeekdays] = [days.values.has(day), weekdays.values.has(weekday)]
    const isDay = days.isStar || weekdays.isStar ? inDays && inWeekdays : inDays || inWeekdays
    if (!months.values.has(month)) at = month === 12 ? unixMsOf(year + 1, 1, 1) : unixMsOf(year, month + 1, 1)
    else if (!isDay) at = unixMsOf(year, month, day) + 24 * 60 * MINUTE_MS
    else if (!hours.values.has(hour)) at = unixMsOf(year, month, day, hour) + 60 * MINUTE_MS
    else if (!minutes.values.has(minute)) at += MINUTE_MS
    else return at
  }
}

/** Minutes east of Greenwich of zones that know no summer time. Simplified: others are not known. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  'Etc/UTC': 0,
  'Asia/Seoul': 540,
  'Asia/Tokyo': 540,
  'Asia/Shanghai': 480,
  'Asia/Singapore': 480,
  'Asia/Kolkata': 330,
  'Asia/Dubai': 240,
}

/** How far the zone's clock is ahead, in milliseconds; undefined for a zone that is not known. */
export const zoneOffsetMs = (zone: string | undefined): number | undefined =>
  zone === undefined ? 0 : ZONES[zone] === undefined ? undefined : ZONES[zone] * MINUTE_MS
