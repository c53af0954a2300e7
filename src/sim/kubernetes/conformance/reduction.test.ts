import { describe, expect, test } from 'vitest'
import { reduce } from './reduction.ts'
import type { Entry } from './watch-log-entry.ts'

const entry = (fields: Record<string, unknown>): Entry => ({ ms: 0, name: 'c', id: 'x', ...fields }) as unknown as Entry

describe('the series of a claim', () => {
  const claim = (ms: number, change: string, fields: object = {}): Entry => entry({ ms, kind: 'PersistentVolumeClaim', change, ...fields })

  test('show what a namesake lacks that the one before it had', () => {
    const { series } = reduce([claim(1000, 'added', { volume: 'pv1' }), claim(2000, 'deleted'), claim(3000, 'added', { phase: 'Pending' })], [0])
    expect(series.get('PersistentVolumeClaim/c')!.get('volume')).toEqual([[1000, 'pv1'], [3000, null]])
  })

  test('begin with what there is', () => {
    const { series } = reduce([claim(1000, 'added', { phase: 'Pending' }), claim(2000, 'modified', { volume: 'pv1' })], [0])
    expect(series.get('PersistentVolumeClaim/c')!.get('volume')).toEqual([[2000, 'pv1']])
    expect(series.get('PersistentVolumeClaim/c')!.has('owners')).toBe(false)
  })
})

test('what happens near a step belongs to the interval before it, to the one after it, or to both', () => {
  const pod = (ms: number, name: string): Entry => entry({ ms, kind: 'Pod', name, change: 'added', owner: 'ReplicaSet/rs', phase: 'Pending' })
  const { bounds, boundsWithin, boundsAround } = reduce([pod(100, 'rs-p1'), pod(1050, 'rs-p2')], [0, 1000], 100)
  const podsOf = (of: typeof bounds): unknown => of.get('ReplicaSet/rs')!.map((row) => row?.pods)
  expect(podsOf(bounds)).toEqual([[1, 1], [1, 2]])
  expect(podsOf(boundsWithin)).toEqual([[1, 1], [2, 2]])
  expect(podsOf(boundsAround)).toEqual([[1, 2], [1, 2]])
})
