import { equalJson, goValueText, isObject, type Json } from './json-value.ts'
import type { FieldSchema, SchemaType, StructSchema } from './schema.ts'

/**
 * Strategic merge patches: lists of objects are merged by the key that the schema names, with directives for what a plain merge cannot
 * say. Pure functions over JSON; inputs are never mutated. Models apimachinery pkg/util/strategicpatch (v1.35).
 */

export type MergeResult = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string }

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList/'
const ELEMENT_ORDER = '$setElementOrder/'

class MergeError extends Error {}
const fail = (message: string): never => {
  throw new MergeError(message)
}

type Mutable = Record<string, unknown>
type List = readonly unknown[]

/** What the schema says of a field; of an unknown field: nothing, so lists are replaced. */
interface Meta {
  readonly struct: StructSchema | undefined
  readonly strategy: 'merge' | 'replace' | undefined
  readonly mergeKey: string
  readonly retainKeys: boolean
}

const structOf = (type: SchemaType): StructSchema | undefined =>
  type.type === 'struct' ? type.struct : type.type === 'list' || type.type === 'map' ? structOf(type.of) : undefined

const UNKNOWN: Meta = { struct: undefined, strategy: undefined, mergeKey: '', retainKeys: false }

/** `template.metadata` and `metadata` have the same schema; only their fields matter. */
function metaOf(struct: StructSchema | undefined, key: string): Meta {
  const field: FieldSchema | undefined = struct?.fields.get(key)
  if (!field) return UNKNOWN
  return {
    struct: field.type.type === 'map' ? undefined : structOf(field.type),
    strategy: field.mergeKey !== undefined || field.mergesScalars ? 'merge' : undefined,
    mergeKey: field.mergeKey ?? '',
    retainKeys: field.retainKeys === true,
  }
}

const guard = (work: () => Json): MergeResult => {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (error instanceof MergeError) return { ok: false, message: error.message }
    throw error
  }
}

const keyText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// Order of elements --------------------------------------------------------------------------------------------------

const indexIn = (list: List, item: unknown, mergeKey: string): number =>
  mergeKey === ''
    ? list.findIndex((other) => equalJson(other, item))
    : list.findIndex((other) => isObject(other) && isObject(item) && equalJson(other[mergeKey], item[mergeKey]))

/** Items that `order` names come in its order; the others keep their place after them; deletions go last. */
function sortLike(items: List, order: List, mergeKey: string): List {
  const deletions = items.filter((item) => isObject(item) && item[DIRECTIVE] === 'delete')
  const rest = items.filter((item) => !(isObject(item) && item[DIRECTIVE] === 'delete'))
  const sorted = rest
    .map((item, i) => ({ item, i, rank: indexIn(order, item, mergeKey) }))
    .sort((a, b) => (a.rank >= 0 && b.rank >= 0 ? a.rank - b.rank : a.i - b.i))
    .map(({ item }) => item)
  return [...sorted, ...deletions]
}

function interleave(serverOnly: List, fromPatch: List, serverOrder: List, mergeKey: string): List {
  const out: unknown[] = []
  let i = 0
  let j = 0
  while (i < serverOnly.length || j < fromPatch.length) {
    if (j >= fromPatch.length) out.push(serverOnly[i++])
    else if (i >= serverOnly.length) out.push(fromPatch[j++])
    else {
      const left = indexIn(serverOrder, serverOnly[i], mergeKey)
      const right = indexIn(serverOrder, fromPatch[j], mergeKey)
      if (left >= 0 && right >= 0 && left < right) out.push(serverOnly[i++])
      else out.push(fromPatch[j++])
    }
  }
  return out
}

function enforceOrder(merged: List, patchOrder: List, serverOrder: List, mergeKey: string): List {
  const fromPatch = merged.filter((item) => indexIn(patchOrder, item, mergeKey) >= 0)
  const serverOnly = merged.filter((item) => indexIn(patchOrder, item, mergeKey) < 0)
  return interleave(sortLike(serverOnly, serverOrder, mergeKey), sortLike(fromPatch, patchOrder, mergeKey), serverOrder, mergeKey)
}

