import { type Answer, answer, refuse } from '../kubernetes/api/status.ts'
import type { Environment } from './command.ts'
import { compactJson } from './printers/json.ts'
import { SERVER_VERSION } from './server-version.ts'

const NOT_FOUND = { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }

/** What the API server says at a path, for `get --raw`. Simplified: objects and lists, health and version; no discovery documents. */
export function rawAnswer({ api, registry }: Environment, path: string): Answer<string> {
  const [route = ''] = path.split('?')
  if (route === '/healthz' || route === '/livez' || route === '/readyz') return answer('ok')
  if (route === '/version') return answer(JSON.stringify(SERVER_VERSION, null, 2))
  const parts = route.split('/').filter((part) => part !== '')
  const isCore = parts[0] === 'api'
  if (!isCore && parts[0] !== 'apis') return refuse(NOT_FOUND)
  const group = isCore ? '' : (parts[1] ?? '')
  const rest = parts.slice(isCore ? 2 : 3)
  const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1]! : ''
  const [plural, name, extra] = namespace === '' ? rest : rest.slice(2)
  const resource = plural === undefined ? undefined : registry.byKey(group === '' ? plural : `${plural}.${group}`)
  if (!resource || extra !== undefined) return refuse(NOT_FOUND)
  if (name !== undefined) {
    const found = api.get(resource.key, namespace, name)
    return found.ok ? answer(`${compactJson(found.value)}\n`) : found
  }
  const found = api.list(resource.key, namespace === '' ? {} : { namespace })
  if (!found.ok) return found
  const { items, resourceVersion } = found.value
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
  return answer(`${compactJson({ kind: `${resource.kind}List`, apiVersion, metadata: { resourceVersion }, items })}\n`)
}
