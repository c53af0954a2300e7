import type { ScoreArithmetic } from './arithmetic.ts'
import type { ClusterCache } from './cache.ts'
import type { DecisionRecord, Rejection } from './decision.ts'
import {
  idiv,
  unresolvable,
  type FilterStates,
  type Plugin,
  type PostFilterContext,
  type Preemption,
  type Status,
  type Write,
} from './framework.ts'
import { pickHost, type TieBreak } from './host-choice.ts'
import { emptyNarrowingReason, fitMessage, narrowedReason, NO_NODES } from './messages.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo, PodShape } from './pod-info.ts'
import type { Profile } from './profile.ts'

export interface CycleOptions {
  /** Uniform in [0, bound). */
  readonly random: (bound: number) => number
  /** Milliseconds since 1970. */
  readonly now: number
  readonly tieBreak?: TieBreak
  /** Spell out the arithmetic behind every score. Only possible at the moment of the decision. */
  readonly arithmetic?: boolean
}

/** The outcome of one scheduling cycle. Nothing has been changed in the cluster but where the next search starts. */
export interface Decision {
  readonly pod: PodInfo
  readonly outcome: DecisionRecord['outcome']
  /** Where the pod goes. */
  readonly node: NodeInfo | undefined
  readonly message: string
  /** Room can be made: the pod is to be nominated, the victims removed. */
  readonly preemption: Preemption | undefined
  /** The pod's nomination is to be cleared. */
  readonly clearsNomination: boolean
  readonly rejectedBy: readonly string[]
  readonly record: DecisionRecord
  /** What preFilter plugins keep, for reserve and preBind. */
  readonly states: ReadonlyMap<Plugin, unknown>
}

/** How many feasible nodes are enough. `percentage` 0: adaptive, from 50 % down to 5 %. */
export function numFeasibleNodesToFind(percentage: number, nodes: number): number {
  if (nodes < 100) return nodes
  const share = percentage === 0 ? Math.max(5, 50 - idiv(nodes, 125)) : percentage
  return Math.max(100, idiv(nodes * share, 100))
}

/** What node-local plugins said of a shape, per node slot, and at which generation of the node they said it. */
interface LocalMemo {
  readonly imagesVersion: number
  readonly filterGenerations: Float64Array
  readonly rejections: (Rejection | undefined)[]
  readonly scoreGenerations: Float64Array
  /** Per score plugin. */
  readonly scores: readonly Float64Array[]
  /** What post-filter plugins found out about a node. */
  readonly preemptions: Map<number, { readonly generation: number; readonly budgets: number; readonly answer: unknown }>
}

const NO_STATE: unknown[] = []
const NO_PODS: readonly PodInfo[] = []

/** Runs scheduling cycles of one profile on one cluster. Models pkg/scheduler/schedule_one.go (v1.35). */
export class SchedulingCycles {
  readonly cluster: ClusterCache
  readonly profile: Profile
  readonly #localFilters: readonly Plugin[]
  readonly #otherFilters: readonly Plugin[]
  readonly #stateOf: ReadonlyMap<Plugin, number>
  #memos = new WeakMap<PodShape, LocalMemo>()

  constructor(cluster: ClusterCache, profile: Profile) {
    this.cluster = cluster
    this.profile = profile
    const { filter } = profile
    const firstOther = filter.findIndex((plugin) => !plugin.isNodeLocal)
    const split = firstOther < 0 ? filter.length : firstOther
    this.#localFilters = filter.slice(0, split)
    this.#otherFilters = filter.slice(split)
    this.#stateOf = new Map(profile.preFilter.map((plugin, i) => [plugin, i]))
  }

