/** How a raw score came about, as numbers that can be shown: the screen only draws them. */
export type ScoreArithmetic =
  | {
      readonly kind: 'allocation'
      readonly strategy: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio'
      /** `requested` includes the pod; cpu in millicores, the rest in base units. */
      readonly resources: readonly {
        readonly resource: string
        readonly requested: number
        readonly capacity: number
        readonly weight: number
        readonly score: number
        /** Whether it enters the mean. */
        readonly counts: boolean
      }[]
      readonly raw: number
    }
  | {
      readonly kind: 'balance'
      readonly resources: readonly {
        readonly resource: string
        readonly requested: number
        readonly capacity: number
        readonly fraction: number
      }[]
      readonly balance: number
      /** From 1.36 on: without the pod. */
      readonly balanceBefore?: number
      readonly raw: number
    }
  | {
      readonly kind: 'images'
      readonly images: readonly { readonly image: string; readonly countedBytes: number }[]
      readonly minBytes: number
      readonly maxBytes: number
      readonly raw: number
    }
  | {
      readonly kind: 'spread'
      /** `count × weight + maxSkew − 1`, summed and rounded. `weight` = ln(domains + 2). */
      readonly constraints: readonly {
        readonly topologyKey: string
        readonly count: number
        readonly domains: number
        readonly weight: number
        readonly maxSkew: number
      }[]
      /** The node lacks a topology key: it gets 0. */
      readonly isIgnored: boolean
      readonly raw: number
    }
  | {
      readonly kind: 'podAffinity'
      readonly topologies: readonly { readonly topologyKey: string; readonly value: string; readonly weight: number }[]
      readonly raw: number
    }
  | {
      /** A plugin of one's own: what its expression read. */
      readonly kind: 'expression'
      readonly expression: string
      readonly inputs: readonly { readonly name: string; readonly value: string | undefined }[]
      readonly raw: number
    }
  | { readonly kind: 'plain'; readonly raw: number }

/** One line, e.g. `cpu (4000 − 1850) × 100 / 4000 = 53`. */
export function printArithmetic(arithmetic: ScoreArithmetic): string {
  switch (arithmetic.kind) {
    case 'allocation':
      return `${arithmetic.resources
        .map(({ resource, requested, capacity, score, weight }) => {
          const term =
            arithmetic.strategy === 'LeastAllocated'
              ? `(${capacity} − ${requested}) × 100 / ${capacity}`
              : `${requested} × 100 / ${capacity}`
          return `${resource} ${term} = ${score}${weight === 1 ? '' : ` (weight ${weight})`}`
        })
        .join('; ')} → ${arithmetic.raw}`
    case 'balance': {
      const used = arithmetic.resources
        .map(({ resource, requested, capacity }) => `${resource} ${requested} / ${capacity}`)
        .join('; ')
      const before = arithmetic.balanceBefore === undefined ? '' : `, before ${arithmetic.balanceBefore}`
      return `${used}; balance ${arithmetic.balance}${before} → ${arithmetic.raw}`
    }
    case 'images': {
      const sum = arithmetic.images.map(({ countedBytes }) => countedBytes).join(' + ')
      return `(${sum || '0'} − ${arithmetic.minBytes}) × 100 / (${arithmetic.maxBytes} − ${arithmetic.minBytes}) → ${arithmetic.raw}`
    }
    case 'spread':
      if (arithmetic.isIgnored) return 'a topology key is missing → 0'
      return `${arithmetic.constraints
        .map(({ topologyKey, count, domains, maxSkew }) => `${topologyKey} ${count} × ln(${domains} + 2) + ${maxSkew} − 1`)
        .join('; ')} → ${arithmetic.raw}`
    case 'podAffinity':
      return `${arithmetic.topologies.map(({ topologyKey, value, weight }) => `${topologyKey}=${value} ${weight}`).join('; ')} → ${arithmetic.raw}`
    case 'expression':
      return `${arithmetic.inputs.map(({ name, value }) => `${name} = ${value ?? 'absent'}`).join('; ')}; ${arithmetic.expression} → ${arithmetic.raw}`
    case 'plain':
      return String(arithmetic.raw)
  }
}
