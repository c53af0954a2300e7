import { isNode, LineCounter, parseAllDocuments } from 'yaml'
import { parseScenario } from '../sim/scenario/parse.ts'
import { refuseYaml } from '../sim/scenario/yaml-guard.ts'
import type { Api } from '../sim/kubernetes/api/client.ts'
import type { ResourceRegistry } from '../sim/kubernetes/api/resources.ts'
import type { AnyObject } from '../sim/kubernetes/api/types.ts'
import type { Diagnostic } from './protocol.ts'

/** `spec.containers[0].ports[1].name` as a path into a document; a key in brackets that is no number is a map key. */
function pathOf(field: string): readonly (string | number)[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, bracket, name]) =>
    bracket === undefined ? name! : /^\d+$/.test(bracket) ? Number(bracket) : bracket,
  )
}

/** Words between quotes after `unknown field`: `strict decoding error: unknown field "spec.replica"`. */
const UNKNOWN_FIELD = /unknown field "([^"]+)"/g
const GO_FIELD = /Go struct field \S+?\.((?:[a-z]\w*\.?)+) of type/

/**
 * What an API server would say to each document of a text, at the line and column it is about. Nothing is written: each document is created as a dry run,
 * so what exists already is looked at as an update.
 */
export function diagnose(source: string, api: Api, registry: ResourceRegistry): readonly Diagnostic[] {
  const parsed = parseScenario(source)
  const diagnostics: Diagnostic[] = parsed.problems.map((problem) => ({ ...problem }))
  if (refuseYaml(source)) return diagnostics
  const lines = new LineCounter()
  const documents = parseAllDocuments(parsed.manifests === '' ? '' : parsed.manifests, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  for (const document of Array.isArray(documents) ? documents : []) {
    const report = (severity: Diagnostic['severity'], [from, to]: readonly [number, number], path: string, message: string): void => {
      const { line, col } = lines.linePos(from)
      diagnostics.push({ severity, from, to: Math.max(from + 1, to), line, column: col, path, message })
    }
    const rangeOf = (path: readonly (string | number)[]): readonly [number, number] => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true)
        if (isNode(node) && node.range) return [node.range[0], node.range[1]]
      }
      const start = isNode(document.contents) && document.contents.range ? document.contents.range[0] : document.range[0]
      const end = source.indexOf('\n', start)
      return [start, end < 0 ? source.length : end]
    }
    for (const error of document.errors) report('error', error.pos, '', error.message)
    for (const warning of document.warnings) report('warning', warning.pos, '', warning.message)
    if (document.errors.length > 0 || document.contents === null) continue
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: 100 })
    } catch {
      report('error', rangeOf([]), '', 'too many aliases')
      continue
    }
    for (const object of itemsOf(value)) judge(object, api, registry, report, rangeOf)
  }
  return diagnostics
}

function itemsOf(value: unknown): readonly unknown[] {
  const list = value as { kind?: unknown; items?: unknown } | null
  return typeof list === 'object' && list !== null && list.kind === 'List' && Array.isArray(list.items) ? list.items : [value]
}

function judge(
  value: unknown,
  api: Api,
  registry: ResourceRegistry,
  report: (severity: Diagnostic['severity'], range: readonly [number, number], path: string, message: string) => void,
  rangeOf: (path: readonly (string | number)[]) => readonly [number, number],
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report('error', rangeOf([]), '', 'expected a Kubernetes object, received something else')
    return
  }
  const object = value as AnyObject
  const missing = [
    ...(typeof object.apiVersion === 'string' && object.apiVersion !== '' ? [] : ['apiVersion not set']),
    ...(typeof object.kind === 'string' && object.kind !== '' ? [] : ['kind not set']),
  ]
  if (missing.length > 0) {
    report('error', rangeOf([]), '', missing.join(', '))
    return
  }
  const resource = registry.byKind(object.apiVersion, object.kind)
  if (!resource) {
    report('error', rangeOf(['kind']), 'kind', `no matches for kind "${object.kind}" in version "${object.apiVersion}"`)
    return
  }
  const metadata = object.metadata ?? {}
  const namespace = resource.namespaced ? (metadata.namespace ?? 'default') : ''
  const exists = typeof metadata.name === 'string' && api.get(resource.key, namespace, metadata.name).ok
  const options = { dryRun: true, fieldValidation: 'Strict' } as const
  const answered = exists
    ? api.patch(resource.key, namespace, metadata.name, { type: 'merge', body: object }, options)
    : api.create(resource.key, namespace, object, options)
  for (const warning of answered.warnings ?? []) report('warning', rangeOf([]), '', warning)
  if (answered.ok) return
  const { message, details } = answered.status
  const unknown = [...message.matchAll(UNKNOWN_FIELD)]
  if (unknown.length > 0) {
    for (const [text, field] of unknown) report('error', rangeOf(pathOf(field!)), field!, text)
    return
  }
  const causes = details?.causes?.filter(({ field }) => field !== undefined) ?? []
  if (causes.length > 0) {
    for (const { field, message: text } of causes) report('error', rangeOf(pathOf(field!)), field!, `${field}: ${text}`)
    return
  }
  const field = GO_FIELD.exec(message)?.[1]
  report('error', field ? rangeOf(pathOf(field)) : rangeOf([]), field ?? '', message)
}
