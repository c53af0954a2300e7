import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { check, usageError } from '../failure.ts'
import type { FlagSpec } from '../flags.ts'
import { fields } from '../fields.ts'
import { type Info, select } from '../resource-builder.ts'
import { DRY_RUN_FLAG, type DryRun, dryRunOf, ObjectPrinter, SELECTOR_FLAG } from '../write-options.ts'

export const CORDON_FLAGS: readonly FlagSpec[] = [DRY_RUN_FLAG, SELECTOR_FLAG]

/** The nodes that a line names. Models DrainCmdOptions.Complete. */
export function nodesOf({ args, env, flags, namespace, command }: Invocation): readonly Info[] {
  const verb = command.path[0]!
  const selector = flags.string('selector')
  if (args.length === 0 && !flags.changed('selector')) usageError(verb, `USAGE: ${verb} NODE [flags]`)
  if (args.length > 0 && selector !== '') usageError(verb, 'error: cannot specify both a node name and a --selector option')
  const selection = select({
    env,
    namespace,
    // `node/n1` is as good as `n1`.
    ...(args.some((name) => name.includes('/'))
      ? { args: args.map((name) => (name.includes('/') ? name : `nodes/${name}`)) }
      : { types: ['nodes'], names: args }),
    labelSelector: selector,
    single: true,
  })
  check(selection.failure)
  const infos: Info[] = []
  check(
    selection.visit((info) => {
      if (info.resource.key !== 'nodes')
        return {
          type: 'error',
          message: `error: expected resource of type node, got "${info.resource.group}/${info.resource.version}, Resource=${info.resource.plural}"`,
        }
      infos.push(info)
      return undefined
    }),
  )
  return infos
}

/** Models DrainCmdOptions.RunCordonOrUncordon: a node that cannot be changed does not stop the others. */
export function setUnschedulable(invocation: Invocation, infos: readonly Info[], wanted: boolean, dryRun: DryRun): void {
  const { env, out } = invocation
  const printer = new ObjectPrinter(invocation, dryRun)
  const verb = wanted ? 'cordon' : 'uncordon'
  for (const info of infos) {
    const node = info.object!
    if ((fields(node['spec'])['unschedulable'] === true) === wanted) {
      check(printer.print(node, `already ${verb}ed`))
      continue
    }
    if (dryRun !== 'client') {
      const answer = env.api.patch(
        'nodes',
        '',
        info.name,
        { type: 'strategic', body: { spec: { unschedulable: wanted ? true : null } } },
        { fieldManager: 'kubectl', ...(dryRun === 'server' ? { dryRun: true } : {}) },
      )
      out.warn(answer.warnings)
      if (!answer.ok) {
        out.error(`error: unable to ${verb} node ${JSON.stringify(info.name)}: ${answer.status.message}\n`)
        continue
      }
      info.object = answer.value
    }
    check(printer.print(info.object as AnyObject, `${verb}ed`))
  }
}

const command = (wanted: boolean): Command => ({
  path: [wanted ? 'cordon' : 'uncordon'],
  summary: wanted ? 'Let no new Pods onto a node' : 'Let Pods onto a node again',
  usage: 'NODE',
  completes: 'nodes',
  flags: CORDON_FLAGS,
  run(invocation) {
    const dryRun = dryRunOf(invocation)
    setUnschedulable(invocation, nodesOf(invocation), wanted, dryRun)
    return done()
  },
})

/** Models kubectl pkg/cmd/drain (v1.35). */
export const cordon = command(true)
export const uncordon = command(false)
