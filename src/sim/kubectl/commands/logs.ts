import type { AnyObject } from '../../kubernetes/api/types.ts'
import type { LogRequest } from '../../kubernetes/kubelet/container-access.ts'
import { again, type Command, done, type Invocation, type Outcome } from '../command.ts'
import { check, errorOf, fail, statusFailure, usageError } from '../failure.ts'
import { fields, isSet, items, text } from '../fields.ts'
import { allContainers, defaultContainer, hasContainer, podsOf } from '../pod-target.ts'
import { isFailure, read, readObject, findResource } from '../selection.ts'
import { selectorFlag } from './common-flags.ts'

const POLL_MS = 200
const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command"

interface Stream {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** Mark of what was already shown. */
  readonly position: string
}

/** Which Pods a line means. */
function targets(invocation: Invocation): readonly AnyObject[] {
  const { args, flags, out, namespace } = invocation
  const selector = flags.string('selector')
  if (selector !== '') {
    const found = read(invocation, ['pods'], { namespace, labelSelector: selector })
    for (const failure of found.failures) check(failure)
    if (found.infos.length === 0) out.error(`No resources found in ${namespace} namespace.\n`)
    return found.infos.map(({ object }) => object)
  }
  const [first = ''] = args
  const [type, name] = first.includes('/') ? first.split('/') : ['pods', first]
  if (first.split('/').length > 2) fail('arguments in resource/name form may not have more than one slash')
  const resource = findResource(invocation, type!)
  if (isFailure(resource)) {
    check(resource)
    return []
  }
  const info = readObject(invocation, resource, namespace, name!)
  if (isFailure(info)) {
    if (info.type === 'status' && info.status.reason === 'NotFound')
      check(errorOf(`error from server (NotFound): ${info.status.message} in namespace ${JSON.stringify(namespace)}`))
    check(info)
    return []
  }
  const pods = podsOf(invocation, resource, info.object)
  if (flags.bool('all-pods')) return pods
  if (pods.length > 1) out.error(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`)
  return pods.slice(0, 1)
}

function streamsOf(invocation: Invocation, pods: readonly AnyObject[]): readonly Stream[] {
  const { args, flags } = invocation
  const named = args[1] ?? flags.string('container')
  return pods.flatMap((pod) => {
    const containers = flags.bool('all-containers')
      ? allContainers(pod)
      : [named || defaultContainer(invocation, pod, flags.bool('all-pods'))]
    return containers.map((container) => {
      if (!hasContainer(pod, container)) check(errorOf(`container ${container} is not valid for pod ${pod.metadata.name}`))
      return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container, position: '' }
    })
  })
}

function requestOf({ flags }: Invocation, stream: Stream): LogRequest {
  const tail = flags.changed('tail') ? flags.int('tail') : flags.string('selector') !== '' ? 10 : -1
  return {
    namespace: stream.namespace,
    pod: stream.pod,
    container: stream.container,
    previous: flags.bool('previous'),
    timestamps: flags.bool('timestamps'),
    ...(flags.duration('since') > 0 ? { sinceMs: flags.duration('since') } : {}),
    ...(flags.string('since-time') === '' ? {} : { sinceTime: flags.string('since-time') }),
    ...(tail >= 0 ? { tailLines: tail } : {}),
    ...(flags.int('limit-bytes') > 0 ? { limitBytes: flags.int('limit-bytes') } : {}),
    ...(stream.position === '' ? {} : { after: stream.position }),
  }
}

const prefixed = (content: string, { pod, container }: Stream): string =>
  content.replaceAll(/^(?=.)/gm, `[pod/${pod}/${container}] `)

function consume(invocation: Invocation, streams: readonly Stream[]): Outcome {
  const { flags, out, env } = invocation
  const open: Stream[] = []
  for (const stream of streams) {
    const found = env.logs(requestOf(invocation, stream))
    if (!found.ok) {
      const failure = statusFailure(found.status)
      if (!flags.bool('ignore-errors')) check(failure)
      out.print(`error: ${found.status.message}\n`)
      continue
    }
    out.print(flags.bool('prefix') || flags.bool('all-pods') ? prefixed(found.value.text, stream) : found.value.text)
    if (flags.bool('follow') && !found.value.ended) open.push({ ...stream, position: found.value.position })
  }
  return open.length === 0 ? done() : again(POLL_MS, { streams: open.map((stream) => ({ ...stream })) })
}

export const logs: Command = {
  path: ['logs'],
  summary: 'Print the logs of a container',
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  completes: 'pods',
  flags: [
    { name: 'follow', shorthand: 'f', type: 'bool', summary: 'Go on as more is written' },
    { name: 'previous', shorthand: 'p', type: 'bool', summary: 'Of the container before its last restart' },
    { name: 'container', shorthand: 'c', type: 'string', meaning: 'container', summary: 'Name of the container' },
    { name: 'all-containers', type: 'bool', summary: 'All containers of the Pod' },
    { name: 'all-pods', type: 'bool', summary: 'All Pods of the workload' },
    { name: 'timestamps', type: 'bool', summary: 'Begin each line with its time' },
    { name: 'tail', type: 'int64', default: '-1', summary: 'Only so many of the last lines' },
    { name: 'since', type: 'duration', default: '0s', summary: 'Only what is younger than this' },
    { name: 'since-time', type: 'string', summary: 'Only what is younger than this time (RFC 3339)' },
    { name: 'limit-bytes', type: 'int64', default: '0', summary: 'At most so many bytes' },
    { name: 'prefix', type: 'bool', summary: 'Begin each line with Pod and container' },
    { name: 'ignore-errors', type: 'bool', summary: 'Go on after errors' },
    { name: 'max-log-requests', type: 'int', default: '5', summary: 'At most so many containers at once with -f' },
    { name: 'insecure-skip-tls-verify-backend', type: 'bool', summary: 'Do not check the certificate of the kubelet' },
    { name: 'pod-running-timeout', type: 'duration', default: '20s', summary: 'Time to wait for a Pod to run' },
    selectorFlag,
  ],
  run(invocation) {
    const { args, flags } = invocation
    const selector = flags.string('selector')
    if (args.length === 0 && selector === '') usageError('logs', USAGE)
    if (args.length === 1 && selector !== '') usageError('logs', 'only a selector (-l) or a POD name is allowed')
    if (args.length > 2) usageError('logs', USAGE)
    const pods = targets(invocation)
    if (flags.string('since-time') !== '' && flags.duration('since') !== 0)
      fail('at most one of `sinceTime` or `sinceSeconds` may be specified')
    const container = args[1] ?? flags.string('container')
    if (flags.bool('all-containers') && container !== '')
      fail(`--all-containers=true should not be specified with container name ${container}`)
    if (flags.changed('container') && args.length === 2) fail('only one of -c or an inline [CONTAINER] arg is allowed')
    if (flags.int('limit-bytes') < 0) fail('--limit-bytes must be greater than 0')
    if (flags.duration('since') < 0) fail('--since must be greater than 0')
    if (flags.int('tail') < -1) fail('--tail must be greater than or equal to -1')
    const streams = streamsOf(invocation, pods)
    const most = flags.int('max-log-requests')
    if (flags.bool('follow') && streams.length > 1 && streams.length > most)
      fail(
        `you are attempting to follow ${streams.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
      )
    return consume(invocation, streams)
  },
  resume(invocation, state) {
    const streams = items(fields(state)['streams']).map((one) => ({
      namespace: text(one['namespace']),
      pod: text(one['pod']),
      container: text(one['container']),
      position: text(one['position']),
    }))
    return isSet(state) ? consume(invocation, streams) : done()
  },
}
