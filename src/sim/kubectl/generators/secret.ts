import { isConfigMapKey } from '../../kubernetes/apiserver/validation/names.ts'
import type { Command, Environment } from '../command.ts'
import { fail } from '../failure.ts'
import type { Fields } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import { encodeBase64 } from './encode-base64.ts'
import { compact, generatorCommand, generatorGroup } from './generator.ts'
import { type KeyValue, keyValuesOf } from './key-values.ts'

const FROM_FILE: FlagSpec = { name: 'from-file', type: 'stringSlice', meaning: 'file', summary: 'File, or key=file' }

function secretOf(name: string, type: string, pairs: readonly KeyValue[]): Fields {
  const data: Record<string, string> = {}
  for (const [key, value] of pairs) {
    const problems = isConfigMapKey(key)
    if (problems.length > 0) fail(`${JSON.stringify(key)} is not valid key name for a Secret ${problems.join(';')}`)
    if (key in data) fail(`cannot add key ${key}, another key by that name already exists`)
    data[key] = encodeBase64(value)
  }
  return compact({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: type || undefined, data })
}

export const createGenericSecret: Command = generatorCommand({
  path: ['create', 'secret', 'generic'],
  summary: 'Create a Secret from files or literals',
  usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  resource: 'secrets',
  flags: [
    FROM_FILE,
    { name: 'from-literal', type: 'stringArray', summary: 'key=value' },
    { name: 'from-env-file', type: 'stringSlice', meaning: 'file', summary: 'File of key=value lines' },
    { name: 'type', type: 'string', summary: 'Type of the Secret' },
  ],
  failurePrefix: 'failed to create secret ',
  generate: ({ env, flags }, name) => secretOf(name, flags.string('type'), keyValuesOf(env, flags, 'literals first')),
})

const DOCKER_CONFIG_KEY = '.dockerconfigjson'

export const createDockerRegistrySecret: Command = generatorCommand({
  path: ['create', 'secret', 'docker-registry'],
  summary: 'Create a Secret for an image registry',
  usage: 'NAME --docker-username=user --docker-password=password [--docker-server=string]',
  resource: 'secrets',
  flags: [
    { name: 'docker-username', type: 'string', summary: 'User of the registry' },
    { name: 'docker-password', type: 'string', summary: 'Password of the registry' },
    { name: 'docker-email', type: 'string', summary: 'Mail address' },
    { name: 'docker-server', type: 'string', default: 'https://index.docker.io/v1/', summary: 'Address of the registry' },
    FROM_FILE,
  ],
  failurePrefix: 'failed to create secret ',
  generate({ env, flags }, name) {
    const [username, password, email, server] = ['username', 'password', 'email', 'server'].map((part) =>
      flags.string(`docker-${part}`),
    ) as [string, string, string, string]
    const type = 'kubernetes.io/dockerconfigjson'
    const files = flags.list('from-file')
    if (files.length > 0) {
      return secretOf(
        name,
        type,
        files.map((source) => {
          const [key, path] = source.includes('=') ? (source.split('=') as [string, string]) : [DOCKER_CONFIG_KEY, source]
          return [key, env.file(path) ?? fail(`error reading ${path}: no such file or directory`)]
        }),
      )
    }
    if (username === '' || password === '' || server === '')
      fail('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required')
    const auth = encodeBase64(`${username}:${password}`)
    const entry = compact({ username, password, email: email || undefined, auth })
    return secretOf(name, type, [[DOCKER_CONFIG_KEY, JSON.stringify({ auths: { [server]: entry } })]])
  },
})

const readOrFail = (env: Environment, path: string): string =>
  env.file(path) ?? fail(`Cannot read file ${path}, open ${path}: no such file or directory`)

/** Simplified: that key and certificate belong together is not checked. */
export const createTlsSecret: Command = generatorCommand({
  path: ['create', 'secret', 'tls'],
  summary: 'Create a Secret from a certificate and its key',
  usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file',
  resource: 'secrets',
  flags: [
    { name: 'cert', type: 'string', meaning: 'file', summary: 'File of the certificate' },
    { name: 'key', type: 'string', meaning: 'file', summary: 'File of the private key' },
  ],
  failurePrefix: 'failed to create secret ',
  generate({ env, flags }, name) {
    if (flags.string('cert') === '' || flags.string('key') === '') fail('key and cert must be specified')
    const cert = readOrFail(env, flags.string('cert'))
    const key = readOrFail(env, flags.string('key'))
    if (!cert.includes('-----BEGIN CERTIFICATE-----')) fail('tls: failed to find any PEM data in certificate input')
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) fail('tls: failed to find any PEM data in key input')
    return secretOf(name, 'kubernetes.io/tls', [
      ['tls.crt', cert],
      ['tls.key', key],
    ])
  },
})

export const createSecret: Command = generatorGroup(['create', 'secret'], [], 'Create a Secret', [
  createDockerRegistrySecret,
  createGenericSecret,
  createTlsSecret,
])
