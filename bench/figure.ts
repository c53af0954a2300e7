export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What is wanted: at least, or at most. */
  readonly target: number
  readonly isMost?: boolean
  /** What exactly is measured. */
  readonly note?: string
  /** Where the time went, a line each; printed when the target is missed. */
  readonly profile?: readonly string[]
}

export const isMet = ({ value, target, isMost }: Figure): boolean => (isMost ? value <= target : value >= target)

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

const rounded = (value: number): string => String(Math.round(value * 10) / 10)

/** A line for each figure; a missed one is followed by where its time went. */
export function table(figures: readonly Figure[]): string {
  const lines = figures.flatMap((figure) => {
    const { name, value, unit, target, isMost, note, profile = [] } = figure
    const met = isMet(figure)
    return [
      `${met ? '✓' : '✗'} ${name.padEnd(56)} ${rounded(value).padStart(10)} ${unit.padEnd(14)} ${isMost ? 'at most' : 'at least'} ${target}`,
      ...(note === undefined ? [] : [`    ${note}`]),
      ...(met ? [] : profile.map((line) => `    | ${line}`)),
    ]
  })
  return `${lines.join('\n')}\n`
}
