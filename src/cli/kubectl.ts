import { Kernel } from '../sim/kernel/kernel.ts'
import { DEFAULT_EPOCH_MS, parseTime } from '../sim/kernel/time.ts'
import type { Environment, Session, Step } from '../sim/kubectl/command.ts'
import { resumeKubectl, startKubectl } from '../sim/kubectl/kubectl.ts'
import { indexManifests, type ManifestEntry } from '../sim/kubectl/manifests/manifest.ts'
import { toYaml } from '../sim/kubectl/printers/yaml.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { type Answer, refuse } from '../sim/kubernetes/api/status.ts'
import type { AnyObject } from '../sim/kubernetes/api/types.ts'
import { ApiServer } from '../sim/kubernetes/apiserver/api-server.ts'
import { bootstrapObjects } from '../sim/kubernetes/bootstrap.ts'
import { Store } from '../sim/kubernetes/etcd/store.ts'
import { type CommandResult, EXIT_BAD_INPUT, type InputFile } from './report.ts'

export interface KubectlRequest {
  /** Dumps and manifests that make up the world. */
  readonly files: readonly InputFile[]
  /** RFC 3339; without it the newest time in the files. */
  readonly now?: string
  /** The words after `kubectl`. */
  readonly args: readonly string[]
  readonly stdin?: string
  /** Give the world after the line back. */
  readonly write: boolean
  readonly schema: ApiSchema
  /** Files that the line itself names, as in `-f pod.yaml`. */
  readonly readFile?: (name: string) => string | undefined
}

export interface KubectlResult extends CommandResult {
  /** The world after the line: a `v1 List`. */
  readonly world?: string
}

/** How much simulated time a line may take: where nothing moves, `rollout status` would wait for ever. */
const LIMIT_MS = 3_600_000

const CUSTOM_RESOURCES = 'CustomResourceDefinition'
const SESSION: Session = {
  context: 'clusterlab',
  contexts: [{ name: 'clusterlab', cluster: 'clusterlab', user: 'kubernetes-admin' }],
}
const NO_KUBELETS = {
  code: 500,
  reason: 'InternalError',
  message: 'an error on the server ("unknown") has prevented the request from succeeding',
}

class BadWorld extends Error {}

function objectOf({ document, path }: ManifestEntry): AnyObject {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], document.value) as AnyObject
}

