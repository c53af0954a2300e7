import { assert } from '../../kernel/assert.ts'
import { formatMicroTime, formatTime, parseTime } from '../../kernel/time.ts'
import type { FieldWords } from './field-words.ts'
import { canonicalQuantity, QUANTITY_ERROR } from './quantity.ts'

/** `generated/schema.json`: the published structure of the API in short; see `scripts/generate-api-tables.mjs`. */
export interface CompactSchema {
  /** `apps/v1 Deployment` → index of its definition. */
  readonly kinds: Readonly<Record<string, number>>
  readonly definitions: readonly {
    /** As Go names it: `v1.Container`. */
    readonly n: string
    readonly f: Readonly<Record<string, string>>
    /** 1: merged as a whole by server-side apply. */
    readonly a?: number
  }[]
}

export type SchemaType =
  | {
      readonly type:
        'string' | 'int32' | 'int64' | 'double' | 'bool' | 'bytes' | 'quantity' | 'time' | 'microTime' | 'intOrString' | 'any'
    }
  | { readonly type: 'struct'; readonly struct: StructSchema }
  | { readonly type: 'list' | 'map'; readonly of: SchemaType }

export interface FieldSchema {
  readonly name: string
  readonly type: SchemaType
  /**
   * What is stored for an empty value: `value`: nothing · `always`: the zero value, even if absent · `pointer`: what was given ·
   * `nullable`: what was given, else null · `omitZero`: a struct, nothing if all of it is empty.
   */
  readonly presence: 'value' | 'always' | 'pointer' | 'nullable' | 'omitZero'
  /** Strategic merge: key of a list of objects. */
  readonly mergeKey?: string
  /** Strategic merge: a list of scalars that is merged. */
  readonly mergesScalars?: true
  readonly retainKeys?: true
  /** Server-side apply. */
  readonly listType?: 'map' | 'set' | 'atomic'
  readonly listMapKeys?: readonly string[]
  readonly isRequired?: true
  /** All that it may be, as published. */
  readonly values?: readonly string[]
  readonly goType: string
}

export interface StructSchema {
  /** As Go names it: `v1.Container`. */
  readonly goType: string
  readonly isAtomic: boolean
  /** It has an `apiVersion` and a `kind` of its own, even where it is embedded: claims in a StatefulSet. */
  readonly isKind: boolean
  readonly fields: ReadonlyMap<string, FieldSchema>
}

const PRESENCE = { v: 'value', a: 'always', p: 'pointer', P: 'nullable', z: 'omitZero' } as const
const SCALARS = {
  s: 'string',
  i: 'int32',
  l: 'int64',
  d: 'double',
  b: 'bool',
  y: 'bytes',
  q: 'quantity',
  t: 'time',
  m: 'microTime',
  x: 'intOrString',
  o: 'any',
} as const
const GO_SCALARS = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  bool: 'bool',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  intOrString: 'intstr.IntOrString',
  any: 'interface {}',
} as const

function goTypeOf(type: SchemaType, scalar: string | undefined): string {
  switch (type.type) {
    case 'struct':
      return type.struct.goType
    case 'list':
      return `[]${goTypeOf(type.of, scalar)}`
    case 'map':
      return `map[string]${goTypeOf(type.of, scalar)}`
    default:
      return scalar ?? GO_SCALARS[type.type]
  }
}

/** The structure of every kind: for decoding, strategic merge and server-side apply. Read lazily from its short form. */
export class ApiSchema {
  readonly #compact: CompactSchema
  readonly #structs = new Map<number, StructSchema>()
  readonly #kinds: ReadonlySet<number>
  /** What its fields do; comes when the terminal or the editor first needs it (see `load-field-words.ts`). */
  words: FieldWords | undefined

  constructor(compact: CompactSchema) {
    this.#compact = compact
    this.#kinds = new Set(Object.values(compact.kinds))
  }

  /** Undefined for kinds that are not built in. */
  kind(apiVersion: string, kind: string): StructSchema | undefined {
    const index = this.#compact.kinds[`${apiVersion} ${kind}`]
    return index === undefined ? undefined : this.#struct(index)
  }

