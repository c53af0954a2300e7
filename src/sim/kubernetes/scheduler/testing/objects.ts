import type { AnyObject, Node, Pod } from '../../api/types.ts'
import type { ClusterCache } from '../cache.ts'
import { readConfiguration } from '../configuration.ts'
import { SchedulingCycles, type CycleOptions, type Decision } from '../cycle.ts'
import { decisionData, type DecisionData } from '../decision.ts'
import { readDump } from '../dump.ts'
import type { Profile } from '../profile.ts'
import { DEFAULT_RELEASE, type ReleaseBehaviour } from '../releases.ts'

type Amounts = Readonly<Record<string, string | number>>
const texts = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([key, value]) => [key, String(value)]))

export interface NodeFields {
  readonly allocatable?: Amounts
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: Node['spec']['taints']
  readonly unschedulable?: boolean
  readonly images?: NonNullable<Node['status']>['images']
}

/** A node with room for everything unless told otherwise. */
export const makeNode = (
  name: string,
  { allocatable = {}, labels = {}, taints, unschedulable, images }: NodeFields = {},
): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec: { ...(taints ? { taints } : {}), ...(unschedulable ? { unschedulable } : {}) },
  status: { allocatable: texts({ cpu: '4', memory: '32Gi', pods: '110', ...allocatable }), ...(images ? { images } : {}) },
})

export interface PodFields {
  readonly requests?: Amounts
  readonly labels?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly spec?: Partial<Pod['spec']>
  readonly status?: Pod['status']
  readonly metadata?: Partial<Pod['metadata']>
}

export const makePod = (
  name: string,
  { requests = {}, labels = {}, namespace = 'default', spec = {}, status, metadata = {} }: PodFields = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, uid: `uid-${name}`, labels, ...metadata },
  spec: { containers: [{ name: 'main', image: 'app', resources: { requests: texts(requests) } }], ...spec },
  ...(status ? { status } : {}),
})

export function profilesOf(config?: unknown, release: ReleaseBehaviour = DEFAULT_RELEASE): readonly Profile[] {
  const answer = readConfiguration(config, release)
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems))
  return answer.value.profiles
}

export interface World {
  readonly cluster: ClusterCache
  readonly cycles: SchedulingCycles
  readonly decide: (pod: Pod, options?: Partial<CycleOptions>) => Decision
  /** Decides, and counts the pod on its node. */
  readonly place: (pod: Pod, options?: Partial<CycleOptions>) => Decision
}

const NOW = 1_800_000_000_000

/** A cluster from objects that were neither defaulted nor admitted; pods without a node are left out. */
export function makeWorld(objects: readonly object[], config?: unknown, release: ReleaseBehaviour = DEFAULT_RELEASE): World {
  const { cluster } = readDump(objects as readonly AnyObject[], release)
  const cycles = new SchedulingCycles(cluster, profilesOf(config, release)[0]!)
  const decide = (pod: Pod, options: Partial<CycleOptions> = {}): Decision =>
    cycles.decide(cluster.reader.read(pod), { random: () => 0, now: NOW, ...options })
  return {
    cluster,
    cycles,
    decide,
    place(pod, options) {
      const decision = decide(pod, options)
      if (decision.node) cycles.assume(decision, decision.node)
      return decision
    },
  }
}

export const dataOf = (decision: Decision): DecisionData => decisionData(decision.record)

/** Node → what one plugin gave it. */
export function scoresOf(
  decision: Decision,
  plugin: string,
  kind: 'raw' | 'normalized' | 'weighted' = 'normalized',
): readonly (number | undefined)[] {
  return dataOf(decision).nodes.map(({ scores }) => scores?.[plugin]?.[kind])
}
