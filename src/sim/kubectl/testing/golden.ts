import { readFileSync } from 'node:fs'
import { Kernel } from '../../kernel/kernel.ts'
import { parseTime } from '../../kernel/time.ts'
import { ResourceRegistry } from '../../kubernetes/api/resources.ts'
import { ApiSchema, type CompactSchema } from '../../kubernetes/api/schema.ts'
import { refuse } from '../../kubernetes/api/status.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { ApiServer } from '../../kubernetes/apiserver/api-server.ts'
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

export const worldObjects = (world: string): readonly AnyObject[] => lines(`${world}.world.jsonl`) as AnyObject[]

export function loadWorld(world: string): Store {
  const store = new Store()
  const registry = new ResourceRegistry()
  for (const object of worldObjects(world)) {
    const resource = registry.byKind(object.apiVersion, object.kind)
    if (resource) store.load(resource.key, object)
  }
  return store
}

export function loadCases(world: string): { readonly now: string; readonly cases: readonly Case[] } {
  const [head, ...cases] = lines(`${world}.cases.jsonl`)
  return { now: (head as { now: string }).now, cases: cases as Case[] }
}

/** The published structure of the API. */
export const apiSchema = new ApiSchema(
  JSON.parse(readFileSync(new URL('../../kubernetes/api/generated/schema.json', import.meta.url), 'utf8')) as CompactSchema,
)

/** A world in which only the API server runs, and the clock stands at `now`. */
export function environment(store: Store, now: string): Environment {
  const unixMs = parseTime(now) ?? 0
  const server = new ApiServer({ kernel: new Kernel({ seed: 1, epochMs: unixMs }), store, schema: apiSchema })
  return {
    api: server.client({ user: 'kubernetes-admin' }),
    registry: server.resources,
    schema: apiSchema,
    unixMs,
    session: { context: 'lab', contexts: [{ name: 'lab', cluster: 'lab', user: 'kubernetes-admin' }] },
    serverAddress: 'https://10.0.0.1:6443',
    file: () => undefined,
    logs: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
    exec: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
  }
}