  /** One whole cycle for one pod. */
  decide(pod: PodInfo, options: CycleOptions): Decision {
    return new Cycle(this, pod, options, this.#localFilters, this.#otherFilters, this.#stateOf).run()
  }

  /** The memory that serves pods of this shape; grown when nodes have come. */
  memo(shape: PodShape): LocalMemo {
    const { slots, imagesVersion } = this.cluster
    let memo = this.#memos.get(shape)
    if (!memo || memo.imagesVersion !== imagesVersion || memo.rejections.length < slots) {
      memo = {
        imagesVersion,
        filterGenerations: new Float64Array(slots).fill(-1),
        rejections: Array.from<Rejection | undefined>({ length: slots }).fill(undefined),
        scoreGenerations: new Float64Array(slots).fill(-1),
        scores: this.profile.score.map(({ plugin }) => new Float64Array(plugin.isNodeLocal ? slots : 0)),
        preemptions: new Map(),
      }
      this.#memos.set(shape, memo)
    }
    return memo
  }

  /** Counts the pod on its node at once, before anything is written. */
  assume({ pod, states }: Decision, node: NodeInfo): void {
    this.cluster.assume(pod, node.name)
    for (const plugin of this.profile.reserve) plugin.reserve?.(states.get(plugin), pod, node, this.cluster)
  }

  /** Takes an assumption back: the binding failed. */
  forget({ pod, states }: Decision, node: NodeInfo): void {
    for (const plugin of [...this.profile.reserve].reverse()) plugin.unreserve?.(states.get(plugin), pod, node, this.cluster)
    this.cluster.forget(pod.key)
  }

  /** What must be written before the binding, then the binding itself. */
  writes({ pod, states }: Decision, node: NodeInfo): { readonly before: readonly Write[]; readonly binding: Write | undefined } {
    const before = this.profile.preBind.flatMap((plugin) => plugin.preBind?.(states.get(plugin), pod, node, this.cluster) ?? [])
    return { before, binding: this.profile.bind[0]?.bind?.(pod.pod, node.name) }
  }
}

class Cycle {
  readonly #cluster: ClusterCache
  readonly #profile: Profile
  readonly #pod: PodInfo
  readonly #options: CycleOptions
  readonly #stateOf: ReadonlyMap<Plugin, number>
  #locals: readonly Plugin[]
  #others: readonly Plugin[]
  readonly #states: unknown[] = []
  /** Plugins that left the cycle in preFilter. */
  readonly #skipped = new Set<Plugin>()
  /** How many preFilter plugins had their turn. */
  #preFiltered = 0
  readonly #failed: NodeInfo[] = []
  readonly #rejections: Rejection[] = []
  #narrowed: { readonly names: ReadonlySet<string>; readonly plugins: readonly string[] } | undefined
  readonly #memo: LocalMemo

  constructor(
    runs: SchedulingCycles,
    pod: PodInfo,
    options: CycleOptions,
    locals: readonly Plugin[],
    others: readonly Plugin[],
    stateOf: ReadonlyMap<Plugin, number>,
  ) {
    this.#cluster = runs.cluster
    this.#profile = runs.profile
    this.#pod = pod
    this.#options = options
    this.#locals = locals
    this.#others = others
    this.#stateOf = stateOf
    this.#memo = runs.memo(pod.shape)
  }

  run(): Decision {
    const { nodes } = this.#cluster
    // A rejection to the outside, but nobody rejected: the queue takes it for an error.
    if (nodes.length === 0) return this.#error(NO_NODES, 'unschedulable')
    const refusal = this.#preFilter()
    if (refusal) {
      if (refusal.status.code === 'Error')
        return this.#error(`running PreFilter plugin "${refusal.plugin}": ${refusal.status.reasons.join(', ')}`)
      return this.#fail(refusal, refusal.status.reasons)
    }
    this.#locals = this.#locals.filter((plugin) => !this.#skipped.has(plugin))
    this.#others = this.#others.filter((plugin) => !this.#skipped.has(plugin))

    const feasible = this.#findFeasible()
    const broken = this.#rejections.at(-1)
    if (broken?.status.code === 'Error')
      return this.#error(`running "${broken.plugin}" filter plugin: ${broken.status.reasons.join(', ')}`)
    if (feasible.length === 0) return this.#fail(this.#narrowedRejection())
    if (feasible.length === 1) return this.#decide(feasible, feasible[0]!, undefined, undefined)
    return this.#score(feasible)
  }

  // PreFilter -------------------------------------------------------------------------------------------------------

  #preFilter(): Rejection | undefined {
    let refusal: Rejection | undefined
    let names: ReadonlySet<string> | undefined
    const narrowing: string[] = []
    for (const [i, plugin] of this.#profile.preFilter.entries()) {
      const { status, state, nodeNames } = plugin.preFilter!(this.#pod, this.#cluster)
      this.#preFiltered = i + 1
      this.#states[i] = state
      if (status?.code === 'Skip') {
        this.#skipped.add(plugin)
        continue
      }
      if (status) {
        refusal = { status, plugin: plugin.name }
        if (status.code !== 'Unschedulable') return refusal
      } else if (nodeNames) {
        narrowing.push(plugin.name)
        names = names ? new Set([...nodeNames].filter((name) => names!.has(name))) : nodeNames
        if (names.size === 0) return { status: unresolvable(emptyNarrowingReason([...narrowing].sort())), plugin: narrowing[0] }
      }
    }
    if (names) this.#narrowed = { names, plugins: narrowing }
    return refusal
  }

