import type { Resource } from '../../kubernetes/api/resources.ts'
import { groupKind, subresourceOf } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { scaleOf } from '../../kubernetes/apiserver/scale.ts'
import { again, type Command, done, type Invocation, type Outcome, type PlainData } from '../command.ts'
import { aggregate, check, errorOf, fail, type Failure, isNotFound, statusFailure, usageError } from '../failure.ts'
import { fields, isFields, list, text } from '../fields.ts'
import { type Output, parseOutput, printObject, templateDebug } from '../output.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'
import { cellsOf, tableLines, type TableOptions, type TableRow } from '../printers/table.ts'
import { rawAnswer } from '../raw-paths.ts'
import { type Batch, read, readFiles, type ReadInfo, type ReadOptions, type ReadSelection } from '../selection.ts'
import { sortBy } from '../sort-by.ts'
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  filenameFlags,
  managedFieldsFlag,
  outputFlag,
  selectorFlag,
  templateFlags,
} from './common-flags.ts'

/** How often a watch looks for news, in simulated milliseconds. */
const WATCH_MS = 200

export const suggestApiResources = 'Use "kubectl api-resources" for a complete list of supported resources.'

export function readOptionsOf({ flags, namespace }: Invocation): ReadOptions {
  return {
    namespace,
    allNamespaces: flags.bool('all-namespaces'),
    ...(flags.changed('selector') ? { labelSelector: flags.string('selector') } : {}),
    ...(flags.changed('field-selector') ? { fieldSelector: flags.string('field-selector') } : {}),
  }
}

export const definitionOf = ({ env }: Pick<Invocation, 'env'>, resource: Resource): AnyObject | undefined => {
  if (!resource.isCustom) return undefined
  const found = env.api.get('customresourcedefinitions.apiextensions.k8s.io', '', resource.key)
  return found.ok ? found.value : undefined
}

function tableOptions({ flags, env }: Invocation, resource: Resource, wide: boolean, withKind: boolean): TableOptions {
  return {
    nowMs: env.unixMs,
    wide,
    noHeaders: flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces') && resource.namespaced,
    ...(withKind || flags.bool('show-kind') ? { kindPrefix: groupKind(resource).toLowerCase() } : {}),
    columnLabels: flags.list('label-columns'),
    showLabels: flags.bool('show-labels'),
  }
}

const rowsOf = (infos: readonly ReadInfo[]): readonly TableRow[] => infos.map(({ object }) => ({ object }))

function printTables(invocation: Invocation, { batches, failures }: ReadSelection, wide: boolean): Outcome {
  const { flags, out } = invocation
  const field = flags.string('sort-by')
  const kinds = new Set(batches.map(({ resource }) => resource.key))
  // The server's tables, not the objects in them, are what several kinds are sorted by, and a table has no such field.
  if (field !== '' && batches.length > 1) {
    const tables = sortBy(
      batches.map(() => ({ apiVersion: 'meta.k8s.io/v1', kind: 'Table', metadata: {} }) as AnyObject),
      field,
    )
    if (!tables.ok) fail(tables.message)
  }
  let written = ''
  for (let i = 0; i < batches.length;) {
    const { resource } = batches[i]!
    const group: Batch[] = []
    for (; i < batches.length && batches[i]!.resource.key === resource.key; i++) group.push(batches[i]!)
    let rows = rowsOf(group.flatMap(({ infos }) => infos))
    if (field !== '') {
      const sorted = sortBy(
        rows.map(({ object }) => object),
        field,
      )
      // A field that nobody has leaves an empty table; one that cannot be compared ends the command.
      if (!sorted.ok && sorted.message.startsWith('Field ')) fail(sorted.message)
      rows = sorted.ok ? sorted.value.map((object) => ({ object })) : []
    }
    const lines = tableLines(
      cellsOf(resource, definitionOf(invocation, resource)),
      rows,
      tableOptions(invocation, resource, wide, kinds.size > 1),
    )
    if (lines === '') continue
    out.print(`${written !== '' && !flags.bool('no-headers') ? '\n' : ''}${tabulate(lines, TABLE_TABS)}`)
    written = lines
  }
  if (written === '' && !flags.bool('ignore-not-found') && failures.length === 0) {
    const isNamespaced = !flags.bool('all-namespaces') && batches.every(({ resource }) => resource.namespaced)
    out.error(isNamespaced ? `No resources found in ${invocation.namespace} namespace.\n` : 'No resources found\n')
  }
  check(aggregate(failures))
  return done()
}

