import type { AnyObject } from '../../api/types.ts'

type Labels = Readonly<Record<string, string>>

const TOPOLOGY = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** The labels that a Pod takes over from its node when it is bound. Models plugin/pkg/admission/podtopologylabels (v1.35). */
export function topologyLabelsOf(node: AnyObject | undefined): Labels | undefined {
  const labels = node?.metadata.labels
  if (!labels) return undefined
  const taken: Record<string, string> = {}
  for (const key of TOPOLOGY) {
    const value = labels[key]
    if (value !== undefined) taken[key] = value
  }
  return Object.keys(taken).length === 0 ? undefined : taken
}
