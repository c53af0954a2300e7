import type { Millis } from '../../kernel/time.ts'
import type { ApiSchema } from '../api/schema.ts'
import type { ContainerStatus, Event, Node, Pod } from '../api/types.ts'
import type {
  KubeletRecording,
  RecordedContainer,
  RecordedEvent,
  RecordedProbe,
  RecordedState,
  RecordedTime,
} from './kubelet-case.ts'
import { type KubeletPlay, playOnNode, SECOND_START } from './kubelet-play.ts'

/** A slow watcher may miss states that are followed by another one so soon. */
const MISSED_MS = 1000
const ORIENTATION_MS = 1500

export interface KubeletPlayOptions {
  readonly schema: ApiSchema
  /** One play each; the first that agrees counts, else the one that differs least. */
  readonly seeds?: readonly number[]
  /** Other recordings of the same node, by name. */
  readonly find?: (name: string) => KubeletRecording | undefined
}

/**
 * Where the ticks of relists and work queue fall and how long jitter makes a back-off is chance: a recording is one draw of it. So a
 * recording is played with a few seeds, of which one has to agree in everything.
 */
const SEEDS: readonly number[] = [7, ...Array.from({ length: 40 }, (_, index) => index + 1)]

/** Plays a recording of the real kubelet and tells what differs, in words; empty: it passed. */
export function playKubeletRecording(recording: KubeletRecording, { schema, seeds = SEEDS, find }: KubeletPlayOptions): string[] {
  let best: string[] | undefined
  for (const seed of seeds) {
    const differences = compareKubeletPlay(recording, playOnNode(recording, { schema, seed, ...(find ? { find } : {}) }))
    if (differences.length === 0) return []
    if (best === undefined || differences.length < best.length) best = differences
  }
  return best ?? []
}

/** Compares what a play showed with what the real kubelet did. */
export function compareKubeletPlay(recording: KubeletRecording, play: KubeletPlay): string[] {
  const { expect } = recording
  const normalise = normaliser(play)
  if (!recording.script) return compareNodeAlone(recording, play, normalise)
  if (!expect) return ['the recording expects nothing']
  return [
    ...compareStates(recording, shownStates(play, normalise)),
    ...compareEvents(recording, play, normalise),
    ...compareRuntime(recording, play),
    ...(expect.times ?? []).flatMap((time) => compareTime(time, play)),
    ...(expect.probes ?? []).flatMap((probe) => compareProbe(recording, probe, play)),
    ...compareNode(recording, play, normalise),
  ]
}

type Normalise = (text: string) => string

function normaliser(play: KubeletPlay): Normalise {
  const addresses = new Set<string>()
  for (const { pod } of play.versions)
    if (pod?.status?.podIP && pod.status.podIP !== play.hostAddress) addresses.add(pod.status.podIP)
  return (text) => {
    let out = text
    for (const { pod } of play.versions) {
      if (pod?.metadata.uid && out.includes(pod.metadata.uid)) out = out.replaceAll(pod.metadata.uid, '⟨uid⟩')
    }
    for (const address of addresses) out = out.replaceAll(new RegExp(`${address.replaceAll('.', '\\.')}(?!\\d)`, 'g'), '⟨podIP⟩')
    out = out.replaceAll(/_default\([0-9a-f]{32}\)/g, '_default(⟨hash⟩)')
    out = out.replaceAll(/10\.244\.\d+\.\d+/g, '⟨podIP⟩')
    out = out.replaceAll(play.hostAddress, '⟨hostIP⟩')
    out = out.replace(/ in [\d.a-zµ]+ \([\d.a-zµ]+ including waiting\)/, ' in ⟨duration⟩ (⟨duration⟩ including waiting)')
    return out
  }
}

// States -----------------------------------------------------------------------------------------------------------------

interface ShownState {
  readonly at: Millis
  readonly text: string
}

function containerBrief(status: ContainerStatus, kind: 'init' | 'app' | 'ephemeral', normalise: Normalise): RecordedContainer {
  const { running, terminated, waiting } = status.state ?? {}
  const state = running ? 'running' : terminated ? 'terminated' : 'waiting'
  const message = waiting?.message ?? terminated?.message
  const reason = waiting?.reason ?? terminated?.reason
  const last = status.lastState?.terminated
  return {
    name: status.name,
    ...(kind === 'init' ? { init: true } : kind === 'ephemeral' ? { ephemeral: true } : {}),
    state,
    ...(reason ? { reason } : {}),
    ...(terminated ? { exitCode: terminated.exitCode } : {}),
    ...(message ? { message: normalise(message) } : {}),
    ready: status.ready,
    ...(status.started === undefined ? {} : { started: status.started }),
    restartCount: status.restartCount,
    ...(last ? { last: { ...(last.reason === undefined ? {} : { reason: last.reason }), exitCode: last.exitCode } } : {}),
  }
}

