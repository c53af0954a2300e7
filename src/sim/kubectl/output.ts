import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Environment } from './command.ts'
import { fields, items, text } from './fields.ts'
import { executeTemplate, type GoTemplate, parseTemplate } from './printers/go-template.ts'
import { goQuote, goSyntax, goValue } from './printers/go-format.ts'
import {
  evaluateJsonPath,
  type JsonPath,
  parseJsonPath,
  printJsonPath,
  relaxedJsonPath,
  type Result,
} from './printers/json-path.ts'
import { compactJson, indentedJson } from './printers/json.ts'
import { toKyaml } from './printers/kyaml.ts'
import { TABLE_TABS, tabulate } from './printers/tab-writer.ts'
import { toYaml } from './printers/yaml.ts'

interface Column {
  readonly header: string
  readonly path: JsonPath
}

/** What `-o` asks for. */
export type Output =
  | { readonly type: 'table'; readonly wide: boolean }
  | { readonly type: 'json' | 'yaml' | 'kyaml' | 'name' }
  | { readonly type: 'jsonpath'; readonly path: JsonPath; readonly asJson: boolean }
  | { readonly type: 'columns'; readonly columns: readonly Column[]; readonly noHeaders: boolean }
  | { readonly type: 'template'; readonly template: GoTemplate }

const BASIC = [
  'go-template',
  'go-template-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'kyaml',
  'name',
  'template',
  'templatefile',
  'yaml',
]
const GET = [...BASIC, 'custom-columns', 'custom-columns-file', 'wide']

export const outputFormats = (forGet: boolean): readonly string[] => [...(forGet ? GET : BASIC)].sort()

const failed = (message: string): Result<never> => ({ ok: false, message })

interface OutputFlags {
  readonly output: string
  /** `--template`. */
  readonly template?: string
  readonly noHeaders?: boolean
  readonly forGet: boolean
}

/** Reads `-o` and `--template`. Models genericclioptions.PrintFlags and kubectl get's. */
export function parseOutput({ output, template = '', noHeaders = false, forGet }: OutputFlags, env: Environment): Result<Output> {
  if (output === '' && template === '') return { ok: true, value: { type: 'table', wide: false } }
  const wanted = output === '' ? 'go-template' : output
  const equals = wanted.indexOf('=')
  const format = equals < 0 || template !== '' ? wanted : wanted.slice(0, equals)
  const argument = template !== '' ? template : equals < 0 ? '' : wanted.slice(equals + 1)
  const fromFile = (): Result<string> => {
    const content = env.file(argument)
    return content === undefined
      ? failed(`error reading --template ${argument}, open ${argument}: no such file or directory`)
      : { ok: true, value: content }
  }
  switch (format) {
    case 'go-template':
    case 'go-template-file':
    case 'template':
    case 'templatefile': {
      if (argument === '') return failed('template format specified but no template given')
      const source = format.endsWith('file') ? fromFile() : { ok: true as const, value: argument }
      if (!source.ok) return source
      const parsed = parseTemplate(source.value)
      return parsed.ok
        ? { ok: true, value: { type: 'template', template: parsed.value } }
        : failed(`error parsing template ${source.value}, ${parsed.message}`)
    }
    case 'jsonpath':
    case 'jsonpath-as-json':
    case 'jsonpath-file': {
      if (argument === '') return failed('template format specified but no template given')
      const source = format === 'jsonpath-file' ? fromFile() : { ok: true as const, value: argument }
      if (!source.ok) return source
      const path = parseJsonPath(source.value)
      return path.ok
        ? { ok: true, value: { type: 'jsonpath', path: path.value, asJson: format === 'jsonpath-as-json' } }
        : failed(`error parsing jsonpath ${source.value}, ${path.message}`)
    }
    case 'json':
    case 'yaml':
    case 'kyaml':
    case 'name':
      if (equals < 0) return { ok: true, value: { type: format } }
      break
    case 'wide':
      if (forGet && equals < 0) return { ok: true, value: { type: 'table', wide: true } }
      break
    case 'custom-columns':
      if (forGet) return columnsFromSpec(argument, noHeaders)
      break
    case 'custom-columns-file': {
      if (!forGet) break
      if (argument === '') return failed('custom-columns format specified but no custom columns given')
      const content = env.file(argument)
      if (content === undefined)
        return failed(`error reading template ${argument}, open ${argument}: no such file or directory\n`)
      return columnsFromTemplate(content)
    }
  }
  return failed(
    `unable to match a printer suitable for the output format ${goQuote(output)}, allowed formats are: ${outputFormats(forGet).join(',')}`,
  )
}

function column(header: string, spec: string): Result<Column> {
  const relaxed = relaxedJsonPath(spec)
  if (!relaxed.ok) return relaxed
  const path = parseJsonPath(relaxed.value)
  return path.ok ? { ok: true, value: { header, path: path.value } } : path
}

