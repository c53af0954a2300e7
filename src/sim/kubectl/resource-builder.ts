import type { Resource } from '../kubernetes/api/resources.ts'
import { matchesSelector, parseSelector, type Selector } from '../kubernetes/api/selectors.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Environment } from './command.ts'
import { aggregate, errorOf, type Failure, isFailure, statusFailure } from './failure.ts'
import { isFields, text } from './fields.ts'
import { readManifests } from './manifests/manifest.ts'
import { metadataProblem } from './manifests/object-meta-types.ts'

/** One object that a command is about. `object` is absent until it was read from a file or from the server. */
export interface Info {
  readonly resource: Resource
  namespace: string
  name: string
  /** The file it came from; `STDIN` for `-`; empty for arguments. */
  readonly source: string
  object: AnyObject | undefined
}

export type Visitor = (info: Info) => Failure | undefined

/** The objects that a line selects. */
export interface Selection {
  /** Why nothing can be selected at all. */
  readonly failure?: Failure
  /** The line named exactly one object. */
  readonly isSingle: boolean
  visit(visitor: Visitor): Failure | undefined
}

export interface BuilderOptions {
  readonly env: Environment
  readonly namespace: string
  /** `-n` was given: objects of files must be in that namespace. */
  readonly enforceNamespace?: boolean
  readonly allNamespaces?: boolean
  readonly filenames?: readonly string[]
  readonly kustomize?: string
  /** `TYPE NAME …`, `TYPE/NAME …`, `TYPE -l …`. */
  readonly args?: readonly string[]
  /** Types given by the command itself: `nodes` for `cordon`. */
  readonly types?: readonly string[]
  readonly names?: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly selectAll?: boolean
  /** `TYPE` alone means all of it. */
  readonly allowTypeAlone?: boolean
  readonly single?: boolean
  readonly continueOnError?: boolean
  /** Files are compared with what the server has: their objects are read from it. */
  readonly latest?: boolean
  /** Objects are read from the server before they are visited; on unless it is false. */
  readonly requireObject?: boolean
  /** `apiVersion` and `kind` are checked before anything is sent. */
  readonly validates?: boolean
  /** Nothing is asked of the server. */
  readonly local?: boolean
  readonly subresource?: string
}

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

const MIXED_FORMS =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"

const ONE_TYPE = 'you may only specify a single resource type'

/** `deployment.apps`: how messages name a kind. */
export const kindName = ({ kind, group }: Resource): string =>
  group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`

const uniqueParts = (argument: string): readonly string[] => [...new Set(argument.split(','))]

/** Reads an object from the server; a missing namespace is reported before a missing object. */
export function retrieve(env: Environment, info: Info): Failure | undefined {
  const got = env.api.get(info.resource.key, info.namespace, info.name)
  if (got.ok) {
    info.object = got.value
    return undefined
  }
  if (got.status.reason === 'NotFound' && info.namespace !== '' && info.namespace !== 'default') {
    const namespace = env.api.get('namespaces', '', info.namespace)
    if (!namespace.ok && namespace.status.reason === 'NotFound') return statusFailure(namespace.status)
  }
  return statusFailure(got.status)
}

/** Takes over what the server answered. */
export function refresh(info: Info, object: AnyObject): void {
  info.name = object.metadata?.name ?? info.name
  info.namespace = object.metadata?.namespace ?? info.namespace
  info.object = object
}

const withNamespace = (object: AnyObject, namespace: string): AnyObject => {
  const { namespace: _, ...metadata } = object.metadata ?? { name: '' }
  return { ...object, metadata: namespace === '' ? metadata : { ...metadata, namespace } }
}

function mappingFor(env: Environment, typed: string): Resource | Failure {
  const found = env.registry.find(typed) ?? byKindName(env, typed)
  return found ?? errorOf(`the server doesn't have a resource type "${typed.toLowerCase().split('.')[0]}"`)
}

const byKindName = (env: Environment, typed: string): Resource | undefined => {
  const [kind = '', ...rest] = typed.split('.')
  const group = rest.join('.')
  return env.registry
    .all()
    .find(
      (resource) =>
        resource.kind === kind && (group === '' || resource.group === group || `${resource.version}.${resource.group}` === group),
    )
}

/** Objects of one kind of error each, or none. */
type Source = (visitor: Visitor, failures: Failure[]) => void

