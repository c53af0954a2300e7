import { isFields } from '../fields.ts'
import { isPlainYamlKey, yamlEscape } from './yaml.ts'

/** A text in double quotes; one with line breaks goes on lines of its own. Tabs stay. */
function quoted(text: string, indent: string): string {
  const escaped = (part: string): string =>
    Array.from(part)
      .map((char) => (char === '\t' || char.length > 1 ? char : yamlEscape(char)))
      .join('')
  if (!text.includes('\n')) return `"${escaped(text)}"`
  const lines = text.split('\n')
  const last = lines.pop()!
  const shown = [...lines.map((line) => `${escaped(line)}\\n`), ...(last === '' ? [] : [escaped(last)])]
  // A line that begins with a blank keeps it by a backslash.
  return `"\\\n${shown.map((line) => `${indent}${/^[ \t]/.test(line) ? '  \\' : '   '}${line}\\\n`).join('')}${indent}  "`
}

function write(value: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    // Lists of maps and lists cuddle their brackets.
    if (value.every((item) => isFields(item) || Array.isArray(item)))
      return `[${value.map((item) => write(item, indent)).join(', ')}]`
    return `[\n${value.map((item) => `${inner}${write(item, inner)},\n`).join('')}${indent}]`
  }
  if (isFields(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
    if (keys.length === 0) return '{}'
    const name = (key: string): string => (isPlainYamlKey(key) ? key : quoted(key, inner))
    return `{\n${keys.map((key) => `${inner}${name(key)}: ${write(value[key], inner)},\n`).join('')}${indent}}`
  }
  if (typeof value === 'string') return quoted(value, indent)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'null'
}

/** A document as sigs.k8s.io/yaml/kyaml writes it: flow style, every text quoted. */
export const toKyaml = (value: unknown): string => `---\n${write(value, '')}\n`
