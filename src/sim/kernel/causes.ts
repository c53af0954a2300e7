import type { Millis } from './time.ts'

/** 0 means "no recorded cause": a heartbeat, a periodic check. */
export type CauseId = number

export const NO_CAUSE: CauseId = 0

/** What an object is called in a cause: `resource` as `kubectl` writes it (`pods`, `deployments.apps`). */
export interface ObjectKey {
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/**
 * One link in a chain of causes, as data; `explain` puts it into words.
 * - `start`, `command`, `fault`, `heal`: roots. A student, an instructor's timeline or the scenario did it.
 * - `write`: a component wrote an object.
 * - `act`: a component did something on a host (started a container, killed it, a probe failed …).
 */
export interface Cause {
  readonly id: CauseId
  readonly parent: CauseId
  readonly at: Millis
  readonly type: 'start' | 'command' | 'fault' | 'heal' | 'write' | 'act'
  /** Component, or `you` for a command. */
  readonly actor: string
  /** `create`, `update`, `status`, `delete`, `bind`, … for a write; a reason such as `ContainerExited` for an act; a fault's kind. */
  readonly verb: string
  readonly object?: ObjectKey
  /** Store revision of a write. */
  readonly revision?: number
  /** The command line, the message of an event, … */
  readonly text?: string
}

/** Append-only log of causes; a snapshot is its length, since entries never change and the future is cut off on restore. */
export class CauseLog {
  #causes: Cause[] = []

  get size(): number {
    return this.#causes.length
  }

  add(cause: Omit<Cause, 'id'>): CauseId {
    const id = this.#causes.length + 1
    this.#causes.push({ id, ...cause })
    return id
  }

  get(id: CauseId): Cause | undefined {
    return this.#causes[id - 1]
  }

  /** From the cause itself back to its root. */
  chain(id: CauseId): readonly Cause[] {
    const chain: Cause[] = []
    for (let cause = this.get(id); cause; cause = this.get(cause.parent)) chain.push(cause)
    return chain
  }

  snapshot(): readonly Cause[] {
    return this.#causes.slice()
  }

  restore(causes: readonly Cause[]): void {
    this.#causes = causes.slice()
  }
}
