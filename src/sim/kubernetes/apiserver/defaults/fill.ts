/**
 * Builds objects with their defaults. Nothing is copied that is already complete, so defaulting a stored object costs no memory.
 */

export type Fields = Readonly<Record<string, unknown>>

const isMissing = (value: unknown, fallback: unknown): boolean =>
  value === undefined || value === null || (value === '' && typeof fallback === 'string')

/** `object` with the fields that it lacks; an empty text is none. */
export function fill<T extends object>(object: T, defaults: Fields): T {
  let missing: Record<string, unknown> | undefined
  for (const key in defaults) {
    const fallback = defaults[key]
    const value = (object as Fields)[key]
    if (fallback !== undefined && value !== fallback && isMissing(value, fallback)) (missing ??= {})[key] = fallback
  }
  return missing ? { ...object, ...missing } : object
}

/** `object` with one field replaced by what `change` makes of it; absent fields stay absent. */
export function within<T extends object, K extends keyof T>(object: T, key: K, change: (value: NonNullable<T[K]>) => T[K]): T {
  const value = object[key]
  if (value === undefined || value === null) return object
  const next = change(value)
  return next === value ? object : { ...object, [key]: next }
}

/** The same list if nothing in it changes. */
export function each<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let next: T[] | undefined
  for (const [i, item] of list.entries()) {
    const changed = change(item)
    if (changed !== item) (next ??= list.slice())[i] = changed
  }
  return next ?? list
}
