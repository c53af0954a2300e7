import { readFileSync } from 'node:fs'
import { parse, parseAllDocuments } from 'yaml'
import { Kernel } from '../../../kernel/kernel.ts'
import { unixMsOf } from '../../../kernel/time.ts'
import type { Api, Patch } from '../../api/client.ts'
import { sortedJson } from '../../api/json-value.ts'
import type { Resource } from '../../api/resources.ts'
import { ApiSchema } from '../../api/schema.ts'
import type { Answer, Status } from '../../api/status.ts'
import type { AnyObject } from '../../api/types.ts'
import { Store } from '../../etcd/store.ts'
import { ApiServer } from '../api-server.ts'

/** One recorded command of the real kubectl. */
export interface Step {
  readonly args: readonly string[]
  readonly stdin?: string
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Case {
  readonly name: string
  readonly world: string
  readonly steps: readonly Step[]
  readonly unordered?: true
  readonly optional?: true
}

const file = (name: string): string => readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')

export const goldenCases = (name: string): readonly Case[] =>
  (JSON.parse(file(`${name}.json`)) as { cases: readonly Case[] }).cases

const schema = new ApiSchema(
  JSON.parse(readFileSync(new URL('../../api/generated/schema.json', import.meta.url), 'utf8')) as ConstructorParameters<
    typeof ApiSchema
  >[0],
)

/** An API server without a world. */
export function makeServer(options: { seed?: number } = {}): ApiServer {
  const kernel = new Kernel({ seed: options.seed ?? 1, epochMs: unixMsOf(2026, 11, 24, 12) })
  return new ApiServer({ kernel, store: new Store(), schema, freezes: true })
}

const worlds = new Map<string, readonly AnyObject[]>()

export function serverWithWorld(name: string): ApiServer {
  const server = makeServer()
  let objects = worlds.get(name)
  if (!objects) worlds.set(name, (objects = (parse(file(`worlds/${name}.yaml`)) as { items: AnyObject[] }).items))
  for (const object of objects) server.load(object)
  return server
}

export const documentsOf = (text: string): readonly AnyObject[] =>
  parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS() as AnyObject | null)
    .filter((document) => document !== null)

/** What a recording shows of a command, as far as the server decides it. */
export interface Outcome {
  readonly error: string
  readonly warnings: readonly string[]
}

/** As kubectl prints a refusal. */
function refusalText({ reason, message, details }: Status, doing: string): string {
  if (reason !== 'Invalid') return `Error from server${reason === '' ? '' : ` (${reason})`}: ${doing}${message}`
  const causes = details?.causes
  if (!causes) return `The request is invalid: ${message}`
  const subject = details.kind ? `The ${details.kind} ${JSON.stringify(details.name ?? '')}` : 'The request'
  const lines = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))]
  return lines.length === 1
    ? `${subject} is invalid: ${lines[0]}`
    : `${subject} is invalid: \n${lines.map((line) => `* ${line}`).join('\n')}`
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The commands of the recordings that test the server more than kubectl; undefined for the others. */
export function runStep(server: ApiServer, { args, stdin }: Step): Outcome | AnyObject | undefined {
  const api = server.client({ user: 'you' })
  const namespaceFlag = args.indexOf('-n')
  const namespace = namespaceFlag >= 0 ? args[namespaceFlag + 1]! : 'default'
  const [verb = '', typed = '', name = ''] = args.filter(
    (_, i) => namespaceFlag < 0 || (i !== namespaceFlag && i !== namespaceFlag + 1),
  )
  if ((verb === 'apply' || verb === 'create') && args.includes('-f') && stdin !== undefined) {
    const allowed = new Set(['apply', 'create', '-f', '-', '-n', namespace])
    if (args.some((arg) => !allowed.has(arg))) return undefined
    return createAll(server, api, verb, stdin, namespace)
  }
  const resource = server.resources.find(typed)
  if (!resource) return undefined
  const home = resource.namespaced ? namespace : ''
  if (verb === 'get' && args.includes('-o') && args.at(-1) === 'yaml') {
    const got = api.get(resource.key, home, name)
    return got.ok ? got.value : { error: refusalText(got.status, ''), warnings: [] }
  }
  if (verb === 'patch' && args.includes('-p') && !args.includes('--subresource')) {
    const text = args[args.indexOf('-p') + 1]!
    const type = args.includes('--type=json') ? 'json' : args.includes('--type=merge') ? 'merge' : 'strategic'
    const patch = (type === 'json' ? { type, operations: JSON.parse(text) } : { type, body: JSON.parse(text) }) as Patch
    return outcomeOf(api.patch(resource.key, home, name, patch, { fieldManager: 'kubectl-patch', fieldValidation: 'Strict' }), '')
  }
  return undefined
}

