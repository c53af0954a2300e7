const UNIT_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }

/** `1h2m3.5s` in milliseconds, or the error text. Models Go's time.ParseDuration. */
export function parseGoDuration(text: string): { readonly ms?: number; readonly error?: string } {
  const quoted = JSON.stringify(text)
  let rest = text
  let sign = 1
  if (rest[0] === '-' || rest[0] === '+') {
    if (rest[0] === '-') sign = -1
    rest = rest.slice(1)
  }
  if (rest === '0') return { ms: 0 }
  if (rest === '') return { error: `time: invalid duration ${quoted}` }
  let ns = 0
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0]
    if (number === undefined) return { error: `time: invalid duration ${quoted}` }
    rest = rest.slice(number.length)
    const unit = /^[^\d.]+/.exec(rest)?.[0]
    if (unit === undefined) return { error: `time: missing unit in duration ${quoted}` }
    const size = UNIT_NS[unit]
    if (size === undefined) return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` }
    rest = rest.slice(unit.length)
    ns += Number(number) * size
  }
  return { ms: Math.trunc((sign * ns) / 1e6) }
}

/** Go's time.Duration.String, for whole milliseconds. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s'
  const sign = ms < 0 ? '-' : ''
  const total = Math.abs(ms)
  if (total < 1000) return `${sign}${total}ms`
  const seconds = (total % 60_000) / 1000
  const minutes = Math.floor(total / 60_000) % 60
  const hours = Math.floor(total / 3_600_000)
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}
