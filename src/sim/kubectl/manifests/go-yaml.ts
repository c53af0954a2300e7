import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

export type YamlResult =
  | { readonly ok: true; readonly value: unknown; readonly lineOf: (path: readonly (string | number)[]) => number | undefined }
  | { readonly ok: false; readonly message: string; readonly line: number }

const TRUE = /^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(~|null|Null|NULL|)$/
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/

function integerOf(text: string): number {
  const sign = text[0] === '-' ? -1 : 1
  const digits = text.replace(/^[-+]/, '')
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8)
  return sign * Number(digits)
}

/**
 * The value of an unquoted YAML 1.1 scalar as gopkg.in/yaml.v2 resolves it for JSON: `yes` is true, `0644` is octal, a date is text.
 * Simplified: integers beyond 2⁵³ lose digits.
 */
function resolvePlainScalar(text: string): unknown {
  if (NULL.test(text)) return null
  if (TRUE.test(text)) return true
  if (FALSE.test(text)) return false
  if (!/^[-+.0-9]/.test(text)) return text
  const plain = text.replaceAll('_', '')
  if (INTEGER.test(plain)) return integerOf(plain)
  if (FLOAT.test(plain)) return Number(plain)
  return text
}

function scalarOf(node: Scalar): unknown {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
  switch (node.tag) {
    case 'tag:yaml.org,2002:str':
    case '!':
      return text
    case 'tag:yaml.org,2002:int':
    case 'tag:yaml.org,2002:float':
    case 'tag:yaml.org,2002:bool':
    case 'tag:yaml.org,2002:null':
      return resolvePlainScalar(text)
    default:
      return node.type === undefined || node.type === Scalar.PLAIN ? resolvePlainScalar(text) : text
  }
}

const keyText = (key: unknown): string => (isScalar(key) ? String(scalarOf(key)) : key === null ? 'null' : '')

class UnknownAnchor extends Error {}
class ExcessiveAliasing extends Error {}

/** How much of a document has been decoded, and how much of it by way of aliases. */
interface Reading {
  readonly document: Document
  decoded: number
  aliased: number
  aliasDepth: number
  depth: number
}

/** The larger the document becomes, the smaller the part that aliases may have in it. Models yaml.v2 allowedAliasRatio. */
const allowedAliasRatio = (decoded: number): number =>
  decoded <= 400_000 ? 0.99 : decoded >= 4_000_000 ? 0.1 : 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)

function valueOf(node: unknown, reading: Reading): unknown {
  reading.decoded += 1
  if (reading.aliasDepth > 0) reading.aliased += 1
  const { decoded, aliased } = reading
  if (reading.depth > 200 || (aliased > 100 && decoded > 1000 && aliased / decoded > allowedAliasRatio(decoded)))
    throw new ExcessiveAliasing()
  reading.depth += 1
  const value = contentOf(node, reading)
  reading.depth -= 1
  return value
}

function contentOf(node: unknown, reading: Reading): unknown {
  if (node === null || node === undefined) return null
  if (isAlias(node)) {
    const target = node.resolve(reading.document)
    if (!target) throw new UnknownAnchor(node.source)
    reading.aliasDepth += 1
    const value = valueOf(target, reading)
    reading.aliasDepth -= 1
    return value
  }
  if (isScalar(node)) return scalarOf(node)
  if (isSeq(node)) return node.items.map((item) => valueOf(item, reading))
  if (isMap(node)) return mapOf(node, reading)
  return null
}

function mapOf(node: YAMLMap, reading: Reading): Record<string, unknown> {
  const merged: Record<string, unknown> = {}
  const own: Record<string, unknown> = {}
  const set = (into: Record<string, unknown>, key: string, value: unknown): void => {
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
  }
  for (const { key, value } of node.items) {
    const name = keyText(key)
    const isMerge = name === '<<' && isScalar(key) && (key.type === undefined || key.type === Scalar.PLAIN)
    const content = valueOf(value, reading)
    if (!isMerge) {
      set(own, name, content)
      continue
    }
    for (const part of Array.isArray(content) ? content.toReversed() : [content])
      if (typeof part === 'object' && part !== null) for (const [field, inner] of Object.entries(part)) set(merged, field, inner)
  }
  for (const [name, value] of Object.entries(own)) set(merged, name, value)
  return merged
}

const colonAfter = (text: string, offset: number): number => {
  const found = text.slice(offset).search(/:(\s|$)/)
  return offset + Math.max(0, found)
}

