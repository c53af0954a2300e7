import { quantityMilliValue, quantityValue } from '../../kubernetes/api/quantity.ts'
import { at, type Fields, fields, isSet, items, number, sortedEntries, text, texts } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { rfc1123 } from '../human-time.ts'
import { goQuote } from '../printers/go-format.ts'
import type { DescribeWriter } from './writer.ts'

const orNone = (value: string): string => value || '<none>'
const joinHost = (host: string, port: string): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

function portsText(ports: readonly Fields[], field: 'containerPort' | 'hostPort'): string {
  return ports
    .map((port) => {
      const name = text(port['name'])
      return `${number(port[field])}/${text(port['protocol'])}${name === '' ? '' : ` (${name})`}`
    })
    .join(', ')
}

function writePorts(w: DescribeWriter, title: string, ports: string): void {
  if (ports.includes(',')) w.line(2, `${title}s:`, ports)
  else w.line(2, `${title}:`, orNone(ports))
}

/** `http-get http://:8080/healthz delay=0s …`. Models describe's DescribeProbe. */
export function probeText(probe: Fields): string {
  const attributes = `delay=${number(probe['initialDelaySeconds'])}s timeout=${number(probe['timeoutSeconds'])}s period=${number(probe['periodSeconds'])}s #success=${number(probe['successThreshold'])} #failure=${number(probe['failureThreshold'])}`
  if (isSet(probe['exec'])) return `exec [${texts(at(probe, 'exec.command')).join(' ')}] ${attributes}`
  if (isSet(probe['httpGet'])) {
    const get = fields(probe['httpGet'])
    const port = text(get['port'])
    const host = port === '' ? text(get['host']) : joinHost(text(get['host']), port)
    const scheme = text(get['scheme']).toLowerCase()
    const path = text(get['path'])
    return `http-get ${scheme === '' ? '' : `${scheme}:`}//${host}${path !== '' && !path.startsWith('/') ? '/' : ''}${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')} ${attributes}`
  }
  if (isSet(probe['tcpSocket']))
    return `tcp-socket ${text(at(probe, 'tcpSocket.host'))}:${text(at(probe, 'tcpSocket.port'))} ${attributes}`
  if (isSet(probe['grpc'])) return `grpc <pod>:${number(at(probe, 'grpc.port'))} ${text(at(probe, 'grpc.service'))} ${attributes}`
  return `unknown ${attributes}`
}

export function writeResources(w: DescribeWriter, resources: unknown, level: number): void {
  for (const [title, list] of [
    ['Limits', at(resources, 'limits')],
    ['Requests', at(resources, 'requests')],
  ] as const) {
    const entries = sortedEntries(list)
    if (entries.length > 0) w.line(level, `${title}:`)
    for (const [name, quantity] of entries) w.line(level + 1, `${name}:`, quantity)
  }
}

function writeState(w: DescribeWriter, title: string, state: Fields): void {
  if (isSet(state['running'])) {
    w.line(2, `${title}:`, 'Running')
    w.line(3, 'Started:', rfc1123(at(state, 'running.startedAt')))
  } else if (isSet(state['waiting'])) {
    w.line(2, `${title}:`, 'Waiting')
    const reason = text(at(state, 'waiting.reason'))
    if (reason !== '') w.line(3, 'Reason:', reason)
  } else if (isSet(state['terminated'])) {
    const ended = fields(state['terminated'])
    w.line(2, `${title}:`, 'Terminated')
    if (text(ended['reason']) !== '') w.line(3, 'Reason:', text(ended['reason']))
    if (text(ended['message']) !== '') w.line(3, 'Message:', text(ended['message']))
    w.line(3, 'Exit Code:', number(ended['exitCode']))
    if (number(ended['signal']) > 0) w.line(3, 'Signal:', number(ended['signal']))
    w.line(3, 'Started:', rfc1123(ended['startedAt']))
    w.line(3, 'Finished:', rfc1123(ended['finishedAt']))
  } else w.line(2, `${title}:`, 'Waiting')
}

/** The value of a `resourceFieldRef` in units of its divisor, rounded up. */
function resourceFieldText(container: Fields, reference: Fields): string {
  const resource = text(reference['resource'])
  const [list = '', ...rest] = resource.split('.')
  const name = rest.join('.')
  const quantity = text(fields(at(container, `resources.${list}`))[name]) || '0'
  const divisor = text(reference['divisor'])
  const unit = divisor === '' || divisor === '0' ? '1' : divisor
  const value =
    name === 'cpu'
      ? Math.ceil(quantityMilliValue(quantity) / quantityMilliValue(unit))
      : Math.ceil(quantityValue(quantity) / quantityValue(unit))
  return value === 0 && (resource === 'limits.cpu' || resource === 'limits.memory') ? 'node allocatable' : String(value)
}

const mapText = (map: unknown): string =>
  sortedEntries(map)
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n')

/** Only what the metadata of the Pod tells is resolved. Models kubectl's fieldpath.ExtractFieldPathAsString. */
function podFieldText(pod: Fields | undefined, path: string): string {
  if (!pod) return ''
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript) return text(fields(at(pod, `metadata.${subscript[1]}`))[subscript[2]!])
  switch (path) {
    case 'metadata.name':
    case 'metadata.namespace':
    case 'metadata.uid':
      return text(at(pod, path))
    case 'metadata.labels':
    case 'metadata.annotations':
      return mapText(at(pod, path))
    default:
      return ''
  }
}

