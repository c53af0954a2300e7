/**
 * A rolling 64-bit hash over plain data: two 32-bit FNV-style lanes, integer arithmetic only, so that every JavaScript
 * engine gives the same value. Not cryptographic.
 */
export class Digest {
  #a = 0x811c9dc5
  #b = 0x9e3779b1
  /** Keys above the difference that is looked for. */
  readonly #path: string[] = []

  int(value: number): void {
    this.#a = Math.imul(this.#a ^ (value | 0), 0x01000193)
    this.#b = Math.imul(this.#b ^ (value | 0) ^ (this.#a >>> 15), 0x85ebca6b)
  }

  /** Whole numbers beyond 32 bits and fractions count in full. */
  number(value: number): void {
    if (value === (value | 0)) this.int(value)
    else this.text(String(value))
  }

  text(value: string): void {
    let a = this.#a
    let b = this.#b
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b ^ code ^ (a >>> 15), 0x85ebca6b)
    }
    this.#a = a
    this.#b = b
    this.int(value.length)
  }

  /**
   * Hashes a JSON-like value by what differs from `previous`: each difference with its path. Writers replace what they change and share the rest, so
   * the cost of a write is mostly the size of its change. Equality counts, not identity: after a restore a writer may hold a copy.
   */
  value(value: unknown, previous?: unknown): void {
    this.#path.length = 0
    this.#difference(value, previous)
    this.int(0x5a)
  }

  #difference(value: unknown, previous: unknown): void {
    if (value === previous) return
    if (!isObject(value) || !isObject(previous) || Array.isArray(value) !== Array.isArray(previous)) {
      for (const key of this.#path) this.text(key)
      this.#whole(value)
      return
    }
    for (const key in value) {
      const other = previous[key]
      const field = value[key]
      if (field === other || field === undefined) continue
      this.#path.push(key)
      this.#difference(field, other)
      this.#path.pop()
    }
    // What is gone. A field that is undefined is not there.
    for (const key in previous)
      if (previous[key] !== undefined && value[key] === undefined) {
        this.#path.push(key)
        this.#difference(undefined, previous[key])
        this.#path.pop()
      }
  }

  #whole(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.int(1)
        this.text(value)
        return
      case 'number':
        this.int(2)
        this.number(value)
        return
      case 'boolean':
        this.int(value ? 3 : 4)
        return
      case 'object': {
        if (value === null) {
          this.int(5)
          return
        }
        if (Array.isArray(value)) {
          this.int(6)
          this.int(value.length)
          for (const item of value) this.#whole(item)
          return
        }
        this.int(7)
        for (const key in value) {
          const field = (value as Record<string, unknown>)[key]
          if (field === undefined) continue
          this.text(key)
          this.#whole(field)
        }
        this.int(8)
        return
      }
      default:
        this.int(9)
    }
  }

  /** Sixteen lower-case hexadecimal digits. */
  hex(): string {
    return (this.#a >>> 0).toString(16).padStart(8, '0') + (this.#b >>> 0).toString(16).padStart(8, '0')
  }

  snapshot(): readonly [number, number] {
    return [this.#a, this.#b]
  }

  restore([a, b]: readonly [number, number]): void {
    this.#a = a
    this.#b = b
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
