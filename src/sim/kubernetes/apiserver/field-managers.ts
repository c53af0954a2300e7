import type { Kernel } from '../../kernel/kernel.ts'
import { formatTime } from '../../kernel/time.ts'
import { equalJson, isObject, type Json } from '../api/json-value.ts'
import type { FieldSchema, SchemaType, StructSchema } from '../api/schema.ts'
import { answer, type Answer, refuse } from '../api/status.ts'
import type { AnyObject } from '../api/types.ts'

/**
 * Who set which field, and what happens when two managers disagree. Models structured-merge-diff and apimachinery
 * pkg/util/managedfields (v1.35). Simplified: writes of trusted components are not tracked; one version per kind.
 */

/** Path elements joined by a character that occurs in none of them: `f:spec`, `k:{"name":"web"}`, `v:"a"`. */
type Path = string
const SEPARATOR = '\u0000'

interface ManagedFieldsEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time?: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: Json
  readonly subresource?: string
}

const ANY: SchemaType = { type: 'any' }

/** `field` tells how a list is merged; absent for what the schema does not know: lists are atomic, maps are not. */
type Walk = { readonly type: SchemaType; readonly field: FieldSchema | undefined }

const inField = (walk: Walk, key: string): Walk => {
  if (walk.type.type === 'struct') {
    const field = walk.type.struct.fields.get(key)
    return { type: field?.type ?? ANY, field }
  }
  return { type: walk.type.type === 'map' ? walk.type.of : ANY, field: undefined }
}

const inList = (walk: Walk): Walk => ({ type: walk.type.type === 'list' ? walk.type.of : ANY, field: undefined })

const isAtomic = (walk: Walk): boolean =>
  walk.field?.listType === 'atomic' || (walk.type.type === 'struct' && walk.type.struct.isAtomic)

const isKnownField = (walk: Walk, key: string): boolean => walk.type.type === 'struct' && walk.type.struct.fields.has(key)

/** Keys that the schema gives defaults take part even if the manifest leaves them out. */
const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

const keyElement = (item: Json, keys: readonly string[]): string => {
  const values = keys.filter((key) => item[key] !== undefined || key in KEY_DEFAULTS).sort()
  return `k:{${values.map((key) => `${JSON.stringify(key)}:${JSON.stringify(item[key] ?? KEY_DEFAULTS[key])}`).join(',')}}`
}

/** The element that names a list's item, or undefined when the list is atomic. */
function elementOf(walk: Walk, item: unknown): string | undefined {
  if (walk.field?.listType === 'map' && isObject(item)) return keyElement(item, walk.field.listMapKeys ?? [])
  if (walk.field?.listType === 'set') return `v:${JSON.stringify(item)}`
  return undefined
}

const join = (path: Path, element: string): Path => (path === '' ? element : path + SEPARATOR + element)

/** Every path of a value with the value that it holds. */
function collect(value: unknown, walk: Walk, path: Path, into: Map<Path, unknown>): void {
  if (isObject(value) && !isAtomic(walk)) {
    for (const [key, entry] of Object.entries(value)) {
      if (entry === undefined) continue
      const inner = join(path, `f:${key}`)
      collect(entry, inField(walk, key), inner, into)
      if ((isObject(entry) && Object.keys(entry).length === 0) || (!isKnownField(walk, key) && walk.type.type === 'map'))
        into.set(inner, entry)
    }
    return
  }
  if (Array.isArray(value) && (walk.field?.listType === 'map' || walk.field?.listType === 'set')) {
    for (const item of value) {
      const inner = join(path, elementOf(walk, item) ?? '')
      if (isObject(item)) collect(item, inList(walk), inner, into)
      into.set(inner, isObject(item) ? undefined : item)
    }
    return
  }
  into.set(path, value)
}

const SYSTEM_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])

function pathsOf(object: AnyObject, struct: StructSchema | undefined, subresource: string): ReadonlyMap<Path, unknown> {
  const { apiVersion: _a, kind: _k, metadata, status, ...rest } = object
  const own: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(metadata ?? {})) if (!SYSTEM_METADATA.has(key)) own[key] = value
  const content = subresource === 'status' ? { status } : { ...rest, metadata: own }
  const paths = new Map<Path, unknown>()
  collect(content, { type: struct ? { type: 'struct', struct } : ANY, field: undefined }, '', paths)
  paths.delete('f:metadata')
  return paths
}

// Sets in their stored form -------------------------------------------------------------------------------------------

function fieldsOf(paths: Iterable<Path>): Json {
  const root: Record<string, unknown> = {}
  for (const path of [...paths].sort()) {
    let node = root
    for (const element of path.split(SEPARATOR)) node = (node[element] ??= {}) as Record<string, unknown>
    node['.'] = {}
  }
  const tidy = (node: Json): Json => {
    const keys = Object.keys(node)
    if (keys.length === 1 && keys[0] === '.') return {}
    return Object.fromEntries(keys.map((key) => [key, key === '.' ? {} : tidy(node[key] as Json)]))
  }
  return tidy(root)
}