/** Selects the objects that a line names. Models cli-runtime pkg/resource Builder (v1.35). */
export function select(options: BuilderOptions): Selection {
  const { env } = options
  const errors: Failure[] = []
  const isLocal = options.local === true
  const filenames = options.filenames ?? []
  if (options.kustomize) errors.push(errorOf('kustomize is not part of this simulator: write the objects out and use -f'))
  for (const name of filenames)
    if (/^https?:\/\//.test(name)) errors.push(errorOf(`the simulator cannot read ${name}: paste the file and use its name`))
    else if (name !== '-' && env.file(name) === undefined) errors.push(errorOf(`the path ${JSON.stringify(name)} does not exist`))

  const args = [...(options.args ?? [])]
  let labelSelector = options.labelSelector?.trim() || undefined
  const fieldSelector = options.fieldSelector?.trim() || undefined
  const types: string[] = [...(options.types ?? [])]
  const names: string[] = [...(options.names ?? [])]
  const tuples: { type: string; name: string }[] = []

  if (options.selectAll && (labelSelector !== undefined || fieldSelector !== undefined))
    errors.push(errorOf("setting 'all' parameter but found a non empty selector. "))

  const first = args[0] ?? ''
  const normalized =
    args.length >= 2 && uniqueParts(first).length > 1
      ? uniqueParts(first).flatMap((type) => args.slice(1).map((name) => `${type}/${name}`))
      : args
  const slashes = normalized.filter((arg) => arg.includes('/')).length
  if (slashes > 0 && slashes < normalized.length) errors.push(errorOf(MIXED_FORMS))
  else if (slashes > 0) {
    for (const arg of normalized) {
      const [type = '', name = '', extra] = arg.split('/')
      if (extra !== undefined) errors.push(errorOf('arguments in resource/name form may not have more than one slash'))
      else if (type === '' || name === '' || uniqueParts(type).length !== 1)
        errors.push(errorOf('arguments in resource/name form must have a single resource and name'))
      else tuples.push({ type, name })
      if (errors.length > 0) break
    }
  } else if (normalized.length > 0) {
    for (const type of uniqueParts(first)) {
      const members = env.registry.inCategory(type)
      if (members.length > 0) types.push(...members.map((resource) => resource.key))
      else types.push(type)
    }
    names.push(...normalized.slice(1))
    if (normalized.length === 1 && labelSelector === undefined && options.allowTypeAlone) labelSelector = ''
  }
  if (options.selectAll) labelSelector = ''

  const nothing = (failure: Failure, isSingle = false): Selection => ({ failure, isSingle, visit: () => failure })
  const failed = aggregate(errors)
  if (failed) return nothing(failed)

  const mappings = (): readonly Resource[] | Failure => {
    if (types.length > 1 && options.single) return errorOf(ONE_TYPE)
    const found: Resource[] = []
    for (const type of types) {
      const resource = mappingFor(env, type)
      if (isFailure(resource)) return resource
      if (!found.includes(resource)) found.push(resource)
    }
    return found
  }
  const namespaceFor = (resource: Resource): string => (resource.namespaced ? options.namespace : '')
  const infoOf = (resource: Resource, name: string): Info => ({
    resource,
    namespace: namespaceFor(resource),
    name,
    source: '',
    object: undefined,
  })

  let source: Source
  let isSingle: boolean
  if (filenames.length > 0) {
    if (types.length > 0)
      return nothing(errorOf('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well'))
    if (names.length > 0) return nothing(errorOf('name cannot be provided when a path is specified'))
    if (tuples.length > 0) return nothing(errorOf('resource/name arguments cannot be provided when a path is specified'))
    let selector: Selector | undefined
    if (labelSelector) {
      const parsed = parseSelector(labelSelector)
      if (!parsed.ok)
        return nothing(errorOf(`the provided selector ${JSON.stringify(labelSelector)} is not valid: ${parsed.message}`))
      selector = parsed.value
    }
    isSingle = filenames.length === 1 && filenames[0] !== '-'
    source = fileSource(options, filenames, selector)
  } else if (labelSelector !== undefined || fieldSelector !== undefined) {
    if (names.length > 0) return nothing(errorOf('name cannot be provided when a selector is specified'))
    if (tuples.length > 0)
      return nothing(errorOf('selectors and the all flag cannot be used when passing resource/name arguments'))
    if (types.length === 0) return nothing(errorOf('at least one resource must be specified to use a selector'))
    if (options.subresource) return nothing(errorOf('subresource cannot be used when bulk resources are specified'))
    const found = mappings()
    if ('type' in found) return nothing(found)
    isSingle = false
    source = (visitor, failures) => {
      for (const resource of found) {
        const listed = env.api.list(resource.key, {
          ...(resource.namespaced && !options.allNamespaces ? { namespace: options.namespace } : {}),
          ...(labelSelector ? { labelSelector } : {}),
          ...(fieldSelector ? { fieldSelector } : {}),
        })
        if (!listed.ok) {
          failures.push(statusFailure(listed.status))
          if (!options.continueOnError) return
          continue
        }
        for (const object of listed.value.items) {
          const failure = visitor({
            resource,
            namespace: object.metadata.namespace ?? '',
            name: object.metadata.name,
            source: '',
            object,
          })
          if (failure) failures.push(failure)
          if (failure && !options.continueOnError) return
        }
      }
    }
  } else if (tuples.length > 0) {
    if (types.length > 0) return nothing(errorOf('you may not specify individual resources and bulk resources in the same call'))
    const infos: Info[] = []
    for (const { type, name } of tuples) {
      const resource = mappingFor(env, type)
      if (isFailure(resource)) return nothing(resource)
      if (options.single && infos.some((info) => info.resource !== resource)) return nothing(errorOf(ONE_TYPE))
      if (resource.namespaced && options.allNamespaces)
        return nothing(errorOf('a resource cannot be retrieved by name across all namespaces'))
      infos.push(infoOf(resource, name))
    }
    isSingle = infos.length === 1
    source = infoSource(options, infos)
  } else if (names.length > 0) {
    if (types.length === 0) return nothing(errorOf('you must provide a resource and a resource name together'))
    if (types.length > 1) return nothing(errorOf('you must specify only one resource'))
    const found = mappings()
    if ('type' in found) return nothing(found)
    const resource = found[0]!
    if (resource.namespaced && options.allNamespaces)
      return nothing(errorOf('a resource cannot be retrieved by name across all namespaces'))
    isSingle = names.length === 1
    source = infoSource(
      options,
      names.map((name) => infoOf(resource, name)),
    )
  } else if (types.length > 0) {
    for (const type of types) {
      const resource = mappingFor(env, type)
      if (isFailure(resource)) return nothing(resource)
    }
    return nothing(errorOf('resource(s) were provided, but no name was specified'))
  } else return nothing(errorOf(MISSING_RESOURCE))

  /** Namespaces are set and checked, objects fetched, before a command sees them. */
  const prepared =
    (visitor: Visitor): Visitor =>
    (info) => {
      if (info.resource.namespaced) {
        if (info.namespace === '' && !(options.allNamespaces && info.object)) {
          info.namespace = options.namespace
          if (info.object) info.object = withNamespace(info.object, info.namespace)
        } else if (options.enforceNamespace && !options.allNamespaces && info.namespace !== options.namespace)
          return errorOf(
            `the namespace from the provided object "${info.namespace}" does not match the namespace "${options.namespace}". You must pass '--namespace=${info.namespace}' to perform this operation.`,
          )
      } else {
        info.namespace = ''
        if (info.object?.metadata?.namespace !== undefined) info.object = withNamespace(info.object, '')
      }
      if (info.object === undefined && options.requireObject !== false && !isLocal) {
        const failure = retrieve(env, info)
        if (failure) return failure
      }
      return visitor(info)
    }

  return {
    isSingle,
    visit(visitor) {
      const failures: Failure[] = []
      source(prepared(visitor), failures)
      return failures.length === 1 ? failures[0] : aggregate(failures)
    },
  }
}

const infoSource =
  (options: BuilderOptions, infos: readonly Info[]): Source =>
  (visitor, failures) => {
    for (const info of infos) {
      const failure = visitor({ ...info })
      if (failure) failures.push(failure)
      if (failure && !options.continueOnError) return
    }
  }

/** What kubectl checks itself before it sends a document. Models pkg/validation getObjectKind. */
function kindProblem(value: unknown): string | undefined {
  if (!isFields(value)) return 'invalid object to validate'
  const { apiVersion, kind } = value
  const problems: string[] = []
  if (apiVersion === undefined || apiVersion === null) problems.push('apiVersion not set')
  else if (typeof apiVersion !== 'string') problems.push("apiVersion isn't string type")
  if (kind === undefined || kind === null) problems.push('kind not set')
  else if (typeof kind !== 'string') problems.push("kind isn't string type")
  return problems.length > 1 ? `[${problems.join(', ')}]` : problems[0]
}

/** The objects of files. Reading errors of a file come after the errors of its objects, as one. */
const fileSource =
  (options: BuilderOptions, filenames: readonly string[], selector: Selector | undefined): Source =>
  (visitor, failures) => {
    const { env } = options
    const readFailures: Failure[] = []
    const visit = (info: Info): void => {
      if (selector && !matchesSelector(selector, info.object?.metadata?.labels)) return
      if (options.latest && info.name !== '') {
        if (info.namespace === '' && info.resource.namespaced) info.namespace = options.namespace
        const failure = retrieve(env, info)
        if (failure) {
          failures.push(failure)
          return
        }
      }
      const failure = visitor(info)
      if (failure) failures.push(failure)
    }
    for (const filename of filenames) {
      const sourceName = filename === '-' ? 'STDIN' : filename
      const { documents, error } = readManifests((filename === '-' ? env.stdin : env.file(filename)) ?? '')
      let stopped = false
      for (const { value } of documents) {
        if (options.validates) {
          const problem = kindProblem(value)
          if (problem !== undefined) {
            readFailures.push(
              errorOf(
                `error validating ${JSON.stringify(sourceName)}: error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
              ),
            )
            stopped = true
            break
          }
        }
        const objects = expand(value, sourceName)
        for (const object of objects) {
          if (isFailure(object)) {
            readFailures.push(object)
            continue
          }
          const info = infoForObject(env, object, sourceName, isFields(value) && Array.isArray(value['items']))
          if ('resource' in info) visit(info)
          else readFailures.push(info)
        }
      }
      if (!stopped && error) readFailures.push(errorOf(`error parsing ${sourceName}: ${error.message}`))
    }
    const failure = aggregate(readFailures)
    if (failure) failures.push(failure)
  }

function infoForObject(env: Environment, object: AnyObject, source: string, isItem: boolean): Info | Failure {
  const name = text(object.metadata?.name)
  const namespace = text(object.metadata?.namespace)
  const resource = env.registry.byKind(object.apiVersion, object.kind)
  if (resource) return { resource, name, namespace, source, object }
  const missing = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`
  return errorOf(
    isItem
      ? `unable to recognize ${missing}`
      : `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${source}": ${missing}\nensure CRDs are installed first`,
  )
}

/** The objects of a document; a `List` has several. */
function expand(value: unknown, source: string): readonly (AnyObject | Failure)[] {
  const undecodable = (message: string): Failure => errorOf(`unable to decode ${JSON.stringify(source)}: ${message}`)
  if (!isFields(value)) return [undecodable('json: cannot unmarshal string into Go value of type struct { metav1.TypeMeta }')]
  const { apiVersion, kind, items } = value
  if (typeof kind !== 'string' || kind === '') return [undecodable(`Object 'Kind' is missing in '${JSON.stringify(value)}'`)]
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return [undecodable(`Object 'apiVersion' is missing in '${JSON.stringify(value)}'`)]
  if (Array.isArray(items)) {
    const itemKind = kind.endsWith('List') ? kind.slice(0, -'List'.length) : ''
    return items.flatMap((item: unknown) =>
      expand(isFields(item) && itemKind !== '' ? { apiVersion, kind: itemKind, ...item } : item, source),
    )
  }
  const problem = metadataProblem(value)
  if (problem !== undefined) return [undecodable(problem)]
  const object = value['metadata'] === undefined || value['metadata'] === null ? { ...value, metadata: {} } : value
  return [object as unknown as AnyObject]
}

/** All objects of a selection, and why some are missing. */
export function collect(selection: Selection): { readonly infos: readonly Info[]; readonly failure: Failure | undefined } {
  if (selection.failure) return { infos: [], failure: selection.failure }
  const infos: Info[] = []
  const failure = selection.visit((info) => {
    infos.push(info)
    return undefined
  })
  return { infos, failure }
}
