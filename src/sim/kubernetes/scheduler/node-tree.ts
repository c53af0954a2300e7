import type { Node } from '../api/types.ts'

const BETA_ZONE = 'failure-domain.beta.kubernetes.io/zone'
const BETA_REGION = 'failure-domain.beta.kubernetes.io/region'
const ZONE = 'topology.kubernetes.io/zone'
const REGION = 'topology.kubernetes.io/region'

/** Region and zone of a node as one text; empty for a node with neither, which is a zone of its own. */
export function zoneKey({ metadata: { labels = {} } }: Node): string {
  const zone = labels[BETA_ZONE] ?? labels[ZONE] ?? ''
  const region = labels[BETA_REGION] ?? labels[REGION] ?? ''
  return zone === '' && region === '' ? '' : `${region}:\u0000:${zone}`
}

/** The order in which nodes are looked at: zones in turn, in each the oldest first. Models backend/cache/node_tree.go (v1.35). */
export class NodeTree {
  readonly #zones = new Map<string, string[]>()
  readonly #zoneOf = new Map<string, string>()

  /** True when the order changed. */
  set(node: Node): boolean {
    const { name } = node.metadata
    const zone = zoneKey(node)
    const previous = this.#zoneOf.get(name)
    if (previous === zone) return false
    if (previous !== undefined) this.remove(name)
    const nodes = this.#zones.get(zone)
    if (nodes) nodes.push(name)
    else this.#zones.set(zone, [name])
    this.#zoneOf.set(name, zone)
    return true
  }

  remove(name: string): void {
    const zone = this.#zoneOf.get(name)
    if (zone === undefined) return
    this.#zoneOf.delete(name)
    const rest = this.#zones.get(zone)!.filter((other) => other !== name)
    if (rest.length > 0) this.#zones.set(zone, rest)
    else this.#zones.delete(zone)
  }

  order(): readonly string[] {
    const zones = [...this.#zones.values()]
    const names: string[] = []
    for (let i = 0; names.length < this.#zoneOf.size; i++) for (const zone of zones) if (i < zone.length) names.push(zone[i]!)
    return names
  }

  /** Node names such that adding them in this order gives this tree again. */
  insertionOrder(): readonly string[] {
    return [...this.#zones.values()].flat()
  }
}
