import { assert } from '../../kernel/assert.ts'
import { parseQuantity } from '../api/quantity.ts'
import type { PodTemplateSpec } from '../api/types.ts'
import { STRUCTS } from './pod-template-types.ts'

export const POD_TEMPLATE_HASH = 'pod-template-hash'

const SAFE_DIGITS = '456789bcdf'
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

const fnvByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, FNV_PRIME)

/** FNV-1a over the UTF-8 bytes of `text`. */
export function fnv32a(text: string, seed = FNV_OFFSET): number {
  let hash = seed
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x80) hash = fnvByte(hash, code)
    else if (code < 0x800) hash = fnvByte(fnvByte(hash, 0xc0 | (code >> 6)), 0x80 | (code & 0x3f))
    else {
      hash =
        code < 0x10000
          ? fnvByte(hash, 0xe0 | (code >> 12))
          : fnvByte(fnvByte(hash, 0xf0 | (code >> 18)), 0x80 | ((code >> 12) & 0x3f))
      hash = fnvByte(fnvByte(hash, 0x80 | ((code >> 6) & 0x3f)), 0x80 | (code & 0x3f))
    }
  }
  return hash >>> 0
}

/** The decimal digits of a hash in letters that form no words. Models apimachinery rand.SafeEncodeString. */
export const safeEncode = (hash: number): string => String(hash).replace(/\d/g, (digit) => SAFE_DIGITS[Number(digit)]!)

/**
 * The `pod-template-hash` of a stored (defaulted) template. A collision count is given once a foreign ReplicaSet had the name.
 * Models controller.ComputeHash (v1.35), to the digit.
 */
export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  let hash = fnv32a(dump('v1.PodTemplateSpec', template))
  if (collisionCount !== undefined)
    for (let i = 0; i < 8; i++) hash = fnvByte(hash, i < 4 ? (collisionCount >>> (8 * i)) & 0xff : 0)
  return safeEncode(hash >>> 0)
}

type Fields = Readonly<Record<string, unknown>>

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : typeof value === 'object' && Object.keys(value).length === 0)

const scalar = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** A Go value printed with its type, as go-spew prints it for hashing (`dump.ForHash`). */
function dump(type: string, value: unknown): string {
  const pointer = type.startsWith('*')
  if (pointer && (value === undefined || value === null)) return `(${type})<nil>`
  return `(${type})${dumpUntyped(pointer ? type.slice(1) : type, value)}`
}

function dumpUntyped(type: string, value: unknown): string {
  if (type.startsWith('[]')) {
    if (isEmpty(value)) return '<nil>'
    const element = type.slice(2)
    return `[${(value as readonly unknown[]).map((item) => dumpUntyped(element, item)).join(' ')}]`
  }
  if (type === 'v1.ResourceList' || type.startsWith('map[')) {
    if (isEmpty(value)) return '<nil>'
    const element = type === 'v1.ResourceList' ? 'resource.Quantity' : type.slice(type.indexOf(']') + 1)
    const map = value as Fields
    const keys = Object.keys(map).sort((a, b) => (a < b ? -1 : 1))
    return `map[${keys.map((key) => `${key}:${dumpUntyped(element, map[key])}`).join(' ')}]`
  }
  switch (type) {
    case 'bool':
      return value === true ? 'true' : 'false'
    case 'resource.Quantity':
      return dumpQuantity(scalar(value) || '0')
    case 'intstr.IntOrString':
      return typeof value === 'string'
        ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`
        : `{Type:(intstr.Type)0 IntVal:(int32)${typeof value === 'number' ? value : 0} StrVal:(string)}`
    case 'v1.Time':
      return '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}'
    default: {
      const fields = STRUCTS[type]
      if (fields !== undefined) return dumpStruct(fields, (value ?? {}) as Fields)
      const isNumber = /^u?int\d+$/.test(type)
      return scalar(value) || (isNumber ? '0' : '')
    }
  }
}

function dumpStruct(fields: string, value: Fields): string {
  const printed = fields.split(',').map((field) => {
    const [name, json, type] = field.split(' ') as [string, string, string]
    const own = json === '' ? value : value[json === '=' ? name[0]!.toLowerCase() + name.slice(1) : json]
    return `${name}:${dump(type, own)}`
  })
  return `{${printed.join(' ')}}`
}

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/
const SI_EXPONENTS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const BINARY_EXPONENTS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
/** The bits of the Go type that hold an amount and, sometimes, the text it was parsed from. Models the fast path of resource.ParseQuantity. */
function dumpQuantity(text: string): string {
  const [, sign, number = '', denominator = '', suffix = ''] = QUANTITY.exec(text)!
  const whole = number.replace(/^0+/, '')
  const binary = BINARY_EXPONENTS[suffix]
  const exponent = binary ?? SI_EXPONENTS[suffix] ?? Number(suffix.slice(1))
  const format = binary !== undefined ? 'BinarySI' : suffix in SI_EXPONENTS ? 'DecimalSI' : 'DecimalExponent'
  const parts = (value: bigint | number, scale: number, kept: boolean): string =>
    `{i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${kept ? text : ''} Format:(resource.Format)${format}}`
  if (text === '0') return parts(0, 0, true)
  const digits = whole + denominator
  const scale = (binary === undefined ? exponent : 0) - denominator.length
  const amount = BigInt(digits || '0') * (binary === undefined ? 1n : 1n << BigInt(binary))
  const kept =
    binary === undefined
      ? scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
      : BigInt(digits || '0') % 8n !== 0n
  assert(parseQuantity(text), 'a stored quantity can be parsed', text)
  return parts(sign === '-' ? -amount : amount, scale, kept)
}
