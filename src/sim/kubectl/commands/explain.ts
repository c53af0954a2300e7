import { apiVersionOf, splitApiVersion } from '../../kubernetes/api/resources.ts'
import type { FieldSchema, StructSchema } from '../../kubernetes/api/schema.ts'
import { fieldsOf, structOf, typeText } from '../../kubernetes/api/schema-fields.ts'
import { type Command, done, Fatal } from '../command.ts'
import { fail, messageOf } from '../failure.ts'
import { findResource, isFailure } from '../selection.ts'

const ENUM_LIMIT = 4

function heading(field: FieldSchema, level: number): string {
  const indent = '  '.repeat(level)
  const shown = (field.values ?? []).slice(0, ENUM_LIMIT).map((value) => value || '""')
  const more = (field.values?.length ?? 0) > ENUM_LIMIT ? ', ....' : ''
  const values = shown.length > 0 ? `\n${indent}enum: ${shown.join(', ')}${more}` : ''
  return `${indent}${field.name}\t<${typeText(field.type)}>${field.isRequired ? ' -required-' : ''}${values}\n`
}

/** All fields below, a line each; a type that contains itself is not entered again. */
function fieldTree(struct: StructSchema, level: number, above: readonly StructSchema[]): string {
  return fieldsOf(struct)
    .map((field) => {
      const inner = structOf(field.type)
      return heading(field, level) + (inner && !above.includes(inner) ? fieldTree(inner, level + 1, [...above, inner]) : '')
    })
    .join('')
}

/** Lines of at most `width` columns, broken at spaces; each is indented, the last one too if it is empty. */
function block(text: string, width: number, indent: number): string {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n')
}

/** Columns on a terminal: Korean letters take two. */
function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uff00-\uff60]/.test(letter) ? 2 : 1
  return width
}

/** The real one's layout (kubectl/pkg/explain/v2, plaintext); the descriptions are our own. */
export const explain: Command = {
  path: ['explain'],
  summary: 'Show the fields of a kind',
  usage: 'TYPE[.FIELD...] [--recursive]',
  completes: 'fields',
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
    const words = env.schema.words
    const said: (string | undefined)[] = []
    let struct: StructSchema | undefined = root
    for (const [index, name] of path.entries()) {
      const above: StructSchema | undefined = struct
      const field = above && fieldsOf(above).find((candidate) => candidate.name === name)
      if (!field) return fail(`field ${JSON.stringify(name)} does not exist`)
      struct = structOf(field.type)
      if (index < path.length - 1) continue
      const values = field.values ? `ENUM:\n${field.values.map((value) => `    ${value || '""'}`).join('\n')}` : ''
      text += `FIELD: ${name} <${typeText(field.type)}>\n${values}\n\n`
      said.push(words?.ofField(above, field))
    }
    if (struct) said.push(words?.ofType(struct))
    const description = said.flatMap((sentence) => (sentence ? [`${sentence}\n`] : [])).join('')
    text += `DESCRIPTION:\n${block(description || '<empty>', 76, 4)}\n`
    if (struct) {
      text += 'FIELDS:\n'
      const own = struct
      if (flags.bool('recursive')) text += fieldTree(own, 1, [own])
      else
        for (const field of fieldsOf(own))
          text += `${heading(field, 1)}${block(words?.ofField(own, field) ?? '<no description>', 76, 4)}\n\n`
    }
    out.print(`${text}\n`)
    return done()
  },
}
