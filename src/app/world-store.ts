/**
 * The latest frame of each world, normalised: a map a kind, arrays of names whose identity changes only when their members change. Components
 * subscribe to the one object that they draw. Frames are the only way in; nothing here asks the engine for anything.
 */
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import { createStore, useStore } from 'zustand'
import type {
  BranchView,
  ComponentView,
  EventView,
  FaultView,
  Frame,
  GoalView,
  Keyed,
  NodeView,
  PodView,
  ServiceView,
  TerminalChunk,
  TimelineMark,
  TrafficPoint,
  WorkloadView,
} from '../engine/protocol.ts'
import type { Millis } from '../sim/kernel/time.ts'
import { SharedMap } from './shared-map.ts'
import { Watchers } from './watchers.ts'

export type WorldName = Frame['world']

export interface World {
  readonly branch: string
  readonly now: Millis
  readonly tick: number
  readonly unixMs: number
  readonly digest: string
  readonly revision: number
  readonly seed: number
  readonly playing: boolean
  readonly speed: number
  readonly end: Millis
  readonly pods: ReadonlyMap<string, PodView>
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly services: ReadonlyMap<string, ServiceView>
  readonly workloads: ReadonlyMap<string, WorkloadView>
  readonly events: SharedMap<EventView>
  /** How many of the events are warnings. */
  readonly warnings: number
  readonly components: readonly ComponentView[]
  readonly faults: readonly FaultView[]
  readonly namespaces: readonly string[]
  readonly marks: readonly TimelineMark[]
  readonly goals: readonly GoalView[]
  readonly branches: readonly BranchView[]
  readonly terminal: readonly TerminalChunk[]
  readonly traffic: readonly TrafficPoint[]
  readonly nodeNames: readonly string[]
  readonly serviceIds: readonly string[]
  /** Pods by the node that their record names, oldest first. */
  readonly podsByNode: ReadonlyMap<string, readonly string[]>
  /** Pods by the host that truly runs them, oldest first. */
  readonly podsByHost: ReadonlyMap<string, readonly string[]>
  /** Pods without a node, oldest first. */
  readonly waiting: readonly string[]
  /** Counts the full frames: a new number means that the picture jumped (opened, sought, switched) and nothing should be animated. */
  readonly epoch: number
  readonly loaded: boolean
}

const noIds: readonly string[] = []

export const emptyWorld: World = {
  branch: '',
  now: 0,
  tick: 0,
  unixMs: 0,
  digest: '',
  revision: 0,
  seed: 0,
  playing: false,
  speed: 1,
  end: 0,
  pods: new Map(),
  nodes: new Map(),
  services: new Map(),
  workloads: new Map(),
  events: SharedMap.empty(),
  warnings: 0,
  components: [],
  faults: [],
  namespaces: [],
  marks: [],
  goals: [],
  branches: [],
  terminal: [],
  traffic: [],
  nodeNames: noIds,
  serviceIds: noIds,
  podsByNode: new Map(),
  podsByHost: new Map(),
  waiting: noIds,
  epoch: 0,
  loaded: false,
}

/** Longest history that the page keeps of what comes as increments. */
const KEEP_TRAFFIC = 3000
const KEEP_TERMINAL = 2000

const workloadId = ({ key }: WorkloadView): string => `${key.resource}/${key.namespace}/${key.name}`

function merged<View>(
  old: ReadonlyMap<string, View>,
  change: Keyed<View>,
  full: boolean,
  idOf: (view: View) => string,
): ReadonlyMap<string, View> {
  if (!full && change.changed.length === 0 && change.removed.length === 0) return old
  const next = new Map(full ? [] : old)
  for (const id of change.removed) next.delete(id)
  for (const view of change.changed) next.set(idOf(view), view)
  return next
}

const sameIds = (a: readonly string[] | undefined, b: readonly string[]): a is readonly string[] =>
  a?.length === b.length && a.every((id, index) => id === b[index])

const keepIds = (old: readonly string[] | undefined, next: readonly string[]): readonly string[] =>
  sameIds(old, next) ? old : next

const byAge = (a: PodView, b: PodView): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

interface PodsChange {
  readonly before: ReadonlyMap<string, PodView>
  readonly after: ReadonlyMap<string, PodView>
  /** Those that may have come, gone or moved. */
  readonly ids: Iterable<string>
}

