import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, Pod, TopologySpreadConstraint } from '../api/types.ts'
import { ClusterCache } from './cache.ts'
import { SchedulingCycles, type Decision } from './cycle.ts'
import { decisionData } from './decision.ts'
import { makeNode, makePod, profilesOf } from './testing/objects.ts'

const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'
const APPS = ['web', 'db', 'cache']

const node = fc.record({
  cpu: fc.constantFrom('1', '2', '4'),
  zone: fc.constantFrom('a', 'b', undefined),
  taint: fc.constantFrom('NoSchedule' as const, 'PreferNoSchedule' as const, undefined, undefined, undefined),
  unschedulable: fc.constantFrom(true, false, false, false, false),
})
const term = fc.record({
  labelSelector: fc.constantFrom(...APPS).map((app) => ({ matchLabels: { app } })),
  topologyKey: fc.constantFrom(ZONE, HOSTNAME),
})
const terms = fc.array(term, { maxLength: 1 })
const weighted = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term }), { maxLength: 1 })
const affinity = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: terms,
  preferredDuringSchedulingIgnoredDuringExecution: weighted,
})
const spread: fc.Arbitrary<TopologySpreadConstraint> = fc.record({
  maxSkew: fc.integer({ min: 1, max: 2 }),
  topologyKey: fc.constantFrom(ZONE, HOSTNAME),
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
  labelSelector: fc.constantFrom(...APPS).map((app) => ({ matchLabels: { app } })),
})
const podFields = fc.record({
  app: fc.constantFrom(...APPS),
  cpu: fc.constantFrom('100m', '500m', '1', '3'),
  priority: fc.constantFrom<number>(0, 0, 5, 10),
  podAffinity: fc.option(affinity, { nil: undefined, freq: 3 }),
  podAntiAffinity: fc.option(affinity, { nil: undefined, freq: 3 }),
  spread: fc.array(spread, { maxLength: 1 }),
  isTolerant: fc.boolean(),
  hostPort: fc.constantFrom(undefined, undefined, 80, 81),
})
type PodFields = typeof podFields extends fc.Arbitrary<infer T> ? T : never
type NodeFields = typeof node extends fc.Arbitrary<infer T> ? T : never

const nodeOf = ({ cpu, zone, taint, unschedulable }: NodeFields, name: string): Node =>
  makeNode(name, {
    allocatable: { cpu },
    labels: zone === undefined ? {} : { [ZONE]: zone },
    ...(taint ? { taints: [{ key: 'k', effect: taint }] } : {}),
    unschedulable,
  })
function podOf(
  { app, cpu, priority, podAffinity, podAntiAffinity, spread: constraints, isTolerant, hostPort }: PodFields,
  name: string,
): Pod {
  return makePod(name, {
    labels: { app },
    spec: {
      priority,
      containers: [
        {
          name: 'main',
          image: 'app',
          resources: { requests: { cpu } },
          ...(hostPort === undefined ? {} : { ports: [{ containerPort: hostPort, hostPort }] }),
        },
      ],
      affinity: { ...(podAffinity ? { podAffinity } : {}), ...(podAntiAffinity ? { podAntiAffinity } : {}) },
      topologySpreadConstraints: constraints,
      tolerations: isTolerant ? [{ operator: 'Exists' }] : [],
    },
  })
}

const cluster = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 5 }),
  pods: fc.array(podFields, { minLength: 1, maxLength: 14 }),
})
const [profile] = profilesOf()
const OPTIONS = { random: () => 0, now: 0 }

interface Run {
  readonly cache: ClusterCache
  readonly cycles: SchedulingCycles
}
function start(nodes: readonly Node[]): Run {
  const cache = new ClusterCache()
  for (const each of nodes) cache.setNode(each)
  return { cache, cycles: new SchedulingCycles(cache, profile!) }
}
const decide = ({ cache, cycles }: Run, pod: Pod, arithmetic = false): Decision =>
  cycles.decide(cache.reader.read(pod), { ...OPTIONS, arithmetic })

/** Places pod after pod; those that find no node are left out. */
function play(
  fields: { readonly nodes: readonly NodeFields[]; readonly pods: readonly PodFields[] },
  visit: (run: Run, pod: Pod, decision: Decision) => void,
): Run {
  const run = start(fields.nodes.map((each, i) => nodeOf(each, `n${i}`)))
  for (const [i, each] of fields.pods.entries()) {
    const pod = podOf(each, `p${i}`)
    const decision = decide(run, pod)
    visit(run, pod, decision)
    if (decision.node) run.cycles.assume(decision, decision.node)
  }
  return run
}

