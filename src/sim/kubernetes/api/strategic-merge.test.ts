import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from './json-value.ts'
import { ApiSchema } from './schema.ts'
import { applyStrategicMergePatch, createThreeWayStrategicPatch, createTwoWayStrategicPatch } from './strategic-merge.ts'

const schema = new ApiSchema(
  JSON.parse(readFileSync(new URL('generated/schema.json', import.meta.url), 'utf8')) as ConstructorParameters<
    typeof ApiSchema
  >[0],
)
const pod = schema.kind('v1', 'Pod')
const service = schema.kind('v1', 'Service')

const apply = (original: Json, patch: Json, struct = pod): Json => {
  const result = applyStrategicMergePatch(original, patch, struct)
  return result.ok ? result.value : { failed: result.message }
}
const podWith = (...containers: readonly Json[]): Json => ({ spec: { containers } })

describe('applying', () => {
  test.each([
    {
      name: 'containers merge by name',
      original: podWith({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }),
      patch: podWith({ name: 'b', image: 'z' }),
      want: podWith({ name: 'a', image: 'x' }, { name: 'b', image: 'z' }),
    },
    {
      name: 'a new container comes where the patch and the server order put it',
      original: podWith({ name: 'a', image: 'x' }),
      patch: podWith({ name: 'c', image: 'z' }),
      want: podWith({ name: 'c', image: 'z' }, { name: 'a', image: 'x' }),
    },
    {
      name: 'a delete directive takes an item away',
      original: podWith({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }),
      patch: podWith({ name: 'a', $patch: 'delete' }),
      want: podWith({ name: 'b', image: 'y' }),
    },
    {
      name: 'a replace directive replaces the list',
      original: podWith({ name: 'a', image: 'x' }),
      patch: podWith({ $patch: 'replace' }, { name: 'n', image: 'q' }),
      want: podWith({ name: 'n', image: 'q' }),
    },
    {
      name: 'arguments have no key: replaced',
      original: podWith({ name: 'a', args: ['1', '2'] }),
      patch: podWith({ name: 'a', args: ['3'] }),
      want: podWith({ name: 'a', args: ['3'] }),
    },
    {
      name: 'finalizers are merged, those of the patch first',
      original: { metadata: { finalizers: ['a/b'] } },
      patch: { metadata: { finalizers: ['c/d'] } },
      want: { metadata: { finalizers: ['c/d', 'a/b'] } },
    },
    {
      name: 'items are deleted from a merged list of texts',
      original: { metadata: { finalizers: ['a/b', 'c/d'] } },
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/b'] } },
      want: { metadata: { finalizers: ['c/d'] } },
    },
    {
      name: 'retained keys: another volume source replaces the old one',
      original: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      patch: { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' }, $retainKeys: ['name', 'hostPath'] }] } },
      want: { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } },
    },
    {
      name: 'the element order is enforced',
      original: podWith({ name: 'a' }, { name: 'b' }),
      patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
      want: podWith({ name: 'b' }, { name: 'a' }),
    },
    {
      name: 'a map that carries a directive is dropped where nothing was',
      original: { spec: {} },
      patch: { spec: { nodeSelector: { $patch: 'replace', a: 'b' } } },
      want: { spec: {} },
    },
    {
      name: 'an item without its key is refused',
      original: podWith({ name: 'a' }),
      patch: podWith({ image: 'x' }),
      want: { failed: 'map: map[image:x] does not contain declared merge key: name' },
    },
  ])('$name', ({ original, patch, want }) => {
    expect(apply(original, patch)).toEqual(want)
  })
})

describe('creating', () => {
  test('a changed port is named by its key, with the order of all', () => {
    const ports = (nodePort: number): Json => ({ spec: { ports: [{ port: 80, nodePort }, { port: 81 }] } })
    expect(createTwoWayStrategicPatch(ports(30_000), ports(30_001), service)).toEqual({
      spec: { '$setElementOrder/ports': [{ port: 80 }, { port: 81 }], ports: [{ port: 80, nodePort: 30_001 }] },
    })
  })

  test('three ways: what the server added stays, what was applied and is not any more goes', () => {
    const applied = podWith({ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] })
    const wanted = podWith({ name: 'a', image: '2' })
    const live: Json = {
      spec: {
        containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }], imagePullPolicy: 'Always' }],
        nodeName: 'n',
      },
    }
    const patch = createThreeWayStrategicPatch(applied, wanted, live, pod)
    expect(patch.ok && apply(live, patch.value)).toEqual({
      spec: { containers: [{ name: 'a', image: '2', imagePullPolicy: 'Always' }], nodeName: 'n' },
    })
  })
})

const text = fc.constantFrom('1', '2', '3')
const container = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    image: text,
    args: fc.array(text, { maxLength: 2 }),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: text }), {
      selector: ({ name }) => name,
      maxLength: 3,
    }),
  },
  { requiredKeys: ['name'] },
)
const manifest: fc.Arbitrary<Json> = fc.record(
  {
    metadata: fc.record(
      { labels: fc.dictionary(fc.constantFrom('x', 'y'), text), finalizers: fc.uniqueArray(fc.constantFrom('p/q', 'r/s')) },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        containers: fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
        nodeSelector: fc.dictionary(fc.constantFrom('x', 'y'), text),
      },
      { requiredKeys: ['containers'] },
    ),
  },
  { requiredKeys: ['spec'] },
)

/** Empty lists and maps are the same as none, and the order of environment variables is the patch's business. */
const tidy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidy)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .map(([key, entry]) => [key, tidy(entry)] as const)
    .filter(([, entry]) => typeof entry !== 'object' || entry === null || Object.keys(entry).length > 0)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

describe('laws', () => {
  test('a two-way patch brings about what is wanted', () => {
    fc.assert(
      fc.property(manifest, manifest, (from, to) => {
        expect(tidy(apply(from, createTwoWayStrategicPatch(from, to, pod)))).toEqual(tidy(to))
      }),
    )
  })

  test('equal manifests need no patch', () => {
    fc.assert(
      fc.property(manifest, (same) => {
        expect(createTwoWayStrategicPatch(same, same, pod)).toEqual({})
      }),
    )
  })

  test('applying an unchanged manifest again changes nothing', () => {
    fc.assert(
      fc.property(manifest, (same) => {
        const patch = createThreeWayStrategicPatch(same, same, same, pod)
        expect(patch).toEqual({ ok: true, value: {} })
      }),
    )
  })

  test('three ways with nothing done by others is the same as two ways', () => {
    fc.assert(
      fc.property(manifest, manifest, (applied, wanted) => {
        const patch = createThreeWayStrategicPatch(applied, wanted, applied, pod)
        expect(tidy(patch.ok && apply(applied, patch.value))).toEqual(tidy(wanted))
      }),
    )
  })
})
