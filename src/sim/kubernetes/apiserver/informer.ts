import type { CauseId } from '../../kernel/causes.ts'
import { NO_CAUSE } from '../../kernel/causes.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AnyObject } from '../api/types.ts'
import type { Commit, Store } from '../etcd/store.ts'
import type { WatchHub } from './watch-hub.ts'

/** What a cache learnt: from a watch, or from comparing a fresh list with what it held. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly object: AnyObject
  readonly previous: AnyObject | undefined
  readonly cause: CauseId
}

/** Maps an object to the values under which an index lists it. */
export type Index = (object: AnyObject) => readonly string[]

const keyOf = (object: AnyObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`

type ObjectMap = Map<string, AnyObject>

interface InformerSnapshot {
  readonly synced: boolean
  readonly caches: ReadonlyMap<string, ReadonlyMap<string, AnyObject>>
  readonly indexes: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, AnyObject>>>
}

export interface InformerOptions {
  readonly kernel: Kernel
  readonly hub: WatchHub
  /** What a list reads: the API server's own state. */
  readonly store: Store
  /** Name of the watch, usually the component's. */
  readonly name: string
  readonly host: string
  readonly resources: readonly string[]
  readonly nodeName?: string
  /** `resource` to `index name` to function, e.g. `{ pods: { node: (pod) => [pod.spec.nodeName] } }`. */
  readonly indexes?: Readonly<Record<string, Readonly<Record<string, Index>>>>
  readonly onChange: (change: Change) => void
  /** The connection broke: call `resync` later (client-go waits about a second). */
  readonly onBroken: () => void
}

/**
 * A component's picture of the cluster: list, then watch, with lag. Everyone acts on this, never on the store.
 * Models client-go's shared informers. Simplified: one connection for all resources of a component.
 */
export class Informers {
  readonly #options: InformerOptions
  #synced = false
  readonly #caches = new Map<string, ObjectMap>()
  /** `resource/index` to value to objects. */
  readonly #indexes = new Map<string, Map<string, ObjectMap>>()

  constructor(options: InformerOptions) {
    this.#options = options
    options.hub.register({
      name: options.name,
      host: options.host,
      resources: options.resources,
      ...(options.nodeName === undefined ? {} : { nodeName: options.nodeName }),
      deliver: (commits) => this.#deliver(commits),
      broken: () => options.onBroken(),
    })
    this.#clear()
  }

  /** Whether the first list has happened since `start`. */
  get isSynced(): boolean {
    return this.#synced
  }

  get(resource: string, namespace: string, name: string): AnyObject | undefined {
    return this.#caches.get(resource)?.get(`${namespace}/${name}`)
  }

  /** In the order in which the objects were first seen. */
  list(resource: string): Iterable<AnyObject> {
    return this.#caches.get(resource)?.values() ?? []
  }

  listNamespace(resource: string, namespace: string): readonly AnyObject[] {
    const found: AnyObject[] = []
    for (const object of this.list(resource)) if (object.metadata.namespace === namespace) found.push(object)
    return found
  }

  /** Objects that an index lists under `value`. */
  byIndex(resource: string, index: string, value: string): Iterable<AnyObject> {
    return this.#indexes.get(`${resource}/${index}`)?.get(value)?.values() ?? []
  }

  /** Lists everything and opens the watch; false while the server cannot be reached (try again later). */
  start(): boolean {
    this.#clear()
    return this.resync()
  }

  stop(): void {
    this.#options.hub.close(this.#options.name)
    this.#clear()
  }

  /** Lists again after a broken connection and reports the differences as changes. */
  resync(): boolean {
    const { hub, host, name, resources, store, nodeName } = this.#options
    if (!hub.isReachable(host)) return false
    hub.open(name)
    this.#synced = true
    for (const resource of resources) {
      const listed = new Set<string>()
      for (const object of store.scan(resource)) {
        if (resource === 'pods' && nodeName !== undefined && (object['spec'] as { nodeName?: string }).nodeName !== nodeName)
          continue
        const key = keyOf(object)
        listed.add(key)
        const previous = this.#caches.get(resource)!.get(key)
        if (previous === object) continue
        this.#apply({ type: previous ? 'MODIFIED' : 'ADDED', resource, object, previous, cause: NO_CAUSE })
      }
      for (const [key, object] of this.#caches.get(resource)!)
        if (!listed.has(key)) this.#apply({ type: 'DELETED', resource, object, previous: object, cause: NO_CAUSE })
    }
    return true
  }

  #deliver(commits: readonly Commit[]): void {
    for (const { type, resource, object, cause } of commits) {
      const previous = this.#caches.get(resource)!.get(keyOf(object))
      if (type === 'DELETED' && !previous) continue
      this.#apply({ type: type === 'DELETED' ? type : previous ? 'MODIFIED' : 'ADDED', resource, object, previous, cause })
    }
  }

  #apply(change: Change): void {
    const { resource, object, previous, type } = change
    const key = keyOf(object)
    if (previous) this.#unindex(resource, key, previous)
    const cache = this.#caches.get(resource)!
    if (type === 'DELETED') cache.delete(key)
    else {
      cache.set(key, object)
      for (const [name, index] of this.#indexesOf(resource)) {
        const values = this.#indexes.get(name)!
        for (const value of index(object)) {
          let objects = values.get(value)
          if (!objects) values.set(value, (objects = new Map()))
          objects.set(key, object)
        }
      }
    }
    this.#options.kernel.withCause(change.cause, () => this.#options.onChange(change))
  }

  #unindex(resource: string, key: string, object: AnyObject): void {
    for (const [name, index] of this.#indexesOf(resource)) {
      const values = this.#indexes.get(name)!
      for (const value of index(object)) {
        const objects = values.get(value)
        objects?.delete(key)
        if (objects?.size === 0) values.delete(value)
      }
    }
  }

  *#indexesOf(resource: string): Iterable<readonly [string, Index]> {
    const indexes = this.#options.indexes?.[resource]
    for (const name in indexes) yield [`${resource}/${name}`, indexes[name]!]
  }

  #clear(): void {
    this.#synced = false
    for (const resource of this.#options.resources) {
      this.#caches.set(resource, new Map())
      for (const [name] of this.#indexesOf(resource)) this.#indexes.set(name, new Map())
    }
  }

  snapshot(): InformerSnapshot {
    const indexes = new Map<string, ReadonlyMap<string, ReadonlyMap<string, AnyObject>>>()
    for (const [name, values] of this.#indexes)
      indexes.set(name, new Map([...values].map(([value, objects]) => [value, new Map(objects)])))
    return { synced: this.#synced, caches: new Map([...this.#caches].map(([name, cache]) => [name, new Map(cache)])), indexes }
  }

  restore(snapshot: InformerSnapshot): void {
    this.#synced = snapshot.synced
    for (const [resource, cache] of snapshot.caches) this.#caches.set(resource, new Map(cache))
    for (const [name, values] of snapshot.indexes)
      this.#indexes.set(name, new Map([...values].map(([value, objects]) => [value, new Map(objects)])))
  }
}
