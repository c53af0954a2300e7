import type { AnyObject } from '../../kubernetes/api/types.ts'
import type { Command, Environment } from '../command.ts'
import { check, fail } from '../failure.ts'
import { type Fields, fields } from '../fields.ts'
import { collect, select } from '../resource-builder.ts'
import { compact, generatorCommand } from './generator.ts'

const podTemplate = (name: string, image: string, command: readonly string[], restartPolicy: string): Fields => ({
  spec: { containers: [compact({ name, image, command: command.length > 0 ? command : undefined })], restartPolicy },
})

function cronJobOf(env: Environment, namespace: string, from: string): AnyObject {
  const { infos, failure } = collect(select({ env, namespace, args: [from], latest: true }))
  check(failure)
  if (infos.length !== 1) fail('from must be an existing cronjob')
  const { resource, object } = infos[0]!
  if (resource.key !== 'cronjobs.batch') fail(`unknown object type *${resource.version}.${resource.kind}`)
  return object!
}

export const createJob: Command = generatorCommand({
  path: ['create', 'job'],
  summary: 'Create a Job from an image or from a CronJob',
  usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  resource: 'jobs.batch',
  flags: [
    { name: 'image', type: 'string', summary: 'Image to run' },
    { name: 'from', type: 'string', meaning: 'resource', summary: 'CronJob to take the template of' },
  ],
  failurePrefix: 'failed to create job: ',
  generate({ args, env, flags, namespace }, name) {
    const image = flags.string('image')
    const from = flags.string('from')
    const command = args.slice(1)
    if ((image === '') === (from === '')) fail('either --image or --from must be specified')
    if (command.length > 0 && from !== '') fail('cannot specify --from and command')
    if (image !== '')
      return {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: { template: podTemplate(name, image, command, 'Never') },
      }
    const cronJob = cronJobOf(env, namespace, from)
    const template = fields(fields(cronJob['spec'])['jobTemplate'])
    const metadata = fields(template['metadata'])
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: compact({
        name,
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...fields(metadata['annotations']) },
        labels: metadata['labels'],
        ownerReferences: [
          {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            name: cronJob.metadata.name,
            uid: cronJob.metadata.uid,
            controller: true,
          },
        ],
      }),
      spec: template['spec'] ?? {},
    }
  },
})

export const createCronJob: Command = generatorCommand({
  path: ['create', 'cronjob'],
  aliases: ['cj'],
  summary: 'Create a CronJob from an image',
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  resource: 'cronjobs.batch',
  flags: [
    { name: 'image', type: 'string', summary: 'Image to run' },
    { name: 'schedule', type: 'string', summary: 'When to run, in cron format' },
    { name: 'restart', type: 'string', values: ['OnFailure', 'Never'], summary: 'Restart policy of the Pods' },
  ],
  required: ['image', 'schedule'],
  failurePrefix: 'failed to create cronjob: ',
  generate: ({ args, flags }, name) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: {
      schedule: flags.string('schedule'),
      jobTemplate: {
        metadata: { name },
        spec: { template: podTemplate(name, flags.string('image'), args.slice(1), flags.string('restart') || 'OnFailure') },
      },
    },
  }),
})
