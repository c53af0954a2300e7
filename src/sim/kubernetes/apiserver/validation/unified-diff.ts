/** A unified diff of two texts, three lines of context, without file names. Models apimachinery pkg/util/diff. */

type Edit = { readonly kind: ' ' | '-' | '+'; readonly line: string }

function editsOf(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1
    endB -= 1
  }
  const rows = endA - start
  const columns = endB - start
  // Longest common subsequence of what is left.
  const lengths = Array.from({ length: rows + 1 }, () => Array.from({ length: columns + 1 }, () => 0))
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      lengths[i]![j] =
        a[start + i] === b[start + j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  const edits: Edit[] = a.slice(0, start).map((line) => ({ kind: ' ', line }))
  let i = 0
  let j = 0
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      edits.push({ kind: ' ', line: a[start + i]! })
      i += 1
      j += 1
    } else if (i < rows && (j >= columns || lengths[i + 1]![j]! >= lengths[i]![j + 1]!))
      edits.push({ kind: '-', line: a[start + i++]! })
    else edits.push({ kind: '+', line: b[start + j++]! })
  }
  for (const line of a.slice(endA)) edits.push({ kind: ' ', line })
  return edits
}

const CONTEXT = 3

const rangeText = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`

export function unifiedDiff(before: string, after: string): string {
  const edits = editsOf(before.split('\n'), after.split('\n'))
  const changed = edits.flatMap(({ kind }, i) => (kind === ' ' ? [] : [i]))
  const out: string[] = []
  let next = 0
  while (next < changed.length) {
    let last = next
    while (last + 1 < changed.length && changed[last + 1]! - changed[last]! <= 2 * CONTEXT) last += 1
    const from = Math.max(0, changed[next]! - CONTEXT)
    const to = Math.min(edits.length, changed[last]! + CONTEXT + 1)
    const oldStart = edits.slice(0, from).filter(({ kind }) => kind !== '+').length + 1
    const newStart = edits.slice(0, from).filter(({ kind }) => kind !== '-').length + 1
    const hunk = edits.slice(from, to)
    const oldCount = hunk.filter(({ kind }) => kind !== '+').length
    const newCount = hunk.filter(({ kind }) => kind !== '-').length
    out.push(`@@ -${rangeText(oldStart, oldCount)} +${rangeText(newStart, newCount)} @@`)
    for (const { kind, line } of hunk) out.push(kind + line)
    next = last + 1
  }
  return `${out.join('\n')}\n`
}
