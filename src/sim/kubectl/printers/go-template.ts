import { decodeBase64Text } from '../base64.ts'
import { isFields, isSet } from '../fields.ts'
import { goQuote, goValue } from './go-format.ts'
import type { Result } from './json-path.ts'

type Operand =
  | { readonly type: 'dot' }
  | { readonly type: 'nil' }
  | { readonly type: 'field'; readonly names: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly type: 'constant'; readonly value: unknown }
  | { readonly type: 'function'; readonly name: string }
  | { readonly type: 'pipe'; readonly pipe: Pipe; readonly names: readonly string[] }
type Call = readonly Operand[]
interface Pipe {
  readonly declares: readonly string[]
  readonly assigns: boolean
  readonly calls: readonly Call[]
}
type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly pipe: Pipe }
  | { readonly type: 'if' | 'with' | 'range'; readonly pipe: Pipe; readonly then: readonly Node[]; readonly otherwise: readonly Node[] }
  | { readonly type: 'template'; readonly name: string; readonly pipe: Pipe | undefined }
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
}

const FUNCTIONS = new Set(
  'and or not len index slice print printf println html js urlquery eq ne lt le gt ge call exists base64decode'.split(' '),
)
const TOKEN = /\s+|"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])'|\$[\p{L}\d_]*|\.[\p{L}_][\p{L}\d_]*|[-+]?\d[\d._xXa-fA-F]*(?:[eE][-+]?\d+)?|:=|[.()|,=]|[\p{L}_][\p{L}\d_]*|./gsuy

function pieces(source: string): readonly Piece[] {
  const found: Piece[] = []
  let position = 0
  let line = 1
  let trimNext = false
  const push = (text: string, isAction: boolean): void => {
    if (text !== '' || isAction) found.push({ isAction, text, line })
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
    if (!/^\s*\/\*.*\*\/\s*$/s.test(body)) push(body, true)
    line += body.split('\n').length - 1
    position = end + 2
  }
  return found
}

class Parser {
  readonly #source: string
  readonly #pieces: readonly Piece[]
  readonly #defined = new Map<string, readonly Node[]>()
  #at = 0
  #line = 1

  constructor(source: string) {
    this.#source = source
    this.#pieces = pieces(source)
  }

  parse(): GoTemplate {
    const { nodes, end } = this.#list()
    if (end !== '') this.#fail(`unexpected {{${end}}}`)
    return { source: this.#source, nodes, defined: this.#defined }
  }

  #fail(message: string): never {
    throw new TemplateError(`template: output:${this.#line}: ${message}`)
  }

