import type { PodInfo, PodShape } from './pod-info.ts'
import type { NodeInfo } from './node-info.ts'

/** Pods that look the same to every selector and term: same namespace, labels, affinity, and all terminating or none. */
export interface PodGroup {
  readonly key: string
  readonly shape: PodShape
  readonly isTerminating: boolean
  /** Node slot → pods there. */
  readonly perNode: Map<number, number>
  readonly links: { readonly counter: TopologyCounter; readonly share: Share }[]
  total: number
}

/** Which nodes form which domains, for one topology key and one notion of which nodes count. */
export interface TopologyView {
  readonly key: string
  /** Node slot → domain of the node's label value, -1 where the label is missing. */
  readonly domain: Int32Array
  /** The same, but -1 also where the node does not count. */
  readonly counted: Int32Array
  readonly values: readonly string[]
  /** Domains with at least one node that counts. */
  readonly registered: readonly number[]
}

/** What one pod of a group adds to the domain of its node. */
export interface Share {
  readonly weight: number
  /** How many terms spoke; they may cancel out in the weight. */
  readonly hits: number
}

/** A standing count of pods by domain. */
export interface TopologyCounter {
  readonly view: TopologyView
  readonly share: (group: PodGroup) => Share | undefined
  /** Domain → weight. */
  readonly counts: Float64Array
  hits: number
}

/** What a topology view counts. An absent key makes every node a domain of its own. */
export interface ViewSpec {
  readonly topologyKey: string | undefined
  /** Labels that a node must have to count. */
  readonly requiredKeys?: readonly string[]
  readonly eligible?: { readonly key: string; readonly test: (node: NodeInfo) => boolean }
}

const MAX_COUNTERS = 400

/**
 * Counts of pods by topology domain, kept as pods come and go, so that a scheduling cycle need not look at every pod of the cluster.
 * Counters are made when first asked for and thrown away when nodes change: both cost time only.
 */
export class TopologyIndex {
  readonly #groups = new Map<string, PodGroup>()
  readonly #views = new Map<string, TopologyView>()
  readonly #counters = new Map<string, TopologyCounter>()
  readonly #withAffinity = new Set<PodGroup>()
  /** Changes when a group with affinity terms appears or disappears. */
  affinityVersion = 0
  #nodes: () => Iterable<NodeInfo>
  #slots: () => number

  constructor(nodes: () => Iterable<NodeInfo>, slots: () => number) {
    this.#nodes = nodes
    this.#slots = slots
  }

  /** Groups whose pods have pod (anti-)affinity terms, oldest first. */
  get groupsWithAffinity(): ReadonlySet<PodGroup> {
    return this.#withAffinity
  }

  /** Nodes, their labels or their taints changed. */
  forgetViews(): void {
    this.#views.clear()
    this.forgetCounters()
  }

