import type { WriteOptions } from '../kubernetes/api/client.ts'
import type { Answer } from '../kubernetes/api/status.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Invocation } from './command.ts'
import { errorOf, fail, type Failure, statusFailure } from './failure.ts'
import type { FlagSpec } from './flags.ts'
import { type Output, outputFormats, parseOutput, printObject } from './output.ts'
import type { BuilderOptions } from './resource-builder.ts'

export const FILENAME_FLAGS: readonly FlagSpec[] = [
  {
    name: 'filename',
    shorthand: 'f',
    type: 'stringSlice',
    meaning: 'file',
    summary: 'Files of the objects; - reads the standard input',
  },
  { name: 'kustomize', shorthand: 'k', type: 'string', meaning: 'file', summary: 'Kustomization folder' },
  { name: 'recursive', shorthand: 'R', type: 'bool', summary: 'Read folders with all that is in them' },
]
export const PRINT_FLAGS: readonly FlagSpec[] = [
  { name: 'output', shorthand: 'o', type: 'string', meaning: 'output', values: outputFormats(false), summary: 'Output format' },
  { name: 'template', type: 'string', summary: 'Template of the output' },
  { name: 'allow-missing-template-keys', type: 'bool', default: 'true', summary: 'Missing fields are no error in a template' },
  { name: 'show-managed-fields', type: 'bool', summary: 'Keep managedFields in the output' },
]
export const DRY_RUN_FLAG: FlagSpec = {
  name: 'dry-run',
  type: 'string',
  default: 'none',
  bare: 'unchanged',
  values: ['none', 'client', 'server'],
  summary: 'Only say what would be done',
}
export const VALIDATE_FLAG: FlagSpec = {
  name: 'validate',
  type: 'string',
  default: 'strict',
  bare: 'strict',
  values: ['strict', 'warn', 'ignore'],
  summary: 'What to do about unknown fields',
}
export const RECORD_FLAG: FlagSpec = { name: 'record', type: 'bool', summary: 'Record this line as the change cause' }
export const SAVE_CONFIG_FLAG: FlagSpec = {
  name: 'save-config',
  type: 'bool',
  summary: 'Keep the manifest in an annotation, for apply',
}
export const SELECTOR_FLAG: FlagSpec = {
  name: 'selector',
  shorthand: 'l',
  type: 'string',
  meaning: 'label',
  summary: 'Label selector',
}
export const FIELD_SELECTOR_FLAG: FlagSpec = {
  name: 'field-selector',
  type: 'string',
  meaning: 'field',
  summary: 'Field selector',
}
export const ALL_FLAG: FlagSpec = { name: 'all', type: 'bool', summary: 'All objects of the types in the namespace' }
export const ALL_NAMESPACES_FLAG: FlagSpec = {
  name: 'all-namespaces',
  shorthand: 'A',
  type: 'bool',
  summary: 'In all namespaces',
}
export const LOCAL_FLAG: FlagSpec = { name: 'local', type: 'bool', summary: 'Work on the file, without the server' }
export const fieldManagerFlag = (name: string): FlagSpec => ({
  name: 'field-manager',
  type: 'string',
  default: name,
  summary: 'Name of the owner of the fields',
})
export const deleteFlags = (summary: string): readonly FlagSpec[] => [
  ...FILENAME_FLAGS,
  {
    name: 'cascade',
    type: 'string',
    default: 'background',
    bare: 'background',
    values: ['background', 'foreground', 'orphan'],
    summary: 'What happens to dependents',
  },
  { name: 'force', type: 'bool', summary },
  { name: 'grace-period', type: 'int', default: '-1', summary: 'Seconds to stop in; -1: as the object says' },
  { name: 'timeout', type: 'duration', default: '0s', summary: 'How long to wait for the deletion' },
  { name: 'wait', type: 'bool', default: 'true', summary: 'Wait until the objects are gone' },
]

export type DryRun = 'none' | 'client' | 'server'

