import { createMergePatch } from '../../kubernetes/api/json-merge-patch.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done } from '../command.ts'
import { check, errorOf, fail, type Failure } from '../failure.ts'
import { sortedEntries } from '../fields.ts'
import { type Pairs, parsePairs, resourcesAndPairs } from '../pairs.ts'
import { select } from '../resource-builder.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  answered,
  builderOptionsOf,
  CHANGE_CAUSE,
  DRY_RUN_FLAG,
  dryRunOf,
  FIELD_SELECTOR_FLAG,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  LOCAL_FLAG,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  SELECTOR_FLAG,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'
import { withResourceVersion } from './label.ts'

const withAnnotations = (object: AnyObject, { set, remove }: Pairs): AnyObject => {
  const annotations: Record<string, string> = { ...object.metadata.annotations }
  for (const [key, value] of set) annotations[key] = value
  for (const key of remove) delete annotations[key]
  const { annotations: _, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata }
}

/** Upstream walks a Go map; here the keys keep the order of the line. */
function overwriteProblem(object: AnyObject, { set }: Pairs): Failure | undefined {
  const current = object.metadata.annotations ?? {}
  const found = [...set.keys()].filter(
    (key) => key !== CHANGE_CAUSE && current[key] !== undefined && current[key] !== set.get(key),
  )
  return found.length === 0
    ? undefined
    : errorOf(
        `--overwrite is false but found the following declared annotation(s): ${found.map((key) => `'${key}' already has a value (${current[key]!})`).join('; ')}`,
      )
}

/** Models kubectl pkg/cmd/annotate (v1.35). */
export const annotate: Command = {
  path: ['annotate'],
  summary: 'Change annotations of objects',
  usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    LOCAL_FLAG,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    fieldManagerFlag('kubectl-annotate'),
    { name: 'overwrite', type: 'bool', summary: 'Let new values replace old ones' },
    { name: 'list', type: 'bool', summary: 'List the annotations' },
    { name: 'resource-version', type: 'string', summary: 'Only if the object is of this version' },
  ],
  run(invocation) {
    const { args, env, flags, out } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const { resources, pairs } = resourcesAndPairs(args, 'annotation')
    const annotations = parsePairs(pairs, 'annotation', true)
    const isList = flags.bool('list')
    const isLocal = flags.bool('local')
    const overwrites = flags.bool('overwrite')
    const resourceVersion = flags.string('resource-version')
    if (isList && flags.string('output') !== '') fail('--list and --output may not be specified together')
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    if (flags.bool('all') && flags.string('field-selector') !== '') fail('cannot set --all and --field-selector at the same time')
    if (!isLocal) {
      if (resources.length === 0 && flags.list('filename').length === 0)
        fail('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    } else {
      if (dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
      if (resources.length > 0) fail('can only use local files by -f rsrc.yaml or --filename=rsrc.json when --local=true is set')
      if (flags.list('filename').length === 0) fail('one or more files must be specified as -f rsrc.yaml or --filename=rsrc.json')
    }
    if (annotations.set.size === 0 && annotations.remove.length === 0 && !isList)
      fail('at least one annotation update is required')
    const both = annotations.remove.filter((key) => annotations.set.has(key))
    if (both.length > 0)
      fail(`can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`)
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args: resources,
      labelSelector: flags.string('selector'),
      fieldSelector: flags.string('field-selector'),
      allNamespaces: flags.bool('all-namespaces'),
      allowTypeAlone: flags.bool('all'),
      latest: !isLocal,
      local: isLocal,
    })
    check(selection.failure)
    if (!selection.isSingle && resourceVersion !== '') fail('--resource-version may only be used with a single resource')
    check(
      selection.visit((info) => {
        const before = info.object!
        const refused = overwrites ? undefined : overwriteProblem(before, annotations)
        if (refused) return refused
        const after = recorded(invocation, withAnnotations(before, annotations))
        if (isList) {
          if (!selection.isSingle)
            out.print(`Listing annotations for ${info.resource.kind}.${info.resource.group}/${info.name}:\n`)
          for (const [key, value] of sortedEntries(after.metadata.annotations))
            out.print(`${selection.isSingle ? '' : ' '}${key}=${value}\n`)
          return undefined
        }
        if (dryRun === 'client' || isLocal) return printer.print(after, 'annotated')
        const body = createMergePatch(before, after)
        const answer = answered(
          invocation,
          env.api.patch(
            info.resource.key,
            info.namespace,
            info.name,
            { type: 'merge', body: resourceVersion === '' ? body : withResourceVersion(body, resourceVersion) },
            writeOptions(invocation, dryRun),
          ),
        )
        return 'failure' in answer ? answer.failure : printer.print(answer.object, 'annotated')
      }),
    )
    return done()
  },
}
