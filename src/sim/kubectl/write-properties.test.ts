import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { toYaml } from './printers/yaml.ts'
import { QuietWorld, recordedCases } from './testing/api-cases.ts'

/** Manifests of one object that the real server took. */
const GOOD_MANIFESTS = recordedCases('defaults').flatMap(({ name, world, steps }) => {
  const [first] = steps
  const isGood = first?.args.join(' ') === 'apply -f -' && first.exit === 0 && (first.stdout.match(/\n/g) ?? []).length === 1
  return isGood ? [{ name, world, stdin: first.stdin! }] : []
})

const objectOf = (created: string): readonly string[] => {
  const [kind = '', name = ''] = created.split(' ')[0]!.split('/')
  return [kind, name]
}

describe('apply', () => {
  // kubectl may still say `configured`: `cpu: 1` is not the text "1", so it sends a patch, of which the server makes nothing.
  test.each(GOOD_MANIFESTS)('$name: the same manifest again changes nothing', ({ world: name, stdin }) => {
    const world = QuietWorld.named(name)
    expect(world.run(['apply', '-f', '-'], stdin).stdout).toMatch(/ created\n$/)
    const { revision } = world.server.store
    expect(world.run(['apply', '-f', '-'], stdin).stdout).toMatch(/ (unchanged|configured)\n$/)
    expect(world.server.store.revision).toBe(revision)
  })

  test.each(GOOD_MANIFESTS)('$name: applying what the server shows leaves the specification alone', ({ world: name, stdin }) => {
    const world = QuietWorld.named(name)
    const object = objectOf(world.run(['apply', '-f', '-'], stdin).stdout)
    const get = (): Record<string, unknown> & { metadata: Record<string, unknown> } =>
      parse(world.run(['get', ...object, '-o', 'yaml']).stdout, { version: '1.1' }) as never
    const { metadata, status: _, ...rest } = get()
    const { resourceVersion: _1, uid: _2, creationTimestamp: _3, generation, ...kept } = metadata
    const again = world.run(['apply', '-f', '-'], toYaml({ ...rest, metadata: kept }))
    expect(again.stderr).toBe('')
    const { metadata: after, status: _4, ...shown } = get()
    expect(shown).toEqual(rest)
    // A Deployment's generation counts annotations, too.
    const grown = object[0] === 'deployment.apps' ? 1 : 0
    expect(Number(after['generation'] ?? 0)).toBe(Number(generation ?? 0) + grown)
  })
})

