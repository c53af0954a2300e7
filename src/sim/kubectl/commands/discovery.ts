import { apiVersionOf, type Resource } from '../../kubernetes/api/resources.ts'
import { type Command, done } from '../command.ts'
import { fail, usageError } from '../failure.ts'
import { goQuote } from '../printers/go-format.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const apiResources: Command = {
  path: ['api-resources'],
  summary: 'List the kinds of resources that the server knows',
  flags: [
    { name: 'api-group', type: 'string', summary: 'Only of this group' },
    { name: 'namespaced', type: 'bool', default: 'true', summary: 'Only namespaced ones, or (false) only others' },
    { name: 'verbs', type: 'stringSlice', summary: 'Only those with these verbs' },
    { name: 'categories', type: 'stringSlice', summary: 'Only of these categories' },
    { name: 'sort-by', type: 'string', values: ['name', 'kind'], summary: 'Sort by name or kind' },
    { name: 'cached', type: 'bool', summary: 'Use what is already known' },
    { name: 'no-headers', type: 'bool', summary: 'Leave out the header' },
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      values: ['wide', 'name'],
      meaning: 'output',
      summary: 'Output format: wide or name',
    },
  ],
  run({ args, flags, env, out }) {
    if (args.length > 0) usageError('api-resources', `unexpected arguments: [${args.join(' ')}]`)
    const sort = flags.string('sort-by')
    if (!['', 'name', 'kind'].includes(sort)) fail('--sort-by accepts only name or kind')
    const output = flags.string('output')
    if (!['', 'name', 'wide'].includes(output))
      fail(
        `unable to match a printer suitable for the output format ${goQuote(output)}, allowed formats are: json,kyaml,name,wide,yaml`,
      )
    const verbs = flags.list('verbs')
    const categories = flags.list('categories')
    const resources = env.registry
      .all()
      .filter(
        (resource) =>
          (!flags.changed('api-group') || resource.group === flags.string('api-group')) &&
          (!flags.changed('namespaced') || resource.namespaced === flags.bool('namespaced')) &&
          verbs.every((verb) => (resource.verbs as readonly string[]).includes(verb)) &&
          categories.every((category) => resource.categories.includes(category)),
      )
    const keyOf = (resource: Resource): string =>
      sort === 'name' ? resource.plural : sort === 'kind' ? resource.kind : resource.group
    const sorted = [...resources].sort((a, b) => byText(keyOf(a), keyOf(b)) || byText(a.plural, b.plural))
    if (output === 'name') {
      out.print(sorted.map(({ key }) => `${key}\n`).join(''))
      return done()
    }
    const isWide = output === 'wide'
    let table = flags.bool('no-headers')
      ? ''
      : `NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${isWide ? '\tVERBS\tCATEGORIES' : ''}\n`
    for (const resource of sorted)
      table += `${[
        resource.plural,
        resource.shortNames.join(','),
        apiVersionOf(resource),
        String(resource.namespaced),
        resource.kind,
        ...(isWide ? [resource.verbs.join(','), resource.categories.join(',')] : []),
      ].join('\t')}\n`
    out.print(tabulate(table, TABLE_TABS))
    return done()
  },
}

export const apiVersions: Command = {
  path: ['api-versions'],
  summary: 'List the API versions that the server knows',
  flags: [],
  run({ args, env, out }) {
    if (args.length > 0) usageError('api-versions', `unexpected arguments: [${args.join(' ')}]`)
    const versions = new Set(
      env.registry.all().flatMap((resource) => resource.versions.map((version) => apiVersionOf(resource, version))),
    )
    // Groups without resources that can be listed are served as well.
    for (const group of ['authentication.k8s.io/v1', 'authorization.k8s.io/v1']) versions.add(group)
    out.print(`${[...versions].sort().join('\n')}\n`)
    return done()
  },
}
