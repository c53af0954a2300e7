import type { DecisionView } from '../../engine/protocol.ts'

const SHORT: Readonly<Record<string, string>> = {
  TaintToleration: 'Taint',
  NodeAffinity: 'Affin.',
  PodTopologySpread: 'Spread',
  InterPodAffinity: 'PodAff',
  NodeResourcesFit: 'Fit',
  NodeResourcesBalancedAllocation: 'Balan.',
  ImageLocality: 'Image',
  VolumeBinding: 'Vol.',
  DynamicResources: 'DRA',
}

/** A plugin's name as a column head; the whole name is its tooltip. */
export const shortPlugin = (name: string): string => SHORT[name] ?? (name.length > 7 ? `${name.slice(0, 6)}.` : name)

/** 0 … 4: how much of what the plugin can give at most. */
export function heatOf(weighted: number, weight: number): number {
  const share = weight > 0 ? weighted / (100 * weight) : 0
  return share <= 0 ? 0 : Math.min(4, 1 + Math.floor(share * 3.999))
}

/** Best first; then those that were refused, in the order in which they were asked. */
export function rowsOf({ nodes, node }: DecisionView): DecisionView['nodes'] {
  const feasible = nodes.filter(({ status }) => status === 'Success')
  const refused = nodes.filter(({ status }) => status !== 'Success')
  const best = [...feasible].sort((a, b) => (b.total ?? 0) - (a.total ?? 0) || Number(b.name === node) - Number(a.name === node))
  return [...best, ...refused]
}