function briefOf(pod: Pod | undefined, normalise: Normalise): RecordedState {
  if (!pod) return { gone: true }
  const { status = {}, metadata } = pod
  const conditions: Record<string, string> = {}
  for (const { type, status: value, reason } of status.conditions ?? []) conditions[type] = reason ? `${value} ${reason}` : value
  return {
    phase: status.phase ?? 'Pending',
    ...(status.reason ? { reason: status.reason } : {}),
    ...(status.message ? { message: normalise(status.message) } : {}),
    conditions,
    containers: [
      ...(status.initContainerStatuses ?? []).map((container) => containerBrief(container, 'init', normalise)),
      ...(status.containerStatuses ?? []).map((container) => containerBrief(container, 'app', normalise)),
      ...(status.ephemeralContainerStatuses ?? []).map((container) => containerBrief(container, 'ephemeral', normalise)),
    ],
    ...(metadata.deletionTimestamp ? { deleting: true } : {}),
  }
}

const containerText = (container: RecordedContainer): string => {
  const { name, state, reason, exitCode, message, ready, started, restartCount, last, init, ephemeral } = container
  return [
    `${init ? 'init ' : ephemeral ? 'ephemeral ' : ''}${name}:`,
    `${state}${reason ? `/${reason}` : ''}${exitCode === undefined ? '' : `/${exitCode}`}`,
    message ? `{${message}}` : '',
    ready ? 'ready' : '',
    started === undefined ? '' : started ? 'started' : 'not-started',
    `#${restartCount}`,
    last ? `last=${last.reason}/${last.exitCode}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** A state as one line that a person can read and a test can compare. */
function stateText(state: RecordedState): string {
  if (state.gone) return 'GONE'
  const conditions = Object.entries(state.conditions ?? {}).map(([type, value]) => `${type}=${value}`)
  return [
    state.phase,
    state.reason ? `(${state.reason}: ${state.message ?? ''})` : '',
    conditions.join(' '),
    `[${(state.containers ?? []).map(containerText).join('; ')}]`,
    state.deleting ? 'deleting' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function shownStates(play: KubeletPlay, normalise: Normalise): readonly ShownState[] {
  const shown: ShownState[] = []
  for (const { at, pod } of play.versions) {
    const text = stateText(briefOf(pod, normalise))
    if (shown.at(-1)?.text !== text) shown.push({ at, text })
  }
  return shown
}

function compareStates({ expect, racy }: KubeletRecording, shown: readonly ShownState[]): string[] {
  const differences: string[] = []
  const variants = new Set((racy?.states ?? []).flat().map(stateText))
  const expected = (expect?.states ?? []).map((state) => ({ text: stateText(state), optional: state.seen !== undefined }))
  const matched = new Set<number>()
  let from = 0
  for (const { text, optional } of expected) {
    let index = from
    while (index < shown.length && shown[index]!.text !== text) index += 1
    if (index >= shown.length) {
      if (!optional) differences.push(`state not shown: ${text}`)
      continue
    }
    matched.add(index)
    from = index + 1
  }
  if (differences.length > 0) {
    differences.push(...shown.map(({ at, text }, index) => `  shown ${matched.has(index) ? '=' : ' '} ${at} ${text}`))
    return differences
  }
  shown.forEach(({ at, text }, index) => {
    if (matched.has(index) || variants.has(text)) return
    const next = shown[index + 1]
    const previous = shown[index - 1]
    const isBrief = (next !== undefined && next.at - at <= MISSED_MS) || (previous !== undefined && at - previous.at <= MISSED_MS)
    if (!isBrief) differences.push(`state that the real one did not show, at ${at}: ${text}`)
  })
  return differences
}

// Events -----------------------------------------------------------------------------------------------------------------

const CONTAINER_FIELD = /^spec\.(?:containers|initContainers|ephemeralContainers)\{(.*)\}$/

const eventKey = ({ reason, type, message, container, from }: RecordedEvent): string =>
  `${from}: ${type} ${reason}${container ? ` [${container}]` : ''} ${message}`

function eventOf(event: Event, normalise: Normalise): RecordedEvent {
  const container = CONTAINER_FIELD.exec(event.involvedObject.fieldPath ?? '')?.[1]
  return {
    reason: event.reason ?? '',
    type: event.type ?? '',
    message: normalise(event.message ?? ''),
    ...(container === undefined ? {} : { container }),
    from: event.source?.component || event.reportingComponent || '',
  }
}

function compareEvents({ expect, racy }: KubeletRecording, play: KubeletPlay, normalise: Normalise): string[] {
  const differences: string[] = []
  // As the recorder saw it: one entry for each text, with the count that was written last.
  const byKey = new Map<string, { at: Millis; count: number; key: string; matched: boolean }>()
  for (const { at, event } of play.events) {
    const key = eventKey(eventOf(event, normalise))
    byKey.set(key, { at: byKey.get(key)?.at ?? at, count: event.count ?? event.series?.count ?? 1, key, matched: false })
  }
  const shown = [...byKey.values()]
  const ordered = expect?.events ?? []
  const whole = [...ordered, ...(expect?.eventsInAnyOrder ?? [])]
  let last = -1
  whole.forEach((event, position) => {
    const key = eventKey(event)
    const index = shown.findIndex((candidate) => !candidate.matched && candidate.key === key)
    const { min, max } = typeof event.count === 'object' ? event.count : { min: event.count ?? 1, max: event.count ?? 1 }
    const found = shown[index]
    if (!found) {
      if (min > 0) differences.push(`event not recorded: ${key}`)
      return
    }
    found.matched = true
    if (found.count < min || found.count > max)
      differences.push(`event recorded ${found.count} times, not ${min === max ? min : `${min} to ${max}`}: ${key}`)
    if (position >= ordered.length) return
    if (index < last) differences.push(`event recorded too early, at ${found.at}: ${key}`)
    last = Math.max(last, index)
  })
  const variants = new Set((racy?.events ?? []).flat().map(eventKey))
  for (const { at, key, matched } of shown)
    if (!matched && !variants.has(key)) differences.push(`event that the real one did not record, at ${at}: ${key}`)
  return differences
}

// Runtime ----------------------------------------------------------------------------------------------------------------

const isCollection = (call: string): boolean => call.startsWith('RemoveContainer') || call.startsWith('RemovePodSandbox')
const isStop = (call: string): boolean => /^(StopContainer|Exited)/.test(call)
const subjectOf = (call: string): string => call.split(' ')[1] ?? ''

/** Containers that stop together stop side by side: within one run of such calls only each container's own order counts. */
function inCanonicalOrder(calls: readonly string[]): readonly string[] {
  const out: string[] = []
  let run: string[] = []
  const flush = (): void => {
    const bySubject = new Map<string, string[]>()
    for (const call of run) bySubject.set(subjectOf(call), [...(bySubject.get(subjectOf(call)) ?? []), call])
    for (const subject of [...bySubject.keys()].sort()) out.push(...bySubject.get(subject)!)
    run = []
  }
  for (const call of calls) {
    if (isStop(call)) run.push(call)
    else {
      flush()
      out.push(call)
    }
  }
  flush()
  return out
}

function compareRuntime({ expect, racy }: KubeletRecording, play: KubeletPlay): string[] {
  const optional = (racy?.runtime ?? []).flat()
  const expected = expect?.runtime ?? []
  // A sandbox is stopped once more before it is collected, whenever that comes.
  const isCollected = (index: number): boolean =>
    play.calls[index]!.text.startsWith('StopPodSandbox') && (play.calls[index + 1]?.text.startsWith('RemovePodSandbox') ?? false)
  const texts = play.calls.map(({ text }) => text)
  const shown = texts.filter((call) => !isCollection(call))
  const shownBefore = texts.filter((call, index) => !isCollection(call) && !isCollected(index))
  const attempt = (calls: readonly string[], wanted: readonly string[]): boolean => {
    // The recording's calls in their order; what only some plays did may be there or not.
    let index = 0
    const spare = optional.slice()
    for (const call of calls) {
      if (call === wanted[index]) {
        index += 1
        continue
      }
      const at = spare.indexOf(call)
      if (at < 0) return false
      spare.splice(at, 1)
    }
    return index === wanted.length
  }
  const withoutRepeats = (calls: readonly string[]): readonly string[] =>
    calls.filter((call) => !call.startsWith('StopPodSandbox'))
  const isStopped = (calls: readonly string[]): boolean => calls.some((call) => call.startsWith('StopPodSandbox'))
  // How often a sandbox that has been stopped is stopped again depends on when the garbage collector comes by.
  if (
    isStopped(shown) === isStopped(expected) &&
    attempt(inCanonicalOrder(withoutRepeats(shown)), inCanonicalOrder(withoutRepeats(expected)))
  )
    return []
  for (const calls of [shown, shownBefore])
    if (attempt(calls, expected) || attempt(inCanonicalOrder(calls), inCanonicalOrder(expected))) return []
  return [`calls to the runtime differ:`, `  real  ${expected.join(', ')}`, `  shown ${shown.join(', ')}`]
}

// Times ------------------------------------------------------------------------------------------------------------------

function momentOf(text: string, play: KubeletPlay, after: Millis): Millis | undefined {
  if (text === 'bound') return 0
  if (text === 'gone') return play.versions.find(({ at, pod }) => at >= after && pod === undefined)?.at
  const done = /^(?:delete|evict) pod at (\d+)$/.exec(text)
  if (done) return Number(done[1])
  const mount = /^FailedMount (\S+) \((\d+)\)$/.exec(text)
  if (mount) {
    const times = play.events
      .filter(({ event }) => event.reason === 'FailedMount' && event.message?.includes(`volume "${mount[1]}"`))
      .map(({ at }) => at)
    return times[Number(mount[2]) - 1]
  }
  const pull = /^(PullImage(?:Done)? .*) \((\d+)\)$/.exec(text)
  if (pull) return play.calls.filter((call) => call.text === pull[1])[Number(pull[2]) - 1]?.at
  const isPrefix = /^StopContainer\(\d+\)$/.test(text)
  const call = play.calls.find(
    (candidate) =>
      candidate.at >= after &&
      (candidate.text === text || candidate.text.startsWith(`${text} `) || (isPrefix && candidate.text.startsWith(text))),
  )
  if (call) return call.at
  return play.probes.find(({ at, probe }) => at >= after && probe.endsWith(` ${text}`))?.at
}

function compareTime({ what, from, to, ms, constantMs, toleranceMs }: RecordedTime, play: KubeletPlay): string[] {
  if (what === 'status lag' || what === 'hook') return []
  const start = momentOf(from, play, -Infinity)
  const end = start === undefined ? undefined : momentOf(to, play, start)
  if (start === undefined || end === undefined) {
    // What was not counted here cannot be compared: probes are only watched where the recording counts them.
    return what === 'first probe' && play.probes.length === 0
      ? []
      : [`moment not found: ${what}, ${start === undefined ? from : to}`]
  }
  const took = end - start
  if (constantMs !== undefined && toleranceMs) {
    const [below, above] = toleranceMs
    return took < constantMs - below || took > constantMs + above
      ? [`${what} from ${from} to ${to} took ${took} ms, not ${constantMs}`]
      : []
  }
  if (what === 'first probe' || what === 'restart') return []
  const low = Math.min(...ms) - ORIENTATION_MS
  const high = Math.max(...ms) + ORIENTATION_MS
  return took < low || took > high ? [`${what} from ${from} to ${to} took ${took} ms, not ${ms.join(' or ')}`] : []
}

function compareProbe(recording: KubeletRecording, { probe, count, gapMs }: RecordedProbe, play: KubeletPlay): string[] {
  const times = play.probes.filter((shown) => shown.probe === probe).map(({ at }) => at)
  const differences: string[] = []
  const isRacy = (recording.racy?.runtime ?? []).flat().some((call) => call.includes(`${probe.split(' ')[0]}`))
  if (!isRacy && (times.length < Math.min(...count) - 1 || times.length > Math.max(...count) + 1))
    differences.push(`probe ${probe} ran ${times.length} times, not ${count.join(' or ')}`)
  if (gapMs && times.length > 3) {
    const gaps = times.slice(1).map((at, index) => at - times[index]!)
    const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)]!
    const wanted = gapMs.median[0]!
    if (Math.abs(median - wanted) > 250) differences.push(`probe ${probe} ran every ${median} ms, not ${wanted}`)
  }
  return differences
}

// Node -------------------------------------------------------------------------------------------------------------------

function compareNode({ expect }: KubeletRecording, play: KubeletPlay, normalise: Normalise): string[] {
  const differences: string[] = []
  const events = play.nodeEvents.map(({ at, event }) => ({ at, ...eventOf(event, normalise) })).filter(({ at }) => at >= 0)
  let last = -1
  const seen = new Set<string>()
  for (const wanted of expect?.nodeEvents ?? []) {
    // Who watches the node, and garbage collection that fails with the runtime, are others' business; repetitions only count.
    if (wanted.from !== 'kubelet' || wanted.reason === 'ContainerGCFailed' || seen.has(wanted.message)) continue
    seen.add(wanted.message)
    const index = events.findIndex(({ reason, message }) => reason === wanted.reason && message === wanted.message)
    if (index < 0 || index < last)
      differences.push(
        `node event ${index < 0 ? 'not recorded' : 'recorded too early'}: ${wanted.reason} ${wanted.message}; shown ${events.map(({ at, reason }) => `${at} ${reason}`).join(', ')}`,
      )
    last = Math.max(last, index)
  }
  const conditionsOf = (node: Node): readonly string[] =>
    (node.status?.conditions ?? []).map(({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`)
  let version = 0
  for (const change of (expect?.node ?? []) as readonly {
    conditions?: readonly { type: string; status: string; reason: string; message: string }[]
  }[]) {
    for (const { type, status, reason, message } of change.conditions ?? []) {
      const text = `${type} ${status} ${reason} ${message}`
      const index = play.nodeVersions.findIndex(
        ({ node, at }, position) => position >= version && at >= 0 && conditionsOf(node).includes(text),
      )
      if (index < 0) differences.push(`node condition not shown: ${text}`)
      else version = index
    }
  }
  return differences
}

