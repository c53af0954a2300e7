import type { ControllerRecording, Expected, ExpectedEvent, Step } from './recording.ts'
import { type Bounds, type EventRow, type Reduction, reduce, type Timed } from './reduction.ts'
import type { Entry } from './watch-log-entry.ts'

/** How far a time may lie from those of the recording, in milliseconds. */
const TOLERANCE_MS = 700

/** Clocks of whole seconds, polls and the like move what hangs on them by more. */
function toleranceOf({ theme, steps }: ControllerRecording): number {
  if (theme === 'cronjob') return 1500
  if (theme === 'hpa' || theme === 'storage') return 15_000
  if (steps.some(({ play }) => play?.[0] === 'silence')) return 10_000
  return TOLERANCE_MS
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = value as Record<string, unknown>
  return `{${Object.keys(fields)
    .sort()
    .map((key) => `${key}:${canonical(fields[key])}`)
    .join()}}`
}

interface Row {
  readonly lo: number
  readonly hi: number
  readonly value: unknown
}

/** Says where two lists part, or nothing. */
function listDifference(what: string, expected: readonly unknown[], got: readonly unknown[]): string | undefined {
  const at = Array.from({ length: Math.max(expected.length, got.length) }, (_, index) => index).find(
    (index) => index >= expected.length || index >= got.length || !same(expected[index], got[index]),
  )
  if (at === undefined) return undefined
  const show1 = (list: readonly unknown[]): string => (at < list.length ? show(list[at]) : 'nothing more')
  return `${what}: at ${at + 1} expected ${show1(expected)}, got ${show1(got)} (expected ${expected.map(show).join(' · ')}; got ${got.map(show).join(' · ')})`
}

const isSubsequence = (part: readonly string[], whole: readonly string[]): boolean => {
  let at = 0
  for (const item of whole) if (at < part.length && item === part[at]) at += 1
  return at === part.length
}

/** Both begin and end alike, and one only leaves out steps of the other. */
function sameButForSteps(expected: readonly unknown[], got: readonly unknown[]): boolean {
  const [a, b] = [expected.map(canonical), got.map(canonical)]
  if (a.length === 0 || b.length === 0) return a.length === b.length
  return a.at(-1) === b.at(-1) && (isSubsequence(a, b) || isSubsequence(b, a))
}

const SCALED = /^Scaled (up|down) replica set (\S+) from (\d+) to (\d+)$/
/** What happens so close to the beginning of a step may have happened on the other side of it. */
const BORDER_MS = 120
const JOB_BATCH_MS = 1000
/** Cases whose nodes differ or are chosen for. */
const OF_PLACEMENT = new Set(['daemonset', 'node', 'scheduling'])
/**
 * So many attempts more or fewer at a Pod that waits for a volume: every volume of the cluster wakes it, those of other cases on the common cluster, too,
 * and the four writes of a binding race with the attempts that they wake.
 */
const OTHERS_VOLUMES = 2
/** Why a Pod waits for a volume. */
const OF_VOLUMES = /unbound immediate PersistentVolumeClaims|persistent volumes to bind/
/** Fields that count writes: one more for each step. */
const COUNTING = new Set(['generation', 'observedGeneration'])

/**
 * Deployments that a recording moves by more than one Pod at a time. Which of several Pods that start together is ready first is undecided
 * in a real cluster, so their steps may come as 2 or as 1 + 1.
 */
function movingTogether({ scale = {}, counts = {}, series = {} }: ControllerRecording['expect']): ReadonlySet<string> {
  const together = new Set<string>()
  const deploymentOf = (set: string): string => /^ReplicaSet\/(.*)-rs\d+$/.exec(set)?.[1] ?? set
  const jumps = (values: readonly number[]): boolean =>
    values.some((value, index) => index > 0 && Math.abs(value - values[index - 1]!) > 1)
  for (const [deployment, rows] of Object.entries(scale)) {
    const sizes = new Map<string, number[]>()
    for (const [, , [set, size]] of rows) sizes.set(set, [...(sizes.get(set) ?? [0]), size])
    const first = rows[0]?.[2][0]
    if ([...sizes].some(([set, values]) => jumps(set === first ? values.slice(1) : values))) together.add(deployment)
  }
  for (const [group, rows] of Object.entries(counts)) {
    const readyOf = rows.map(([, , [, ready = 0]]) => ready)
    if (jumps(group.endsWith('-rs1') ? readyOf.slice(readyOf.indexOf(Math.max(...readyOf))) : readyOf))
      together.add(deploymentOf(group))
  }
  for (const [object, fields] of Object.entries(series))
    if (object.startsWith('ReplicaSet/') && jumps((fields['desired'] ?? []).map(([, , size]) => size as number)))
      together.add(deploymentOf(object))
  return together
}