export const listOf = (objects: readonly AnyObject[]): AnyObject => ({
  apiVersion: 'v1',
  items: objects,
  kind: 'List',
  metadata: { resourceVersion: '' } as AnyObject['metadata'],
})

/** Prints with anything but a table; a failed template leaves its notes on stdout. */
function printWith(invocation: Invocation, output: Output, object: AnyObject, index = 0): Failure | undefined {
  const printed = printObject(output, object, { showManagedFields: invocation.flags.bool('show-managed-fields'), index })
  if (printed.ok) {
    invocation.out.print(printed.value)
    return undefined
  }
  if (output.type === 'template')
    invocation.out.print(
      templateDebug(output.template, printed.message.replace(/^error executing template .*?: (?=template:)/s, ''), object),
    )
  return errorOf(printed.message)
}

/** The Scale of an object; `status` and `resize` show the whole object. */
function subresourceObject({ resource, object }: ReadInfo, subresource: string): AnyObject {
  if (subresource === '') return object
  if (!subresourceOf(resource, subresource))
    check(statusFailure({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }))
  return subresource === 'scale' ? scaleOf(resource, object) : object
}

function printObjects(invocation: Invocation, selection: ReadSelection, output: Output): Outcome {
  const { flags } = invocation
  const failures = [...selection.failures]
  if (selection.isSingle && failures.length > 0) check(aggregate(failures))
  if (selection.infos.length === 0 && flags.bool('ignore-not-found')) {
    check(aggregate(failures))
    return done()
  }
  let objects = selection.infos.map((info) => subresourceObject(info, flags.string('subresource')))
  if (selection.isSingle && objects.length === 1) {
    const failure = printWith(invocation, output, objects[0]!)
    check(aggregate(failure ? [...failures, failure] : failures))
    return done()
  }
  const field = flags.string('sort-by')
  if (field !== '' && objects.length > 0) {
    const sorted = sortBy(objects, field)
    if (!sorted.ok) check(aggregate([...failures, errorOf(sorted.message)]))
    else objects = [...sorted.value]
  }
  const failure = printWith(invocation, output, listOf(objects))
  check(aggregate(failure ? [...failures, failure] : failures))
  return done()
}

function outputOf({ flags, env }: Invocation): Output {
  const parsed = parseOutput(
    { output: flags.string('output'), template: flags.string('template'), noHeaders: flags.bool('no-headers'), forGet: true },
    env,
  )
  return parsed.ok ? parsed.value : fail(parsed.message)
}

function validate({ flags }: Invocation): void {
  const output = flags.string('output')
  if (flags.string('raw') !== '') {
    if (flags.bool('watch') || flags.bool('watch-only') || flags.string('selector') !== '')
      fail('--raw may not be specified with other flags that filter the server request or alter the output')
    if (output !== '') fail('--raw and --output are mutually exclusive')
  }
  if (flags.bool('show-labels') && output !== '' && output !== 'wide')
    fail(`--show-labels option cannot be used with ${output} printer`)
  if (flags.bool('output-watch-events') && !flags.bool('watch') && !flags.bool('watch-only'))
    fail('--output-watch-events option can only be used with --watch or --watch-only')
}

// Watching ------------------------------------------------------------------------------------------------------------