// Applying -----------------------------------------------------------------------------------------------------------

interface MergeOptions {
  /** True: `original` is an object. False: both are patches that become one. */
  readonly applies: boolean
}

/** Without directives and, for an object, without nulls: what remains of a patch for a place that was empty. */
function withoutDirectives(value: unknown, options: MergeOptions): unknown {
  if (!options.applies) return value
  if (Array.isArray(value)) return value.map((item) => withoutDirectives(item, options)).filter((item) => item !== undefined)
  if (!isObject(value)) return value
  if (value[DIRECTIVE] !== undefined) return undefined
  const out: Mutable = {}
  for (const [key, entry] of Object.entries(value)) {
    if (key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(ELEMENT_ORDER) || entry === null) continue
    const left = withoutDirectives(entry, options)
    if (left !== undefined) out[key] = left
  }
  return out
}

function retain(original: Mutable, patch: Mutable, { applies }: MergeOptions): void {
  const keys = patch[RETAIN_KEYS]
  if (keys === undefined) return
  delete patch[RETAIN_KEYS]
  if (!applies) {
    original[RETAIN_KEYS] ??= keys
    return
  }
  if (!Array.isArray(keys)) return fail('invalid patch format of retainKeys directive')
  for (const key of Object.keys(patch))
    if (!key.startsWith('$') && patch[key] !== null && !keys.includes(key))
      fail('all values in patch must be in the retainKeys list')
  for (const key of Object.keys(original)) if (!keys.includes(key)) delete original[key]
}

function applyElementOrders(original: Mutable, patch: Mutable, struct: StructSchema | undefined, options: MergeOptions): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue
    const order = patch[key]
    delete patch[key]
    if (!options.applies) {
      original[key] ??= order
      continue
    }
    const name = key.slice(ELEMENT_ORDER.length)
    const { struct: inner, strategy, mergeKey } = metaOf(struct, name)
    const before = original[name]
    const change = patch[name]
    if (!Array.isArray(order)) return fail(`${key} must be a list`)
    let merged: List
    if (Array.isArray(before) && Array.isArray(change))
      merged = strategy === 'merge' ? mergeLists(before, change, inner, mergeKey, false, options) : change
    else if (Array.isArray(before)) merged = before
    else if (Array.isArray(change)) merged = withoutDirectives(change, options) as List
    else continue
    original[name] = enforceOrder(merged, order, Array.isArray(before) ? before : [], mergeKey)
    delete patch[name]
  }
}

function mergeMaps(originalMap: Json, patchMap: Json, struct: StructSchema | undefined, options: MergeOptions): Json {
  const directive = patchMap[DIRECTIVE]
  if (directive !== undefined && (options.applies || directive !== 'delete')) {
    const { [DIRECTIVE]: _, ...rest } = patchMap
    if (directive === 'replace') return rest
    if (directive === 'delete') return {}
    if (directive !== 'merge') return fail(`unknown patch type: ${JSON.stringify(directive)}`)
    return mergeMaps(originalMap, rest, struct, options)
  }
  const original: Mutable = { ...originalMap }
  const patch: Mutable = { ...patchMap }
  retain(original, patch, options)
  applyElementOrders(original, patch, struct, options)
  for (const patchKey of Object.keys(patch)) {
    const value = patch[patchKey]
    let key = patchKey
    const isDeletion = patchKey.startsWith(DELETE_FROM)
    if (isDeletion) {
      if (!options.applies) {
        original[patchKey] = value
        continue
      }
      key = patchKey.slice(DELETE_FROM.length)
    }
    if (value === null) {
      delete original[key]
      if (!options.applies) original[key] = null
      continue
    }
    const before = original[key]
    if (isObject(before) && isObject(value)) {
      const meta = metaOf(struct, key)
      original[key] = mergeMaps(before, value, meta.struct, options)
    } else if (Array.isArray(before) && Array.isArray(value)) {
      const meta = metaOf(struct, key)
      original[key] =
        meta.strategy === 'merge' || isDeletion
          ? mergeLists(before, value, meta.struct, meta.mergeKey, isDeletion, options)
          : value
    } else if (!isDeletion) {
      const left = withoutDirectives(value, options)
      if (left !== undefined) original[key] = left
    }
  }
  return original
}

