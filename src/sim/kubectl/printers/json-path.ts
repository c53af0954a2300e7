import { isFields, isSet } from '../fields.ts'
import { goValue } from './go-format.ts'
import { compactJson, indentedJson } from './json.ts'

type Bound = { readonly known: boolean; readonly value: number; readonly derived?: boolean }
type Node =
  | { readonly type: 'list'; readonly nodes: readonly Node[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'array'; readonly bounds: readonly [Bound, Bound, Bound] }
  | { readonly type: 'filter'; readonly left: Node; readonly right: Node; readonly operator: string }
  | { readonly type: 'value'; readonly value: number | boolean }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | { readonly type: 'union'; readonly nodes: readonly Node[] }
  | { readonly type: 'identifier'; readonly name: string }

export interface JsonPath {
  readonly source: string
  readonly nodes: readonly Node[]
}
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** Ends parsing or evaluation with its message; never leaves this file. */
class JsonPathError extends Error {}
const fail = (message: string): never => {
  throw new JsonPathError(message)
}

function attempt<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (error instanceof JsonPathError) return { ok: false, message: error.message }
    throw error
  }
}

/** Parses `{.items[*].metadata.name}` with its texts between. Models client-go/util/jsonpath/parser.go. */
export const parseJsonPath = (source: string): Result<JsonPath> => attempt(() => ({ source, nodes: new Parser(source).parse() }))

const isTerminator = (char: string | undefined): boolean => char === undefined || ' \t\r\n.,[]$@{}'.includes(char)
const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{Nd}_]/u.test(char)

const parseAction = (text: string): { readonly type: 'list'; readonly nodes: readonly Node[] } => {
  const node = new Parser(`{${text}}`).parse()[0]
  return node?.type === 'list' ? node : { type: 'list', nodes: [] }
}

class Parser {
  readonly #input: string
  #position = 0

  constructor(input: string) {
    this.#input = input
  }

  parse(): readonly Node[] {
    const root: Node[] = []
    while (this.#position < this.#input.length) {
      const brace = this.#input.indexOf('{', this.#position)
      const text = this.#input.slice(this.#position, brace < 0 ? undefined : brace)
      if (text !== '') root.push({ type: 'text', text })
      if (brace < 0) break
      this.#position = brace + 1
      root.push({ type: 'list', nodes: this.#action() })
    }
    return root
  }

  #action(): readonly Node[] {
    const nodes: Node[] = []
    for (;;) {
      const rest = this.#input.slice(this.#position, this.#position + 3)
      const char = rest[0]
      if (char === '}') {
        this.#position += 1
        return nodes
      }
      if (rest === '[?(') this.#filter(nodes)
      else if (rest.startsWith('..')) {
        if (nodes.at(-1)?.type === 'recursive') fail('invalid multiple recursive descent')
        this.#position += 2
        nodes.push({ type: 'recursive' })
        if (isWord(this.#input[this.#position])) this.#field(nodes)
      } else if (char === undefined || char === '\n' || char === '\r') fail('unclosed action')
      else if (char === ' ' || char === '@' || char === '$') this.#position += 1
      else if (char === '[') this.#array(nodes)
      else if (char === '"' || char === "'") this.#quoted(nodes, char)
      else if (char === '.') {
        this.#position += 1
        this.#field(nodes)
      } else if (/[-+\d]/.test(char)) this.#number(nodes)
      else if (isWord(char)) {
        const start = this.#position
        while (!isTerminator(this.#input[this.#position])) this.#position += 1
        const name = this.#input.slice(start, this.#position)
        nodes.push(name === 'true' || name === 'false' ? { type: 'value', value: name === 'true' } : { type: 'identifier', name })
      } else fail(`unrecognized character in action: ${unicodeName(char)}`)
    }
  }

  #field(nodes: Node[]): void {
    const start = this.#position
    while (this.#position < this.#input.length) {
      const char = this.#input[this.#position]!
      if (char === '\\') this.#position += 2
      else if (isTerminator(char)) break
      else this.#position += 1
    }
    const name = this.#input.slice(start, this.#position)
    nodes.push(name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') })
  }

  #number(nodes: Node[]): void {
    const text = /^[-+]?[\d.]*/.exec(this.#input.slice(this.#position))![0]
    this.#position += text.length
    if (text === '' || !/^[-+]?(\d+\.?\d*|\.\d+)$/.test(text)) fail(`cannot parse number ${text}`)
    nodes.push({ type: 'value', value: Number(text) })
  }

  #quoted(nodes: Node[], quote: string): void {
    const start = this.#position
    this.#position += 1
    for (;;) {
      const char = this.#input[this.#position]
      if (char === undefined || char === '\n') fail('unterminated quoted string')
      this.#position += 1
      if (char === quote && this.#input[this.#position - 2] !== '\\') break
    }
    const raw = this.#input.slice(start, this.#position)
    nodes.push({ type: 'text', text: unquote(raw.slice(1, -1), raw) })
  }

  #array(nodes: Node[]): void {
    const start = this.#position + 1
    for (;;) {
      const char = this.#input[this.#position]
      if (char === undefined || char === '\n') fail('unterminated array')
      this.#position += 1
      if (char === ']') break
    }
    let text = this.#input.slice(start, this.#position - 1)
    if (text === '*') text = ':'
    const parts = text.split(',')
    if (parts.length > 1) {
      nodes.push({ type: 'union', nodes: parts.map((part) => parseAction(`[${part.replaceAll(/^ +| +$/g, '')}]`)) })
      return
    }
    const key = /^'([^']*)'$/.exec(text)
    if (key) {
      nodes.push(...parseAction(`.${key[1]}`).nodes)
      return
    }
    const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text) ?? fail(`invalid array index ${text}`)
    const bound = (index: 1 | 2 | 3): Bound => {
      const found = slice[index]
      if (!found) return { known: false, value: 0 }
      const digits = index === 1 ? found : found.slice(1)
      if (digits === '') return { known: false, value: 0 }
      if (digits === '-') fail(`array index ${digits} is not a number`)
      return { known: true, value: Number(digits) }
    }
    const from = bound(1)
    const to = slice[2] ? bound(2) : { known: true, value: from.value + 1, derived: true }
    nodes.push({ type: 'array', bounds: [from, to, bound(3)] })
  }

  #filter(nodes: Node[]): void {
    this.#position += 3
    const start = this.#position
    let begin = false
    let end = false
    let pair = ''
    for (;;) {
      const char = this.#input[this.#position]
      if (char === undefined || char === '\n') fail('unterminated filter')
      this.#position += 1
      if (char === '"' || char === "'") {
        if (!begin) {
          begin = true
          pair = char
        } else if (this.#input[this.#position - 2] !== '\\' && char === pair) end = true
      } else if (char === ')' && begin === end) break
    }
    if (this.#input[this.#position] !== ']') fail('unclosed array expect ]')
    const text = this.#input.slice(start, this.#position - 1)
    this.#position += 1
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text)
    nodes.push(
      match
        ? { type: 'filter', left: parseAction(match[1]!), right: parseAction(match[3]!), operator: match[2]! }
        : { type: 'filter', left: parseAction(text), right: { type: 'list', nodes: [] }, operator: 'exists' },
    )
  }
}

const unicodeName = (char: string): string => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${char}'`

const UNQUOTED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

function unquote(text: string, raw: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)/gs, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return UNQUOTED[code] ?? fail(`unquote string ${raw} error invalid syntax`)
  })
}

