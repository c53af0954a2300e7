import type { ListOptions } from '../kubernetes/api/client.ts'
import { apiVersionOf, type Resource, type ResourceRegistry } from '../kubernetes/api/resources.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Invocation } from './command.ts'
import { errorOf, type Failure, statusFailure } from './failure.ts'
import { goQuote } from './printers/go-format.ts'
import { select as build } from './resource-builder.ts'

/** One object that was read. */
export interface ReadInfo {
  readonly resource: Resource
  /** '' for cluster-scoped ones. */
  readonly namespace: string
  readonly name: string
  readonly object: AnyObject
}

/** What one request answered: a list, or a single object. The kind is known even of an empty list. */
export interface Batch {
  readonly resource: Resource
  readonly namespace: string
  readonly infos: readonly ReadInfo[]
}

/** What a line names, read from the server. */
export interface ReadSelection {
  readonly batches: readonly Batch[]
  readonly infos: readonly ReadInfo[]
  readonly failures: readonly Failure[]
  /** The line itself means nothing: there was no request. */
  readonly isInvalid: boolean
  /** The line can mean one object only: `pod x`, `pod/x`. */
  readonly isSingle: boolean
}

export interface ReadOptions {
  readonly namespace: string
  readonly allNamespaces?: boolean
  /** Absent: no selector was given. */
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** A kind alone means all of it. */
  readonly allowTypeAlone?: boolean
  /** `--all`. */
  readonly selectAll?: boolean
  /** Go on after an object that is not there. */
  readonly continueOnError?: boolean
  readonly singleType?: boolean
}

type Asking = Pick<Invocation, 'env' | 'out'>

const NOTHING = { batches: [], infos: [], isSingle: false }

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** `a,b,a` → `['a', 'b']`. */
const splitTypes = (word: string): readonly string[] => [...new Set(word.split(','))]

/** `deploy,svc web` → `deploy/web svc/web`. */
function normalize(args: readonly string[]): readonly string[] {
  if (args.length < 2) return args
  const types = splitTypes(args[0]!)
  return types.length > 1 ? types.flatMap((type) => args.slice(1).map((name) => `${type}/${name}`)) : args
}

export const isFailure = (found: object): found is Failure =>
  'type' in found && (found.type === 'status' || found.type === 'error' || found.type === 'several')

/** What a user's word for a type means; of several, the preferred one with a warning. */
export function findResource({ env, out }: Asking, word: string): Resource | Failure {
  const [first, ...others] = env.registry.matches(word)
  if (!first) return errorOf(`the server doesn't have a resource type ${goQuote(word.split('.')[0]!)}`)
  if (first.shortNames.includes(word))
    out.warn(others.map((other) => `short name ${goQuote(word)} could also match lower priority resource ${other.key}`))
  return first
}

/** Splits categories such as `all` into their members. */
const expand = (registry: ResourceRegistry, word: string): readonly string[] =>
  word.split(',').flatMap((type) => {
    const members = registry.inCategory(type)
    return members.length > 0 ? members.map((resource) => resource.key) : [type]
  })

export interface Named {
  readonly resource: Resource
  readonly name: string
}
export type Targets =
  | { readonly form: 'named'; readonly names: readonly Named[]; readonly isSingle: boolean }
  | { readonly form: 'selected'; readonly resources: readonly Resource[] }

function findAll(asking: Asking, types: readonly string[]): readonly Resource[] | Failure {
  const found = new Map<string, Resource>()
  for (const type of types) {
    const resource = findResource(asking, type)
    if (isFailure(resource)) return resource
    found.set(resource.key, resource)
  }
  return [...found.values()]
}

/** What a line's words mean, before anything is asked of the server. Models cli-runtime's resource.Builder. */
export function resolveTargets(asking: Asking, words: readonly string[], options: ReadOptions): Targets | Failure {
  const args = normalize(words)
  const hasSelector = (options.labelSelector ?? '') !== '' || (options.fieldSelector ?? '') !== ''
  if (options.selectAll && hasSelector) return errorOf("setting 'all' parameter but found a non empty selector. ")
  const slashes = args.filter((arg) => arg.includes('/')).length
  if (slashes > 0) {
    if (slashes !== args.length)
      return errorOf(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      )
    const pairs: { readonly type: string; readonly name: string }[] = []
    for (const arg of args) {
      const [type = '', name = '', extra] = arg.split('/')
      if (extra !== undefined) return errorOf('arguments in resource/name form may not have more than one slash')
      if (type === '' || name === '' || splitTypes(type).length !== 1)
        return errorOf('arguments in resource/name form must have a single resource and name')
      pairs.push({ type, name })
    }
    if (hasSelector || options.selectAll)
      return errorOf('selectors and the all flag cannot be used when passing resource/name arguments')
    const names: Named[] = []
    for (const { type, name } of pairs) {
      const resource = findResource(asking, type)
      if (isFailure(resource)) return resource
      names.push({ resource, name })
    }
    if (options.singleType && new Set(names.map(({ resource }) => resource.key)).size > 1)
      return errorOf('you may only specify a single resource type')
    return namedIn(names, options)
  }
  const [first, ...names] = args
  if (first === undefined)
    return errorOf(hasSelector ? 'at least one resource must be specified to use a selector' : MISSING_RESOURCE)
  const types = splitTypes(expand(asking.env.registry, first).join(','))
  if (hasSelector || options.selectAll || (names.length === 0 && options.allowTypeAlone)) {
    if (names.length > 0) return errorOf('name cannot be provided when a selector is specified')
    if (types.length > 1 && options.singleType) return errorOf('you may only specify a single resource type')
    const resources = findAll(asking, types)
    return isFailure(resources) ? resources : { form: 'selected', resources }
  }
  const resources = findAll(asking, types)
  if (isFailure(resources)) return resources
  if (names.length === 0) return errorOf('resource(s) were provided, but no name was specified')
  if (resources.length > 1) return errorOf('you must specify only one resource')
  const named = names.map((name) => ({ resource: resources[0]!, name }))
  return namedIn(named, options)
}

