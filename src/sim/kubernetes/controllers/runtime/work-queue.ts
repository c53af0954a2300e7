import type { CauseId } from '../../../kernel/causes.ts'
import type { Millis } from '../../../kernel/time.ts'

export interface WorkItem {
  readonly key: string
  readonly cause: CauseId
}

interface QueueState {
  readonly items: readonly WorkItem[]
  readonly failures: ReadonlyMap<string, number>
}

const DEFAULT_DELAY_MS: { readonly first: Millis; readonly most: Millis } = { first: 5, most: 1_000_000 }

/** Fair and de-duplicating, with per-key exponential back-off. Models client-go/util/workqueue. */
export class WorkQueue {
  readonly #delayMs: { readonly first: Millis; readonly most: Millis }
  #items = new Map<string, WorkItem>()
  #failures = new Map<string, number>()

  constructor(delayMs = DEFAULT_DELAY_MS) {
    this.#delayMs = delayMs
  }

  get size(): number {
    return this.#items.size
  }

  /** A key that is already waiting keeps its place and takes the newer cause. */
  add(key: string, cause: CauseId): void {
    this.#items.set(key, { key, cause: cause || (this.#items.get(key)?.cause ?? 0) })
  }

  /** The first key that may be looked at. */
  pop(mayLook: (key: string) => boolean): WorkItem | undefined {
    for (const item of this.#items.values()) {
      if (!mayLook(item.key)) continue
      this.#items.delete(item.key)
      return item
    }
    return undefined
  }

  has(key: string): boolean {
    return this.#items.has(key)
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  retries(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** Counts a failure and returns how long to wait, in milliseconds. */
  backoffMs(key: string): number {
    const failures = this.retries(key)
    this.#failures.set(key, failures + 1)
    const { first, most } = this.#delayMs
    return failures > 27 ? most : Math.min(first * 2 ** failures, most)
  }

  clear(): void {
    this.#items.clear()
    this.#failures.clear()
  }

  snapshot(): QueueState {
    return { items: [...this.#items.values()], failures: new Map(this.#failures) }
  }

  restore(state: QueueState): void {
    this.#items = new Map(state.items.map((item) => [item.key, item]))
    this.#failures = new Map(state.failures)
  }
}
