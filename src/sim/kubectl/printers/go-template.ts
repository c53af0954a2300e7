import { decodeBase64Text } from '../base64.ts'
import { isFields, isSet } from '../fields.ts'
import { goQuote, goValue } from './go-format.ts'
import type { Result } from './json-path.ts'

/** Where something stands in the source, and how Go would print it back. */
interface Spot {
  readonly at: number
  readonly shown: string
}
type Operand = Spot &
  (
    | { readonly type: 'dot' | 'nil' }
    | { readonly type: 'field'; readonly names: readonly string[] }
    | { readonly type: 'variable'; readonly name: string; readonly names: readonly string[] }
    | { readonly type: 'constant'; readonly value: unknown }
    | { readonly type: 'function'; readonly name: string }
    | { readonly type: 'pipe'; readonly pipe: Pipe; readonly names: readonly string[] }
  )
interface Call extends Spot {
  readonly operands: readonly Operand[]
}
interface Pipe extends Spot {
  readonly declares: readonly string[]
  readonly assigns: boolean
  readonly calls: readonly Call[]
}
type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly pipe: Pipe }
  | {
      readonly type: 'if' | 'with' | 'range'
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }
  | (Spot & { readonly type: 'template'; readonly name: string; readonly pipe: Pipe | undefined })
  | { readonly type: 'break' | 'continue' }

export interface GoTemplate {
  readonly source: string
  readonly nodes: readonly Node[]
  readonly defined: ReadonlyMap<string, readonly Node[]>
}

class TemplateError extends Error {}

function attempt<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (error instanceof TemplateError) return { ok: false, message: error.message }
    throw error
  }
}

/** Parses a text/template of the Go standard library, as `-o go-template` takes it. */
export const parseTemplate = (source: string): Result<GoTemplate> => attempt(() => new Parser(source).parse())

interface Piece {
  readonly isAction: boolean
  readonly text: string
  readonly line: number
  /** Of the text in the source. */
  readonly at: number
}
interface Token {
  readonly text: string
  readonly at: number
  /** Where the second field of a chain begins: Go reports a chain there. */
  readonly chainAt?: number
}

const FUNCTIONS = new Set(
  'and or not len index slice print printf println html js urlquery eq ne lt le gt ge call exists base64decode'.split(' '),
)
const TOKEN =
  /\s+|"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])'|\$[\p{L}\d_]*|\.[\p{L}_][\p{L}\d_]*|[-+]?\d[\d._xXa-fA-F]*(?:[eE][-+]?\d+)?|:=|[.()|,=]|[\p{L}_][\p{L}\d_]*|./gsuy

function pieces(source: string): readonly Piece[] {
  const found: Piece[] = []
  let position = 0
  let line = 1
  let trimNext = false
  const push = (text: string, isAction: boolean, at = 0): void => {
    if (text !== '' || isAction) found.push({ isAction, text, line, at })
  }
  while (position < source.length) {
    const open = source.indexOf('{{', position)
    let text = source.slice(position, open < 0 ? undefined : open)
    const whole = text
    if (trimNext) text = text.trimStart()
    if (open < 0) {
      push(text, false)
      break
    }
    let start = open + 2
    if (/^-\s/.test(source.slice(start, start + 2))) {
      text = text.trimEnd()
      start += 1
    }
    push(text, false)
    line += whole.split('\n').length - 1
    let end = start
    for (let quote = ''; ; end++) {
      const char = source[end]
      if (char === undefined) throw new TemplateError(`template: output:${line}: unclosed action`)
      if (quote !== '') {
        if (char === '\\' && quote === '"') end += 1
        else if (char === quote) quote = ''
      } else if (char === '"' || char === '`') quote = char
      else if (char === '}' && source[end + 1] === '}') break
    }
    let body = source.slice(start, end)
    trimNext = /\s-$/.test(body)
    if (trimNext) body = body.slice(0, -1)
    if (!/^\s*\/\*.*\*\/\s*$/s.test(body)) push(body, true, start)
    line += body.split('\n').length - 1
    position = end + 2
  }
  return found
}

const chain = (text: string): readonly string[] => text.split('\u0001')
const shownToken = (text: string): string => text.replaceAll('\u0001', '.')

class Parser {
  readonly #source: string
  readonly #pieces: readonly Piece[]
  readonly #defined = new Map<string, readonly Node[]>()
  #at = 0
  #line = 1
  #variables: string[] = ['$']