/** Recordings without a Pod: what a kubelet says of its node when it starts, and how often it reports. */
function compareNodeAlone(
  { name, expect, leaseGapMs, statusWriteGapSeconds }: KubeletRecording,
  play: KubeletPlay,
  normalise: Normalise,
): string[] {
  const differences: string[] = []
  const since = name === SECOND_START ? 0 : -Infinity
  const shown = play.nodeEvents
    .filter(({ at }) => at >= since)
    .map(({ event }) => ({ ...eventOf(event, normalise), count: event.count ?? 1 }))
    .filter(({ from, reason }) => from === 'kubelet' && reason !== 'NodeAllocatableEnforced')
  const wanted = (expect?.events ?? []).filter(({ from }) => from === 'kubelet')
  wanted.forEach(({ reason, message, count }, index) => {
    const there = shown[index]
    if (there?.reason !== reason || there.message !== message || (typeof count === 'number' && there.count !== count))
      differences.push(
        `node event ${index}: ${there ? `${there.reason} (${there.count})` : 'none'}, not ${reason} (${typeof count === 'number' ? count : 'any'})`,
      )
  })
  const gapsOf = (times: readonly Millis[]): readonly number[] =>
    times
      .slice(1)
      .map((at, index) => at - times[index]!)
      .sort((a, b) => a - b)
  const compareSpread = (
    what: string,
    gaps: readonly number[],
    { p10, p90, min, max }: { p10: number; p90: number; min: number; max: number },
  ): void => {
    const median = gaps[Math.floor(gaps.length / 2)]
    if (median === undefined || median < p10 || median > p90)
      differences.push(`${what}: median gap ${median}, not between ${p10} and ${p90}`)
    if (gaps.length > 0 && (gaps[0]! < min || gaps.at(-1)! > max))
      differences.push(`${what}: gaps from ${gaps[0]} to ${gaps.at(-1)}, not between ${min} and ${max}`)
  }
  if (leaseGapMs) compareSpread('Lease', gapsOf(play.renewals.filter((at) => at >= 0)), leaseGapMs)
  if (statusWriteGapSeconds) {
    const writes = play.nodeVersions.map(({ at, node }) => ({
      at,
      beat: node.status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime,
    }))
    const times = writes
      .filter(({ at, beat }, index) => at >= 0 && beat !== writes[index - 1]?.beat)
      .map(({ at }) => Math.round(at / 1000))
    compareSpread('node status', gapsOf(times), statusWriteGapSeconds)
  }
  if (wanted.length === 0 && !leaseGapMs) differences.push('the recording expects nothing')
  return differences
}