function pathsIn(fields: Json, path: Path = '', into = new Set<Path>()): Set<Path> {
  for (const [element, inner] of Object.entries(fields)) {
    if (element === '.') into.add(path)
    else if (isObject(inner) && Object.keys(inner).length > 0) pathsIn(inner, join(path, element), into)
    else into.add(join(path, element))
  }
  return into
}

const managersOf = (object: AnyObject | undefined): readonly ManagedFieldsEntry[] =>
  (object?.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[]

function withManagers(object: AnyObject, entries: readonly ManagedFieldsEntry[]): AnyObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } }
}

const isEntryOf = (entry: ManagedFieldsEntry, manager: string, operation: 'Apply' | 'Update', subresource: string): boolean =>
  entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === subresource

function replaceEntry(
  entries: readonly ManagedFieldsEntry[],
  next: ManagedFieldsEntry,
  isEmpty: boolean,
): readonly ManagedFieldsEntry[] {
  const others = entries.filter((entry) => !isEntryOf(entry, next.manager, next.operation, next.subresource ?? ''))
  return isEmpty ? others : [...others, next]
}

const without = (entries: readonly ManagedFieldsEntry[], paths: ReadonlySet<Path>): readonly ManagedFieldsEntry[] =>
  entries.flatMap((entry) => {
    const own = pathsIn(entry.fieldsV1)
    const left = [...own].filter((path) => !paths.has(path))
    if (left.length === own.size) return [entry]
    return left.length === 0 ? [] : [{ ...entry, fieldsV1: fieldsOf(left) }]
  })

// Updates -------------------------------------------------------------------------------------------------------------

/** Notes that `manager` wrote what has changed; nobody else owns it any more. */
export function recordFields(
  object: AnyObject,
  previous: AnyObject | undefined,
  manager: string,
  struct: StructSchema | undefined,
  kernel: Kernel,
  subresource = '',
): AnyObject {
  const before = previous ? pathsOf(previous, struct, subresource) : new Map<Path, unknown>()
  const after = pathsOf(object, struct, subresource)
  const changed = new Set<Path>()
  for (const [path, value] of after) if (!before.has(path) || !equalJson(before.get(path), value)) changed.add(path)
  const removed = new Set([...before.keys()].filter((path) => !after.has(path)))
  const entries = managersOf(previous)
  const own = entries.find((entry) => isEntryOf(entry, manager, 'Update', subresource))
  const others = without(
    entries.filter((entry) => entry !== own),
    new Set([...[...changed].filter((path) => before.has(path)), ...removed]),
  )
  const paths = new Set([...(own ? pathsIn(own.fieldsV1) : []), ...changed].filter((path) => !removed.has(path)))
  const entry: ManagedFieldsEntry = {
    manager,
    operation: 'Update',
    apiVersion: object.apiVersion,
    time: formatTime(kernel.unixMs),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsOf(paths),
    ...(subresource === '' ? {} : { subresource }),
  }
  return withManagers(object, replaceEntry(others, entry, paths.size === 0))
}

// Server-side apply -----------------------------------------------------------------------------------------------------

export interface ApplyRequest {
  readonly live: AnyObject | undefined
  readonly body: AnyObject
  readonly manager: string
  readonly force: boolean
  readonly struct: StructSchema | undefined
  readonly now: string
  readonly apiVersion: string
  readonly subresource: string
}

/** The live object with the applier's opinion merged in and its withdrawn fields gone; a conflict when others own what it changes. */
export function applyFields({
  live,
  body,
  manager,
  force,
  struct,
  now,
  apiVersion,
  subresource,
}: ApplyRequest): Answer<AnyObject> {
  const wanted = pathsOf(body, struct, subresource)
  const present = live ? pathsOf(live, struct, subresource) : new Map<Path, unknown>()
  const entries = managersOf(live)
  const own = entries.find((entry) => isEntryOf(entry, manager, 'Apply', subresource))
  let others = entries.filter((entry) => entry !== own)

  const changed = new Set(
    [...wanted].filter(([path, value]) => present.has(path) && !equalJson(present.get(path), value)).map(([path]) => path),
  )
  const conflicts = others.flatMap((entry) =>
    [...pathsIn(entry.fieldsV1)].filter((path) => changed.has(path)).map((path) => ({ entry, path })),
  )
  if (conflicts.length > 0 && !force) return refuse(conflictStatus(conflicts))
  if (conflicts.length > 0) others = [...without(others, changed)]

  const withdrawn = new Set(own ? [...pathsIn(own.fieldsV1)].filter((path) => !wanted.has(path)) : [])
  for (const entry of others) for (const path of pathsIn(entry.fieldsV1)) withdrawn.delete(path)
  const walk: Walk = { type: struct ? { type: 'struct', struct } : ANY, field: undefined }
  const pruned = live ? (prune(live, walk, '', withdrawn) as AnyObject) : undefined
  const merged = (pruned ? merge(pruned, body, walk) : body) as AnyObject
  const entry: ManagedFieldsEntry = {
    manager,
    operation: 'Apply',
    apiVersion,
    time: now,
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsOf(wanted.keys()),
    ...(subresource === '' ? {} : { subresource }),
  }
  const metadata = live ? { ...merged.metadata, ...identityOf(live) } : merged.metadata
  return answer(withManagers({ ...merged, metadata }, replaceEntry(others, entry, wanted.size === 0)))
}

