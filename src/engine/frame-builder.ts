import type { Hop } from '../sim/kernel/kernel.ts'
import { TICK_MS, type Millis } from '../sim/kernel/time.ts'
import type { Deployment, EndpointSlice, Event, Node, Pod, ReplicaSet, Service } from '../sim/kubernetes/api/types.ts'
import type { Commit } from '../sim/kubernetes/etcd/store.ts'
import type { Outcome } from '../sim/kubernetes/proxy/traffic.ts'
import type { World } from '../sim/scenario/world.ts'
import type {
  EventView,
  Frame,
  GoalView,
  Keyed,
  LessonFact,
  NodeView,
  ObjectKey,
  PodView,
  Pulse,
  RequestDot,
  ServiceView,
  TerminalChunk,
  TimelineMark,
  TrafficPoint,
  WorkloadView,
} from './protocol.ts'
import { componentViews } from './views/component-view.ts'
import { eventView } from './views/event-view.ts'
import { nodeView } from './views/node-view.ts'
import { podView } from './views/pod-view.ts'
import { serviceView } from './views/service-view.ts'
import type { Truth } from './views/truth.ts'
import { truthOf } from './views/world-truth.ts'
import { WORKLOADS, workloadView } from './views/workload-view.ts'

/** At most so many messages and requests are drawn one by one in a frame; the rest are numbers. */
const MOST_PULSES = 60
const MOST_DOTS = 40
/** Views a frame carries at the most: what is left follows in the next ones, so that none grows large. */
const MOST_PODS = 150
const MOST_EVENTS = 150
const SLICES = 'endpointslices.discovery.k8s.io'

const nothing = <View>(): Keyed<View> => ({ changed: [], removed: [] })