  #struct(index: number): StructSchema {
    const known = this.#structs.get(index)
    if (known) return known
    const row = this.#compact.definitions[index]
    assert(row, 'schema refers to a definition that is not there', index)
    const fields = new Map<string, FieldSchema>()
    const struct: StructSchema = { goType: row.n, isAtomic: row.a === 1, isKind: this.#kinds.has(index), fields }
    this.#structs.set(index, struct)
    for (const [name, text] of Object.entries(row.f)) fields.set(name, this.#field(name, text))
    return struct
  }

  #field(name: string, text: string): FieldSchema {
    const [head = '', ...remarks] = text.split('|')
    const type = this.#type(head.slice(1))
    const field: { -readonly [K in keyof FieldSchema]: FieldSchema[K] } = {
      name,
      type,
      presence: PRESENCE[head[0] as keyof typeof PRESENCE],
      goType: '',
    }
    let scalar: string | undefined
    for (const remark of remarks) {
      const value = remark.slice(2)
      switch (remark[0]) {
        case 'm':
          field.mergeKey = value
          break
        case 'M':
          field.mergesScalars = true
          break
        case 'r':
          field.retainKeys = true
          break
        case 'k':
          field.listType = 'map'
          field.listMapKeys = value.split(',')
          break
        case 'S':
          field.listType = 'set'
          break
        case 'A':
          field.listType = 'atomic'
          break
        case 'R':
          field.isRequired = true
          break
        case 'e':
          field.values = value.split(',')
          break
        default:
          scalar = value
      }
    }
    field.goType = goTypeOf(type, scalar)
    return field
  }

  #type(code: string): SchemaType {
    if (code[0] === '[') return { type: 'list', of: this.#type(code.slice(1)) }
    if (code[0] === '{') return { type: 'map', of: this.#type(code.slice(1)) }
    const scalar = SCALARS[code as keyof typeof SCALARS]
    if (scalar) return { type: scalar }
    // Definitions may contain themselves (JSONSchemaProps): the struct is read when it is asked for.
    const struct = (): StructSchema => this.#struct(Number(code))
    return {
      type: 'struct',
      get struct() {
        return struct()
      },
    }
  }
}

// Decoding ----------------------------------------------------------------------------------------------------------

export interface Decoded<T> {
  readonly value: T
  /** The first value of a wrong type, in the words of Go's JSON decoder. */
  readonly error?: string
  /** Paths of unknown fields, as strict decoding names them. */
  readonly unknown: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

const jsonTypeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const isEmptyValue = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Index of the first byte that Go's base64 decoder refuses; undefined for good text. */
export function base64Problem(text: string): number | undefined {
  const stripped = text.replaceAll(/[\r\n]/g, '')
  let i = 0
  while (i < stripped.length && BASE64.includes(stripped[i]!)) i += 1
  const rest = stripped.slice(i)
  const missing = (4 - (i % 4)) % 4
  if (rest === '' && missing === 0) return undefined
  if (rest === '') return i - (i % 4)
  if (missing > 0 && missing < 3 && rest === '='.repeat(missing)) return undefined
  return rest[0] === '=' && missing > 0 && missing < 3 ? i + missing : i
}

/** `json`: Go's JSON decoder (requests) · `converter`: apimachinery's unstructured converter (strategic merge patches). */
export type DecodeErrorWords = 'json' | 'converter'

const goValueTypeOf = (value: unknown): string => {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}
const goKindOf = (value: unknown): string => (Array.isArray(value) ? 'slice' : isObject(value) ? 'map' : goValueTypeOf(value))

function converterMismatch(value: unknown, goType: string): string {
  if (goType.startsWith('map[')) return `cannot restore map from ${goKindOf(value)}`
  if (goType.startsWith('[]')) return `cannot restore slice from ${goKindOf(value)}`
  const from = goValueTypeOf(value)
  const kind = goType.includes('.') ? 'string' : goType
  // Go converts whole numbers to text and fractions to whole numbers, but the converter does not want either.
  const isConvertible = (from === 'int64' && kind === 'string') || (from === 'float64' && kind.startsWith('int'))
  return isConvertible ? `cannot convert ${from} to ${goType}` : `unrecognized type: ${kind}`
}

const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00'

class Decoder {
  readonly #words: DecodeErrorWords
  error: string | undefined
  readonly unknown: string[] = []
  /** Field names without indices, as Go's decoder keeps them. */
  readonly #stack: string[] = []
  #struct = ''

  constructor(words: DecodeErrorWords) {
    this.#words = words
  }

  #fail(message: string): void {
    this.error ??= message
  }

  #mismatch(value: unknown, goType: string, what = jsonTypeOf(value)): void {
    if (this.#words === 'converter') {
      this.#fail(converterMismatch(value, goType))
      return
    }
    this.#fail(`json: cannot unmarshal ${what} into Go struct field ${this.#struct}.${this.#stack.join('.')} of type ${goType}`)
  }

  struct(struct: StructSchema, value: Json, path: string): Json {
    const outer = this.#struct
    this.#struct = struct.goType.slice(struct.goType.indexOf('.') + 1)
    const out: Record<string, unknown> = {}
    for (const key of Object.keys(value).sort()) {
      const given = value[key]
      const field = struct.fields.get(key)
      if (!field) {
        if ((path === '' || struct.isKind) && (key === 'apiVersion' || key === 'kind')) out[key] = given
        else this.unknown.push(path === '' ? key : `${path}.${key}`)
        continue
      }
      if (given === null || given === undefined) continue
      this.#stack.push(key)
      const decoded = this.#value(field.type, given, path === '' ? key : `${path}.${key}`, field.goType)
      this.#stack.pop()
      if (decoded === undefined) continue
      if (field.presence === 'value' && isEmptyValue(decoded)) continue
      if (field.presence === 'omitZero' && isEmptyValue(decoded)) continue
      out[key] = decoded
    }
    fillAlways(struct, out)
    this.#struct = outer
    return inOrder(struct, out)
  }

