import type { ConfigMap, Container, Pod, Secret, Service } from '../kubernetes/api/types.ts'
import type { Store } from '../kubernetes/etcd/store.ts'
import type { ServiceClient } from '../kubernetes/proxy/service-client.ts'

interface Result {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

const DNS_SERVER = '10.96.0.10'
const ok = (stdout: string): Result => ({ stdout, stderr: '', exit: 0 })
const failed = (stderr: string, exit = 1): Result => ({ stdout: '', stderr: `${stderr}\n`, exit })

/** Base64 of a Secret's value as text; bytes beyond Latin-1 are kept as they are. */
function decoded(value: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let bits = 0
  let held = 0
  let text = ''
  for (const char of value) {
    const six = alphabet.indexOf(char)
    if (six < 0) continue
    held = (held << 6) | six
    bits += 6
    if (bits < 8) continue
    bits -= 8
    text += String.fromCharCode((held >> bits) & 255)
  }
  return text
}

/**
 * The few programs that `kubectl exec` can run in a Pod because the world can answer them: `nslookup`, `wget`, `curl`, `cat` of mounted configuration,
 * `env`. Undefined: the container's own workload answers.
 */
export function runInPod(
  command: readonly string[],
  pod: Pod,
  containerName: string,
  store: Store,
  client: ServiceClient,
): Result | undefined {
  const [program, ...rest] = command
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === containerName)
  const namespace = pod.metadata.namespace ?? 'default'
  switch (program) {
    case 'nslookup':
      return nslookup(rest.filter((word) => !word.startsWith('-'))[0] ?? '', namespace, client)
    case 'curl':
    case 'wget':
      return fetchUrl(program, rest, pod, client)
    case 'cat':
      return container && rest.length === 1 ? cat(rest[0]!, pod, container, store) : undefined
    case 'env':
    case 'printenv':
      return container
        ? ok(
            environment(pod, container, store)
              .map(([name, value]) => `${name}=${value}\n`)
              .join(''),
          )
        : undefined
    default:
      return undefined
  }
}

function nslookup(name: string, namespace: string, client: ServiceClient): Result {
  const head = `Server:\t\t${DNS_SERVER}\nAddress:\t${DNS_SERVER}:53\n\n`
  const answer = client.lookUp(name, namespace)
  if (answer.type === 'A')
    return ok(`${head}${answer.addresses.map((address) => `Name:\t${answer.name}\nAddress: ${address}\n`).join('')}\n`)
  if (answer.type === 'CNAME') return ok(`${head}${answer.name}\tcanonical name = ${answer.target}\n\n`)
  return { stdout: `${head}** server can't find ${name}: NXDOMAIN\n\n`, stderr: '', exit: 1 }
}

function fetchUrl(program: 'curl' | 'wget', words: readonly string[], pod: Pod, client: ServiceClient): Result {
  const url = words.find((word) => !word.startsWith('-') && word !== '/dev/null')
  const match = /^(?:http:\/\/)?([^:/]+)(?::(\d+))?(\/.*)?$/.exec(url ?? '')
  if (!match)
    return failed(
      program === 'curl' ? 'curl: (3) URL rejected: Malformed input to a URL function' : 'wget: not an http or ftp url',
      program === 'curl' ? 3 : 1,
    )
  const [, host = '', portText = '80', path = '/'] = match
  const port = Number(portText)
  const heard = client.get({ node: pod.spec.nodeName ?? '', namespace: pod.metadata.namespace ?? 'default' }, host, port, path)
  switch (heard.type) {
    case 'answered':
      if (heard.status >= 400 && program === 'wget') return failed(`wget: server returned error: HTTP/1.1 ${heard.status}`)
      return ok(words.includes('/dev/null') ? '' : `${heard.status === 200 ? 'OK' : heard.status} from ${heard.from}\n`)
    case 'unknown host':
      return program === 'curl' ? failed(`curl: (6) Could not resolve host: ${host}`, 6) : failed(`wget: bad address '${host}'`)
    case 'refused':
      return program === 'curl'
        ? failed(`curl: (7) Failed to connect to ${host} port ${port} after 0 ms: Could not connect to server`, 7)
        : failed(`wget: can't connect to remote host (${heard.address}): Connection refused`)
    case 'silent':
      return program === 'curl'
        ? failed(`curl: (28) Failed to connect to ${host} port ${port} after 2000 ms: Timeout was reached`, 28)
        : failed('wget: download timed out')
  }
}