  /** Nodes up to `end` or `else`; `end` tells which, with the words after `else`. */
  #list(): { readonly nodes: readonly Node[]; readonly end: string } {
    const nodes: Node[] = []
    for (; this.#at < this.#pieces.length; ) {
      const piece = this.#pieces[this.#at++]!
      this.#line = piece.line
      if (!piece.isAction) {
        nodes.push({ type: 'text', text: piece.text })
        continue
      }
      const tokens = this.#tokens(piece.text)
      const [keyword] = tokens
      if (keyword === 'end') return { nodes, end: 'end' }
      if (keyword === 'else') return { nodes, end: ['else', ...tokens.slice(1)].join('\u0000') }
      if (keyword === 'if' || keyword === 'with' || keyword === 'range') nodes.push(this.#control(keyword, tokens.slice(1)))
      else if (keyword === 'break' || keyword === 'continue') nodes.push({ type: keyword })
      else if (keyword === 'define' || keyword === 'block') {
        const name = this.#name(tokens[1], keyword)
        this.#defined.set(name, this.#body())
        if (keyword === 'block') nodes.push({ type: 'template', name, pipe: this.#pipe(tokens.slice(2)) })
      } else if (keyword === 'template')
        nodes.push({ type: 'template', name: this.#name(tokens[1], keyword), pipe: tokens.length > 2 ? this.#pipe(tokens.slice(2)) : undefined })
      else nodes.push({ type: 'action', pipe: this.#pipe(tokens) })
    }
    return { nodes, end: '' }
  }

  #name(token: string | undefined, context: string): string {
    if (token === undefined || !/^["`]/.test(token)) return this.#fail(`unexpected ${goQuote(token ?? 'EOF')} in ${context} clause`)
    return unquote(token)
  }

  #body(): readonly Node[] {
    const { nodes, end } = this.#list()
    if (end === '') this.#fail('unexpected EOF')
    if (end !== 'end') this.#fail('unexpected {{else}} in define clause')
    return nodes
  }

  #control(type: 'if' | 'with' | 'range', tokens: readonly string[]): Node {
    if (tokens.length === 0) this.#fail(`missing value for ${type}`)
    const pipe = this.#pipe(tokens)
    const { nodes, end } = this.#list()
    if (end === '') this.#fail('unexpected EOF')
    if (end === 'end') return { type, pipe, then: nodes, otherwise: [] }
    const rest = end.split('\u0000').slice(1)
    if (rest.length > 0) {
      const [keyword] = rest
      if (keyword !== 'if' && keyword !== 'with') return this.#fail(`unexpected ${goQuote(keyword!)} in else clause`)
      return { type, pipe, then: nodes, otherwise: [this.#control(keyword, rest.slice(1))] }
    }
    return { type, pipe, then: nodes, otherwise: this.#body() }
  }

  #tokens(text: string): readonly string[] {
    const raw = text.match(TOKEN) ?? []
    const tokens: string[] = []
    let joined = false
    for (const token of raw) {
      if (/^\s+$/.test(token)) {
        joined = false
        continue
      }
      // `.a.b`, `$x.a` and `(…).a` chain; a space before a field begins a new operand.
      if (joined && /^\.[\p{L}_]/u.test(token) && tokens.length > 0) tokens[tokens.length - 1] += `\u0001${token.slice(1)}`
      else tokens.push(token)
      joined = /^[.$)]/.test(token) && token !== '.'
    }
    return tokens
  }

  #pipe(all: readonly string[]): Pipe {
    let tokens = all
    const declares: string[] = []
    let assigns = false
    const sign = tokens.findIndex((token) => token === ':=' || token === '=')
    if (sign > 0) {
      for (const token of tokens.slice(0, sign)) if (token !== ',') declares.push(token)
      assigns = tokens[sign] === '='
      tokens = tokens.slice(sign + 1)
    }
    const calls: Call[] = []
    let call: Operand[] = []
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!
      if (token === '|') {
        if (call.length === 0) this.#fail('missing value for command')
        calls.push(call)
        call = []
      } else if (token === '(') {
        let depth = 1
        let j = i + 1
        for (; j < tokens.length && depth > 0; j++) {
          if (tokens[j] === '(') depth += 1
          else if (tokens[j]!.startsWith(')')) depth -= 1
        }
        if (depth > 0) this.#fail('unclosed left paren')
        const [, ...names] = tokens[j - 1]!.split('\u0001')
        call.push({ type: 'pipe', pipe: this.#pipe(tokens.slice(i + 1, j - 1)), names })
        i = j - 1
      } else call.push(this.#operand(token))
    }
    if (call.length === 0) this.#fail('missing value for command')
    calls.push(call)
    return { declares, assigns, calls }
  }

  #operand(token: string): Operand {
    if (token === '.') return { type: 'dot' }
    if (token === 'nil') return { type: 'nil' }
    if (token === 'true' || token === 'false') return { type: 'constant', value: token === 'true' }
    if (/^["`]/.test(token)) return { type: 'constant', value: unquote(token) }
    if (token.startsWith("'")) return { type: 'constant', value: unquote(`"${token.slice(1, -1)}"`).codePointAt(0) }
    if (token.startsWith('.')) return { type: 'field', names: token.slice(1).split('\u0001') }
    if (token.startsWith('$')) {
      const [name = '$', ...names] = token.split('\u0001')
      return { type: 'variable', name, names }
    }
    if (/^[-+]?\d/.test(token)) {
      const value = Number(token.replaceAll('_', ''))
      if (Number.isNaN(value)) this.#fail(`bad number syntax: ${goQuote(token)}`)
      return { type: 'constant', value }
    }
    if (FUNCTIONS.has(token)) return { type: 'function', name: token }
    if (/^[\p{L}_]/u.test(token)) return this.#fail(`function ${goQuote(token)} not defined`)
    return this.#fail(`unexpected ${goQuote(token)} in operand`)
  }
}

function unquote(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1)
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'", a: '\x07', b: '\b', f: '\f', v: '\v' }
  return token.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  )
}

const truth = (value: unknown): boolean => {
  if (!isSet(value) || value === false || value === 0 || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return !isFields(value) || Object.keys(value).length > 0
}

const MISSING = Symbol('no value')
const shown = (value: unknown): string => (value === MISSING ? '<no value>' : value === null || value === undefined ? '<no value>' : goValue(value))

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

class Execution {
  output = ''
  readonly #template: GoTemplate
  #depth = 0

  constructor(template: GoTemplate) {
    this.#template = template
  }

  #fail(message: string): never {
    throw new TemplateError(`template: output: ${message}`)
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
          if (node.pipe.declares.length === 0) this.output += shown(value)
          break
        }
        case 'if':
        case 'with': {
          const scope = [...variables]
          const value = this.#evaluate(node.pipe, dot, scope)
          const left = truth(value === MISSING ? undefined : value)
            ? this.run(node.then, node.type === 'with' ? value : dot, scope)
            : this.run(node.otherwise, dot, scope)
          if (left) return left
          break
        }
        case 'range':
          this.#range(node, dot, variables)
          break
        case 'template': {
          const inner = this.#template.defined.get(node.name)
          if (!inner) this.#fail(`template ${goQuote(node.name)} not defined`)
          if (this.#depth > DEPTH_MAX) this.#fail(`exceeded maximum template depth (${DEPTH_MAX})`)
          this.#depth += 1
          const value = node.pipe ? this.#evaluate(node.pipe, dot, variables) : undefined
          this.run(inner!, value, [{ name: '$', value }])
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
    const pipe: Pipe = { ...node.pipe, declares: [] }
    const value = this.#evaluate(pipe, dot, [...variables])
    let entries: readonly (readonly [unknown, unknown])[] = []
    if (Array.isArray(value)) entries = value.map((item, index) => [index, item])
    else if (isFields(value))
      entries = Object.keys(value)
        .sort()
        .map((key) => [key, value[key]])
    else if (typeof value === 'number') entries = Array.from({ length: Math.max(0, value) }, (_, index) => [index, index])
    else if (isSet(value) && value !== MISSING) this.#fail(`range can't iterate over ${goValue(value)}`)
    const { declares } = node.pipe
    for (const [key, item] of entries) {
      const scope = [...variables]
      if (declares.length === 1) scope.push({ name: declares[0]!, value: item })
      if (declares.length === 2) scope.push({ name: declares[0]!, value: key }, { name: declares[1]!, value: item })
      if (this.run(node.then, item, scope) === 'break') break
    }
    if (entries.length === 0) this.run(node.otherwise, dot, variables)
  }

  #evaluate(pipe: Pipe, dot: unknown, variables: Variable[]): unknown {
    let value: unknown = MISSING
    let first = true
    for (const call of pipe.calls) {
      value = this.#call(call, dot, variables, first ? [] : [value])
      first = false
    }
    for (const name of pipe.declares) {
      if (pipe.assigns) {
        const variable = variables.findLast((candidate) => candidate.name === name) ?? this.#fail(`undefined variable ${goQuote(name)}`)
        variable.value = value
      } else variables.push({ name, value })
    }
    return value
  }

  #call(call: Call, dot: unknown, variables: Variable[], piped: readonly unknown[]): unknown {
    const [head, ...rest] = call
    if (head?.type === 'function') {
      const lazy = (operand: Operand): unknown => this.#value(operand, dot, variables)
      if (head.name === 'and' || head.name === 'or') {
        let result: unknown = MISSING
        for (const operand of rest) {
          result = lazy(operand)
          if (truth(result) === (head.name === 'or')) return result
        }
        return piped.length > 0 ? piped[0] : result
      }
      return this.#function(head.name, [...rest.map(lazy), ...piped])
    }
    if (rest.length > 0 || piped.length > 0) this.#fail(`can't give argument to non-function ${goValue(this.#value(head!, dot, variables))}`)
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
        return this.#fields(dot, operand.names)
      case 'variable': {
        const variable = variables.findLast(({ name }) => name === operand.name) ?? this.#fail(`undefined variable ${goQuote(operand.name)}`)
        return this.#fields(variable.value, operand.names)
      }
      case 'function':
        return this.#function(operand.name, [])
      case 'pipe':
        return this.#fields(this.#evaluate(operand.pipe, dot, variables), operand.names)
    }
  }

  #fields(start: unknown, names: readonly string[]): unknown {
    let value = start
    for (const name of names) {
      if (value === MISSING || !isSet(value)) {
        if (value === MISSING) return this.#fail(`nil pointer evaluating interface {}.${name}`)
        return this.#fail(`nil data; no entry for key ${goQuote(name)}`)
      }
      if (!isFields(value)) return this.#fail(`can't evaluate field ${name} in type ${Array.isArray(value) ? '[]interface {}' : 'interface {}'}`)
      value = name in value ? value[name] : MISSING
    }
    return value
  }

  #function(name: string, given: readonly unknown[]): unknown {
    const args = given.map((value) => (value === MISSING ? undefined : value))
    const wrong = (message: string): never => this.#fail(`error calling ${name}: ${message}`)
    switch (name) {
      case 'not':
        return !truth(args[0])
      case 'len': {
        const [value] = args
        if (typeof value === 'string' || Array.isArray(value)) return value.length
        return isFields(value) ? Object.keys(value).length : wrong('len of nil pointer')
      }
      case 'index':
        return args.slice(1).reduce((value, key) => {
          if (!isSet(value)) return wrong('index of untyped nil')
          if (Array.isArray(value))
            return typeof key === 'number' ? (key >= 0 && key < value.length ? value[key] : wrong(`index out of range: ${key}`)) : wrong('cannot index slice/array with type string')
          return isFields(value) && typeof key === 'string' ? value[key] : wrong(`can't index item of type ${typeof value}`)
        }, args[0])
      case 'slice': {
        const [value, from = 0, to] = args
        if (typeof value !== 'string' && !Array.isArray(value)) return wrong("can't slice item")
        return value.slice(Number(from), to === undefined ? undefined : Number(to))
      }
      case 'print':
        return args.map((value) => (isSet(value) ? goValue(value) : '<nil>')).join('')
      case 'println':
        return `${args.map(goValue).join(' ')}\n`
      case 'printf':
        return printf(String(args[0]), args.slice(1))
      case 'html':
        return args.map(goValue).join('').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;').replaceAll("'", '&#39;')
      case 'js':
        return args.map(goValue).join('').replaceAll(/[\\'"<>&=]/g, (char) => (char === '\\' || char === "'" || char === '"' ? `\\${char}` : `\\u00${char.charCodeAt(0).toString(16).toUpperCase()}`))
      case 'urlquery':
        return encodeURIComponent(args.map(goValue).join('')).replaceAll('%20', '+')
      case 'eq':
        return args.slice(1).some((other) => this.#compare(args[0], other) === 0)
      case 'ne':
        return this.#compare(args[0], args[1]) !== 0
      case 'lt':
        return this.#compare(args[0], args[1]) < 0
      case 'le':
        return this.#compare(args[0], args[1]) <= 0
      case 'gt':
        return this.#compare(args[0], args[1]) > 0
      case 'ge':
        return this.#compare(args[0], args[1]) >= 0
      case 'exists': {
        let value = args[0]
        for (const key of args.slice(1)) {
          if (Array.isArray(value) && typeof key === 'number') value = value[key]
          else if (isFields(value) && typeof key === 'string') value = value[key]
          else return false
        }
        return isSet(value)
      }
      case 'base64decode': {
        const decoded = decodeBase64Text(String(args[0] ?? ''))
        return decoded ?? wrong('base64 decode failed: illegal base64 data')
      }
      default:
        return wrong('not a function')
    }
  }

  #compare(a: unknown, b: unknown): number {
    if (!isSet(a) || !isSet(b)) return isSet(a) === isSet(b) ? 0 : 1
    if (typeof a === 'object' || typeof b === 'object') return this.#fail('error calling eq: incompatible types for comparison')
    if (typeof a !== typeof b) return this.#fail('error calling eq: incompatible types for comparison')
    const left = a as string
    const right = b as string
    return left < right ? -1 : left > right ? 1 : 0
  }
}

function printf(format: string, args: readonly unknown[]): string {
  let next = 0
  const out = format.replaceAll(/%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (whole, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    if (next >= args.length) return `%!${verb}(MISSING)`
    const value = args[next++]
    let text: string
    switch (verb) {
      case 'v':
      case 's':
        text = goValue(value)
        if (precision !== undefined && verb === 's') text = text.slice(0, Number(precision))
        break
      case 'd':
        text = typeof value === 'number' ? String(value) : `%!d(${typeof value}=${goValue(value)})`
        break
      case 'q':
        text = goQuote(goValue(value))
        break
      case 'f':
        text = Number(value).toFixed(precision === undefined ? 6 : Number(precision))
        break
      case 't':
        text = String(value)
        break
      case 'x':
        text = typeof value === 'number' ? value.toString(16) : whole
        break
      default:
        text = `%!${verb}(${typeof value}=${goValue(value)})`
    }
    const size = Number(width ?? 0)
    return flags.includes('-') ? text.padEnd(size) : text.padStart(size, flags.includes('0') ? '0' : ' ')
  })
  return next < args.length ? `${out}%!(EXTRA ${args.slice(next).map((value) => `${typeof value}=${goValue(value)}`).join(', ')})` : out
}
