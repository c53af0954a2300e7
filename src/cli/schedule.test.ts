import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { AnyObject } from '../sim/kubernetes/api/types.ts'
import { schedule } from './schedule.ts'

const node = (name: string, cpu: string | number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: { capacity: { cpu, memory: '8Gi', pods: '110' } },
})
const pod = (name: string, cpu: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'nginx', resources: { requests: { cpu } } }], ...spec },
})
const stream = (...objects: readonly object[]): string => objects.map((object) => `---\n${stringify(object)}`).join('')
const run = (text: string, options: Partial<Parameters<typeof schedule>[0]> = {}) =>
  schedule({ files: [{ name: 'dump.yaml', text }], alone: false, format: 'json', ...options })

interface Report {
  readonly kind: string
  readonly decisions: readonly {
    readonly pod: string
    readonly node: string | null
    readonly message: string
    readonly nodes: readonly {
      readonly name: string
      readonly total?: number
      readonly scores?: Readonly<Record<string, { readonly weighted: number }>>
    }[]
    readonly tied: readonly string[]
    readonly preemption?: { readonly node: string; readonly victims: readonly string[] }
  }[]
}
const report = (text: string, options: Partial<Parameters<typeof schedule>[0]> = {}): Report => {
  const { stdout, stderr, exit } = run(text, options)
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
  return JSON.parse(stdout) as Report
}

describe('clusterlab schedule', () => {
  test('each binding counts for the next pod', () => {
    const { kind, decisions } = report(stream(node('n1', '1'), pod('a', '800m'), pod('b', '800m')))
    expect(kind).toBe('ScheduleReport')
    expect(decisions.map((each) => [each.pod, each.node, each.message])).toEqual([
      ['default/a', 'n1', ''],
      [
        'default/b',
        null,
        '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
      ],
    ])
  })

  test('with --alone each pod is judged against the dump as given', () => {
    const { decisions } = report(stream(node('n1', '1'), pod('a', '800m'), pod('b', '800m')), { alone: true })
    expect(decisions.map((each) => each.node)).toEqual(['n1', 'n1'])
  })

  test('a List as kubectl prints it is read like a stream', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [node('n1', 4), pod('a', '1')], metadata: { resourceVersion: '' } }
    expect(report(stringify(list)).decisions[0]!.node).toBe('n1')
    expect(report(JSON.stringify(list)).decisions[0]!.node).toBe('n1')
  })

  test('the text table has nodes in rows and plugins in columns', () => {
    const { stdout } = run(stream(node('n1', '4'), node('n2', '2'), node('n3', '500m'), pod('a', '1')), { format: 'text' })
    expect(stdout).toBe(`default/a  → n1
  NODE  TaintToleration  NodeResourcesFit  DynamicResources  NodeResourcesBalancedAllocation  ImageLocality  TOTAL  STATUS
  n1                300                86                 0                               87              0    473  fits
  n2                300                73                 0                               75              0    448  fits
  n3                  -                 -                 -                                -              -      -  NodeResourcesFit: Insufficient cpu
`)
  })

  test('gated pods and pods of other schedulers are not tried', () => {
    const { decisions } = report(
      stream(
        node('n1', '4'),
        pod('gated', '1', { schedulingGates: [{ name: 'g' }] }),
        pod('other', '1', { schedulerName: 'mine' }),
      ),
    )
    expect(decisions.map(({ message }) => message)).toEqual([
      'Scheduling is blocked due to non-empty scheduling gates',
      'no profile for schedulerName "mine"',
    ])
  })

  test('a configuration changes weights', () => {
    const text = stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      profiles: [{ plugins: { multiPoint: { enabled: [{ name: 'NodeResourcesFit', weight: 5 }] } } }],
    })
    const { decisions } = report(stream(node('n1', '4'), node('n2', '2'), pod('a', '1')), {
      config: { name: 'config.yaml', text },
    })
    expect(decisions[0]!.nodes[0]!.scores?.['NodeResourcesFit']?.weighted).toBe(5 * 86)
  })

  test.each([
    {
      name: 'a quantity that is none',
      text: stream(node('n1', '2 cores')),
      stderr: 'dump.yaml:10: status.capacity.cpu: expected a quantity such as "500m" or "2Gi", received "2 cores"\n',
    },
    {
      name: 'an object without a kind',
      text: 'apiVersion: v1\nmetadata: {name: x}\n',
      stderr: 'dump.yaml:1: kind: expected a text, received nothing\n',
    },
    { name: 'text instead of an object', text: 'hello\n', stderr: 'dump.yaml:1: expected an object, received "hello"\n' },
    {
      name: 'a pod in a list without containers',
      text: 'kind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {nodeName: x}\n',
      stderr: 'dump.yaml:6: items[0].spec.containers: expected a list, received nothing\n',
    },
    {
      name: 'an alias bomb',
      text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`,
      stderr: 'dump.yaml:1: expected at most 100 uses of aliases, received more\n',
    },
    {
      name: 'nesting without end',
      text: '['.repeat(5000),
      stderr: 'dump.yaml:1: expected at most 100 levels of nesting, received 5000\n',
    },
  ])('refuses $name', ({ text, stderr }) => {
    expect(run(text)).toEqual({ stdout: '', stderr, exit: 2 })
  })

  test('refuses a configuration with every problem and its line', () => {
    const text = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- plugins:
    score:
      enabled:
      - name: NoSuchPlugin
  pluginConfig:
  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 200}
`
    expect(run(stream(node('n1', '1')), { config: { name: 'config.yaml', text } })).toEqual({
      stdout: '',
      stderr: `config.yaml:7: profiles[0].plugins.score.enabled[0].name: expected the name of a plugin, received "NoSuchPlugin"
config.yaml:10: profiles[0].pluginConfig[0].args.hardPodAffinityWeight: expected a whole number in 0…100, received 200
`,
      exit: 2,
    })
  })

  test('decides as the real scheduler does for whole recorded clusters', () => {
    const file = new URL('../sim/kubernetes/scheduler/golden/profiles.jsonl', import.meta.url)
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const { name, config, objects, expected } = JSON.parse(line) as {
        name: string
        config: unknown
        objects: readonly AnyObject[]
        expected: readonly { pod: string; tied: readonly string[]; message?: string }[]
      }
      const { decisions } = report(stream(...objects), { alone: true, config: { name: 'config', text: stringify(config) } })
      const decided = decisions.map(({ pod: key, tied, message }) => [key, [...tied].sort(), message])
      expect([name, decided]).toEqual([
        name,
        expected.map(({ pod: key, tied, message }) => [key, [...tied].sort(), message ?? '']),
      ])
    }
  })
})
