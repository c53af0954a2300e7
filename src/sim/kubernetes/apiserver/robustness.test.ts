import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiVersionOf } from '../api/resources.ts'
import type { AnyObject } from '../api/types.ts'
import { documentsOf, goldenCases, serverWithWorld } from './testing/manifests.ts'

const server = serverWithWorld('base')
const api = server.client({ user: 'you' })
const kinds = server.resources.all().filter(({ verbs }) => verbs.includes('create'))

/** Each answer is a value, whatever is sent. */
const reasonOf = (object: AnyObject, key: string, namespaced: boolean): string => {
  const answer = api.create(key, namespaced ? 'default' : '', object, { dryRun: true })
  return answer.ok ? '' : answer.status.reason
}

describe('whatever is sent is answered, never thrown', () => {
  test.each(kinds.map((resource) => ({ name: resource.key, resource })))(
    '$name with nothing but a name, or an empty or broken spec',
    ({ resource }) => {
      const base = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name: 'x' } } as AnyObject
      const answers = [
        base,
        { ...base, spec: {} },
        { ...base, spec: null },
        { ...base, spec: [] },
        { ...base, metadata: {} as never },
      ]
      expect(answers.map((object) => typeof reasonOf(object, resource.key, resource.namespaced))).toEqual(Array(5).fill('string'))
    },
  )

  const manifests = goldenCases('defaults').flatMap(({ steps }) => documentsOf(steps[0]?.stdin ?? ''))
  const junk = fc.constantFrom<unknown>(null, '', 'x', 0, -1, 1.5, true, [], {}, [null], [{}], { a: null })

  /** Puts junk somewhere into a manifest. */
  const spoil = (value: unknown, path: readonly number[], replacement: unknown): unknown => {
    if (path.length === 0 || typeof value !== 'object' || value === null) return replacement
    const keys = Object.keys(value)
    if (keys.length === 0) return replacement
    const key = keys[path[0]! % keys.length]!
    const inner = spoil((value as Record<string, unknown>)[key], path.slice(1), replacement)
    return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner }
  }

  test('recorded manifests with junk in them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...manifests),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }),
        junk,
        (manifest, path, replacement) => {
          const { apiVersion, kind, metadata, ...content } = manifest
          const resource = server.resources.byKind(apiVersion, kind)!
          const spoilt = { apiVersion, kind, metadata, ...(spoil(content, path, replacement) as object) } as AnyObject
          expect(typeof reasonOf(spoilt, resource.key, resource.namespaced)).toBe('string')
        },
      ),
      { numRuns: 2000 },
    )
  })
})
