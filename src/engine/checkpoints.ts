import type { Millis } from '../sim/kernel/time.ts'

export interface Checkpoint<Snapshot> {
  readonly at: Millis
  /** How many of the branch's actions had been applied. */
  readonly actions: number
  readonly snapshot: Snapshot
}

const FIRST_SPACING_MS = 20_000
const MOST = 200

/**
 * Snapshots along one branch, dense enough to seek within a blink: every 20 s of simulated time, and when there are more than 200 every
 * other one is dropped and the spacing doubled.
 */
export class Checkpoints<Snapshot> {
  #list: Checkpoint<Snapshot>[] = []
  #spacing = FIRST_SPACING_MS

  /** When the next one should be taken. */
  get nextAt(): Millis {
    const last = this.#list.at(-1)
    return last ? (Math.floor(last.at / this.#spacing) + 1) * this.#spacing : 0
  }

  get size(): number {
    return this.#list.length
  }

  add(checkpoint: Checkpoint<Snapshot>): void {
    const last = this.#list.at(-1)
    if (last && checkpoint.at <= last.at) return
    this.#list.push(checkpoint)
    if (this.#list.length <= MOST) return
    this.#list = this.#list.filter((_, index) => index % 2 === 0)
    this.#spacing *= 2
  }

  /** The latest one at or before `at` that knows no action beyond the first `actions`. */
  before(at: Millis, actions: number): Checkpoint<Snapshot> {
    let found = this.#list[0]!
    for (const checkpoint of this.#list) if (checkpoint.at <= at && checkpoint.actions <= actions) found = checkpoint
    return found
  }

  /** Those that a branch leaving at `at` after `actions` actions shares with this one. */
  fork(at: Millis, actions: number): Checkpoints<Snapshot> {
    const copy = new Checkpoints<Snapshot>()
    copy.#spacing = this.#spacing
    copy.#list = this.#list.filter((checkpoint) => checkpoint.at <= at && checkpoint.actions <= actions)
    return copy
  }
}
