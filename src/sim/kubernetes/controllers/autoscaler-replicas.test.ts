import { describe, expect, test } from 'vitest'
import { formatTime } from '../../kernel/time.ts'
import type { Pod } from '../api/types.ts'
import { replicasForUtilization } from './autoscaler-replicas.ts'
import type { ResourceMetrics } from './resource-metrics.ts'

const NOW = 1_700_001_000_000

interface Row {
  /** Millicores; absent: no sample. */
  readonly cpu?: number
  readonly isPending?: boolean
  readonly isReady?: boolean
}

const podOf = ({ isPending = false, isReady = true }: Row, index: number): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${index}`, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'web', resources: { requests: { cpu: '100m' } } }] },
    status: {
      phase: isPending ? 'Pending' : 'Running',
      startTime: formatTime(NOW - 600_000),
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          lastTransitionTime: formatTime(NOW - (isReady ? 500_000 : 600_000)),
        },
      ],
    },
  }) as unknown as Pod

function replicas(rows: readonly Row[], target: number): number | string {
  const metrics: ResourceMetrics = (_, name) => {
    const { cpu } = rows[Number(name.slice(1))]!
    return cpu === undefined
      ? undefined
      : { unixMs: NOW, windowMs: 15_000, containers: new Map([['c', { cpuMilli: cpu, memoryBytes: 0 }]]) }
  }
  const answered = replicasForUtilization(
    {
      pods: rows.map(podOf),
      metrics,
      resource: 'cpu',
      currentReplicas: rows.length,
      tolerances: { scaleUp: 0.1, scaleDown: 0.1 },
      unixMs: NOW,
    },
    target,
  )
  return answered.ok ? answered.value.replicas : answered.message
}

describe('replicas for a utilization', () => {
  test.each([
    { name: 'grows in proportion', rows: [{ cpu: 100 }, { cpu: 100 }], target: 50, want: 4 },
    { name: 'shrinks in proportion, rounded up', rows: [{ cpu: 10 }, { cpu: 10 }, { cpu: 10 }], target: 50, want: 1 },
    { name: 'stays within a tenth', rows: [{ cpu: 55 }, { cpu: 55 }], target: 50, want: 2 },
    { name: 'who has no sample is idle when it would grow', rows: [{ cpu: 100 }, { cpu: 100 }, {}], target: 50, want: 4 },
    { name: 'who has no sample is busy when it would shrink', rows: [{ cpu: 10 }, { cpu: 10 }, {}], target: 50, want: 3 },
    { name: 'who is pending is idle when it would grow', rows: [{ cpu: 100 }, { isPending: true }], target: 50, want: 2 },
    { name: 'who was never ready does not count', rows: [{ cpu: 20 }, { cpu: 500, isReady: false }], target: 50, want: 1 },
    {
      name: 'without any sample',
      rows: [{}, {}],
      target: 50,
      want: 'unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    },
  ])('$name', ({ rows, target, want }) => {
    expect(replicas(rows, target)).toBe(want)
  })
})
