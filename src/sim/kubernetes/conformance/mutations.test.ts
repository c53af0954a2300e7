import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../api/load-schema.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { compareWithRecording } from './comparison.ts'
import { playCase } from './controller-recording.ts'
import type { ControllerRecording } from './recording.ts'
import { recordingsOf, type Theme } from './testing/golden-recordings.ts'
import type { Entry } from './watch-log-entry.ts'

type Path = readonly (string | number)[]

/** Every text, number and flag below `value`, by its path. */
function leaves(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]))
}

function changedAt(value: unknown, path: Path, change: (leaf: unknown) => unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === head ? changedAt(item, rest, change) : item))
  const fields = value as Readonly<Record<string, unknown>>
  return { ...fields, [head]: changedAt(fields[head], rest, change) }
}

const TIMED = new Set(['scale', 'counts', 'pods', 'events', 'series'])
/** The first two of a timed row: its earliest and its latest time. */
function isTime(path: Path): boolean {
  const [section, , third, fourth, fifth] = path
  if (!TIMED.has(String(section))) return false
  return section === 'series'
    ? typeof fourth === 'number' && (fifth === 0 || fifth === 1)
    : typeof third === 'number' && (fourth === 0 || fourth === 1)
}

const other = (leaf: unknown): unknown =>
  typeof leaf === 'string' ? `${leaf}!` : typeof leaf === 'number' ? leaf + 1 : typeof leaf === 'boolean' ? !leaf : 'something'

/** Moves both ends of the time that `path` is one end of. */
const later = (recording: ControllerRecording, path: Path): ControllerRecording =>
  [0, 1].reduce<unknown>(
    (changed, end) => changedAt(changed, ['expect', ...path.slice(0, -1), end], (ms) => Number(ms) + 20_000),
    recording,
  ) as ControllerRecording

const CASES: readonly (readonly [Theme, string])[] = [
  ['deployment', 'roll-3-surge1-unav0'],
  ['deployment', 'recreate'],
  ['replicaset', 'adopt-orphans'],
  ['replicaset', 'victims-not-ready-first'],
  ['replicaset', 'slow-start-quota0-of-3'],
  ['node', 'cordon-uncordon'],
  ['node', 'noschedule-taint'],
  ['service', 'named-target-port'],
  ['statefulset', 'parallel-start-stop'],
  ['daemonset', 'basic'],
  ['pdb', 'status-maxunavailable1-of-4'],
]

describe.each(CASES)('%s/%s, with one thing changed in the recording,', (theme, name) => {
  let recording: ControllerRecording
  let log: readonly Entry[]
  beforeAll(async () => {
    recording = recordingsOf(theme).find((candidate) => candidate.name === name)!
    log = playCase(recording, { schema: await loadApiSchema(), scheduler: (context) => new Scheduler(context) }).log
  })

  test('agrees when nothing is changed', () => {
    expect(compareWithRecording(recording, log)).toEqual([])
  })

  test('is found to differ, whichever value it is', () => {
    const values = leaves(recording.expect).filter((path) => !isTime(path))
    expect(values.length).toBeGreaterThan(30)
    const unnoticed = values.filter(
      (path) => compareWithRecording(changedAt(recording, ['expect', ...path], other) as ControllerRecording, log).length === 0,
    )
    expect(unnoticed.map((path) => path.join('.'))).toEqual([])
  })

  test('is found to differ, whichever time is another by more than the tolerance', () => {
    const times = leaves(recording.expect).filter((path) => isTime(path) && path.at(-1) === 0)
    expect(times.length).toBeGreaterThan(10)
    const unnoticed = times.filter((path) => compareWithRecording(later(recording, path), log).length === 0)
    expect(unnoticed.map((path) => path.join('.'))).toEqual([])
  })
})

describe('a rollout of several Pods at a time, whose steps are undecided,', () => {
  let recording: ControllerRecording
  let log: readonly Entry[]
  beforeAll(async () => {
    recording = recordingsOf('deployment').find(({ name }) => name === 'roll-10-surge25pct-unav25pct')!
    log = playCase(recording, { schema: await loadApiSchema(), scheduler: (context) => new Scheduler(context) }).log
  })
  const mutated = (change: (expect: ControllerRecording['expect']) => ControllerRecording['expect']): readonly string[] =>
    compareWithRecording({ ...recording, expect: change(recording.expect) }, log)

  test('agrees', () => {
    expect(mutated((same) => same)).toEqual([])
  })
  test.each<readonly [string, (text: string) => string]>([
    [
      'an event that says something else',
      (text) => text.replace('Scaled down replica set web-rs1', 'Scaled out replica set web-rs1'),
    ],
    ['an event of another set', (text) => text.replace('Scaled up replica set web-rs2', 'Scaled up replica set web-rs3')],
    ['an event that goes beyond', (text) => text.replace('from 0 to 3', 'from 0 to 33')],
    ['another end', (text) => text.replace('["web-rs1",0]', '["web-rs1",1]')],
    ['another beginning', (text) => text.replace('["web-rs1",10]', '["web-rs1",9]')],
    ['a reason of a condition', (text) => text.replace('"NewReplicaSetAvailable"', '"NewReplicaSetReady"')],
    [
      'far higher bounds',
      (text) => text.replace(/"pods":\[(\d+),(\d+)\]/, (_, least, most) => `"pods":[${least},${Number(most) + 9}]`),
    ],
  ])('differs by %s', (_, change) => {
    const before = JSON.stringify(recording.expect)
    const after = change(before)
    expect(after).not.toBe(before)
    expect(mutated(() => JSON.parse(after) as ControllerRecording['expect'])).not.toEqual([])
  })
  test('differs when the sets take turns the other way round', () => {
    expect(mutated(({ scale, ...rest }) => ({ ...rest, scale: { web: scale!['web']!.toReversed() } }))).not.toEqual([])
  })
})
