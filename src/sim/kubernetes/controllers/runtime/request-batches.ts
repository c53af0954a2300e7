import type { Millis } from '../../../kernel/time.ts'
import type { Api } from '../../api/client.ts'
import type { Context } from './controller.ts'

/** What a look still has to ask for, one request an item, batch by batch. Plain data: the look may be cut in between. */
export interface Batches<T> {
  /** Not sent yet. */
  readonly items: readonly T[]
  /** Of the next batch. */
  readonly size: number
  /** When each of the first items may be sent: what is left of the batch that is going out, ascending. */
  readonly turns: readonly Millis[]
  /** The first refusal. The batch in which it happens is the last one. */
  readonly failure?: string
}

/** Batches of 1, 2, 4 …, so that what is refused is not asked for many times. Models controller.slowStartBatch. */
export const slowStart = <T>(items: readonly T[]): Batches<T> => ({ items, size: 1, turns: [] })

/** One batch. */
export const allAtOnce = <T>(items: readonly T[]): Batches<T> => ({ items, size: items.length, turns: [] })

export const isOver = ({ turns }: Batches<unknown>): boolean => turns.length === 0

/** Sends batches as long as the rate limit lets them pass. `send` gets those that go out side by side, and says why one was refused. */
export function sendBatches<T>(
  context: Pick<Context, 'now' | 'reserve' | 'sideBySide'>,
  batches: Batches<T>,
  send: (api: Api, items: readonly T[]) => string | undefined,
): Batches<T> {
  let { items, size, turns, failure } = batches
  for (;;) {
    if (turns.length === 0) {
      if (items.length === 0 || failure !== undefined) break
      turns = context.reserve(Math.min(size, items.length))
      size *= 2
    }
    const due = turns.filter((turn) => turn <= context.now).length
    if (due === 0) break
    const going = items.slice(0, due)
    const refused = context.sideBySide((api) => send(api, going))
    failure ??= refused
    items = items.slice(due)
    turns = turns.slice(due)
  }
  return { items, size, turns, ...(failure === undefined ? {} : { failure }) }
}
