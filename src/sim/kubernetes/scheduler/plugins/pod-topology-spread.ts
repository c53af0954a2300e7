import { matchesSelector, selectorOf, selectorOfLabels, type Selector } from '../../api/selectors.ts'
import type { Node, TopologySpreadConstraint } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'
import { isSamePod, nodesOf, podsOf } from '../cluster-events.ts'
import { idiv, MAX_NODE_SCORE, skip, unresolvable, unschedulable, type Plugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodInfo, PodShape } from '../pod-info.ts'
import { findUntoleratedTaint } from '../taints.ts'
import { CycleCount, type PodGroup, type Share, type ViewSpec } from '../topology-index.ts'
import { defaultSelector } from './default-selector.ts'
import { matchesNodeRequirements } from './node-affinity.ts'

const HOSTNAME = 'kubernetes.io/hostname'
const KEY_MISSING = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)")
const TOO_SKEWED = unschedulable("node(s) didn't match pod topology spread constraints")

export type DefaultConstraint = Pick<TopologySpreadConstraint, 'maxSkew' | 'topologyKey' | 'whenUnsatisfiable'>
export interface PodTopologySpreadArgs {
  readonly defaultingType: 'System' | 'List'
  readonly defaultConstraints: readonly DefaultConstraint[]
}

const SYSTEM_DEFAULTS: readonly DefaultConstraint[] = [
  { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
]

interface Constraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  /** Absent: matches nothing. */
  readonly selector: Selector | undefined
  readonly honorsNodeAffinity: boolean
  readonly honorsTaints: boolean
}

interface HardConstraint extends Constraint {
  readonly count: CycleCount
  /** 1 when the constraint counts the incoming pod itself. */
  readonly self: number
}
interface FilterState {
  readonly constraints: readonly HardConstraint[]
  /** The least count, per constraint; undefined after a change. */
  readonly mins: (number | undefined)[]
}

interface SoftConstraint extends Constraint {
  readonly count: CycleCount
  readonly domains: number
  readonly weight: number
}
interface ScoreState {
  readonly constraints: readonly SoftConstraint[]
  readonly ignored: ReadonlySet<string>
}

const ONE: Share = { weight: 1, hits: 1 }

function parse(constraint: TopologySpreadConstraint, labels: Readonly<Record<string, string>>): Constraint {
  let selector = selectorOf(constraint.labelSelector)
  const merged = Object.fromEntries(
    (constraint.matchLabelKeys ?? []).flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])),
  )
  if (Object.keys(merged).length > 0) selector = [...selectorOfLabels(merged), ...(selector ?? [])]
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    selector,
    honorsNodeAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  }
}

/** Whether the nodes' pods count for the constraint. */
function eligibility(
  { honorsNodeAffinity, honorsTaints }: Constraint,
  shape: PodShape,
): NonNullable<ViewSpec['eligible']> | undefined {
  const needsAffinity = honorsNodeAffinity && shape.nodeRequirementKey !== ''
  if (!needsAffinity && !honorsTaints) return undefined
  return {
    key: JSON.stringify([needsAffinity ? shape.nodeRequirementKey : '', honorsTaints ? shape.tolerations : '']),
    test: (node) =>
      (!needsAffinity || matchesNodeRequirements(shape, node.labels, node.name)) &&
      (!honorsTaints || !findUntoleratedTaint(node.taints, shape.tolerations)),
  }
}

/** An empty selector counts no pod, although it matches every one. */
function countOf(constraint: Constraint, shape: PodShape, spec: ViewSpec, { topology }: ClusterCache): CycleCount {
  const { selector } = constraint
  const share = ({ shape: other, isTerminating }: PodGroup): Share | undefined =>
    !isTerminating &&
    other.namespace === shape.namespace &&
    selector &&
    selector.length > 0 &&
    matchesSelector(selector, other.labels)
      ? ONE
      : undefined
  const counter = topology.counter(JSON.stringify(['spread', shape.namespace, selector ?? null]), spec, share)
  return new CycleCount(counter.view, counter)
}

const viewSpec = (constraint: Constraint, shape: PodShape, requiredKeys: readonly string[]): ViewSpec => {
  const eligible = eligibility(constraint, shape)
  return { topologyKey: constraint.topologyKey, requiredKeys, ...(eligible ? { eligible } : {}) }
}

