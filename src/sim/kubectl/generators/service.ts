import { isDns1123Subdomain, isPortName, isPortNumber } from '../../kubernetes/apiserver/validation/names.ts'
import type { Command, Invocation } from '../command.ts'
import { fail } from '../failure.ts'
import type { Fields } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import { compact, generatorCommand, generatorGroup, intOrString } from './generator.ts'

type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'

const TCP_FLAG: FlagSpec = { name: 'tcp', type: 'stringSlice', summary: 'Port pairs: <port>:<targetPort>' }

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) fail(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  const port = Number(text)
  if (port > 65_535) fail(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`)
  return port
}

/** `80`, `80:8080`, `80:http`. Models create.parsePorts. */
function parsePorts(text: string): { port: number; targetPort: number | string } {
  const [portText = '', targetText] = text.split(':')
  const port = portNumber(portText)
  if (targetText === undefined) return { port, targetPort: port }
  const targetPort = intOrString(targetText)
  const problems = typeof targetPort === 'number' ? isPortNumber(targetPort) : isPortName(targetPort)
  if (problems.length > 0) fail(problems.join(','))
  return { port, targetPort }
}

function serviceOf({ flags }: Invocation, name: string, type: ServiceType): Fields {
  const tcp = flags.list('tcp')
  const clusterIP = type === 'ClusterIP' ? flags.string('clusterip') : ''
  const externalName = type === 'ExternalName' ? flags.string('external-name') : ''
  const nodePort = type === 'NodePort' ? flags.int('node-port') : 0
  if (clusterIP !== 'None' && tcp.length === 0 && type !== 'ExternalName')
    fail('at least one tcp port specifier must be provided')
  if (type === 'ExternalName' && isDns1123Subdomain(externalName).length > 0)
    fail(`invalid service external name ${externalName}`)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name } },
    spec: compact({
      type,
      selector: { app: name },
      ports: tcp.map((text) => ({
        name: text.replaceAll(':', '-'),
        ...parsePorts(text),
        protocol: 'TCP',
        ...(nodePort === 0 ? {} : { nodePort }),
      })),
      externalName: externalName || undefined,
      clusterIP: clusterIP || undefined,
    }),
  }
}

const serviceCommand = (word: string, type: ServiceType, flags: readonly FlagSpec[], required: readonly string[] = []): Command =>
  generatorCommand({
    path: ['create', 'service', word],
    summary: `Create a Service of type ${type}`,
    usage: type === 'ExternalName' ? 'NAME --external-name external.name' : 'NAME [--tcp=port:targetPort]',
    resource: 'services',
    flags,
    required,
    failurePrefix: `failed to create ${type} service: `,
    generate: (invocation, name) => serviceOf(invocation, name, type),
  })

export const createClusterIPService = serviceCommand('clusterip', 'ClusterIP', [
  TCP_FLAG,
  { name: 'clusterip', type: 'string', summary: 'Address, or None for a headless Service' },
])
export const createNodePortService = serviceCommand('nodeport', 'NodePort', [
  TCP_FLAG,
  { name: 'node-port', type: 'int', default: '0', summary: 'Port on every node' },
])
export const createLoadBalancerService = serviceCommand('loadbalancer', 'LoadBalancer', [TCP_FLAG])
export const createExternalNameService = serviceCommand(
  'externalname',
  'ExternalName',
  [TCP_FLAG, { name: 'external-name', type: 'string', summary: 'Name that the Service stands for' }],
  ['external-name'],
)

export const createService: Command = generatorGroup(['create', 'service'], ['svc'], 'Create a Service', [
  createClusterIPService,
  createExternalNameService,
  createLoadBalancerService,
  createNodePortService,
])