function namedIn(names: readonly Named[], options: ReadOptions): Targets | Failure {
  if (options.allNamespaces && names.some(({ resource }) => resource.namespaced))
    return errorOf('a resource cannot be retrieved by name across all namespaces')
  return { form: 'named', names, isSingle: names.length === 1 }
}

/** What the server says to whoever reads these. */
const DEPRECATED: Readonly<Record<string, readonly string[]>> = {
  endpoints: ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  componentstatuses: ['v1 ComponentStatus is deprecated in v1.19+'],
}

/** Events are one set of objects under two groups. Simplified: they are shown as `v1` under both. */
const storedKey = ({ key }: Resource): string => (key === 'events.events.k8s.io' ? 'events' : key)

/** Reads one object; when its namespace does not exist, that is what is reported. */
export function readObject({ env, out }: Asking, resource: Resource, namespace: string, name: string): ReadInfo | Failure {
  const { api } = env
  const within = resource.namespaced ? namespace : ''
  const found = api.get(storedKey(resource), within, name)
  out.warn(found.warnings ?? DEPRECATED[resource.key])
  if (found.ok) return { resource, namespace: within, name, object: found.value }
  if (found.status.reason === 'NotFound' && within !== '' && within !== 'default') {
    const parent = api.get('namespaces', '', within)
    if (!parent.ok && parent.status.reason === 'NotFound') return statusFailure(parent.status)
  }
  return statusFailure(found.status)
}

function listObjects({ env, out }: Asking, resource: Resource, options: ReadOptions): Batch | Failure {
  const { labelSelector = '', fieldSelector = '' } = options
  const within = resource.namespaced && !options.allNamespaces
  const query: ListOptions = {
    ...(within ? { namespace: options.namespace } : {}),
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
  }
  const found = env.api.list(storedKey(resource), query)
  out.warn(found.warnings ?? DEPRECATED[resource.key])
  if (found.ok)
    return {
      resource,
      namespace: within ? options.namespace : '',
      infos: found.value.items.map((object) => ({
        resource,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
        object,
      })),
    }
  const { status } = found
  if (status.reason !== 'BadRequest' && status.reason !== 'NotFound') return statusFailure(status)
  const apiVersion = apiVersionOf(resource)
  const type = `"${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Resource=${resource.plural}"`
  const message =
    labelSelector === '' && fieldSelector === ''
      ? `Unable to list ${type}: ${status.message}`
      : `Unable to find ${type} that match label selector ${goQuote(labelSelector)}, field selector ${goQuote(fieldSelector)}: ${status.message}`
  return statusFailure({ ...status, message })
}

/** Resolves the words of a line and reads what they name. */
export function read(asking: Asking, words: readonly string[], options: ReadOptions): ReadSelection {
  const targets = resolveTargets(asking, words, options)
  if (isFailure(targets)) return { ...NOTHING, failures: [targets], isInvalid: true }
  const batches: Batch[] = []
  const failures: Failure[] = []
  const take = (found: Batch | Failure): boolean => {
    if (isFailure(found)) failures.push(found)
    else batches.push(found)
    return failures.length === 0 || options.continueOnError === true
  }
  if (targets.form === 'named')
    for (const { resource, name } of targets.names) {
      const info = readObject(asking, resource, options.namespace, name)
      if (!take(isFailure(info) ? info : { resource, namespace: info.namespace, infos: [info] })) break
    }
  else for (const resource of targets.resources) if (!take(listObjects(asking, resource, options))) break
  return {
    batches,
    infos: batches.flatMap((batch) => batch.infos),
    failures,
    isInvalid: false,
    isSingle: targets.form === 'named' && targets.isSingle,
  }
}

/** Reads, as the server has them now, the objects of the files that `-f` names. */
export function readFiles({ env, namespace, flags }: Invocation): ReadSelection {
  const selection = build({ env, namespace, filenames: flags.list('filename'), latest: true, continueOnError: true })
  const infos: ReadInfo[] = []
  const failure = selection.visit((info) => {
    if (info.object) infos.push({ resource: info.resource, namespace: info.namespace, name: info.name, object: info.object })
    return undefined
  })
  return {
    infos,
    batches: infos.map((info) => ({ resource: info.resource, namespace: info.namespace, infos: [info] })),
    failures: failure === undefined ? [] : failure.type === 'several' ? failure.failures : [failure],
    isInvalid: selection.failure !== undefined,
    isSingle: selection.isSingle,
  }
}
