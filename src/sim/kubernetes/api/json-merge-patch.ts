import { equalJson, isObject, type Json } from './json-value.ts'

/** Applies an RFC 7386 merge patch. Models evanphx/json-patch MergePatch. */
export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const out: Record<string, unknown> = isObject(original) ? { ...original } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else out[key] = applyMergePatch(out[key], value)
  }
  return out
}

/** The merge patch that turns `original` into `modified`; empty if they are equal. */
export function createMergePatch(original: Json, modified: Json): Json {
  const patch: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(modified)) {
    const before = original[key]
    if (equalJson(before, value)) continue
    patch[key] = isObject(before) && isObject(value) ? createMergePatch(before, value) : value
  }
  for (const key of Object.keys(original)) if (modified[key] === undefined && original[key] !== undefined) patch[key] = null
  return patch
}

const keepNulls = (patch: Json, wanted: boolean): Json => {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      if (wanted) out[key] = null
    } else if (isObject(value)) {
      const inner = keepNulls(value, wanted)
      if (Object.keys(inner).length > 0 || (!wanted && Object.keys(value).length === 0)) out[key] = inner
    } else if (!wanted) out[key] = value
  }
  return out
}

const mergePatches = (a: Json, b: Json): Json => {
  const out: Record<string, unknown> = { ...a }
  for (const [key, value] of Object.entries(b)) {
    const before = out[key]
    out[key] = isObject(before) && isObject(value) ? mergePatches(before, value) : value
  }
  return out
}

/**
 * The merge patch of `kubectl apply` for kinds without a schema: changes from `current` to `modified`, deletions from `original` (what was
 * last applied) to `modified`. Models apimachinery jsonmergepatch.CreateThreeWayJSONMergePatch.
 */
export function createThreeWayMergePatch(original: Json, modified: Json, current: Json): Json {
  const additions = keepNulls(createMergePatch(current, modified), false)
  const deletions = keepNulls(createMergePatch(original, modified), true)
  return mergePatches(deletions, additions)
}
