import { isConfigMapKey } from '../../kubernetes/apiserver/validation/names.ts'
import type { Command } from '../command.ts'
import { fail } from '../failure.ts'
import { generatorCommand } from './generator.ts'
import { keyValuesOf } from './key-values.ts'

export const createConfigMap: Command = generatorCommand({
  path: ['create', 'configmap'],
  aliases: ['cm'],
  summary: 'Create a ConfigMap from files or literals',
  usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1]',
  resource: 'configmaps',
  flags: [
    { name: 'from-file', type: 'stringSlice', meaning: 'file', summary: 'File, or key=file' },
    { name: 'from-literal', type: 'stringArray', summary: 'key=value' },
    { name: 'from-env-file', type: 'stringSlice', meaning: 'file', summary: 'File of key=value lines' },
  ],
  failurePrefix: 'failed to create configmap: ',
  generate({ env, flags }, name) {
    const data: Record<string, string> = {}
    for (const [key, value] of keyValuesOf(env, flags, 'files first')) {
      const problems = isConfigMapKey(key)
      if (problems.length > 0) fail(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${problems.join(',')}`)
      if (key in data)
        fail(
          `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(name)}`,
        )
      data[key] = value
    }
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
  },
})