describe('whatever the cluster', () => {
  test('a pod never lands where a filter refuses, and always where the total is highest', () => {
    fc.assert(
      fc.property(cluster, (fields) => {
        play(fields, (_run, _pod, { record, node: chosen }) => {
          const { feasible, tied, nodes } = decisionData(record)
          expect(nodes.filter((each) => each.feasible).map(({ name }) => name)).toEqual(feasible)
          expect(chosen ? tied.includes(chosen.name) : feasible.length === 0).toBe(true)
        })
      }),
      { numRuns: 150 },
    )
  })

  test('counts kept as pods come and go are those of a cluster built anew', () => {
    fc.assert(
      fc.property(cluster, fc.array(fc.nat(13), { maxLength: 6 }), podFields, (fields, removed, last) => {
        const run = play(fields, () => {})
        for (const i of removed) run.cache.removePod(`default/p${i}`)
        const rebuilt = ClusterCache.restore(run.cache.snapshot())
        const pod = podOf(last, 'last')
        run.cache.nextStart = 0
        rebuilt.nextStart = 0
        const fresh = decide({ cache: rebuilt, cycles: new SchedulingCycles(rebuilt, profile!) }, pod, true)
        expect(decisionData(decide(run, pod, true).record)).toEqual(decisionData(fresh.record))
      }),
      { numRuns: 150 },
    )
  })

  test('a decision spelled out late is the one spelled out at once', () => {
    fc.assert(
      fc.property(cluster, (fields) => {
        const early: unknown[] = []
        const records: Decision['record'][] = []
        play(fields, (_run, _pod, { record }) => {
          early.push(decisionData(record))
          records.push(record)
        })
        expect(records.map(decisionData)).toEqual(early)
      }),
      { numRuns: 80 },
    )
  })

  test('the arithmetic ends in the score', () => {
    fc.assert(
      fc.property(cluster, podFields, (fields, last) => {
        const run = play(fields, () => {})
        const { nodes } = decisionData(decide(run, podOf(last, 'last'), true).record)
        for (const { scores = {}, arithmetic = {} } of nodes)
          for (const [plugin, { raw }] of Object.entries(scores)) expect([plugin, arithmetic[plugin]?.raw]).toEqual([plugin, raw])
      }),
      { numRuns: 80 },
    )
  })

  test('a node that the pod cannot use changes no score', () => {
    fc.assert(
      fc.property(cluster, podFields, (fields, last) => {
        const pod = podOf({ ...last, isTolerant: false, spread: [], podAffinity: undefined, podAntiAffinity: undefined }, 'last')
        const run = play(fields, () => {})
        run.cache.nextStart = 0
        const before = decisionData(decide(run, pod).record)
        run.cache.setNode(makeNode('tainted', { taints: [{ key: 'x', effect: 'NoSchedule' }], labels: { [ZONE]: 'c' } }))
        run.cache.nextStart = 0
        const after = decisionData(decide(run, pod).record)
        const scored = ({ nodes }: typeof before) =>
          nodes.filter(({ name }) => name !== 'tainted').map(({ name, scores, total }) => ({ name, scores, total }))
        const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
        expect([...scored(after)].sort(byName)).toEqual([...scored(before)].sort(byName))
      }),
      { numRuns: 80 },
    )
  })

  test('preemption takes only pods of lower priority, and none in vain', () => {
    let preemptions = 0
    fc.assert(
      fc.property(cluster, podFields, (fields, last) => {
        const run = play(fields, () => {})
        const pod = podOf({ ...last, priority: 20, cpu: '1' }, 'last')
        run.cache.nextStart = 0
        const { preemption } = decide(run, pod)
        if (!preemption) return
        preemptions += 1
        expect(preemption.victims.every(({ shape }) => shape.priority < 20)).toBe(true)
        const fitsWithout = (victims: readonly { readonly key: string }[]): boolean => {
          const cache = ClusterCache.restore(run.cache.snapshot())
          for (const { key } of victims) cache.removePod(key)
          cache.nextStart = 0
          const { record } = decide({ cache, cycles: new SchedulingCycles(cache, profile!) }, pod)
          return decisionData(record).feasible.includes(preemption.node)
        }
        expect(fitsWithout(preemption.victims)).toBe(true)
        // Reprieve goes from the most important down, so the least important victim is needed given all others.
        expect(fitsWithout(preemption.victims.slice(0, -1))).toBe(false)
      }),
      { numRuns: 300 },
    )
    expect(preemptions).toBeGreaterThan(5)
  })
})
