import { isFields } from '../fields.ts'

const WORDS = new Set(
  [
    '',
    '~',
    'null',
    'Null',
    'NULL',
    '.nan',
    '.NaN',
    '.NAN',
    '.inf',
    '.Inf',
    '.INF',
    '+.inf',
    '+.Inf',
    '+.INF',
    '-.inf',
    '-.Inf',
    '-.INF',
  ].concat(
    ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off'].flatMap((word) => [
      word,
      word[0]!.toUpperCase() + word.slice(1),
      word.toUpperCase(),
    ]),
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

const isBlank = (char: string | undefined): boolean =>
  char === undefined || char === ' ' || char === '\t' || char === '\n' || char === '\r'
const isPrintable = (char: string): boolean => {
  const code = char.codePointAt(0)!
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  )
}
const isBreak = (char: string): boolean =>
  char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'

/** Which styles a text may be written in. Models yaml_emitter_analyze_scalar. */
function analyze(text: string): { plain: boolean; single: boolean; block: boolean } {
  const chars = Array.from(text)
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

/** Longer lines are folded at the next space. */
const WIDTH_MAX = 80

/** Where a value is written: the column it begins in, and the indent of further lines. */
interface Place {
  readonly column: number
  readonly indent: string
}

/** Folds at single spaces once a line is too long; `place` absent means never. */
function folded(
  chars: readonly string[],
  place: Place | undefined,
  write: (char: string, index: number) => string,
  canFold: (index: number) => boolean,
  escape: string,
): string {
  let out = ''
  let column = place?.column ?? 0
  let spaces = false
  for (const [index, char] of chars.entries()) {
    if (place && char === ' ' && !spaces && column > WIDTH_MAX && canFold(index)) {
      const escaped = escape !== '' && chars[index + 1] === ' ' ? escape : ''
      out += `\n${place.indent}${escaped}`
      column = place.indent.length + escaped.length
    } else {
      const text = write(char, index)
      out += text
      column += text.length
    }
    spaces = char === ' '
  }
  return out
}

function doubleQuoted(text: string, place?: Place): string {
  const chars = Array.from(text)
  return `"${folded(chars, place && { ...place, column: place.column + 1 }, yamlEscape, (index) => index > 0 && index < chars.length - 1, '\\')}"`
}

/** One character within double quotes. */
export function yamlEscape(char: string): string {
  const escape = ESCAPES[char]
  const code = char.codePointAt(0)!
  if (escape !== undefined) return escape
  if (isPrintable(char)) return char
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  return `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`
}

function literal(text: string, indent: string): string {
  const hint = text[0] === ' ' || text[0] === '\n' ? '2' : ''
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : indent + line)).join('\n')}`
}

/** `place` absent: a key, which must stay on its line. */
function scalarText(text: string, place: Place | undefined): string {
  const allowed = analyze(text)
  if (text.includes('\n')) return allowed.block && place ? literal(text, place.indent) : doubleQuoted(text, place)
  if (isAmbiguous(text)) return doubleQuoted(text, place)
  const chars = Array.from(text)
  if (allowed.plain)
    return folded(
      chars,
      place,
      (char) => char,
      (index) => chars[index + 1] !== ' ',
      '',
    )
  if (!allowed.single) return doubleQuoted(text, place)
  const inner = folded(
    chars,
    place && { ...place, column: place.column + 1 },
    (char) => (char === "'" ? "''" : char),
    (index) => index > 0 && index < chars.length - 1 && chars[index + 1] !== ' ',
    '',
  )
  return `'${inner}'`
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9'
const isLetter = (char: string): boolean => /\p{L}/u.test(char)

/** The order of keys: letters last, numbers by value. Models go-yaml's keyList. */
export function compareKeys(left: string, right: string): number {
  const a = Array.from(left)
  const b = Array.from(right)
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

/** What follows a key: on the same line, or on lines of its own at `indent`. `place` is for a scalar. */
function write(value: unknown, indent: string, place: Place): string {
  if (Array.isArray(value))
    return value.length === 0 ? ' []\n' : `\n${value.map((item) => `${indent}-${writeItem(item, indent)}`).join('')}`
  if (isFields(value)) {
    const entries = entriesOf(value)
    return entries.length === 0 ? ' {}\n' : `\n${writeEntries(entries, indent, indent)}`
  }
  return ` ${writeScalar(value, place)}\n`
}

const entriesOf = (value: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(compareKeys)
    .map((key) => [key, value[key]] as const)

function writeEntries(entries: readonly (readonly [string, unknown])[], indent: string, firstIndent: string): string {
  return entries
    .map(([key, value], index) => {
      const name = scalarText(key, undefined)
      const place = { column: indent.length + name.length + 2, indent: `${indent}  ` }
      return `${index === 0 ? firstIndent : indent}${name}:${write(value, Array.isArray(value) ? indent : place.indent, place)}`
    })
    .join('')
}

function writeItem(item: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(item))
    return item.length === 0
      ? ' []\n'
      : ` ${item.map((value, index) => `${index === 0 ? '' : inner}-${writeItem(value, inner)}`).join('')}`
  if (isFields(item)) {
    const entries = entriesOf(item)
    return entries.length === 0 ? ' {}\n' : ` ${writeEntries(entries, inner, '')}`
  }
  return ` ${writeScalar(item, { column: inner.length, indent: inner })}\n`
}

function writeScalar(value: unknown, place: Place): string {
  if (typeof value === 'string') return scalarText(value, place)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
  return value === true ? 'true' : 'false'
}

/** A document as sigs.k8s.io/yaml writes it: sorted keys, lists not indented, long lines folded. Ends with a line break. */
export function toYaml(value: unknown): string {
  const place = { column: 0, indent: '  ' }
  if (!Array.isArray(value) && !isFields(value)) return `${writeScalar(value, place)}\n`
  const out = write(value, '', place)
  return out.startsWith('\n') ? out.slice(1) : out.trimStart()
}

const PLAIN_KEY = /^[\p{L}\p{N}_](?:[-\p{L}\p{N}_./]*[\p{L}\p{N}_])?$/u

/** May a key stand without quotes? */
export const isPlainYamlKey = (key: string): boolean => PLAIN_KEY.test(key) && !isAmbiguous(key)
