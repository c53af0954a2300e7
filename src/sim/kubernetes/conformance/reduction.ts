import type { ConditionFields, Entry } from './watch-log-entry.ts'

/** Changes closer together than this are one burst: what lies between its states depends on chance. */
export const BURST_MS = 450

export type Timed<T> = readonly [ms: number, value: T]
export type PodCounts = readonly [pods: number, ready: number, terminating: number, succeeded: number, failed: number]
export interface EventRow {
  readonly ms: number
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly component: string
  readonly count: number
}
export interface Bounds {
  readonly pods: readonly [least: number, greatest: number]
  readonly active: readonly [least: number, greatest: number]
  readonly ready: readonly [least: number, greatest: number]
}
type BoundsByTop = ReadonlyMap<string, readonly (Bounds | null)[]>
export type PodEventSequence = readonly (readonly [type: string, reason: string, message: string])[]

/** What a watch log comes down to: the sections of a recording's `expect`. */
export interface Reduction {
  readonly scale: ReadonlyMap<string, readonly Timed<readonly [set: string, replicas: number]>[]>
  readonly counts: ReadonlyMap<string, readonly Timed<PodCounts>[]>
  readonly pods: ReadonlyMap<string, readonly Timed<string>[]>
  readonly events: ReadonlyMap<string, readonly EventRow[]>
  readonly podEvents: ReadonlyMap<string, readonly (readonly [count: number, PodEventSequence])[]>
  readonly bounds: BoundsByTop
  /** Of the intervals cut short at both ends, and reaching beyond them: what happens near a step falls on either side of it. */
  readonly boundsWithin: BoundsByTop
  readonly boundsAround: BoundsByTop
  readonly series: ReadonlyMap<string, ReadonlyMap<string, readonly Timed<unknown>[]>>
  readonly final: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

export type Fields = Readonly<Record<string, unknown>>

const ENTRY_KEYS: ReadonlySet<string> = new Set(['ms', 'kind', 'name', 'change', 'id'])
const GENERATED = /-p(\d+|\?)$/

const isGenerated = (pod: string): boolean => GENERATED.test(pod)
/** `web-rs1-p3` → `web-rs1-p*`: one Pod of a set is as good as another. */
export const anonymous = (text: string): string => text.replace(/\b([a-z0-9][-a-z0-9.]*)-p\d+\b/g, '$1-p*')

const anonymousDeep = (value: unknown): unknown =>
  typeof value === 'string' ? anonymous(value) : Array.isArray(value) ? value.map(anonymousDeep) : value

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Consecutive equal values are one. */
function distinct<T>(values: readonly Timed<T>[]): Timed<T>[] {
  return values.filter((value, index) => index === 0 || !same(value[1], values[index - 1]![1]))
}

/** The last value of each burst, at the beginning of the burst. */
export function settled<T>(samples: readonly Timed<T>[]): Timed<T>[] {
  const bursts: (readonly [number, T])[] = []
  let last = -Infinity
  for (const [ms, value] of samples) {
    if (ms - last < BURST_MS) bursts[bursts.length - 1] = [bursts.at(-1)![0], value]
    else bursts.push([ms, value])
    last = ms
  }
  return distinct(bursts)
}

const isEmpty = (value: unknown): boolean =>
  value === 0 || value === false || value === null || value === undefined || value === ''

/** A series begins with its first value that says something. */
const withoutLead = <T>(values: readonly Timed<T>[]): readonly Timed<T>[] => {
  const first = values.findIndex(([, value]) => !isEmpty(value))
  return first < 0 ? [] : values.slice(first)
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

// Series ------------------------------------------------------------------------------------------------------------

/** Fields that the recorder notes even when they are empty: it shows when an object lacks what its namesake before it had. */
const NOTED_EMPTY: Readonly<Record<string, Fields>> = {
  PersistentVolumeClaim: { volume: null, capacity: null, owners: [] },
  PersistentVolume: { claim: null },
}

function reduceSeries(entries: readonly Entry[]): Reduction['series'] {
  const series = new Map<string, Map<string, readonly Timed<unknown>[]>>()
  const histories = new Map<string, { ms: number; fields: Record<string, unknown> | undefined }[]>()
  for (const entry of entries) {
    if (entry.kind === 'Pod' || entry.kind === 'Event') continue
    const object = `${entry.kind}/${entry.name}`
    const history = histories.get(object) ?? []
    histories.set(object, history)
    const isNamesake = entry.change === 'added' && history.length > 0
    const before = isNamesake ? (NOTED_EMPTY[entry.kind] ?? {}) : entry.change === 'added' ? {} : (history.at(-1)?.fields ?? {})
    // Of the set-up only what it came to is known; it counts as made at 0.
    if (entry.ms < 0 && history.length > 0) history.pop()
    history.push({ ms: Math.max(0, entry.ms), fields: entry.change === 'deleted' ? undefined : merged(before, entry) })
  }
  for (const [object, history] of histories) {
    const rows = new Map<string, readonly Timed<unknown>[]>()
    series.set(object, rows)
    rows.set('exists', distinct(history.map(({ ms, fields }) => [ms, fields !== undefined] as const)))
    const names = new Set(history.flatMap(({ fields }) => Object.keys(fields ?? {})))
    for (const name of names) {
      if (name === 'conditions') continue
      const samples = history
        .filter(({ fields }) => fields && name in fields)
        .map(({ ms, fields }) => [ms, anonymousDeep(fields![name])] as const)
      if (name === 'desired' && object.startsWith('ReplicaSet/')) {
        rows.set('desiredSettled', settled(samples))
        rows.set(name, withoutLead(distinct(samples)))
      } else rows.set(name, withoutLead(settled(samples)))
    }
    const types = new Set(history.flatMap(({ fields }) => conditionsOf(fields).map(([type]) => type)))
    for (const type of types) {
      const samples = history
        .filter(({ fields }) => fields)
        .map(
          ({ ms, fields }) =>
            [
              ms,
              conditionsOf(fields)
                .find((condition) => condition[0] === type)
                ?.slice(1) ?? null,
            ] as const,
        )
        .map(([ms, value]) => [ms, anonymousDeep(value)] as const)
      rows.set(`condition ${type}`, withoutLead(distinct(samples)))
    }
    for (const [name, values] of rows) if (values.length === 0) rows.delete(name)
  }
  series.set('Nodes/all', countNodes(entries))
  return series
}

const hasTaint = (effect: string) => (node: Fields) =>
  ((node['taints'] ?? []) as readonly string[]).some((taint) => taint.endsWith(`:${effect}`))
const NODE_COUNTS: Readonly<Record<string, (node: Fields) => boolean>> = {
  'not Ready': (node) => conditionsOf(node).some(([type, status]) => type === 'Ready' && status !== 'True'),
  'with NoSchedule taint': hasTaint('NoSchedule'),
  'with NoExecute taint': hasTaint('NoExecute'),
}

/** How many nodes are in trouble, after each burst. */
function countNodes(entries: readonly Entry[]): Map<string, readonly Timed<unknown>[]> {
  const nodes = new Map<string, Fields>()
  const samples = new Map<string, Timed<number>[]>()
  for (const entry of entries) {
    const { kind, name = '', change, ms } = entry
    if (kind !== 'Node') continue
    if (change === 'deleted') nodes.delete(name)
    else nodes.set(name, merged(change === 'added' ? {} : (nodes.get(name) ?? {}), entry))
    for (const [what, is] of Object.entries(NODE_COUNTS))
      append(samples, what, [Math.max(0, ms), [...nodes.values()].filter((node) => is(node)).length])
  }
  return new Map([...samples].map(([what, list]) => [what, withoutLead(settled(list))]))
}

const conditionsOf = (fields: Fields | undefined): readonly ConditionFields[] =>
  (fields?.['conditions'] as readonly ConditionFields[] | undefined) ?? []

function merged(before: Fields, entry: Entry): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...before }
  for (const [name, value] of Object.entries(entry)) {
    if (ENTRY_KEYS.has(name)) continue
    fields[name] = value
  }
  return fields
}

