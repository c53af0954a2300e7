import type { FieldSchema, SchemaType, StructSchema } from './schema.ts'

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  int32: 'integer',
  int64: 'integer',
  double: 'number',
  bool: 'boolean',
  bytes: 'string',
  quantity: 'Quantity',
  time: 'string',
  microTime: 'string',
  intOrString: 'IntOrString',
  any: 'Object',
}

/** As `kubectl explain` writes a type: `[]Container`, `map[string]string`, `integer`. */
export function typeText(type: SchemaType): string {
  switch (type.type) {
    case 'struct':
      return type.struct.goType.replace(/^.*\./, '')
    case 'list':
      return `[]${typeText(type.of)}`
    case 'map':
      return `map[string]${typeText(type.of)}`
    default:
      return SCALARS[type.type] ?? 'Object'
  }
}

/** The struct within lists and maps. */
export function structOf(type: SchemaType): StructSchema | undefined {
  if (type.type === 'struct') return type.struct
  return type.type === 'list' || type.type === 'map' ? structOf(type.of) : undefined
}

/** `apiVersion` and `kind` are fields of every kind, and of claims that stand within another object. */
const typeMeta = (name: string): FieldSchema => ({ name, type: { type: 'string' }, presence: 'value', goType: 'string' })
const TYPE_META = [typeMeta('apiVersion'), typeMeta('kind')]

/** By name. */
export const fieldsOf = (struct: StructSchema): readonly FieldSchema[] =>
  [...struct.fields.values(), ...(struct.isKind ? TYPE_META : [])].sort((a, b) => (a.name < b.name ? -1 : 1))
