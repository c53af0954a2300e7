/**
 * A map that is never changed: its next version copies only the parts in which something differs and shares the rest. For collections of thousands
 * of which a frame brings a few.
 */
export class SharedMap<Value> {
  static readonly #PARTS = 64
  readonly size: number
  readonly #parts: readonly ReadonlyMap<string, Value>[]

  private constructor(parts: readonly ReadonlyMap<string, Value>[], size: number) {
    this.#parts = parts
    this.size = size
  }

  static empty<Value>(): SharedMap<Value> {
    const none: ReadonlyMap<string, Value> = new Map()
    return new SharedMap(
      Array.from({ length: SharedMap.#PARTS }, () => none),
      0,
    )
  }

  get(key: string): Value | undefined {
    return this.#parts[partOf(key, SharedMap.#PARTS)]?.get(key)
  }

  /** In no particular order. */
  *values(): Generator<Value> {
    for (const part of this.#parts) yield* part.values()
  }

  with(changed: Iterable<readonly [string, Value]>, removed: Iterable<string>): SharedMap<Value> {
    const parts = [...this.#parts]
    const own = new Map<number, Map<string, Value>>()
    let size = this.size
    const partFor = (key: string): Map<string, Value> => {
      const index = partOf(key, SharedMap.#PARTS)
      let part = own.get(index)
      if (!part) {
        part = new Map(parts[index])
        own.set(index, part)
        parts[index] = part
      }
      return part
    }
    for (const key of removed) if (partFor(key).delete(key)) size -= 1
    for (const [key, value] of changed) {
      const part = partFor(key)
      if (!part.has(key)) size += 1
      part.set(key, value)
    }
    return new SharedMap(parts, size)
  }
}

function partOf(key: string, parts: number): number {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) | 0
  return (hash >>> 0) % parts
}
