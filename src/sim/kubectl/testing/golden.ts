import { readFileSync } from 'node:fs'
import { parseTime } from '../../kernel/time.ts'
import type { Api } from '../../kubernetes/api/client.ts'
import { ResourceRegistry } from '../../kubernetes/api/resources.ts'
import { ApiSchema, type CompactSchema } from '../../kubernetes/api/schema.ts'
import { fieldMatcher, matchesSelector, parseFieldSelector, parseSelector } from '../../kubernetes/api/selectors.ts'
import { answer, refuse } from '../../kubernetes/api/status.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { Store } from '../../kubernetes/etcd/store.ts'
import type { Environment } from '../command.ts'

export interface Case {
  readonly args: readonly string[]
  readonly stdin?: string
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly now?: string
  readonly unordered?: true
  readonly unstableTies?: true
  readonly optional?: true
}

const lines = (name: string): readonly unknown[] =>
  readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)

export const WORLDS = ['empty', 'healthy-shop', 'mid-rollout', 'trouble', 'events-heavy', 'batch-and-storage'] as const

export function loadWorld(world: string): Store {
  const store = new Store()
  const registry = new ResourceRegistry()
  for (const object of lines(`${world}.world.jsonl`) as AnyObject[]) {
    const resource = registry.byKind(object.apiVersion, object.kind)
    if (resource) store.load(resource.key, object)
  }
  return store
}

export function loadCases(world: string): { readonly now: string; readonly cases: readonly Case[] } {
  const [head, ...cases] = lines(`${world}.cases.jsonl`)
  return { now: (head as { now: string }).now, cases: cases as Case[] }
}

const byKey = (a: AnyObject, b: AnyObject): number => {
  const left = `${a.metadata.namespace ?? ''}/${a.metadata.name}`
  const right = `${b.metadata.namespace ?? ''}/${b.metadata.name}`
  return left < right ? -1 : left > right ? 1 : 0
}

/** Reads a store as the API server would. */
export function storeApi(store: Store, registry: ResourceRegistry): Api {
  const stored = (key: string): string => (key === 'events.events.k8s.io' ? 'events' : key)
  const refused = () => refuse({ code: 405, reason: 'MethodNotAllowed', message: 'this world is for reading' })
  const warnings = (key: string): readonly string[] =>
    key === 'endpoints' ? ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'] : []
  return {
    get(resource, namespace, name) {
      const object = store.get(stored(resource), namespace, name)
      return object ? answer(object, warnings(resource)) : refuse({ code: 404, reason: 'NotFound', message: `${resource} "${name}" not found` })
    },
    list(key, options = {}) {
      const resource = registry.byKey(key)
      const labels = parseSelector(options.labelSelector ?? '')
      if (!labels.ok) return refuse({ code: 400, reason: 'BadRequest', message: labels.message })
      const parsed = parseFieldSelector(options.fieldSelector ?? '')
      if (!parsed.ok) return refuse({ code: 400, reason: 'BadRequest', message: parsed.message })
      const matches = fieldMatcher(resource!, parsed.value)
      if (!matches.ok) return refuse({ code: 400, reason: 'BadRequest', message: matches.message })
      const items = [...store.scan(stored(key), options.namespace)]
        .filter((object) => matchesSelector(labels.value, object.metadata.labels) && matches.value(object))
        .sort(byKey)
      return answer({ items, resourceVersion: String(store.revision) }, warnings(key))
    },
    create: refused,
    update: refused,
    patch: refused,
    delete: refused,
    deleteCollection: refused,
  }
}

/** The published structure of the API. */
export const apiSchema = new ApiSchema(
  JSON.parse(readFileSync(new URL('../../kubernetes/api/generated/schema.json', import.meta.url), 'utf8')) as CompactSchema,
)

export function environment(store: Store, now: string): Environment {
  const registry = ResourceRegistry.of(store)
  return {
    api: storeApi(store, registry),
    registry,
    schema: apiSchema,
    unixMs: parseTime(now) ?? 0,
    session: { context: 'lab', contexts: [{ name: 'lab', cluster: 'lab', user: 'admin' }] },
    serverAddress: 'https://10.0.0.1:6443',
    file: () => undefined,
    logs: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
    exec: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
  }
}
