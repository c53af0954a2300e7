import { describe, expect, test } from 'vitest'
import type { PodTemplateSpec } from '../api/types.ts'
import cases from './golden/pod-template-hashes.json'
import { fnv32a, podTemplateHash, safeEncode } from './pod-template-hash.ts'

describe('pod-template-hash', () => {
  test.each(cases)('$name has the hash that v1.35.4 gave it', ({ template, hash, collisionCount }) => {
    expect(podTemplateHash(template as unknown as PodTemplateSpec, collisionCount)).toBe(hash)
  })

  test('FNV-1a works on bytes, not on characters', () => {
    expect(fnv32a('')).toBe(0x811c9dc5)
    expect(fnv32a('a')).toBe(0xe40c292c)
    expect(fnv32a('é')).toBe(fnv32a('\u00e9'))
    expect(fnv32a('é')).not.toBe(fnv32a('Ã©'))
  })

  test('digits become letters that form no words', () => {
    expect(safeEncode(1234567890)).toBe('56789bcdf4')
  })
})
