import { isFields } from '../fields.ts'

const WORDS = new Set(
  ['', '~', 'null', 'Null', 'NULL', '<<', '.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'].concat(
    ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off'].flatMap((word) => [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()]),
  ),
)
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** Would the plain text be read back as something that is no text? */
function isAmbiguous(text: string): boolean {
  if (WORDS.has(text)) return true
  if (!/^[-+.0-9]/.test(text)) return false
  const plain = text.replaceAll('_', '')
  return FLOAT.test(plain) || INTEGER.test(plain) || BASE_60.test(text) || TIMESTAMP.test(text)
}

const isBlank = (char: string | undefined): boolean => char === undefined || char === ' ' || char === '\t' || char === '\n' || char === '\r'
const isPrintable = (char: string): boolean => {
  const code = char.codePointAt(0)!
  return code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
}
const isBreak = (char: string): boolean => char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'

/** Which styles a text may be written in. Models yaml_emitter_analyze_scalar. */
function analyze(text: string): { plain: boolean; single: boolean; block: boolean } {
  const chars = [...text]
  if (chars.length === 0) return { plain: true, single: true, block: false }
  let indicators = text.startsWith('---') || text.startsWith('...')
  let special = false
  let lineBreaks = false
  let breakSpace = false
  let spaceBreak = false
  let previousSpace = false
  let previousBreak = false
  let precededByBlank = true
  for (const [index, char] of chars.entries()) {
    const followedByBlank = isBlank(chars[index + 1])
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(char)) indicators = true
      else if ('?:-'.includes(char) && followedByBlank) indicators = true
    } else if (char === ':' && followedByBlank) indicators = true
    else if (char === '#' && precededByBlank) indicators = true
    if (!isPrintable(char)) special = true
    if (isBreak(char)) {
      lineBreaks = true
      if (previousSpace) spaceBreak = true
      previousSpace = false
      previousBreak = true
    } else if (char === ' ') {
      if (previousBreak) breakSpace = true
      previousSpace = true
      previousBreak = false
    } else {
      previousSpace = false
      previousBreak = false
    }
    precededByBlank = isBlank(char)
  }
  const first = chars[0]!
  const last = chars.at(-1)!
  const edges = first === ' ' || last === ' ' || isBreak(first) || isBreak(last)
  const broken = spaceBreak || special
  return {
    plain: !edges && !breakSpace && !broken && !lineBreaks && !indicators,
    single: !breakSpace && !broken,
    block: last !== ' ' && !broken,
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function doubleQuoted(text: string): string {
  let out = '"'
  for (const char of text) {
    const escape = ESCAPES[char]
    const code = char.codePointAt(0)!
    if (escape !== undefined) out += escape
    else if (isPrintable(char)) out += char
    else if (code <= 0xff) out += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    else if (code <= 0xffff) out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
    else out += `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`
  }
  return `${out}"`
}

function literal(text: string, indent: string): string {
  const hint = text[0] === ' ' || text[0] === '\n' ? '2' : ''
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : indent + line)).join('\n')}`
}

function scalarText(text: string, indent: string, isKey: boolean): string {
  const allowed = analyze(text)
  if (text.includes('\n')) return allowed.block && !isKey ? literal(text, indent) : doubleQuoted(text)
  if (isAmbiguous(text)) return doubleQuoted(text)
  if (allowed.plain) return text
  return allowed.single ? `'${text.replaceAll("'", "''")}'` : doubleQuoted(text)
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9'
const isLetter = (char: string): boolean => /\p{L}/u.test(char)

/** The order of keys: letters last, numbers by value. Models go-yaml's keyList. */
export function compareKeys(left: string, right: string): number {
  const a = [...left]
  const b = [...right]
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i]!
    const y = b[i]!
    if (x === y) continue
    const order = x < y ? -1 : 1
    const xLetter = isLetter(x)
    const yLetter = isLetter(y)
    if (xLetter && yLetter) return order
    if (xLetter || yLetter) return yLetter ? -1 : 1
    let m = 0
    let n = 0
    if (x === '0' || y === '0')
      for (let j = i - 1; j >= 0 && isDigit(a[j]); j--)
        if (a[j] !== '0') {
          m = n = 1
          break
        }
    let p = i
    for (; isDigit(a[p]); p++) m = m * 10 + Number(a[p])
    let q = i
    for (; isDigit(b[q]); q++) n = n * 10 + Number(b[q])
    if (m !== n) return m - n
    if (p !== q) return p - q
    return order
  }
  return a.length - b.length
}

/** `indent` is that of the line the value belongs to; `inner` that of its own lines. */
function write(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n'
    return `\n${value.map((item) => `${indent}-${writeItem(item, indent)}`).join('')}`
  }
  if (isFields(value)) {
    const entries = entriesOf(value)
    if (entries.length === 0) return ' {}\n'
    return `\n${writeEntries(entries, indent, indent)}`
  }
  return ` ${writeScalar(value, indent)}\n`
}

const entriesOf = (value: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(compareKeys)
    .map((key) => [key, value[key]] as const)

function writeEntries(entries: readonly (readonly [string, unknown])[], indent: string, firstIndent: string): string {
  return entries
    .map(([key, value], index) => {
      const inner = Array.isArray(value) ? indent : `${indent}  `
      return `${index === 0 ? firstIndent : indent}${scalarText(key, indent, true)}:${write(value, inner)}`
    })
    .join('')
}

function writeItem(item: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(item)) return item.length === 0 ? ' []\n' : ` ${item.map((value, index) => `${index === 0 ? '' : inner}-${writeItem(value, inner)}`).join('')}`
  if (isFields(item)) {
    const entries = entriesOf(item)
    return entries.length === 0 ? ' {}\n' : ` ${writeEntries(entries, inner, '')}`
  }
  return ` ${writeScalar(item, inner)}\n`
}

function writeScalar(value: unknown, indent: string): string {
  if (typeof value === 'string') return scalarText(value, indent, false)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
  return String(value)
}

/** A document as sigs.k8s.io/yaml writes it: sorted keys, lists not indented, no folding. Ends with a line break. */
export function toYaml(value: unknown): string {
  if (Array.isArray(value) || isFields(value)) {
    const out = write(value, '')
    return out.startsWith('\n') ? out.slice(1) : out.trimStart()
  }
  return `${writeScalar(value, '  ')}\n`
}
