import { compareQuantities, parseQuantity } from '../kubernetes/api/quantity.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import { goSort } from '../kernel/go-sort.ts'
import { goQuote } from './printers/go-format.ts'
import { evaluateJsonPath, parseJsonPath, relaxedJsonPath, type Result } from './printers/json-path.ts'

function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b
  if (typeof a === 'string' && typeof b === 'string')
    return parseQuantity(a) && parseQuantity(b) ? compareQuantities(a, b) < 0 : a < b
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (!isLess(a[i], b[i])) return false
    return true
  }
  return (a === undefined || a === null) && b !== undefined && b !== null
}

/** Sorts by the field of `--sort-by`; objects without it come first. Models kubectl get's sorter. */
export function sortBy(objects: readonly AnyObject[], field: string): Result<readonly AnyObject[]> {
  const relaxed = relaxedJsonPath(field)
  const path = parseJsonPath(relaxed.ok ? relaxed.value : field)
  if (!path.ok) return path
  const keyed: { readonly object: AnyObject; readonly values: readonly unknown[] }[] = []
  for (const object of objects) {
    const found = evaluateJsonPath(path.value, object, { allowMissingKeys: true })
    if (!found.ok) return found
    keyed.push({ object, values: found.value[0] ?? [] })
  }
  if (objects.length > 0 && keyed.every(({ values }) => values.length === 0))
    return { ok: false, message: `couldn't find any field with path ${goQuote(path.value.source)} in the list of objects` }
  if (keyed.some(({ values }) => keyed.length > 1 && typeof values[0] === 'object' && values[0] !== null))
    return { ok: false, message: `Field ${path.value.source} is an unsortable type` }
  const sorted = goSort(keyed, (a, b) =>
    a.values.length === 0 ? true : b.values.length === 0 ? false : isLess(a.values[0], b.values[0]),
  )
  return { ok: true, value: sorted.map(({ object }) => object) }
}
