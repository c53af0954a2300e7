import { fail } from './failure.ts'

const isPair = (word: string): boolean => (word.includes('=') && word[0] !== '=') || (word.endsWith('-') && word !== '-')

/** Arguments before the first `key=value` or `key-` name objects. Models cmdutil.GetResourcesAndPairs. */
export function resourcesAndPairs(
  args: readonly string[],
  type: string,
): { readonly resources: readonly string[]; readonly pairs: readonly string[] } {
  const first = args.findIndex(isPair)
  if (first < 0) return { resources: args, pairs: [] }
  const late = args.slice(first).find((word) => !isPair(word))
  if (late !== undefined) fail(`all resources must be specified before ${type} changes: ${late}`)
  return { resources: args.slice(0, first), pairs: args.slice(first) }
}

export interface Pairs {
  readonly set: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

/** Models cmdutil.ParsePairs. */
export function parsePairs(pairs: readonly string[], type: string, canRemove: boolean): Pairs {
  const set = new Map<string, string>()
  const remove: string[] = []
  const invalid: string[] = []
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals > 0) set.set(pair.slice(0, equals), pair.slice(equals + 1))
    else if (canRemove && pair.endsWith('-') && pair !== '-') remove.push(pair.slice(0, -1))
    else invalid.push(pair)
  }
  if (invalid.length > 0) fail(`invalid ${type} format: ${invalid.join(', ')}`)
  return { set, remove }
}