  constructor(source: string) {
    this.#source = source
    this.#pieces = pieces(source)
  }

  parse(): GoTemplate {
    const { nodes, end } = this.#list()
    if (end) this.#fail(`unexpected {{${end.keyword}}}`)
    return { source: this.#source, nodes, defined: this.#defined }
  }

  #fail(message: string): never {
    throw new TemplateError(`template: output:${this.#line}: ${message}`)
  }

  /** Nodes up to `end` or `else`; `rest` are the words after `else`. */
  #list(): {
    readonly nodes: readonly Node[]
    readonly end: { readonly keyword: 'end' | 'else'; readonly rest: readonly Token[] } | undefined
  } {
    const nodes: Node[] = []
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++]!
      this.#line = piece.line
      if (!piece.isAction) {
        nodes.push({ type: 'text', text: piece.text })
        continue
      }
      const tokens = this.#tokens(piece)
      const keyword = tokens[0]?.text
      const rest = tokens.slice(1)
      if (keyword === 'end' || keyword === 'else') return { nodes, end: { keyword, rest } }
      if (keyword === 'if' || keyword === 'with' || keyword === 'range') nodes.push(this.#control(keyword, rest))
      else if (keyword === 'break' || keyword === 'continue') nodes.push({ type: keyword })
      else if (keyword === 'define' || keyword === 'block') {
        const name = this.#name(rest[0], keyword)
        this.#defined.set(name, this.#body())
        if (keyword === 'block') nodes.push(this.#template(rest, name))
      } else if (keyword === 'template') nodes.push(this.#template(rest, this.#name(rest[0], keyword)))
      else nodes.push({ type: 'action', pipe: this.#pipe(tokens, 'command') })
    }
    return { nodes, end: undefined }
  }

  #template(rest: readonly Token[], name: string): Node {
    const pipe = rest.length > 1 ? this.#pipe(rest.slice(1), 'template clause') : undefined
    return {
      type: 'template',
      name,
      pipe,
      at: rest[0]!.at,
      shown: `{{template ${goQuote(name)}${pipe ? ` ${pipe.shown}` : ''}}}`,
    }
  }

  #name(token: Token | undefined, context: string): string {
    if (token === undefined || !/^["`]/.test(token.text))
      return this.#fail(`unexpected ${token ? `<${shownToken(token.text)}>` : '"}}"'} in ${context} clause`)
    return unquote(token.text)
  }

  #body(): readonly Node[] {
    const { nodes, end } = this.#list()
    if (!end) this.#fail('unexpected EOF')
    if (end?.keyword !== 'end') this.#fail('unexpected {{else}} in define clause')
    return nodes
  }

  #control(type: 'if' | 'with' | 'range', tokens: readonly Token[]): Node {
    const outer = [...this.#variables]
    if (tokens.length === 0) this.#fail(`missing value for ${type}`)
    const pipe = this.#pipe(tokens, type)
    const { nodes, end } = this.#list()
    if (!end) return this.#fail('unexpected EOF')
    let otherwise: readonly Node[] = []
    if (end.keyword === 'else') {
      const keyword = end.rest[0]?.text
      if (keyword === 'if' || keyword === 'with') otherwise = [this.#control(keyword, end.rest.slice(1))]
      else if (keyword !== undefined) return this.#fail(`unexpected <${keyword}> in else clause`)
      else otherwise = this.#body()
    }
    this.#variables = outer
    return { type, pipe, body: nodes, otherwise }
  }

  #tokens({ text: body, at }: Piece): readonly Token[] {
    const tokens: Token[] = []
    let joined = false
    for (const match of body.matchAll(TOKEN)) {
      const [text] = match
      const here = at + match.index
      if (/^\s+$/.test(text)) {
        joined = false
        continue
      }
      // `.a.b`, `$x.a` and `(…).a` chain; a space before a field begins a new operand.
      const last = tokens.at(-1)
      if (joined && last && /^\.[\p{L}_]/u.test(text))
        tokens[tokens.length - 1] = { ...last, text: `${last.text}\u0001${text.slice(1)}`, chainAt: last.chainAt ?? here }
      else tokens.push({ text, at: here })
      joined = /^[.$)]/.test(text) && text !== '.'
    }
    return tokens
  }

  #pipe(all: readonly Token[], context: string): Pipe {
    let tokens = all
    const declares: string[] = []
    let assigns = false
    const sign = tokens.findIndex(({ text }) => text === ':=' || text === '=')
    if (sign > 0) {
      for (const { text } of tokens.slice(0, sign)) if (text !== ',') declares.push(text)
      assigns = tokens[sign]!.text === '='
      tokens = tokens.slice(sign + 1)
    }
    const calls: Call[] = []
    let operands: Operand[] = []
    const finish = (): void => {
      if (operands.length === 0) this.#fail(`missing value for ${context}`)
      calls.push({ operands, at: operands[0]!.at, shown: operands.map(({ shown }) => shown).join(' ') })
      operands = []
    }
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!
      if (token.text === '|') finish()
      else if (token.text === '(') {
        let depth = 1
        let j = i + 1
        for (; j < tokens.length && depth > 0; j++) {
          if (tokens[j]!.text === '(') depth += 1
          else if (tokens[j]!.text.startsWith(')')) depth -= 1
        }
        if (depth > 0) this.#fail('unclosed left paren')
        const [, ...names] = chain(tokens[j - 1]!.text)
        const pipe = this.#pipe(tokens.slice(i + 1, j - 1), 'parenthesized pipeline')
        const shown = `(${pipe.shown})${names.map((name) => `.${name}`).join('')}`
        operands.push({ type: 'pipe', pipe, names, at: tokens[j - 1]!.chainAt ?? pipe.at, shown })
        i = j - 1
      } else operands.push(this.#operand(token))
    }
    finish()
    for (const name of declares) if (!assigns) this.#variables.push(name)
    const lead = declares.length > 0 ? `${declares.join(', ')} ${assigns ? '=' : ':='} ` : ''
    return { declares, assigns, calls, at: all[0]!.at, shown: lead + calls.map(({ shown }) => shown).join(' | ') }
  }

  #operand({ text, at, chainAt }: Token): Operand {
    const spot = { at, shown: shownToken(text) }
    if (text === '.') return { ...spot, type: 'dot' }
    if (text === 'nil') return { ...spot, type: 'nil' }
    if (text === 'true' || text === 'false') return { ...spot, type: 'constant', value: text === 'true' }
    if (/^["`]/.test(text)) return { ...spot, type: 'constant', value: unquote(text) }
    if (text.startsWith("'"))
      return { ...spot, type: 'constant', value: BigInt(unquote(`"${text.slice(1, -1)}"`).codePointAt(0) ?? 0) }
    if (text.startsWith('.')) return { ...spot, at: chainAt ?? at, type: 'field', names: chain(text.slice(1)) }
    if (text.startsWith('$')) {
      const [name = '$', ...names] = chain(text)
      if (!this.#variables.includes(name)) this.#fail(`undefined variable ${goQuote(name)}`)
      return { ...spot, at: chainAt ?? at, type: 'variable', name, names }
    }
    if (/^[-+]?\d/.test(text)) {
      const plain = text.replaceAll('_', '')
      if (Number.isNaN(Number(plain))) this.#fail(`bad number syntax: ${goQuote(text)}`)
      return {
        ...spot,
        type: 'constant',
        value: /[.eE]/.test(plain) && !/^[-+]?0x/i.test(plain) ? Number(plain) : integerOf(plain),
      }
    }
    if (FUNCTIONS.has(text)) return { ...spot, type: 'function', name: text }
    if (/^[\p{L}_]/u.test(text)) return this.#fail(`function ${goQuote(text)} not defined`)
    return this.#fail(`unexpected ${goQuote(text)} in operand`)
  }
}

const integerOf = (text: string): bigint => (text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace(/^\+/, '')))