/** Keeps the pods that a selector picks evenly over zones, hosts and the like. Models plugins/podtopologyspread (v1.35). */
export function createPodTopologySpread(args: PodTopologySpreadArgs): Plugin<FilterState, ScoreState> {
  const isSystem = args.defaultingType === 'System'
  const defaults = isSystem ? SYSTEM_DEFAULTS : args.defaultConstraints
  // Parsed constraints of a shape: its own never change.
  const parsed = new WeakMap<PodShape, Record<TopologySpreadConstraint['whenUnsatisfiable'], readonly Constraint[]>>()

  const constraintsOf = (
    shape: PodShape,
    when: TopologySpreadConstraint['whenUnsatisfiable'],
    cluster: ClusterCache,
  ): readonly Constraint[] => {
    const own = shape.spreadConstraints
    if (own.length > 0) {
      let both = parsed.get(shape)
      if (!both) {
        const of = (wanted: typeof when) =>
          own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === wanted).map((constraint) => parse(constraint, shape.labels))
        both = { DoNotSchedule: of('DoNotSchedule'), ScheduleAnyway: of('ScheduleAnyway') }
        parsed.set(shape, both)
      }
      return both[when]
    }
    const wanted = defaults.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when)
    if (wanted.length === 0) return []
    const selector = defaultSelector(shape, cluster)
    if (selector.length === 0) return []
    return wanted.map((constraint) => ({ ...parse(constraint, shape.labels), selector }))
  }

  const rawScore = ({ constraints, ignored }: ScoreState, node: NodeInfo): number => {
    if (ignored.size > 0 && ignored.has(node.name)) return 0
    let score = 0
    for (const { topologyKey, count, weight, maxSkew } of constraints)
      if (topologyKey in node.labels) score += count.of(count.view.domain[node.slot]!) * weight + (maxSkew - 1)
    return Math.round(score)
  }

  const shift = ({ constraints, mins }: FilterState, { shape }: PodInfo, other: PodInfo, node: NodeInfo, pods: 1 | -1): void => {
    if (other.shape.namespace !== shape.namespace) return
    for (const [i, { selector, count }] of constraints.entries()) {
      if (!matchesSelector(selector, other.shape.labels)) continue
      count.shift(node.slot, pods)
      mins[i] = undefined
    }
  }

  const hasKeys = (node: Node, constraints: readonly Constraint[]): boolean =>
    constraints.every(({ topologyKey }) => topologyKey in (node.metadata.labels ?? {}))

  return {
    name: 'PodTopologySpread',
    preFilter({ shape }, cluster) {
      const constraints = constraintsOf(shape, 'DoNotSchedule', cluster)
      if (constraints.length === 0) return { status: skip }
      const keys = constraints.map(({ topologyKey }) => topologyKey)
      return {
        state: {
          constraints: constraints.map((constraint) => ({
            ...constraint,
            count: countOf(constraint, shape, viewSpec(constraint, shape, keys), cluster),
            self: matchesSelector(constraint.selector, shape.labels) ? 1 : 0,
          })),
          mins: constraints.map(() => undefined),
        },
      }
    },
    addPod: (state, pod, added, node) => shift(state, pod, added, node, 1),
    removePod: (state, pod, removed, node) => shift(state, pod, removed, node, -1),
    cloneState: ({ constraints, mins }) => ({
      constraints: constraints.map((constraint) => ({ ...constraint, count: constraint.count.clone() })),
      mins: [...mins],
    }),
    filter({ constraints, mins }, _pod, node) {
      for (let i = 0; i < constraints.length; i++) {
        const { count, self, maxSkew, minDomains } = constraints[i]!
        const domain = count.view.domain[node.slot]!
        if (domain < 0) return KEY_MISSING
        const min = (mins[i] ??= count.view.registered.length < minDomains ? 0 : count.min())
        if (count.of(domain) + self - min > maxSkew) return TOO_SKEWED
      }
      return undefined
    },
    preScore({ shape }, feasible, cluster) {
      const constraints = constraintsOf(shape, 'ScheduleAnyway', cluster)
      if (constraints.length === 0) return { status: skip }
      const keys = constraints.map(({ topologyKey }) => topologyKey)
      const requiresAll = shape.spreadConstraints.length > 0 || !isSystem
      const ignored = new Set<string>()
      if (requiresAll) for (const node of feasible) if (!keys.every((key) => key in node.labels)) ignored.add(node.name)
      return {
        state: {
          ignored,
          constraints: constraints.map((constraint) => {
            const isHostname = constraint.topologyKey === HOSTNAME
            const count = isHostname
              ? countOf(constraint, shape, { topologyKey: undefined }, cluster)
              : countOf(constraint, shape, viewSpec(constraint, shape, requiresAll ? keys : []), cluster)
            const domains = isHostname ? feasible.length - ignored.size : domainsAmong(feasible, ignored, count)
            return { ...constraint, count, domains, weight: Math.log(domains + 2) }
          }),
        },
      }
    },
    score: (state, _pod, node) => rawScore(state, node),
    normalizeScore({ ignored }, _pod, scores, nodes) {
      let min = Infinity
      let max = 0
      for (let i = 0; i < scores.length; i++) {
        if (ignored.size > 0 && ignored.has(nodes[i]!.name)) continue
        const score = scores[i]!
        if (score < min) min = score
        if (score > max) max = score
      }
      for (let i = 0; i < scores.length; i++) {
        if (ignored.size > 0 && ignored.has(nodes[i]!.name)) scores[i] = 0
        else scores[i] = max === 0 ? MAX_NODE_SCORE : idiv(MAX_NODE_SCORE * (max + min - scores[i]!), max)
      }
    },
    explain: (state, _pod, node) => ({
      kind: 'spread',
      isIgnored: state.ignored.has(node.name),
      constraints: state.constraints
        .filter(({ topologyKey }) => topologyKey in node.labels)
        .map(({ topologyKey, count, domains, weight, maxSkew }) => ({
          topologyKey,
          count: count.of(count.view.domain[node.slot]!),
          domains,
          weight,
          maxSkew,
        })),
      raw: rawScore(state, node),
    }),
    events: [
      {
        resource: 'Pod',
        actions: ['Add', 'UpdatePodLabel', 'UpdatePodToleration', 'Delete'],
        hint: ({ pod, shape }, event, { cluster }) => {
          const { before, after } = podsOf(event)
          const changed = after ?? before
          if (!changed) return true
          const constraints = constraintsOf(shape, 'DoNotSchedule', cluster)
          if (event.action === 'UpdatePodToleration')
            return isSamePod(pod, changed) && constraints.some(({ honorsTaints }) => honorsTaints)
          if ((changed.metadata.namespace ?? 'default') !== shape.namespace) return false
          const isPicked = (labels: Readonly<Record<string, string>> | undefined): boolean =>
            constraints.some(({ selector }) => matchesSelector(selector, labels))
          if (before && after) {
            // A change of the pod's own labels may change what it counts itself as.
            return constraints.some(
              ({ selector }) =>
                matchesSelector(selector, before.metadata.labels) !== matchesSelector(selector, after.metadata.labels),
            )
          }
          return Boolean(changed.spec.nodeName) && isPicked(changed.metadata.labels)
        },
      },
      {
        resource: 'Node',
        actions: ['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'],
        hint: ({ shape }, event, { cluster }) => {
          const { before, after } = nodesOf(event)
          const constraints = constraintsOf(shape, 'DoNotSchedule', cluster)
          const had = before !== undefined && hasKeys(before, constraints)
          const has = after !== undefined && hasKeys(after, constraints)
          if (before && after) {
            if (event.action === 'UpdateNodeTaint') return had || has
            if (had !== has) return true
            return (
              has && constraints.some(({ topologyKey: key }) => before.metadata.labels?.[key] !== after.metadata.labels?.[key])
            )
          }
          return had || has
        },
      },
    ],
  }
}

/** How many domains the candidates form; a missing label is a domain, too. */
function domainsAmong(feasible: readonly NodeInfo[], ignored: ReadonlySet<string>, { view }: CycleCount): number {
  const seen = new Uint8Array(view.values.length + 1)
  let domains = 0
  for (const node of feasible) {
    if (ignored.size > 0 && ignored.has(node.name)) continue
    const domain = view.domain[node.slot]! + 1
    if (seen[domain] === 0) {
      seen[domain] = 1
      domains += 1
    }
  }
  return domains
}
