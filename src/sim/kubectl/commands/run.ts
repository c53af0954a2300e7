import { withSavedConfig } from '../apply/last-applied.ts'
import { isEnvName } from '../../kubernetes/apiserver/validation/names.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { aggregate, check, fail, type Failure, isFailure, messageOf, usageError } from '../failure.ts'
import type { Fields } from '../fields.ts'
import { parseLabelSpec, serviceObject } from '../generators/exposed-service.ts'
import { compact, typedObject } from '../generators/generator.ts'
import { OVERRIDE_FLAGS, overridden } from '../generators/overrides.ts'
import { parsePairs } from '../pairs.ts'
import {
  answered,
  deleteFlags,
  DRY_RUN_FLAG,
  type DryRun,
  dryRunOf,
  fieldManagerFlag,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFlags,
  SAVE_CONFIG_FLAG,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'

const HOST =
  '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?'
const PART = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*'
const IMAGE = new RegExp(
  `^(?:(?:${HOST}|\\[(?:[a-fA-F0-9:]+)\\](?::[0-9]+)?)/)?${PART}(?:/${PART})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
)

const variableOf = (text: string): Fields => {
  const equals = text.indexOf('=')
  const name = text.slice(0, Math.max(0, equals))
  return name === '' || isEnvName(name).length > 0 ? fail(`invalid env: ${text}`) : { name, value: text.slice(equals + 1) }
}

const labelsOf = (spec: string): Fields => {
  const labels = parseLabelSpec(spec)
  return 'labels' in labels ? labels.labels : fail(messageOf(labels))
}

/** Models generateversioned.BasicPod. */
function podOf({ args, flags }: Invocation, name: string, restartPolicy: string): Fields {
  const words = args.slice(1)
  const isCommand = flags.bool('command')
  const variables = flags.list('env').map(variableOf)
  const annotations = Object.fromEntries(parsePairs(flags.list('annotations'), 'annotations', false).set)
  const labels = flags.string('labels')
  const port = flags.string('port')
  if (port !== '' && !/^[+-]?\d+$/.test(port)) fail(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`)
  const isInteractive = flags.bool('stdin')
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: compact({
      name,
      labels: labels === '' ? { run: name } : labelsOf(labels),
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    }),
    spec: {
      containers: [
        compact({
          name,
          image: flags.string('image'),
          command: words.length > 0 && isCommand ? words : undefined,
          args: words.length > 0 && !isCommand ? words : undefined,
          ports: port === '' ? undefined : [{ containerPort: Number(port) }],
          env: variables.length > 0 ? variables : undefined,
          imagePullPolicy: flags.string('image-pull-policy') || undefined,
          stdin: isInteractive || undefined,
          stdinOnce: (isInteractive && !flags.bool('leave-stdin-open')) || undefined,
          tty: flags.bool('tty') || undefined,
          securityContext: flags.bool('privileged') ? { privileged: true } : undefined,
        }),
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy,
    },
  }
}

function createGenerated(invocation: Invocation, resource: string, object: AnyObject, dryRun: DryRun): AnyObject | Failure {
  const { env, flags, namespace } = invocation
  const whole = recorded(invocation, object)
  if (dryRun === 'client') return isNamespaceGiven(invocation) ? { ...whole, metadata: { ...whole.metadata, namespace } } : whole
  const answer = answered(
    invocation,
    env.api.create(resource, namespace, withSavedConfig(whole, flags.bool('save-config')), writeOptions(invocation, dryRun)),
  )
  return 'failure' in answer ? answer.failure : answer.object
}

function restartPolicyOf({ flags }: Invocation): string {
  const restart = flags.string('restart')
  if (restart === '') return flags.bool('stdin') ? 'OnFailure' : 'Always'
  return ['Always', 'OnFailure', 'Never'].includes(restart) ? restart : usageError('run', `invalid restart policy: ${restart}`)
}

