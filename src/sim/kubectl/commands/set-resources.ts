import { type Command, done } from '../command.ts'
import { check, errorOf, fail, type Failure } from '../failure.ts'
import { type Fields, fields, items, list, text } from '../fields.ts'
import { resourceListOf } from '../generators/resource-list.ts'
import { matchesContainer, withPodSpec } from '../pod-template.ts'
import { collect, select } from '../resource-builder.ts'
import { patchAll, SET_FLAGS } from '../set-patches.ts'
import { builderOptionsOf, dryRunOf, isNamespaceGiven, ObjectPrinter, warnOfRecord } from '../write-options.ts'

/** Models kubectl pkg/cmd/set set_resources.go (v1.35). */
export const setResources: Command = {
  path: ['set', 'resources'],
  summary: 'Change requests and limits of containers',
  usage: '(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]',
  completes: 'resources',
  flags: [
    ...SET_FLAGS,
    {
      name: 'containers',
      shorthand: 'c',
      type: 'string',
      default: '*',
      meaning: 'container',
      summary: 'Names of the containers',
    },
    { name: 'limits', type: 'string', summary: 'cpu=100m,memory=256Mi' },
    { name: 'requests', type: 'string', summary: 'cpu=100m,memory=256Mi' },
  ],
  run(invocation) {
    const { args, flags } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const isLocal = flags.bool('local')
    const { infos, failure } = collect(
      select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        args,
        labelSelector: flags.string('selector'),
        allowTypeAlone: flags.bool('all'),
        latest: !isLocal,
        local: isLocal,
      }),
    )
    check(failure)
    if (isLocal && dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    if (flags.string('limits') === '' && flags.string('requests') === '')
      fail('you must specify an update to requests or limits (in the form of --requests/--limits)')
    const limits = resourceListOf(flags.string('limits'))
    const requests = resourceListOf(flags.string('requests'))
    const failures: Failure[] = []
    patchAll(
      {
        invocation,
        printer,
        dryRun,
        operation: 'resource requirements updated',
        failurePrefix: 'failed to patch resources update to pod template ',
      },
      infos,
      (object) =>
        withPodSpec(object, (spec) => {
          let matches = 0
          const edit = (container: Fields): Fields => {
            if (!matchesContainer(text(container['name']), flags.string('containers'))) return container
            matches += 1
            const resources = fields(container['resources'])
            return {
              ...container,
              resources: {
                ...resources,
                ...(limits ? { limits: { ...fields(resources['limits']), ...limits } } : {}),
                ...(requests ? { requests: { ...fields(resources['requests']), ...requests } } : {}),
              },
            }
          }
          const containers = items(spec['containers']).map(edit)
          const initContainers = items(spec['initContainers']).map(edit)
          if (matches === 0) failures.push(errorOf(`error: unable to find container named ${flags.string('containers')}`))
          return { ...spec, containers, ...(list(spec['initContainers']).length > 0 ? { initContainers } : {}) }
        }),
      failures,
    )
    return done()
  },
}
