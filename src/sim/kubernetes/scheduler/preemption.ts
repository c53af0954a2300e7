import { matchesLabelSelector } from '../api/selectors.ts'
import type { Pod, PodDisruptionBudget } from '../api/types.ts'
import {
  failure,
  idiv,
  unresolvable,
  unschedulable,
  type PostFilterAnswer,
  type PostFilterContext,
  type Preemption,
  type Status,
} from './framework.ts'
import { fitMessage } from './messages.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

export interface PreemptionArgs {
  readonly minCandidateNodesPercentage: number
  readonly minCandidateNodesAbsolute: number
}

const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
const NO_VICTIMS = unresolvable('No preemption victims found for incoming pod')

const isTerminatingByPreemption = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (status?.conditions ?? []).some(
    ({ type, status: value, reason }) => type === 'DisruptionTarget' && value === 'True' && reason === 'PreemptionByScheduler',
  )

function ineligibility({ pod: { pod, shape }, cluster, statusOf }: PostFilterContext): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.status?.nominatedNodeName
  const node = nominated ? cluster.node(nominated) : undefined
  if (!node || statusOf(node).code === 'UnschedulableAndUnresolvable') return undefined
  const isWaiting = node.pods.some((other) => other.shape.priority < shape.priority && isTerminatingByPreemption(other.pod))
  return isWaiting ? 'not eligible due to a terminating pod on the nominated node.' : undefined
}

/** Higher priority first; among equals the older. */
const byImportance =
  (now: number) =>
  (a: PodInfo, b: PodInfo): number =>
    b.shape.priority - a.shape.priority || (a.startTime ?? now) - (b.startTime ?? now)

/** Pods whose removal breaks a budget, and the others, both in order. A budget never forbids, it only ranks. */
function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly PodInfo[]; readonly rest: readonly PodInfo[] } {
  const violating: PodInfo[] = []
  const rest: PodInfo[] = []
  const allowed = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0)
  for (const pod of pods) {
    let isViolating = false
    const { namespace, labels } = pod.shape
    if (Object.keys(labels).length > 0)
      for (const [i, { metadata, spec, status }] of budgets.entries()) {
        const { matchLabels, matchExpressions } = spec.selector ?? {}
        const isEmpty = Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0
        if ((metadata.namespace ?? 'default') !== namespace || isEmpty || !matchesLabelSelector(spec.selector, labels)) continue
        if (status?.disruptedPods?.[pod.pod.metadata.name] !== undefined) continue
        allowed[i]! -= 1
        if (allowed[i]! < 0) isViolating = true
      }
    ;(isViolating ? violating : rest).push(pod)
  }
  return { violating, rest }
}

/** The fewest pods of lower priority that must go so that the pod fits. `node` and `states` are copies. */
function selectVictims(
  context: PostFilterContext,
  node: NodeInfo,
  states: PostFilterContext['states'],
  budgets: readonly PodDisruptionBudget[],
): Preemption | Status {
  const { pod, now } = context
  const remove = (victim: PodInfo): void => {
    node.removePod(victim)
    context.removePod(states, victim, node)
  }
  const potential = node.pods.filter(({ shape }) => shape.priority < pod.shape.priority)
  if (potential.length === 0) return NO_VICTIMS
  for (const victim of potential) remove(victim)
  const status = context.runFilters(states, node)
  if (status) return status

  const order = byImportance(now)
  potential.sort(order)
  const { violating, rest } = splitByBudgets(potential, budgets)
  const victims: PodInfo[] = []
  let pdbViolations = 0
  const reprieve = (victim: PodInfo): boolean => {
    node.addPod(victim)
    context.addPod(states, victim, node)
    if (!context.runFilters(states, node)) return true
    remove(victim)
    victims.push(victim)
    return false
  }
  for (const victim of violating) if (!reprieve(victim)) pdbViolations += 1
  for (const victim of rest) reprieve(victim)
  if (violating.length > 0 && rest.length > 0) victims.sort(order)
  return { node: node.name, victims, pdbViolations }
}

const isStatus = (answer: Preemption | Status): answer is Status => 'code' in answer

/** The latest wins: the start of the oldest among the most important victims. */
function earliestStart({ victims }: Preemption, now: number): number {
  let top = -Infinity
  let earliest = Infinity
  for (const { shape, startTime = now } of victims) {
    if (shape.priority > top) earliest = Infinity
    top = Math.max(top, shape.priority)
    if (shape.priority === top) earliest = Math.min(earliest, startTime)
  }
  return earliest
}

const INT32 = 2_147_483_648

/** Criteria in order; each keeps the candidates with the lowest value. The last word has the order of the list. */
export function pickCandidate(candidates: readonly Preemption[], now: number): Preemption {
  const criteria: readonly ((candidate: Preemption) => number)[] = [
    ({ pdbViolations }) => pdbViolations,
    ({ victims }) => victims[0]!.shape.priority,
    ({ victims }) => victims.reduce((sum, { shape }) => sum + shape.priority + INT32, 0),
    ({ victims }) => victims.length,
    (candidate) => -earliestStart(candidate, now),
  ]
  let left = candidates
  for (const criterion of criteria) {
    if (left.length === 1) break
    const values = left.map(criterion)
    let best = Infinity
    for (const value of values) if (value < best) best = value
    left = left.filter((_, i) => values[i] === best)
  }
  return left[0]!
}

/** How many nodes are tried before the best is taken. */
export const candidateCount = (
  nodes: number,
  { minCandidateNodesPercentage, minCandidateNodesAbsolute }: PreemptionArgs,
): number => Math.min(nodes, Math.max(minCandidateNodesAbsolute, idiv(nodes * minCandidateNodesPercentage, 100)))

/** Looks for the node where removing pods costs least. Models framework/preemption (v1.35). */
export function preempt(context: PostFilterContext, args: PreemptionArgs): PostFilterAnswer {
  const { cluster, now } = context
  const refusal = ineligibility(context)
  if (refusal !== undefined) return { status: unschedulable(refusal) }

  const nodes = cluster.nodes
  const potential = nodes.filter((node) => context.statusOf(node).code === 'Unschedulable')
  const wanted = candidateCount(potential.length, args)
  const offset = potential.length > 0 ? context.random(potential.length) : 0
  const budgets = cluster.objects.list('PodDisruptionBudget')
  const violating: Preemption[] = []
  const clean: Preemption[] = []
  const statuses: Status[] = []
  const errors: string[] = []
  for (let i = 0; i < potential.length; i++) {
    const node = potential[(offset + i) % potential.length]!
    const answer = context.recall(node, () => selectVictims(context, node.clone(), context.cloneStates(context.states), budgets))
    if (isStatus(answer)) statuses.push(answer)
    else if (answer.victims.length === 0) {
      errors.push(`expected at least one victim pod on node "${node.name}"`)
      statuses.push(failure(errors.at(-1)!))
    } else (answer.pdbViolations === 0 ? clean : violating).push(answer)
    if (clean.length > 0 && clean.length + violating.length >= wanted) break
  }
  const candidates = [...clean, ...violating]
  if (candidates.length > 0) return { status: undefined, preemption: pickCandidate(candidates, now) }
  if (errors.length > 0) {
    const distinct = [...new Set(errors)]
    return { status: failure(distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`) }
  }
  const message = fitMessage({
    nodeCount: nodes.length,
    statuses,
    statusCount: statuses.length,
    absentReasons: [NOT_HELPFUL],
  })
  return { status: unschedulable(message), clearsNomination: true }
}
