import { describe, expect, test } from 'vitest'
import { kindsOfWork, mainThreadOf, workByMark, type TraceEvent } from './main-thread.ts'

interface Span {
  readonly at: number
  readonly ms: number
}

const event = (name: string, cat: string, ph: string, { at, ms }: Span, tid = 1): TraceEvent => ({
  name,
  cat,
  ph,
  pid: 1,
  tid,
  ts: at * 1000,
  dur: ms * 1000,
  tdur: ms * 1000,
})
const task = (at: number, ms: number, tid = 1): TraceEvent =>
  event('ThreadControllerImpl::RunTask', 'toplevel', 'X', { at, ms }, tid)
const mark = (at: number): TraceEvent => event('frame', 'blink.user_timing', 'I', { at, ms: 0 })
const work = (name: string, at: number, ms: number): TraceEvent => event(name, 'devtools.timeline', 'X', { at, ms })

describe('work by frame', () => {
  test.each([
    { name: 'a frame pays for the task that it comes in', events: [task(10, 4), mark(11)], want: [4] },
    {
      name: 'and for all that follows until the next frame',
      events: [task(10, 4), mark(11), task(20, 2), task(30, 3), mark(31)],
      want: [6, 3],
    },
    { name: 'what came before the first frame counts for none', events: [task(0, 5), task(10, 4), mark(11)], want: [4] },
    { name: 'the last of two frames in one task pays for it', events: [task(10, 4), mark(11), mark(12)], want: [0, 4] },
    { name: 'other threads do not count', events: [task(10, 4), mark(11), task(12, 50, 2)], want: [4] },
    { name: 'no frame, no work', events: [task(10, 4)], want: [] },
  ])('$name', ({ events, want }) => {
    expect(workByMark(mainThreadOf(events, 'frame'))).toEqual(want)
  })
})

describe('kinds of work', () => {
  const task10 = task(0, 10)
  test.each([
    {
      name: 'what is inside of something else counts once',
      events: [work('Layout', 2, 4)],
      want: ['6.00 ms ThreadControllerImpl::RunTask', '4.00 ms Layout'],
    },
    {
      name: 'the same kind twice is summed',
      events: [work('Paint', 1, 3), work('Paint', 5, 5)],
      want: ['8.00 ms Paint', '2.00 ms ThreadControllerImpl::RunTask'],
    },
  ])('$name', ({ events, want }) => {
    expect(kindsOfWork(mainThreadOf([task10, mark(1), ...events], 'frame'), 1).map((line) => line.trim())).toEqual(want)
  })
})
