import { matchesResolvedTerm, matchesTerm, resolveTerm, type ResolvedTerm } from '../affinity-terms.ts'
import type { ClusterCache } from '../cache.ts'
import { nodesOf, podsOf } from '../cluster-events.ts'
import { MAX_NODE_SCORE, skip, unresolvable, unschedulable, type Plugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { AffinityTerm, PodInfo, PodShape } from '../pod-info.ts'
import { CycleCount, type PodGroup, type Share, type TopologyCounter } from '../topology-index.ts'

const AFFINITY = unresolvable("node(s) didn't match pod affinity rules")
const ANTI_AFFINITY = unschedulable("node(s) didn't match pod anti-affinity rules")
const EXISTING_ANTI_AFFINITY = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")

export interface InterPodAffinityArgs {
  /** What a required affinity term of a pod that is already there adds to a node's score. */
  readonly hardPodAffinityWeight: number
  readonly ignorePreferredTermsOfExistingPods: boolean
}

interface FilterState {
  readonly affinity: readonly CycleCount[]
  readonly anti: readonly CycleCount[]
  /** By topology key. */
  readonly existingAnti: Map<string, CycleCount>
  readonly resolved: Resolved
  /** The pod satisfies its own affinity terms. */
  readonly matchesItself: boolean
}

interface ScoreState {
  readonly topologies: readonly { readonly topologyKey: string; readonly counter: TopologyCounter }[]
}

/** The incoming pod's terms with their namespaces looked up. */
interface Resolved {
  readonly version: number
  readonly affinity: readonly ResolvedTerm[]
  readonly anti: readonly ResolvedTerm[]
  readonly preferred: readonly { readonly term: ResolvedTerm; readonly weight: number }[]
}

const ONE: Share = { weight: 1, hits: 1 }

/** Topology keys by which the terms of pods that are there have something to say. */
interface ForeignKeys {
  readonly affinityVersion: number
  readonly namespacesVersion: number
  readonly anti: readonly string[]
  readonly scored: readonly string[]
}

/** Pods that want to be near, or away from, other pods. Models plugins/interpodaffinity (v1.35). */
export function createInterPodAffinity({
  hardPodAffinityWeight,
  ignorePreferredTermsOfExistingPods,
}: InterPodAffinityArgs): Plugin<FilterState, ScoreState> {
  const resolvedOf = new WeakMap<PodShape, Resolved>()
  const foreignOf = new WeakMap<PodShape, ForeignKeys>()

  const resolve = (shape: PodShape, cluster: ClusterCache): Resolved => {
    let resolved = resolvedOf.get(shape)
    if (resolved?.version !== cluster.namespacesVersion) {
      const one = (term: AffinityTerm): ResolvedTerm =>
        resolveTerm(term, cluster.namespaces, cluster.release.namespaceSelectorQuirk)
      resolved = {
        version: cluster.namespacesVersion,
        affinity: shape.requiredAffinity.map(one),
        anti: shape.requiredAntiAffinity.map(one),
        preferred: [
          ...shape.preferredAffinity.map(({ term, weight }) => ({ term: one(term), weight })),
          ...shape.preferredAntiAffinity.map(({ term, weight }) => ({ term: one(term), weight: -weight })),
        ],
      }
      resolvedOf.set(shape, resolved)
    }
    return resolved
  }

  /** What the terms of an existing group add for the incoming pod, at one topology key. */
  const foreignShare = (shape: PodShape, group: PodShape, topologyKey: string, cluster: ClusterCache): Share => {
    let weight = 0
    let hits = 0
    const add = (term: AffinityTerm, amount: number): void => {
      if (term.topologyKey !== topologyKey || !matchesTerm(term, shape, cluster.namespaceLabels)) return
      weight += amount
      hits += 1
    }
    if (hardPodAffinityWeight > 0) for (const term of group.requiredAffinity) add(term, hardPodAffinityWeight)
    for (const { term, weight: own } of group.preferredAffinity) add(term, own)
    for (const { term, weight: own } of group.preferredAntiAffinity) add(term, -own)
    return { weight, hits }
  }

  const foreignKeys = (shape: PodShape, cluster: ClusterCache): ForeignKeys => {
    const { topology, namespacesVersion } = cluster
    let keys = foreignOf.get(shape)
    if (keys?.affinityVersion !== topology.affinityVersion || keys.namespacesVersion !== namespacesVersion) {
      const anti = new Set<string>()
      const scored = new Set<string>()
      const note = (into: Set<string>, term: AffinityTerm): void => {
        if (!into.has(term.topologyKey) && matchesTerm(term, shape, cluster.namespaceLabels)) into.add(term.topologyKey)
      }
      for (const { shape: other } of topology.groupsWithAffinity) {
        for (const term of other.requiredAntiAffinity) note(anti, term)
        if (hardPodAffinityWeight > 0) for (const term of other.requiredAffinity) note(scored, term)
        for (const { term } of other.preferredAffinity) note(scored, term)
        for (const { term } of other.preferredAntiAffinity) note(scored, term)
      }
      keys = { affinityVersion: topology.affinityVersion, namespacesVersion, anti: [...anti], scored: [...scored] }
      foreignOf.set(shape, keys)
    }
    return keys
  }

  const termCount = (
    kind: string,
    ids: readonly string[],
    topologyKey: string,
    matches: (subject: PodShape) => boolean,
    { topology }: ClusterCache,
  ): CycleCount => {
    const share = (group: PodGroup): Share | undefined => (matches(group.shape) ? ONE : undefined)
    const counter = topology.counter(JSON.stringify([kind, ids]), { topologyKey }, share)
    return new CycleCount(counter.view, counter)
  }

  const existingAntiCount = (shape: PodShape, topologyKey: string, cluster: ClusterCache): CycleCount => {
    const share = ({ shape: other }: PodGroup): Share | undefined => {
      let terms = 0
      for (const term of other.requiredAntiAffinity)
        if (term.topologyKey === topologyKey && matchesTerm(term, shape, cluster.namespaceLabels)) terms += 1
      return terms > 0 ? { weight: terms, hits: terms } : undefined
    }
    const counter = cluster.topology.counter(JSON.stringify(['existing-anti', shape.groupKey]), { topologyKey }, share)
    return new CycleCount(counter.view, counter)
  }

  const shift = (
    state: FilterState,
    { shape }: PodInfo,
    other: PodInfo,
    node: NodeInfo,
    cluster: ClusterCache,
    pods: 1 | -1,
  ): void => {
    for (const term of other.shape.requiredAntiAffinity) {
      if (!matchesTerm(term, shape, cluster.namespaceLabels)) continue
      let count = state.existingAnti.get(term.topologyKey)
      if (!count) {
        count = new CycleCount(cluster.topology.view({ topologyKey: term.topologyKey }), undefined)
        state.existingAnti.set(term.topologyKey, count)
      }
      count.shift(node.slot, pods)
    }
    const { affinity, anti } = state.resolved
    if (affinity.length > 0 && affinity.every((term) => matchesResolvedTerm(term, other.shape)))
      for (const count of state.affinity) count.shift(node.slot, pods)
    for (const [i, term] of anti.entries()) if (matchesResolvedTerm(term, other.shape)) state.anti[i]!.shift(node.slot, pods)
  }

  const satisfiesAffinity = ({ affinity, matchesItself }: FilterState, node: NodeInfo): boolean => {
    let hasAll = true
    for (const count of affinity) {
      const domain = count.view.domain[node.slot]!
      if (domain < 0) return false
      if (count.of(domain) <= 0) hasAll = false
    }
    // The first pod of a group that wants company must be allowed somewhere.
    return hasAll || (matchesItself && affinity.every(({ hits }) => hits === 0))
  }

  const isTaken = (counts: Iterable<CycleCount>, node: NodeInfo): boolean => {
    for (const count of counts) {
      const domain = count.view.domain[node.slot]!
      if (domain >= 0 && count.of(domain) > 0) return true
    }
    return false
  }

  const rawScore = ({ topologies }: ScoreState, { slot }: NodeInfo): number => {
    let score = 0
    for (const { counter } of topologies) {
      const domain = counter.view.domain[slot]!
      if (domain >= 0) score += counter.counts[domain]!
    }
    return score
  }

  return {
    name: 'InterPodAffinity',
    preFilter({ shape }, cluster) {
      const resolved = resolve(shape, cluster)
      const existingAnti = new Map<string, CycleCount>()
      let existingHits = 0
      for (const topologyKey of foreignKeys(shape, cluster).anti) {
        const count = existingAntiCount(shape, topologyKey, cluster)
        existingAnti.set(topologyKey, count)
        existingHits += count.hits
      }
      const { affinity, anti } = resolved
      if (existingHits === 0 && affinity.length === 0 && anti.length === 0) return { status: skip }
      const affinityIds = affinity.map(({ term }) => term.id)
      return {
        state: {
          existingAnti,
          resolved,
          affinity: affinity.map(({ term }) =>
            termCount(
              'affinity',
              affinityIds,
              term.topologyKey,
              (subject) => affinity.every((each) => matchesResolvedTerm(each, subject)),
              cluster,
            ),
          ),
          anti: anti.map((each) =>
            termCount('anti', [each.term.id], each.term.topologyKey, (subject) => matchesResolvedTerm(each, subject), cluster),
          ),
          matchesItself: affinity.every((each) => matchesResolvedTerm(each, shape)),
        },
      }
    },
    addPod: (state, pod, added, node, cluster) => shift(state, pod, added, node, cluster, 1),
    removePod: (state, pod, removed, node, cluster) => shift(state, pod, removed, node, cluster, -1),
    cloneState: (state) => ({
      ...state,
      affinity: state.affinity.map((count) => count.clone()),
      anti: state.anti.map((count) => count.clone()),
      existingAnti: new Map([...state.existingAnti].map(([key, count]) => [key, count.clone()])),
    }),
    filter(state, _pod, node) {
      if (state.affinity.length > 0 && !satisfiesAffinity(state, node)) return AFFINITY
      if (state.anti.length > 0 && isTaken(state.anti, node)) return ANTI_AFFINITY
      if (state.existingAnti.size > 0 && isTaken(state.existingAnti.values(), node)) return EXISTING_ANTI_AFFINITY
      return undefined
    },
    preScore({ shape }, _feasible, cluster) {
      const { preferred } = resolve(shape, cluster)
      if (preferred.length === 0 && ignorePreferredTermsOfExistingPods) return { status: skip }
      const keys = new Set([...preferred.map(({ term }) => term.term.topologyKey), ...foreignKeys(shape, cluster).scored])
      const id = JSON.stringify(['score', hardPodAffinityWeight, shape.groupKey])
      // Sorted: which term came first must not show.
      const topologies = [...keys].sort().map((topologyKey) => {
        const share = ({ shape: other }: PodGroup): Share | undefined => {
          let { weight, hits } = foreignShare(shape, other, topologyKey, cluster)
          for (const { term, weight: own } of preferred) {
            if (term.term.topologyKey !== topologyKey || !matchesResolvedTerm(term, other)) continue
            weight += own
            hits += 1
          }
          return hits > 0 ? { weight, hits } : undefined
        }
        return { topologyKey, counter: cluster.topology.counter(id, { topologyKey }, share) }
      })
      return topologies.every(({ counter }) => counter.hits === 0) ? { status: skip } : { state: { topologies } }
    },
    score: (state, _pod, node) => rawScore(state, node),
    normalizeScore(_state, _pod, scores) {
      let min = Infinity
      let max = -Infinity
      for (const score of scores) {
        if (score < min) min = score
        if (score > max) max = score
      }
      const spread = max - min
      // Division first: the order decides about the last digit.
      for (let i = 0; i < scores.length; i++)
        scores[i] = spread > 0 ? Math.trunc(MAX_NODE_SCORE * ((scores[i]! - min) / spread)) : 0
    },
    explain: (state, _pod, node) => ({
      kind: 'podAffinity',
      topologies: state.topologies.flatMap(({ topologyKey, counter }) => {
        const domain = counter.view.domain[node.slot]!
        return domain < 0 ? [] : [{ topologyKey, value: counter.view.values[domain]!, weight: counter.counts[domain]! }]
      }),
      raw: rawScore(state, node),
    }),
    events: [
      {
        resource: 'Pod',
        actions: ['Add', 'UpdatePodLabel', 'Delete'],
        hint: ({ shape }, event, { cluster }) => {
          const { before, after } = podsOf(event)
          const { affinity, anti } = resolve(shape, cluster)
          const isAll = (terms: readonly ResolvedTerm[], pod: PodInfo): boolean =>
            terms.length > 0 && terms.every((term) => matchesResolvedTerm(term, pod.shape))
          const old = before && cluster.reader.read(before)
          const now = after && cluster.reader.read(after)
          if (old && now) {
            if (!after.spec.nodeName) return false
            return (!isAll(affinity, old) && isAll(affinity, now)) || (isAll(anti, old) && !isAll(anti, now))
          }
          if (now) return Boolean(after.spec.nodeName) && isAll(affinity, now)
          if (!old) return true
          if (isAll(anti, old)) return true
          return (
            cluster.release.wakesOnForeignAntiAffinity &&
            old.shape.requiredAntiAffinity.some((term) => matchesTerm(term, shape, cluster.namespaceLabels))
          )
        },
      },
      {
        resource: 'Node',
        actions: ['Add', 'UpdateNodeLabel'],
        hint: ({ shape }, event) => {
          const { before, after } = nodesOf(event)
          const old = before?.metadata.labels
          const now = after?.metadata.labels ?? {}
          for (const { topologyKey: key } of shape.requiredAffinity)
            if (before ? key in now && old?.[key] !== now[key] : key in now) return true
          if (!before) return shape.requiredAntiAffinity.length > 0
          return shape.requiredAntiAffinity.some(({ topologyKey: key }) => old?.[key] !== now[key])
        },
      },
    ],
  }
}
