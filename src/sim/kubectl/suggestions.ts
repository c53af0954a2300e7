/** kubectl's own commands in the order in which it registers them, with the words that stand for them. */
const ROOT: readonly (readonly [string, ...string[]])[] = [
  ['create'],
  ['expose'],
  ['run'],
  ['set'],
  ['explain'],
  ['get', 'list', 'ps'],
  ['edit'],
  ['delete', 'rm'],
  ['rollout'],
  ['scale'],
  ['autoscale'],
  ['certificate'],
  ['cluster-info'],
  ['top'],
  ['cordon'],
  ['uncordon'],
  ['drain'],
  ['taint'],
  ['describe'],
  ['logs'],
  ['attach'],
  ['exec'],
  ['port-forward'],
  ['proxy'],
  ['cp'],
  ['auth'],
  ['debug'],
  ['events'],
  ['diff'],
  ['apply'],
  ['patch'],
  ['replace'],
  ['wait'],
  ['kustomize'],
  ['label'],
  ['annotate'],
  ['completion'],
  ['alpha'],
  ['config'],
  ['plugin'],
  ['version'],
  ['api-versions'],
  ['api-resources'],
  ['options'],
]

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** Models cobra's SuggestionsFor: at most two edits away, or a beginning. */
export function suggestionsFor(word: string): readonly string[] {
  const typed = word.toLowerCase()
  return ROOT.filter(
    ([name, ...others]) => editDistance(typed, name) <= 2 || name.startsWith(typed) || others.includes(typed),
  ).map(([name]) => name)
}
