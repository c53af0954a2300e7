/**
 * Copies a component's own memory for a snapshot: plain objects, arrays, Maps and Sets of its own, recursively. API objects are immutable and
 * shared: they are recognised by their `apiVersion` and returned as they are.
 */
export function copyPlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyPlain) as T
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [key, copyPlain(entry)])) as T
  if (value instanceof Set) return new Set(value) as T
  if ('apiVersion' in value) return value
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = copyPlain((value as Record<string, unknown>)[key])
  return copy as T
}
