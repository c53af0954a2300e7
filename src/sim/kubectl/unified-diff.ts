interface Edit {
  readonly type: ' ' | '-' | '+'
  readonly line: string
}

const CONTEXT = 3

/** The longest common subsequence of lines, deletions before insertions. */
function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const width = after.length + 1
  const common = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!)
  const out: Edit[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      out.push({ type: ' ', line: before[i]! })
      i += 1
      j += 1
    } else if (j >= after.length || (i < before.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      out.push({ type: '-', line: before[i]! })
      i += 1
    } else {
      out.push({ type: '+', line: after[j]! })
      j += 1
    }
  }
  return out
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`

/** Hunks of `diff -u`; empty when the texts are equal. */
export function unifiedHunks(before: string, after: string): string {
  const all = edits(linesOf(before), linesOf(after))
  const changed = all.flatMap(({ type }, index) => (type === ' ' ? [] : [index]))
  let out = ''
  for (let k = 0; k < changed.length;) {
    const first = changed[k]!
    let last = first
    while (k < changed.length && changed[k]! - last <= 2 * CONTEXT + 1) last = changed[k++]!
    const from = Math.max(0, first - CONTEXT)
    const hunk = all.slice(from, last + CONTEXT + 1)
    const count = (list: readonly Edit[], other: '-' | '+'): number => list.filter(({ type }) => type !== other).length
    const head = all.slice(0, from)
    out += `@@ -${range(count(head, '+') + 1, count(hunk, '+'))} +${range(count(head, '-') + 1, count(hunk, '-'))} @@\n`
    out += hunk.map(({ type, line }) => `${type}${line}\n`).join('')
  }
  return out
}
