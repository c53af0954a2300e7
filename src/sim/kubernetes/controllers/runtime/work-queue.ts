import type { CauseId } from '../../../kernel/causes.ts'

export interface WorkItem {
  readonly key: string
  readonly cause: CauseId
}

interface QueueState {
  readonly items: readonly WorkItem[]
  readonly failures: ReadonlyMap<string, number>
}

const BASE_DELAY_MS = 5
const MAX_DELAY_MS = 1_000_000

/** Fair and de-duplicating, with per-key exponential back-off. Models client-go/util/workqueue. */
export class WorkQueue {
  readonly #baseDelayMs: number
  #items = new Map<string, WorkItem>()
  #failures = new Map<string, number>()

  constructor(baseDelayMs = BASE_DELAY_MS) {
    this.#baseDelayMs = baseDelayMs
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
    return failures > 27 ? MAX_DELAY_MS : Math.min(this.#baseDelayMs * 2 ** failures, MAX_DELAY_MS)
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