interface WatchState {
  /** By namespace/name: the version last seen, and the object for its deletion. */
  readonly seen: Readonly<Record<string, PlainData>>
  readonly widths: readonly number[]
  readonly printed: number
}

const keyOf = ({ namespace, name }: ReadInfo): string => `${namespace}/${name}`

function selectWatched(invocation: Invocation): ReadSelection {
  const { args, flags } = invocation
  if (flags.list('filename').length > 0) return readFiles(invocation)
  return read(invocation, args, { ...readOptionsOf(invocation), allowTypeAlone: true, singleType: true })
}

function printEvents(
  invocation: Invocation,
  resource: Resource,
  rows: readonly TableRow[],
  state: { printed: number; widths: number[] },
): void {
  if (rows.length === 0) return
  const output = outputOf(invocation)
  const withEvents = invocation.flags.bool('output-watch-events')
  if (output.type === 'table') {
    const shown = withEvents ? rows : rows.map(({ object }) => ({ object }))
    const options = tableOptions(invocation, resource, output.wide, false)
    const lines = tableLines(cellsOf(resource, definitionOf(invocation, resource)), shown, {
      ...options,
      noHeaders: options.noHeaders || state.printed > 0,
    })
    invocation.out.print(tabulate(lines, { ...TABLE_TABS, remembered: state.widths }))
    state.printed += rows.length
    return
  }
  for (const { object, event } of rows) {
    const whole = withEvents && output.type !== 'name' ? ({ type: event ?? 'ADDED', object } as unknown as AnyObject) : object
    const failure = printWith(invocation, output, whole, state.printed)
    if (failure) check(failure)
    state.printed += 1
  }
}

function startWatch(invocation: Invocation): Outcome {
  const { flags, out } = invocation
  if (flags.string('sort-by') !== '')
    out.error(
      flags.bool('watch')
        ? 'warning: --watch requested, --sort-by will be ignored for watch events received\n'
        : 'warning: --watch-only requested, --sort-by will be ignored\n',
    )
  outputOf(invocation)
  const selection = selectWatched(invocation)
  if (selection.failures.length > 0) {
    if (flags.bool('ignore-not-found') && selection.failures.every(isNotFound)) return done()
    check(aggregate(selection.failures))
  }
  const [batch] = selection.batches
  if (!batch) return done()
  const state = { printed: 0, widths: [] as number[] }
  if (!flags.bool('watch-only'))
    printEvents(
      invocation,
      batch.resource,
      selection.infos.map(({ object }) => ({ object, event: 'ADDED' })),
      state,
    )
  return again(WATCH_MS, watchState(selection.infos, state))
}

const watchState = (
  infos: readonly ReadInfo[],
  { widths, printed }: { readonly widths: readonly number[]; readonly printed: number },
): PlainData => ({
  seen: Object.fromEntries(infos.map((info) => [keyOf(info), info.object as unknown as PlainData])),
  widths: [...widths],
  printed,
})

function goOnWatching(invocation: Invocation, kept: PlainData): Outcome {
  const previous = kept as unknown as WatchState
  const selection = selectWatched(invocation)
  // A named object that is gone, or a server that does not answer: the watch waits for better times.
  const failures = selection.failures.filter((found) => !isNotFound(found))
  if (failures.length > 0) return again(WATCH_MS, kept)
  const [batch] = selection.batches
  const resource = batch?.resource ?? watchedResource(invocation)
  if (!resource) return again(WATCH_MS, kept)
  const rows: (TableRow & { readonly version: number })[] = []
  const now = new Set<string>()
  const versionOf = (object: unknown): number => Number(text(fields(fields(object)['metadata'])['resourceVersion'])) || 0
  for (const info of selection.infos) {
    const key = keyOf(info)
    now.add(key)
    const before = previous.seen[key]
    const version = versionOf(info.object)
    if (before === undefined) rows.push({ object: info.object, event: 'ADDED', version })
    else if (versionOf(before) !== version) rows.push({ object: info.object, event: 'MODIFIED', version })
  }
  for (const key of Object.keys(previous.seen))
    if (!now.has(key))
      rows.push({ object: previous.seen[key] as unknown as AnyObject, event: 'DELETED', version: Number.MAX_SAFE_INTEGER })
  rows.sort((a, b) => a.version - b.version)
  const state = { printed: previous.printed, widths: [...previous.widths] }
  printEvents(invocation, resource, rows, state)
  return again(WATCH_MS, watchState(selection.infos, state))
}