/** Pods by place, oldest first; only the groups are made anew that a Pod has left or entered. */
function regrouped(
  old: ReadonlyMap<string, readonly string[]>,
  { before, after, ids }: PodsChange,
  placeOf: (pod: PodView) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, Set<string>>()
  const groupAt = (place: string): Set<string> => {
    const group = groups.get(place) ?? new Set(old.get(place))
    groups.set(place, group)
    return group
  }
  for (const id of ids) {
    const [was, is] = [before.get(id), after.get(id)]
    const [from, to] = [was && placeOf(was), is && placeOf(is)]
    if (from === to && was?.createdAt === is?.createdAt) continue
    if (from !== undefined) groupAt(from).delete(id)
    if (to !== undefined) groupAt(to).add(id)
  }
  if (groups.size === 0) return old
  const next = new Map(old)
  let changed = false
  for (const [place, group] of groups) {
    const pods = [...group].flatMap((id) => after.get(id) ?? []).sort(byAge)
    const kept = keepIds(
      old.get(place),
      pods.map(({ id }) => id),
    )
    changed ||= kept !== old.get(place)
    if (kept.length === 0) next.delete(place)
    else next.set(place, kept)
  }
  return changed ? next : old
}

const WAITING = ''
const waitingPlace = ({ node, look }: PodView): string | undefined =>
  node === undefined && look !== 'succeeded' && look !== 'failed' ? WAITING : undefined

function idsIn({ full, pods }: Frame, before: ReadonlyMap<string, PodView>): Iterable<string> {
  const changed = pods.changed.map(({ id }) => id)
  return new Set([...changed, ...(full ? before.keys() : pods.removed)])
}

const byName = new Intl.Collator('en', { numeric: true }).compare

const shallowEqual = (a: object, b: object): boolean => {
  const entries = Object.entries(a)
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => Object.is(value, (b as Record<string, unknown>)[key]))
  )
}

/** Lists that every frame carries whole: the old list if the new one says the same, so that subscribers are left alone. */
const keptList = <View extends object>(old: readonly View[], next: readonly View[]): readonly View[] =>
  old.length === next.length && old.every((view, index) => shallowEqual(view, next[index] ?? {})) ? old : next

/** A component's `doing` is compared by what it says. */
const keptComponents = (old: readonly ComponentView[], next: readonly ComponentView[]): readonly ComponentView[] =>
  old.length === next.length &&
  old.every((view, index) => {
    const other = next[index]
    return (
      other &&
      view.name === other.name &&
      view.running === other.running &&
      view.active === other.active &&
      shallowEqual(view.doing, other.doing)
    )
  })
    ? old
    : next

const keptGoals = (old: readonly GoalView[], next: readonly GoalView[]): readonly GoalView[] =>
  old.length === next.length &&
  old.every((goal, index) => goal.id === next[index]?.id && goal.verdict === next[index].verdict && goal.at === next[index].at)
    ? old
    : next

const appended = <Value>(old: readonly Value[], more: readonly Value[], full: boolean, keep: number): readonly Value[] =>
  full ? more : more.length === 0 ? old : [...old, ...more].slice(-keep)

function eventsAfter(world: World, { full, events: { changed, removed } }: Frame): Pick<World, 'events' | 'warnings'> {
  const old: SharedMap<EventView> = full ? SharedMap.empty() : world.events
  if (!full && changed.length === 0 && removed.length === 0) return world
  const events = old.with(
    changed.map((event) => [event.id, event] as const),
    removed,
  )
  const touched = new Set([...changed.map(({ id }) => id), ...removed])
  const warningsIn = (map: SharedMap<EventView>): number => [...touched].filter((id) => map.get(id)?.type === 'Warning').length
  return { events, warnings: (full ? 0 : world.warnings) + warningsIn(events) - warningsIn(old) }
}

