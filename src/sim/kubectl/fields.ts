/** Reading objects whose shape is not known: whatever is missing or of another type reads as empty. */
export type Fields = Readonly<Record<string, unknown>>

const NOTHING: Fields = {}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

export const fields = (value: unknown): Fields => (isFields(value) ? value : NOTHING)
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const items = (value: unknown): readonly Fields[] => list(value).map(fields)
export const texts = (value: unknown): readonly string[] => list(value).map(text)
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
export const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
/** Entries of a map of texts, sorted by key. */
export const sortedEntries = (value: unknown): readonly (readonly [string, string])[] =>
  Object.keys(fields(value))
    .sort()
    .map((key) => [key, text(fields(value)[key])] as const)

/** The value at a path of plain names: `spec.template.spec`. */
export function at(value: unknown, path: string): unknown {
  let here = value
  for (const name of path.split('.')) {
    if (!isFields(here)) return undefined
    here = here[name]
  }
  return here
}

export const isSet = (value: unknown): boolean => value !== undefined && value !== null
