export interface TabOptions {
  readonly minWidth: number
  readonly padding: number
  /** Columns do not get narrower after a line that breaks the table. */
  readonly remembers?: boolean
  /** Widths of what was written before of the same table, in and out. */
  readonly remembered?: number[]
}

/** How `kubectl get` and its kin set columns. */
export const TABLE_TABS: TabOptions = { minWidth: 6, padding: 3, remembers: true }
/** How `kubectl describe` does. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 }

const widthOf = (text: string): number => {
  let width = 0
  for (const _ of text) width += 1
  return width
}

/**
 * Aligns tab-separated cells: a column is a run of neighbouring lines that have a tab-terminated cell there; the last cell of a line
 * belongs to none. Models Go's text/tabwriter (and its fork github.com/liggitt/tabwriter for `remembered`).
 */
export function tabulate(
  input: string,
  { minWidth, padding, remembers = false, remembered = remembers ? [] : undefined }: TabOptions,
): string {
  const lines = input.split('\n').map((line) => line.split('\t'))
  const out: string[] = []
  const widths: number[] = []
  const emit = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const line = lines[i]!
      out.push(
        line
          .map((cell, j) =>
            j < line.length - 1 && j < widths.length ? cell + ' '.repeat(Math.max(0, widths[j]! - widthOf(cell))) : cell,
          )
          .join(''),
      )
    }
  }
  const format = (from: number, to: number): void => {
    const column = widths.length
    let start = from
    for (let i = from; i < to; i++) {
      if (column >= lines[i]!.length - 1) continue
      emit(start, i)
      start = i
      let width = minWidth
      for (; i < to && column < lines[i]!.length - 1; i++) width = Math.max(width, widthOf(lines[i]![column]!) + padding)
      if (remembered) {
        width = Math.max(width, remembered[column] ?? 0)
        remembered[column] = width
      }
      widths.push(width)
      format(start, i)
      widths.pop()
      start = i
      i -= 1
    }
    emit(start, to)
  }
  format(0, lines.length)
  return out.join('\n')
}
