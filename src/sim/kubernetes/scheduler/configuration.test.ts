import { describe, expect, test } from 'vitest'
import { readConfiguration } from './configuration.ts'
import type { Profile } from './profile.ts'
import { RELEASES } from './releases.ts'
import { profilesOf } from './testing/objects.ts'

const config = (profile: object) => ({
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  profiles: [profile],
})
const names = (plugins: Profile['filter']): readonly string[] => plugins.map(({ name }) => name)
const weights = ({ score }: Profile): Readonly<Record<string, number>> =>
  Object.fromEntries(score.map(({ plugin, weight }) => [plugin.name, weight]))

const FILTERS = [
  'NodeUnschedulable',
  'NodeName',
  'TaintToleration',
  'NodeAffinity',
  'NodePorts',
  'NodeResourcesFit',
  'VolumeRestrictions',
  'NodeVolumeLimits',
  'VolumeBinding',
  'VolumeZone',
  'PodTopologySpread',
  'InterPodAffinity',
]

describe('a profile', () => {
  test('by default runs what the real one runs, in its order', () => {
    const [profile] = profilesOf()
    expect(profile!.schedulerName).toBe('default-scheduler')
    expect(names(profile!.filter)).toEqual(FILTERS)
    expect(names(profile!.postFilter)).toEqual(['DynamicResources', 'DefaultPreemption'])
    expect(weights(profile!)).toEqual({
      TaintToleration: 3,
      NodeAffinity: 2,
      NodeResourcesFit: 1,
      VolumeBinding: 1,
      PodTopologySpread: 2,
      InterPodAffinity: 2,
      DynamicResources: 2,
      NodeResourcesBalancedAllocation: 1,
      ImageLocality: 1,
    })
    expect(names(profile!.preEnqueue)).toEqual(['SchedulingGates'])
    expect([profile!.queueSort.name, ...names(profile!.bind)]).toEqual(['PrioritySort', 'DefaultBinder'])
  })

  test('of 1.33 has no DynamicResources, of 1.34 one that does not score', () => {
    expect(names(profilesOf(undefined, RELEASES['1.33'])[0]!.postFilter)).toEqual(['DefaultPreemption'])
    expect(weights(profilesOf(undefined, RELEASES['1.34'])[0]!)).not.toHaveProperty('DynamicResources')
  })

  test.each<{ name: string; plugins: object; filter?: readonly string[]; score?: Readonly<Record<string, number | undefined>> }>([
    {
      name: 'a plugin disabled at one point stays at the others',
      plugins: { filter: { disabled: [{ name: 'TaintToleration' }] } },
      filter: FILTERS.filter((name) => name !== 'TaintToleration'),
      score: { TaintToleration: 3 },
    },
    {
      name: 'a plugin disabled everywhere',
      plugins: { multiPoint: { disabled: [{ name: 'TaintToleration' }] } },
      filter: FILTERS.filter((name) => name !== 'TaintToleration'),
      score: { TaintToleration: undefined },
    },
    {
      name: 'a weight given everywhere',
      plugins: { multiPoint: { enabled: [{ name: 'NodeAffinity', weight: 7 }] } },
      filter: FILTERS,
      score: { NodeAffinity: 7, TaintToleration: 3 },
    },
    {
      name: 'a weight given at the point comes first',
      plugins: {
        multiPoint: { enabled: [{ name: 'NodeAffinity', weight: 7 }] },
        score: { enabled: [{ name: 'NodeAffinity', weight: 9 }] },
      },
      score: { NodeAffinity: 9 },
    },
    {
      name: 'a plugin enabled at a point moves to its front',
      plugins: { filter: { enabled: [{ name: 'InterPodAffinity' }] } },
      filter: ['InterPodAffinity', ...FILTERS.filter((name) => name !== 'InterPodAffinity')],
    },
    {
      name: 'a plugin disabled and enabled at a point moves to its end',
      plugins: { filter: { disabled: [{ name: 'NodeName' }], enabled: [{ name: 'NodeName' }] } },
      filter: [...FILTERS.filter((name) => name !== 'NodeName'), 'NodeName'],
    },
    {
      name: 'everything disabled but one',
      plugins: { filter: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit' }] } },
      filter: ['NodeResourcesFit'],
    },
  ])('$name', ({ plugins, filter, score }) => {
    const [profile] = profilesOf(config({ plugins }))
    expect(names(profile!.filter)).toEqual(filter ?? FILTERS)
    const given = weights(profile!)
    expect(Object.fromEntries(Object.keys(score ?? {}).map((name) => [name, given[name]]))).toEqual(score ?? {})
  })

  test('its own percentage comes before the global one', () => {
    const answer = readConfiguration({
      ...config({ percentageOfNodesToScore: 30 }),
      percentageOfNodesToScore: 50,
      profiles: [{ schedulerName: 'a', percentageOfNodesToScore: 30 }, { schedulerName: 'b' }],
    })
    expect(answer.ok && answer.value.profiles.map(({ percentageOfNodesToScore }) => percentageOfNodesToScore)).toEqual([30, 50])
  })
})

describe('a configuration is refused', () => {
  const fit = (args: object) => config({ pluginConfig: [{ name: 'NodeResourcesFit', args }] })
  test.each<{ name: string; value: unknown; paths: readonly string[] }>([
    { name: 'of another kind', value: { apiVersion: 'v1', kind: 'Pod' }, paths: ['apiVersion', 'kind'] },
    { name: 'with an unknown field', value: { ...config({}), profile: [] }, paths: ['profile'] },
    {
      name: 'with an unknown plugin',
      value: config({ plugins: { score: { enabled: [{ name: 'X' }] } } }),
      paths: ['profiles[0].plugins.score.enabled[0].name'],
    },
    {
      name: 'with a plugin at a point where it does nothing',
      value: config({ plugins: { bind: { enabled: [{ name: 'NodeName' }] } } }),
      paths: ['profiles[0].plugins.bind.enabled[0].name'],
    },
    {
      name: 'without a binder',
      value: config({ plugins: { bind: { disabled: [{ name: '*' }] } } }),
      paths: ['profiles[0].plugins.bind'],
    },
    {
      name: 'with two profiles of one name',
      value: { ...config({}), profiles: [{ schedulerName: 'a' }, { schedulerName: 'a' }] },
      paths: ['profiles[1].schedulerName'],
    },
    {
      name: 'with a shape that does not rise',
      value: fit({
        scoringStrategy: {
          type: 'RequestedToCapacityRatio',
          requestedToCapacityRatio: {
            shape: [
              { utilization: 50, score: 1 },
              { utilization: 40, score: 2 },
            ],
          },
        },
      }),
      paths: ['profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape[1].utilization'],
    },
    {
      name: 'with a weight beyond 100',
      value: fit({ scoringStrategy: { type: 'LeastAllocated', resources: [{ name: 'cpu', weight: 101 }] } }),
      paths: ['profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight'],
    },
    {
      name: 'with constraints beside the system defaults',
      value: config({
        pluginConfig: [
          {
            name: 'PodTopologySpread',
            args: { defaultConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }] },
          },
        ],
      }),
      paths: ['profiles[0].pluginConfig[0].args.defaultConstraints'],
    },
    {
      name: 'with a longest back-off shorter than the first',
      value: { ...config({}), podInitialBackoffSeconds: 5, podMaxBackoffSeconds: 2 },
      paths: ['podMaxBackoffSeconds'],
    },
  ])('$name', ({ value, paths }) => {
    const answer = readConfiguration(value)
    expect(answer.ok ? [] : answer.problems.map(({ path }) => path)).toEqual(paths)
  })
})
