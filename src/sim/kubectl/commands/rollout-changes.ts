import { formatTime } from '../../kernel/time.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { aggregate, check, errorOf, fail, type Failure, isFailure, messageOf } from '../failure.ts'
import { fields } from '../fields.ts'
import { edited } from '../pod-template.ts'
import { collect, select } from '../resource-builder.ts'
import { twoWayPatch } from '../set-patches.ts'
import {
  answered,
  builderOptionsOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from '../write-options.ts'

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

interface Change {
  readonly word: 'pause' | 'resume' | 'restart'
  readonly summary: string
  readonly operation: string
  apply(invocation: Invocation, object: AnyObject): AnyObject | Failure
  /** What an empty patch means. */
  unchanged(name: string): { readonly operation: string } | Failure
}

const isPaused = (object: AnyObject): boolean => fields(object['spec'])['paused'] === true
const withPaused = (object: AnyObject, paused: true | undefined): AnyObject => ({
  ...object,
  spec: { ...fields(object['spec']), paused },
})

const CHANGES: readonly Change[] = [
  {
    word: 'pause',
    summary: 'Stop rolling out a Deployment for now',
    operation: 'paused',
    apply: (_, object) =>
      object.kind !== 'Deployment'
        ? errorOf('pausing is not supported')
        : isPaused(object)
          ? errorOf('is already paused')
          : withPaused(object, true),
    unchanged: () => ({ operation: 'already paused' }),
  },
  {
    word: 'resume',
    summary: 'Go on rolling out a Deployment',
    operation: 'resumed',
    apply: (_, object) =>
      object.kind !== 'Deployment'
        ? errorOf('resuming is not supported')
        : isPaused(object)
          ? withPaused(object, undefined)
          : errorOf('is not paused'),
    unchanged: () => ({ operation: 'already resumed' }),
  },
  {
    word: 'restart',
    summary: 'Replace all Pods of a workload',
    operation: 'restarted',
    apply({ env }, object) {
      if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(object.kind)) return errorOf('restarting is not supported')
      if (object.kind === 'Deployment' && isPaused(object))
        return errorOf("can't restart paused deployment (run rollout resume first)")
      return edited(object, ['spec', 'template', 'metadata', 'annotations'], (annotations) => ({
        ...fields(annotations),
        [RESTARTED_AT]: formatTime(env.unixMs),
      })) as unknown as AnyObject
    },
    unchanged: (name) =>
      errorOf(
        `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
      ),
  },
]

function run(invocation: Invocation, change: Change): void {
  const { args, env, flags, namespace, out } = invocation
  const printer = new ObjectPrinter(invocation, 'none')
  if (args.length === 0 && flags.list('filename').length === 0) fail('required resource not specified')
  const selection = select({
    ...builderOptionsOf(invocation),
    enforceNamespace: isNamespaceGiven(invocation),
    args,
    labelSelector: flags.string('selector'),
    allowTypeAlone: true,
    latest: true,
  })
  check(selection.failure)
  const { infos, failure } = collect(selection)
  const failures: Failure[] = failure ? [failure] : []
  if (infos.length === 0 && failures.length === 0) {
    out.error(`No resources found in ${namespace} namespace.\n`)
    return
  }
  for (const info of infos) {
    const before = info.object!
    const after = change.apply(invocation, before)
    if (isFailure(after)) {
      failures.push(errorOf(`error: ${info.resource.key} ${JSON.stringify(info.name)} ${messageOf(after)}`))
      continue
    }
    const patch = twoWayPatch(env, before, after)
    if (!patch) {
      const result = change.unchanged(info.name)
      const failed = 'operation' in result ? printer.print(before, result.operation) : result
      if (failed) failures.push(failed)
      continue
    }
    const answer = answered(
      invocation,
      env.api.patch(info.resource.key, info.namespace, info.name, patch, { fieldManager: flags.string('field-manager') }),
    )
    const failed =
      'failure' in answer
        ? errorOf(`failed to patch: ${messageOf(answer.failure)}`)
        : printer.print(answer.object, change.operation)
    if (failed) failures.push(failed)
  }
  check(aggregate(failures))
}

const [pause, resume, restart] = CHANGES.map((change): Command => ({
  path: ['rollout', change.word],
  summary: change.summary,
  usage: 'RESOURCE',
  completes: 'resources',
  flags: [...FILENAME_FLAGS, ...PRINT_FLAGS, SELECTOR_FLAG, fieldManagerFlag('kubectl-rollout')],
  run(invocation) {
    run(invocation, change)
    return done()
  },
}))

/** Models kubectl pkg/cmd/rollout (v1.35). */
export const rolloutPause: Command = pause!
export const rolloutResume: Command = resume!
export const rolloutRestart: Command = restart!