/** Does the word at the offset stand where the next key of an open block mapping must stand? */
function continuesMapping(text: string, offset: number): boolean {
  const lines = text.slice(0, offset).split('\n')
  const column = lines.pop()!.length
  for (const line of lines.toReversed()) {
    const indent = /^(?: |- )*/.exec(line)![0].length
    if (/^\s*(#|$)/.test(line) || indent > column) continue
    return indent === column && /:(\s|$)/.test(line)
  }
  return false
}

/**
 * The error in go-yaml's words. libyaml's scanner counts lines from 1, its parser from 0; a parser error in the first line names none.
 * Simplified: only the mistakes people make are told apart; the rest is `did not find expected key`.
 */
function goMessage(error: YAMLError, text: string, lines: LineCounter): { readonly message: string; readonly line: number } {
  const lineAt = (offset: number): number => lines.linePos(Math.min(offset, text.length)).line
  const here = lineAt(error.pos[0])
  const scanner = (message: string, line = here) => ({ message: `yaml: line ${line}: ${message}`, line })
  const parser = (message: string, line = here) => ({
    message: line > 1 ? `yaml: line ${line - 1}: ${message}` : `yaml: ${message}`,
    line,
  })
  /** The line of the first thing after an offset that is neither space nor comment. */
  const nextContentLine = (offset: number): number => {
    const rest = text.slice(offset)
    const skipped = /^(?:\s|#[^\n]*)*/.exec(rest)?.[0].length ?? 0
    return lineAt(offset + skipped)
  }
  const lastLine = text.replace(/\n+$/, '').split('\n').length
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return scanner('found character that cannot start any token')
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      if (text.startsWith('- ', error.pos[0])) return parser('did not find expected key')
      return continuesMapping(text, error.pos[0])
        ? scanner("could not find expected ':'", here + 1)
        : scanner('mapping values are not allowed in this context', lineAt(colonAfter(text, error.pos[0])))
    case 'BLOCK_IN_FLOW':
      return parser("did not find expected ',' or '}'")
    case 'BAD_ALIAS':
    case 'BAD_DIRECTIVE':
      return scanner('found unexpected directive')
    case 'MISSING_CHAR':
      if (/closing ["']quote/.test(error.message)) return scanner('found unexpected end of stream', lastLine + 1)
      if (/Implicit map keys need to be followed by map values/.test(error.message))
        return scanner("could not find expected ':'", nextContentLine(error.pos[1]))
      if (/end with a \]|flow sequence/i.test(error.message))
        return parser("did not find expected ',' or ']'", nextContentLine(error.pos[0]))
      if (/end with a \}|flow map/i.test(error.message))
        return parser("did not find expected ',' or '}'", nextContentLine(error.pos[0]))
      if (/without - indicator/.test(error.message)) return parser("did not find expected '-' indicator")
      return parser('did not find expected key')
    case 'BAD_INDENT':
      if (/Flow sequence/.test(error.message)) return parser("did not find expected ',' or ']'", nextContentLine(error.pos[0]))
      if (/Flow map/.test(error.message)) return parser("did not find expected ',' or '}'", nextContentLine(error.pos[0]))
      return parser('did not find expected key')
    case 'UNEXPECTED_TOKEN':
      if (text[error.pos[0]] === '\t' || text[error.pos[0]] === '@' || text[error.pos[0]] === '`')
        return scanner('found character that cannot start any token')
      return parser('did not find expected key')
    case 'BAD_DQ_ESCAPE':
      return scanner('found unknown escape character')
    case 'BAD_SCALAR_START':
      return scanner('found character that cannot start any token')
    default:
      return parser('did not find expected key')
  }
}

/** Reads one YAML document as gopkg.in/yaml.v2 does. The last of several equal keys wins. */
export function parseGoYaml(text: string): YamlResult {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: false,
    lineCounter: lines,
    logLevel: 'silent',
  })
  const [error] = document.errors
  if (error) return { ok: false, ...goMessage(error, text, lines) }
  try {
    const value = valueOf(document.contents, { document, decoded: 0, aliased: 0, aliasDepth: 0, depth: 0 })
    const lineOf = (path: readonly (string | number)[]): number | undefined => {
      let node: unknown = document.contents
      let line = isRanged(node) ? lines.linePos(node.range[0]).line : undefined
      for (const step of path) {
        if (isMap(node)) {
          const pair = node.items.findLast(({ key }) => keyText(key) === String(step))
          if (!pair) return line
          if (isRanged(pair.key)) line = lines.linePos(pair.key.range[0]).line
          node = pair.value
        } else if (isSeq(node)) {
          node = node.items[Number(step)]
          if (!node) return line
          if (isRanged(node)) line = lines.linePos(node.range[0]).line
        } else return line
      }
      return line
    }
    return { ok: true, value, lineOf }
  } catch (thrown) {
    if (thrown instanceof UnknownAnchor)
      return { ok: false, message: `yaml: unknown anchor '${thrown.message}' referenced`, line: 1 }
    if (thrown instanceof ExcessiveAliasing) return { ok: false, message: 'yaml: document contains excessive aliasing', line: 1 }
    throw thrown
  }
}

const isRanged = (node: unknown): node is Node & { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
