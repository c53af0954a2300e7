import type { Plugin } from './framework.ts'
import type { ReleaseBehaviour } from './releases.ts'
import { defaultBinder } from './plugins/default-binder.ts'
import { createDefaultPreemption } from './plugins/default-preemption.ts'
import { createDynamicResources } from './plugins/dynamic-resources.ts'
import { imageLocality } from './plugins/image-locality.ts'
import { createInterPodAffinity, type InterPodAffinityArgs } from './plugins/inter-pod-affinity.ts'
import { createNodeAffinity, type NodeAffinityArgs } from './plugins/node-affinity.ts'
import { nodeDeclaredFeatures } from './plugins/node-declared-features.ts'
import { nodeName } from './plugins/node-name.ts'
import { nodePorts } from './plugins/node-ports.ts'
import { createNodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts'
import { createNodeResourcesFit, type NodeResourcesFitArgs } from './plugins/node-resources-fit.ts'
import { nodeUnschedulable } from './plugins/node-unschedulable.ts'
import { nodeVolumeLimits } from './plugins/node-volume-limits.ts'
import { createPodTopologySpread, type PodTopologySpreadArgs } from './plugins/pod-topology-spread.ts'
import { prioritySort } from './plugins/priority-sort.ts'
import { schedulingGates } from './plugins/scheduling-gates.ts'
import { createTaintToleration } from './plugins/taint-toleration.ts'
import { volumeBinding } from './plugins/volume-binding.ts'
import { createVolumeRestrictions } from './plugins/volume-restrictions.ts'
import { volumeZone } from './plugins/volume-zone.ts'
import type { PreemptionArgs } from './preemption.ts'

/** Arguments of the plugins that take some. */
export interface PluginArgs {
  readonly NodeResourcesFit: NodeResourcesFitArgs
  readonly NodeResourcesBalancedAllocation: { readonly resources: readonly { readonly name: string; readonly weight: number }[] }
  readonly NodeAffinity: NodeAffinityArgs
  readonly PodTopologySpread: PodTopologySpreadArgs
  readonly InterPodAffinity: InterPodAffinityArgs
  readonly DefaultPreemption: PreemptionArgs
}

const CPU_AND_MEMORY = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
]

export const DEFAULT_ARGS: PluginArgs = {
  NodeResourcesFit: {
    scoringStrategy: { type: 'LeastAllocated', resources: CPU_AND_MEMORY },
    ignoredResources: [],
    ignoredResourceGroups: [],
  },
  NodeResourcesBalancedAllocation: { resources: CPU_AND_MEMORY },
  NodeAffinity: {},
  PodTopologySpread: { defaultingType: 'System', defaultConstraints: [] },
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
}

type Factory = (args: PluginArgs, release: ReleaseBehaviour) => Plugin

/** Every plugin that a profile can name, in the order of the default profile. */
export const PLUGIN_FACTORIES: ReadonlyMap<string, Factory> = new Map<string, Factory>([
  ['SchedulingGates', () => schedulingGates],
  ['PrioritySort', () => prioritySort],
  ['NodeUnschedulable', () => nodeUnschedulable],
  ['NodeName', () => nodeName],
  ['TaintToleration', (_args, release) => createTaintToleration(release)],
  ['NodeAffinity', ({ NodeAffinity }) => createNodeAffinity(NodeAffinity)],
  ['NodePorts', () => nodePorts],
  ['NodeResourcesFit', ({ NodeResourcesFit }, release) => createNodeResourcesFit(NodeResourcesFit, release)],
  ['VolumeRestrictions', (_args, release) => createVolumeRestrictions(release)],
  ['NodeVolumeLimits', () => nodeVolumeLimits],
  ['VolumeBinding', () => volumeBinding],
  ['VolumeZone', () => volumeZone],
  ['PodTopologySpread', ({ PodTopologySpread }) => createPodTopologySpread(PodTopologySpread)],
  ['InterPodAffinity', ({ InterPodAffinity }) => createInterPodAffinity(InterPodAffinity)],
  ['DynamicResources', (_args, release) => createDynamicResources(release.dynamicResourcesWeight !== undefined)],
  ['DefaultPreemption', ({ DefaultPreemption }) => createDefaultPreemption(DefaultPreemption)],
  [
    'NodeResourcesBalancedAllocation',
    (args, release) => createNodeResourcesBalancedAllocation(args.NodeResourcesBalancedAllocation.resources, release),
  ],
  ['ImageLocality', () => imageLocality],
  ['DefaultBinder', () => defaultBinder],
  ['NodeDeclaredFeatures', () => nodeDeclaredFeatures],
])

export interface EnabledPlugin {
  readonly name: string
  /** 0: not given. */
  readonly weight: number
}

const DEFAULT_WEIGHTS: Readonly<Record<string, number>> = {
  TaintToleration: 3,
  NodeAffinity: 2,
  PodTopologySpread: 2,
  InterPodAffinity: 2,
  NodeResourcesFit: 1,
  NodeResourcesBalancedAllocation: 1,
  ImageLocality: 1,
}

/** What `multiPoint` enables when a profile says nothing. */
export const defaultPlugins = (release: ReleaseBehaviour): readonly EnabledPlugin[] =>
  [...PLUGIN_FACTORIES.keys()]
    .filter((name) => name !== 'DynamicResources' || release.dynamicResources)
    .filter((name) => name !== 'NodeDeclaredFeatures' || release.nodeDeclaredFeatures)
    .map((name) => ({
      name,
      weight: name === 'DynamicResources' ? (release.dynamicResourcesWeight ?? 0) : (DEFAULT_WEIGHTS[name] ?? 0),
    }))