interface EvaluateOptions {
  readonly allowMissingKeys: boolean
}

/** One list of values for each node of the template, ranges unrolled. Models client-go/util/jsonpath/jsonpath.go FindResults. */
export const evaluateJsonPath = (
  path: JsonPath,
  data: unknown,
  options: EvaluateOptions,
): Result<readonly (readonly unknown[])[]> => attempt(() => new Evaluator(options).find(path.nodes, 0, data).results)

const kindName = (value: unknown): string =>
  typeof value === 'string'
    ? 'string'
    : typeof value === 'boolean'
      ? 'bool'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'int64'
          : 'float64'
        : 'map[string]interface {}'

class Evaluator {
  readonly #allowMissing: boolean
  #beginRange = false
  #depth = 0
  #ended = false

  constructor({ allowMissingKeys }: EvaluateOptions) {
    this.#allowMissing = allowMissingKeys
  }

  /** Evaluates nodes from `from` up to the end of the range it stands in; gives the index after that end. */
  find(
    nodes: readonly Node[],
    from: number,
    data: unknown,
  ): { readonly results: readonly (readonly unknown[])[]; readonly next: number } {
    const results: (readonly unknown[])[] = []
    for (let i = from; i < nodes.length; i++) {
      const values = this.#walk([data], nodes[i]!)
      if (this.#ended) {
        this.#ended = false
        return { results, next: i }
      }
      if (!this.#beginRange) {
        results.push(values)
        continue
      }
      this.#beginRange = false
      this.#depth += 1
      let next = i
      if (values.length === 0) next = this.find(nodes, i + 1, undefined).next
      for (const value of values) {
        const inner = this.find(nodes, i + 1, value)
        results.push(...inner.results)
        next = inner.next
      }
      this.#depth -= 1
      i = next
    }
    return { results, next: nodes.length }
  }

