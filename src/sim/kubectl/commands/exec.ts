import { type Command, done } from '../command.ts'
import { check, errorOf, fail, statusFailure } from '../failure.ts'
import { at, text } from '../fields.ts'
import { defaultContainer, hasContainer, podsOf } from '../pod-target.ts'
import { findResource, isFailure, readObject } from '../selection.ts'

export const exec: Command = {
  path: ['exec'],
  summary: 'Run a command in a container',
  usage: '(POD | TYPE/NAME) [-c CONTAINER] -- COMMAND [ARGS...]',
  completes: 'pods',
  flags: [
    { name: 'container', shorthand: 'c', type: 'string', meaning: 'container', summary: 'Name of the container' },
    { name: 'stdin', shorthand: 'i', type: 'bool', summary: 'Pass standard input on' },
    { name: 'tty', shorthand: 't', type: 'bool', summary: 'With a terminal' },
    { name: 'quiet', shorthand: 'q', type: 'bool', summary: 'Only the output of the command' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', summary: 'Time to wait for a Pod to run' },
  ],
  run(invocation) {
    const { args, dashAt, flags, env, out, namespace } = invocation
    if (args.length === 0 || dashAt === 0) fail('pod, type/name or --filename must be specified')
    const command = dashAt > 0 ? args.slice(dashAt) : args.slice(1)
    if (dashAt < 0 && args.length > 1)
      fail(
        `exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples`,
      )
    if (command.length === 0) fail('you must specify at least one command for the container')
    const [first = ''] = args
    const [type, name] = first.includes('/') ? first.split('/') : ['pods', first]
    const resource = findResource(invocation, type!)
    if (isFailure(resource)) {
      check(resource)
      return done(1)
    }
    const info = readObject(invocation, resource, namespace, name!)
    if (isFailure(info)) {
      check(info)
      return done(1)
    }
    const pod = podsOf(invocation, resource, info.object)[0]!
    const phase = text(at(pod, 'status.phase'))
    if (phase === 'Succeeded' || phase === 'Failed')
      fail(`cannot exec into a container in a completed pod; current phase is ${phase}`)
    const container = flags.string('container') || defaultContainer(invocation, pod, flags.bool('quiet'))
    if (!hasContainer(pod, container)) check(errorOf(`container ${container} not found in pod ${pod.metadata.name}`))
    const request = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container, command }
    const ran = env.exec(flags.bool('stdin') && env.stdin !== undefined ? { ...request, stdin: env.stdin } : request)
    if (!ran.ok) {
      check(statusFailure(ran.status))
      return done(1)
    }
    out.print(ran.value.stdout)
    out.error(ran.value.stderr)
    if (ran.value.exit !== 0) out.error(`command terminated with exit code ${ran.value.exit}\n`)
    return done(ran.value.exit)
  },
}