  #narrowedRejection(): Rejection | undefined {
    return this.#narrowed && { status: unresolvable(narrowedReason(this.#narrowed.plugins)), plugin: undefined }
  }

  // Filter ----------------------------------------------------------------------------------------------------------

  #findFeasible(): readonly NodeInfo[] {
    const all = this.#cluster.nodes
    const nominated = this.#pod.pod.status?.nominatedNodeName
    const nominatedNode = nominated ? this.#cluster.node(nominated) : undefined
    if (nominatedNode) {
      const rejection = this.#rejectionOf(nominatedNode)
      if (!rejection) {
        this.#narrowed = undefined
        return [nominatedNode]
      }
      this.#reject(nominatedNode, rejection)
    }
    const names = this.#narrowed?.names
    const nodes = names ? all.filter(({ name }) => names.has(name)) : all
    const want = numFeasibleNodesToFind(this.#profile.percentageOfNodesToScore, nodes.length)
    const feasible: NodeInfo[] = []
    const start = this.#cluster.nextStart
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[(start + i) % nodes.length]!
      const rejection = this.#rejectionOf(node)
      if (rejection) {
        if (node !== nominatedNode) this.#reject(node, rejection)
        if (rejection.status.code === 'Error') break
      } else {
        if (feasible.length === want) break
        feasible.push(node)
      }
    }
    this.#cluster.nextStart = (start + feasible.length + this.#failed.length) % all.length
    return feasible
  }

  #reject(node: NodeInfo, rejection: Rejection): void {
    this.#failed.push(node)
    this.#rejections.push(rejection)
  }

  /** Other pods nominated to the node that are at least as important. */
  #guestsOf(node: NodeInfo): readonly PodInfo[] {
    if (!this.#cluster.hasNominations) return NO_PODS
    const { key, shape } = this.#pod
    return this.#cluster.nominatedTo(node.name).filter((pod) => pod.key !== key && pod.shape.priority >= shape.priority)
  }

  /** With the pods nominated to the node that are at least as important, and without them: both must pass. */
  #rejectionOf(node: NodeInfo): Rejection | undefined {
    const guests = this.#guestsOf(node)
    if (guests.length > 0) {
      const rejection =
        this.#whenCrowded(this.#locals, this.#states, node, guests) ?? this.#whenCrowded(this.#others, this.#states, node, guests)
      if (rejection) return rejection
    }
    const memo = this.#memo
    const { slot } = node
    if (memo.filterGenerations[slot] !== node.generation) {
      memo.rejections[slot] = this.#runFilters(this.#locals, this.#states, node)
      memo.filterGenerations[slot] = node.generation
    }
    return memo.rejections[slot] ?? (this.#others.length > 0 ? this.#runFilters(this.#others, this.#states, node) : undefined)
  }

  /** Filters on a copy of the node with the guests on it. */
  #whenCrowded(
    plugins: readonly Plugin[],
    states: FilterStates,
    node: NodeInfo,
    guests: readonly PodInfo[],
  ): Rejection | undefined {
    const crowded = node.clone()
    const copies = this.#cloneStates(states)
    for (const guest of guests) {
      crowded.addPod(guest)
      this.#shift('addPod', copies, guest, crowded)
    }
    return this.#runFilters(plugins, copies, crowded)
  }

  #runFilters(plugins: readonly Plugin[], states: FilterStates, node: NodeInfo): Rejection | undefined {
    for (let i = 0; i < plugins.length; i++) {
      const plugin = plugins[i]!
      const status = plugin.filter!(states[this.#stateOf.get(plugin) ?? -1], this.#pod, node, this.#cluster)
      if (status) return { status, plugin: plugin.name }
    }
    return undefined
  }

  #cloneStates(states: FilterStates): unknown[] {
    return this.#profile.preFilter.map((plugin, i) =>
      states[i] !== undefined && plugin.cloneState ? plugin.cloneState(states[i]) : states[i],
    )
  }

  #shift(hook: 'addPod' | 'removePod', states: FilterStates, pod: PodInfo, node: NodeInfo): void {
    for (const [i, plugin] of this.#profile.preFilter.entries())
      if (plugin[hook] && !this.#skipped.has(plugin)) plugin[hook](states[i], this.#pod, pod, node, this.#cluster)
  }

  // Score -----------------------------------------------------------------------------------------------------------

  #score(feasible: readonly NodeInfo[]): Decision {
    const pod = this.#pod
    const cluster = this.#cluster
    const states = new Map<Plugin, unknown>()
    const skipped = new Set<Plugin>()
    for (const plugin of this.#profile.preScore) {
      const filterState = this.#states[this.#stateOf.get(plugin) ?? -1]
      const { status, state } = plugin.preScore!(pod, feasible, cluster, filterState)
      if (status?.code === 'Skip') skipped.add(plugin)
      else if (status) return this.#error(`running PreScore plugin "${plugin.name}": ${status.reasons.join(', ')}`)
      states.set(plugin, state)
    }
    const active = this.#profile.score
      .map(({ plugin, weight }, index) => ({ plugin, weight, index }))
      .filter(({ plugin }) => !skipped.has(plugin))

    const memo = this.#memo
    const locals = active.filter(({ plugin }) => plugin.isNodeLocal)
    const count = feasible.length
    const slots = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      const node = feasible[i]!
      const { slot, generation } = node
      slots[i] = slot
      if (memo.scoreGenerations[slot] === generation) continue
      for (const { plugin, index } of locals) memo.scores[index]![slot] = plugin.score!(states.get(plugin), pod, node, cluster)
      memo.scoreGenerations[slot] = generation
    }

    const totals = new Float64Array(count)
    const raw: Float64Array[] = []
    const normalized: Float64Array[] = []
    for (const { plugin, weight, index } of active) {
      const scores = new Float64Array(count)
      const state = states.get(plugin)
      if (plugin.isNodeLocal) {
        const remembered = memo.scores[index]!
        for (let i = 0; i < count; i++) scores[i] = remembered[slots[i]!]!
      } else for (let i = 0; i < count; i++) scores[i] = plugin.score!(state, pod, feasible[i]!, cluster)
      raw.push(scores)
      let final = scores
      if (plugin.normalizeScore) {
        final = scores.slice()
        plugin.normalizeScore(state, pod, final, feasible)
      }
      normalized.push(final)
      for (let i = 0; i < count; i++) totals[i]! += final[i]! * weight
    }
    const { tieBreak = 'random', random } = this.#options
    const host = feasible[pickHost(totals, tieBreak, random)]!
    const scores = { plugins: active.map(({ plugin, weight }) => ({ name: plugin.name, weight })), raw, normalized, totals }
    return this.#decide(
      feasible,
      host,
      scores,
      this.#options.arithmetic ? this.#explain(feasible, active, states, raw) : undefined,
    )
  }

  #explain(
    feasible: readonly NodeInfo[],
    active: readonly { readonly plugin: Plugin }[],
    states: ReadonlyMap<Plugin, unknown>,
    raw: readonly Float64Array[],
  ): ReadonlyMap<string, Readonly<Record<string, ScoreArithmetic>>> {
    return new Map(
      feasible.map((node, i) => [
        node.name,
        Object.fromEntries(
          active.map(({ plugin }, p) => [
            plugin.name,
            plugin.explain?.(states.get(plugin), this.#pod, node, this.#cluster) ?? { kind: 'plain', raw: raw[p]![i]! },
          ]),
        ),
      ]),
    )
  }

  // Outcomes --------------------------------------------------------------------------------------------------------

  #record(part: Pick<DecisionRecord, 'outcome' | 'node' | 'message' | 'rejectedBy'> & Partial<DecisionRecord>): DecisionRecord {
    return {
      pod: this.#pod.key,
      schedulerName: this.#profile.schedulerName,
      order: this.#cluster.nodeNames,
      failed: this.#failed.map(({ name }) => name),
      rejections: this.#rejections,
      feasible: [],
      ...part,
    }
  }

  #filterStates(): ReadonlyMap<Plugin, unknown> {
    const states = new Map<Plugin, unknown>()
    for (const [i, plugin] of this.#profile.preFilter.entries())
      if (this.#states[i] !== undefined) states.set(plugin, this.#states[i])
    return states
  }

  #decide(
    feasible: readonly NodeInfo[],
    host: NodeInfo,
    scores: DecisionRecord['scores'],
    arithmetic: DecisionRecord['arithmetic'],
  ): Decision {
    const absent = this.#narrowedRejection()
    const record = this.#record({
      outcome: 'scheduled',
      node: host.name,
      message: '',
      rejectedBy: [],
      feasible: feasible.map(({ name }) => name),
      ...(absent ? { absent } : {}),
      ...(scores ? { scores } : {}),
      ...(arithmetic ? { arithmetic } : {}),
    })
    return {
      pod: this.#pod,
      outcome: 'scheduled',
      node: host,
      message: '',
      preemption: undefined,
      clearsNomination: false,
      rejectedBy: [],
      record,
      states: this.#filterStates(),
    }
  }

  #error(message: string, outcome: 'error' | 'unschedulable' = 'error'): Decision {
    return {
      pod: this.#pod,
      outcome,
      node: undefined,
      message,
      preemption: undefined,
      clearsNomination: true,
      rejectedBy: [],
      record: this.#record({ outcome, node: null, message, rejectedBy: [], failed: [], rejections: [] }),
      states: new Map(),
    }
  }

  /** No node is left. `absent`: what nodes count as that were not looked at. */
  #fail(absent: Rejection | undefined, preFilterReasons?: readonly string[]): Decision {
    const rejecting = new Set<string>()
    let last: string | undefined
    for (const { plugin } of this.#rejections) {
      if (plugin === last || plugin === undefined) continue
      last = plugin
      rejecting.add(plugin)
    }
    if (absent?.plugin) rejecting.add(absent.plugin)
    for (const plugin of this.#narrowed?.plugins ?? []) rejecting.add(plugin)
    const { reasons, preemption, clearsNomination } = this.#postFilter(absent?.status ?? unresolvable())
    const statuses = this.#rejections.map(({ status }) => status)
    const message = fitMessage({
      nodeCount: this.#cluster.nodes.length,
      ...(preFilterReasons ? { preFilterReasons } : {}),
      statuses,
      statusCount: statuses.length,
      absentReasons: absent?.status.reasons ?? [],
      postFilterMessage: reasons.join(', '),
    })
    const rejectedBy = [...rejecting]
    const record = this.#record({
      outcome: 'unschedulable',
      node: null,
      message,
      rejectedBy,
      ...(absent ? { absent } : {}),
      ...(preemption
        ? {
            preemption: {
              node: preemption.node,
              victims: preemption.victims.map(({ key }) => key),
              pdbViolations: preemption.pdbViolations,
            },
          }
        : {}),
    })
    return {
      pod: this.#pod,
      outcome: 'unschedulable',
      node: undefined,
      message,
      preemption,
      clearsNomination,
      rejectedBy,
      record,
      states: new Map(),
    }
  }

  #postFilter(absent: Status): { reasons: readonly string[]; preemption: Preemption | undefined; clearsNomination: boolean } {
    const statuses: Status[] = []
    for (let slot = 0; slot < this.#cluster.slots; slot++) statuses.push(absent)
    for (const [i, { slot }] of this.#failed.entries()) statuses[slot] = this.#rejections[i]!.status
    const filters = [...this.#locals, ...this.#others]
    const context: PostFilterContext = {
      pod: this.#pod,
      cluster: this.#cluster,
      now: this.#options.now,
      random: this.#options.random,
      statusOf: ({ slot }) => statuses[slot]!,
      hasPreFiltered: (name) => this.#profile.preFilter.slice(0, this.#preFiltered).some((plugin) => plugin.name === name),
      states: this.#states.length > 0 ? this.#states : NO_STATE,
      cloneStates: (states) => this.#cloneStates(states),
      addPod: (states, added, node) => this.#shift('addPod', states, added, node),
      removePod: (states, removed, node) => this.#shift('removePod', states, removed, node),
      runFilters: (states, node) => this.#whatIf(filters, states, node),
      recall: (node, compute) => this.#recall(node, compute),
    }
    const reasons: string[] = []
    let clearsNomination = false
    for (const plugin of this.#profile.postFilter) {
      const answer = plugin.postFilter!(context)
      if (!answer.status) return { reasons: [], preemption: answer.preemption, clearsNomination: false }
      if (answer.status.code === 'Error')
        return { reasons: answer.status.reasons, preemption: undefined, clearsNomination: false }
      if (answer.clearsNomination) clearsNomination = true
      reasons.push(...answer.status.reasons)
      if (answer.status.code === 'UnschedulableAndUnresolvable') break
    }
    return { reasons, preemption: undefined, clearsNomination }
  }

  /** Filters on a copy of a node, first with the pods nominated to it. */
  #whatIf(filters: readonly Plugin[], states: FilterStates, node: NodeInfo): Status | undefined {
    const guests = this.#guestsOf(node)
    if (guests.length > 0) {
      const rejection = this.#whenCrowded(filters, states, node, guests)
      if (rejection) return rejection.status
    }
    return this.#runFilters(filters, states, node)?.status
  }

  #recall<T>(node: NodeInfo, compute: () => T): T {
    if (this.#others.length > 0 || this.#guestsOf(node).length > 0) return compute()
    const { preemptions } = this.#memo
    const budgets = this.#cluster.objects.versionOf('PodDisruptionBudget')
    const known = preemptions.get(node.slot)
    if (known?.generation === node.generation && known.budgets === budgets) return known.answer as T
    const answer = compute()
    preemptions.set(node.slot, { generation: node.generation, budgets, answer })
    return answer
  }
}
