import type { Store } from '../etcd/store.ts'
import { RESOURCE_TABLE, VERBS } from './generated/resource-table.ts'
import type { AnyObject } from './types.ts'

export type Verb = (typeof VERBS)[number]

export interface SubresourceInfo {
  readonly name: string
  readonly kind: string
  /** Group and version of what it takes, where they differ from the resource's own. */
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly Verb[]
}

/** One resource as discovery shows it. */
export interface Resource {
  /** The plural with its group, as messages write it: `pods`, `deployments.apps`. The store files objects under it. */
  readonly key: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly group: string
  /** The preferred version, in which objects are stored. */
  readonly version: string
  /** All served versions, the preferred one first. */
  readonly versions: readonly string[]
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly Verb[]
  readonly subresources: readonly SubresourceInfo[]
  /** A resource that a CustomResourceDefinition brought. */
  readonly isCustom: boolean
}

export const resourceKey = (plural: string, group: string): string => (group === '' ? plural : `${plural}.${group}`)

export const apiVersionOf = (resource: Resource, version = resource.version): string =>
  resource.group === '' ? version : `${resource.group}/${version}`

/** `apps/v1` → `['apps', 'v1']`, `v1` → `['', 'v1']`. */
export function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]
}

/** `Deployment.apps`, `Pod`: a kind as `is invalid` messages name it. */
export const groupKind = (resource: Resource): string =>
  resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`

export const subresourceOf = (resource: Resource, name: string): SubresourceInfo | undefined =>
  resource.subresources.find((subresource) => subresource.name === name)

const verbsOf = (mask: number): readonly Verb[] => VERBS.filter((_, bit) => (mask & (1 << bit)) !== 0)
const words = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))

function builtInResources(): readonly Resource[] {
  return RESOURCE_TABLE.flatMap(([group, version, rows]) =>
    rows.map(([plural, singular, kind, namespaced, verbs, shortNames, [categories, otherVersions], subresources]): Resource => ({
      key: resourceKey(plural, group),
      plural,
      singular,
      kind,
      group,
      version,
      versions: [version, ...words(otherVersions)],
      namespaced: namespaced === 1,
      shortNames: words(shortNames),
      categories: words(categories),
      verbs: verbsOf(verbs),
      subresources: subresources.map(([name, subKind, subGroup, subVersion, mask]) => ({
        name,
        kind: subKind,
        ...(subVersion === '' ? {} : { group: subGroup, version: subVersion }),
        verbs: verbsOf(mask),
      })),
      isCustom: false,
    })),
  )
}

const BUILT_IN = builtInResources()
const BUILT_IN_BY_KEY: ReadonlyMap<string, Resource> = new Map(BUILT_IN.map((resource) => [resource.key, resource]))
const BUILT_IN_BY_KIND: ReadonlyMap<string, Resource> = new Map(
  BUILT_IN.flatMap((resource) =>
    resource.versions.map((version) => [`${apiVersionOf(resource, version)} ${resource.kind}`, resource] as const),
  ),
)

interface CustomResourceDefinition extends AnyObject {
  readonly spec: {
    readonly group: string
    readonly scope: 'Namespaced' | 'Cluster'
    readonly names: {
      readonly plural: string
      readonly singular?: string
      readonly kind: string
      readonly shortNames?: readonly string[]
      readonly categories?: readonly string[]
    }
    readonly versions: readonly {
      readonly name: string
      readonly served?: boolean
      readonly storage?: boolean
      readonly subresources?: { readonly status?: unknown; readonly scale?: unknown }
    }[]
  }
}

const READ_UPDATE: readonly Verb[] = ['get', 'patch', 'update']

/** What a stored CustomResourceDefinition serves; undefined when none of its versions is served. */
export function resourceOfDefinition(definition: AnyObject): Resource | undefined {
  const { group, scope, names, versions } = (definition as CustomResourceDefinition).spec
  const served = versions.filter((version) => version.served !== false)
  const preferred = served.find((version) => version.storage) ?? served[0]
  if (!preferred) return undefined
  const subresources: SubresourceInfo[] = []
  if (preferred.subresources?.status) subresources.push({ name: 'status', kind: names.kind, verbs: READ_UPDATE })
  if (preferred.subresources?.scale)
    subresources.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: READ_UPDATE })
  return {
    key: resourceKey(names.plural, group),
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    group,
    version: preferred.name,
    versions: [preferred.name, ...served.filter((version) => version !== preferred).map((version) => version.name)],
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: VERBS,
    subresources,
    isCustom: true,
  }
}

/** All resources of one API server: the built-in ones and those of its CustomResourceDefinitions. */
export class ResourceRegistry {
  readonly #definitions: () => Iterable<AnyObject>
  /** Read off definitions once; they are immutable, so nothing ever goes stale. */
  readonly #custom = new WeakMap<AnyObject, Resource | undefined>()

  /** `definitions` gives the CustomResourceDefinitions of the moment. */
  constructor(definitions: () => Iterable<AnyObject> = () => []) {
    this.#definitions = definitions
  }

  static of(store: Store): ResourceRegistry {
    return new ResourceRegistry(() => store.scan('customresourcedefinitions.apiextensions.k8s.io'))
  }

  *#customResources(): Iterable<Resource> {
    for (const definition of this.#definitions()) {
      let resource = this.#custom.get(definition)
      if (resource === undefined) this.#custom.set(definition, (resource = resourceOfDefinition(definition)))
      if (resource) yield resource
    }
  }

  /** In the order in which a client prefers them. */
  all(): readonly Resource[] {
    return [...BUILT_IN, ...this.#customResources()]
  }

  byKey(key: string): Resource | undefined {
    const builtIn = BUILT_IN_BY_KEY.get(key)
    if (builtIn) return builtIn
    for (const resource of this.#customResources()) if (resource.key === key) return resource
    return undefined
  }

  byKind(apiVersion: string, kind: string): Resource | undefined {
    const builtIn = BUILT_IN_BY_KIND.get(`${apiVersion} ${kind}`)
    if (builtIn) return builtIn
    const [group, version] = splitApiVersion(apiVersion)
    for (const resource of this.#customResources())
      if (resource.kind === kind && resource.group === group && resource.versions.includes(version)) return resource
    return undefined
  }

  /**
   * Every resource that what a user types may mean, the preferred one first: `po`, `pods`, `Pod`, `deploy.apps`,
   * `deployments.v1.apps`. Models client-go's shortcut expander over apimachinery's DefaultRESTMapper.
   */
  matches(typed: string): readonly Resource[] {
    const [first = '', second = '', third] = splitThree(typed.toLowerCase())
    const resources = this.all()
    if (third !== undefined) {
      const exact = resources.filter(
        (resource) => names(resource).includes(first) && resource.versions.includes(second) && resource.group === third,
      )
      if (exact.length > 0) return exact
    }
    const dot = typed.indexOf('.')
    if (dot < 0) {
      const named = resources.filter((resource) => resource.plural === first || resource.singular === first)
      const short = resources.filter((resource) => resource.shortNames.includes(first))
      return named.length > 0 ? named : short
    }
    const group = typed.slice(dot + 1).toLowerCase()
    const named = resources.filter((resource) => names(resource).includes(first))
    const exact = named.filter((resource) => resource.group === group)
    return exact.length > 0 ? exact : named.filter((resource) => resource.group.startsWith(group))
  }

  /** What a user's word means; undefined when there is no such resource type. */
  find(typed: string): Resource | undefined {
    return this.matches(typed)[0]
  }

  /** The members of a category such as `all`, in discovery order. */
  inCategory(category: string): readonly Resource[] {
    return this.all().filter((resource) => resource.categories.includes(category))
  }
}

const names = (resource: Resource): readonly string[] => [resource.plural, resource.singular, ...resource.shortNames]

/** Splits at the first two dots only. */
function splitThree(text: string): readonly string[] {
  const [first = '', second, ...rest] = text.split('.')
  if (second === undefined) return [first]
  return rest.length === 0 ? [first, second] : [first, second, rest.join('.')]
}
