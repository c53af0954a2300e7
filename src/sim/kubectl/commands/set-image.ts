import { type Command, done } from '../command.ts'
import { aggregate, check, errorOf, type Failure } from '../failure.ts'
import { items, list, text } from '../fields.ts'
import { parsePairs, resourcesAndPairs } from '../pairs.ts'
import { withPodSpec } from '../pod-template.ts'
import { collect, select } from '../resource-builder.ts'
import { patchAll, SET_FLAGS } from '../set-patches.ts'
import { builderOptionsOf, dryRunOf, isNamespaceGiven, ObjectPrinter, warnOfRecord } from '../write-options.ts'

const LOCAL_RESOURCE =
  "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'"

/** Models kubectl pkg/cmd/set set_image.go (v1.35). */
export const setImage: Command = {
  path: ['set', 'image'],
  summary: 'Change the image of containers',
  usage: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...',
  completes: 'resources',
  flags: SET_FLAGS,
  run(invocation) {
    const { args, flags } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const { resources, pairs } = resourcesAndPairs(args, 'image')
    const { set: images } = parsePairs(pairs, 'image', false)
    const isLocal = flags.bool('local')
    if (isLocal && resources.length > 0) check(errorOf(LOCAL_RESOURCE))
    const { infos, failure } = collect(
      select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        args: resources,
        labelSelector: flags.string('selector'),
        allowTypeAlone: flags.bool('all'),
        latest: !isLocal,
        local: isLocal,
      }),
    )
    check(failure)
    const wrong: Failure[] = []
    if (flags.bool('all') && flags.string('selector') !== '')
      wrong.push(errorOf('cannot set --all and --selector at the same time'))
    if (resources.length === 0 && flags.list('filename').length === 0)
      wrong.push(errorOf('one or more resources must be specified as <resource> <name> or <resource>/<name>'))
    if (images.size === 0) wrong.push(errorOf('at least one image update is required'))
    else if (images.size > 1 && images.has('*'))
      wrong.push(errorOf('all containers are already specified by *, but saw more than one container_name=container_image pairs'))
    if (isLocal && dryRun === 'server')
      wrong.push(errorOf('cannot specify --local and --dry-run=server - did you mean --dry-run=client?'))
    check(aggregate(wrong))

    const failures: Failure[] = []
    patchAll(
      {
        invocation,
        printer,
        dryRun,
        operation: 'image updated',
        failurePrefix: 'failed to patch image update to pod template: ',
      },
      infos,
      (object) =>
        withPodSpec(object, (spec) => {
          let changed = spec
          for (const [name, image] of images) {
            let isFound = false
            for (const field of ['initContainers', 'containers']) {
              if (list(changed[field]).length === 0) continue
              const containers = items(changed[field]).map((container) => {
                if (name !== '*' && text(container['name']) !== name) return container
                isFound = true
                return { ...container, image }
              })
              changed = { ...changed, [field]: containers }
            }
            if (!isFound) failures.push(errorOf(`error: unable to find container named "${name}"`))
          }
          return changed
        }),
      failures,
    )
    return done()
  },
}
