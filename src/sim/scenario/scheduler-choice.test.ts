import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import type { Event, Pod } from '../kubernetes/api/types.ts'
import { checkScenario } from './check.ts'
import { parseScenario } from './parse.ts'
import { World } from './world.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const head = 'apiVersion: clusterlab.dev/v1\nkind: Scenario\nmetadata: {name: a}\nspec:\n  title: {ko: 가, en: A}\n'
const pod = (name: string, more = '') =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: c, image: nginx, resources: {requests: {cpu: 500m}}}]\n${more}`
const config = (profiles: string) =>
  `    scheduler:\n      apiVersion: kubescheduler.config.k8s.io/v1\n      kind: KubeSchedulerConfiguration\n      profiles:\n${profiles}`

function worldOf(spec: string, manifests: string): World {
  const { scenario, manifests: objects, problems, locate } = parseScenario(`${head}${spec}${manifests}`)
  expect([...problems, ...checkScenario(scenario!, locate)]).toEqual([])
  const world = new World({ schema, scenario: scenario!, manifests: objects })
  world.advanceTo(5000)
  return world
}
const podOf = (world: World, name: string): Pod => world.cluster.etcd.store.get('pods', 'default', name) as unknown as Pod
const eventsOf = (world: World, name: string): readonly Event[] =>
  [...world.cluster.etcd.store.scan('events')]
    .map((event) => event as unknown as Event)
    .filter(({ involvedObject }) => involvedObject.kind === 'Pod' && involvedObject.name === name)

const nodes = '  cluster:\n    nodes:\n      - {name: small, capacity: {cpu: "2"}}\n      - {name: large, capacity: {cpu: "8"}}\n'

describe('a plugin of one’s own', () => {
  const own = (args: string) => config(`        - pluginConfig: [{name: Mine, args: {kind: CELPluginArgs, ${args}}}]\n`)

  test('scores as a column of the decision, with what its expression read', () => {
    const world = worldOf(nodes + own('score: "node.allocatable.cpu <= 2000 ? 100 : 0", weight: 50'), pod('p'))
    expect(podOf(world, 'p').spec.nodeName).toBe('small')
    const { decision } = world.scheduler.decisionOf('default/p')!
    const small = decision.nodes.find(({ name }) => name === 'small')!
    expect(small.scores!['Mine']).toEqual({ raw: 100, normalized: 100, weighted: 5000 })
    expect(small.arithmetic!['Mine']).toMatchObject({
      kind: 'expression',
      inputs: [{ name: 'node.allocatable.cpu', value: '2000' }],
    })
  })

  test('scales what has no bound', () => {
    const world = worldOf(nodes + own('score: node.free.memory + node.free.cpu, normalize: LowerIsBetter'), pod('p'))
    const { decision } = world.scheduler.decisionOf('default/p')!
    const scaled = Object.fromEntries(decision.nodes.map(({ name, scores }) => [name, scores!['Mine']!.normalized]))
    expect(scaled).toEqual({ small: 1, large: 0 })
  })

  test('refuses nodes with its own words', () => {
    const world = worldOf(nodes + own('filter: node.name.startsWith("x"), reason: node(s) had the wrong letter'), pod('p'))
    expect(eventsOf(world, 'p')[0]!.message).toMatch(/^0\/2 nodes are available: 2 node\(s\) had the wrong letter\. /)
  })

  test('that fails makes the attempt an error, tried again later', () => {
    const world = worldOf(nodes + own('score: 100 / (node.requested.cpu - node.requested.cpu)'), pod('p'))
    expect(podOf(world, 'p').status!.conditions).toContainEqual(
      expect.objectContaining({
        type: 'PodScheduled',
        reason: 'SchedulerError',
        message: expect.stringContaining('division by zero'),
      }),
    )
    expect(world.scheduler.waiting('default/p')).toMatchObject({ queue: 'errorBackoff', backoffMs: expect.any(Number) })
  })

  test('whose filter fails is an error too', () => {
    const world = worldOf(nodes + own(`filter: 'node.labels["disk"] == "ssd"'`), pod('p'))
    expect(podOf(world, 'p').status!.conditions).toContainEqual(expect.objectContaining({ reason: 'SchedulerError' }))
  })

  test.each([
    { name: 'a field that is not there', args: 'score: node.free.cpus', field: 'score', says: 'No such key: cpus' },
    { name: 'a text as a score', args: 'score: node.name', field: 'score', says: 'it gives string' },
    { name: 'a number as a filter', args: 'filter: node.free.cpu', field: 'filter', says: 'it gives int' },
    { name: 'half an expression', args: 'score: "node.free.cpu +"', field: 'score', says: 'Unexpected token' },
    { name: 'a pattern of unbounded cost', args: 'filter: node.name.matches("(a+)+")', field: 'filter', says: 'no bound' },
    { name: 'a weight out of range', args: 'score: "1", weight: 500', field: 'weight', says: 'a whole number in 1…100' },
    {
      name: 'loops in loops in loops',
      args: 'filter: "node.taints.all(a, node.taints.all(b, node.taints.all(c, a == b || b == c)))"',
      field: 'filter',
      says: 'at most 2 nested',
    },
  ])('is refused with its place: $name', ({ args, field, says }) => {
    const { scenario, locate } = parseScenario(head + nodes + own(args))
    const problems = checkScenario(scenario!, locate)
    expect(problems.map(({ path }) => path)).toEqual([`spec.cluster.scheduler.profiles[0].pluginConfig[0].args.${field}`])
    expect(problems[0]!.message).toContain(says)
    expect(problems[0]!.line).toBe(14)
  })
})

describe('profiles', () => {
  test('act by schedulerName, and sign their events; a Pod of nobody waits unseen', () => {
    const packing =
      '{schedulerName: packing, pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}], plugins: {score: {disabled: [{name: NodeResourcesBalancedAllocation}]}}}'
    const world = worldOf(
      nodes + config(`        - {schedulerName: default-scheduler}\n        - ${packing}\n`),
      pod('spread') + pod('packed', '  schedulerName: packing\n') + pod('orphan', '  schedulerName: nobody\n'),
    )
    expect(podOf(world, 'spread').spec.nodeName).toBe('large')
    expect(podOf(world, 'packed').spec.nodeName).toBe('small')
    expect(eventsOf(world, 'packed').map(({ reportingComponent }) => reportingComponent)).toContain('packing')
    expect(podOf(world, 'orphan').spec.nodeName).toBeUndefined()
    expect(eventsOf(world, 'orphan')).toEqual([])
  })
})

describe('releases', () => {
  const tainted = '  cluster:\n    nodes:\n      - {name: n, taints: [{key: team, value: blue, effect: NoSchedule}]}\n'
  const messageIn = (release: string): string =>
    podOf(worldOf(`  release: "${release}"\n${tainted}`, pod('p')), 'p').status!.conditions![0]!.message!

  test.each([
    {
      release: '1.33',
      message:
        '0/1 nodes are available: 1 node(s) had untolerated taint {team: blue}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    },
    {
      release: '1.35',
      message:
        '0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    },
  ])('$release words its refusals as it does', ({ release, message }) => {
    expect(messageIn(release)).toBe(message)
  })

  test('from 1.36 on balance is about the improvement', () => {
    const balance = (release: string) => {
      const { decision } = worldOf(`  release: "${release}"\n${nodes}`, pod('p')).scheduler.decisionOf('default/p')!
      return decision.nodes.find(({ name }) => name === 'small')!.arithmetic!['NodeResourcesBalancedAllocation']
    }
    expect(balance('1.35')).not.toHaveProperty('balanceBefore')
    expect(balance('1.36')).toHaveProperty('balanceBefore')
  })
})
