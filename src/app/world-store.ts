/**
 * The latest frame of each world, normalised: a map a kind, arrays of names whose identity changes only when their members change. Components
 * subscribe to the one object that they draw. Frames are the only way in; nothing here asks the engine for anything.
 */
import { createContext, useContext } from 'react'
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
  readonly events: ReadonlyMap<string, EventView>
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
  events: new Map(),
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

function grouped(
  pods: readonly PodView[],
  placeOf: (pod: PodView) => string | undefined,
  old: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const pod of pods) {
    const place = placeOf(pod)
    if (place === undefined) continue
    const group = groups.get(place)
    if (group) group.push(pod.id)
    else groups.set(place, [pod.id])
  }
  let changed = groups.size !== old.size
  const next = new Map<string, readonly string[]>()
  for (const [place, ids] of groups) {
    const kept = keepIds(old.get(place), ids)
    changed ||= kept !== old.get(place)
    next.set(place, kept)
  }
  return changed ? next : old
}

const byAge = (a: PodView, b: PodView): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

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

/** The world after a frame. Pure. */
export function worldAfter(world: World, frame: Frame): World {
  const { full } = frame
  const pods = merged(world.pods, frame.pods, full, (pod) => pod.id)
  const nodes = merged(world.nodes, frame.nodes, full, (node) => node.name)
  const services = merged(world.services, frame.services, full, (service) => service.id)
  let { podsByNode, podsByHost, waiting } = world
  if (pods !== world.pods) {
    const sorted = [...pods.values()].sort(byAge)
    podsByNode = grouped(sorted, (pod) => pod.node, podsByNode)
    podsByHost = grouped(sorted, (pod) => pod.truth.host, podsByHost)
    waiting = keepIds(
      waiting,
      sorted.filter((pod) => pod.node === undefined && pod.look !== 'succeeded' && pod.look !== 'failed').map((pod) => pod.id),
    )
  }
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
    events: merged(world.events, frame.events, full, (event) => event.id),
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

export function frameArrived(frame: Frame): void {
  const before = worldStore.getState()[frame.world]
  worldStore.setState({ [frame.world]: worldAfter(before, frame) })
  for (const listener of listeners) listener(frame, before)
}

export function worldClosed(name: WorldName): void {
  worldStore.setState({ [name]: emptyWorld })
}

export const WorldContext = createContext<WorldName>('main')

/** Subscribes to one part of the world that this part of the page shows. */
export function useWorld<Part>(select: (world: World) => Part): Part {
  const name = useContext(WorldContext)
  return useStore(worldStore, (worlds) => select(worlds[name]))
}

export const usePod = (id: string): PodView | undefined => useWorld((world) => world.pods.get(id))
export const useNode = (name: string): NodeView | undefined => useWorld((world) => world.nodes.get(name))

/** Simulated seconds, for texts that count: renders once a simulated second at most. */
export const useNowSeconds = (): number => useWorld((world) => Math.floor(world.now / 1000))
