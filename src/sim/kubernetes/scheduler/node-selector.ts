import type { NodeSelectorRequirement, NodeSelectorTerm } from '../api/types.ts'

type Labels = Readonly<Record<string, string>>

/** `metadata.name` is the only field that a node is selected by. */
export const NODE_NAME_FIELD = 'metadata.name'

const INTEGER = /^[+-]?\d+$/

/** int64 of a label; undefined when it is none. */
const integerOf = (text: string | undefined): bigint | undefined =>
  text !== undefined && INTEGER.test(text) ? BigInt.asIntN(64, BigInt(text)) : undefined

function meetsExpression({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const isPresent = Object.hasOwn(labels, key)
  const value = labels[key]
  switch (operator) {
    case 'In':
      return isPresent && values.includes(value!)
    case 'NotIn':
      return !isPresent || !values.includes(value!)
    case 'Exists':
      return isPresent
    case 'DoesNotExist':
      return !isPresent
    case 'Gt':
    case 'Lt': {
      const have = isPresent ? integerOf(value) : undefined
      const bound = integerOf(values[0])
      if (have === undefined || bound === undefined) return false
      return operator === 'Gt' ? have > bound : have < bound
    }
    default:
      return false
  }
}

const meetsField = ({ key, operator, values = [] }: NodeSelectorRequirement, nodeName: string): boolean => {
  if (key !== NODE_NAME_FIELD || values.length !== 1) return false
  if (operator === 'In') return values[0] === nodeName
  return operator === 'NotIn' && values[0] !== nodeName
}

/** A term without requirements matches nothing. Models component-helpers/scheduling nodeaffinity (v1.35). */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, labels: Labels, nodeName: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((expression) => meetsExpression(expression, labels)) &&
    matchFields.every((field) => meetsField(field, nodeName))
  )
}

/** Terms are alternatives. */
export const matchesNodeSelectorTerms = (terms: readonly NodeSelectorTerm[], labels: Labels, nodeName: string): boolean =>
  terms.some((term) => matchesNodeSelectorTerm(term, labels, nodeName))
