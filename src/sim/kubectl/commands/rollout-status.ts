import { groupKind } from '../../kubernetes/api/resources.ts'
import { again, type Command, done, type Invocation, type Outcome, type PlainData } from '../command.ts'
import { aggregate, check, endWith, fail, lineOf } from '../failure.ts'
import { at, fields, items, list, number, text } from '../fields.ts'
import { rolloutStatus } from '../rollout/status.ts'
import { isFailure, read, readFiles, readObject } from '../selection.ts'
import { filenameFlags, selectorFlag } from './common-flags.ts'
import { readOptionsOf } from './get.ts'

const POLL_MS = 100

interface Target {
  readonly key: string
  readonly namespace: string
  readonly name: string
}
interface State {
  readonly targets: readonly Target[]
  /** Which of them is being watched, since when, and the version last reported. */
  readonly index: number
  readonly sinceMs: number
  readonly version: string
  readonly errors: readonly string[]
}

const timedOut = 'timed out waiting for the condition'

/** Goes through the targets one after the other; each has the whole timeout. */
function goOn(invocation: Invocation, state: State): Outcome {
  const { env, flags, out } = invocation
  const errors = [...state.errors]
  let { index, sinceMs, version } = state
  const next = (): void => {
    index += 1
    sinceMs = env.unixMs
    version = ''
  }
  while (index < state.targets.length) {
    const target = state.targets[index]!
    const resource = env.registry.byKey(target.key)!
    const info = readObject(invocation, resource, target.namespace, target.name)
    if (isFailure(info)) {
      errors.push('object has been deleted')
      next()
      continue
    }
    const now = text(at(info.object, 'metadata.resourceVersion'))
    if (now !== version || version === '') {
      version = now
      const status = rolloutStatus(resource, info.object, flags.int('revision'))
      if (!status || 'error' in status) {
        errors.push(status ? status.error : `no status viewer has been implemented for ${groupKind(resource)}`)
        next()
        continue
      }
      out.print(status.message)
      if (status.done || !flags.bool('watch')) {
        next()
        continue
      }
    }
    const timeout = flags.duration('timeout')
    if (timeout > 0 && env.unixMs - sinceMs >= timeout) {
      errors.push(timedOut)
      next()
      continue
    }
    return again(POLL_MS, { targets: state.targets.map((one) => ({ ...one })), index, sinceMs, version, errors })
  }
  endWith(errors)
  return done()
}

export const rolloutStatusCommand: Command = {
  path: ['rollout', 'status'],
  summary: 'Show the status of a rollout until it is finished',
  usage: '(TYPE NAME | TYPE/NAME)',
  completes: 'resources',
  flags: [
    { name: 'watch', shorthand: 'w', type: 'bool', default: 'true', summary: 'Follow the rollout until it is done' },
    { name: 'revision', type: 'int64', default: '0', summary: 'Fail when this is not the running revision' },
    { name: 'timeout', type: 'duration', default: '0s', summary: 'Time before giving up; 0 for never' },
    selectorFlag,
    ...filenameFlags,
  ],
  run(invocation) {
    const { args, flags, out, env, namespace } = invocation
    if (args.length === 0 && flags.list('filename').length === 0) fail('required resource not specified')
    if (flags.int('revision') < 0) fail(`revision must be a positive integer: ${flags.int('revision')}`)
    const selection =
      flags.list('filename').length > 0
        ? readFiles(invocation)
        : read(invocation, args, { ...readOptionsOf(invocation), allowTypeAlone: true, continueOnError: true })
    if (selection.infos.length === 0) {
      check(aggregate(selection.failures))
      out.error(`No resources found in ${namespace} namespace.\n`)
      return done()
    }
    const targets = selection.infos.map((info) => ({ key: info.resource.key, namespace: info.namespace, name: info.name }))
    const errors = selection.failures.map(lineOf)
    return goOn(invocation, { targets, index: 0, sinceMs: env.unixMs, version: '', errors })
  },
  resume(invocation, state) {
    const kept = fields(state)
    return goOn(invocation, {
      targets: items(kept['targets']).map((one) => ({
        key: text(one['key']),
        namespace: text(one['namespace']),
        name: text(one['name']),
      })),
      index: number(kept['index']),
      sinceMs: number(kept['sinceMs']),
      version: text(kept['version']),
      errors: list(kept['errors']).map(text),
    } satisfies State & PlainData)
  },
}
