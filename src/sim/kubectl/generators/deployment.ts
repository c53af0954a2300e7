import type { Command } from '../command.ts'
import { fail } from '../failure.ts'
import { compact, generatorCommand } from './generator.ts'

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** `redis.io/x_y:1@sha256:…` → `x-y-` and five letters. Simplified: the letters follow from the image, upstream draws them. */
export function containerNameOf(image: string): string {
  const name = image.split('/').at(-1)!.split(':')[0]!.split('@')[0]!
  if (!/[_.]/.test(name)) return name
  let hash = 2_166_136_261
  for (const char of image) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619) >>> 0
  let suffix = ''
  for (let i = 0; i < 5; i++) {
    suffix += SUFFIX_LETTERS[hash % SUFFIX_LETTERS.length]!
    hash = Math.floor(hash / SUFFIX_LETTERS.length)
  }
  return `${name.replaceAll('_', '-').replaceAll('.', '-')}-${suffix}`
}

export const createDeployment: Command = generatorCommand({
  path: ['create', 'deployment'],
  aliases: ['deploy'],
  summary: 'Create a Deployment from an image',
  usage: 'NAME --image=image -- [COMMAND] [args...]',
  resource: 'deployments.apps',
  flags: [
    { name: 'image', type: 'stringSlice', summary: 'Images, a container each' },
    { name: 'port', type: 'int32', default: '-1', summary: 'Port of the first container' },
    { name: 'replicas', shorthand: 'r', type: 'int32', default: '1', summary: 'Number of Pods' },
  ],
  required: ['image'],
  failurePrefix: 'failed to create deployment: ',
  generate({ args, flags }, name) {
    const images = flags.list('image')
    const command = args.slice(1)
    if (images.length > 1 && command.length > 0) fail('cannot specify multiple --image options and command')
    const port = flags.int('port')
    const labels = { app: name }
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: flags.int('replicas'),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: images.map((image, index) =>
              compact({
                name: containerNameOf(image),
                image,
                command: command.length > 0 ? command : undefined,
                ports: index === 0 && port >= 0 ? [{ containerPort: port }] : undefined,
              }),
            ),
          },
        },
      },
    }
  },
})