/** Deployments of which two sets had Pods at one time: how many were ready at once hangs on the order, too. */
function overlapping({ scale = {}, series = {} }: ControllerRecording['expect']): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [deployment, rows] of Object.entries(scale)) {
    const sizes = new Map<string, number>()
    for (const [, , [set, size]] of rows) {
      sizes.set(set, size)
      if ([...sizes.values()].filter((replicas) => replicas > 0).length > 1) found.add(deployment)
    }
  }
  // The runs did not agree on the steps of a Deployment that has several sets.
  for (const object of Object.keys(series)) {
    const deployment = /^ReplicaSet\/(.*)-rs2$/.exec(object)?.[1]
    if (deployment !== undefined && !(deployment in scale)) found.add(deployment)
  }
  return found
}

interface Racy {
  readonly section: string
  readonly object: string
  readonly field: string
  readonly text: string
  readonly variants: readonly (readonly unknown[])[]
}

function parseRacy(item: string): Racy {
  const [, section = '', object = '', field = '', text = ''] = /^(\w+) (\S+?)(?: ([^:]+))?: (.*)$/.exec(item) ?? []
  const variants = text.split(' | ').flatMap((variant): unknown[][] => {
    try {
      const value = JSON.parse(variant) as unknown
      return Array.isArray(value) ? [value] : []
    } catch {
      return [] // a remark, or a list that was cut short
    }
  })
  return { section, object, field, text, variants }
}

type Range = readonly [least: number, greatest: number]

/** Whether a range holds all that surely belongs to it, and nothing that surely does not. */
const liesBetween = (range: Range, within: Range | undefined, around: Range | undefined): boolean =>
  around !== undefined &&
  range[0] >= around[0] &&
  range[1] <= around[1] &&
  (within === undefined || (range[0] <= within[0] && range[1] >= within[1]))

class Comparison {
  readonly #recording: ControllerRecording
  readonly #together: ReadonlySet<string>
  readonly #overlapping: ReadonlySet<string>
  /** Deployments whose steps were found to come otherwise, and to the same end. */
  readonly #otherSteps = new Set<string>()
  readonly #got: Reduction
  readonly #tolerance: number
  readonly #nodes: readonly string[]
  readonly #placed: boolean
  readonly differences: string[] = []

  constructor(recording: ControllerRecording, got: Reduction) {
    this.#recording = recording
    this.#together = movingTogether(recording.expect)
    this.#overlapping = overlapping(recording.expect)
    this.#got = got
    this.#tolerance = toleranceOf(recording)
    this.#nodes = recording.nodes.map(({ metadata }) => metadata.name)
    // A recording masks nodes where the case is not about placement; where it shows one although no step names any, it was drawn.
    const isNamed = this.#nodes.some((node) => new RegExp(`\\b${node}\\b`).test(JSON.stringify(recording.steps)))
    this.#placed = !JSON.stringify(recording.expect).includes('<node>') && (isNamed || OF_PLACEMENT.has(recording.theme))
  }

