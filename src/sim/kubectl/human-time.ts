import { civilTime, parseTime } from '../kernel/time.ts'

/** An age in two units at most. Models k8s.io/apimachinery/pkg/util/duration.HumanDuration. */
export function humanDuration(ms: number): string {
  const s = Math.trunc(ms / 1000)
  if (s < -1) return '<invalid>'
  if (s < 0) return '0s'
  if (s < 120) return `${s}s`
  const m = Math.trunc(s / 60)
  if (m < 10) return s % 60 ? `${m}m${s % 60}s` : `${m}m`
  if (m < 180) return `${m}m`
  const h = Math.trunc(s / 3600)
  if (h < 8) return m % 60 ? `${h}h${m % 60}m` : `${h}h`
  if (h < 48) return `${h}h`
  const d = Math.trunc(h / 24)
  if (h < 192) return h % 24 ? `${d}d${h % 24}h` : `${d}d`
  if (d < 730) return `${d}d`
  const y = Math.trunc(d / 365)
  if (d < 2920) return d % 365 ? `${y}y${d % 365}d` : `${y}y`
  return `${y}y`
}

/** How long ago an RFC 3339 text is; `<unknown>` for none. */
export function ageOf(time: unknown, nowMs: number): string {
  const ms = typeof time === 'string' ? parseTime(time) : undefined
  return ms === undefined ? '<unknown>' : humanDuration(nowMs - ms)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** Go's time.RFC1123Z in UTC; the zero time for what is no time. */
export function rfc1123(time: unknown): string {
  const ms = typeof time === 'string' ? parseTime(time) : undefined
  if (ms === undefined) return 'Mon, 01 Jan 0001 00:00:00 +0000'
  const t = civilTime(ms)
  return `${DAYS[t.weekday]}, ${two(t.day)} ${MONTHS[t.month - 1]} ${t.year} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} +0000`
}