function columnsFrom(specs: readonly (readonly [string, string])[], noHeaders: boolean): Result<Output> {
  const columns: Column[] = []
  for (const [header, spec] of specs) {
    const found = column(header, spec)
    if (!found.ok) return found
    columns.push(found.value)
  }
  return { ok: true, value: { type: 'columns', columns, noHeaders } }
}

function columnsFromSpec(spec: string, noHeaders: boolean): Result<Output> {
  if (spec === '') return failed('custom-columns format specified but no custom columns given')
  const pairs: (readonly [string, string])[] = []
  for (const part of spec.split(',')) {
    const colon = part.indexOf(':')
    if (colon < 0) return failed(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
    pairs.push([part.slice(0, colon), part.slice(colon + 1)])
  }
  return columnsFrom(pairs, noHeaders)
}

const words = (line: string): readonly string[] => line.split(/\s+/).filter((word) => word !== '')

function columnsFromTemplate(content: string): Result<Output> {
  const [first, second] = content.split('\n')
  if (!first)
    return failed(
      'invalid template, missing header line. Expected format is one line of space separated headers, one line of space separated column specs.',
    )
  if (!second)
    return failed(
      'invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.',
    )
  const headers = words(first)
  const specs = words(second)
  if (headers.length !== specs.length)
    return failed(`number of headers (${headers.length}) and field specifications (${specs.length}) don't match`)
  return columnsFrom(
    headers.map((header, index) => [header, specs[index]!] as const),
    false,
  )
}

const isList = (object: unknown): boolean =>
  typeof object === 'object' && object !== null && 'items' in object && text(fields(object)['kind']).endsWith('List')

const withoutManagedFields = (object: AnyObject): AnyObject => {
  if (isList(object)) return { ...object, items: items(object['items']).map((item) => withoutManagedFields(item as AnyObject)) }
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** `deployment.apps/web`. */
export function objectName(object: AnyObject): string {
  const [group = '', version] = object.apiVersion.split('/')
  return `${object.kind}${version === undefined ? '' : `.${group}`}`.toLowerCase() + `/${object.metadata.name || '<unknown>'}`
}

/** Prints one object, or a `v1 List`; `index` counts what was printed before. Managed fields are left out unless asked for. */
export function printObject(
  output: Output,
  whole: AnyObject,
  { showManagedFields = false, index = 0 }: { readonly showManagedFields?: boolean; readonly index?: number } = {},
): Result<string> {
  const object = showManagedFields ? whole : withoutManagedFields(whole)
  switch (output.type) {
    case 'json':
      return { ok: true, value: `${indentedJson(object)}\n` }
    case 'yaml':
      return { ok: true, value: (index > 0 ? '---\n' : '') + toYaml(object) }
    case 'kyaml':
      return { ok: true, value: toKyaml(object) }
    case 'name':
      return {
        ok: true,
        value: (isList(object) ? items(object['items']) : [object]).map((item) => `${objectName(item as AnyObject)}\n`).join(''),
      }
    case 'jsonpath': {
      const printed = printJsonPath(output.path, whole, { asJson: output.asJson })
      if (printed.ok) return printed
      const { source } = output.path
      return failed(
        `error executing jsonpath ${goQuote(source)}: Error executing template: ${printed.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${source}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(whole)}\n\n\n`,
      )
    }
    case 'columns':
      return printColumns(output.columns, output.noHeaders || index > 0, object)
    case 'template': {
      const printed = executeTemplate(output.template, whole)
      if (printed.ok) return printed
      return failed(`error executing template ${goQuote(output.template.source)}: ${printed.message}`)
    }
    case 'table':
      return failed('a table needs its columns')
  }
}

/** What a failed template leaves on stdout. */
export const templateDebug = (template: GoTemplate, message: string, object: unknown): string =>
  `Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template.source}\n\traw data was:\n\t\t${compactJson(object)}\n\tobject given to template engine was:\n\t\t${goValue(object)}\n\n`

function printColumns(columns: readonly Column[], noHeaders: boolean, object: AnyObject): Result<string> {
  let out = noHeaders ? '' : `${columns.map(({ header }) => header).join('\t')}\n`
  for (const item of isList(object) ? items(object['items']) : [object]) {
    const cells: string[] = []
    for (const { path } of columns) {
      const found = evaluateJsonPath(path, item, { allowMissingKeys: true })
      if (!found.ok) return found
      const none = found.value.length === 0 || found.value[0]!.length === 0
      cells.push([...(none ? ['<none>'] : []), ...found.value.flat().map(goValue)].join(','))
    }
    out += `${cells.join('\t')}\n`
  }
  return { ok: true, value: tabulate(out, TABLE_TABS) }
}
