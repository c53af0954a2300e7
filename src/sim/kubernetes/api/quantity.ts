/**
 * A `resource.Quantity`: a decimal number with up to nine fractional digits and the family of suffixes it is printed with.
 * Exact: whole numbers of nano-units. Models apimachinery pkg/api/resource.
 */
export interface Quantity {
  /** Value × 10⁹. */
  readonly nano: bigint
  readonly format: QuantityFormat
}

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

export const QUANTITY_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const NANO = 1_000_000_000n
const MAX_NANO = 9_223_372_036_854_775_807n * NANO
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/

/** Undefined when the text is no quantity. What lies below a nano-unit is rounded away from zero. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const match = SHAPE.exec(String(text))
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', suffix, exponent] = match
  if (whole === '' && fraction === '') return undefined
  let format: QuantityFormat = 'DecimalSI'
  let power = 9
  let factor = 1n
  if (exponent !== undefined) {
    format = 'DecimalExponent'
    power += Number(exponent)
  } else if (suffix?.endsWith('i')) {
    format = 'BinarySI'
    factor = 1n << BigInt(10 * BINARY_SUFFIXES.indexOf(suffix))
  } else if (suffix !== undefined) {
    power += 3 * (DECIMAL_SUFFIXES.indexOf(suffix) - 3)
  }
  power -= fraction.length
  if (power > 60) power = 60 // far beyond the cap below
  let nano = BigInt(whole + fraction) * factor
  if (power >= 0) nano *= 10n ** BigInt(power)
  else {
    const divisor = 10n ** BigInt(-power)
    nano = (nano + divisor - 1n) / divisor
  }
  if (nano > MAX_NANO) nano = MAX_NANO
  return { nano: sign === '-' ? -nano : nano, format }
}

/** The canonical text: `1000m` → `1`, `1024Mi` → `1Gi`, `0.5` → `500m`, `1e3` → `1e3`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  let rest = nano < 0n ? -nano : nano
  if (format === 'BinarySI' && rest >= 1024n * NANO && rest % NANO === 0n) {
    rest /= NANO
    let step = 0
    while (step < BINARY_SUFFIXES.length - 1 && rest % 1024n === 0n) {
      rest /= 1024n
      step += 1
    }
    return `${sign}${rest}${BINARY_SUFFIXES[step]}`
  }
  let step = -3
  while (step < 6 && rest % 1000n === 0n) {
    rest /= 1000n
    step += 1
  }
  if (format === 'DecimalExponent') return step === 0 ? `${sign}${rest}` : `${sign}${rest}e${step * 3}`
  return `${sign}${rest}${DECIMAL_SUFFIXES[step + 3]}`
}

/** The canonical text of a quantity's text; undefined when it is none. */
export function canonicalQuantity(text: string | number): string | undefined {
  if (typeof text === 'number' && Number.isSafeInteger(text) && text < 1000 && text > -1000) return String(text)
  const quantity = parseQuantity(text)
  return quantity && formatQuantity(quantity)
}

const ceilDivide = (value: bigint, divisor: bigint): bigint => {
  const quotient = value / divisor
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient
}

const FAST = /^(\d{1,9})(m|Ki|Mi|Gi)?$/

function fastNumber(text: string, milli: boolean): number | undefined {
  const match = FAST.exec(text)
  if (!match) return undefined
  const digits = Number(match[1])
  switch (match[2]) {
    case undefined:
      return milli ? digits * 1000 : digits
    case 'm':
      return milli ? digits : Math.ceil(digits / 1000)
    case 'Ki':
      return digits * 1024 * (milli ? 1000 : 1)
    case 'Mi':
      return digits * 1_048_576 * (milli ? 1000 : 1)
    default:
      return milli ? undefined : digits * 1_073_741_824
  }
}

/** Whether a quantity's text stands for a whole number; malformed text does not. */
export function isWholeQuantity(text: string): boolean {
  if (/^\d+(?:Ki|Mi|Gi)?$/.test(text)) return true
  const quantity = parseQuantity(text)
  return quantity !== undefined && quantity.nano % NANO === 0n
}

/** Whole units, rounded up (bytes, counts). 0 for absent or malformed text. */
export function quantityValue(text: string | undefined): number {
  if (text === undefined) return 0
  const fast = fastNumber(text, false)
  if (fast !== undefined && Number.isSafeInteger(fast)) return fast
  const quantity = parseQuantity(text)
  return quantity ? Number(ceilDivide(quantity.nano, NANO)) : 0
}

/** Thousandths, rounded up (millicores). 0 for absent or malformed text. */
export function quantityMilliValue(text: string | undefined): number {
  if (text === undefined) return 0
  const fast = fastNumber(text, true)
  if (fast !== undefined && Number.isSafeInteger(fast)) return fast
  const quantity = parseQuantity(text)
  return quantity ? Number(ceilDivide(quantity.nano, 1_000_000n)) : 0
}

const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' }

const parsed = (text: string | undefined): Quantity => (text === undefined ? ZERO : (parseQuantity(text) ?? ZERO))

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: string | undefined, b: string | undefined): number {
  const fastLeft = fastNumber(a ?? '0', true)
  const fastRight = fastNumber(b ?? '0', true)
  if (fastLeft !== undefined && fastRight !== undefined) return fastLeft - fastRight
  const left = parsed(a).nano
  const right = parsed(b).nano
  return left < right ? -1 : left > right ? 1 : 0
}

/** The sum takes the format of the first summand, unless that is zero. */
export function addQuantities(a: string | undefined, b: string | undefined): string {
  const left = parsed(a)
  const right = parsed(b)
  return formatQuantity({ nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format })
}

export function subtractQuantities(a: string | undefined, b: string | undefined): string {
  const left = parsed(a)
  const right = parsed(b)
  return formatQuantity({ nano: left.nano - right.nano, format: left.nano === 0n ? right.format : left.format })
}

/** A whole number of units as a quantity's text. */
export const quantityOf = (value: number, format: QuantityFormat = 'DecimalSI'): string =>
  formatQuantity({ nano: BigInt(value) * NANO, format })

/** Thousandths as a quantity's text: 1500 → `1500m`, 2000 → `2`. */
export const milliQuantityOf = (milli: number): string =>
  formatQuantity({ nano: BigInt(milli) * 1_000_000n, format: 'DecimalSI' })