const key = fc.constantFrom('a', 'b', 'c', 'long-key', 'x.y')
const patches = fc.record(
  {
    data: fc.dictionary(key, fc.oneof(fc.string({ maxLength: 8 }), fc.constant(null))),
    metadata: fc.record(
      {
        labels: fc.dictionary(key, fc.oneof(fc.constantFrom('1', 'two', ''), fc.constant(null))),
        annotations: fc.dictionary(key, fc.oneof(fc.string({ maxLength: 8 }), fc.constant(null))),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

describe('patch', () => {
  test.each(['merge', 'strategic'])('a %s patch does nothing the second time', (type) => {
    fc.assert(
      fc.property(patches, (patch) => {
        const world = QuietWorld.named('small')
        const line = ['patch', 'cm', 'cfg', '--type', type, '-p', JSON.stringify(patch)]
        const first = world.run(line)
        fc.pre(first.exit === 0)
        const { revision } = world.server.store
        expect(world.run(line)).toEqual({ exit: 0, stdout: 'configmap/cfg patched (no change)\n', stderr: '' })
        expect(world.server.store.revision).toBe(revision)
      }),
      { numRuns: 40, seed: 7 },
    )
  })
})

const VERBS = [
  ['delete'],
  ['label'],
  ['annotate'],
  ['taint'],
  ['cordon'],
  ['uncordon'],
  ['scale'],
  ['autoscale'],
  ['expose'],
  ['patch'],
  ['run'],
  ['apply'],
  ['create'],
  ['replace'],
  ['diff'],
  ['edit'],
  ['set', 'image'],
  ['set', 'env'],
  ['set', 'resources'],
  ['set', 'selector'],
  ['set', 'serviceaccount'],
  ['set', 'subject'],
  ['rollout', 'undo'],
  ['rollout', 'pause'],
  ['rollout', 'resume'],
  ['rollout', 'restart'],
  ['create', 'deployment'],
  ['create', 'cm'],
  ['create', 'secret', 'generic'],
  ['create', 'svc', 'clusterip'],
  ['create', 'job'],
  ['create', 'cronjob'],
  ['create', 'quota'],
  ['create', 'pdb'],
  ['create', 'pc'],
  ['create', 'ingress'],
  ['create', 'role'],
  ['create', 'rolebinding'],
  ['create', 'clusterrole'],
  ['create', 'token'],
  ['apply', 'view-last-applied'],
  ['apply', 'set-last-applied'],
] as const
const WORDS = [
  'pod',
  'pods',
  'cm',
  'deploy',
  'node',
  'svc',
  'hpa',
  'widget',
  'deploy/web',
  'pod/solo',
  'cm/cfg',
  'cm/',
  '/',
  'a/b/c',
  'web',
  'solo',
  'cfg',
  'nope',
  'node-1',
  'a=b',
  'a-',
  '=',
  'a=b:NoSchedule',
  'web=nginx',
  '*=x',
  '-',
  '--',
  '',
  '{"data":{"a":null}}',
  '{bad',
  '[]',
  '한글',
  '\t',
] as const
const FLAGS = [
  '--image=x',
  '--image',
  '--replicas=2',
  '--replicas=x',
  '--all',
  '-l',
  '-l=a=b',
  '-n',
  '-n=dev',
  '--dry-run=client',
  '--dry-run=server',
  '-o=yaml',
  '-o=name',
  '-o=jsonpath={.x',
  '-f=-',
  '-f',
  '-p={}',
  '-p=[',
  '--type=json',
  '--port=80',
  '--port=x',
  '--max=3',
  '--from-literal=a=b',
  '--from-literal=x',
  '--tcp=80',
  '--tcp=:',
  '--rule=x',
  '--rule=a/b=c:d',
  '--schedule=x',
  '--hard=cpu=1',
  '--selector=',
  '--selector=a in (',
  '--limits=cpu=x',
  '--to-revision=-1',
  '--grace-period=0',
  '--wait=false',
  '--cascade=maybe',
  '--overwrite',
  '--list',
  '--local',
  '--force',
  '--now',
  '--timeout=1s',
  '--server-side',
  '--validate=x',
  '--record',
  '--nope',
  '-z',
] as const
const STDINS = [
  '',
  'x',
  'a: b: c',
  '{',
  '- 1',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fuzz}\n',
  'kind: List\napiVersion: v1\nitems: [1, {}]\n',
] as const

describe('any line', () => {
  test('never throws, and a refused line about one object changes nothing', () => {
    const guilty: unknown[] = []
    fc.assert(
      fc.property(
        fc.constantFrom(...VERBS),
        fc.array(fc.constantFrom<string>(...WORDS), { maxLength: 4 }),
        fc.array(fc.constantFrom<string>(...FLAGS), { maxLength: 3 }),
        fc.constantFrom<string>(...STDINS),
        (verb, words, flags, stdin) => {
          const world = QuietWorld.named('small')
          const { revision } = world.server.store
          const { exit } = world.run([...verb, ...words, ...flags], stdin)
          const isOne = words.length <= 2 && words.filter((word) => word.includes('/')).length <= 1 && !flags.includes('--all')
          const isGuilty = exit !== 0 && isOne && world.server.store.revision !== revision
          if (isGuilty) guilty.push({ verb, words, flags, stdin })
          return !isGuilty
        },
      ),
      { numRuns: 1500, seed: 11 },
    )
    expect(guilty).toEqual([])
  }, 60_000)
})