/** The world after a frame. Pure. */
export function worldAfter(world: World, frame: Frame): World {
  const { full } = frame
  const pods = merged(world.pods, frame.pods, full, (pod) => pod.id)
  const nodes = merged(world.nodes, frame.nodes, full, (node) => node.name)
  const services = merged(world.services, frame.services, full, (service) => service.id)
  let { podsByNode, podsByHost, waiting } = world
  if (pods !== world.pods) {
    const change = { before: world.pods, after: pods, ids: idsIn(frame, world.pods) }
    podsByNode = regrouped(podsByNode, change, (pod) => pod.node)
    podsByHost = regrouped(podsByHost, change, (pod) => pod.truth.host)
    waiting = regrouped(new Map([[WAITING, waiting]]), change, waitingPlace).get(WAITING) ?? noIds
  }
  const { events, warnings } = eventsAfter(world, frame)
  return {
    branch: frame.branch,
    now: frame.now,
    tick: frame.tick,
    unixMs: frame.unixMs,
    digest: frame.digest,
    revision: frame.revision,
    seed: frame.seed,
    playing: frame.playing,
    speed: frame.speed,
    end: frame.end,
    pods,
    nodes,
    services,
    workloads: merged(world.workloads, frame.workloads, full, workloadId),
    events,
    warnings,
    components: keptComponents(world.components, frame.components),
    faults: keptList(world.faults, frame.faults),
    namespaces: keepIds(world.namespaces, frame.namespaces),
    marks: keptList(world.marks, frame.marks),
    goals: keptGoals(world.goals, frame.goals),
    branches: keptList(world.branches, frame.branches),
    terminal: appended(world.terminal, frame.terminal, false, KEEP_TERMINAL),
    traffic: appended(world.traffic, frame.traffic, full, KEEP_TRAFFIC),
    nodeNames: nodes === world.nodes ? world.nodeNames : keepIds(world.nodeNames, [...nodes.keys()].sort(byName)),
    serviceIds: services === world.services ? world.serviceIds : keepIds(world.serviceIds, [...services.keys()].sort(byName)),
    podsByNode,
    podsByHost,
    waiting,
    epoch: full ? world.epoch + 1 : world.epoch,
    loaded: true,
  }
}

interface Worlds {
  readonly main: World
  readonly other: World
}

export const worldStore = createStore<Worlds>()(() => ({ main: emptyWorld, other: emptyWorld }))

type FrameListener = (frame: Frame, before: World) => void
const listeners = new Set<FrameListener>()

/** For what is shown once and not kept: pulses, request dots, facts for the lesson. Called after the store holds the frame. */
export function onFrame(listener: FrameListener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

const watchers = { pods: new Watchers(), nodes: new Watchers() }

function* keysOf(frame: Frame, kind: keyof typeof watchers): Iterable<string> {
  for (const view of frame[kind].changed) yield `${frame.world}:${'id' in view ? view.id : view.name}`
  for (const id of frame[kind].removed) yield `${frame.world}:${id}`
}

export function frameArrived(frame: Frame): void {
  const before = worldStore.getState()[frame.world]
  worldStore.setState({ [frame.world]: worldAfter(before, frame) })
  for (const kind of ['pods', 'nodes'] as const)
    if (frame.full) watchers[kind].tellAll()
    else watchers[kind].tell(keysOf(frame, kind))
  for (const listener of listeners) listener(frame, before)
}

export function worldClosed(name: WorldName): void {
  worldStore.setState({ [name]: emptyWorld })
  watchers.pods.tellAll()
  watchers.nodes.tellAll()
}

export const WorldContext = createContext<WorldName>('main')

/** Subscribes to one part of the world that this part of the page shows. */
export function useWorld<Part>(select: (world: World) => Part): Part {
  const name = useContext(WorldContext)
  return useStore(worldStore, (worlds) => select(worlds[name]))
}

/** One object, looked at again only when a frame brings it. */
function useObject<Kind extends keyof typeof watchers>(kind: Kind, id: string): ReturnType<World[Kind]['get']> {
  const name = useContext(WorldContext)
  const subscribe = useCallback((changed: () => void) => watchers[kind].watch(`${name}:${id}`, changed), [kind, name, id])
  return useSyncExternalStore(subscribe, () => worldStore.getState()[name][kind].get(id) as ReturnType<World[Kind]['get']>)
}

export const usePod = (id: string): PodView | undefined => useObject('pods', id)
export const useNode = (name: string): NodeView | undefined => useObject('nodes', name)

/** Simulated seconds, for texts that count: renders once a simulated second at most. */
export const useNowSeconds = (): number => useWorld((world) => Math.floor(world.now / 1000))
