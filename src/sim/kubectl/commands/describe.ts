import type { Command, Invocation } from '../command.ts'
import { done } from '../command.ts'
import { describeObject } from '../describe/describers.ts'
import type { DescribeContext } from '../describe/writer.ts'
import { aggregate, check, fail, type Failure, isNotFound } from '../failure.ts'
import { read, readFiles, type ReadInfo } from '../selection.ts'
import { allNamespacesFlag, chunkSizeFlag, filenameFlags, selectorFlag } from './common-flags.ts'
import { readOptionsOf, suggestApiResources } from './get.ts'

const contextOf = ({ env, flags }: Invocation): DescribeContext => ({
  api: env.api,
  nowMs: env.unixMs,
  showEvents: flags.bool('show-events'),
})

/** With no object of that name, all whose names begin with it. */
function describeMatching(invocation: Invocation, notFound: Failure): void {
  const { args, out, namespace } = invocation
  const [type = '', prefix = ''] = args
  const context = contextOf(invocation)
  const all = read(invocation, [type], { namespace, allowTypeAlone: true, singleType: true })
  check(aggregate(all.failures))
  const matching = all.infos.filter(({ name }) => name.startsWith(prefix))
  for (const { resource, object } of matching) out.print(`${describeObject(resource, object, context)}\n`)
  if (matching.length === 0) check(notFound)
}

export const describe: Command = {
  path: ['describe'],
  summary: 'Show the details of objects',
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  completes: 'resources',
  flags: [
    { name: 'show-events', type: 'bool', default: 'true', summary: 'Show events about the objects' },
    selectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    ...filenameFlags,
  ],
  run(invocation) {
    const { args, flags, out, namespace } = invocation
    const files = flags.list('filename')
    if (args.length === 0 && files.length === 0)
      fail(`You must specify the type of resource to describe. ${suggestApiResources}\n`)
    const selection =
      files.length > 0
        ? readFiles(invocation)
        : read(invocation, args, { ...readOptionsOf(invocation), allowTypeAlone: true, continueOnError: true })
    const { failures, infos } = selection
    if (selection.isInvalid) check(aggregate(failures))
    if (failures.length > 0 && args.length === 2 && failures.length === 1 && isNotFound(failures[0])) {
      describeMatching(invocation, failures[0]!)
      return done()
    }
    const context = contextOf(invocation)
    out.print(infos.map(({ resource, object }: ReadInfo) => describeObject(resource, object, context)).join('\n\n'))
    if (infos.length === 0 && failures.length === 0)
      out.error(flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`)
    check(aggregate(failures))
    return done()
  },
}