function createAll(server: ApiServer, api: Api, verb: string, stdin: string, namespace: string): Outcome | undefined {
  const warnings: string[] = []
  for (const document of documentsOf(stdin)) {
    if (!document.apiVersion || !document.kind || !document.metadata) return undefined
    const resource = server.resources.byKind(document.apiVersion, document.kind)
    if (!resource || !isReadable(document)) return undefined
    const home = resource.namespaced ? (document.metadata.namespace ?? namespace) : ''
    if (verb === 'apply' && (!document.metadata.name || api.get(resource.key, home, document.metadata.name).ok)) return undefined
    const object = verb === 'apply' ? withLastApplied(document, resource, home) : document
    const created = api.create(resource.key, home, object, { fieldManager: 'kubectl', fieldValidation: 'Strict' })
    warnings.push(...(created.warnings ?? []))
    if (!created.ok) return { error: refusalText(created.status, 'error when creating "STDIN": '), warnings }
  }
  return { error: '', warnings }
}

/** kubectl itself refuses metadata of a wrong type. */
const isReadable = ({ metadata }: AnyObject): boolean =>
  Object.values(metadata.labels ?? {}).every((value) => typeof value === 'string') &&
  (metadata.name === undefined || typeof metadata.name === 'string')

function withLastApplied(document: AnyObject, resource: Resource, namespace: string): AnyObject {
  const metadata = { ...document.metadata, ...(resource.namespaced ? { namespace } : {}) }
  const shown = { ...document, metadata: { ...metadata, annotations: metadata.annotations ?? {} } }
  return {
    ...document,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [LAST_APPLIED]: `${sortedJson(shown)}\n` } },
  }
}

const outcomeOf = (answer: Answer<AnyObject>, doing: string): Outcome => ({
  error: answer.ok ? '' : refusalText(answer.status, doing),
  warnings: answer.warnings ?? [],
})

/** Replaces what a server invents, unless the case names it itself. */
export function normalise(text: string, given: string): string {
  const unless = (pattern: RegExp, replacement: string) => (whole: string) =>
    given.includes(whole) ? whole : whole.replace(pattern, replacement)
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, unless(/.*/s, '<uid>'))
    .replaceAll(/("?resourceVersion"?: ?)"\d+"/g, '$1"<rv>"')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, unless(/.*/s, '<time>'))
    .replaceAll(/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<suffix>')
    .replaceAll(/\b10\.96\.\d+\.\d+\b/g, (ip) =>
      ip === '10.96.0.1' || ip === '10.96.5.5' || given.includes(ip) ? ip : '<clusterIP>',
    )
    .replaceAll(/\b3[0-2]\d{3}\b/g, (port) => {
      const number = Number(port)
      return number > 30_000 && number < 32_767 && !given.includes(port) ? '<nodePort>' : port
    })
}

/** A stored object as data, with what the server invented replaced. */
export function shownObject(object: AnyObject, given: string): unknown {
  const { managedFields: _, ...metadata } = object.metadata
  return JSON.parse(normalise(JSON.stringify({ ...object, metadata }), given).replaceAll(/:<nodePort>/g, ':"<nodePort>"'))
}
