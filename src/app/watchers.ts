/** Calls by key: a frame that changes three Pods asks three tiles to look again, not a thousand. */
export class Watchers {
  readonly #byKey = new Map<string, Set<() => void>>()

  watch(key: string, changed: () => void): () => void {
    const known = this.#byKey.get(key)
    if (known) known.add(changed)
    else this.#byKey.set(key, new Set([changed]))
    return () => {
      const own = this.#byKey.get(key)
      own?.delete(changed)
      if (own?.size === 0) this.#byKey.delete(key)
    }
  }

  tell(keys: Iterable<string>): void {
    for (const key of keys) for (const changed of this.#byKey.get(key) ?? []) changed()
  }

  tellAll(): void {
    for (const watching of this.#byKey.values()) for (const changed of watching) changed()
  }
}
