/** A set of completion indexes as a Job's status writes it: `0-2,4,6,7`. Models pkg/controller/job orderedIntervals (v1.35). */
export function parseIndexes(text: string | undefined, below: number): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    if (part === '') continue
    const [first = '', last = first] = part.split('-')
    for (let index = Number(first); index <= Number(last) && index < below; index++) indexes.add(index)
  }
  return indexes
}

/** Two neighbours are a list, three and more a range. */
export function printIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b)
  const parts: string[] = []
  for (let i = 0; i < sorted.length;) {
    let end = i
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end]! + 1) end += 1
    if (end - i >= 2) parts.push(`${sorted[i]}-${sorted[end]}`)
    else for (let k = i; k <= end; k++) parts.push(String(sorted[k]))
    i = end + 1
  }
  return parts.join(',')
}