/** Models cmdutil.GetDryRunStrategy. */
export function dryRunOf({ flags, out }: Invocation): DryRun {
  const value = flags.string('dry-run')
  switch (value) {
    case 'none':
    case 'client':
    case 'server':
      return value
    case 'unchanged':
      out.error(
        'W0101 00:00:00.000000       1 helpers.go:724] --dry-run is deprecated and can be replaced with --dry-run=client.\n',
      )
      return 'client'
    case '1':
    case 't':
    case 'T':
    case 'TRUE':
    case 'true':
    case 'True':
      out.error(
        `W0101 00:00:00.000000       1 helpers.go:736] --dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=client.\n`,
      )
      return 'client'
    case '0':
    case 'f':
    case 'F':
    case 'FALSE':
    case 'false':
    case 'False':
      out.error(
        `W0101 00:00:00.000000       1 helpers.go:739] --dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=none.\n`,
      )
      return 'none'
    default:
      return fail(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
  }
}

/** Models cmdutil.GetValidationDirective. */
export function fieldValidationOf({ flags }: Invocation): 'Strict' | 'Warn' | 'Ignore' {
  const value = flags.string('validate')
  if (['strict', '1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return 'Strict'
  if (value === 'warn') return 'Warn'
  if (['ignore', '0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return 'Ignore'
  return fail(`invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`)
}

/** Models cobra's required flags, which are checked before a command runs. */
export function requireFlags({ flags }: Invocation, ...names: readonly string[]): void {
  const missing = names.filter((name) => !flags.changed(name)).sort()
  if (missing.length > 0) fail(`required flag(s) ${missing.map((name) => `"${name}"`).join(', ')} not set`)
}

export const isNamespaceGiven = ({ flags }: Invocation): boolean => flags.changed('namespace')

/** The part of the builder's options that every command takes from its line. */
export const builderOptionsOf = (invocation: Invocation): BuilderOptions => ({
  env: invocation.env,
  namespace: invocation.namespace,
  enforceNamespace: isNamespaceGiven(invocation) && invocation.flags.list('filename').length > 0,
  filenames: invocation.flags.list('filename'),
  kustomize: invocation.flags.string('kustomize'),
  continueOnError: true,
})

export const requireFilename = ({ flags }: Invocation): void => {
  if (flags.list('filename').length === 0 && flags.string('kustomize') === '') fail('must specify one of -f and -k')
}

export const writeOptions = (invocation: Invocation, dryRun: DryRun): WriteOptions => ({
  ...(dryRun === 'server' ? { dryRun: true } : {}),
  fieldManager: invocation.flags.string('field-manager') || 'kubectl',
})

/** Shows the server's warnings and gives its answer as an object or as a failure. */
export function answered(
  invocation: Invocation,
  answer: Answer<AnyObject>,
): { readonly object: AnyObject } | { readonly failure: Failure } {
  invocation.out.warn(answer.warnings)
  return answer.ok ? { object: answer.value } : { failure: statusFailure(answer.status) }
}

/** Prints what was done to objects: `pod/p created`, or the object in the format of `-o`. Models genericclioptions.PrintFlags. */
export class ObjectPrinter {
  readonly output: Output
  readonly #invocation: Invocation
  readonly #dryRun: DryRun
  #printed = 0

  constructor(invocation: Invocation, dryRun: DryRun) {
    this.#invocation = invocation
    this.#dryRun = dryRun
    const parsed = parseOutput(
      { output: invocation.flags.string('output'), template: invocation.flags.string('template'), forGet: false },
      invocation.env,
    )
    this.output = parsed.ok ? parsed.value : fail(parsed.message)
  }

  /** Is it more than the name that is asked for? */
  get isWholeObject(): boolean {
    return this.output.type !== 'table' && this.output.type !== 'name'
  }

  print(object: AnyObject, operation: string): Failure | undefined {
    const { out, flags } = this.#invocation
    if (this.output.type === 'table') {
      const dry = this.#dryRun === 'none' ? '' : this.#dryRun === 'client' ? ' (dry run)' : ' (server dry run)'
      const done = operation === '' ? dry.trimStart() : `${operation}${dry}`
      out.print(`${printedName(object)}${done === '' ? '' : ` ${done}`}\n`)
      return undefined
    }
    const printed = printObject(this.output, object, {
      index: this.#printed,
      showManagedFields: flags.bool('show-managed-fields'),
    })
    if (!printed.ok) return errorOf(printed.message)
    this.#printed += 1
    out.print(printed.value)
    return undefined
  }
}

const printedName = (object: AnyObject): string => {
  const slash = object.apiVersion.indexOf('/')
  const kind = object.kind.toLowerCase()
  const name = object.metadata?.name || '<unknown>'
  return slash < 0 ? `${kind}/${name}` : `${kind}.${object.apiVersion.slice(0, slash)}/${name}`
}

/** The line as `--record` keeps it. Models RecordFlags. */
const changeCauseOf = ({ command, args, flags }: Invocation): string => {
  const given = command.flags.filter((spec) => flags.changed(spec.name))
  return ['kubectl', ...command.path, ...args, ...given.map((spec) => `--${spec.name}=${flags.string(spec.name)}`)].join(' ')
}

export const CHANGE_CAUSE = 'kubernetes.io/change-cause'

/** Adds the change cause if `--record` asks for it. */
export function recorded(invocation: Invocation, object: AnyObject): AnyObject {
  if (!invocation.flags.bool('record')) return object
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [CHANGE_CAUSE]: changeCauseOf(invocation) } },
  }
}

export function warnOfRecord({ flags, out }: Invocation): void {
  if (flags.changed('record')) out.error('Flag --record has been deprecated, --record will be removed in the future\n')
}

/** A new object has no version yet: one that the manifest names is dropped. Models resource.Helper.Create. */
export function withoutVersion(object: AnyObject): AnyObject {
  if (object.metadata.resourceVersion === undefined) return object
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
