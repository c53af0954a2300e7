import { groupKind } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done } from '../command.ts'
import { DescribeWriter } from '../describe/writer.ts'
import { writePodTemplate } from '../describe/pod-template.ts'
import { aggregate, check, errorOf, fail, type Failure } from '../failure.ts'
import { objectName, parseOutput, printObject } from '../output.ts'
import { DESCRIBE_TABS, tabulate } from '../printers/tab-writer.ts'
import { hasHistory, type Revision, revisionsOf } from '../rollout/history.ts'
import { read, readFiles } from '../selection.ts'
import { filenameFlags, printFlags, selectorFlag } from './common-flags.ts'
import { readOptionsOf } from './get.ts'

/** A template as text whose columns are not set: its tabs stay. */
function templateText({ template }: Revision): string {
  const writer = new DescribeWriter()
  writePodTemplate(writer, template)
  return writer.raw()
}

function historyTable(revisions: readonly Revision[]): string {
  if (revisions.length === 0) return 'No rollout history found.'
  return tabulate(
    `REVISION\tCHANGE-CAUSE\n${revisions.map(({ number, changeCause }) => `${number}\t${changeCause || '<none>'}\n`).join('')}`,
    DESCRIBE_TABS,
  )
}

export const rolloutHistory: Command = {
  path: ['rollout', 'history'],
  summary: 'Show the revisions of a rollout',
  usage: '(TYPE NAME | TYPE/NAME)',
  completes: 'resources',
  flags: [
    { name: 'revision', type: 'int64', default: '0', summary: 'Show this revision in full' },
    selectorFlag,
    ...printFlags,
    ...filenameFlags,
  ],
  run(invocation) {
    const { args, flags, out, env } = invocation
    const wanted = flags.int('revision')
    if (args.length === 0 && flags.list('filename').length === 0) fail('required resource not specified')
    if (wanted < 0) fail(`revision must be a positive integer: ${wanted}`)
    const selection =
      flags.list('filename').length > 0
        ? readFiles(invocation)
        : read(invocation, args, { ...readOptionsOf(invocation), allowTypeAlone: true, continueOnError: true })
    if (selection.isInvalid) check(aggregate(selection.failures))
    const parsed = parseOutput({ output: flags.string('output'), template: flags.string('template'), forGet: false }, env)
    const output = parsed.ok ? parsed.value : fail(parsed.message)
    const failures: Failure[] = [...selection.failures]
    for (const { resource, object } of selection.infos) {
      if (!hasHistory(resource)) {
        failures.push(errorOf(`no history viewer has been implemented for "${groupKind(resource)}"`))
        continue
      }
      const revisions = revisionsOf(resource, object, env.api)
      const one = revisions.find(({ number }) => number === wanted)
      if (wanted > 0 && !one && (revisions.length > 0 || output.type !== 'table'))
        failures.push(errorOf('unable to find the specified revision'))
      else if (output.type === 'table') {
        const shown = one ? templateText(one) : historyTable(revisions)
        out.print(`${objectName(object)} ${wanted > 0 ? `with revision #${wanted}` : ''}\n${shown}\n`)
      } else
        for (const [index, revision] of (one ? [one] : revisions).entries()) {
          const printed = printObject(output, revision.object as AnyObject, {
            index,
            showManagedFields: flags.bool('show-managed-fields'),
          })
          if (printed.ok) out.print(printed.value)
          else failures.push(errorOf(printed.message))
        }
    }
    check(aggregate(failures))
    return done()
  },
}
