import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Deployment, IntOrString, ReplicaSet } from '../api/types.ts'
import { planScaling } from './proportional-scaling.ts'
import { desiredReplicas, type ScaleStep, totalAvailable, totalDesired } from './replicaset-order.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS } from './revision-history.ts'
import { fenceposts, maxTotal, maxUnavailable, newSetReplicas, planNewSet, planOldSets, replicasOf } from './rolling-update.ts'

const deploymentOf = (replicas: number, maxSurge: IntOrString, unavailable: IntOrString): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: unavailable } },
  },
})

const setOf = (deployment: Deployment, index: number, replicas: number, available = 0): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: `web-${index}`,
    namespace: 'default',
    creationTimestamp: `2026-01-05T09:${String(index).padStart(2, '0')}:00Z`,
    annotations: { [DESIRED_REPLICAS]: String(replicasOf(deployment)), [MAX_REPLICAS]: String(maxTotal(deployment)) },
  },
  spec: { replicas, selector: {}, template: deployment.spec.template },
  status: { replicas, availableReplicas: available },
})

describe('fenceposts', () => {
  test.each<readonly [number, IntOrString, IntOrString, number, number]>([
    [1, '25%', '25%', 1, 0],
    [2, '25%', '25%', 1, 0],
    [4, '25%', '25%', 1, 1],
    [5, '25%', '25%', 2, 1],
    [10, '25%', '25%', 3, 2],
    [3, 0, '10%', 0, 1],
    [6, '100%', 0, 6, 0],
    [6, 0, '100%', 0, 6],
  ])('of %i replicas with surge %s and unavailable %s are %i and %i', (replicas, surge, unavailable, maxSurge, missing) => {
    const deployment = deploymentOf(replicas, surge, unavailable)
    expect(fenceposts(deployment)).toEqual({ maxSurge, maxUnavailable: missing })
  })
})

/** Sets of one Deployment, with Pods that become available and unavailable as chance has it; statuses keep up with sizes. */
class World {
  deployment: Deployment
  sets: ReplicaSet[]
  constructor(deployment: Deployment) {
    this.deployment = deployment
    this.sets = [setOf(deployment, 0, replicasOf(deployment), replicasOf(deployment))]
  }
  get newSet(): ReplicaSet {
    return this.sets.at(-1)!
  }
  get oldSets(): readonly ReplicaSet[] {
    return this.sets.slice(0, -1)
  }
  scaleTo({ set, replicas }: ScaleStep): void {
    this.sets = this.sets.map((other) => {
      if (other.metadata.name !== set.metadata.name) return other
      // The least useful Pods go first: available ones only when no others are left.
      const available = Math.min(replicas, other.status?.availableReplicas ?? 0)
      const { replicas: _, ...rest } = setOf(this.deployment, 0, replicas, available).spec
      return {
        ...other,
        spec: { ...rest, replicas },
        metadata: { ...other.metadata, annotations: setOf(this.deployment, 0, 0).metadata.annotations! },
        status: { replicas, availableReplicas: available },
      }
    })
  }
  makeAvailable(index: number, available: number): void {
    this.sets = this.sets.map((set, at) =>
      at === index % this.sets.length
        ? { ...set, status: { replicas: desiredReplicas(set), availableReplicas: Math.min(available, desiredReplicas(set)) } }
        : set,
    )
  }
  changeTemplate(): void {
    const replicas = newSetReplicas(this.deployment, this.sets, 0)
    this.sets = [...this.sets, setOf(this.deployment, this.sets.length, replicas)]
  }
  rescale(replicas: number): void {
    this.deployment = { ...this.deployment, spec: { ...this.deployment.spec, replicas } }
    for (const step of planScaling(this.deployment, this.newSet, this.oldSets)) this.scaleTo(step)
  }
  /** One look of the controller. */
  sync(): void {
    const growth = planNewSet(this.deployment, this.newSet, this.sets)
    if (growth) this.scaleTo(growth)
    else for (const step of planOldSets(this.deployment, this.newSet, this.oldSets)) this.scaleTo(step)
  }
}