/** Turns what has changed in a world since the last frame into the next one. */
export class FrameBuilder {
  readonly #world: World
  readonly #truth: Truth
  readonly #nodeOfPod = new Map<string, string>()
  #full = true
  #pods = new Map<string, PodView>()
  #nodes = new Map<string, NodeView>()
  #services = new Map<string, ServiceView>()
  #dirtyPods = new Set<string>()
  readonly #orphans = new Set<string>()
  #removedPods: string[] = []
  #dirtyNodes = new Set<string>()
  #dirtyServices = new Set<string>()
  #dirtyWorkloads = new Map<string, ObjectKey>()
  #dirtyEvents = new Set<string>()
  #removed: { nodes: string[]; services: string[]; workloads: string[]; events: string[] } = {
    nodes: [],
    services: [],
    workloads: [],
    events: [],
  }
  #pulses: Pulse[] = []
  #dots: RequestDot[] = []
  #dotsSeen = 0
  #terminal: TerminalChunk[] = []
  #facts: LessonFact[] = []
  #trafficSecond = -1
  #revision = 0
  #useAt = -1

  constructor(world: World) {
    this.#world = world
    this.#truth = truthOf(world, (uid) => this.#nodeOfPod.get(uid))
    world.cluster.etcd.store.onCommit((commit) => this.#committed(commit))
    world.terminal.onText = (command, { stream, text }) => this.#terminal.push({ command, stream, text })
    world.terminal.onExit = (command, exit) => this.#terminal.push({ command, stream: 'exit', text: String(exit) })
    world.director.onNotice = (notice) => {
      if (notice.type === 'goal') this.#facts.push({ type: 'goal', id: notice.goal.id, verdict: notice.goal.verdict })
      if (notice.type === 'failed') this.#facts.push({ type: 'failed', say: notice.say })
    }
  }

  /** The next frame describes everything: after a seek, or for a page that has just come. */
  reset(): void {
    this.#full = true
    this.#pulses = []
    this.#dots = []
    this.#terminal = []
    this.#facts = []
    this.#trafficSecond = -1
  }

  /** Messages and requests are collected only while they can be seen: when time is fast they would be too many. */
  watch(detail: boolean): void {
    const { kernel, traffic } = this.#world
    kernel.onHop = detail ? (hop) => this.#hop(hop) : undefined
    traffic.onOutcome = detail ? (outcome) => this.#outcome(outcome) : undefined
  }

  fact(fact: LessonFact): void {
    this.#facts.push(fact)
  }

  #hop({ at, arrivesAt, from, to, kind, label, failed }: Hop): void {
    if (this.#pulses.length < MOST_PULSES) this.#pulses.push({ at, arrivesAt, from, to, kind, label, failed: failed ?? false })
  }

  #outcome({ at, durationMs, service, pod, failure }: Outcome): void {
    // A reservoir without chance: of many requests every so-manieth is kept.
    this.#dotsSeen += 1
    const dot: RequestDot = { at, durationMs, service, pod, ok: failure === undefined, why: failure ?? '' }
    if (this.#dots.length < MOST_DOTS) this.#dots.push(dot)
    else if (this.#dotsSeen % 7 === 0) this.#dots[((this.#dotsSeen / 7) % MOST_DOTS) | 0] = dot
  }

  #committed({ resource, namespace, name, type, object }: Commit): void {
    const gone = type === 'DELETED'
    const id = `${namespace}/${name}`
    switch (resource) {
      case 'pods': {
        const pod = object as unknown as Pod
        if (gone) {
          this.#removedPods.push(id)
          this.#dirtyPods.delete(id)
        } else this.#dirtyPods.add(id)
        if (pod.spec.nodeName) this.#dirtyNodes.add(pod.spec.nodeName)
        return
      }
      case 'nodes':
        if (gone) this.#removed.nodes.push(name)
        else this.#dirtyNodes.add(name)
        return
      case 'services':
        if (gone) this.#removed.services.push(id)
        else this.#dirtyServices.add(id)
        return
      case SLICES:
        this.#dirtyServices.add(`${namespace}/${object.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`)
        return
      case 'events':
        if (gone) this.#removed.events.push(id)
        else this.#dirtyEvents.add(id)
        return
      default:
        if (!(resource in WORKLOADS)) return
        if (gone) this.#removed.workloads.push(`${resource}/${id}`)
        else this.#dirtyWorkloads.set(`${resource}/${id}`, { resource, namespace, name })
    }
  }

  #startOver(): void {
    const { store } = this.#world.cluster.etcd
    this.#pods.clear()
    this.#orphans.clear()
    this.#nodes.clear()
    this.#services.clear()
    this.#nodeOfPod.clear()
    this.#removedPods = []
    this.#removed = { nodes: [], services: [], workloads: [], events: [] }
    this.#dirtyPods = idsOf(store.scan('pods'))
    this.#dirtyNodes = new Set([...store.scan('nodes')].map(({ metadata }) => metadata.name))
    this.#dirtyServices = idsOf(store.scan('services'))
    this.#dirtyEvents = idsOf(store.scan('events'))
    this.#dirtyWorkloads = new Map()
    for (const resource in WORKLOADS)
      for (const { metadata } of store.scan(resource)) {
        const key = { resource, namespace: metadata.namespace ?? '', name: metadata.name }
        this.#dirtyWorkloads.set(`${resource}/${key.namespace}/${key.name}`, key)
      }
  }

  /** What was left out of the last frame to keep it small: build another one. */
  get hasMore(): boolean {
    return this.#dirtyPods.size > 0 || this.#dirtyEvents.size > 0
  }

  /** `session` facts come from the caller; `useIsDue`: figures of use are refreshed too (they change all the time). */
  build(session: {
    readonly world: 'main' | 'other'
    readonly branch: string
    readonly branches: Frame['branches']
    readonly marks: readonly TimelineMark[]
    readonly end: Millis
    readonly playing: boolean
    readonly speed: number
    readonly useIsDue: boolean
  }): Frame {
    const world = this.#world
    const { kernel, cluster } = world
    const full = this.#full
    if (full) this.#startOver()
    this.#full = false
    const now = kernel.now
    const useIsDue = full || (session.useIsDue && this.#useAt !== now)
    if (useIsDue) this.#useAt = now
    const pods = this.#buildPods(useIsDue)
    const nodes = this.#buildNodes(useIsDue)
    const services = this.#buildServices(useIsDue)
    const goals = this.#goalViews()
    const frame: Frame = {
      world: session.world,
      branch: session.branch,
      full,
      now,
      tick: Math.floor(now / TICK_MS),
      unixMs: kernel.unixMs,
      digest: world.digest,
      revision: cluster.etcd.store.revision,
      seed: kernel.seed,
      playing: session.playing,
      speed: session.speed,
      end: session.end,
      pods,
      nodes,
      services,
      workloads: this.#buildWorkloads(),
      events: this.#buildEvents(),
      components: componentViews(world, this.#revision),
      faults: [...world.faults.active()].map(({ id, kind, label, since }) => ({ id, kind, target: label, since })),
      namespaces: [...cluster.etcd.store.scan('namespaces')].map(({ metadata }) => metadata.name).sort(),
      pulses: this.#pulses,
      dots: this.#dots,
      traffic: this.#trafficPoints(),
      marks: session.marks,
      goals,
      branches: session.branches,
      terminal: this.#terminal,
      facts: this.#facts,
    }
    this.#revision = cluster.etcd.store.revision
    this.#pulses = []
    this.#dots = []
    this.#dotsSeen = 0
    this.#terminal = []
    this.#facts = []
    return frame
  }

  #buildPods(useIsDue: boolean): Keyed<PodView> {
    const { store } = this.#world.cluster.etcd
    const changed: PodView[] = []
    const removed = this.#removedPods
    for (const id of removed) this.#pods.delete(id)
    const reporting = new Map<string, boolean>()
    const reports = (node: string): boolean => {
      let value = reporting.get(node)
      if (value === undefined) {
        const object = store.get('nodes', '', node) as unknown as Node | undefined
        value =
          object === undefined ||
          (object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status !== 'Unknown') ?? true)
        reporting.set(node, value)
      }
      return value
    }
    const look = (id: string): void => {
      const slash = id.indexOf('/')
      const pod = store.get('pods', id.slice(0, slash), id.slice(slash + 1)) as unknown as Pod | undefined
      if (!pod) return
      if (pod.spec.nodeName && pod.metadata.uid) this.#nodeOfPod.set(pod.metadata.uid, pod.spec.nodeName)
      const view = podView(pod, {
        store,
        truth: this.#truth,
        epochMs: this.#world.kernel.epochMs,
        nodeReports: pod.spec.nodeName === undefined || reports(pod.spec.nodeName),
      })
      const before = this.#pods.get(id)
      if (before && samePod(before, view)) return
      this.#pods.set(id, view)
      changed.push(view)
    }
    let count = 0
    for (const id of this.#dirtyPods) {
      if (!this.#world.cluster.etcd.store.get('pods', id.slice(0, id.indexOf('/')), id.slice(id.indexOf('/') + 1))) {
        this.#dirtyPods.delete(id)
        continue
      }
      if (count++ >= MOST_PODS) break
      this.#dirtyPods.delete(id)
      look(id)
    }
    if (useIsDue && this.#dirtyPods.size === 0) {
      for (const [id, view] of this.#pods) {
        if (this.#orphans.has(id)) continue
        const truth = this.#truth.pod(view.uid)
        const running = truth?.running ?? 0
        const recorded = view.truth.running
        const use = truth?.use
        const known = view.node === undefined || reports(view.node) === (view.look !== 'unknown') || view.look === 'terminating'
        if (
          !known ||
          running !== recorded ||
          (use && (differs(use.cpuMilli, view.usage.cpuMilli, 5) || differs(use.memoryBytes, view.usage.memoryBytes, 1 << 20)))
        )
          look(id)
        if (changed.length >= MOST_PODS) break
      }
    }
    if (useIsDue) removed.push(...this.#lookForOrphans(changed))
    this.#removedPods = []
    for (const { node } of changed) if (node) this.#dirtyNodes.add(node)
    return changed.length === 0 && removed.length === 0 ? nothing() : { changed, removed }
  }

  /** Containers that run although their Pod has no record any more: on a node that was cut off when it was deleted. Returns those that are gone. */
  #lookForOrphans(changed: PodView[]): readonly string[] {
    const { store } = this.#world.cluster.etcd
    const found = new Set<string>()
    for (const runtime of this.#world.runtimes)
      for (const uid of runtime.podUids()) {
        const { containers } = runtime.pod(uid)
        const running = containers.filter(({ state }) => state === 'running')
        const [first] = running
        if (!first || store.get('pods', first.pod.namespace, first.pod.name)?.metadata.uid === uid) continue
        const id = `${first.pod.namespace}/${first.pod.name} (${uid.slice(0, 4)})`
        found.add(id)
        if (this.#pods.has(id)) continue
        const use = { cpuMilli: 0, memoryBytes: 0 }
        const view: PodView = {
          ...ORPHAN,
          id,
          namespace: first.pod.namespace,
          name: first.pod.name,
          uid,
          app: first.pod.name,
          node: runtime.host,
          containers: running.length,
          requests: { cpuMilli: first.cpuRequestMilli, memoryBytes: first.memoryRequestBytes },
          limits: { cpuMilli: first.cpuLimitMilli, memoryBytes: first.memoryLimitBytes },
          usage: use,
          createdAt: first.createdAt,
          truth: { running: running.length, host: runtime.host },
        }
        this.#pods.set(id, view)
        this.#orphans.add(id)
        changed.push(view)
      }
    const gone = [...this.#orphans].filter((id) => !found.has(id))
    for (const id of gone) {
      this.#orphans.delete(id)
      this.#pods.delete(id)
    }
    return gone
  }

  #buildNodes(useIsDue: boolean): Keyed<NodeView> {
    const { store } = this.#world.cluster.etcd
    const changed: NodeView[] = []
    const removed = this.#removed.nodes
    this.#removed.nodes = []
    for (const name of removed) this.#nodes.delete(name)
    const names = useIsDue ? new Set([...store.scan('nodes')].map(({ metadata }) => metadata.name)) : this.#dirtyNodes
    this.#dirtyNodes = new Set()
    if (names.size === 0) return removed.length === 0 ? nothing() : { changed, removed }
    const podsOf = new Map<string, PodView[]>()
    for (const pod of this.#pods.values()) {
      if (pod.node === undefined || !names.has(pod.node)) continue
      const list = podsOf.get(pod.node)
      if (list) list.push(pod)
      else podsOf.set(pod.node, [pod])
    }
    for (const name of names) {
      const node = store.get('nodes', '', name) as unknown as Node | undefined
      if (!node) continue
      const view = nodeView(node, podsOf.get(name) ?? [], this.#truth)
      const before = this.#nodes.get(name)
      if (before && sameNode(before, view)) continue
      this.#nodes.set(name, view)
      changed.push(view)
    }
    return { changed, removed }
  }

  #buildServices(useIsDue: boolean): Keyed<ServiceView> {
    const { store } = this.#world.cluster.etcd
    const changed: ServiceView[] = []
    const removed = this.#removed.services
    this.#removed.services = []
    for (const id of removed) this.#services.delete(id)
    const ids = useIsDue ? idsOf(store.scan('services')) : this.#dirtyServices
    this.#dirtyServices = new Set()
    if (ids.size === 0) return removed.length === 0 ? nothing() : { changed, removed }
    const slicesOf = new Map<string, EndpointSlice[]>()
    for (const object of store.scan(SLICES)) {
      const id = `${object.metadata.namespace ?? ''}/${object.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
      if (!ids.has(id)) continue
      const list = slicesOf.get(id)
      if (list) list.push(object as unknown as EndpointSlice)
      else slicesOf.set(id, [object as unknown as EndpointSlice])
    }
    const second = Math.floor(this.#world.now / 1000)
    for (const id of ids) {
      const slash = id.indexOf('/')
      const service = store.get('services', id.slice(0, slash), id.slice(slash + 1)) as unknown as Service | undefined
      if (!service) continue
      const view = serviceView(service, slicesOf.get(id) ?? [], this.#world.proxies, this.#world.traffic.of(id), second)
      const before = this.#services.get(id)
      if (before && JSON.stringify(before) === JSON.stringify(view)) continue
      this.#services.set(id, view)
      changed.push(view)
    }
    return { changed, removed }
  }

  #buildWorkloads(): Keyed<WorkloadView> {
    const { store } = this.#world.cluster.etcd
    const changed: WorkloadView[] = []
    const removed = this.#removed.workloads
    this.#removed.workloads = []
    for (const { resource, namespace, name } of this.#dirtyWorkloads.values()) {
      const object = store.get(resource, namespace, name) as unknown as Deployment | ReplicaSet | undefined
      if (object) changed.push(workloadView(resource, object))
    }
    this.#dirtyWorkloads = new Map()
    return { changed, removed }
  }

  #buildEvents(): Keyed<EventView> {
    const { store } = this.#world.cluster.etcd
    const changed: EventView[] = []
    const removed = this.#removed.events
    this.#removed.events = []
    for (const id of this.#dirtyEvents) {
      if (changed.length >= MOST_EVENTS) break
      this.#dirtyEvents.delete(id)
      const slash = id.indexOf('/')
      const event = store.get('events', id.slice(0, slash), id.slice(slash + 1)) as unknown as Event | undefined
      if (event) changed.push(eventView(event, this.#world.kernel.epochMs))
    }
    return { changed, removed }
  }

  #trafficPoints(): readonly TrafficPoint[] {
    const second = Math.floor(this.#world.now / 1000)
    if (second === this.#trafficSecond) return []
    const points: TrafficPoint[] = []
    for (const [service, { buckets }] of this.#world.traffic.services())
      for (const bucket of buckets) {
        if (bucket.second <= this.#trafficSecond || bucket.second >= second) continue
        points.push({
          at: bucket.second * 1000,
          service,
          ok: bucket.ok,
          failed: bucket.failed,
          latencyMs: bucket.ok === 0 ? 0 : Math.round(bucket.latencyMs / bucket.ok),
        })
      }
    this.#trafficSecond = second - 1
    return points
  }

  #goalViews(): readonly GoalView[] {
    const shows = new Map((this.#world.scenario?.spec.goals ?? []).map(({ id, show }) => [id, show]))
    return this.#world.director.goals().map(({ id, verdict, at, by }) => ({ id, show: shows.get(id)!, verdict, at, by }))
  }
}

const ORPHAN = {
  suffix: '',
  nominatedNode: undefined,
  look: 'unknown',
  status: 'no record',
  readyContainers: 0,
  restarts: 0,
  waitingFor: '',
  graceEndsAt: undefined,
  graceMs: undefined,
  progress: undefined,
  ip: '',
  labels: {},
  owner: undefined,
  differs: true,
} as const satisfies Partial<PodView>

const idsOf = (objects: Iterable<{ readonly metadata: { readonly namespace?: string; readonly name: string } }>): Set<string> =>
  new Set([...objects].map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`))

const differs = (a: number, b: number, step: number): boolean => Math.abs(a - b) >= step

const samePod = (a: PodView, b: PodView): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Figures of use are compared roughly: a node whose load has not visibly changed need not be sent. */
function sameNode(a: NodeView, b: NodeView): boolean {
  if (differs(a.usage.cpuMilli, b.usage.cpuMilli, 10) || differs(a.usage.memoryBytes, b.usage.memoryBytes, 1 << 21)) return false
  return JSON.stringify({ ...a, usage: null }) === JSON.stringify({ ...b, usage: null })
}