function writeEnvironment(w: DescribeWriter, container: Fields, pod: Fields | undefined): void {
  const variables = items(container['env'])
  w.write(2, `Environment:${variables.length === 0 ? '\t<none>' : ''}\n`)
  for (const variable of variables) {
    const name = `${text(variable['name'])}:`
    const from = variable['valueFrom']
    if (!isSet(from)) {
      for (const [index, line] of text(variable['value']).split('\n').entries()) w.line(3, index === 0 ? name : '', line)
      continue
    }
    const field = at(from, 'fieldRef')
    const resource = at(from, 'resourceFieldRef')
    const secret = at(from, 'secretKeyRef')
    const config = at(from, 'configMapKeyRef')
    if (isSet(field)) {
      const path = text(at(field, 'fieldPath'))
      w.line(3, name, `${podFieldText(pod, path)} (${text(at(field, 'apiVersion'))}:${path})`)
    } else if (isSet(resource))
      w.line(3, name, `${resourceFieldText(container, fields(resource))} (${text(at(resource, 'resource'))})`)
    else if (isSet(secret))
      w.line(
        3,
        name,
        `<set to the key '${text(at(secret, 'key'))}' in secret '${text(at(secret, 'name'))}'>`,
        `Optional: ${at(secret, 'optional') === true}`,
      )
    else if (isSet(config))
      w.line(
        3,
        name,
        `<set to the key '${text(at(config, 'key'))}' of config map '${text(at(config, 'name'))}'>`,
        `Optional: ${at(config, 'optional') === true}`,
      )
  }
}

function writeEnvironmentFrom(w: DescribeWriter, container: Fields): void {
  const sources = items(container['envFrom'])
  if (sources.length === 0) return
  w.line(2, 'Environment Variables from:')
  for (const source of sources) {
    const isConfig = isSet(source['configMapRef'])
    const reference = isConfig ? source['configMapRef'] : source['secretRef']
    const kind = isConfig ? 'ConfigMap' : isSet(reference) ? 'Secret' : ''
    const prefix = text(source['prefix'])
    w.line(
      3,
      text(at(reference, 'name')),
      prefix === '' ? kind : `${kind} with prefix '${prefix}'`,
      `Optional: ${at(reference, 'optional') === true}`,
    )
  }
}

function writeMounts(w: DescribeWriter, container: Fields): void {
  const mounts = goSort(items(container['volumeMounts']), (a, b) => text(a['mountPath']) < text(b['mountPath']))
  const none = mounts.length === 0 ? '\t<none>' : ''
  w.write(2, `Mounts:${none}\n`)
  for (const mount of mounts) {
    const path = text(mount['subPath'])
    const flags = [mount['readOnly'] === true ? 'ro' : 'rw', ...(path === '' ? [] : [`path=${goQuote(path)}`])]
    w.line(3, `${text(mount['mountPath'])} from ${text(mount['name'])} (${flags.join(',')})`)
  }
  const devices = goSort(items(container['volumeDevices']), (a, b) => text(a['devicePath']) < text(b['devicePath']))
  if (devices.length > 0) w.write(2, `Devices:${none}\n`)
  for (const device of devices) w.line(3, `${text(device['devicePath'])} from ${text(device['name'])}`)
}

export interface ContainersOptions {
  readonly statuses?: unknown
  /** For the values of downward API variables; absent in templates. */
  readonly pod?: Fields
  /** Of the title, in templates. */
  readonly space?: string
}

export function writeContainers(
  w: DescribeWriter,
  title: string,
  list: unknown,
  { statuses, pod, space = '' }: ContainersOptions,
): void {
  const containers = items(list)
  w.write(0, `${space}${title}:${containers.length === 0 ? ' <none>' : ''}\n`)
  for (const container of containers) {
    const name = text(container['name'])
    const status = items(statuses).findLast((candidate) => candidate['name'] === name)
    w.line(1, `${space === '' ? '' : ' '}${name}:`)
    if (status) w.line(2, 'Container ID:', text(status['containerID']))
    w.line(2, 'Image:', text(container['image']))
    if (status) w.line(2, 'Image ID:', text(status['imageID']))
    writePorts(w, 'Port', portsText(items(container['ports']), 'containerPort'))
    writePorts(w, 'Host Port', portsText(items(container['ports']), 'hostPort'))
    const profile = at(container, 'securityContext.seccompProfile')
    if (isSet(profile)) {
      w.line(2, 'SeccompProfile:', text(at(profile, 'type')))
      if (at(profile, 'type') === 'Localhost') w.line(3, 'LocalhostProfile:', text(at(profile, 'localhostProfile')))
    }
    for (const [label, words] of [
      ['Command:', container['command']],
      ['Args:', container['args']],
    ] as const) {
      if (texts(words).length > 0) w.line(2, label)
      for (const word of texts(words)) for (const line of word.split('\n')) w.line(3, line)
    }
    if (status) {
      writeState(w, 'State', fields(status['state']))
      if (isSet(at(status, 'lastState.terminated'))) writeState(w, 'Last State', fields(status['lastState']))
      w.line(2, 'Ready:', status['ready'] === true ? 'True' : 'False')
      w.line(2, 'Restart Count:', number(status['restartCount']))
    }
    writeResources(w, container['resources'], 2)
    for (const [label, probe] of [
      ['Liveness:', container['livenessProbe']],
      ['Readiness:', container['readinessProbe']],
      ['Startup:', container['startupProbe']],
    ] as const)
      if (isSet(probe)) w.line(2, label, probeText(fields(probe)))
    writeEnvironmentFrom(w, container)
    writeEnvironment(w, container, pod)
    writeMounts(w, container)
  }
}
