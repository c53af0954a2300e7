import type { Millis } from '../../kernel/time.ts'

interface Entry {
  delayMs: Millis
  lastUpdate: Millis
}

/** Delays that double for each failure of one key. Models client-go util/flowcontrol.Backoff. */
export class BackOff {
  #entries = new Map<string, Entry>()
  readonly #firstMs: Millis
  readonly #maxMs: Millis

  constructor(firstMs: Millis, maxMs: Millis) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
  }

  get(key: string): Millis {
    return this.#entries.get(key)?.delayMs ?? 0
  }

  /** Moves the key on to its next delay; it starts anew when `eventTime` is more than twice the cap after the last one. */
  next(key: string, eventTime: Millis, now: Millis): void {
    const entry = this.#entries.get(key)
    if (!entry || this.#hasExpired(entry, eventTime)) this.#entries.set(key, { delayMs: this.#firstMs, lastUpdate: now })
    else this.#entries.set(key, { delayMs: Math.min(2 * entry.delayMs, this.#maxMs), lastUpdate: now })
  }

  /** Still within the delay that began at `eventTime`. */
  isInBackOffSince(key: string, eventTime: Millis, now: Millis): boolean {
    const entry = this.#entries.get(key)
    if (!entry || this.#hasExpired(entry, eventTime)) return false
    return now - eventTime < entry.delayMs
  }

  /** Still within the delay since the key was last moved on. */
  isInBackOffSinceUpdate(key: string, eventTime: Millis): boolean {
    const entry = this.#entries.get(key)
    if (!entry || this.#hasExpired(entry, eventTime)) return false
    return eventTime - entry.lastUpdate < entry.delayMs
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  #hasExpired(entry: Entry, eventTime: Millis): boolean {
    return eventTime - entry.lastUpdate > this.#maxMs * 2
  }

  snapshot(): ReadonlyMap<string, Readonly<Entry>> {
    return new Map(this.#entries)
  }

  restore(entries: ReadonlyMap<string, Readonly<Entry>>): void {
    this.#entries = new Map(entries)
  }
}