  run(): readonly string[] {
    const { expect } = this.#recording
    for (const item of this.#recording.racy) this.#racySteps(item)
    for (const [deployment, rows] of Object.entries(expect.scale ?? {}))
      this.#timed(`scale ${deployment}`, `Deployment/${deployment}`, 'scale', rows, this.#got.scale.get(deployment) ?? [])
    for (const [object, fields] of Object.entries(expect.final ?? {})) this.#final(object, fields)
    for (const [object, rows] of Object.entries(expect.events ?? {})) this.#events(object, rows, true)
    for (const [object, rows] of Object.entries(expect.eventsAnyOrder ?? {}))
      this.#events(
        object,
        rows.map((row) => [0, 0, ...row] as const),
        false,
      )
    for (const [group, rows] of Object.entries(expect.podEvents ?? {})) this.#podEvents(group, rows)
    for (const [object, rows] of Object.entries(expect.bounds ?? {}))
      rows.forEach((row, index) => {
        const [got, within, around] = [this.#got.bounds, this.#got.boundsWithin, this.#got.boundsAround].map(
          (bounds) => bounds.get(object)?.[index] ?? null,
        ) as [Bounds | null, Bounds | null, Bounds | null]
        if (row === null && within !== null)
          this.#note(`bounds ${object} of interval ${index + 1}: expected no Pods yet, got ${show(got)}`)
        for (const [name, range] of Object.entries(row ?? {})) {
          const what = name as keyof Bounds
          if (!this.#boundsAgree(object, range, got?.[what]) && !liesBetween(range, within?.[what], around?.[what]))
            this.#note(
              `bounds ${object} of interval ${index + 1}: expected ${what} within ${show(range)}, got ${show(got?.[what] ?? null)}`,
            )
        }
      })
    for (const [object, series] of Object.entries(expect.series ?? {}))
      for (const [field, rows] of Object.entries(series))
        this.#timed(`series ${object} ${field}`, object, field, rows, this.#got.series.get(object)?.get(field) ?? [])
    for (const [group, rows] of Object.entries(expect.counts ?? {}))
      this.#timed(`counts ${group}`, group, 'counts', rows, this.#got.counts.get(group) ?? [])
    for (const [pod, rows] of Object.entries(expect.pods ?? {}))
      this.#timed(
        `pods ${pod}`,
        `Pod/${pod}`,
        'life',
        rows,
        (this.#got.pods.get(pod) ?? []).map(([ms, line]) => [ms, this.#life(line)] as const),
      )
    for (const item of this.#recording.racy) this.#racy(item)
    return this.differences
  }

  #note(text: string): void {
    this.differences.push(text)
  }

  /** The Deployment that an object is or belongs to. */
  #deploymentOf(object: string): string {
    return /^(?:ReplicaSet\/)?(.*?)(?:-rs\d+)?$/.exec(object.replace(/^Deployment\//, ''))![1]!
  }

  #movesTogether(object: string): boolean {
    return this.#together.has(this.#deploymentOf(object)) || this.#together.has(object)
  }