function mergeLists(
  original: List,
  patch: List,
  struct: StructSchema | undefined,
  mergeKey: string,
  isDeletion: boolean,
  options: MergeOptions,
): List {
  if (original.length === 0 && patch.length === 0) return original
  if (!isObject(original[0] ?? patch[0])) {
    if (isDeletion) return original.filter((item) => !patch.includes(item))
    return enforceOrder([...new Set([...original, ...patch])], patch, original, '')
  }
  if (mergeKey === '') return fail(`cannot merge lists without merge key for ${struct?.goType ?? 'unknown'}`)
  let merged: unknown[] = [...original]
  const plain: Json[] = []
  let replaces = false
  for (const item of patch) {
    if (!isObject(item)) return fail(`unexpected list element`)
    const directive = item[DIRECTIVE]
    if (directive === undefined || (!options.applies && directive === 'delete')) plain.push(item)
    else if (directive === 'delete') {
      if (item[mergeKey] === undefined) return fail('delete patch type with no merge key defined')
      merged = merged.filter((other) => !(isObject(other) && equalJson(other[mergeKey], item[mergeKey])))
    } else if (directive === 'replace') replaces = true
    else if (directive === 'merge') return fail('merging lists cannot yet be specified in the patch')
    else return fail(`unknown patch type: ${JSON.stringify(directive)}`)
  }
  if (replaces) return plain
  const remaining: List = merged.slice()
  for (const item of plain) {
    if (item[mergeKey] === undefined) {
      return fail(`map: ${goValueText(item)} does not contain declared merge key: ${mergeKey}`)
    }
    const index = indexIn(merged, item, mergeKey)
    const before = merged[index]
    if (isObject(before)) merged[index] = mergeMaps(before, item, struct, options)
    else merged.push(withoutDirectives(item, options))
  }
  return enforceOrder(merged, plain, remaining, mergeKey)
}

/** Applies a strategic merge patch to an object. `struct` undefined: lists are replaced, as in a plain merge. */
export const applyStrategicMergePatch = (original: Json, patch: Json, struct: StructSchema | undefined): MergeResult =>
  guard(() => mergeMaps(original, patch, struct, { applies: true }))

// Creating -----------------------------------------------------------------------------------------------------------

interface DiffOptions {
  readonly ignoreDeletions?: boolean
  readonly ignoreChangesAndAdditions?: boolean
  readonly retainKeys?: boolean
}

function diffMaps(original: Json, modified: Json, struct: StructSchema | undefined, options: DiffOptions): Mutable {
  const patch: Mutable = {}
  const { retainKeys, ...inherited } = options
  for (const [key, value] of Object.entries(modified)) {
    if (value === undefined) continue
    const before = original[key]
    if (before === undefined) {
      if (!options.ignoreChangesAndAdditions) patch[key] = value
    } else if (isObject(before) && isObject(value)) {
      const meta = metaOf(struct, key)
      const inner = diffMaps(before, value, meta.struct, { ...inherited, retainKeys: meta.retainKeys })
      if (Object.keys(inner).length > 0) patch[key] = inner
    } else if (Array.isArray(before) && Array.isArray(value)) {
      const meta = metaOf(struct, key)
      if (meta.strategy === 'merge') diffListField(key, before, value, meta, { ...inherited, retainKeys: meta.retainKeys }, patch)
      else if (!options.ignoreChangesAndAdditions && !equalJson(before, value)) patch[key] = value
    } else if (!options.ignoreChangesAndAdditions && !equalJson(before, value)) patch[key] = value
  }
  const dropped = Object.keys(original).filter((key) => original[key] !== undefined && modified[key] === undefined)
  if (!options.ignoreDeletions) for (const key of dropped) patch[key] = null
  if (retainKeys) {
    const kept = Object.keys(modified)
      .filter((key) => modified[key] !== undefined && modified[key] !== null)
      .sort(byKey)
    if (kept.length > 0 && (Object.keys(patch).length > 0 || dropped.length > 0)) patch[RETAIN_KEYS] = kept
  }
  return patch
}