  /** What selectors match changed (namespace labels). */
  forgetCounters(): void {
    this.#counters.clear()
    for (const group of this.#groups.values()) group.links.length = 0
  }

  add(pod: PodInfo, slot: number): void {
    const group = this.#groupOf(pod)
    group.perNode.set(slot, (group.perNode.get(slot) ?? 0) + 1)
    group.total += 1
    this.#count(group, slot, 1)
  }

  remove(pod: PodInfo, slot: number): void {
    const group = this.#groupOf(pod)
    const here = (group.perNode.get(slot) ?? 0) - 1
    if (here > 0) group.perNode.set(slot, here)
    else group.perNode.delete(slot)
    group.total -= 1
    this.#count(group, slot, -1)
    if (group.total === 0) {
      this.#groups.delete(group.key)
      if (this.#withAffinity.delete(group)) this.affinityVersion += 1
    }
  }

  view(spec: ViewSpec): TopologyView {
    const { topologyKey, requiredKeys = [], eligible } = spec
    const key = JSON.stringify([topologyKey, requiredKeys, eligible?.key])
    let view = this.#views.get(key)
    if (!view) {
      view = this.#buildView(key, spec)
      this.#views.set(key, view)
    }
    return view
  }

  /** `key` names the share function: equal keys must mean equal shares. */
  counter(key: string, spec: ViewSpec, share: (group: PodGroup) => Share | undefined): TopologyCounter {
    const view = this.view(spec)
    const fullKey = `${key}\n${view.key}`
    let counter = this.#counters.get(fullKey)
    if (!counter) {
      if (this.#counters.size >= MAX_COUNTERS) this.forgetCounters()
      counter = { view, share, counts: new Float64Array(view.values.length), hits: 0 }
      this.#counters.set(fullKey, counter)
      for (const group of this.#groups.values()) {
        this.#link(group, counter)
        const link = group.links.at(-1)
        if (link?.counter !== counter) continue
        for (const [slot, pods] of group.perNode) addTo(counter, link.share, slot, pods)
      }
    }
    return counter
  }

  #buildView(key: string, { topologyKey, requiredKeys = [], eligible }: ViewSpec): TopologyView {
    const slots = this.#slots()
    const domain = new Int32Array(slots).fill(-1)
    const counted = new Int32Array(slots).fill(-1)
    const ids = new Map<string, number>()
    const registered = new Set<number>()
    for (const node of this.#nodes()) {
      const value = topologyKey === undefined ? node.name : node.labels[topologyKey]
      if (value === undefined) continue
      let id = ids.get(value)
      if (id === undefined) {
        id = ids.size
        ids.set(value, id)
      }
      domain[node.slot] = id
      if (!requiredKeys.every((label) => label in node.labels) || (eligible && !eligible.test(node))) continue
      counted[node.slot] = id
      registered.add(id)
    }
    return { key, domain, counted, values: [...ids.keys()], registered: [...registered] }
  }

  #groupOf(pod: PodInfo): PodGroup {
    const key = pod.isTerminating ? `-${pod.shape.groupKey}` : pod.shape.groupKey
    let group = this.#groups.get(key)
    if (!group) {
      group = { key, shape: pod.shape, isTerminating: pod.isTerminating, perNode: new Map(), links: [], total: 0 }
      this.#groups.set(key, group)
      for (const counter of this.#counters.values()) this.#link(group, counter)
      if (pod.shape.hasAffinity) {
        this.#withAffinity.add(group)
        this.affinityVersion += 1
      }
    }
    return group
  }

  #link(group: PodGroup, counter: TopologyCounter): void {
    const share = counter.share(group)
    if (share) group.links.push({ counter, share })
  }

  #count(group: PodGroup, slot: number, pods: number): void {
    for (const { counter, share } of group.links) addTo(counter, share, slot, pods)
  }
}

function addTo(counter: TopologyCounter, { weight, hits }: Share, slot: number, pods: number): void {
  const domain = counter.view.counted[slot] ?? -1
  if (domain < 0) return
  counter.counts[domain]! += weight * pods
  counter.hits += hits * pods
}

/** A counter as one cycle sees it: pods may be added or taken away without touching the standing count. */
export class CycleCount {
  readonly view: TopologyView
  readonly #base: TopologyCounter | undefined
  readonly #delta: Map<number, number>
  #hits: number

  constructor(view: TopologyView, base: TopologyCounter | undefined, delta = new Map<number, number>(), hits = base?.hits ?? 0) {
    this.view = view
    this.#base = base
    this.#delta = delta
    this.#hits = hits
  }

  get hits(): number {
    return this.#hits
  }

  of(domain: number): number {
    const base = this.#base ? this.#base.counts[domain]! : 0
    return this.#delta.size === 0 ? base : base + (this.#delta.get(domain) ?? 0)
  }

  /** Counts `pods` more (or fewer) on a node. */
  shift(slot: number, pods: number): void {
    const domain = this.view.counted[slot] ?? -1
    if (domain < 0) return
    this.#delta.set(domain, (this.#delta.get(domain) ?? 0) + pods)
    this.#hits += pods
  }

  /** The smallest count among the domains that have a node that counts; 0 without any. */
  min(): number {
    let min = Infinity
    for (const domain of this.view.registered) {
      const count = this.of(domain)
      if (count < min) min = count
    }
    return min === Infinity ? 0 : min
  }

  clone(): CycleCount {
    return new CycleCount(this.view, this.#base, new Map(this.#delta), this.#hits)
  }
}