/** Models kubectl pkg/cmd/run (v1.35). Simplified: it does not attach to what it runs. */
export const run: Command = {
  path: ['run'],
  summary: 'Run an image as a Pod',
  usage:
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  flags: [
    ...deleteFlags('Remove from the API at once'),
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag('kubectl-run'),
    ...OVERRIDE_FLAGS,
    { name: 'annotations', type: 'stringArray', summary: 'Annotations of the Pod' },
    { name: 'image', type: 'string', summary: 'Image to run' },
    { name: 'image-pull-policy', type: 'string', values: ['Always', 'IfNotPresent', 'Never'], summary: 'When to pull the image' },
    { name: 'rm', type: 'bool', summary: 'Delete the Pod after it ends' },
    { name: 'env', type: 'stringArray', summary: 'KEY=VALUE' },
    { name: 'port', type: 'string', summary: 'Port of the container' },
    { name: 'labels', shorthand: 'l', type: 'string', summary: 'Labels of the Pod' },
    { name: 'stdin', shorthand: 'i', type: 'bool', summary: 'Keep the standard input open' },
    { name: 'tty', shorthand: 't', type: 'bool', summary: 'Give the container a terminal' },
    { name: 'attach', type: 'bool', summary: 'Attach to the Pod once it runs' },
    { name: 'leave-stdin-open', type: 'bool', summary: 'Leave the standard input open' },
    { name: 'restart', type: 'string', default: 'Always', values: ['Always', 'OnFailure', 'Never'], summary: 'Restart policy' },
    { name: 'command', type: 'bool', summary: 'Use the words as the command, not as its arguments' },
    { name: 'expose', type: 'bool', summary: 'Create a Service, too' },
    { name: 'quiet', shorthand: 'q', type: 'bool', summary: 'Print less' },
    { name: 'privileged', type: 'bool', summary: 'Run the container privileged' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', summary: 'How long to wait for the Pod' },
  ],
  run(invocation) {
    requireFlags(invocation, 'image')
    warnOfRecord(invocation)
    const { args, dashAt, env, flags, out } = invocation
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    if (args.length === 0 || dashAt === 0) usageError('run', 'NAME is required for run')
    const image = flags.string('image')
    if (image === '') fail('--image is required')
    if (!IMAGE.test(image)) fail(`Invalid image name ${JSON.stringify(image)}: invalid reference format`)
    const attaches = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin')
    if (flags.bool('tty') && !flags.bool('stdin')) usageError('run', '-i/--stdin is required for containers with -t/--tty=true')
    if (flags.bool('expose') && flags.string('port') === '') usageError('run', '--port must be set when exposing a service')
    const restartPolicy = restartPolicyOf(invocation)
    if (!attaches && flags.bool('rm')) usageError('run', '--rm should only be used for attached containers')
    if (attaches && dryRun !== 'none')
      usageError('run', "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)")
    const pullPolicy = flags.string('image-pull-policy')
    if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy))
      usageError('run', `invalid image pull policy: ${pullPolicy}`)
    if (attaches) fail('attaching is not part of this simulator: run the Pod without -i, then use kubectl logs or kubectl exec')
    const name = args[0]!
    const pod = createGenerated(
      invocation,
      'pods',
      overridden(invocation, typedObject(env, podOf(invocation, name, restartPolicy))),
      dryRun,
    )
    if (isFailure(pod)) return (check(pod), done(1))
    const failures: Failure[] = []
    if (flags.bool('expose')) {
      const labels = flags.string('labels')
      const service = serviceObject({
        name,
        selector: labels === '' ? `run=${name}` : labels,
        labels,
        ports: flags.string('port'),
        protocols: new Map(),
        protocol: '',
        targetPort: '',
        type: '',
        externalIp: '',
        loadBalancerIp: '',
        sessionAffinity: '',
        clusterIp: '',
      })
      const made = isFailure(service) ? service : createGenerated(invocation, 'services', typedObject(env, service), dryRun)
      const failed = isFailure(made) ? made : printer.print(made, 'created')
      if (failed) failures.push(failed)
      else if (flags.string('output') === 'yaml') out.print('---\n')
    }
    check(printer.print(pod, 'created'))
    check(aggregate(failures))
    return done()
  },
}
