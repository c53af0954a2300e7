import { type Command, done } from '../command.ts'
import { check, errorOf, fail } from '../failure.ts'
import { fields } from '../fields.ts'
import { labelSelectorOf } from '../generators/cluster-objects.ts'
import { goValue } from '../printers/go-format.ts'
import { select } from '../resource-builder.ts'
import { SET_FLAGS, twoWayPatch } from '../set-patches.ts'
import {
  answered,
  builderOptionsOf,
  dryRunOf,
  isNamespaceGiven,
  ObjectPrinter,
  recorded,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'

/** Models kubectl pkg/cmd/set set_selector.go (v1.35). */
export const setSelector: Command = {
  path: ['set', 'selector'],
  summary: 'Change the selector of a Service',
  usage: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  completes: 'resources',
  flags: [...SET_FLAGS, { name: 'resource-version', type: 'string', summary: 'Only if the object is of this version' }],
  run(invocation) {
    const { args, env, flags } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const selector = args.length === 0 ? undefined : labelSelectorOf(args.at(-1)!)
    const printer = new ObjectPrinter(invocation, dryRun)
    if (!selector) return fail('one selector is required')
    const isLocal = flags.bool('local')
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args: args.slice(0, -1),
      labelSelector: flags.string('selector'),
      selectAll: flags.bool('all'),
      latest: !isLocal,
      local: isLocal,
    })
    check(selection.failure)
    const resourceVersion = flags.string('resource-version')
    check(
      selection.visit((info) => {
        const before = info.object!
        if (before.kind !== 'Service') return errorOf('setting a selector is only supported for Services')
        if (selector['matchExpressions'])
          return errorOf(`match expression ${goValue(selector['matchExpressions'])} not supported on this object`)
        const after = recorded(invocation, {
          ...before,
          spec: { ...fields(before['spec']), selector: fields(selector['matchLabels']) },
        })
        if (isLocal || dryRun === 'client') return printer.print(after, 'selector updated')
        const patch = twoWayPatch(env, before, after) ?? { type: 'strategic' as const, body: {} }
        const guarded =
          resourceVersion !== '' && 'body' in patch && patch.type !== 'apply'
            ? { ...patch, body: { ...patch.body, metadata: { ...fields(fields(patch.body)['metadata']), resourceVersion } } }
            : patch
        const answer = answered(
          invocation,
          env.api.patch(info.resource.key, info.namespace, info.name, guarded, writeOptions(invocation, dryRun)),
        )
        return 'failure' in answer ? answer.failure : printer.print(answer.object, 'selector updated')
      }),
    )
    return done()
  },
}
