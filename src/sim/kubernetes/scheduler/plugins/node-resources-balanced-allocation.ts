import { idiv, skip, type Plugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodShape } from '../pod-info.ts'
import { isScalarResource } from '../pod-requests.ts'
import type { ReleaseBehaviour } from '../releases.ts'

/** 100 = every resource is used to the same fraction. The order of the float operations matters. */
export function balanceOf(fractions: readonly number[]): number {
  let deviation = 0
  if (fractions.length === 2) deviation = Math.abs((fractions[0]! - fractions[1]!) / 2)
  else if (fractions.length > 2) {
    let total = 0
    for (const fraction of fractions) total += fraction
    const mean = total / fractions.length
    let squares = 0
    for (const fraction of fractions) squares += (fraction - mean) * (fraction - mean)
    deviation = Math.sqrt(squares / fractions.length)
  }
  return Math.trunc((1 - deviation) * 100)
}

/** Prefers nodes whose resources are used evenly. Models plugins/noderesources/balanced_allocation.go (v1.35). */
export function createNodeResourcesBalancedAllocation(
  resources: readonly { readonly name: string }[],
  { balancedAllocation }: ReleaseBehaviour,
): Plugin {
  const names = resources.map(({ name }) => name)
  const isCpuMemory = names.length === 2 && names[0] === 'cpu' && names[1] === 'memory'

  const usedBy = (shape: PodShape, node: NodeInfo, withPod: boolean) =>
    names
      .filter((name) => (node.allocatable[name] ?? 0) !== 0 && !(isScalarResource(name) && (shape.requests[name] ?? 0) === 0))
      .map((name) => {
        const capacity = node.allocatable[name]!
        const requested = node.requested(name) + (withPod ? (shape.requests[name] ?? 0) : 0)
        return { resource: name, requested, capacity, fraction: Math.min(1, requested / capacity) }
      })
  const balance = (shape: PodShape, node: NodeInfo, withPod: boolean): number =>
    balanceOf(usedBy(shape, node, withPod).map(({ fraction }) => fraction))

  const score = (shape: PodShape, node: NodeInfo): number => {
    if (balancedAllocation === 'after') {
      if (isCpuMemory && node.allocatableCpu !== 0 && node.allocatableMemory !== 0) {
        const cpu = Math.min(1, (node.cpu + (shape.requests['cpu'] ?? 0)) / node.allocatableCpu)
        const memory = Math.min(1, (node.memory + (shape.requests['memory'] ?? 0)) / node.allocatableMemory)
        return Math.trunc((1 - Math.abs((cpu - memory) / 2)) * 100)
      }
      return balance(shape, node, true)
    }
    return 50 + idiv(50 + balance(shape, node, true) - balance(shape, node, false), 2)
  }

  return {
    name: 'NodeResourcesBalancedAllocation',
    isNodeLocal: true,
    preScore: ({ shape }) => (names.every((name) => (shape.requests[name] ?? 0) === 0) ? { status: skip } : {}),
    score: (_state, { shape }, node) => score(shape, node),
    explain: (_state, { shape }, node) => ({
      kind: 'balance',
      resources: usedBy(shape, node, true),
      balance: balance(shape, node, true),
      ...(balancedAllocation === 'improvement' ? { balanceBefore: balance(shape, node, false) } : {}),
      raw: score(shape, node),
    }),
  }
}
