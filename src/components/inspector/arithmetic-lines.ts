import type { TFunction } from 'i18next'
import type { ScoreArithmetic } from '../../engine/protocol.ts'

const MIB = 1024 * 1024

/** An amount as people read it: `1850m`, `2048 MiB`, `3`. */
function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return `${amount}m`
  if (resource === 'memory' || resource === 'ephemeral-storage') return `${Number((amount / MIB).toFixed(1))} MiB`
  return String(amount)
}

const mebibytes = (bytes: number): string => String(Number((bytes / MIB).toFixed(1)))

/** How a raw score came about, a line a step, in the words of the language. */
export function arithmeticLines(arithmetic: ScoreArithmetic, t: TFunction<'panels'>): readonly string[] {
  const { raw } = arithmetic
  switch (arithmetic.kind) {
    case 'allocation': {
      const { resources, strategy } = arithmetic
      const key =
        strategy === 'LeastAllocated'
          ? 'scheduler.line.least'
          : strategy === 'MostAllocated'
            ? 'scheduler.line.most'
            : 'scheduler.line.ratio'
      const counted = resources.filter(({ counts }) => counts)
      return [
        ...counted.map(({ resource, requested, capacity, score, weight }) => {
          const line = t(key, {
            resource,
            requested: amountText(resource, requested),
            capacity: amountText(resource, capacity),
            score,
          })
          return weight === 1 ? line : `${line} (${t('scheduler.line.weight', { weight })})`
        }),
        t('scheduler.line.mean', { raw }),
      ]
    }
    case 'balance': {
      const { resources, balance, balanceBefore } = arithmetic
      return [
        ...resources.map(({ resource, requested, capacity, fraction }) =>
          t('scheduler.line.fraction', {
            resource,
            requested: amountText(resource, requested),
            capacity: amountText(resource, capacity),
            fraction: fraction.toFixed(3),
          }),
        ),
        t('scheduler.line.balance', { balance }),
        ...(balanceBefore === undefined ? [] : [t('scheduler.line.balanceBefore', { before: balanceBefore, balance, raw })]),
      ]
    }
    case 'images': {
      const found = arithmetic.images.filter(({ countedBytes }) => countedBytes > 0)
      return [
        ...(found.length === 0 ? [t('scheduler.line.noImages')] : []),
        ...found.map(({ image, countedBytes }) => t('scheduler.line.image', { image, size: mebibytes(countedBytes) })),
        t('scheduler.line.images', { min: mebibytes(arithmetic.minBytes), max: mebibytes(arithmetic.maxBytes), raw }),
      ]
    }
    case 'spread':
      if (arithmetic.isIgnored) return [t('scheduler.line.ignored')]
      return [
        ...arithmetic.constraints.map(({ topologyKey, count, domains, maxSkew }) =>
          t('scheduler.line.spread', { topologyKey, count, domains, maxSkew }),
        ),
        t('scheduler.line.spreadSum', { raw }),
      ]
    case 'podAffinity':
      if (arithmetic.topologies.length === 0) return [t('scheduler.line.noAffinity')]
      return [
        ...arithmetic.topologies.map(({ topologyKey, value, weight }) =>
          t('scheduler.line.affinity', { topologyKey, value, weight }),
        ),
        t('scheduler.line.affinitySum', { raw }),
      ]
    case 'expression':
      return [
        ...arithmetic.inputs.map(({ name, value }) =>
          t('scheduler.line.input', { name, value: value ?? t('scheduler.line.absent') }),
        ),
        t('scheduler.line.expression', { expression: arithmetic.expression.trim(), raw }),
      ]
    case 'plain':
      return []
  }
}
