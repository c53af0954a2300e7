import { type Command, done } from '../command.ts'
import { check, errorOf, fail, messageOf } from '../failure.ts'
import { fields, text } from '../fields.ts'
import { answered, ObjectPrinter, PRINT_FLAGS } from '../write-options.ts'
import { compact, nameArgument } from './generator.ts'

const BOUND_KINDS = ['Node', 'Pod', 'Secret']

/** Models kubectl pkg/cmd/create create_token.go (v1.35). */
export const createToken: Command = {
  path: ['create', 'token'],
  summary: 'Ask for a token of a ServiceAccount',
  usage: 'SERVICE_ACCOUNT_NAME',
  flags: [
    ...PRINT_FLAGS,
    { name: 'audience', type: 'stringArray', summary: 'Who the token is for' },
    { name: 'duration', type: 'duration', default: '0s', summary: 'How long it is valid' },
    { name: 'bound-object-kind', type: 'string', values: BOUND_KINDS, summary: 'Kind of the object that it lives and dies with' },
    { name: 'bound-object-name', type: 'string', summary: 'Name of that object' },
    { name: 'bound-object-uid', type: 'string', summary: 'UID of that object' },
  ],
  run(invocation) {
    const { env, flags, namespace, out } = invocation
    const name = nameArgument(invocation)
    const printer = new ObjectPrinter(invocation, 'none')
    const durationMs = flags.duration('duration')
    const audiences = flags.list('audience')
    const kind = flags.string('bound-object-kind')
    if (durationMs < 0) fail('--duration must be greater than or equal to 0')
    if (durationMs % 1000 !== 0) fail('--duration cannot be expressed in units less than seconds')
    if (audiences.includes('')) fail('--audience must not be an empty string')
    if (kind === '') {
      if (flags.string('bound-object-name') !== '') fail('--bound-object-name can only be set if --bound-object-kind is provided')
      if (flags.string('bound-object-uid') !== '') fail('--bound-object-uid can only be set if --bound-object-kind is provided')
    } else {
      if (!BOUND_KINDS.includes(kind)) fail(`supported --bound-object-kind values are ${BOUND_KINDS.join(', ')}`)
      if (flags.string('bound-object-name') === '') fail('--bound-object-name is required if --bound-object-kind is provided')
    }
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name },
      spec: compact({
        audiences: audiences.length > 0 ? audiences : undefined,
        expirationSeconds: durationMs > 0 ? durationMs / 1000 : undefined,
        boundObjectRef:
          kind === ''
            ? undefined
            : compact({
                kind,
                apiVersion: 'v1',
                name: flags.string('bound-object-name'),
                uid: flags.string('bound-object-uid') || undefined,
              }),
      }),
    }
    const answer = answered(invocation, env.api.create('serviceaccounts', namespace, request, { subresource: 'token', name }))
    if ('failure' in answer) check(errorOf(`failed to create token: ${messageOf(answer.failure)}`))
    else {
      const token = text(fields(answer.object['status'])['token'])
      if (token === '') fail('failed to create token: no token in server response')
      if (flags.changed('output')) check(printer.print(answer.object, 'created'))
      else out.print(`${token}\n`)
    }
    return done()
  },
}
