import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { Engine } from './engine.ts'
import type { Frame } from './protocol.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const pods = (names: readonly string[], cpu = '500m'): string =>
  names
    .map(
      (name) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: c, image: nginx, resources: {requests: {cpu: ${cpu}}}}]\n`,
    )
    .join('---\n')

const OWN = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
  - pluginConfig:
      - name: OnlyThree
        args:
          kind: CELPluginArgs
          filter: node.name == "node-3"
`

function engineOf(): {
  readonly engine: Engine
  readonly nodesOf: (world: Frame['world']) => Readonly<Record<string, string | undefined>>
} {
  const nodes = { main: new Map<string, string | undefined>(), other: new Map<string, string | undefined>() }
  const engine = new Engine({
    schema,
    builtin: () => undefined,
    send: ({ world, full, pods: { changed, removed } }) => {
      if (full) nodes[world].clear()
      for (const { name, node } of changed) nodes[world].set(name, node)
      for (const id of removed) nodes[world].delete(id.split('/')[1]!)
    },
    clock: () => 0,
    later: () => () => {},
  })
  return { engine, nodesOf: (world) => Object.fromEntries(nodes[world]) }
}
const go = (engine: Engine, ticks: number): void => {
  for (let i = 0; i < ticks; i++) engine.step('tick')
}

describe('two schedulers on one recording', () => {
  test('the other world lives the same deeds with its own configuration, those to come included', () => {
    const { engine, nodesOf } = engineOf()
    engine.open({ type: 'default' })
    engine.act({ type: 'apply', text: pods(['a', 'b', 'c']) })
    go(engine, 30)
    expect(new Set(Object.values(nodesOf('main'))).size).toBe(3)
    expect(engine.compareSchedulers(OWN)).toEqual([])
    expect(nodesOf('other')).toEqual({ a: 'node-3', b: 'node-3', c: 'node-3' })
    engine.act({ type: 'apply', text: pods(['d']) })
    go(engine, 30)
    expect(nodesOf('other')['d']).toBe('node-3')
    expect(nodesOf('main')['d']).toBeDefined()
  })

  test('a wrong configuration is told with its place and changes nothing', () => {
    const { engine, nodesOf } = engineOf()
    engine.open({ type: 'default' })
    const [problem] = engine.compareSchedulers(OWN.replace('node.name', 'node.nam'))
    expect(problem).toMatchObject({ path: 'profiles[0].pluginConfig[0].args.filter', line: 8, column: 19 })
    expect(problem!.message).toContain('No such key: nam')
    expect(nodesOf('other')).toEqual({})
    expect(engine.checkSchedulerConfiguration('kind: [').length).toBeGreaterThan(0)
    expect(engine.checkSchedulerConfiguration(OWN)).toEqual([])
  })
})

describe('the scheduler from inside', () => {
  test('a Pod that fits nowhere shows its queue, attempts, back-off and what moved it last', () => {
    const { engine } = engineOf()
    engine.open({ type: 'default' })
    engine.act({ type: 'apply', text: pods(['huge'], '9') })
    go(engine, 10)
    const key = { resource: 'pods', namespace: 'default', name: 'huge' }
    expect(engine.inspect(key).waiting).toMatchObject({
      queue: 'unschedulable',
      attempts: 1,
      backoffMs: 1000,
      rejectedBy: ['NodeResourcesFit'],
      move: { from: 'inFlight', to: 'unschedulable', because: 'ScheduleAttemptFailure' },
    })
    engine.act({ type: 'kubectl', line: 'kubectl taint nodes node-1 a=b:PreferNoSchedule' })
    go(engine, 10)
    expect(engine.inspect(key).waiting).toMatchObject({ attempts: 2 })
    const { queues, moves, release, profiles } = engine.inspectScheduler()!
    expect(queues.map(({ pod }) => pod)).toEqual(['default/huge'])
    expect(moves.map(({ because }) => because)).toContain('Node/UpdateNodeTaint')
    expect(release).toBe('1.35')
    expect(profiles.map(({ schedulerName }) => schedulerName)).toEqual(['default-scheduler'])
  })

  test('a gated Pod is held at the door', () => {
    const { engine } = engineOf()
    engine.open({ type: 'default' })
    engine.act({ type: 'apply', text: `${pods(['held'])}  schedulingGates: [{name: a/b}]\n` })
    go(engine, 10)
    const { waiting, decision } = engine.inspect({ resource: 'pods', namespace: 'default', name: 'held' })
    expect(waiting).toMatchObject({ queue: 'gated', gatedBy: 'SchedulingGates', attempts: 0 })
    expect(decision).toBeUndefined()
  })
})