  #boundsAgree(object: string, expected: readonly [number, number], got: readonly [number, number] | undefined): boolean {
    if (same(expected, got)) return true
    const undecided = this.#movesTogether(object) && this.#overlapping.has(this.#deploymentOf(object))
    return got !== undefined && undecided && [0, 1].every((end) => Math.abs(expected[end]! - got[end]!) <= 1)
  }

  #unplacedValue(value: unknown): unknown {
    return this.#placed ? value : JSON.parse(this.#unplaced(JSON.stringify(value)))
  }

  /** In cases that are not about placement, which node it was does not count. */
  #unplaced(text: string): string {
    if (this.#placed) return text
    return this.#nodes.reduce((masked, node) => masked.replaceAll(new RegExp(`\\b${node}\\b(?![-.])`, 'g'), '<node>'), text)
  }

  #life(line: string): string {
    const masked = this.#unplaced(line)
    return masked === 'scheduled <node>' ? 'scheduled' : masked
  }

  #final(object: string, fields: Readonly<Record<string, unknown>>): void {
    const got = this.#got.final.get(object)
    if (!got) {
      this.#note(`final ${object}: expected to exist, it does not`)
      return
    }
    for (const [field, value] of Object.entries(fields)) {
      if (object.startsWith('ReplicaSet/') && COUNTING.has(field) && this.#otherSteps.has(this.#deploymentOf(object))) continue
      if (!same(this.#unplacedValue(value), this.#unplacedValue(anonymousLike(value, got[field] ?? null))))
        this.#note(`final ${object}: expected ${field} ${show(value)}, got ${show(got[field] ?? null)}`)
    }
  }

  /**
   * How often a budget was looked at before its first Pod was seen is a race with the controller that makes the Pods: of the same commands
   * some runs have `NoPods` once, some twice, some not at all.
   */
  #isRace(object: string, reason: string): boolean {
    if (reason !== 'NoPods') return false
    const expected = this.#recording.expect.series?.[object]?.['expectedPods'] ?? []
    return expected.some(([, , pods]) => typeof pods === 'number' && pods > 0)
  }

  #events(object: string, allRows: readonly ExpectedEvent[], ordered: boolean): void {
    const rows = allRows.filter((row) => !this.#isRace(object, row[3]))
    const text = ({ type, reason, message, component }: EventRow): string =>
      [type, reason, this.#unplaced(message), component].join(' | ')
    const got: EventRow[] = []
    for (const row of this.#got.events.get(object) ?? []) {
      if (this.#isRace(object, row.reason)) continue
      if (row.reason === 'RegisteredNode' && !rows.some(([, , , reason]) => reason === row.reason)) continue
      // Told apart by the node only: one row, as the recording has it. Where the order does not count, neither do repetitions.
      const index = ordered ? got.length - 1 : got.findIndex((other) => text(other) === text(row))
      const earlier = got[index]
      if (earlier && text(earlier) === text(row)) got[index] = { ...earlier, count: earlier.count + row.count }
      else got.push(row)
    }
    const wanted = rows.map((row) => row.slice(2, 6).join(' | '))
    const sorted = (list: readonly string[]): readonly string[] => (ordered ? list : list.toSorted())
    const difference = listDifference(`events ${object}`, sorted(wanted), sorted(got.map(text)))
    if (difference) {
      const scaling = object.startsWith('Deployment/') && this.#otherSteps.has(this.#deploymentOf(object))
      if (!scaling || !this.#sameScaling(object, rows, got)) this.#note(difference)
      return
    }
    if (!ordered) return
    this.#times(
      `events ${object}`,
      object,
      rows.map(([lo, hi, , , message]) => ({ lo, hi, value: message })),
      got.map(({ ms }) => ms),
    )
    const range = (row: ExpectedEvent): readonly [number, number] =>
      typeof row[6] === 'number' ? [row[6], row[6]] : [Math.min(...row[6]), Math.max(...row[6])]
    const within = (count: number, [least, most]: readonly [number, number]): boolean => count >= least && count <= most
    const slackOf = ([, , , reason, message]: ExpectedEvent): number =>
      reason === 'FailedScheduling' && OF_VOLUMES.test(message) ? OTHERS_VOLUMES : 0
    // Once messages are combined, which of them are still told apart is drawn at random: their sum counts.
    if (rows.some((row) => row[4].startsWith('(combined'))) {
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
      const ranges = rows.map(range)
      const all = [sum(ranges.map(([least]) => least)), sum(ranges.map(([, most]) => most))] as const
      const mine = sum(got.map(({ count }) => count))
      if (!within(mine, all)) this.#note(`events ${object}: expected ${show(all)} in all, got ${mine}`)
      return
    }
    rows.forEach((row, index) => {
      const { count } = got[index]!
      const [least, most] = range(row)
      const slack = slackOf(row)
      if (!within(count, [least - slack, most + slack])) this.#note(`events ${object}: expected "${row[4]}" ${show(row[6])} times, got ${count}`)
    })
  }

  /** Other steps: every message must still be one, and its way must lie on a way that was gone. */
  #sameScaling(object: string, rows: readonly ExpectedEvent[], got: readonly EventRow[]): boolean {
    const plain = (message: string): string => message.replace('(combined from similar events): ', '')
    const others = (list: readonly (readonly [reason: string, message: string])[]): readonly string[] =>
      list.filter(([reason]) => reason !== 'ScalingReplicaSet').map((row) => row.join(': '))
    if (!same(others(rows.map((row) => [row[3], row[4]])), others(got.map(({ reason, message }) => [reason, message]))))
      return false
    const gone = new Map<string, number[]>()
    for (const [, [set, size]] of this.#got.scale.get(this.#deploymentOf(object)) ?? [])
      gone.set(set, [...(gone.get(set) ?? [0]), size])
    return rows
      .filter((row) => row[3] === 'ScalingReplicaSet')
      .every(([, , type, , message, component]) => {
        const [, direction, set = '', from, to] = SCALED.exec(plain(message)) ?? []
        const sizes = gone.get(set)
        if (
          !sizes ||
          type !== 'Normal' ||
          component !== 'deployment-controller' ||
          Number(from) < Number(to) !== (direction === 'up')
        )
          return false
        return (
          Math.min(...sizes) <= Math.min(Number(from), Number(to)) && Math.max(...sizes) >= Math.max(Number(from), Number(to))
        )
      })
  }

  #podEvents(group: string, rows: readonly (readonly [number, readonly (readonly string[])[]])[]): void {
    const counted = new Map<string, number>()
    for (const [count, sequence] of this.#got.podEvents.get(group) ?? []) {
      const text = this.#unplaced(JSON.stringify(sequence))
      counted.set(text, (counted.get(text) ?? 0) + count)
    }
    const line = ([text, count]: readonly [string, number]): string => `${count} × ${text}`
    const wanted = rows.map(([count, sequence]) => line([JSON.stringify(sequence), count])).toSorted()
    const difference = listDifference(`podEvents ${group}`, wanted, [...counted].map(line).toSorted())
    if (difference) this.#note(difference)
  }

  #timed(
    what: string,
    object: string,
    field: string,
    rows: readonly Expected<unknown>[],
    rawGot: readonly Timed<unknown>[],
  ): void {
    const deployment = this.#deploymentOf(object)
    if (COUNTING.has(field) && object.startsWith('ReplicaSet/') && this.#otherSteps.has(deployment)) return
    const expected = rows.map(([, , value]) => this.#unplacedValue(value))
    const got = rawGot.map(([, value], index) => this.#unplacedValue(anonymousLike(rows[index]?.[2], value)))
    const difference = listDifference(what, expected, got)
    if (difference) {
      const alike =
        field === 'scale'
          ? this.#sameEnds(rows as readonly Expected<readonly [string, number]>[], rawGot)
          : sameButForSteps(expected, got)
      if (!this.#movesTogether(object) || field.startsWith('condition') || !alike) this.#note(difference)
      else if (field === 'scale') this.#otherSteps.add(deployment)
      return
    }
    this.#times(
      what,
      object,
      rows.map(([lo, hi, value]) => ({ lo, hi, value })),
      // What was there before the first step counts as made at 0.
      rawGot.map(([ms]) => Math.max(0, ms)),
    )
  }

  /** Each set goes the same way, leaving out steps or adding some. */
  #sameEnds(rows: readonly Expected<readonly [string, number]>[], got: readonly Timed<unknown>[]): boolean {
    const sizesOf = (list: readonly (readonly [string, number])[], name: string): readonly number[] =>
      list.filter(([set]) => set === name).map(([, size]) => size)
    const [expected, mine] = [rows.map(([, , step]) => step), got.map(([, step]) => step as readonly [string, number])]
    const names = new Set([...expected, ...mine].map(([set]) => set))
    const turns = (sizes: readonly number[]): readonly number[] =>
      sizes.filter(
        (size, index) => index === 0 || index === sizes.length - 1 || size > sizes[index - 1]! !== sizes[index + 1]! > size,
      )
    return [...names].every((name) => {
      const [a, b] = [sizesOf(expected, name), sizesOf(mine, name)]
      const stands = [a, b].some((sizes) => sizes.some((size, index) => size === sizes[index - 1]))
      return sameButForSteps(a, b) || (!stands && same(turns(a), turns(b)))
    })
  }

  /** A time is right within the tolerance, or when its distance to the one before is. */
  #times(what: string, object: string, rows: readonly Row[], got: readonly number[]): void {
    rows.forEach(({ lo, hi, value }, index) => {
      const ms = got[index]!
      const slack = Math.max(
        this.#movesTogether(object) ? 2 * this.#tolerance : this.#tolerance,
        this.#retrySlack(lo),
        this.#phaseSlack(object, lo),
        // A Job is looked at in batches of a second: whether the end of a Pod falls into this one or the next is undecided.
        object.startsWith('Job/') ? this.#tolerance + JOB_BATCH_MS : 0,
      )
      if (ms >= lo - slack && ms <= hi + slack) return
      const before = rows[index - 1]
      if (before) {
        const distance = ms - got[index - 1]!
        if (distance >= lo - before.hi - slack && distance <= hi - before.lo + slack) return
      }
      this.#note(`${what}: expected ${show(value)} at ${lo}…${hi} ms, got it at ${Math.round(ms)} ms`)
    })
  }

  /** Nodes are looked at every 5 s, Pods of deleted nodes every 20 s after a quarantine of 40 s. */
  #phaseSlack(object: string, lo: number): number {
    const deletes = ({ kubectl = [] }: Step): boolean => /^delete nodes?[ /]/.test(kubectl.join(' '))
    const deleted = this.#recording.steps.find((step) => deletes(step))
    if (deleted && lo > (deleted.ranAtMs ?? deleted.atMs) + 40_000) return 20_000
    return object.startsWith('Node/') ? 5000 : 0
  }

  /** Retries of queues double their waits: 30 % of the time since the step that they follow. */
  #retrySlack(lo: number): number {
    if (!/FailedCreate|FailedScheduling/.test(JSON.stringify(this.#recording.expect))) return 0
    const step = this.#recording.steps.findLast(({ ranAtMs, atMs }) => (ranAtMs ?? atMs) <= lo)
    return 0.3 * (lo - (step?.ranAtMs ?? step?.atMs ?? 0))
  }

  /** The runs themselves did not agree on the steps; these are none of theirs, and lead to the same end. */
  #racySteps(item: string): void {
    const { section, object, variants } = parseRacy(item)
    if (section !== 'scale') return
    const got = this.#got.scale.get(object) ?? []
    const steps = got.map(([, step]) => step)
    if (variants.some((variant) => same(variant, steps))) return
    const alike = variants.some((variant) =>
      this.#sameEnds(
        variant.map((step) => [0, 0, step as readonly [string, number]] as const),
        got,
      ),
    )
    if (alike) this.#otherSteps.add(object)
    else if (variants.length > 0)
      this.#note(`scale ${object}: expected one of ${variants.map(show).join(' | ')}, got ${show(steps)}`)
  }

  /** `section object: variant | variant`: one of them, or something that begins and ends like them. */
  #racy(item: string): void {
    const { section, object, field, variants, text } = parseRacy(item)
    const got = this.#racyValues(section, object, field)
    if (variants.length < 2 || got === undefined) return
    if (variants.some((variant) => same(variant, got))) return
    if (COUNTING.has(field)) return
    const like = (at: 0 | -1): boolean => variants.some((variant) => same(variant.at(at), got.at(at)))
    if (!like(-1))
      this.#note(`${section} ${object}${field && ` ${field}`}: expected to end like ${text}, got ${got.map(show).join(' · ')}`)
  }

  #racyValues(section: string, object: string, field: string): readonly unknown[] | undefined {
    const values = (rows: readonly Timed<unknown>[] | undefined): readonly unknown[] => (rows ?? []).map(([, value]) => value)
    switch (section) {
      case 'counts':
        return values(this.#got.counts.get(object))
      case 'series':
        return values(this.#got.series.get(object)?.get(field))
      default:
        return undefined
    }
  }
}

/** Recordings have dropped the numbers of interchangeable Pods; a final state may still carry them. */
function anonymousLike(expected: unknown, got: unknown): unknown {
  return JSON.stringify(expected)?.includes('-p*') ? JSON.parse(JSON.stringify(got).replace(/-p\d+/g, '-p*')) : got
}

/** What a watch log shows that the recording does not, or the other way round, in words. Empty: they agree. */
export function compareWithRecording(recording: ControllerRecording, log: readonly Entry[]): readonly string[] {
  const stepsAt = recording.steps.map(({ ranAtMs, atMs }) => ranAtMs ?? atMs)
  return new Comparison(recording, reduce(log, stepsAt, BORDER_MS)).run()
}
