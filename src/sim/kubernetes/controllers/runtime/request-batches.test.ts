import { describe, expect, test } from 'vitest'
import type { Api } from '../../api/client.ts'
import { allAtOnce, type Batches, isOver, sendBatches, slowStart } from './request-batches.ts'

const ITEMS = [1, 2, 3, 4, 5, 6, 7]

/** Requests take 10 ms and come every 50 ms after the first `burst`. `refused`: items that are. */
function play(start: Batches<number>, { burst, refused }: { readonly burst: number; readonly refused: readonly number[] }) {
  let now = 0
  let taken = 0
  const sent: string[] = []
  const context = {
    get now() {
      return now
    },
    reserve: (count: number) => Array.from({ length: count }, () => Math.max(now, (++taken - burst) * 50)),
    sideBySide: <T>(send: (api: Api) => T): T => {
      now += 10
      return send({} as Api)
    },
  }
  const send = (_: Api, items: readonly number[]): string | undefined => {
    sent.push(`${items.join(' ')} @${now}`)
    return items.some((item) => refused.includes(item)) ? 'no' : undefined
  }
  let batches = start
  for (;;) {
    batches = structuredClone(sendBatches(context, batches, send))
    if (isOver(batches)) return { sent, left: batches.items, failure: batches.failure }
    now = batches.turns[0]!
  }
}

describe('batches of requests', () => {
  test.each([
    {
      name: 'double from one on',
      start: slowStart(ITEMS),
      burst: 100,
      refused: [],
      want: { sent: ['1 @10', '2 3 @20', '4 5 6 7 @30'], left: [] },
    },
    { name: 'may be one', start: allAtOnce(ITEMS), burst: 100, refused: [], want: { sent: ['1 2 3 4 5 6 7 @10'], left: [] } },
    {
      name: 'end with the one in which something is refused',
      start: slowStart(ITEMS),
      burst: 100,
      refused: [2],
      want: { sent: ['1 @10', '2 3 @20'], left: [4, 5, 6, 7], failure: 'no' },
    },
    {
      name: 'wait for their turns; what is on its way when another is refused goes out',
      start: slowStart(ITEMS),
      burst: 4,
      refused: [4],
      want: { sent: ['1 @10', '2 3 @20', '4 @30', '5 @60', '6 @110', '7 @160'], left: [], failure: 'no' },
    },
    { name: 'may be none', start: slowStart<number>([]), burst: 0, refused: [], want: { sent: [], left: [] } },
  ])('$name', ({ start, burst, refused, want }) => {
    expect(play(start, { burst, refused })).toEqual({ failure: undefined, ...want })
  })
})
