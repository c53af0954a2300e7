import { createMergePatch } from '../../kubernetes/api/json-merge-patch.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { isLabelValue } from '../../kubernetes/apiserver/validation/names.ts'
import { type Command, done } from '../command.ts'
import { aggregate, check, errorOf, fail, type Failure } from '../failure.ts'
import { sortedEntries } from '../fields.ts'
import { type Pairs, resourcesAndPairs } from '../pairs.ts'
import { compactJson } from '../printers/json.ts'
import { select } from '../resource-builder.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  answered,
  builderOptionsOf,
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

/** Models label.parseLabels. */
function parseLabels(pairs: readonly string[]): Pairs {
  const set = new Map<string, string>()
  const remove: string[] = []
  for (const pair of pairs) {
    if (pair.includes('=')) {
      const parts = pair.split('=')
      if (parts.length !== 2) fail(`invalid label spec: ${pair}`)
      const problems = isLabelValue(parts[1]!)
      if (problems.length > 0) fail(`invalid label value: ${JSON.stringify(pair)}: ${problems.join(';')}`)
      set.set(parts[0]!, parts[1]!)
    } else if (pair.endsWith('-')) remove.push(pair.slice(0, -1))
    else fail(`unknown label spec: ${pair}`)
  }
  if (remove.some((key) => set.has(key))) fail('can not both modify and remove a label in the same command')
  return { set, remove }
}

const withLabels = (object: AnyObject, { set, remove }: Pairs): AnyObject => {
  const labels: Record<string, string> = { ...object.metadata.labels }
  for (const [key, value] of set) labels[key] = value
  for (const key of remove) delete labels[key]
  const { labels: _, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(labels).length > 0 ? { ...metadata, labels } : metadata }
}

function overwriteProblem(object: AnyObject, { set }: Pairs): Failure | undefined {
  const current = object.metadata.labels ?? {}
  const failures = [...set].flatMap(([key, value]) => {
    const old = current[key]
    return old !== undefined && old !== value ? [errorOf(`'${key}' already has a value (${old}), and --overwrite is false`)] : []
  })
  return failures.length === 1 ? failures[0] : aggregate(failures)
}

/** Models kubectl pkg/cmd/label (v1.35). */
export const label: Command = {
  path: ['label'],
  summary: 'Change labels of objects',
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
    fieldManagerFlag('kubectl-label'),
    { name: 'overwrite', type: 'bool', summary: 'Let new values replace old ones' },
    { name: 'list', type: 'bool', summary: 'List the labels' },
    { name: 'resource-version', type: 'string', summary: 'Only if the object is of this version' },
  ],
  run(invocation) {
    const { args, env, flags, out } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const { resources, pairs } = resourcesAndPairs(args, 'label')
    const labels = parseLabels(pairs)
    const isList = flags.bool('list')
    const isLocal = flags.bool('local')
    const overwrites = flags.bool('overwrite')
    const resourceVersion = flags.string('resource-version')
    if (isList && flags.string('output') !== '') fail('--list and --output may not be specified together')
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    if (flags.bool('all') && flags.string('field-selector') !== '') fail('cannot set --all and --field-selector at the same time')
    if (isLocal) {
      if (dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
      if (resources.length > 0) fail('can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set')
      if (flags.list('filename').length === 0) fail('one or more files must be specified as -f pod.yaml or --filename=pod.json')
    } else if (resources.length === 0 && flags.list('filename').length === 0)
      fail('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    if (labels.set.size === 0 && labels.remove.length === 0 && !isList) fail('at least one label update is required')
    const printer = new ObjectPrinter(invocation, dryRun)
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
        if (!(dryRun === 'client' || isLocal || isList))
          for (const key of labels.remove)
            if (before.metadata.labels?.[key] === undefined) out.print(`label ${JSON.stringify(key)} not found.\n`)
        const refused = overwrites ? undefined : overwriteProblem(before, labels)
        if (refused) return refused
        const after = recorded(invocation, withLabels(before, labels))
        if (isList) {
          if (!selection.isSingle) out.print(`Listing labels for ${info.resource.kind}.${info.resource.group}/${info.name}:\n`)
          for (const [key, value] of sortedEntries(after.metadata.labels))
            out.print(`${selection.isSingle ? '' : ' '}${key}=${value}\n`)
          return undefined
        }
        const [oldText, newText] = [compactJson(before), compactJson(after)]
        const operation =
          oldText === newText ? 'not labeled' : !overwrites && newText.length < oldText.length ? 'unlabeled' : 'labeled'
        if (dryRun === 'client' || isLocal) return printer.print(after, operation)
        const body = createMergePatch(before, after)
        const guarded = resourceVersion === '' ? body : withResourceVersion(body, resourceVersion)
        const answer = answered(
          invocation,
          env.api.patch(
            info.resource.key,
            info.namespace,
            info.name,
            { type: 'merge', body: guarded },
            writeOptions(invocation, dryRun),
          ),
        )
        return 'failure' in answer ? answer.failure : printer.print(after, operation)
      }),
    )
    return done()
  },
}

/** A patch that only holds for one version of the object. */
export const withResourceVersion = (
  body: Readonly<Record<string, unknown>>,
  resourceVersion: string,
): Readonly<Record<string, unknown>> => ({
  ...body,
  metadata: { ...(body['metadata'] as Readonly<Record<string, unknown>> | undefined), resourceVersion },
})