function watchedResource({ args, env }: Invocation): Resource | undefined {
  const [first = ''] = args
  return env.registry.find(first.split('/')[0]!)
}

export const get: Command = {
  path: ['get'],
  summary: 'Show one or many resources',
  usage: '(TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE/NAME ...)',
  completes: 'resources',
  flags: [
    outputFlag(true),
    { name: 'no-headers', type: 'bool', summary: 'Leave out the header' },
    { name: 'show-labels', type: 'bool', summary: 'Show labels as the last column' },
    { name: 'show-kind', type: 'bool', summary: 'Show the kind before each name' },
    { name: 'label-columns', shorthand: 'L', type: 'stringSlice', meaning: 'label', summary: 'Labels to show as columns' },
    { name: 'sort-by', type: 'string', meaning: 'field', summary: 'Field to sort by' },
    ...templateFlags,
    managedFieldsFlag,
    { name: 'raw', type: 'string', summary: 'Path to ask the server for' },
    { name: 'watch', shorthand: 'w', type: 'bool', summary: 'Go on and show changes' },
    { name: 'watch-only', type: 'bool', summary: 'Show changes only' },
    { name: 'output-watch-events', type: 'bool', summary: 'Show the type of each change' },
    { name: 'ignore-not-found', type: 'bool', summary: 'Say nothing about what does not exist' },
    { name: 'server-print', type: 'bool', default: 'true', summary: 'Let the server make the table' },
    { name: 'subresource', type: 'string', values: ['status', 'scale', 'resize'], summary: 'Subresource to show' },
    fieldSelectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    selectorFlag,
    ...filenameFlags,
  ],
  run(invocation) {
    const { args, flags, out, env } = invocation
    if (flags.string('raw') !== '') {
      if (args.length > 0) fail('arguments may not be passed when --raw is specified')
      validate(invocation)
      const found = rawAnswer(env, flags.string('raw'))
      if (found.ok) out.print(found.value)
      else check(statusFailure(found.status))
      return done()
    }
    const watches = flags.bool('watch') || flags.bool('watch-only')
    const files = flags.list('filename')
    if (!watches && args.length === 0 && files.length === 0) {
      out.error(`You must specify the type of resource to get. ${suggestApiResources}\n\n`)
      usageError(
        'get',
        'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
      )
    }
    validate(invocation)
    if (watches) return startWatch(invocation)
    const found =
      files.length > 0
        ? readFiles(invocation)
        : read(invocation, args, { ...readOptionsOf(invocation), allowTypeAlone: true, continueOnError: true })
    const failures = flags.bool('ignore-not-found') ? found.failures.filter((failure) => !isNotFound(failure)) : found.failures
    // Words that mean nothing end the command before anything is printed.
    if (found.isInvalid) check(aggregate(failures))
    const selection = { ...found, failures }
    const isTable = (flags.string('output') === '' && flags.string('template') === '') || flags.string('output') === 'wide'
    if (isTable) return printTables(invocation, selection, flags.string('output') === 'wide')
    if (selection.isSingle && failures.length > 0) check(aggregate(failures))
    return printObjects(invocation, selection, outputOf(invocation))
  },
  resume: (invocation, state) => (isFields(state) && list(state['widths']) ? goOnWatching(invocation, state) : done()),
}