function cat(path: string, pod: Pod, container: Container, store: Store): Result | undefined {
  const namespace = pod.metadata.namespace ?? 'default'
  const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath.replace(/\/$/, '')}/`))
  const volume = mount && pod.spec.volumes?.find(({ name }) => name === mount.name)
  if (!mount || !volume || (!volume.configMap && !volume.secret)) return undefined
  const file = path.slice(mount.mountPath.replace(/\/$/, '').length + 1)
  const source = volume.configMap ?? volume.secret!
  const key = source.items ? source.items.find((item) => item.path === file)?.key : file
  const value =
    volume.configMap === undefined
      ? (store.get('secrets', namespace, volume.secret!.secretName ?? '') as unknown as Secret | undefined)?.data?.[key ?? '']
      : (store.get('configmaps', namespace, volume.configMap.name ?? '') as unknown as ConfigMap | undefined)?.data?.[key ?? '']
  if (value === undefined) return failed(`cat: can't open '${path}': No such file or directory`)
  return ok(volume.configMap ? value : decoded(value))
}

/** What the kubelet gives a container: the Services of its namespace that were there before it, then the container's own variables. */
function environment(pod: Pod, container: Container, store: Store): readonly (readonly [string, string])[] {
  const namespace = pod.metadata.namespace ?? 'default'
  const variables: (readonly [string, string])[] = [['HOSTNAME', pod.spec.hostname ?? pod.metadata.name]]
  const created = pod.metadata.creationTimestamp ?? ''
  const services = [
    ...store.scan('services', namespace),
    ...(namespace === 'default' ? [] : [store.get('services', 'default', 'kubernetes')]),
  ]
  for (const object of services) {
    const service = object as unknown as Service | undefined
    if (!service || service.spec.clusterIP === 'None' || !service.spec.clusterIP) continue
    const isApi = service.metadata.name === 'kubernetes'
    if (!isApi && (pod.spec.enableServiceLinks === false || (service.metadata.creationTimestamp ?? '') > created)) continue
    const prefix = service.metadata.name.toUpperCase().replaceAll('-', '_')
    variables.push(
      [`${prefix}_SERVICE_HOST`, service.spec.clusterIP],
      [`${prefix}_SERVICE_PORT`, String(service.spec.ports?.[0]?.port ?? '')],
    )
  }
  const configMap = (name: string | undefined): Readonly<Record<string, string>> =>
    (store.get('configmaps', namespace, name ?? '') as unknown as ConfigMap | undefined)?.data ?? {}
  const secret = (name: string | undefined): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries((store.get('secrets', namespace, name ?? '') as unknown as Secret | undefined)?.data ?? {}).map(
        ([key, value]) => [key, decoded(value)],
      ),
    )
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? [])
    for (const [key, value] of Object.entries(configMapRef ? configMap(configMapRef.name) : secret(secretRef?.name)))
      variables.push([`${prefix}${key}`, value])
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom ?? {}
    const found = configMapKeyRef
      ? configMap(configMapKeyRef.name)[configMapKeyRef.key]
      : secretKeyRef
        ? secret(secretKeyRef.name)[secretKeyRef.key]
        : fieldRef
          ? fieldOf(pod, fieldRef.fieldPath)
          : (value ?? '')
    if (found !== undefined) variables.push([name, found])
  }
  return variables
}

function fieldOf(pod: Pod, path: string): string {
  const label = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (label) return pod.metadata[label[1] as 'labels' | 'annotations']?.[label[2]!] ?? ''
  let value: unknown = pod
  for (const step of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined
  return typeof value === 'string' ? value : ''
}
