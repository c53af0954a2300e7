import { RESOURCE_TABLE } from '../sim/kubernetes/api/generated/resource-table.ts'
import type { ApiSchema, SchemaType, StructSchema } from '../sim/kubernetes/api/schema.ts'
import type { YamlCompletions } from './protocol.ts'

/** Values that a field may have, where they are few. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
  protocol: ['TCP', 'UDP', 'SCTP'],
  effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
  operator: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
  concurrencyPolicy: ['Allow', 'Forbid', 'Replace'],
  externalTrafficPolicy: ['Cluster', 'Local'],
  internalTrafficPolicy: ['Cluster', 'Local'],
  sessionAffinity: ['None', 'ClientIP'],
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
  return { indent: space.length, column: space.length + dashes.length, key, dashes: dashes === '' ? 0 : dashes.trim().split(/\s+/).length }
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

const nameOf = (type: SchemaType): string => (type.type === 'list' ? `[]${nameOf(type.of)}` : type.type === 'map' ? 'map' : type.type === 'struct' ? 'object' : type.type)

const opens = (type: SchemaType, column: number): string => {
  const inner = ' '.repeat(column + 2)
  if (type.type === 'list') return type.of.type === 'struct' ? `:\n${inner}- ` : `:\n${inner}- `
  return type.type === 'struct' || type.type === 'map' ? `:\n${inner}` : ': '
}

/** Completions of a manifest at an offset, from the published structure of the API. */
export function completeYaml(text: string, offset: number, schema: ApiSchema): YamlCompletions | undefined {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n---') + 1
  const end = text.indexOf('\n---', offset)
  const document = text.slice(start, end < 0 ? undefined : end)
  const apiVersion = /^apiVersion:\s*(\S+)/m.exec(document)?.[1]?.replaceAll(/["']/g, '')
  const kind = /^kind:\s*(\S+)/m.exec(document)?.[1]?.replaceAll(/["']/g, '')
  const lines = before.slice(start).split('\n')
  const current = lines.pop() ?? ''
  const value = /^(\s*(?:- +)*)([A-Za-z0-9_.\-/]+):\s+(\S*)$/.exec(current)
  if (value) {
    const [, , key = '', typed = ''] = value
    const from = offset - typed.length
    const options = key === 'kind' ? kinds(apiVersion) : key === 'apiVersion' ? versions(kind) : (VALUES[key] ?? [])
    return options.length === 0 ? undefined : { from, options: options.map((label) => ({ label, detail: '', apply: label })) }
  }
  const word = /^(\s*(?:- +)*)([A-Za-z0-9]*)$/.exec(current)
  if (!word) return undefined
  const [, lead = '', typed = ''] = word
  const from = offset - typed.length
  if (!apiVersion || !kind) {
    if (lead.length > 0) return undefined
    const options = ['apiVersion', 'kind', 'metadata', 'spec'].filter((key) => !document.includes(`\n${key}:`) && !document.startsWith(`${key}:`))
    return { from, options: options.map((label) => ({ label, detail: '', apply: label === 'apiVersion' || label === 'kind' ? `${label}: ` : `${label}:\n  ` })) }
  }
  const root = schema.kind(apiVersion, kind)
  const struct = root && structAt(root, pathAbove(lines, lead.length))
  if (!struct) return undefined
  const options = [...struct.fields.values()]
    .filter(({ name }) => name !== 'status' && name !== 'managedFields')
    .map(({ name, type }) => ({ label: name, detail: nameOf(type), apply: `${name}${opens(type, lead.length)}` }))
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
