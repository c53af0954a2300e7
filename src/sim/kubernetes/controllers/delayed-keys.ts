import type { Millis } from '../../kernel/time.ts'

/** When a key is to be looked at again: one time a key, the earliest asked for. Plain data. Models client-go's delaying work queue. */
export type DueTimes = Map<string, Millis>

interface Timed {
  readonly now: Millis
  readonly state: { readonly due: DueTimes }
  readonly enqueue: (key: string, delayMs?: Millis) => void
}

const PREFIX = 'due|'

/** Looks at `key` after so long, unless an earlier look has been asked for. The item that arrives is to be given to `takeDue`. */
export function enqueueAfter(context: Timed, key: string, delayMs: Millis): void {
  const { state, now } = context
  const due = state.due.get(key)
  if (due !== undefined && due <= now + delayMs) return
  state.due.set(key, now + delayMs)
  context.enqueue(`${PREFIX}${key}`, delayMs)
}

/** The key that an item of the queue stands for, or undefined when an earlier look has replaced it. */
export function takeDue({ state, now }: Timed, item: string): string | undefined {
  if (!item.startsWith(PREFIX)) return item
  const key = item.slice(PREFIX.length)
  const due = state.due.get(key)
  if (due === undefined || due > now) return undefined
  state.due.delete(key)
  return key
}
