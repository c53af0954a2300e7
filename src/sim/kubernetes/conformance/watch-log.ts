import type { AnyObject, Event } from '../api/types.ts'
import type { Commit } from '../etcd/store.ts'
import { NormalisedNames } from './normalised-names.ts'
import { recordedFields } from './object-fields.ts'
import type { Entry } from './watch-log-entry.ts'

type Fields = Readonly<Record<string, unknown>>

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Watches a store as the recorder watched a real API: one namespace, and what has none. */
export class WatchLog {
  readonly names = new NormalisedNames()
  readonly #namespace: string
  readonly #startMs: number
  readonly #commits: Commit[] = []

  /** `startMs`: simulated time of the first step. */
  constructor(namespace: string, startMs: number) {
    this.#namespace = namespace
    this.#startMs = startMs
  }

  add(commit: Commit): void {
    if (!this.#isWatched(commit.object)) return
    this.#commits.push(commit)
    this.names.add(commit.object)
  }

  #isWatched({ kind, metadata }: AnyObject): boolean {
    if (kind === 'Namespace') return metadata.name === this.#namespace
    if (kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt' && this.#namespace === 'default') return false
    if (kind === 'ServiceAccount' && this.#namespace === 'default') return false
    if (kind === 'Service' && metadata.name === 'kubernetes') return false
    return metadata.namespace === undefined || metadata.namespace === '' || metadata.namespace === this.#namespace
  }

  /** In the order of the times at which the writes happened. */
  entries(): readonly Entry[] {
    const before = new Map<string, Fields>()
    const entries: Entry[] = []
    for (const commit of this.#commits.toSorted((a, b) => a.at - b.at || a.revision - b.revision)) {
      const entry = this.#entry(commit, before)
      if (entry) entries.push(entry)
    }
    return entries
  }

  #entry({ type, object, at }: Commit, before: Map<string, Fields>): Entry | undefined {
    const fields = recordedFields(object)
    if (!fields) return undefined
    const { kind, metadata } = object
    const id = `${kind}/${metadata.name}/${metadata.uid ?? ''}`
    const head = { ms: at - this.#startMs, kind, name: this.names.of(kind, metadata.name, metadata.uid), id }
    if (type === 'DELETED') {
      before.delete(id)
      return { ...head, change: 'deleted' }
    }
    const now = { ...(this.names.deep(fields) as Fields), ...this.#references(object, fields) }
    const known = before.get(id)
    before.set(id, now)
    const shown = Object.entries(now).filter(([name, value]) =>
      known ? !same(value ?? null, known[name] ?? null) : !isNothing(value),
    )
    if (known && kind === 'Event' && !shown.some(([name]) => name === 'count' || name === 'message')) return undefined
    const kept = kind === 'Event' ? { involved: now['involved'], reason: now['reason'] } : {}
    return { ...head, change: known ? 'modified' : 'added', ...kept, ...Object.fromEntries(shown) }
  }

  /** What names an object with its uid is told apart from namesakes. */
  #references(object: AnyObject, fields: Fields): Fields {
    if (object.kind === 'Pod' && typeof fields['owner'] === 'string') {
      const { kind, name, uid } = object.metadata.ownerReferences!.find(({ controller }) => controller)!
      return { owner: `${kind}/${this.names.of(kind, name, uid)}` }
    }
    if (object.kind !== 'Event') return {}
    const { kind = '', name = '', uid } = (object as unknown as Event).involvedObject
    return { involved: `${kind}/${this.names.of(kind, name, uid)}` }
  }
}