function unquote(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1)
  const escapes: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    '"': '"',
    "'": "'",
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  }
  return token
    .slice(1, -1)
    .replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, code: string) =>
      code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    )
}

const MISSING = Symbol('no value')

const truth = (value: unknown): boolean => {
  if (!isSet(value) || value === MISSING || value === false || value === 0 || value === 0n || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return !isFields(value) || Object.keys(value).length > 0
}

/** Whole numbers of the data are `int64`, constants and lengths `int`; all else is a float. */
function printed(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : goFloat(value)
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (isFields(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${printed(value[key])}`)
      .join(' ')}]`
  return value === MISSING ? '<no value>' : goValue(value)
}

/** A float as Go's `%v`: the shortest digits. */
function goFloat(value: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

const goTypeOf = (value: unknown): string => {
  if (!isSet(value) || value === MISSING) return '<nil>'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return '[]interface {}'
  return typeof value === 'string' ? 'string' : 'map[string]interface {}'
}

/** Executes a template. Models text/template's exec and funcs, and cli-runtime's `exists` and `base64decode`. */
export const executeTemplate = (template: GoTemplate, data: unknown): Result<string> =>
  attempt(() => {
    const execution = new Execution(template)
    execution.run(template.nodes, data, [{ name: '$', value: data }])
    return execution.output
  })

interface Variable {
  readonly name: string
  value: unknown
}

/** No template of a learner needs more; one that calls itself would. */
const DEPTH_MAX = 100

/** Whole numbers compare with each other, whatever they come from. */
const basic = (value: unknown): unknown => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value)

class Execution {
  output = ''
  readonly #template: GoTemplate
  #name = 'output'
  #depth = 0

  constructor(template: GoTemplate) {
    this.#template = template
  }

  #fail({ at, shown }: Spot, message: string): never {
    const before = this.#template.source.slice(0, at)
    const line = before.split('\n').length
    const column = at - (before.lastIndexOf('\n') + 1)
    throw new TemplateError(`template: output:${line}:${column}: executing ${goQuote(this.#name)} at <${shown}>: ${message}`)
  }

  /** Tells when a loop is to be left or begun anew. */
  run(nodes: readonly Node[], dot: unknown, outer: readonly Variable[]): 'break' | 'continue' | undefined {
    const variables = [...outer]
    for (const node of nodes) {
      switch (node.type) {
        case 'text':
          this.output += node.text
          break
        case 'action': {
          const value = this.#evaluate(node.pipe, dot, variables)
          if (node.pipe.declares.length === 0) this.output += isSet(value) ? printed(value) : '<no value>'
          break
        }
        case 'if':
        case 'with': {
          const scope = [...variables]
          const value = this.#evaluate(node.pipe, dot, scope)
          const left = truth(value)
            ? this.run(node.body, node.type === 'with' ? value : dot, scope)
            : this.run(node.otherwise, dot, scope)
          if (left) return left
          break
        }
        case 'range':
          this.#range(node, dot, variables)
          break
        case 'template': {
          const inner = this.#template.defined.get(node.name)
          if (!inner) return this.#fail(node, `template ${goQuote(node.name)} not defined`)
          if (this.#depth > DEPTH_MAX) this.#fail(node, `exceeded maximum template depth (${DEPTH_MAX})`)
          const value = node.pipe ? this.#evaluate(node.pipe, dot, variables) : undefined
          const name = this.#name
          this.#depth += 1
          this.#name = node.name
          this.run(inner, value, [{ name: '$', value }])
          this.#name = name
          this.#depth -= 1
          break
        }
        default:
          return node.type
      }
    }
    return undefined
  }

  #range(node: Node & { type: 'if' | 'with' | 'range' }, dot: unknown, variables: readonly Variable[]): void {
    const value = this.#evaluate({ ...node.pipe, declares: [] }, dot, [...variables])
    let entries: readonly (readonly [unknown, unknown])[] = []
    if (Array.isArray(value)) entries = value.map((item, index) => [BigInt(index), item])
    else if (isFields(value))
      entries = Object.keys(value)
        .sort()
        .map((key) => [key, value[key]])
    else if (typeof basic(value) === 'bigint')
      entries = Array.from({ length: Math.max(0, Math.min(Number(value), 100_000)) }, (_, index) => [
        BigInt(index),
        BigInt(index),
      ])
    else if (isSet(value) && value !== MISSING) this.#fail(node.pipe, `range can't iterate over ${printed(value)}`)
    const { declares } = node.pipe
    for (const [key, item] of entries) {
      const scope = [...variables]
      if (declares.length === 1) scope.push({ name: declares[0]!, value: item })
      if (declares.length === 2) scope.push({ name: declares[0]!, value: key }, { name: declares[1]!, value: item })
      if (this.run(node.body, item, scope) === 'break') break
    }
    if (entries.length === 0) this.run(node.otherwise, dot, variables)
  }

  #evaluate(pipe: Pipe, dot: unknown, variables: Variable[]): unknown {
    let value: unknown = MISSING
    for (const [index, call] of pipe.calls.entries()) value = this.#call(call, dot, variables, index === 0 ? [] : [value])
    for (const name of pipe.declares) {
      const known = pipe.assigns ? variables.findLast((candidate) => candidate.name === name) : undefined
      if (known) known.value = value
      else variables.push({ name, value })
    }
    return value
  }

  #call(call: Call, dot: unknown, variables: Variable[], piped: readonly unknown[]): unknown {
    const [head, ...rest] = call.operands
    if (head!.type === 'function') {
      const valueOf = (operand: Operand): unknown => this.#value(operand, dot, variables)
      if (head!.name === 'and' || head!.name === 'or') {
        let result: unknown = MISSING
        for (const operand of rest) {
          result = valueOf(operand)
          if (truth(result) === (head!.name === 'or')) return result
        }
        return piped.length > 0 ? piped[0] : result
      }
      return this.#function(head!.name, [...rest.map(valueOf), ...piped], call)
    }
    if (head!.type === 'nil') return this.#fail(head!, 'nil is not a command')
    if (rest.length > 0 || piped.length > 0) this.#fail(head!, `can't give argument to non-function ${head!.shown}`)
    return this.#value(head!, dot, variables)
  }

  #value(operand: Operand, dot: unknown, variables: Variable[]): unknown {
    switch (operand.type) {
      case 'dot':
        return dot
      case 'nil':
        return undefined
      case 'constant':
        return operand.value
      case 'field':
        return this.#fields(dot, operand.names, operand)
      case 'variable':
        return this.#fields(variables.findLast(({ name }) => name === operand.name)?.value, operand.names, operand)
      case 'function':
        return this.#function(operand.name, [], operand)
      case 'pipe':
        return this.#fields(this.#evaluate(operand.pipe, dot, variables), operand.names, operand)
    }
  }

  #fields(start: unknown, names: readonly string[], spot: Spot): unknown {
    let value = start
    for (const name of names) {
      if (value === MISSING) return MISSING
      if (!isSet(value)) return this.#fail(spot, `nil pointer evaluating interface {}.${name}`)
      if (!isFields(value)) return this.#fail(spot, `can't evaluate field ${name} in type interface {}`)
      value = name in value ? value[name] : MISSING
    }
    return value
  }

  #function(name: string, given: readonly unknown[], spot: Spot): unknown {
    const args = given.map((value) => (value === MISSING ? undefined : value))
    const wrong = (message: string): never => this.#fail(spot, `error calling ${name}: ${message}`)
    const [first] = args
    switch (name) {
      case 'not':
        return !truth(first)
      case 'len': {
        if (typeof first === 'string' || Array.isArray(first)) return BigInt(first.length)
        if (isFields(first)) return BigInt(Object.keys(first).length)
        return wrong(isSet(first) ? `len of type ${goTypeOf(first)}` : 'reflect: call of reflect.Value.Type on zero Value')
      }
      case 'index':
        if (!isSet(first)) return wrong('index of untyped nil')
        return args.slice(1).reduce((value, key) => {
          if (!isSet(value)) return wrong('index of nil pointer')
          if (Array.isArray(value) || typeof value === 'string') {
            if (typeof basic(key) !== 'bigint') return wrong(`cannot index slice/array with type ${goTypeOf(key)}`)
            const index = Number(key)
            return index >= 0 && index < value.length ? (value[index] as unknown) : wrong(`index out of range: ${index}`)
          }
          if (!isFields(value)) return wrong(`can't index item of type ${goTypeOf(value)}`)
          if (typeof key !== 'string')
            return wrong(
              isSet(key) ? `value has type ${goTypeOf(key)}; should be string` : 'value is nil; should be of type string',
            )
          return key in value ? value[key] : MISSING
        }, first)
      case 'slice': {
        if (!isSet(first)) return wrong('slice of untyped nil')
        if (typeof first !== 'string' && !Array.isArray(first)) return wrong(`can't slice item of type ${goTypeOf(first)}`)
        const bounds = args.slice(1).map(Number)
        for (const bound of bounds) if (!(bound >= 0 && bound <= first.length)) return wrong(`index out of range: ${bound}`)
        return first.slice(bounds[0] ?? 0, bounds[1])
      }
      case 'print':
        return args
          .map(
            (value, index) =>
              (index > 0 && typeof value !== 'string' && typeof args[index - 1] !== 'string' ? ' ' : '') + printed(value),
          )
          .join('')
      case 'println':
        return `${args.map(printed).join(' ')}\n`
      case 'printf':
        return printf(printed(first), args.slice(1))
      case 'html':
        return args
          .map(printed)
          .join('')
          .replaceAll(/[&<>"']/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;' })[char] ?? '&#39;')
      case 'js':
        return args
          .map(printed)
          .join('')
          .replaceAll(/[\\'"<>&=]/g, (char) =>
            /[<>&=]/.test(char) ? `\\u00${char.charCodeAt(0).toString(16).toUpperCase()}` : `\\${char}`,
          )
      case 'urlquery':
        return encodeURIComponent(args.map(printed).join('')).replaceAll('%20', '+')
      case 'eq':
        if (args.length < 2) return wrong('missing argument for comparison')
        return args.slice(1).some((other) => this.#isEqual(first, other, wrong))
      case 'ne':
        return !this.#isEqual(first, args[1], wrong)
      case 'lt':
        return this.#isLess(first, args[1], wrong)
      case 'le':
        return this.#isLess(first, args[1], wrong) || this.#isEqual(first, args[1], wrong)
      case 'gt':
        return !this.#isLess(first, args[1], wrong) && !this.#isEqual(first, args[1], wrong)
      case 'ge':
        return !this.#isLess(first, args[1], wrong)
      case 'exists': {
        let value = first
        for (const key of args.slice(1)) {
          if (Array.isArray(value) && typeof key === 'bigint') value = value[Number(key)] as unknown
          else if (isFields(value) && typeof key === 'string') value = value[key]
          else return false
        }
        return isSet(value)
      }
      case 'base64decode': {
        if (typeof first !== 'string') return this.#fail(spot, `wrong type for value; expected string; got ${goTypeOf(first)}`)
        return decodeBase64Text(first) ?? wrong('base64 decode failed: illegal base64 data at input byte 0')
      }
      default:
        return wrong('not a function')
    }
  }

  #isEqual(a: unknown, b: unknown, wrong: (message: string) => never): boolean {
    if (!isSet(a) || !isSet(b)) return isSet(a) === isSet(b)
    const [left, right] = [basic(a), basic(b)]
    if (typeof left !== typeof right) return wrong(`incompatible types for comparison: ${goTypeOf(a)} and ${goTypeOf(b)}`)
    if (typeof a === 'object') return wrong(`non-comparable type ${printed(a)}: ${goTypeOf(a)}`)
    return left === right
  }

  #isLess(a: unknown, b: unknown, wrong: (message: string) => never): boolean {
    if (!isSet(a) || !isSet(b) || typeof a === 'object' || typeof b === 'object') return wrong('invalid type for comparison')
    const [left, right] = [basic(a), basic(b)]
    if (typeof left !== typeof right) return wrong(`incompatible types for comparison: ${goTypeOf(a)} and ${goTypeOf(b)}`)
    if (typeof left === 'boolean') return wrong('invalid type for comparison')
    return (left as string) < (right as string)
  }
}

