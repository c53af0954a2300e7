import { apiVersionOf, splitApiVersion } from '../../kubernetes/api/resources.ts'
import type { SchemaType, StructSchema } from '../../kubernetes/api/schema.ts'
import { type Command, done, Fatal } from '../command.ts'
import { fail, messageOf } from '../failure.ts'
import { findResource, isFailure } from '../selection.ts'

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  int32: 'integer',
  int64: 'integer',
  double: 'number',
  bool: 'boolean',
  bytes: 'string',
  quantity: 'Quantity',
  time: 'string',
  microTime: 'string',
  intOrString: 'IntOrString',
  any: 'Object',
}

/** `[]Container`, `map[string]string`, `integer`. */
function typeText(type: SchemaType): string {
  switch (type.type) {
    case 'struct':
      return type.struct.goType.replace(/^.*\./, '')
    case 'list':
      return `[]${typeText(type.of)}`
    case 'map':
      return `map[string]${typeText(type.of)}`
    default:
      return SCALARS[type.type] ?? 'Object'
  }
}

/** The struct within lists and maps. */
function structOf(type: SchemaType): StructSchema | undefined {
  if (type.type === 'struct') return type.struct
  return type.type === 'list' || type.type === 'map' ? structOf(type.of) : undefined
}

const sortedFields = (struct: StructSchema): readonly (readonly [string, SchemaType, boolean])[] =>
  [...struct.fields.values()]
    .map(({ name, type, presence }) => [name, type, presence === 'always'] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** All fields below, a line each; a type that contains itself is not entered again. */
function fieldTree(struct: StructSchema, level: number, above: readonly StructSchema[]): string {
  return sortedFields(struct)
    .map(([name, type, isRequired]) => {
      const inner = structOf(type)
      const line = `${'  '.repeat(level)}${name}\t<${typeText(type)}>${isRequired ? ' -required-' : ''}\n`
      return line + (inner && !above.includes(inner) ? fieldTree(inner, level + 1, [...above, inner]) : '')
    })
    .join('')
}

/** Simplified: the layout of the real one; what it says of each field is not told here yet. */
export const explain: Command = {
  path: ['explain'],
  summary: 'Show the fields of a kind',
  usage: 'TYPE[.FIELD...] [--recursive]',
  completes: 'resources',
  flags: [
    { name: 'recursive', type: 'bool', summary: 'All fields below too' },
    { name: 'api-version', type: 'string', summary: 'Of this version' },
    { name: 'output', shorthand: 'o', type: 'string', default: 'plaintext', values: ['plaintext'], summary: 'Output format' },
  ],
  run(invocation) {
    const { args, flags, env, out } = invocation
    if (args.length === 0)
      fail(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
      )
    if (args.length > 1) fail('We accept only this format: explain RESOURCE')
    const [first = '', ...path] = args[0]!.replace(/\.$/, '').split('.')
    const resource = findResource(invocation, first)
    if (isFailure(resource)) throw new Fatal(messageOf(resource))
    const apiVersion = flags.string('api-version') || apiVersionOf(resource)
    const root = env.schema.kind(apiVersion, resource.kind)
    if (!root) return fail(`couldn't find resource for "${apiVersion}, Resource=${resource.plural}"`)
    const [group, version] = splitApiVersion(apiVersion)
    let text = `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${resource.kind}\nVERSION:    ${version}\n\n`
    let struct: StructSchema | undefined = root
    for (const [index, name] of path.entries()) {
      const field = struct?.fields.get(name)
      if (!field) return fail(`field ${JSON.stringify(name)} does not exist`)
      struct = structOf(field.type)
      if (index === path.length - 1) text += `FIELD: ${name} <${typeText(field.type)}>\n\n`
    }
    text += 'DESCRIPTION:\n    <empty>\n'
    if (struct) {
      text += 'FIELDS:\n'
      if (flags.bool('recursive')) text += fieldTree(struct, 1, [struct])
      else
        for (const [name, type, isRequired] of sortedFields(struct))
          text += `  ${name}\t<${typeText(type)}>${isRequired ? ' -required-' : ''}\n    <no description>\n\n`
    }
    out.print(`${text}\n`)
    return done()
  },
}
