/** Plain JSON data. Values are never mutated once shared. */
export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Equality of JSON values; fields that are undefined count as absent. Shared subtrees cost nothing. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!equalJson(a[i], b[i])) return false
    return true
  }
  if (Array.isArray(b)) return false
  const left = a as Json
  const right = b as Json
  for (const key in left) if (left[key] !== undefined && !equalJson(left[key], right[key])) return false
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false
  return true
}

/** JSON with sorted keys, as Go's encoder writes maps. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  if (isObject(value))
    return `{${Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${goJsonString(key)}:${sortedJson(value[key])}`)
      .join(',')}}`
  return typeof value === 'string' ? goJsonString(value) : JSON.stringify(value)
}

/** A JSON string as Go's encoder writes it: `<`, `>`, `&` escaped, too. */
export const goJsonString = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')

/** As Go prints a value with `%+v`: `map[a:1 b:<nil> c:[x y]]`. */
export function goValueText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goValueText).join(' ')}]`
  if (isObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goValueText(value[key])}`)
      .join(' ')}]`
  return typeof value === 'string' ? value : JSON.stringify(value)
}