// Scale -------------------------------------------------------------------------------------------------------------

function reduceScale(entries: readonly Entry[]): Reduction['scale'] {
  const scale = new Map<string, Timed<readonly [string, number]>[]>()
  for (const { kind, name = '', change, ms, desired } of entries) {
    if (kind !== 'ReplicaSet' || change === 'deleted' || typeof desired !== 'number') continue
    const deployment = /^(.*)-rs\d+$/.exec(name)?.[1]
    if (deployment !== undefined) append(scale, deployment, [ms, [name, desired]])
  }
  return scale
}

// Pods --------------------------------------------------------------------------------------------------------------

interface PodNow {
  readonly group: string | undefined
  readonly fields: Fields
}

const isFinished = ({ phase }: Fields): boolean => phase === 'Succeeded' || phase === 'Failed'

function countPods(pods: Iterable<PodNow>): PodCounts {
  const counts: [number, number, number, number, number] = [0, 0, 0, 0, 0]
  for (const { fields } of pods) {
    counts[0] += 1
    if (fields['deletion'] === true) counts[2] += 1
    else {
      if (fields['ready'] === true) counts[1] += 1
      if (fields['phase'] === 'Succeeded') counts[3] += 1
      if (fields['phase'] === 'Failed') counts[4] += 1
    }
  }
  return counts
}

