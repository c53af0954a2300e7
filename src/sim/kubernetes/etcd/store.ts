import { assert } from '../../kernel/assert.ts'
import type { CauseId } from '../../kernel/causes.ts'
import type { Millis } from '../../kernel/time.ts'
import type { AnyObject } from '../api/types.ts'

/** One committed write. The journal of these is what watches are served from. */
export interface Commit {
  readonly revision: number
  readonly at: Millis
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** After the write; for DELETED the last state, with `resourceVersion` of the deletion. */
  readonly object: AnyObject
  /** Before the write. */
  readonly previous: AnyObject | undefined
  readonly cause: CauseId
}

export interface StoreSnapshot {
  readonly revision: number
  readonly compacted: number
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, AnyObject>>
  readonly journal: readonly Commit[]
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

/**
 * The multi-version store: one global revision, a journal for watches, compaction. It knows nothing of kinds or rules; only the API
 * server writes to it. Objects in it are never mutated. Models etcd (one logical member; quorum is the API server's business).
 */
export class Store {
  #revision = 1
  #compacted = 0
  #objects = new Map<string, Map<string, AnyObject>>()
  #journal: Commit[] = []
  /** Called after each commit: the watch hub and the digest listen here. */
  readonly #listeners: ((commit: Commit) => void)[] = []

  get revision(): number {
    return this.#revision
  }

  /** Revisions up to here can no longer be watched from. */
  get compacted(): number {
    return this.#compacted
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener)
  }

  get(resource: string, namespace: string, name: string): AnyObject | undefined {
    return this.#objects.get(resource)?.get(keyOf(namespace, name))
  }

  /** All objects of a resource in insertion order; `namespace` undefined means all. */
  *scan(resource: string, namespace?: string): Iterable<AnyObject> {
    const objects = this.#objects.get(resource)
    if (!objects) return
    if (namespace === undefined) {
      yield* objects.values()
      return
    }
    for (const object of objects.values()) if ((object.metadata.namespace ?? '') === namespace) yield object
  }

  count(resource: string): number {
    return this.#objects.get(resource)?.size ?? 0
  }

  /** Resources that hold at least one object, sorted. */
  resources(): readonly string[] {
    return [...this.#objects].filter(([, objects]) => objects.size > 0).map(([resource]) => resource).sort()
  }

  /** The revision that the next commit will get. */
  get nextRevision(): number {
    return this.#revision + 1
  }

  /** Writes an object that already carries `metadata.resourceVersion === String(nextRevision)`. */
  put(resource: string, object: AnyObject, at: Millis, cause: CauseId): Commit {
    const namespace = object.metadata.namespace ?? ''
    const name = object.metadata.name
    assert(object.metadata.resourceVersion === String(this.nextRevision), 'object must carry the revision it is written at', resource, name)
    let objects = this.#objects.get(resource)
    if (!objects) this.#objects.set(resource, (objects = new Map()))
    const key = keyOf(namespace, name)
    const previous = objects.get(key)
    objects.set(key, object)
    return this.#commit({ type: previous ? 'MODIFIED' : 'ADDED', resource, namespace, name, object, previous, at, cause })
  }

  /** Removes an object; `last` is what watchers are told (it carries the new revision). */
  remove(resource: string, last: AnyObject, at: Millis, cause: CauseId): Commit {
    const namespace = last.metadata.namespace ?? ''
    const name = last.metadata.name
    const objects = this.#objects.get(resource)
    const key = keyOf(namespace, name)
    const previous = objects?.get(key)
    assert(objects && previous, 'only what exists can be removed', resource, namespace, name)
    objects.delete(key)
    return this.#commit({ type: 'DELETED', resource, namespace, name, object: last, previous, at, cause })
  }

  /** Loads an object as it is, without a commit: a dump, a test's world. The revision rises to the highest one seen. */
  load(resource: string, object: AnyObject): void {
    let objects = this.#objects.get(resource)
    if (!objects) this.#objects.set(resource, (objects = new Map()))
    objects.set(keyOf(object.metadata.namespace ?? '', object.metadata.name), object)
    const revision = Number(object.metadata.resourceVersion)
    if (Number.isSafeInteger(revision) && revision > this.#revision) this.#revision = revision
  }

  /** Commits after `revision`, oldest first; undefined when they have been compacted (`410 Expired`). */
  since(revision: number): readonly Commit[] | undefined {
    if (revision < this.#compacted) return undefined
    const journal = this.#journal
    let low = 0
    let high = journal.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (journal[middle]!.revision <= revision) low = middle + 1
      else high = middle
    }
    return low === 0 ? journal : journal.slice(low)
  }

  /** Forgets the journal up to and including `revision`. */
  compact(revision: number): void {
    assert(revision <= this.#revision, 'cannot compact the future', revision)
    if (revision <= this.#compacted) return
    const index = this.#journal.findIndex((commit) => commit.revision > revision)
    this.#journal = index < 0 ? [] : this.#journal.slice(index)
    this.#compacted = revision
  }

  #commit(commit: Omit<Commit, 'revision'>): Commit {
    this.#revision += 1
    const whole: Commit = { revision: this.#revision, ...commit }
    this.#journal.push(whole)
    for (const listener of this.#listeners) listener(whole)
    return whole
  }

  snapshot(): StoreSnapshot {
    const objects = new Map<string, ReadonlyMap<string, AnyObject>>()
    for (const [resource, entries] of this.#objects) objects.set(resource, new Map(entries))
    return { revision: this.#revision, compacted: this.#compacted, objects, journal: this.#journal.slice() }
  }

  restore(snapshot: StoreSnapshot): void {
    this.#revision = snapshot.revision
    this.#compacted = snapshot.compacted
    this.#objects = new Map([...snapshot.objects].map(([resource, entries]) => [resource, new Map(entries)]))
    this.#journal = snapshot.journal.slice()
  }
}