function identityOf(live: AnyObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = live.metadata
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  }
}

function prune(value: unknown, walk: Walk, path: Path, withdrawn: ReadonlySet<Path>): unknown {
  if (withdrawn.size === 0) return value
  if (isObject(value) && !isAtomic(walk)) {
    const out: Record<string, unknown> = {}
    for (const [key, entry] of Object.entries(value)) {
      const inner = join(path, `f:${key}`)
      const left = prune(entry, inField(walk, key), inner, withdrawn)
      const isEmptied = isObject(left) && left !== entry && Object.keys(left).length === 0
      if ((withdrawn.has(inner) && !isObject(left)) || (withdrawn.has(inner) && isEmptied) || (isEmptied && path !== '')) continue
      out[key] = left
    }
    return Object.keys(out).length === Object.keys(value).length && Object.keys(out).every((key) => out[key] === value[key])
      ? value
      : out
  }
  if (Array.isArray(value) && (walk.field?.listType === 'map' || walk.field?.listType === 'set')) {
    const kept = value
      .filter((item) => !withdrawn.has(join(path, elementOf(walk, item) ?? '')))
      .map((item) => (isObject(item) ? prune(item, inList(walk), join(path, elementOf(walk, item) ?? ''), withdrawn) : item))
    return kept.length === value.length && kept.every((item, i) => item === value[i]) ? value : kept
  }
  return value
}

function merge(live: unknown, wanted: unknown, walk: Walk): unknown {
  if (isObject(live) && isObject(wanted) && !isAtomic(walk)) {
    const out: Record<string, unknown> = { ...live }
    for (const [key, value] of Object.entries(wanted)) out[key] = key in out ? merge(out[key], value, inField(walk, key)) : value
    return out
  }
  if (Array.isArray(live) && Array.isArray(wanted) && (walk.field?.listType === 'map' || walk.field?.listType === 'set')) {
    const names = live.map((item) => elementOf(walk, item))
    const out = [...live] as unknown[]
    for (const item of wanted) {
      const index = names.indexOf(elementOf(walk, item))
      if (index < 0) out.push(item)
      else out[index] = merge(out[index], item, inList(walk))
    }
    return out
  }
  return wanted
}

// Conflicts -----------------------------------------------------------------------------------------------------------

const printElement = (element: string): string => {
  if (element.startsWith('f:')) return `.${element.slice(2)}`
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const key = JSON.parse(element.slice(2)) as Json
  return `[${Object.keys(key)
    .map((name) => `${name}=${JSON.stringify(key[name])}`)
    .join(',')}]`
}
const printPath = (path: Path): string => path.split(SEPARATOR).map(printElement).join('')

function printManager({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '')
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

interface FieldConflict {
  readonly entry: ManagedFieldsEntry
  readonly path: Path
}

function conflictStatus(conflicts: readonly FieldConflict[]): Parameters<typeof refuse>[0] {
  const sorted = conflicts.toSorted((a, b) => {
    const left = printManager(a.entry) + SEPARATOR + a.path
    const right = printManager(b.entry) + SEPARATOR + b.path
    return left < right ? -1 : left > right ? 1 : 0
  })
  const [first] = sorted
  let message = `Apply failed with 1 conflict: conflict with ${printManager(first!.entry)}: ${printPath(first!.path)}`
  if (sorted.length > 1) {
    const lines: string[] = []
    for (const manager of new Set(sorted.map(({ entry }) => printManager(entry)))) {
      lines.push(`conflicts with ${manager}:`)
      for (const { entry, path } of sorted) if (printManager(entry) === manager) lines.push(`- ${printPath(path)}`)
    }
    message = `Apply failed with ${sorted.length} conflicts: ${lines.join('\n')}`
  }
  return {
    code: 409,
    reason: 'Conflict',
    message,
    details: {
      causes: sorted.map(({ entry, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${printManager(entry)}`,
        field: printPath(path),
      })),
    },
  }
}