function entriesOf(files: readonly InputFile[]): readonly ManifestEntry[] {
  const problems: string[] = []
  const entries = files.flatMap(({ name, text }) => {
    const index = indexManifests(name, text)
    if (index.error) problems.push(`${name}:${index.error.line}: ${index.error.message}`)
    for (const { line, apiVersion, kind, name: object } of index.entries)
      if (apiVersion === '' || kind === '' || object === '')
        problems.push(`${name}:${line}: expected an object with apiVersion, kind and metadata.name`)
    return index.entries
  })
  if (problems.length > 0) throw new BadWorld(problems.join('\n'))
  // Kinds of their own must be known before their objects.
  const isDefinition = ({ kind }: ManifestEntry): boolean => kind === CUSTOM_RESOURCES
  return [...entries.filter(isDefinition), ...entries.filter((entry) => !isDefinition(entry))]
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** The newest time anywhere in a value. */
function newestTime(value: unknown): number {
  if (typeof value === 'string') return TIME.test(value) ? (parseTime(value) ?? 0) : 0
  if (typeof value !== 'object' || value === null) return 0
  let newest = 0
  for (const inner of Object.values(value)) newest = Math.max(newest, newestTime(inner))
  return newest
}

function clockOf(now: string | undefined, objects: readonly AnyObject[]): number {
  if (now === undefined) return newestTime(objects) || DEFAULT_EPOCH_MS
  const unixMs = parseTime(now)
  if (unixMs === undefined)
    throw new BadWorld(`--now: expected an RFC 3339 time such as 2026-01-05T09:00:00Z, received ${JSON.stringify(now)}`)
  return unixMs
}

const describe = ({ file, line, kind, name }: ManifestEntry): string => `${file}:${line}: ${kind} ${name}`

/** Loads what has a uid as it is; the API server admits and defaults the rest, in the order of the files. */
function serverWith(entries: readonly ManifestEntry[], unixMs: number, schema: ApiSchema): ApiServer {
  const server = new ApiServer({ kernel: new Kernel({ seed: 1, epochMs: unixMs }), store: new Store(), schema })
  const api = server.client({ user: 'kubernetes-admin' })
  const fresh: ManifestEntry[] = []
  for (const entry of entries) {
    const object = objectOf(entry)
    if (!object.metadata.uid) fresh.push(entry)
    else if (server.resources.byKind(object.apiVersion, object.kind)) server.load(object)
    else throw new BadWorld(`${describe(entry)}: no matches for kind "${entry.kind}" in version "${entry.apiVersion}"`)
  }
  if (fresh.length === 0) return server
  // Manifests alone are no cluster: they get its first objects, and each namespace the account that a controller would make.
  if (!server.store.get('namespaces', '', 'default'))
    for (const { resource, namespace, object } of bootstrapObjects(unixMs)) api.create(resource, namespace, object)
  const addAccounts = (): void => {
    const namespaces = api.list('namespaces')
    for (const { metadata } of namespaces.ok ? namespaces.value.items : [])
      if (metadata.deletionTimestamp === undefined && !server.store.get('serviceaccounts', metadata.name, 'default'))
        api.create('serviceaccounts', metadata.name, {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace: metadata.name },
        })
  }
  addAccounts()
  for (const entry of fresh) {
    const object = objectOf(entry)
    const resource = server.resources.byKind(object.apiVersion, object.kind)
    if (!resource) throw new BadWorld(`${describe(entry)}: no matches for kind "${entry.kind}" in version "${entry.apiVersion}"`)
    const namespace = resource.namespaced ? object.metadata.namespace || 'default' : ''
    const made = api.create(resource.key, namespace, object)
    if (!made.ok) throw new BadWorld(`${describe(entry)}: ${made.status.message}`)
    if (resource.key === 'namespaces') addAccounts()
  }
  return server
}

function worldText(server: ApiServer): string {
  const items = server.store.resources().flatMap((resource) => [...server.store.scan(resource)])
  return toYaml({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items })
}

function runLine(server: ApiServer, { args, stdin, readFile, schema }: KubectlRequest): CommandResult {
  const { kernel } = server
  const startedAt = kernel.now
  let session = SESSION
  const environment = (): Environment => ({
    api: server.client({ user: 'kubernetes-admin' }),
    registry: server.resources,
    schema,
    unixMs: kernel.unixMs,
    session,
    serverAddress: 'https://10.0.0.10:6443',
    ...(stdin === undefined ? {} : { stdin }),
    file: (name) => (name === '/dev/stdin' ? stdin : readFile?.(name)),
    logs: (): Answer<never> => refuse(NO_KUBELETS),
    exec: (): Answer<never> => refuse(NO_KUBELETS),
  })
  let step: Step = startKubectl(args, environment())
  let { stdout, stderr } = step
  while (!('exit' in step)) {
    if (kernel.now - startedAt > LIMIT_MS)
      return {
        stdout,
        stderr: `${stderr}clusterlab: gave up after an hour of simulated time: nothing moves in this world\n`,
        exit: 124,
      }
    session = step.session ?? session
    if ('again' in step) {
      kernel.advanceTo(kernel.now + Math.max(1, step.again.afterMs))
      step = resumeKubectl(step.again.state, environment())
    } else step = resumeKubectl(step.editor.state, environment())
    stdout += step.stdout
    stderr += step.stderr
  }
  return { stdout, stderr, exit: step.exit }
}

/** `clusterlab kubectl`: answers one kubectl line from a dump, in a world in which only the API server runs. */
export function kubectlCommand(request: KubectlRequest): KubectlResult {
  try {
    const entries = entriesOf(request.files)
    const unixMs = clockOf(request.now, entries.map(objectOf))
    const server = serverWith(entries, unixMs, request.schema)
    const result = runLine(server, request)
    return request.write ? { ...result, world: worldText(server) } : result
  } catch (error) {
    if (!(error instanceof BadWorld)) throw error
    return { stdout: '', stderr: `${error.message}\n`, exit: EXIT_BAD_INPUT }
  }
}
