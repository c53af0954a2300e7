import type { Affinity, Node, NodeSelectorTerm } from '../../api/types.ts'
import { nodesOf } from '../cluster-events.ts'
import { defaultNormalizeScore, skip, unresolvable, type Plugin } from '../framework.ts'
import { matchesNodeSelectorTerm, matchesNodeSelectorTerms, NODE_NAME_FIELD } from '../node-selector.ts'
import type { PodShape } from '../pod-info.ts'

const REJECTED = unresolvable("node(s) didn't match Pod's node affinity/selector")
const REJECTED_BY_PROFILE = unresolvable("node(s) didn't match scheduler-enforced node affinity")
const CONFLICT = unresolvable('pod affinity terms conflict')

type Labels = Readonly<Record<string, string>>

/** `spec.nodeSelector` and required node affinity. */
export function matchesNodeRequirements(
  { nodeSelector, requiredNodeTerms }: PodShape,
  labels: Labels,
  nodeName: string,
): boolean {
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false
  return !requiredNodeTerms || matchesNodeSelectorTerms(requiredNodeTerms, labels, nodeName)
}

/** The nodes that the terms name; undefined when one of them names none. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const union = new Set<string>()
  for (const { matchFields = [] } of terms) {
    let names: ReadonlySet<string> | undefined
    for (const { key, operator, values = [] } of matchFields)
      if (key === NODE_NAME_FIELD && operator === 'In')
        names = names ? new Set(values.filter((name) => names!.has(name))) : new Set(values)
    if (!names) return undefined
    for (const name of names) union.add(name)
  }
  return union
}

export interface NodeAffinityArgs {
  /** Applies to every pod of the profile. */
  readonly addedAffinity?: Affinity['nodeAffinity']
}

/** nodeSelector and node affinity: required ones filter, preferred ones score. Models plugins/nodeaffinity (v1.35). */
export function createNodeAffinity({ addedAffinity }: NodeAffinityArgs): Plugin {
  const addedTerms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const addedPreferences = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const fits = (shape: PodShape, node: Node): boolean => {
    const { labels = {}, name } = node.metadata
    return (!addedTerms || matchesNodeSelectorTerms(addedTerms, labels, name)) && matchesNodeRequirements(shape, labels, name)
  }
  return {
    name: 'NodeAffinity',
    isNodeLocal: true,
    preFilter({ shape }) {
      if (!shape.nodeSelector && !shape.requiredNodeTerms && !addedTerms) return { status: skip }
      const terms = shape.requiredNodeTerms
      const nodeNames = terms && terms.length > 0 ? namedNodes(terms) : undefined
      if (!nodeNames) return {}
      return nodeNames.size === 0 ? { status: CONFLICT } : { nodeNames }
    },
    filter(_state, { shape }, node) {
      if (addedTerms && !matchesNodeSelectorTerms(addedTerms, node.labels, node.name)) return REJECTED_BY_PROFILE
      return matchesNodeRequirements(shape, node.labels, node.name) ? undefined : REJECTED
    },
    preScore: ({ shape }) => (shape.preferredNodeTerms.length === 0 && addedPreferences.length === 0 ? { status: skip } : {}),
    score(_state, { shape }, node) {
      let score = 0
      for (const preferred of [addedPreferences, shape.preferredNodeTerms])
        for (const { weight, preference } of preferred)
          if (weight !== 0 && matchesNodeSelectorTerm(preference, node.labels, node.name)) score += weight
      return score
    },
    normalizeScore: (_state, _pod, scores) => defaultNormalizeScore(scores, false),
    events: [
      {
        resource: 'Node',
        actions: ['Add', 'UpdateNodeLabel'],
        hint: ({ shape }, event) => {
          const { before, after } = nodesOf(event)
          return after !== undefined && fits(shape, after) && (before === undefined || !fits(shape, before))
        },
      },
    ],
  }
}
