import type { AnyObject } from '../api/types.ts'

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const TIME =
  /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b|\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \+0000 UTC(?: m=[+-][\d.]+)?/g
const SERVICE_ADDRESS = /\b10\.96\.\d+\.\d+\b/g
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]{5}'
const WORD = /[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?/g

const ownerOf = ({ metadata }: AnyObject): { readonly kind: string; readonly name: string; readonly uid: string } | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller)

/**
 * The names that recordings use: sets of a Deployment, generated Pods, Jobs of a CronJob, slices and revisions are numbered in the order of
 * their creation. An object keeps its name when it is orphaned or adopted.
 */
export class NormalisedNames {
  readonly #names = new Map<string, string>()
  readonly #byUid = new Map<string, string>()
  /** Without the kind, for texts. */
  readonly #byName = new Map<string, string>()
  readonly #actual = new Map<string, string>()
  readonly #numbers = new Map<string, number>()
  readonly #uids = new Map<string, string>()
  readonly #hashes = new Map<string, string>()
  readonly #prefixes = new Map<string, string>()
  readonly #addresses = new Map<string, string>()

  /** Takes note of an object that has appeared. */
  add(object: AnyObject): void {
    const { name, uid = '' } = object.metadata
    const normalised = this.#byUid.get(uid) ?? this.#normalise(object)
    this.#byUid.set(uid, normalised)
    this.#names.set(`${object.kind}/${name}`, normalised)
    if (normalised !== name) this.#byName.set(name, normalised)
    this.#actual.set(normalised, name)
    this.#uids.set(`${object.kind}/${normalised}`, uid)
    this.#noteAddresses(object)
  }

  /** Pod and cluster addresses become known later than their objects. */
  #noteAddresses(object: AnyObject): void {
    const { podIP } = (object['status'] ?? {}) as { podIP?: string }
    const { clusterIP } = (object['spec'] ?? {}) as { clusterIP?: string }
    if (podIP) this.#addresses.set(podIP, '<podIP>')
    if (clusterIP && clusterIP !== 'None') this.#addresses.set(clusterIP, '<clusterIP>')
  }

  #number(prefix: string): string {
    const number = (this.#numbers.get(prefix) ?? 0) + 1
    this.#numbers.set(prefix, number)
    return `${prefix}${number}`
  }

  #normalise(object: AnyObject): string {
    const { name, generateName, labels = {} } = object.metadata
    const owner = ownerOf(object)
    const ownerName = owner ? this.of(owner.kind, owner.name, owner.uid) : ''
    if (object.kind === 'ReplicaSet' && owner?.kind === 'Deployment') {
      const set = this.#number(`${ownerName}-rs`)
      const hash = labels['pod-template-hash']
      if (hash) this.#hashes.set(hash, `<hash-of-${set}>`)
      this.#prefixes.set(name, set)
      return set
    }
    if (object.kind === 'Pod' && owner && owner.kind !== 'StatefulSet' && generateName) {
      const index = (object.metadata.annotations ?? {})['batch.kubernetes.io/job-completion-index']
      this.#prefixes.set(generateName.replace(/-$/, ''), ownerName)
      return this.#number(owner.kind === 'Job' && index !== undefined ? `${ownerName}-${index}-p` : `${ownerName}-p`)
    }
    if (object.kind === 'Job' && owner?.kind === 'CronJob') {
      const job = this.#number(`${ownerName}-j`)
      this.#prefixes.set(name, job)
      return job
    }
    if (object.kind === 'EndpointSlice' && generateName) return this.#number(`${labels['kubernetes.io/service-name'] ?? ''}-es`)
    if (object.kind === 'ControllerRevision' && owner) return this.#number(`${ownerName}-cr`)
    if (['ReplicaSet', 'ReplicationController', 'DaemonSet', 'Job'].includes(object.kind)) this.#prefixes.set(name, name)
    return name
  }

  /** By uid: an object made anew under an old name has a name of its own, which texts use from the beginning. */
  of(kind: string, name: string, uid?: string): string {
    const own = uid === undefined ? undefined : this.#byUid.get(uid)
    if (own !== undefined) return own
    return this.#names.get(`${kind}/${name}`) ?? name
  }

  /** The name that an object got here which recordings call `normalised`. */
  actual(normalised: string): string {
    return this.#actual.get(normalised) ?? normalised
  }

  uid(object: string): string | undefined {
    return this.#uids.get(object)
  }

  /** A text with every name, address, uid and time as recordings write them. */
  text(text: string): string {
    const masked = text.replaceAll(UUID, '<uid>').replaceAll(TIME, '<time>').replaceAll(SERVICE_ADDRESS, '<clusterIP>')
    return masked.replaceAll(WORD, (word) => {
      const known = this.#byName.get(word) ?? this.#addresses.get(word) ?? this.#hashes.get(word)
      if (known !== undefined) return known
      for (const [prefix, name] of this.#prefixes)
        if (word.startsWith(`${prefix}-`) && new RegExp(`^${SUFFIX}$`).test(word.slice(prefix.length + 1))) return `${name}-p?`
      return word
    })
  }

  /** Any value with its texts normalised. */
  deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((item) => this.deep(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.deep(item)]))
  }
}
