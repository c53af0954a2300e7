import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadApiSchema } from '../api/load-schema.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { playCase } from './controller-recording.ts'
import type { ControllerRecording, Step } from './recording.ts'
import { reduce } from './reduction.ts'

const NODES = ['n1', 'n2', 'n3'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, play: 'on' } },
  status: { capacity: { cpu: '32', memory: '64Gi', pods: '110' }, allocatable: { cpu: '32', memory: '64Gi', pods: '110' } },
}))

const manifest = (replicas: number, maxSurge: number, maxUnavailable: number, image: number, readyAfterMs: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { 'play/ready-after': `${readyAfterMs}ms` } },
        spec: { containers: [{ name: 'c', image: `web:${image}` }] },
      },
    },
  })

const FIRST_ROLLOUT_MS = 8000
const STEP_MS = 1700
const CALM_MS = 60_000

test(
  'a whole control plane keeps the bounds of rolling updates, however they overlap, and ends them',
  { timeout: 60_000 },
  async () => {
    const schema = await loadApiSchema()
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(2),
        fc.nat(2),
        fc.array(fc.record({ image: fc.integer({ min: 1, max: 3 }), readyAfterMs: fc.integer({ min: 200, max: 3000 }) }), {
          maxLength: 6,
        }),
        fc.nat(1000),
        (replicas, maxSurge, unavailable, changes, seed) => {
          const maxUnavailable = maxSurge === 0 ? Math.max(1, unavailable) : unavailable
          const apply = (image: number, readyAfterMs: number): string =>
            manifest(replicas, maxSurge, maxUnavailable, image, readyAfterMs)
          const steps: readonly Step[] = [
            { atMs: 0, kubectl: ['apply', '-f', '-'], stdin: apply(0, 1000) },
            ...changes.map(({ image, readyAfterMs }, index) => ({
              atMs: FIRST_ROLLOUT_MS + index * STEP_MS,
              kubectl: ['apply', '-f', '-'],
              stdin: apply(image, readyAfterMs),
            })),
          ]
          const recording: ControllerRecording = {
            name: 'any',
            theme: 'deployment',
            nodes: NODES,
            podBehaviour: { readyAfterMs: 2000, terminateAfterMs: 1000 },
            steps,
            untilMs: FIRST_ROLLOUT_MS + changes.length * STEP_MS + CALM_MS,
            expect: {},
            racy: [],
          }
          const { log } = playCase(recording, { schema, scheduler: (context) => new Scheduler(context), seed })
          const { bounds, final } = reduce(log, [0, FIRST_ROLLOUT_MS])
          const [, rollouts] = bounds.get('Deployment/web')!
          expect(rollouts?.active[1] ?? 0).toBeLessThanOrEqual(replicas + maxSurge)
          expect(rollouts?.ready[0] ?? 0).toBeGreaterThanOrEqual(replicas - Math.min(maxUnavailable, replicas))
          expect(final.get('Deployment/web')).toMatchObject({ replicas, updated: replicas, available: replicas, unavailable: 0 })
        },
      ),
      { numRuns: 25, seed: 3 },
    )
  },
)
