/** What a page's main thread did, out of a Chromium trace. */

export interface TraceEvent {
  readonly name: string
  readonly cat: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts: number
  readonly dur?: number
  /** Microseconds of processor time: what else runs on the machine does not count. */
  readonly tdur?: number
}

/** `toplevel` has the tasks, `blink.user_timing` the marks, `devtools.timeline` what the tasks do. */
export const TRACED = ['toplevel', 'blink.user_timing', 'devtools.timeline']

const TASK = 'ThreadControllerImpl::RunTask'
const MARK_PHASES = new Set(['I', 'R', 'i'])
const MOST_KINDS = 12

interface Task {
  readonly atMs: number
  readonly ms: number
}

export interface MainThread {
  /** In the order of time. */
  readonly tasks: readonly Task[]
  /** When the page's script set the mark. */
  readonly marksMs: readonly number[]
  /** Milliseconds by what was done, without what is inside of it. */
  readonly selfMs: ReadonlyMap<string, number>
}

/** The thread on which the mark was set. */
export function mainThreadOf(events: readonly TraceEvent[], mark: string): MainThread {
  const marks = events.filter(({ name, cat, ph }) => name === mark && cat === 'blink.user_timing' && MARK_PHASES.has(ph))
  const { pid, tid } = marks[0] ?? { pid: -1, tid: -1 }
  const own = events.filter((event) => event.pid === pid && event.tid === tid)
  const tasks = own
    .filter(({ name, ph }) => name === TASK && ph === 'X')
    .map(({ ts, tdur, dur }) => ({ atMs: ts / 1000, ms: (tdur ?? dur ?? 0) / 1000 }))
    .sort((a, b) => a.atMs - b.atMs)
  return { tasks, marksMs: marks.map(({ ts }) => ts / 1000).sort((a, b) => a - b), selfMs: selfTimes(own) }
}

function selfTimes(events: readonly TraceEvent[]): ReadonlyMap<string, number> {
  const spans = events
    .filter(({ ph, cat, name }) => ph === 'X' && (name === TASK || cat.includes('devtools.timeline')))
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const self = new Map<string, number>()
  const add = (name: string, ms: number): void => void self.set(name, (self.get(name) ?? 0) + ms)
  const open: TraceEvent[] = []
  for (const span of spans) {
    while (open.length > 0 && open.at(-1)!.ts + (open.at(-1)!.dur ?? 0) <= span.ts) open.pop()
    const ms = (span.tdur ?? 0) / 1000
    add(span.name, ms)
    const outer = open.at(-1)
    if (outer) add(outer.name, -ms)
    open.push(span)
  }
  return self
}

/** Everything that the thread did from one mark's task until the next one's: each mark pays for the animation that goes on after it as well. */
export function workByMark({ tasks, marksMs }: MainThread): readonly number[] {
  const work = marksMs.map(() => 0)
  let mark = -1
  tasks.forEach((task, index) => {
    // A mark is set inside its task, which began before it.
    const next = tasks[index + 1]?.atMs ?? Infinity
    while (mark + 1 < marksMs.length && marksMs[mark + 1]! < next) mark += 1
    if (mark >= 0) work[mark]! += task.ms
  })
  return work
}

/** Kinds of work by their own time, a line each, as milliseconds for each of so many turns. */
export const kindsOfWork = ({ selfMs }: MainThread, turns: number): readonly string[] =>
  [...selfMs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_KINDS)
    .map(([name, ms]) => `${(ms / Math.max(1, turns)).toFixed(2).padStart(7)} ms ${name}`)
