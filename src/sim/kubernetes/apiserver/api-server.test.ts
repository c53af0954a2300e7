import { describe, expect, test } from 'vitest'
import type { Api } from '../api/client.ts'
import type { Answer } from '../api/status.ts'
import type { AnyObject } from '../api/types.ts'
import type { ApiServer } from './api-server.ts'
import { documentsOf, goldenCases, makeServer, serverWithWorld } from './testing/manifests.ts'

const manifest = (text: string): AnyObject => documentsOf(text)[0]!

const valueOf = <T>(answer: Answer<T>): T => {
  if (!answer.ok) throw new Error(answer.status.message)
  return answer.value
}
const messageOf = (answer: Answer<unknown>): string => (answer.ok ? '' : `${answer.status.code} ${answer.status.message}`)

const DEPLOYMENT = manifest(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "a:1"}]}}}
`)
const POD = manifest(
  '{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: web}}, spec: {containers: [{name: c, image: "a:1"}]}}',
)
const CONFIG = manifest('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: "1"}}')

interface World {
  readonly server: ApiServer
  /** kubectl. */
  readonly api: Api
  /** A controller. */
  readonly component: Api
}

function makeWorld(): World {
  const server = serverWithWorld('base')
  return { server, api: server.client({ user: 'you' }), component: server.client({ user: 'a-controller', trusted: true }) }
}

/** A Pod on a node. */
function boundPod({ api, component }: World): AnyObject {
  valueOf(
    api.create(
      'nodes',
      '',
      manifest('{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}}'),
    ),
  )
  valueOf(api.create('pods', 'default', POD))
  const binding = manifest('{apiVersion: v1, kind: Binding, metadata: {name: p}, target: {kind: Node, name: n1}}')
  return valueOf(component.create('pods', 'default', binding, { subresource: 'binding', name: 'p' }))
}

describe('writes', () => {
  test('every committed write has a cause that names it', () => {
    const { server, api } = makeWorld()
    const created = valueOf(api.create('configmaps', 'default', CONFIG))
    const commit = server.store.since(Number(created.metadata.resourceVersion) - 1)![0]!
    expect(server.kernel.causes.get(commit.cause)).toMatchObject({
      type: 'write',
      actor: 'you',
      verb: 'create',
      object: { resource: 'configmaps', namespace: 'default', name: 'c' },
      revision: commit.revision,
    })
  })

  test('a write that changes nothing is none', () => {
    const { server, api, component } = makeWorld()
    const created = valueOf(api.create('deployments.apps', 'default', DEPLOYMENT))
    const { revision } = server.store
    valueOf(api.update('deployments.apps', 'default', 'web', created))
    valueOf(api.patch('deployments.apps', 'default', 'web', { type: 'strategic', body: { spec: { replicas: 1 } } }))
    valueOf(component.update('deployments.apps', 'default', 'web', created, { subresource: 'status' }))
    expect(server.store.revision).toBe(revision)
  })

  test('a stale version is a conflict', () => {
    const { api } = makeWorld()
    const created = valueOf(api.create('deployments.apps', 'default', DEPLOYMENT))
    valueOf(api.patch('deployments.apps', 'default', 'web', { type: 'merge', body: { spec: { replicas: 3 } } }))
    expect(messageOf(api.update('deployments.apps', 'default', 'web', created))).toBe(
      '409 Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    )
  })

  test('generation counts specs and annotations of a Deployment, not labels, not status', () => {
    const { api, component } = makeWorld()
    valueOf(api.create('deployments.apps', 'default', DEPLOYMENT))
    const after = (body: object): number | undefined =>
      valueOf(api.patch('deployments.apps', 'default', 'web', { type: 'merge', body: body as never })).metadata.generation
    const counts = [
      after({ metadata: { labels: { a: 'b' } } }),
      after({ spec: { replicas: 3 } }),
      after({ metadata: { annotations: { a: 'b' } } }),
    ]
    const current = valueOf(api.get('deployments.apps', 'default', 'web'))
    const status = valueOf(
      component.update('deployments.apps', 'default', 'web', { ...current, status: { replicas: 3 } }, { subresource: 'status' }),
    )
    expect([...counts, status.metadata.generation]).toEqual([1, 2, 3, 3])
  })

  test('a dry run leaves no trace', () => {
    const { server, api } = makeWorld()
    const { revision } = server.store
    const created = valueOf(api.create('configmaps', 'default', CONFIG, { dryRun: true }))
    expect([created.metadata.uid !== undefined, api.get('configmaps', 'default', 'c').ok, server.store.revision]).toEqual([
      true,
      false,
      revision,
    ])
  })

  test('generated names are a prefix and five characters of the alphabet', () => {
    const { api } = makeWorld()
    const { name: _, ...metadata } = { ...POD.metadata, generateName: 'web-' }
    const names = [1, 2, 3].map(
      () => valueOf(api.create('pods', 'default', { ...POD, metadata: metadata as never })).metadata.name,
    )
    expect(names.every((name) => /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name))).toBe(true)
    expect(new Set(names).size).toBe(3)
  })

  test('the same seed draws the same names and uids', () => {
    const draw = (): AnyObject =>
      valueOf(makeWorld().api.create('pods', 'default', { ...POD, metadata: { generateName: 'x-' } as never }))
    expect(draw()).toEqual(draw())
  })

  test('a kind that nothing simulates is stored and listed, an unknown one is not found', () => {
    const { api } = makeWorld()
    valueOf(
      api.create(
        'flowschemas.flowcontrol.apiserver.k8s.io',
        '',
        manifest(
          '{apiVersion: flowcontrol.apiserver.k8s.io/v1, kind: FlowSchema, metadata: {name: f}, spec: {priorityLevelConfiguration: {name: x}}}',
        ),
      ),
    )
    expect(valueOf(api.list('flowschemas.flowcontrol.apiserver.k8s.io')).items).toHaveLength(1)
    expect(messageOf(api.list('widgets.example.com'))).toBe('404 the server could not find the requested resource')
  })

  test('a definition brings its resource', () => {
    const { api } = makeWorld()
    const definition = `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.com},
      spec: {group: example.com, scope: Namespaced, names: {plural: widgets, kind: Widget}, versions: [{name: v1, served: true, storage: true}]}}`
    valueOf(api.create('customresourcedefinitions.apiextensions.k8s.io', '', manifest(definition)))
    const widget = manifest('{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {size: 1}}')
    valueOf(api.create('widgets.example.com', 'default', widget))
    const patched = valueOf(api.patch('widgets.example.com', 'default', 'w', { type: 'merge', body: { spec: { size: 2 } } }))
    expect([patched['spec'], patched.metadata.generation]).toEqual([{ size: 2 }, 2])
  })

  test('lists come in pages', () => {
    const { api } = makeWorld()
    for (const name of ['a', 'b', 'c'])
      valueOf(api.create('secrets', 'dev', manifest(`{apiVersion: v1, kind: Secret, metadata: {name: ${name}}}`)))
    const first = valueOf(api.list('secrets', { namespace: 'dev', limit: 2 }))
    const second = valueOf(api.list('secrets', { namespace: 'dev', limit: 2, continue: first.continue! }))
    expect([
      first.items.length,
      first.remainingItemCount,
      second.items.map(({ metadata }) => metadata.name),
      second.continue,
    ]).toEqual([2, 1, ['c'], undefined])
  })
})

describe('every recorded manifest', () => {
  const cases = goldenCases('defaults').filter(({ steps }) => steps[0]?.stdin !== undefined)
  test.each(cases.map((recorded) => ({ name: recorded.name, recorded })))(
    '$name: created, read and updated unchanged, writes nothing',
    ({ recorded }) => {
      const server = serverWithWorld(recorded.world)
      const api = server.client({ user: 'you' })
      const namespace = recorded.steps[0]!.args.includes('-n')
        ? recorded.steps[0]!.args[recorded.steps[0]!.args.indexOf('-n') + 1]!
        : 'default'
      const revisions = documentsOf(recorded.steps[0]!.stdin!).map((document) => {
        const resource = server.resources.byKind(document.apiVersion, document.kind)!
        const home = resource.namespaced ? namespace : ''
        const created = valueOf(api.create(resource.key, home, document))
        const updated = valueOf(api.update(resource.key, home, created.metadata.name, created))
        return [created.metadata.resourceVersion, updated.metadata.resourceVersion]
      })
      expect(revisions.map(([, updated]) => updated)).toEqual(revisions.map(([created]) => created))
    },
  )
})

describe('deletion', () => {
  test('an unscheduled Pod goes at once', () => {
    const { api } = makeWorld()
    valueOf(api.create('pods', 'default', POD))
    valueOf(api.delete('pods', 'default', 'p'))
    expect(api.get('pods', 'default', 'p').ok).toBe(false)
  })

  test('a scheduled Pod has its grace, which can only be shortened', () => {
    const world = makeWorld()
    boundPod(world)
    const grace = (gracePeriodSeconds?: number): number | undefined =>
      valueOf(world.api.delete('pods', 'default', 'p', gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })).metadata
        .deletionGracePeriodSeconds
    expect([grace(), grace(60), grace(10), grace(20)]).toEqual([30, 30, 10, 10])
    expect(valueOf(world.api.get('pods', 'default', 'p')).metadata.generation).toBe(2)
    grace(0)
    expect(world.api.get('pods', 'default', 'p').ok).toBe(false)
  })

  test('finalizers hold an object until the last has gone', () => {
    const { api } = makeWorld()
    valueOf(api.create('configmaps', 'default', { ...CONFIG, metadata: { name: 'c', finalizers: ['example.com/hold'] } }))
    valueOf(api.delete('configmaps', 'default', 'c'))
    expect(valueOf(api.get('configmaps', 'default', 'c')).metadata.deletionTimestamp).toBeDefined()
    valueOf(api.patch('configmaps', 'default', 'c', { type: 'merge', body: { metadata: { finalizers: null } } }))
    expect(api.get('configmaps', 'default', 'c').ok).toBe(false)
  })

  test('foreground and orphan leave a finalizer for the garbage collector', () => {
    const { api } = makeWorld()
    const finalizersAfter = (propagationPolicy: 'Foreground' | 'Orphan'): unknown => {
      valueOf(api.create('deployments.apps', 'default', { ...DEPLOYMENT, metadata: { name: propagationPolicy.toLowerCase() } }))
      return valueOf(api.delete('deployments.apps', 'default', propagationPolicy.toLowerCase(), { propagationPolicy })).metadata
        .finalizers
    }
    expect([finalizersAfter('Foreground'), finalizersAfter('Orphan')]).toEqual([['foregroundDeletion'], ['orphan']])
  })

  test('a namespace becomes Terminating and goes when it is finalized', () => {
    const { api } = makeWorld()
    const marked = valueOf(api.delete('namespaces', '', 'dev'))
    expect((marked['status'] as { phase: string }).phase).toBe('Terminating')
    valueOf(api.update('namespaces', '', 'dev', { ...marked, spec: { finalizers: [] } }, { subresource: 'finalize' }))
    expect(api.get('namespaces', '', 'dev').ok).toBe(false)
    expect(messageOf(api.delete('namespaces', '', 'default'))).toBe(
      '403 namespaces "default" is forbidden: this namespace may not be deleted',
    )
  })

  test('a precondition names the object that is meant', () => {
    const { api } = makeWorld()
    valueOf(api.create('configmaps', 'default', CONFIG))
    expect(messageOf(api.delete('configmaps', 'default', 'c', { preconditions: { uid: 'other' } }))).toContain(
      'the UID in the precondition (other)',
    )
  })
})

describe('subresources of Pods', () => {
  test('a binding sets the node once, without a new generation, with the labels of its zone', () => {
    const world = makeWorld()
    const pod = boundPod(world)
    expect(pod.metadata).toMatchObject({ generation: 1, labels: { app: 'web', 'topology.kubernetes.io/zone': 'z1' } })
    const again = manifest('{apiVersion: v1, kind: Binding, metadata: {name: p}, target: {kind: Node, name: n2}}')
    expect(messageOf(world.component.create('pods', 'default', again, { subresource: 'binding', name: 'p' }))).toBe(
      '409 Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    )
  })

  test('an eviction takes from the budget, or is refused', () => {
    const world = makeWorld()
    const { api, component } = world
    const pod = boundPod(world)
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    valueOf(component.update('pods', 'default', 'p', { ...pod, status: ready }, { subresource: 'status' }))
    const budget = valueOf(
      api.create(
        'poddisruptionbudgets.policy',
        'default',
        manifest(
          '{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}}',
        ),
      ),
    )
    const allow = (disruptionsAllowed: number): unknown =>
      valueOf(
        component.update(
          'poddisruptionbudgets.policy',
          'default',
          'b',
          {
            ...budget,
            metadata: { ...budget.metadata, resourceVersion: '' },
            status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 },
          },
          { subresource: 'status' },
        ),
      )
    const eviction = manifest('{apiVersion: policy/v1, kind: Eviction, metadata: {name: p}}')
    const evict = (): Answer<AnyObject> => api.create('pods', 'default', eviction, { subresource: 'eviction', name: 'p' })
    allow(0)
    const refused = evict()
    expect([messageOf(refused), refused.ok ? undefined : refused.status.details?.causes?.[0]?.message]).toEqual([
      "429 Cannot evict pod as it would violate the pod's disruption budget.",
      'The disruption budget b needs 1 healthy pods and has 1 currently',
    ])
    allow(1)
    valueOf(evict())
    const [evicted, after] = [
      valueOf(api.get('pods', 'default', 'p')),
      valueOf(api.get('poddisruptionbudgets.policy', 'default', 'b')),
    ]
    expect(evicted.metadata.deletionTimestamp).toBeDefined()
    expect(after['status']).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { p: expect.any(String) } })
  })
})

describe('scale', () => {
  test('is read and written through the subresource', () => {
    const { api } = makeWorld()
    valueOf(api.create('deployments.apps', 'default', DEPLOYMENT))
    valueOf(
      api.patch(
        'deployments.apps',
        'default',
        'web',
        { type: 'merge', body: { spec: { replicas: 4 } } },
        { subresource: 'scale' },
      ),
    )
    expect(valueOf(api.get('deployments.apps/scale', 'default', 'web'))).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
      status: { selector: 'app=web' },
    })
  })
})

describe('server-side apply', () => {
  const applied = (api: Api, data: Record<string, string>, fieldManager: string, force = false): Answer<AnyObject> =>
    api.patch('configmaps', 'default', 'c', { type: 'apply', body: { ...CONFIG, data } }, { fieldManager, force })

  test('owners of different fields live together, an owner withdraws a field by leaving it out', () => {
    const { api } = makeWorld()
    valueOf(applied(api, { a: '1', b: '1' }, 'one'))
    valueOf(applied(api, { c: '1' }, 'two'))
    expect(valueOf(applied(api, { a: '2' }, 'one'))['data']).toEqual({ a: '2', c: '1' })
  })

  test('another owner is a conflict, unless forced', () => {
    const { api } = makeWorld()
    valueOf(applied(api, { a: '1' }, 'one'))
    expect(messageOf(applied(api, { a: '2' }, 'two'))).toBe('409 Apply failed with 1 conflict: conflict with "one": .data.a')
    expect(valueOf(applied(api, { a: '2' }, 'two', true))['data']).toEqual({ a: '2' })
    expect(messageOf(applied(api, { a: '1' }, 'one'))).toContain('conflict with "two"')
  })

  test('a plain update owns what it changed', () => {
    const { api } = makeWorld()
    valueOf(applied(api, { a: '1' }, 'one'))
    valueOf(
      api.patch('configmaps', 'default', 'c', { type: 'merge', body: { data: { a: '3' } } }, { fieldManager: 'kubectl-patch' }),
    )
    expect(messageOf(applied(api, { a: '1' }, 'one'))).toBe(
      '409 Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a',
    )
  })

  test('the same manifest again writes nothing', () => {
    const { server, api } = makeWorld()
    valueOf(applied(api, { a: '1' }, 'one'))
    const { revision } = server.store
    valueOf(applied(api, { a: '1' }, 'one'))
    expect(server.store.revision).toBe(revision)
  })
})

test('an empty server knows no namespace', () => {
  const api = makeServer().client({ user: 'you' })
  expect(messageOf(api.create('configmaps', 'default', CONFIG))).toBe('404 namespaces "default" not found')
})
