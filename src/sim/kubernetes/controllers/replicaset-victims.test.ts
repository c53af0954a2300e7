import { describe, expect, test } from 'vitest'
import type { Pod } from '../api/types.ts'
import { formatTime } from '../../kernel/time.ts'
import { ageBucket, chooseVictims, deletionCost } from './replicaset-victims.ts'

const NOW = 1_767_603_600_000

interface Traits {
  readonly node?: string
  readonly phase?: 'Pending' | 'Running' | 'Unknown'
  readonly readyForMs?: number
  readonly cost?: string
  readonly restarts?: number
  readonly ageMs?: number
  readonly uid?: string
}

const pod = (
  name: string,
  { node = 'n1', phase = 'Running', readyForMs, cost, restarts = 0, ageMs = 60_000, uid = name }: Traits,
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    uid,
    creationTimestamp: formatTime(NOW - ageMs),
    ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
  },
  spec: { containers: [], ...(node === '' ? {} : { nodeName: node }) },
  status: {
    phase,
    conditions: [
      readyForMs === undefined
        ? { type: 'Ready', status: 'False' }
        : { type: 'Ready', status: 'True', lastTransitionTime: formatTime(NOW - readyForMs) },
    ],
    containerStatuses: [{ name: 'c', ready: true, restartCount: restarts, image: '', imageID: '' }],
  },
})

describe('of two Pods the first to be deleted is', () => {
  test.each<readonly [string, Traits, Traits]>([
    ['the one without a node', { node: '' }, { phase: 'Pending' }],
    ['the Pending one', { phase: 'Pending' }, { phase: 'Running' }],
    ['the one that is not ready', { phase: 'Running' }, { readyForMs: 60_000 }],
    ['the cheaper one', { readyForMs: 60_000, cost: '-1' }, { readyForMs: 60_000 }],
    ['the one that has been ready for less time', { readyForMs: 4000 }, { readyForMs: 60_000 }],
    ['the one with more restarts', { readyForMs: 60_000, restarts: 3 }, { readyForMs: 60_000 }],
    ['the younger one', { readyForMs: 60_000, ageMs: 61_000 }, { readyForMs: 60_000, ageMs: 600_000 }],
    ['the lower uid when their ages are alike', { readyForMs: 80_000, uid: 'a' }, { readyForMs: 70_000, uid: 'b' }],
  ])('%s', (_, first, second) => {
    const pods = [pod('later', second), pod('first', first)]
    expect(chooseVictims(pods, [], 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['first'])
    expect(chooseVictims(pods.toReversed(), [], 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['first'])
  })

  test('one on a node that holds many Pods of the same owner', () => {
    const [lonely, crowded] = [
      pod('lonely', { node: 'n2', readyForMs: 60_000 }),
      pod('crowded', { node: 'n1', readyForMs: 60_000, restarts: 0 }),
    ]
    const related = [crowded, pod('neighbour', { node: 'n1', readyForMs: 60_000 }), lonely]
    expect(chooseVictims([lonely, crowded], related, 1, NOW)).toEqual([crowded])
  })
})

test.each([
  ['10', 10],
  ['-1', -1],
  ['+5', 0],
  ['007', 0],
  ['many', 0],
  ['9999999999', 0],
])('the deletion cost %s is %i', (cost, expected) => {
  expect(deletionCost(pod('p', { cost }))).toBe(expected)
})

test('ages are told apart by powers of two of nanoseconds', () => {
  expect(ageBucket(0)).toBe(-1)
  expect(ageBucket(70_000)).toBe(ageBucket(100_000))
  expect(ageBucket(4000)).toBeLessThan(ageBucket(40_000))
})
