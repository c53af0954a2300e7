import { describe, expect, test } from 'vitest'
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './json-merge-patch.ts'
import { applyJsonPatch } from './json-patch.ts'
import type { Json } from './json-value.ts'

describe('JSON patch', () => {
  const document = { a: { b: [1, 2, 3] }, 'x/y': 1 }
  test.each([
    { name: 'add a field', operation: { op: 'add', path: '/a/c', value: 4 }, want: { a: { b: [1, 2, 3], c: 4 }, 'x/y': 1 } },
    {
      name: 'insert into a list',
      operation: { op: 'add', path: '/a/b/1', value: 9 },
      want: { a: { b: [1, 9, 2, 3] }, 'x/y': 1 },
    },
    { name: 'append to a list', operation: { op: 'add', path: '/a/b/-', value: 9 }, want: { a: { b: [1, 2, 3, 9] }, 'x/y': 1 } },
    { name: 'remove an item', operation: { op: 'remove', path: '/a/b/0' }, want: { a: { b: [2, 3] }, 'x/y': 1 } },
    {
      name: 'replace behind an escaped slash',
      operation: { op: 'replace', path: '/x~1y', value: 2 },
      want: { a: { b: [1, 2, 3] }, 'x/y': 2 },
    },
    { name: 'move', operation: { op: 'move', from: '/a/b', path: '/b' }, want: { a: {}, b: [1, 2, 3], 'x/y': 1 } },
    { name: 'copy', operation: { op: 'copy', from: '/x~1y', path: '/z' }, want: { a: { b: [1, 2, 3] }, 'x/y': 1, z: 1 } },
    { name: 'a test that holds', operation: { op: 'test', path: '/x~1y', value: 1 }, want: document },
  ])('$name', ({ operation, want }) => {
    expect(applyJsonPatch(document, [operation])).toEqual({ ok: true, value: want })
    expect(document).toEqual({ a: { b: [1, 2, 3] }, 'x/y': 1 })
  })

  test.each([
    { op: 'remove', path: '/nope' },
    { op: 'replace', path: '/a/nope', value: 1 },
    { op: 'add', path: '/a/b/7', value: 1 },
    { op: 'test', path: '/x~1y', value: 5 },
    { op: 'dance', path: '/a' },
    { op: 'add' },
  ])('%o is refused as a whole', (operation) => {
    expect(applyJsonPatch(document, [{ op: 'add', path: '/new', value: 1 }, operation]).ok).toBe(false)
  })
})

describe('merge patch', () => {
  test('null takes a field away, objects merge, lists are replaced', () => {
    expect(applyMergePatch({ a: 1, b: { c: 2, d: 3 }, e: [1, 2] }, { a: null, b: { c: 5 }, e: [9] })).toEqual({
      b: { c: 5, d: 3 },
      e: [9],
    })
  })

  test('what is created brings about what is wanted', () => {
    const [from, to] = [
      { a: 1, b: { c: 2 }, gone: true },
      { a: 2, b: { c: 2, d: [1] } },
    ]
    expect(applyMergePatch(from, createMergePatch(from, to))).toEqual(to)
  })

  test('three ways: what others set stays, what was applied and is not any more goes', () => {
    const applied: Json = { spec: { size: 1, colour: 'red' } }
    const wanted: Json = { spec: { size: 2 } }
    const live: Json = { spec: { size: 1, colour: 'red', owner: 'someone' } }
    expect(applyMergePatch(live, createThreeWayMergePatch(applied, wanted, live))).toEqual({
      spec: { size: 2, owner: 'someone' },
    })
  })
})