const activePods = (pods: readonly PodNow[]): number =>
  pods.filter(({ fields }) => fields['deletion'] !== true && !isFinished(fields)).length
const readyPods = (pods: readonly PodNow[]): number =>
  pods.filter(({ fields }) => fields['deletion'] !== true && fields['ready'] === true).length

/** A set of a Deployment stands for it. */
function topOf(group: string, entriesOwners: ReadonlyMap<string, string>): string {
  let top = group
  for (let owner = entriesOwners.get(top); owner !== undefined; owner = entriesOwners.get(top)) top = owner
  return top
}

function reducePods(
  entries: readonly Entry[],
  stepsAt: readonly number[],
  slackMs: number,
): Pick<Reduction, 'counts' | 'pods' | 'bounds' | 'boundsWithin' | 'boundsAround'> & { readonly last: ReadonlyMap<string, PodNow> } {
  const now = new Map<string, PodNow>()
  const samples = new Map<string, Timed<PodCounts>[]>()
  const lives = new Map<string, Timed<string>[]>()
  const owners = new Map<string, string>()
  const topSamples = new Map<string, { ms: number; pods: number; active: number; ready: number }[]>()
  for (const entry of entries) {
    if (entry.kind === 'Pod') {
      const name = entry.name ?? ''
      const before = now.get(name)
      const fields = merged(entry.change === 'added' ? {} : (before?.fields ?? {}), entry)
      // An orphan still stands for the set that made it.
      const group = (fields['owner'] as string | null | undefined) ?? (entry.change === 'added' ? undefined : before?.group)
      if (entry.change === 'deleted') now.delete(name)
      else now.set(name, { group, fields })
      if (!isGenerated(name))
        for (const line of life(entry, lives.get(name)?.some(([, earlier]) => earlier.startsWith('disruption ')) ?? false))
          append(lives, name, [entry.ms, line])
      for (const touched of new Set([before?.group, group])) {
        if (touched === undefined) continue
        append(samples, touched, [entry.ms, countPods([...now.values()].filter((pod) => pod.group === touched))])
        const top = topOf(touched, owners)
        const own = [...now.values()].filter((pod) => pod.group !== undefined && topOf(pod.group, owners) === top)
        append(topSamples, top, { ms: entry.ms, pods: own.length, active: activePods(own), ready: readyPods(own) })
      }
    } else if (entry['owners'] !== undefined && entry['owners'] !== null) {
      const controller = (entry['owners'] as readonly (readonly [string, string, boolean, boolean])[]).find(
        ([kind, , isController]) => isController && kind === 'Deployment',
      )
      if (controller) owners.set(`${entry.kind}/${entry.name}`, `${controller[0]}/${controller[1]}`)
    }
  }
  /** Of each interval from so long after its step to so long before the next one. */
  const boundsOf = (cutMs: number): BoundsByTop => {
    const bounds = new Map<string, (Bounds | null)[]>()
    for (const [top, rows] of topSamples)
      bounds.set(
        top,
        stepsAt.map((stepAt, index) => {
          const [from, until] = [stepAt + cutMs, (stepsAt[index + 1] ?? Infinity) - cutMs]
          if (from >= until) return null
          const before = rows.findLast(({ ms }) => ms < from)
          const within = rows.filter(({ ms }) => ms >= from && ms < until)
          const all = before ? [before, ...within] : within
          if (all.length === 0) return null
          const range = (value: (row: (typeof all)[number]) => number): readonly [number, number] => [
            Math.min(...all.map(value)),
            Math.max(...all.map(value)),
          ]
          return { pods: range(({ pods }) => pods), active: range(({ active }) => active), ready: range(({ ready }) => ready) }
        }),
      )
    return bounds
  }
  return {
    counts: new Map([...samples].map(([group, rows]) => [group, settled(distinct(rows))])),
    pods: lives,
    bounds: boundsOf(0),
    boundsWithin: boundsOf(slackMs),
    boundsAround: boundsOf(-slackMs),
    last: now,
  }
}