type Deed =
  | { readonly type: 'sync' }
  | { readonly type: 'available'; readonly set: number; readonly pods: number }
  | { readonly type: 'template' }
  | { readonly type: 'scale'; readonly replicas: number }

const deed = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Deed>({ type: 'sync' }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('available' as const), set: fc.nat(5), pods: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ type: 'template' }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('scale' as const), replicas: fc.nat(20) }) },
)
const amount = fc.oneof(
  fc.nat(5),
  fc.nat(100).map((percent) => `${percent}%`),
)

describe('a rolling update under any readiness, scaling and change of template', () => {
  test('never wants more Pods than the surge allows, nor takes available ones that are needed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        amount,
        amount,
        fc.array(deed, { maxLength: 60 }),
        (replicas, surge, unavailable, deeds) => {
          const world = new World(deploymentOf(replicas, surge, unavailable))
          for (const done of deeds) {
            const total = totalDesired(world.sets)
            const available = totalAvailable(world.sets)
            if (done.type === 'available') world.makeAvailable(done.set, done.pods)
            else if (done.type === 'template') world.changeTemplate()
            else if (done.type === 'scale') world.rescale(done.replicas)
            else world.sync()
            const allowed = done.type === 'available' ? Infinity : Math.max(total, maxTotal(world.deployment))
            expect(totalDesired(world.sets)).toBeLessThanOrEqual(allowed)
            const least = replicasOf(world.deployment) - maxUnavailable(world.deployment)
            expect(totalAvailable(world.sets)).toBeGreaterThanOrEqual(done.type === 'sync' ? Math.min(available, least) : 0)
            expect(world.sets.every((set) => desiredReplicas(set) >= 0)).toBe(true)
          }
        },
      ),
      { numRuns: 300, seed: 1 },
    )
  })

  test('ends with the new set alone once every Pod becomes available', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        amount,
        amount,
        fc.array(deed, { maxLength: 30 }),
        (replicas, surge, unavailable, deeds) => {
          const world = new World(deploymentOf(replicas, surge, unavailable))
          for (const done of deeds) {
            if (done.type === 'available') world.makeAvailable(done.set, done.pods)
            else if (done.type === 'template') world.changeTemplate()
            else if (done.type === 'scale') world.rescale(done.replicas)
            else world.sync()
          }
          for (let round = 0; round < 100; round++) {
            world.sync()
            world.sets.forEach((set, index) => world.makeAvailable(index, desiredReplicas(set)))
          }
          expect(desiredReplicas(world.newSet)).toBe(replicasOf(world.deployment))
          expect(totalDesired(world.oldSets)).toBe(0)
        },
      ),
      { numRuns: 300, seed: 2 },
    )
  })

  test('waits for the word of a set that has just been told to shrink', () => {
    const deployment = deploymentOf(4, 1, 1)
    const old = { ...setOf(deployment, 0, 3, 4) }
    expect(planOldSets(deployment, setOf(deployment, 1, 2, 2), [old])).toEqual([])
  })
})

describe('scaling in the middle of a rollout', () => {
  test('shares the change in proportion to the sizes; what is left over goes to the largest', () => {
    const before = deploymentOf(10, '25%', '25%')
    const [old, fresh] = [setOf(before, 0, 8, 8), setOf(before, 1, 5)]
    const sizes = (steps: readonly ScaleStep[]): unknown => steps.map(({ set, replicas }) => [set.metadata.name, replicas])
    expect(sizes(planScaling(deploymentOf(15, '25%', '25%'), fresh, [old]))).toEqual([
      ['web-0', 12],
      ['web-1', 7],
    ])
    expect(sizes(planScaling(deploymentOf(0, '25%', '25%'), fresh, [old]))).toEqual([
      ['web-0', 0],
      ['web-1', 0],
    ])
  })
})
