import type { Command } from '../command.ts'
import { fail } from '../failure.ts'
import type { Fields } from '../fields.ts'
import { compact, generatorCommand, intOrString } from './generator.ts'

const RULE = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+/

function backendOf(service: string): Fields {
  const [name = '', port = ''] = service.split(':')
  const parsed = intOrString(port)
  return { service: { name, port: typeof parsed === 'number' ? { number: parsed } : { name: parsed } } }
}

function pathOf(text: string): Fields {
  const [path = '', service = ''] = text.split('=')
  const full = `/${path}`
  return full.endsWith('*')
    ? { path: full.slice(0, -1), pathType: 'Prefix', backend: backendOf(service) }
    : { path: full, pathType: 'Exact', backend: backendOf(service) }
}

function rulesOf(rules: readonly string[]): readonly Fields[] {
  const hosts = new Map<string, Fields[]>()
  for (const rule of rules) {
    const bare = rule.split(',')[0]!
    const slash = bare.indexOf('/')
    const host = bare.slice(0, slash)
    const paths = hosts.get(host)
    if (paths) paths.push(pathOf(bare.slice(slash + 1)))
    else hosts.set(host, [pathOf(bare.slice(slash + 1))])
  }
  return [...hosts].map(([host, paths]) => compact({ host: host || undefined, http: { paths } }))
}

function tlsOf(rules: readonly string[]): readonly Fields[] {
  const seen = new Set<string>()
  const out: { hosts: string[]; secretName: string }[] = []
  for (const rule of rules) {
    const [, tls, extra] = rule.split(',')
    if (tls === undefined || extra !== undefined) continue
    const host = rule.split('/')[0]!
    if (seen.has(host)) continue
    seen.add(host)
    const secretName = tls.split('=')[1] ?? ''
    const same = out.find((entry) => entry.secretName === secretName)
    if (same) same.hosts.push(host)
    else if (host !== '' || secretName !== '') out.push({ hosts: host === '' ? [] : [host], secretName })
  }
  return out.map(({ hosts, secretName }) =>
    compact({ hosts: hosts.length > 0 ? hosts : undefined, secretName: secretName || undefined }),
  )
}

export const createIngress: Command = generatorCommand({
  path: ['create', 'ingress'],
  aliases: ['ing'],
  summary: 'Create an Ingress',
  usage: 'NAME --rule=host/path=service:port[,tls[=secret]]',
  resource: 'ingresses.networking.k8s.io',
  flags: [
    { name: 'class', type: 'string', summary: 'Class of the Ingress' },
    { name: 'rule', type: 'stringArray', summary: 'host/path=service:port[,tls=secret]; a path that ends in * is a prefix' },
    { name: 'default-backend', type: 'string', summary: 'service:port for everything else' },
    { name: 'annotation', type: 'stringArray', summary: 'key=value' },
  ],
  failurePrefix: 'failed to create ingress: ',
  generate({ flags }, name) {
    const rules = flags.list('rule')
    const defaultBackend = flags.string('default-backend')
    if (defaultBackend === '' && rules.length === 0)
      fail(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      )
    for (const rule of rules)
      if (!RULE.test(rule)) fail(`rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`)
    const annotations: Record<string, string> = {}
    for (const annotation of flags.list('annotation')) {
      const equals = annotation.indexOf('=')
      if (equals < 0) fail(`annotation ${annotation} is invalid and should be in format key=[value]`)
      annotations[annotation.slice(0, equals)] = annotation.slice(equals + 1)
    }
    if (defaultBackend !== '' && defaultBackend.split(':').length !== 2)
      fail('default-backend should be in format servicename:serviceport')
    const tls = tlsOf(rules)
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: compact({ name, annotations: Object.keys(annotations).length > 0 ? annotations : undefined }),
      spec: compact({
        ingressClassName: flags.string('class') || undefined,
        defaultBackend: defaultBackend === '' ? undefined : backendOf(defaultBackend),
        tls: tls.length > 0 ? tls : undefined,
        rules: rules.length > 0 ? rulesOf(rules) : undefined,
      }),
    }
  },
})