  #value(type: SchemaType, value: unknown, path: string, goType: string): unknown {
    switch (type.type) {
      case 'string':
        if (typeof value === 'string') return value
        return this.#mismatch(value, goType)
      case 'bool':
        if (typeof value === 'boolean') return value
        return this.#mismatch(value, goType)
      case 'int32':
      case 'int64': {
        if (typeof value !== 'number') return this.#mismatch(value, goType)
        const inRange = type.type === 'int64' || (value >= -2_147_483_648 && value <= 2_147_483_647)
        if (!Number.isInteger(value) || !inRange) return this.#mismatch(value, goType, `number ${value}`)
        return value
      }
      case 'double':
        if (typeof value === 'number') return value
        return this.#mismatch(value, goType)
      case 'bytes': {
        if (typeof value !== 'string') return this.#mismatch(value, goType)
        const problem = base64Problem(value)
        if (problem !== undefined) this.#fail(`illegal base64 data at input byte ${problem}`)
        return value
      }
      case 'quantity': {
        const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? value : ''
        const canonical = canonicalQuantity(text)
        if (canonical === undefined) this.#fail(QUANTITY_ERROR)
        return canonical ?? ''
      }
      case 'time':
      case 'microTime': {
        if (typeof value !== 'string')
          return this.#fail(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type string`)
        const time = parseTime(value)
        if (time === undefined)
          return this.#fail(
            `parsing time ${JSON.stringify(value)} as "${TIME_LAYOUT}": cannot parse ${JSON.stringify(value)} as "2006"`,
          )
        if (type.type === 'time') return formatTime(time)
        return /\.\d{6}Z$/.test(value) ? value : formatMicroTime(time)
      }
      case 'intOrString':
        if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return value
        return this.#fail(
          `json: cannot unmarshal ${typeof value === 'number' ? `number ${value}` : jsonTypeOf(value)} into Go value of type int32`,
        )
      case 'any':
        return value
      case 'struct':
        if (isObject(value)) return this.struct(type.struct, value, path)
        if (this.#words === 'converter') return this.#fail(`cannot restore struct from: ${goKindOf(value)}`)
        return this.#mismatch(value, goType)
      case 'list': {
        if (!Array.isArray(value)) return this.#mismatch(value, goType)
        const item = goType.slice(2)
        return value.map((entry, i) =>
          entry === null ? zeroOf(type.of) : (this.#value(type.of, entry, `${path}[${i}]`, item) ?? zeroOf(type.of)),
        )
      }
      case 'map': {
        if (!isObject(value)) return this.#mismatch(value, goType)
        const item = goType.slice('map[string]'.length)
        const out: Record<string, unknown> = {}
        for (const key of Object.keys(value).sort()) {
          const entry = value[key]
          out[key] = entry === null ? zeroOf(type.of) : (this.#value(type.of, entry, `${path}.${key}`, item) ?? zeroOf(type.of))
        }
        return out
      }
    }
  }
}

function zeroOf(type: SchemaType): unknown {
  switch (type.type) {
    case 'string':
    case 'bytes':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    case 'struct': {
      const out: Record<string, unknown> = {}
      fillAlways(type.struct, out)
      return out
    }
    default:
      return null
  }
}

/** Fields in the order of the schema: composite values in errors are printed so. */
function inOrder(struct: StructSchema, fields: Json): Json {
  const out: Record<string, unknown> = {}
  if ('apiVersion' in fields) out['apiVersion'] = fields['apiVersion']
  if ('kind' in fields) out['kind'] = fields['kind']
  for (const name of struct.fields.keys()) if (name in fields) out[name] = fields[name]
  return out
}

function fillAlways(struct: StructSchema, out: Record<string, unknown>): void {
  for (const field of struct.fields.values()) {
    if (field.name in out) continue
    if (field.presence === 'always') out[field.name] = zeroOf(field.type)
    else if (field.presence === 'nullable') out[field.name] = null
  }
}

/**
 * Reads an object as the API server does: types checked, unknown fields collected and dropped, empty values left out or written as
 * Go's JSON encoder would. Models sigs.k8s.io/json and the codecs of apimachinery (v1.35).
 */
export function decodeObject(struct: StructSchema, object: Json, words: DecodeErrorWords = 'json'): Decoded<Json> {
  const decoder = new Decoder(words)
  const value = decoder.struct(struct, object, '')
  return { value, unknown: decoder.unknown, ...(decoder.error === undefined ? {} : { error: decoder.error }) }
}