  #walk(input: readonly unknown[], node: Node): readonly unknown[] {
    switch (node.type) {
      case 'list':
        return node.nodes.reduce<readonly unknown[]>((values, inner) => this.#walk(values, inner), input)
      case 'text':
        return [node.text]
      case 'value':
        return input.map(() => node.value)
      case 'field': {
        if (input.length === 0) return []
        const found = input.flatMap((value) => (isFields(value) && node.name in value ? [value[node.name]] : []))
        if (found.length === 0 && !this.#allowMissing) fail(`${node.name} is not found`)
        return found
      }
      case 'wildcard':
        return input.flatMap((value) => children(value))
      case 'recursive':
        return this.#recursive(input)
      case 'union':
        return node.nodes.flatMap((inner) => this.#walk(input, inner))
      case 'identifier':
        if (node.name === 'range') {
          this.#beginRange = true
          return input
        }
        if (node.name !== 'end') return fail(`unrecognized identifier ${node.name}`)
        if (this.#depth === 0) fail('not in range, nothing to end')
        this.#ended = true
        return []
      case 'array':
        return input.filter(isSet).flatMap((value) => slice(value, node.bounds))
      case 'filter':
        return input.flatMap((value) => this.#filter(value, node))
    }
  }

  #recursive(input: readonly unknown[]): readonly unknown[] {
    return input.flatMap((value) => {
      const inner = children(value)
      return inner.length === 0 ? [] : [value, ...this.#recursive(inner)]
    })
  }

  #filter(value: unknown, { left, right, operator }: Node & { type: 'filter' }): readonly unknown[] {
    if (!Array.isArray(value)) return fail(`${goValue(value)} is not array or slice and cannot be filtered`)
    return value.filter((item) => {
      if (operator === 'exists') {
        const found = attempt(() => this.#walk([item], left))
        return found.ok && found.value.length > 0
      }
      const lefts = this.#walk([item], left)
      if (lefts.length === 0) return false
      if (lefts.length > 1) fail('can only compare one element at a time')
      const rights = this.#walk([item], right)
      if (rights.length === 0) return false
      if (rights.length > 1) fail('can only compare one element at a time')
      return compare(lefts[0], rights[0], operator)
    })
  }
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isFields(value))
    return Object.keys(value)
      .sort()
      .map((key) => value[key])
  // Go walks a text byte by byte, as numbers.
  return typeof value === 'string' ? Array.from(value).map((char) => char.codePointAt(0)!) : []
}

function slice(value: unknown, [from, to, by]: readonly [Bound, Bound, Bound]): readonly unknown[] {
  if (!Array.isArray(value)) return fail(`${kindName(value)} is not array or slice`)
  const length = value.length
  let start = from.known ? from.value : 0
  if (start < 0) start += length
  let end = to.known ? to.value : length
  if (end < 0 || (end === 0 && to.derived)) end += length
  if (end === start) return []
  if (start >= length || start < 0) fail(`array index out of bounds: index ${start}, length ${length}`)
  if (end > length || end < 0) fail(`array index out of bounds: index ${end - 1}, length ${length}`)
  if (start > end) fail(`starting index ${start} is greater than ending index ${end}`)
  if (by.known && by.value <= 0) fail('step must be > 0')
  return value.slice(start, end).filter((_, index) => index % (by.known ? by.value : 1) === 0)
}

function compare(left: unknown, right: unknown, operator: string): boolean {
  const isBasic = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
  if (!['<', '>', '==', '!=', '<=', '>='].includes(operator)) fail(`unrecognized filter operator ${operator}`)
  if (!isBasic(left) || !isBasic(right)) fail('invalid type for comparison')
  if (typeof left !== typeof right) fail('incompatible types for comparison')
  const a = left as string
  const b = right as string
  if (operator === '==') return a === b
  if (operator === '!=') return a !== b
  if (typeof left === 'boolean') fail('invalid type for comparison')
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b
}

const valueText = (value: unknown): string =>
  Array.isArray(value) || isFields(value) ? compactJson(value) : value === null || value === undefined ? '' : goValue(value)

/** What `-o jsonpath=…` prints; with `asJson`, what `-o jsonpath-as-json=…` does. */
export function printJsonPath(path: JsonPath, data: unknown, { asJson }: { readonly asJson: boolean }): Result<string> {
  const found = evaluateJsonPath(path, data, { allowMissingKeys: true })
  if (!found.ok) return found
  return {
    ok: true,
    value: found.value.map((values) => (asJson ? `${indentedJson(values)}\n` : values.map(valueText).join(' '))).join(''),
  }
}

/** `.a`, `a`, `{.a}` and `{a}` all become `{.a}`. */
export function relaxedJsonPath(expression: string): Result<string> {
  if (expression === '') return { ok: true, value: '' }
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(expression)
  if (!match)
    return {
      ok: false,
      message: "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    }
  return { ok: true, value: `{.${match[1] ?? match[2]}}` }
}