/** Go's fmt.Sprintf for the verbs that templates use. */
function printf(format: string, args: readonly unknown[]): string {
  let next = 0
  const out = format.replaceAll(
    /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%'
      if (next >= args.length) return `%!${verb}(MISSING)`
      const value = args[next++]
      const bad = isSet(value) ? `%!${verb}(${goTypeOf(value)}=${printed(value)})` : `%!${verb}(<nil>)`
      const text = verbText(verb, basic(value), precision === undefined ? undefined : Number(precision)) ?? bad
      const size = Number(width ?? 0)
      return flags.includes('-') ? text.padEnd(size) : text.padStart(size, flags.includes('0') ? '0' : ' ')
    },
  )
  return next < args.length
    ? `${out}%!(EXTRA ${args
        .slice(next)
        .map((value) => (isSet(value) ? `${goTypeOf(value)}=${printed(value)}` : '<nil>'))
        .join(', ')})`
    : out
}

/** Undefined for a value that the verb is not for. */
function verbText(verb: string, value: unknown, precision: number | undefined): string | undefined {
  switch (verb) {
    case 'v':
      return printed(value)
    case 's':
      return typeof value === 'string' ? value.slice(0, precision) : undefined
    case 'q':
      return typeof value === 'string' ? goQuote(value) : undefined
    case 'd':
      return typeof value === 'bigint' ? String(value) : undefined
    case 'f':
      return typeof value === 'number' ? value.toFixed(precision ?? 6) : undefined
    case 't':
      return typeof value === 'boolean' ? String(value) : undefined
    case 'x':
      return typeof value === 'bigint' ? value.toString(16) : undefined
    case 'T':
      return goTypeOf(value)
    default:
      return undefined
  }
}
