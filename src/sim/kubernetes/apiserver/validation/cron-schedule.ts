/** Says what is wrong with a schedule, in the words of robfig/cron (as used by Kubernetes v1.35). Undefined for a good one. */

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
]
const DESCRIPTORS: ReadonlySet<string> = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
])

function numberProblem(text: string, { min, names }: Bounds): { readonly value: number } | { readonly problem: string } {
  const name = names?.indexOf(text.toLowerCase()) ?? -1
  if (name >= 0) return { value: name + min }
  if (!/^[+-]?\d+$/.test(text))
    return { problem: `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax` }
  const value = Number(text)
  return value < 0 ? { problem: `negative number (${value}) not allowed: ${text}` } : { value }
}

function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const [range = '', stepText, ...tooMany] = expression.split('/')
  const [lowText = '', highText, ...rest] = range.split('-')
  let start = bounds.min
  let end = bounds.max
  if (lowText !== '*' && lowText !== '?') {
    const low = numberProblem(lowText, bounds)
    if ('problem' in low) return low.problem
    start = low.value
    end = low.value
    if (rest.length > 0) return `too many hyphens: ${expression}`
    if (highText !== undefined) {
      const high = numberProblem(highText, bounds)
      if ('problem' in high) return high.problem
      end = high.value
    }
  }
  if (tooMany.length > 0) return `too many slashes: ${expression}`
  let step = 1
  if (stepText !== undefined) {
    const parsed = numberProblem(stepText, { min: 0, max: 0 })
    if ('problem' in parsed) return parsed.problem
    step = parsed.value
    if (highText === undefined) end = bounds.max
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`
  return step === 0 ? `step of range should be a positive number: ${expression}` : undefined
}

export function scheduleProblem(schedule: string): string | undefined {
  const text = schedule.trim()
  if (text.startsWith('@')) {
    if (DESCRIPTORS.has(text)) return undefined
    const duration = /^@every (.*)$/.exec(text)?.[1]
    if (duration === undefined) return `unrecognized descriptor: ${text}`
    return /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(duration)
      ? undefined
      : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`
  }
  const fields = text.split(/\s+/).filter((field) => field !== '')
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [i, field] of fields.entries())
    for (const expression of field.split(',')) {
      const problem = rangeProblem(expression, FIELDS[i]!)
      if (problem) return problem
    }
  return undefined
}