/** What an entry adds to the life of a Pod that has a name of its own. */
function life(entry: Entry, wasDisrupted: boolean): readonly string[] {
  if (entry.change === 'deleted') return ['deleted']
  const lines: string[] = []
  const pair = (value: unknown): string => (value as readonly [string, string]).join(': ')
  if (entry.change === 'added') lines.push('created')
  if (entry['unscheduled']) lines.push(`unscheduled ${pair(entry['unscheduled'])}`)
  if (entry['node']) lines.push(`scheduled ${entry['node'] as string}`)
  if (entry['nominated']) lines.push(`nominated ${entry['nominated'] as string}`)
  if (entry.change === 'modified' && entry['owner'] !== undefined)
    lines.push(`owner ${(entry['owner'] as string | null) ?? 'None'}`)
  // A second reason for the same condition is no second disruption.
  if (entry['disruption'] && !wasDisrupted) lines.push(`disruption ${pair(entry['disruption'])}`)
  if (entry['deletion'] === true) lines.push('terminating')
  if (entry['ready'] === true) lines.push('ready')
  if (entry['ready'] === false && entry.change === 'modified') lines.push('unready')
  if (entry['phase'] === 'Succeeded' || entry['phase'] === 'Failed') lines.push(entry['phase'])
  return lines
}

// Events ------------------------------------------------------------------------------------------------------------

