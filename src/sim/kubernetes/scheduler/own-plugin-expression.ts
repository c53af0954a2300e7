import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** A value that an expression read, for showing how its result came about. */
export interface ExpressionInput {
  /** `node.free.cpu` */
  readonly name: string
  /** As text; undefined: there is no such label. */
  readonly value: string | undefined
}

export interface OwnExpression {
  readonly text: string
  /** Throws what CEL throws: a missing label, a division by zero. */
  evaluate(facts: Facts): unknown
  inputs(facts: Facts): readonly ExpressionInput[]
}

export type CompiledExpression =
  { readonly ok: true; readonly value: OwnExpression } | { readonly ok: false; readonly message: string }

/** What an expression may look at. */
export type Facts = Readonly<Record<'pod' | 'node', Readonly<Record<string, unknown>>>>

const MAX_LENGTH = 2000
/** Comprehensions within comprehensions: with at most 100 elements each this bounds the cost of one evaluation. */
const MAX_NESTED_MACROS = 2
const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])
const SHOWN_INPUTS = 8

const amounts = { cpu: 'int', memory: 'int' }
const labels = 'map<string, string>'

/**
 * Whole numbers: cpu in millicores, memory in bytes. `requested` is the sum over the Pods on the node, without the one that is looked at;
 * `free` = allocatable − requested.
 */
const environment = (): Environment =>
  new Environment({
    limits: { maxAstNodes: 200, maxDepth: 20, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 },
  })
    .registerVariable('pod', {
      schema: {
        name: 'string',
        namespace: 'string',
        labels,
        annotations: labels,
        priority: 'int',
        requests: amounts,
        images: 'list<string>',
      },
    })
    .registerVariable('node', {
      schema: {
        name: 'string',
        zone: 'string',
        labels,
        annotations: labels,
        taints: 'list<string>',
        allocatable: { ...amounts, pods: 'int' },
        requested: { ...amounts, pods: 'int' },
        free: { ...amounts, pods: 'int' },
      },
    })

const whole = (value: number): bigint => BigInt(Math.trunc(value))

export const podFacts = ({ pod, shape }: PodInfo): Facts['pod'] => ({
  name: pod.metadata.name,
  namespace: shape.namespace,
  labels: pod.metadata.labels ?? {},
  annotations: pod.metadata.annotations ?? {},
  priority: whole(shape.priority),
  requests: { cpu: whole(shape.requests['cpu'] ?? 0), memory: whole(shape.requests['memory'] ?? 0) },
  images: shape.images.slice(0, 100),
})

export function nodeFacts(node: NodeInfo): Facts['node'] {
  const { allocatableCpu, allocatableMemory, allocatablePods, cpu, memory, pods } = node
  const sums = (cpuMilli: number, memoryBytes: number, count: number) => ({
    cpu: whole(cpuMilli),
    memory: whole(memoryBytes),
    pods: whole(count),
  })
  return {
    name: node.name,
    zone: node.labels['topology.kubernetes.io/zone'] ?? '',
    labels: node.labels,
    annotations: node.node?.metadata.annotations ?? {},
    taints: node.taints.slice(0, 100).map(({ key, value = '', effect }) => `${key}=${value}:${effect}`),
    allocatable: sums(allocatableCpu, allocatableMemory, allocatablePods),
    requested: sums(cpu, memory, pods.length),
    free: sums(allocatableCpu - cpu, allocatableMemory - memory, allocatablePods - pods.length),
  }
}

/** An expression of an own plugin, checked for its type and for what it may cost. */
export function compileExpression(text: string, result: 'number' | 'condition'): CompiledExpression {
  if (text.length > MAX_LENGTH) return refuse(`at most ${MAX_LENGTH} characters`)
  try {
    const parsed = environment().parse(text)
    const check = parsed.check()
    if (!check.valid) return refuse(firstLine(check.error?.message ?? 'it does not type-check'))
    const type = check.type ?? 'dyn'
    const fits = type === 'dyn' || (result === 'condition' ? type === 'bool' : type === 'int' || type === 'double')
    if (!fits) return refuse(`it gives ${type}`)
    const nested = nestedMacros(parsed.ast)
    if (nested > MAX_NESTED_MACROS) return refuse(`at most ${MAX_NESTED_MACROS} nested comprehensions`)
    if (callsMatches(parsed.ast)) return refuse('matches() is not offered here: its cost has no bound')
    const paths = pathsOf(parsed.ast)
    return {
      ok: true,
      value: {
        text,
        evaluate: (facts) => parsed(facts),
        inputs: (facts) => paths.map((path) => ({ name: pathName(path), value: valueAt(facts, path) })),
      },
    }
  } catch (error) {
    return refuse(firstLine(error instanceof Error ? error.message : String(error)))
  }
}

const refuse = (message: string): CompiledExpression => ({ ok: false, message })
export const firstLine = (text: string): string => text.split('\n', 1)[0]!

// The tree --------------------------------------------------------------------------------------------------------------

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

function childrenOf({ args }: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = []
  const look = (value: unknown): void => {
    if (isNode(value)) found.push(value)
    else if (Array.isArray(value)) value.forEach(look)
  }
  look(args)
  return found
}

const calledName = (node: ASTNode): string | undefined => (node.op === 'rcall' || node.op === 'call' ? node.args[0] : undefined)

function nestedMacros(node: ASTNode): number {
  const deepest = childrenOf(node).reduce((max, child) => Math.max(max, nestedMacros(child)), 0)
  return deepest + (node.op === 'rcall' && MACROS.has(node.args[0]) ? 1 : 0)
}

const callsMatches = (node: ASTNode): boolean => calledName(node) === 'matches' || childrenOf(node).some(callsMatches)

type Path = readonly string[]

/** `node.free.cpu`, `pod.labels["app"]`: the longest ways into the facts, each once, in the order of the text. */
function pathsOf(root: ASTNode): readonly Path[] {
  const paths = new Map<string, Path>()
  const visit = (node: ASTNode): void => {
    const path = pathOf(node)
    if (path && path.length > 1) paths.set(path.join('\n'), path)
    else for (const child of childrenOf(node)) visit(child)
  }
  visit(root)
  return [...paths.values()].slice(0, SHOWN_INPUTS)
}

function pathOf(node: ASTNode): Path | undefined {
  if (node.op === 'id') return node.args === 'pod' || node.args === 'node' ? [node.args] : undefined
  if (node.op === '.') {
    const base = pathOf(node.args[0])
    return base && [...base, node.args[1]]
  }
  if (node.op !== '[]') return undefined
  const [of, key] = node.args
  const base = pathOf(of)
  return base && key.op === 'value' && typeof key.args === 'string' ? [...base, key.args] : undefined
}

const pathName = (path: Path): string =>
  path.map((part, i) => (i === 0 ? part : /^\w+$/.test(part) ? `.${part}` : `["${part}"]`)).join('')

function valueAt(facts: Facts, path: Path): string | undefined {
  let value: unknown = facts
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'string' || typeof value === 'bigint' ? String(value) : undefined
}
