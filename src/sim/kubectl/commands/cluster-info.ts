import { type Command, done } from '../command.ts'
import { check, fail, statusFailure } from '../failure.ts'
import { at, fields, items, text } from '../fields.ts'
import { toYaml } from '../printers/yaml.ts'
import { indentedJson } from '../printers/json.ts'
import { SERVER_VERSION } from '../server-version.ts'

export const clusterInfo: Command = {
  path: ['cluster-info'],
  summary: 'Show the address of the control plane and of cluster services',
  flags: [],
  run({ env, out }) {
    const found = env.api.list('services', { namespace: 'kube-system', labelSelector: 'kubernetes.io/cluster-service=true' })
    if (!found.ok) check(statusFailure(found.status))
    out.print(`Kubernetes control plane is running at ${env.serverAddress}\n`)
    for (const service of found.ok ? found.value.items : []) {
      const [port] = items(at(service, 'spec.ports'))
      const name = text(at(service, 'metadata.name'))
      const shown = text(port?.['name']) === '' ? name : `${name}:${text(port?.['name'])}`
      out.print(
        `${text(fields(at(service, 'metadata.labels'))['kubernetes.io/name']) || name} is running at ${env.serverAddress}/api/v1/namespaces/kube-system/services/${shown}/proxy\n`,
      )
    }
    out.print("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n")
    return done()
  },
}

export const clusterInfoDump: Command = {
  path: ['cluster-info', 'dump'],
  summary: 'Dump what there is to know for debugging',
  flags: [{ name: 'output', shorthand: 'o', type: 'string', default: 'json', values: ['json', 'yaml'], summary: 'json or yaml' }],
  run({ env, flags, out, namespace }) {
    const print =
      flags.string('output') === 'yaml'
        ? (value: unknown) => `---\n${toYaml(value)}`
        : (value: unknown) => `${indentedJson(value)}\n`
    const dump = (resource: string, kind: string, within?: string): void => {
      const found = env.api.list(resource, within === undefined ? {} : { namespace: within })
      if (found.ok)
        out.print(
          print({
            kind: `${kind}List`,
            apiVersion: 'v1',
            metadata: { resourceVersion: found.value.resourceVersion },
            items: found.value.items,
          }),
        )
      else check(statusFailure(found.status))
    }
    dump('nodes', 'Node')
    for (const within of new Set(['kube-system', namespace]))
      for (const [resource, kind] of [
        ['events', 'Event'],
        ['replicationcontrollers', 'ReplicationController'],
        ['services', 'Service'],
        ['daemonsets.apps', 'DaemonSet'],
        ['deployments.apps', 'Deployment'],
        ['replicasets.apps', 'ReplicaSet'],
        ['pods', 'Pod'],
      ] as const)
        dump(resource, kind, within)
    return done()
  },
}

const CLIENT = { gitVersion: SERVER_VERSION.gitVersion, kustomizeVersion: 'v5.7.1' }

export const version: Command = {
  path: ['version'],
  summary: 'Show the versions of client and server',
  flags: [
    { name: 'client', type: 'bool', summary: 'Only of the client' },
    { name: 'output', shorthand: 'o', type: 'string', values: ['json', 'yaml'], summary: 'json or yaml' },
  ],
  run({ args, flags, env, out }) {
    if (args.length > 0) fail(`extra arguments: [${args.join(' ')}]`)
    const output = flags.string('output')
    if (!['', 'json', 'yaml'].includes(output)) fail("--output must be 'yaml' or 'json'")
    const isReachable = flags.bool('client') ? undefined : env.api.list('namespaces', { limit: 1 })
    const withServer = isReachable?.ok === true
    if (output !== '') {
      const { major, minor, gitVersion, platform } = SERVER_VERSION
      const build = { major, minor, gitVersion, platform }
      const all = {
        clientVersion: build,
        kustomizeVersion: CLIENT.kustomizeVersion,
        ...(withServer ? { serverVersion: build } : {}),
      }
      out.print(output === 'yaml' ? toYaml(all) : `${JSON.stringify(all, null, 2)}\n`)
    } else {
      out.print(`Client Version: ${CLIENT.gitVersion}\nKustomize Version: ${CLIENT.kustomizeVersion}\n`)
      if (withServer) out.print(`Server Version: ${SERVER_VERSION.gitVersion}\n`)
    }
    if (isReachable && !isReachable.ok) check(statusFailure(isReachable.status))
    return done()
  },
}
