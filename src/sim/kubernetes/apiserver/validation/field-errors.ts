import { goJsonString } from '../../api/json-value.ts'
import type { StatusCause } from '../../api/status.ts'

/** A composite value that is already written as JSON: an internal Go struct, whose fields have other names and order. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON in the order in which the fields are. */
function jsonText(value: unknown): string {
  if (value instanceof JsonText) return value.text
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return goJsonString(value)
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    return `{${entries.map(([key, entry]) => `${goJsonString(key)}:${jsonText(entry)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** A value in an error: strings quoted, numbers bare, everything else JSON. Models field.Error.ErrorBody. */
const valueText = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : jsonText(value))

/**
 * Collects every problem of an object; paths are texts (`spec.ports[0].name`). Models apimachinery pkg/util/validation/field (v1.35).
 */
export class FieldErrors {
  readonly causes: StatusCause[] = []

  get isEmpty(): boolean {
    return this.causes.length === 0
  }

  #add(reason: string, field: string, kind: string, detail: string): void {
    this.causes.push({ reason, message: detail === '' ? kind : `${kind}: ${detail}`, field })
  }

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, 'Required value', detail)
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${valueText(value)}`, detail)
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const detail = supported.length === 0 ? '' : `supported values: ${supported.map((text) => JSON.stringify(text)).join(', ')}`
    this.#add('FieldValueNotSupported', field, `Unsupported value: ${valueText(value)}`, detail)
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, 'Forbidden', detail)
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${valueText(value)}`, '')
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${valueText(value)}`, '')
  }

  tooLong(field: string, max: number): void {
    this.#add('FieldValueTooLong', field, 'Too long', `may not be more than ${max} bytes`)
  }

  tooMany(field: string, actual: number, max: number): void {
    this.#add('FieldValueTooMany', field, `Too many: ${actual}`, `must have at most ${max} ${max === 1 ? 'item' : 'items'}`)
  }

  append(other: FieldErrors): void {
    this.causes.push(...other.causes)
  }
}
