import { type Command, done } from '../command.ts'
import { check, fail } from '../failure.ts'
import { withPodSpec } from '../pod-template.ts'
import { collect, select } from '../resource-builder.ts'
import { patchAll, SET_FLAGS } from '../set-patches.ts'
import { builderOptionsOf, dryRunOf, isNamespaceGiven, ObjectPrinter, warnOfRecord } from '../write-options.ts'

/** Models kubectl pkg/cmd/set set_serviceaccount.go (v1.35). */
export const setServiceAccount: Command = {
  path: ['set', 'serviceaccount'],
  aliases: ['sa'],
  summary: 'Change the ServiceAccount of a workload',
  usage: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  completes: 'resources',
  flags: SET_FLAGS.filter(({ name }) => name !== 'selector'),
  run(invocation) {
    const { args, flags } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const isLocal = flags.bool('local')
    if (isLocal && dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    const printer = new ObjectPrinter(invocation, dryRun)
    if (args.length === 0) fail('serviceaccount is required')
    const { infos, failure } = collect(
      select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        args: args.slice(0, -1),
        allowTypeAlone: flags.bool('all'),
        latest: !isLocal,
        local: isLocal,
      }),
    )
    check(failure)
    patchAll(
      {
        invocation,
        printer,
        dryRun,
        operation: 'serviceaccount updated',
        failurePrefix: 'failed to patch ServiceAccountName ',
        printsUnchanged: true,
      },
      infos,
      (object) => withPodSpec(object, (spec) => ({ ...spec, serviceAccountName: args.at(-1)! })),
    )
    return done()
  },
}
