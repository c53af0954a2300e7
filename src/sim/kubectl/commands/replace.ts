import type { Subresource } from '../../kubernetes/api/client.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { withSavedConfig } from '../apply/last-applied.ts'
import { again, type Command, done, type Invocation, type Outcome } from '../command.ts'
import { check, fail, withSource } from '../failure.ts'
import { fields, number } from '../fields.ts'
import { select } from '../resource-builder.ts'
import {
  answered,
  builderOptionsOf,
  deleteFlags,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFilename,
  SAVE_CONFIG_FLAG,
  VALIDATE_FLAG,
  warnOfRecord,
  withoutVersion,
  writeOptions,
} from '../write-options.ts'
import { awaitedOf, deleteSelection, propagationPolicyOf, remaining } from './delete.ts'

const POLL_MS = 1000
const FORCE_TIMEOUT_MS = 300_000

/** Waits until the old objects are gone, then creates the new ones. Models ReplaceOptions.forceReplace. */
function recreate(invocation: Invocation, state: unknown): Outcome {
  const { env, flags } = invocation
  const kept = fields(state)
  const left = remaining(invocation, awaitedOf(kept['awaited']))
  const deadlineMs = number(kept['deadlineMs'])
  if (left.length > 0) {
    if (env.unixMs >= deadlineMs) fail('timed out waiting for the condition')
    return again(Math.min(POLL_MS, deadlineMs - env.unixMs), { awaited: left.map((one) => ({ ...one })), deadlineMs })
  }
  const printer = new ObjectPrinter(invocation, 'none')
  const fieldValidation = fieldValidationOf(invocation)
  const selection = select({
    ...builderOptionsOf(invocation),
    enforceNamespace: isNamespaceGiven(invocation),
    validates: fieldValidation !== 'Ignore',
  })
  check(selection.failure)
  let count = 0
  check(
    selection.visit((info) => {
      const object = withoutVersion(recorded(invocation, withSavedConfig(info.object!, flags.bool('save-config'))))
      const answer = answered(
        invocation,
        env.api.create(info.resource.key, info.namespace, object, { ...writeOptions(invocation, 'none'), fieldValidation }),
      )
      if ('failure' in answer) return answer.failure
      count += 1
      return printer.print(answer.object, 'replaced')
    }),
  )
  if (count === 0) fail('no objects passed to replace')
  return done()
}

/** Models kubectl pkg/cmd/replace (v1.35). */
export const replace: Command = {
  path: ['replace'],
  summary: 'Replace objects by those of a file',
  usage: '-f FILENAME',
  flags: [
    ...deleteFlags('Delete and create anew'),
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag('kubectl-replace'),
    { name: 'raw', type: 'string', summary: 'Path of the API' },
    { name: 'subresource', type: 'string', values: ['status', 'scale', 'resize'], summary: 'Subresource to replace' },
  ],
  run(invocation) {
    const { args, env, flags } = invocation
    warnOfRecord(invocation)
    const fieldValidation = fieldValidationOf(invocation)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const propagationPolicy = propagationPolicyOf(invocation)
    const isForced = flags.bool('force')
    requireFilename(invocation)
    if (flags.int('grace-period') >= 0 && !isForced) fail('--grace-period must have --force specified')
    if (flags.duration('timeout') !== 0 && !isForced) fail('--timeout must have --force specified')
    if (isForced && dryRun !== 'none') fail('--dry-run can not be used when --force is set')
    if (flags.string('raw') !== '') fail('--raw is not part of this simulator: use a file of objects')
    if (isForced) {
      const given = flags.int('grace-period')
      const selection = select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        args,
        requireObject: false,
      })
      check(selection.failure)
      const { awaited, failure } = deleteSelection(invocation, selection, {
        gracePeriodSeconds: given === 0 ? 1 : given,
        propagationPolicy,
        ignoresNotFound: true,
        dryRun: 'none',
        output: flags.string('output'),
      })
      check(failure)
      return recreate(invocation, {
        awaited: awaited.map((one) => ({ ...one })),
        deadlineMs: env.unixMs + (flags.duration('timeout') || FORCE_TIMEOUT_MS),
      })
    }
    const subresource = flags.string('subresource')
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      validates: fieldValidation !== 'Ignore',
    })
    check(selection.failure)
    check(
      selection.visit((info) => {
        const object = recorded(invocation, withSavedConfig(info.object!, flags.bool('save-config')))
        if (dryRun === 'client') return printer.print(object, 'replaced')
        const versioned = withCurrentVersion(invocation, info.resource.key, info.namespace, info.name, object)
        const answer = answered(
          invocation,
          env.api.update(info.resource.key, info.namespace, info.name, versioned, {
            ...writeOptions(invocation, dryRun),
            fieldValidation,
            ...(subresource === '' ? {} : { subresource: subresource as Subresource }),
          }),
        )
        return 'failure' in answer
          ? withSource('replacing', info.source, answer.failure)
          : printer.print(answer.object, 'replaced')
      }),
    )
    return done()
  },
  resume: (invocation, state) => recreate(invocation, state),
}

/** A file seldom names a version: it replaces whatever is there. Models resource.Helper.Replace with overwrite. */
function withCurrentVersion(
  { env }: Invocation,
  resource: string,
  namespace: string,
  name: string,
  object: AnyObject,
): AnyObject {
  if (object.metadata.resourceVersion) return object
  const current = env.api.get(resource, namespace, name)
  const resourceVersion = current.ok ? current.value.metadata.resourceVersion : undefined
  return resourceVersion === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion } }
}
