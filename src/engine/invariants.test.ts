import { beforeAll, describe, expect, test } from 'vitest'
import { RandomStreams } from '../sim/kernel/rng.ts'
import { TICK_MS, type Millis } from '../sim/kernel/time.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { World } from '../sim/scenario/world.ts'
import { Invariants } from './testing/invariants.ts'
import { randomRun } from './testing/random-run.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

/** What is repaired is in order again after so long. */
const RECOVERY_MS = 600_000

function worldOf(text: string): World {
  const parsed = parseScenario(text)
  return new World({ schema, scenario: parsed.scenario!, manifests: parsed.manifests })
}

function advance(world: World, to: Millis, look: () => void): void {
  while (world.now < to) {
    world.advanceTo(Math.min(to, world.now + TICK_MS))
    look()
  }
}

/** Seeds that have once found something, and what. */
const FOUND = [
  [121, 'a kubelet that comes back writes Ready over what the node lifecycle controller said meanwhile'],
  [127, 'also when only some nodes of several were silent'],
] as const

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1001)

describe('in every world, whatever is done to it', () => {
  function violationsOf(seed: number): readonly string[] {
    const run = randomRun(seed)
    const world = worldOf(run.text)
    const invariants = new Invariants(world)
    for (const { at, action } of run.actions) {
      advance(world, at, () => invariants.check())
      world.act(action)
    }
    advance(world, run.until, () => invariants.check())
    for (const { id } of Array.from(world.faults.active())) world.act({ type: 'heal', id })
    for (const { host } of world.runtimes) world.act({ type: 'kubectl', line: `kubectl uncordon ${host}` })
    advance(world, world.now + RECOVERY_MS, () => world.now % 1000 === 0 && invariants.check())
    invariants.checkLiveness()
    return invariants.violations
  }

  test.each(SEEDS)('seed %i: nothing is over-committed, lost or misdirected, and all recovers once repaired', (seed) => {
    expect(violationsOf(seed)).toEqual([])
  })

  test.each(FOUND)('seed %i: %s', (seed) => {
    expect(violationsOf(seed)).toEqual([])
  })

  test.each([1, 2, 3, 4, 5, 6])(
    'seed %i: rollouts, undone and restarted midway, keep within their bounds at every tick',
    (seed) => {
      const rng = new RandomStreams(seed).stream('rollouts')
      const world = worldOf(
        `apiVersion: clusterlab.dev/v1
kind: Scenario
metadata: {name: rollouts}
spec:
  title: {ko: 교체, en: Rollouts}
  seed: ${seed}
  cluster: {nodes: [{count: 4, capacity: {cpu: "4", memory: 8Gi}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${rng.between(1, 9)}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: "web:1", readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}, ports: [{containerPort: 8080}]}]
`,
      )
      const invariants = new Invariants(world)
      advance(world, 60_000, () => invariants.check())
      invariants.checkLiveness()
      for (let i = 2; i < 8; i++) {
        const line = [`set image deployment/web main=web:${i}`, 'rollout restart deployment/web', 'rollout undo deployment/web'][
          rng.int(3)
        ]!
        world.act({ type: 'kubectl', line: `kubectl ${line}` })
        advance(world, world.now + rng.between(1, 20) * 1000, () => {
          invariants.check()
          invariants.checkRollouts()
        })
      }
      advance(world, world.now + 60_000, () => invariants.checkRollouts())
      invariants.checkLiveness()
      expect(invariants.violations).toEqual([])
    },
  )
})
