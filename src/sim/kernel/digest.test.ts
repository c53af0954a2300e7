import { expect, test } from 'vitest'
import { Digest } from './digest.ts'

function digestOf(value: unknown, previous?: unknown): string {
  const digest = new Digest()
  digest.value(value, previous)
  return digest.hex()
}

const labels = { app: 'web', tier: 'front' }
const before = { labels, ports: [{ port: 80 }], replicas: 1 }

test('a copy of what was there counts as the thing itself', () => {
  const shared = digestOf({ labels, ports: before.ports, replicas: 2 }, before)
  expect(digestOf({ labels: { ...labels }, ports: [{ port: 80 }], replicas: 2 }, before)).toBe(shared)
})

test.each([
  ['a changed value', { ...before, labels: { app: 'web', tier: 'back' } }],
  ['a field more', { ...before, labels: { ...labels, zone: 'a' } }],
  ['a field less', { ...before, labels: { app: 'web' } }],
  ['an element more', { ...before, ports: [{ port: 80 }, { port: 81 }] }],
  ['a list in place of an object', { ...before, labels: [] }],
])('%s gives another digest than no change', (_name, after) => {
  expect(digestOf(after, before)).not.toBe(digestOf({ ...before }, before))
})

test('a field that is undefined is not there', () => {
  expect(digestOf({ ...before, extra: undefined }, before)).toBe(digestOf({ ...before }, before))
})

test('a field that became undefined is a field less', () => {
  const less = { labels, replicas: 1 }
  expect(digestOf({ ...before, ports: undefined }, before)).toBe(digestOf(less, before))
  expect(digestOf(less, before)).not.toBe(digestOf({ ...before }, before))
})
