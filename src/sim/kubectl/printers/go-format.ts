import { isFields } from '../fields.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** Go's strconv.Quote. */
export function goQuote(text: string): string {
  let out = '"'
  for (const char of text) {
    const escape = ESCAPES[char]
    const code = char.codePointAt(0)!
    if (escape !== undefined) out += escape
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if ((code >= 0x80 && code < 0xa0) || code === 0xfeff) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += char
  }
  return `${out}"`
}

const sortedKeys = (value: Readonly<Record<string, unknown>>): readonly string[] => Object.keys(value).sort()

/** A float as Go's `%v` prints it; whole numbers as integers. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  const text = String(value)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Go's `%v` of decoded JSON: `map[a:1 b:[x y]]`, `<nil>`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'number') return goNumber(value)
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`
  if (isFields(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${goValue(value[key])}`)
      .join(' ')}]`
  return typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : ''
}

/** Go's `%#v` of decoded JSON. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (typeof value === 'number') return goNumber(value)
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isFields(value))
    return `map[string]interface {}{${sortedKeys(value)
      .map((key) => `${goQuote(key)}:${goSyntax(value[key])}`)
      .join(', ')}}`
  return typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : ''
}
