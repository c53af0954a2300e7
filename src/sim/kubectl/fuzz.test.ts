import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../kubernetes/api/types.ts'
import { Store } from '../kubernetes/etcd/store.ts'
import { COMMANDS } from './commands.ts'
import { complete } from './complete.ts'
import { isFields } from './fields.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'
import { resumeKubectl, startKubectl } from './kubectl.ts'
import { applyFilters, parseShellLine } from './shell.ts'
import { environment, loadCases, loadWorld, WORLDS } from './testing/golden.ts'

const env = environment(loadWorld('healthy-shop'), loadCases('healthy-shop').now)

const flagWord = (name: string, value: string): fc.Arbitrary<string> => fc.constantFrom(`--${name}`, `--${name}=${value}`)
const VALUES = [
  '',
  'x',
  'shop',
  'wide',
  'yaml',
  'json',
  'name',
  '3',
  '-1',
  '1s',
  '.metadata.name',
  '{.items[*].metadata.name}',
  'a=b',
  'a in (b,c)',
  '!a',
  'go-template={{range .items}}{{.x}}{{end}}',
  'jsonpath={range',
  'custom-columns=A:.b',
  'status.phase=Running',
  'condition=Ready',
  '-',
  'delete',
  '@',
]
const NOUNS = [
  'pods',
  'po',
  'deploy',
  'deploy/web',
  'pod/db-0',
  'nodes',
  'node/worker-1',
  'svc',
  'all',
  'pods,svc',
  'web',
  'db-0',
  'podz',
  'ev',
  'crd',
  'a/b/c',
  '/',
  ',',
  'pods/',
  'hpa',
  'quota',
  'ns',
  'sts/db',
  'cm',
]
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NOUNS) },
  { weight: 2, arbitrary: fc.constantFrom(...VALUES) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...COMMANDS.flatMap(({ flags }) => flags), ...GLOBAL_FLAGS)
      .chain(({ name }) => fc.constantFrom(...VALUES).chain((value) => flagWord(name, value))),
  },
  { weight: 1, arbitrary: fc.constantFrom('-n', '-l', '-o', '-A', '-w', '-f', '-c', '--', '-Lapp', '-ojson', '-nshop', '-x') },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)
const line = fc
  .tuple(fc.constantFrom(...COMMANDS.map(({ path }) => path)), fc.array(word, { maxLength: 7 }))
  .map(([path, words]) => [...path, ...words])

describe('no line brings kubectl down', () => {
  test('random words of its language', () => {
    fc.assert(
      fc.property(line, (args) => {
        let step = startKubectl(args, env)
        for (let i = 0; i < 3 && 'again' in step; i++) {
          const state: unknown = JSON.parse(JSON.stringify(step.again.state))
          step = resumeKubectl(state, { ...env, unixMs: env.unixMs + 60_000 * (i + 1) })
        }
        expect(typeof step.stdout).toBe('string')
      }),
      { numRuns: 1500, seed: 35 },
    )
  })

  test('random text as a shell line, and its completion anywhere', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'kubectl ',
        'get ',
        'pods ',
        '| ',
        'grep ',
        'wc -l',
        '"',
        "'",
        '<<EOF\n',
        'EOF',
        '-o ',
        'jsonpath=',
        '{.items',
        '$(',
        ' -n ',
        'sort -k2 ',
        'tr a-z ',
        'head -',
        'cut -f1 ',
      ),
      fc.string({ maxLength: 6 }),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
        fc.nat(60),
        (text, cursor) => {
          const parsed = parseShellLine(text)
          expect(parsed.ok ? typeof applyFilters(parsed.filters, 'a b\nc d\n', 0).text : typeof parsed.message).toBe('string')
          for (const completion of complete(text, Math.min(cursor, text.length), env))
            expect(completion.from).toBeLessThanOrEqual(text.length)
        },
      ),
      { numRuns: 1500, seed: 35 },
    )
  })
})

/** Leaves parts of a value out, by chance. */
function withHoles(value: unknown, chance: () => number, depth = 0): unknown {
  if (Array.isArray(value)) return value.filter(() => chance() > 0.1).map((item) => withHoles(item, chance, depth + 1))
  if (!isFields(value)) return chance() < 0.03 ? null : value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (chance() < 0.12 ? [] : [[key, withHoles(inner, chance, depth + 1)]])),
  )
}

/** A small generator of its own: the holes are the same in every run. */
function chanceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

describe('objects with fields missing are shown as well as they can be', () => {
  test.each(WORLDS)('of the world %s', (world) => {
    const chance = chanceFrom(world.length)
    const whole = loadWorld(world)
    for (let round = 0; round < 3; round++) {
      const store = new Store()
      const named: (readonly [string, AnyObject])[] = []
      for (const resource of whole.resources())
        for (const object of whole.scan(resource)) {
          const { name, namespace } = object.metadata
          const holed = withHoles(object, chance) as AnyObject
          const metadata = {
            ...(isFields(holed.metadata) ? holed.metadata : {}),
            name,
            ...(namespace === undefined ? {} : { namespace }),
          }
          const kept = { ...holed, apiVersion: object.apiVersion, kind: object.kind, metadata } as AnyObject
          store.load(resource, kept)
          named.push([resource, kept])
        }
      const holes = environment(store, loadCases(world).now)
      for (const resource of whole.resources()) {
        for (const output of ['wide', 'yaml', 'json', 'name'])
          expect(startKubectl(['get', resource, '-A', '-o', output], holes)).toMatchObject({ exit: 0 })
        expect('exit' in startKubectl(['describe', resource, '-A'], holes)).toBe(true)
      }
      for (const verb of ['status', 'history'])
        for (const kind of ['deploy', 'sts', 'ds']) startKubectl(['rollout', verb, kind, '--watch=false'], holes)
      expect(named.length).toBeGreaterThan(0)
    }
  })
})