function diffListField(key: string, original: List, modified: List, meta: Meta, options: DiffOptions, patch: Mutable): void {
  const { ignoreChangesAndAdditions = false, ignoreDeletions = false } = options
  if (original.length === 0) {
    if (modified.length > 0 && !ignoreChangesAndAdditions) patch[key] = modified
    return
  }
  if (isObject(original[0] ?? modified[0])) {
    const { changes, deletions } = diffObjects(original as readonly Json[], modified as readonly Json[], meta, options)
    const list = [...sortLike(changes, modified, meta.mergeKey), ...deletions]
    const order = modified.map((item) => ({ [meta.mergeKey]: (item as Json)[meta.mergeKey] }))
    const isOrderSame = equalJson(
      order.map((item) => item[meta.mergeKey]),
      original.map((item) => (item as Json)[meta.mergeKey]),
    )
    if (list.length > 0) patch[key] = list
    if ((!ignoreChangesAndAdditions && (list.length > 0 || !isOrderSame)) || (!ignoreDeletions && list.length > 0))
      if (order.length > 0) patch[ELEMENT_ORDER + key] = order
    return
  }
  const added = ignoreChangesAndAdditions ? [] : modified.filter((item) => !original.includes(item))
  const deleted = ignoreDeletions
    ? []
    : original.filter((item) => !modified.includes(item)).sort((a, b) => byKey(keyText(a), keyText(b)))
  if (added.length > 0) patch[key] = added
  if (deleted.length > 0) patch[DELETE_FROM + key] = deleted
  if (deleted.length > 0 || (!ignoreChangesAndAdditions && !equalJson(original, modified)))
    if (modified.length > 0) patch[ELEMENT_ORDER + key] = modified
}

/** Walks both lists in the order of their keys, as upstream does: entries that share a key are paired one to one. */
function diffObjects(
  original: readonly Json[],
  modified: readonly Json[],
  { struct, mergeKey }: Meta,
  options: DiffOptions,
): { changes: readonly Json[]; deletions: readonly Json[] } {
  const sorted = (list: readonly Json[]): readonly Json[] =>
    list.toSorted((a, b) => byKey(keyText(a[mergeKey]), keyText(b[mergeKey])))
  const before = sorted(original)
  const after = sorted(modified)
  const changes: Json[] = []
  const deletions: Json[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const old = before[i]
    const wanted = after[j]
    const order = old && wanted ? byKey(keyText(old[mergeKey]), keyText(wanted[mergeKey])) : old ? -1 : 1
    if (old && wanted && order === 0) {
      const inner = diffMaps(old, wanted, struct, options)
      if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: wanted[mergeKey] })
      i += 1
      j += 1
    } else if (wanted && order > 0) {
      if (!options.ignoreChangesAndAdditions) changes.push(wanted)
      j += 1
    } else if (old) {
      if (!options.ignoreDeletions) deletions.push({ [DIRECTIVE]: 'delete', [mergeKey]: old[mergeKey] })
      i += 1
    }
  }
  return { changes, deletions }
}

/** The patch from `original` to `modified`; empty if they are equal. */
export const createTwoWayStrategicPatch = (original: Json, modified: Json, struct: StructSchema | undefined): Json =>
  diffMaps(original, modified, struct, {})

/**
 * The patch of `kubectl apply`: changes from `current` (the live object) to `modified` (the manifest), deletions from `original` (what
 * was last applied) to `modified`.
 */
export const createThreeWayStrategicPatch = (
  original: Json,
  modified: Json,
  current: Json,
  struct: StructSchema | undefined,
): MergeResult =>
  guard(() => {
    const changes = diffMaps(current, modified, struct, { ignoreDeletions: true })
    const deletions = diffMaps(original, modified, struct, { ignoreChangesAndAdditions: true })
    return mergeMaps(deletions, changes, struct, { applies: false })
  })
