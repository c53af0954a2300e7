import { isFields } from '../fields.ts'
import { goQuote } from './go-format.ts'
import { compareKeys } from './yaml.ts'

const PLAIN_KEY = /^[A-Za-z_][-A-Za-z0-9_./]*$/
const RESERVED = /^(y|yes|n|no|true|false|on|off|null|~)$/i

const keyText = (key: string): string => (PLAIN_KEY.test(key) && !RESERVED.test(key) ? key : goQuote(key))

function write(value: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    // Lists of maps cuddle their brackets.
    if (value.every((item) => isFields(item) || Array.isArray(item))) return `[${value.map((item) => write(item, indent)).join(', ')}]`
    return `[\n${value.map((item) => `${inner}${write(item, inner)},\n`).join('')}${indent}]`
  }
  if (isFields(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort(compareKeys)
    if (keys.length === 0) return '{}'
    return `{\n${keys.map((key) => `${inner}${keyText(key)}: ${write(value[key], inner)},\n`).join('')}${indent}}`
  }
  if (typeof value === 'string') return goQuote(value)
  return value === undefined ? 'null' : String(value)
}

/** A document as sigs.k8s.io/yaml/kyaml writes it: flow style, every text quoted. Simplified: long texts are not folded. */
export const toKyaml = (value: unknown): string => `---\n${write(value, '')}\n`
