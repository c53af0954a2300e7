import { defaultNormalizeScore, failure, MAX_NODE_SCORE, type Plugin, unschedulable } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import { type Facts, firstLine, nodeFacts, type OwnExpression, podFacts } from '../own-plugin-expression.ts'
import type { PodInfo } from '../pod-info.ts'

/** Arguments of a plugin written by a student. At least one of score and filter. */
export interface OwnPluginArgs {
  readonly score: OwnExpression | undefined
  /** `None`: the score is 0…100 already. */
  readonly normalize: 'None' | 'HigherIsBetter' | 'LowerIsBetter'
  /** True: the node may take the pod. */
  readonly filter: OwnExpression | undefined
  /** What a refused node says. */
  readonly reason: string
}

type Scores = ReadonlyMap<string, number>

const factsOf = (pod: Facts['pod'], node: NodeInfo): Facts => ({ pod, node: nodeFacts(node) })
const told = (error: unknown): string => firstLine(error instanceof Error ? error.message : String(error))

/**
 * A plugin whose filter and score are CEL expressions over `pod` and `node`. What an expression cannot compute is an error of the cycle, as
 * it is when a compiled plugin fails. Simplified: there is no such plugin upstream; there one writes Go against the same framework.
 */
export function createOwnPlugin(name: string, { score, normalize, filter, reason }: OwnPluginArgs): Plugin<Facts['pod'], Scores> {
  const max = normalize === 'None' ? MAX_NODE_SCORE : Number.MAX_SAFE_INTEGER / MAX_NODE_SCORE
  const scoreOf = (pod: Facts['pod'], node: NodeInfo): number | string => {
    let value: unknown
    try {
      value = score!.evaluate(factsOf(pod, node))
    } catch (error) {
      return told(error)
    }
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) return `expected a number, received ${String(value)}`
    const whole = Math.floor(number)
    return whole >= 0 && whole <= max ? whole : `expected a score in 0…${normalize === 'None' ? max : '∞'}, received ${whole}`
  }
  return {
    name,
    ...(filter
      ? {
          preFilter: (pod: PodInfo) => ({ state: podFacts(pod) }),
          filter: (facts: Facts['pod'], _pod: PodInfo, node: NodeInfo) => {
            try {
              const answer = filter.evaluate(factsOf(facts, node))
              if (typeof answer !== 'boolean') return failure(`expected true or false, received ${String(answer)}`)
              return answer ? undefined : unschedulable(reason)
            } catch (error) {
              return failure(told(error))
            }
          },
          events: [
            {
              resource: 'Node',
              actions: ['Add', 'UpdateNodeLabel', 'UpdateNodeTaint', 'UpdateNodeAllocatable', 'UpdateNodeAnnotation'],
            },
            { resource: 'Pod', actions: ['Delete', 'UpdatePodLabel'] },
          ],
        }
      : {}),
    ...(score
      ? {
          preScore: (pod: PodInfo, feasible: readonly NodeInfo[]) => {
            const facts = podFacts(pod)
            const scores = new Map<string, number>()
            for (const node of feasible) {
              const value = scoreOf(facts, node)
              if (typeof value === 'string') return { status: failure(`${node.name}: ${value}`) }
              scores.set(node.name, value)
            }
            return { state: scores }
          },
          score: (scores: Scores, _pod: PodInfo, node: NodeInfo) => scores.get(node.name)!,
          explain: (scores: Scores, pod: PodInfo, node: NodeInfo) => ({
            kind: 'expression',
            expression: score.text,
            inputs: score.inputs(factsOf(podFacts(pod), node)),
            raw: scores.get(node.name)!,
          }),
          ...(normalize === 'None'
            ? {}
            : {
                normalizeScore: (_state: Scores, _pod: PodInfo, values: Float64Array) =>
                  defaultNormalizeScore(values, normalize === 'LowerIsBetter'),
              }),
        }
      : {}),
  }
}
