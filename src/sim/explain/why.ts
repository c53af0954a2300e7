import { NO_CAUSE, type Cause, type CauseId, type ObjectKey } from '../kernel/causes.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Cluster } from '../kubernetes/cluster.ts'

const sameObject = (a: ObjectKey | undefined, b: ObjectKey): boolean =>
  a !== undefined && a.name === b.name && a.namespace === b.namespace && a.resource === b.resource

/** The causes of an object's writes, newest first. */
export function* writesOf(kernel: Kernel, key: ObjectKey): Iterable<Cause> {
  for (let id = kernel.causes.size; id > 0; id--) {
    const cause = kernel.causes.get(id)!
    if (cause.type === 'write' && sameObject(cause.object, key)) yield cause
  }
}

/**
 * Why an object is as it is: from its last write back to a command, a fault or the start. Only recorded causes count. A write that followed from
 * a node's silence goes on to whatever silenced the node.
 */
export function whyOf(cluster: Cluster, key: ObjectKey): readonly Cause[] {
  const { kernel } = cluster
  let best: readonly Cause[] = []
  let looked = 0
  for (const write of writesOf(kernel, key)) {
    const chain = withSilence(cluster, chainOf(kernel, write.id))
    const root = chain.at(-1)!
    if (root.type !== 'write') return chain // it leads back to someone who did something
    if (chain.length > best.length) best = chain
    looked += 1
    if (looked === 50) break
  }
  return best
}

/** From a cause back to its root; a component that writes twice in a row for one reason counts once. */
function chainOf(kernel: Kernel, id: CauseId): readonly Cause[] {
  const chain: Cause[] = []
  for (const cause of kernel.causes.chain(id)) {
    const last = chain.at(-1)
    if (last && last.type === 'write' && cause.type === 'write' && last.actor === cause.actor && last.object && sameObject(cause.object, last.object)) continue
    chain.push(cause)
  }
  return chain
}

function withSilence(cluster: Cluster, chain: readonly Cause[]): readonly Cause[] {
  const root = chain.at(-1)
  if (!root || root.parent !== NO_CAUSE || root.type !== 'write' || root.object?.resource !== 'nodes') return chain
  const silence = cluster.silencedBy(root.object.name)
  if (silence === undefined || silence === NO_CAUSE) return chain
  const blamed = cluster.kernel.causes.chain(silence)
  return blamed.length > 0 && blamed[0]!.at <= root.at ? [...chain, ...blamed] : chain
}
