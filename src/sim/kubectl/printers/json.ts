import { isFields } from '../fields.ts'

/** A text as Go's encoding/json writes it, with `<`, `>`, `&` escaped. */
const quote = (text: string): string =>
  JSON.stringify(text).replaceAll(/[<>&\u2028\u2029\u007f]/g, (char) =>
    char === '\u007f' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Sorted keys, no spaces: json.Marshal of a map. */
export function compactJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`
  if (isFields(value))
    return `{${Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${quote(key)}:${compactJson(value[key])}`)
      .join(',')}}`
  if (typeof value === 'string') return quote(value)
  return value === undefined ? 'null' : JSON.stringify(value)
}

/** json.MarshalIndent with four spaces. */
export function indentedJson(value: unknown, indent = ''): string {
  const inner = `${indent}    `
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : `[\n${value.map((item) => inner + indentedJson(item, inner)).join(',\n')}\n${indent}]`
  if (isFields(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
    if (keys.length === 0) return '{}'
    return `{\n${keys.map((key) => `${inner}${quote(key)}: ${indentedJson(value[key], inner)}`).join(',\n')}\n${indent}}`
  }
  return compactJson(value)
}
