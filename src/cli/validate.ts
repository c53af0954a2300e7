import { Kernel } from '../sim/kernel/kernel.ts'
import { indexManifests } from '../sim/kubectl/manifests/manifest.ts'
import type { Api } from '../sim/kubernetes/api/client.ts'
import { ResourceRegistry } from '../sim/kubernetes/api/resources.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import type { AnyObject } from '../sim/kubernetes/api/types.ts'
import { ApiServer } from '../sim/kubernetes/apiserver/api-server.ts'
import { bootstrap } from '../sim/kubernetes/bootstrap.ts'
import { Etcd } from '../sim/kubernetes/etcd/etcd.ts'
import { MAX_YAML_DEPTH, yamlDepth } from '../sim/scenario/yaml-guard.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, type InputFile, json } from './report.ts'

interface DocumentReport {
  readonly file: string
  readonly line: number
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly accepted: boolean
  readonly messages: readonly string[]
}

/** Largest file that is looked at, in characters. */
const MAX_LENGTH = 16 * 1024 * 1024

/** A cluster on which nothing has happened yet: an API server with its first objects. */
function freshCluster(schema: ApiSchema): { readonly api: Api; readonly registry: ResourceRegistry } {
  const kernel = new Kernel({ seed: 1 })
  const { store } = new Etcd(kernel)
  const server = new ApiServer({ kernel, store, schema })
  const api = server.client({ user: 'you' })
  bootstrap(api, kernel.unixMs)
  for (const { metadata } of store.scan('namespaces')) createServiceAccount(api, metadata.name)
  return { api, registry: ResourceRegistry.of(store) }
}

/** What the controller manager does soon after a namespace appears. */
function createServiceAccount(api: Api, namespace: string): void {
  api.create('serviceaccounts', namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } })
}

/** `clusterlab validate`: each document judged as a create on a fresh cluster would, in order. */
export function validate({
  files,
  format,
  schema,
}: {
  files: readonly InputFile[]
  format: 'text' | 'json'
  schema: ApiSchema
}): CommandResult {
  const { api, registry } = freshCluster(schema)
  const documents: DocumentReport[] = []
  const errors: string[] = []
  for (const { name: file, text } of files) {
    if (text.length > MAX_LENGTH) {
      errors.push(`${file}: expected at most ${MAX_LENGTH} characters, received ${text.length}`)
      continue
    }
    const depth = yamlDepth(text)
    if (depth > MAX_YAML_DEPTH) {
      errors.push(`${file}: expected at most ${MAX_YAML_DEPTH} levels of nesting, received ${depth}`)
      continue
    }
    const { entries, error } = indexManifests(file, text)
    if (error) errors.push(`${file}:${error.line}: ${error.message}`)
    for (const { line, document, path } of entries) {
      const object = path.reduce<unknown>(
        (value, step) => (value as Record<string | number, unknown>)[step],
        document.value,
      ) as AnyObject
      documents.push({ file, line, ...judge(object, api, registry) })
    }
  }
  if (documents.length === 0 && errors.length === 0)
    errors.push(`${files.map(({ name }) => name).join(', ')}: expected Kubernetes objects, received none`)
  const rejected = documents.filter(({ accepted }) => !accepted).length
  const exit =
    errors.length > 0 || documents.some(({ apiVersion, kind }) => apiVersion === '' || kind === '')
      ? EXIT_BAD_INPUT
      : rejected > 0
        ? EXIT_NO
        : EXIT_OK
  const stderr = errors.map((error) => `error: ${error}\n`).join('')
  if (format === 'json') return { stdout: json({ kind: 'ValidateReport', documents }), stderr, exit }
  const lines = documents.map(({ file, line, kind, name, accepted, messages }) => {
    const head = `${accepted ? 'accepted' : 'refused '}  ${file}:${line}  ${kind || '?'} ${name || '?'}`
    return [head, ...messages.map((message) => `          ${message.replaceAll('\n', '\n          ')}`)].join('\n')
  })
  return { stdout: `${lines.join('\n')}\n${documents.length - rejected} accepted, ${rejected} refused\n`, stderr, exit }
}

function judge(object: AnyObject, api: Api, registry: ResourceRegistry): Omit<DocumentReport, 'file' | 'line'> {
  const apiVersion = typeof object.apiVersion === 'string' ? object.apiVersion : ''
  const kind = typeof object.kind === 'string' ? object.kind : ''
  const metadata = (typeof object.metadata === 'object' && object.metadata !== null ? object.metadata : {}) as Partial<
    AnyObject['metadata']
  >
  const name = metadata.name ?? metadata.generateName ?? ''
  const said = { apiVersion, kind, name }
  if (apiVersion === '' || kind === '') {
    const missing = [...(apiVersion === '' ? ['apiVersion not set'] : []), ...(kind === '' ? ['kind not set'] : [])]
    return {
      ...said,
      accepted: false,
      messages: [`error validating data: ${missing.length > 1 ? `[${missing.join(', ')}]` : missing[0]}`],
    }
  }
  const resource = registry.byKind(apiVersion, kind)
  if (!resource)
    return {
      ...said,
      accepted: false,
      messages: [`no matches for kind "${kind}" in version "${apiVersion}"`, 'ensure CRDs are installed first'],
    }
  const namespace = resource.namespaced ? (metadata.namespace ?? 'default') : ''
  const created = api.create(resource.key, namespace, object, { fieldValidation: 'Strict' })
  const warnings = (created.warnings ?? []).map((warning) => `Warning: ${warning}`)
  if (created.ok) {
    if (resource.key === 'namespaces') createServiceAccount(api, created.value.metadata.name)
    return { ...said, accepted: true, messages: warnings }
  }
  const { message, details } = created.status
  const causes = details?.causes ?? []
  const messages = causes.length > 1 ? causes.map(({ field, message: text }) => (field ? `${field}: ${text}` : text)) : [message]
  return { ...said, accepted: false, messages: [...warnings, ...messages] }
}