function reduceEvents(entries: readonly Entry[], groups: ReadonlyMap<string, string>): Pick<Reduction, 'events' | 'podEvents'> {
  const rowsOf = new Map<string, { -readonly [Key in keyof EventRow]: EventRow[Key] }[]>()
  /** Event objects, each with the row that it is counted in. */
  const known: {
    readonly id: unknown
    readonly involved: string
    readonly row: { count: number; readonly reason: string }
    count: number
  }[] = []
  for (const entry of entries) {
    if (entry.kind !== 'Event' || entry.change === 'deleted') continue
    const involved = entry['involved'] as string
    const count = (entry['count'] as number | undefined) ?? 1
    if (entry.change === 'modified') {
      // A recording's own log does not say which event object was counted up.
      const event =
        known.find(({ id }) => id !== undefined && id === entry['id']) ??
        known.findLast(
          (candidate) =>
            candidate.involved === involved && candidate.row.reason === entry['reason'] && candidate.count === count - 1,
        )
      if (!event) continue
      event.row.count += count - event.count
      event.count = count
      continue
    }
    const { type, reason, component, message } = entry as unknown as EventRow
    const rows = rowsOf.get(involved) ?? []
    rowsOf.set(involved, rows)
    let row = rows.at(-1)
    if (row?.reason === reason && row.message === anonymous(message) && row.type === type && row.component === component)
      row.count += count
    else rows.push((row = { ms: entry.ms, type, reason, message: anonymous(message), component, count }))
    known.push({ id: entry['id'], involved, row, count })
  }
  const events = new Map<string, readonly EventRow[]>()
  const byGroup = new Map<string, PodEventSequence[]>()
  for (const [involved, rows] of rowsOf) {
    const pod = involved.startsWith('Pod/') ? involved.slice(4) : ''
    if (isGenerated(pod))
      append(
        byGroup,
        groups.get(pod) ?? '',
        rows.map(({ type, reason, message }) => [type, reason, message] as const),
      )
    else events.set(involved, rows)
  }
  const podEvents = new Map<string, (readonly [number, PodEventSequence])[]>()
  for (const [group, sequences] of byGroup) {
    const counted = new Map<string, [number, PodEventSequence]>()
    for (const sequence of sequences) {
      const key = JSON.stringify(sequence)
      const row = counted.get(key)
      if (row) row[0] += 1
      else counted.set(key, [1, sequence])
    }
    podEvents.set(group, [...counted.values()])
  }
  return { events, podEvents }
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)

/** What of a Pod is worth comparing at the end. */
function podEnd({ owner, phase, ready, deletion, disruption, node, unscheduled, nominated }: Fields): Record<string, unknown> {
  const isSet = (value: unknown): unknown => (value === false ? null : value)
  return { owner, phase, ready: isSet(ready), deletion: isSet(deletion), disruption, node, unscheduled, nominated }
}

// Final -------------------------------------------------------------------------------------------------------------

function reduceFinal(
  entries: readonly Entry[],
  counts: Reduction['counts'],
  last: ReadonlyMap<string, PodNow>,
): Reduction['final'] {
  const final = new Map<string, Record<string, unknown>>()
  for (const entry of entries) {
    if (entry.kind === 'Pod' || entry.kind === 'Event') continue
    const object = `${entry.kind}/${entry.name}`
    if (entry.change === 'deleted') final.delete(object)
    else final.set(object, merged(entry.change === 'added' ? {} : (final.get(object) ?? {}), entry))
  }
  for (const [group] of counts) {
    const [pods, ready, terminating, succeeded, failed] = countPods([...last.values()].filter((pod) => pod.group === group))
    final.set(`pods of ${group}`, { pods, ready, terminating, succeeded, failed })
  }
  for (const [name, { fields }] of last) if (!isGenerated(name)) final.set(`Pod/${name}`, podEnd(fields))
  for (const [object, fields] of final)
    final.set(object, Object.fromEntries(Object.entries(fields).filter(([, value]) => !isNothing(value))))
  return final
}

/** `stepsAt`: when each step began, for the bounds; `slackMs`: how far an entry may lie on the wrong side. Entries are in the order of their times. */
export function reduce(entries: readonly Entry[], stepsAt: readonly number[], slackMs = 0): Reduction {
  const { last, ...ofPods } = reducePods(entries, stepsAt, slackMs)
  const groups = new Map<string, string>()
  for (const { kind, name = '', owner } of entries)
    if (kind === 'Pod' && typeof owner === 'string' && !groups.has(name)) groups.set(name, owner)
  return {
    scale: reduceScale(entries),
    ...ofPods,
    ...reduceEvents(entries, groups),
    series: reduceSeries(entries),
    final: reduceFinal(entries, ofPods.counts, last),
  }
}
