import { RESOURCE_TABLE } from '../sim/kubernetes/api/generated/resource-table.ts'
import { fieldsOf, typeText } from '../sim/kubernetes/api/schema-fields.ts'
import type { ApiSchema, SchemaType, StructSchema } from '../sim/kubernetes/api/schema.ts'
import type { FieldHelp, YamlCompletions } from './protocol.ts'

/** Values that fields may have which the published structure leaves open. */
const OPEN_VALUES: Readonly<Record<string, readonly string[]>> = {
  operator: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
}

interface Line {
  readonly indent: number
  /** Column of the key: behind the dashes. */
  readonly column: number
  readonly key: string
  readonly dashes: number
}

/** `  - name: x` → indent 2, column 4, key `name`. */
function lineOf(text: string): Line | undefined {
  const match = /^(\s*)((?:- +)*)([^\s:#][^:#]*?)\s*:(?:\s|$)/.exec(text)
  if (!match) return undefined
  const [, space = '', dashes = '', key = ''] = match
  return {
    indent: space.length,
    column: space.length + dashes.length,
    key,
    dashes: dashes === '' ? 0 : dashes.trim().split(/\s+/).length,
  }
}

/** The keys above a column, outermost first. */
function pathAbove(lines: readonly string[], column: number): readonly string[] {
  const path: string[] = []
  let limit = column
  for (let i = lines.length - 1; i >= 0 && limit > 0; i--) {
    const line = lineOf(lines[i]!)
    if (!line) continue
    // A list may stand at the column of its own key: `ports:` above `- containerPort`.
    if (line.column < limit) {
      path.unshift(line.key)
      limit = line.dashes > 0 ? line.indent : line.column
      if (line.dashes > 0) limit = line.indent + 1 > limit ? limit : line.indent
    }
  }
  return path
}

function structAt(root: StructSchema, path: readonly string[]): StructSchema | undefined {
  let struct: StructSchema | undefined = root
  for (const key of path) {
    let type: SchemaType | undefined = struct?.fields.get(key)?.type
    while (type?.type === 'list') type = type.of
    if (type?.type !== 'struct') return undefined
    struct = type.struct
  }
  return struct
}

const opens = (type: SchemaType, column: number): string => {
  const inner = ' '.repeat(column + 2)
  if (type.type === 'list') return type.of.type === 'struct' ? `:\n${inner}- ` : `:\n${inner}- `
  return type.type === 'struct' || type.type === 'map' ? `:\n${inner}` : ': '
}

interface Place {
  readonly apiVersion: string | undefined
  readonly kind: string | undefined
  readonly document: string
  /** Those above the line of the offset. */
  readonly lines: readonly string[]
  readonly root: StructSchema | undefined
}

function placeAt(text: string, offset: number, schema: ApiSchema): Place {
  const start = text.slice(0, offset).lastIndexOf('\n---') + 1
  const end = text.indexOf('\n---', offset)
  const document = text.slice(start, end < 0 ? undefined : end)
  const apiVersion = /^apiVersion:\s*(\S+)/m.exec(document)?.[1]?.replaceAll(/["']/g, '')
  const kind = /^kind:\s*(\S+)/m.exec(document)?.[1]?.replaceAll(/["']/g, '')
  const root = apiVersion !== undefined && kind !== undefined ? schema.kind(apiVersion, kind) : undefined
  return { apiVersion, kind, document, lines: text.slice(start, offset).split('\n').slice(0, -1), root }
}

/** What the field at an offset of a manifest does; undefined where there is none, or no words for it. */
export function fieldAt(text: string, offset: number, schema: ApiSchema): FieldHelp | undefined {
  const { lines, root } = placeAt(text, offset, schema)
  const lineStart = text.slice(0, offset).lastIndexOf('\n') + 1
  const lineEnd = text.indexOf('\n', offset)
  const line = lineOf(text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd))
  if (!root || !line) return undefined
  const from = lineStart + line.column
  const to = from + line.key.length
  if (offset < from || offset > to) return undefined
  const path = pathAbove(lines, line.column)
  const struct = structAt(root, path)
  const field = struct && fieldsOf(struct).find(({ name }) => name === line.key)
  const words = struct && field && schema.words?.ofField(struct, field)
  if (!field || words === undefined) return undefined
  return {
    from,
    to,
    path: [...path, line.key].join('.'),
    type: typeText(field.type),
    isRequired: field.isRequired === true,
    values: field.values ?? [],
    words,
  }
}

/** Completions of a manifest at an offset, from the published structure of the API. */
export function completeYaml(text: string, offset: number, schema: ApiSchema): YamlCompletions | undefined {
  const { apiVersion, kind, document, lines, root } = placeAt(text, offset, schema)
  const current = text.slice(text.slice(0, offset).lastIndexOf('\n') + 1, offset)
  const value = /^(\s*(?:- +)*)([A-Za-z0-9_.\-/]+):\s+(\S*)$/.exec(current)
  if (value) {
    const [, lead = '', key = '', typed = ''] = value
    const from = offset - typed.length
    const options =
      key === 'kind'
        ? kinds(apiVersion)
        : key === 'apiVersion'
          ? versions(kind)
          : ((root && structAt(root, pathAbove(lines, lead.length))?.fields.get(key)?.values) ?? OPEN_VALUES[key] ?? [])
    return options.length === 0 ? undefined : { from, options: options.map((label) => ({ label, detail: '', apply: label })) }
  }
  const word = /^(\s*(?:- +)*)([A-Za-z0-9]*)$/.exec(current)
  if (!word) return undefined
  const [, lead = '', typed = ''] = word
  const from = offset - typed.length
  if (!apiVersion || !kind) {
    if (lead.length > 0) return undefined
    const options = ['apiVersion', 'kind', 'metadata', 'spec'].filter(
      (key) => !document.includes(`\n${key}:`) && !document.startsWith(`${key}:`),
    )
    return {
      from,
      options: options.map((label) => ({
        label,
        detail: '',
        apply: label === 'apiVersion' || label === 'kind' ? `${label}: ` : `${label}:\n  `,
      })),
    }
  }
  const struct = root && structAt(root, pathAbove(lines, lead.length))
  if (!struct) return undefined
  const options = [...struct.fields.values()]
    .filter(({ name }) => name !== 'status' && name !== 'managedFields')
    .map((field) => {
      const info = schema.words?.ofField(struct, field)
      const { name, type } = field
      return {
        label: name,
        detail: typeText(type),
        apply: `${name}${opens(type, lead.length)}`,
        ...(info === undefined ? {} : { info }),
      }
    })
  return { from, options }
}

function kinds(apiVersion: string | undefined): readonly string[] {
  const found = RESOURCE_TABLE.flatMap(([group, version, rows]) => {
    const own = group === '' ? version : `${group}/${version}`
    return apiVersion === undefined || apiVersion === own ? rows.map(([, , kind]) => kind) : []
  })
  return [...new Set(found)].sort()
}

function versions(kind: string | undefined): readonly string[] {
  const found = RESOURCE_TABLE.flatMap(([group, version, rows]) =>
    kind === undefined || rows.some(([, , own]) => own === kind) ? [group === '' ? version : `${group}/${version}`] : [],
  )
  return [...new Set(found)].sort()
}
