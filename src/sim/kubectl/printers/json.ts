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

/** The order of a Go struct's fields, and of those of its parts; without one, keys are sorted as those of a map. */
export interface FieldOrder {
  readonly keys: readonly string[]
  readonly parts?: Readonly<Record<string, FieldOrder>>
}

function keysOf(value: Readonly<Record<string, unknown>>, order: FieldOrder | undefined): readonly string[] {
  const keys = Object.keys(value).filter((key) => value[key] !== undefined)
  if (!order) return keys.sort()
  const rank = (key: string): number => (order.keys.indexOf(key) + order.keys.length + 1) % (order.keys.length + 1)
  return keys.sort((a, b) => rank(a) - rank(b))
}

/** json.MarshalIndent with four spaces. */
export function indentedJson(value: unknown, indent = '', order?: FieldOrder): string {
  const inner = `${indent}    `
  if (Array.isArray(value))
    return value.length === 0
      ? '[]'
      : `[\n${value.map((item) => inner + indentedJson(item, inner, order)).join(',\n')}\n${indent}]`
  if (isFields(value)) {
    const keys = keysOf(value, order)
    if (keys.length === 0) return '{}'
    return `{\n${keys.map((key) => `${inner}${quote(key)}: ${indentedJson(value[key], inner, order?.parts?.[key])}`).join(',\n')}\n${indent}}`
  }
  return compactJson(value)
}
