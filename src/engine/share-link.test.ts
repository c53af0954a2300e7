import { deflateSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Recording } from './recording.ts'
import { decodeLink, encodeLink } from './share-link.ts'

const recording: Recording = {
  version: 1,
  engine: '1',
  source: { type: 'text', name: 'web.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: 웹\n' },
  seed: 42,
  actions: [
    { at: 1200, action: { type: 'kubectl', line: 'kubectl scale deployment web --replicas=5' } },
    { at: 60_000, action: { type: 'fault', kind: 'HostPowerOff', target: { host: 'node-2' }, id: 'f1' } },
  ],
  at: 90_000,
  digest: '0123456789abcdef',
}

describe('share links', () => {
  test('a recording survives the round trip, also as a whole URL', () => {
    const link = encodeLink(recording)!
    expect(decodeLink(link)).toEqual(recording)
    expect(decodeLink(`https://example.org/lab/#${link}`)).toEqual(recording)
    expect(link).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
  })

  test('what is too large for a link gets none', () => {
    let noise = ''
    for (let i = 0; i < 20_000; i++) noise += `${(i * 2_654_435_761) >>> 0} `
    expect(encodeLink({ ...recording, source: { type: 'text', name: 'noise', text: noise } })).toBeUndefined()
    expect(encodeLink({ ...recording, source: { type: 'text', name: 'long', text: 'a'.repeat(6_000_000) } })).toBeUndefined()
  })

  test('a truncated link is called damaged', () => {
    const link = encodeLink(recording)!
    for (const length of [3, 10, link.length >> 1, link.length - 1]) {
      const result = decodeLink(link.slice(0, length))
      expect(result).toHaveProperty('problem.type', 'damaged')
    }
  })

  test.each([
    { name: 'another version', link: 'v9.abc', type: 'version' },
    { name: 'no version', link: 'nonsense', type: 'version' },
    { name: 'nothing', link: '', type: 'version' },
    { name: 'characters that are not base64', link: 'v1.%%%%', type: 'damaged' },
    { name: 'a payload longer than any URL', link: `v1.${'A'.repeat(70_000)}`, type: 'too-long' },
    { name: 'valid JSON that is no recording', link: link({ hello: 1 }), type: 'invalid' },
    { name: 'an action of an unknown type', link: link({ ...recording, actions: [{ at: 0, action: { type: 'eval' } }] }), type: 'invalid' },
    { name: 'actions out of order', link: link({ ...recording, actions: [...recording.actions].reverse() }), type: 'invalid' },
    { name: 'a bomb', link: `v1.${base64(deflateSync(new Uint8Array(20_000_000), { level: 9 }))}`, type: 'too-large' },
  ])('$name is refused as $type', ({ link, type }) => {
    expect(decodeLink(link)).toHaveProperty('problem.type', type)
  })

  test('a mutated link never throws and never gives something that is no recording', () => {
    const good = encodeLink(recording)!
    fc.assert(
      fc.property(fc.nat(good.length - 4), fc.constantFrom(...'ABCxyz019-_'), (position, char) => {
        const result = decodeLink(good.slice(0, position + 3) + char + good.slice(position + 4))
        expect('problem' in result || result.version === 1).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function link(value: unknown): string {
  return encodeLink(value as Recording)!
}
