import { DEFAULT_RELEASE, RELEASES } from '../../sim/kubernetes/scheduler/releases.ts'

/** A cluster as its form asks for it: equal nodes, spread over zones. */
export interface ClusterChoice {
  readonly nodes: number
  /** Cores of each node. */
  readonly cpu: number
  /** Gibibytes of each node. */
  readonly memory: number
  readonly zones: number
  readonly release: string
  readonly seed: number
}

/** The newest first. */
export const RELEASE_NAMES = Object.keys(RELEASES).reverse()

/** What the engine takes for granted when nothing is said. */
export const DEFAULT_CLUSTER: ClusterChoice = { nodes: 3, cpu: 4, memory: 8, zones: 3, release: DEFAULT_RELEASE.release, seed: 42 }

/** Least and most that the form takes. */
export const LIMITS = {
  nodes: [1, 1000],
  cpu: [1, 512],
  memory: [1, 4096],
  zones: [1, 9],
  seed: [0, 2 ** 31 - 1],
} as const satisfies Partial<Record<keyof ClusterChoice, readonly [number, number]>>

const zoneName = (index: number): string => `zone-${String.fromCodePoint('a'.codePointAt(0)! + index)}`

/** The scenario file of a cluster: what one would write by hand. */
export function clusterText({ nodes, cpu, memory, zones, release, seed }: ClusterChoice): string {
  const zoneNames = Array.from({ length: Math.min(zones, nodes) }, (_, index) => zoneName(index))
  return `apiVersion: clusterlab.dev/v1
kind: Scenario
metadata:
  name: new-cluster
spec:
  title: {ko: 새 클러스터, en: New cluster}
  release: "${release}"
  seed: ${seed}
  cluster:
    nodes:
      - count: ${nodes}
        zones: [${zoneNames.join(', ')}]
        capacity: {cpu: ${cpu}, memory: ${memory}Gi, pods: 110}
`
}
