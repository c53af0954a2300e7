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
  #items = new Map<string, WorkItem>()
  #failures = new Map<string, number>()

  get size(): number {
    return this.#items.size
  }

  /** A key that is already waiting keeps its place and takes the newer cause. */
  add(key: string, cause: CauseId): void {
    this.#items.set(key, { key, cause: cause || (this.#items.get(key)?.cause ?? 0) })
  }

  pop(): WorkItem | undefined {
    const first = this.#items.values().next()
    if (first.done) return undefined
    this.#items.delete(first.value.key)
    return first.value
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
    return failures > 27 ? MAX_DELAY_MS : Math.min(BASE_DELAY_MS * 2 ** failures, MAX_DELAY_MS)
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
