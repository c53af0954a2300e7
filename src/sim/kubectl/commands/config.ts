import { type Command, type Context, done, type Invocation, type Session } from '../command.ts'
import { fail, usageError } from '../failure.ts'
import { compactJson, indentedJson } from '../printers/json.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'
import { toYaml } from '../printers/yaml.ts'

const find = (session: Session, name: string): Context | undefined => session.contexts.find((context) => context.name === name)

const currentContext: Command = {
  path: ['config', 'current-context'],
  summary: 'Show the name of the current context',
  flags: [],
  run({ env, out }) {
    if (env.session.context === '') fail('current-context is not set')
    out.print(`${env.session.context}\n`)
    return done()
  },
}

const useContext: Command = {
  path: ['config', 'use-context'],
  aliases: ['use'],
  summary: 'Make a context the current one',
  usage: 'CONTEXT_NAME',
  completes: 'contexts',
  flags: [],
  run({ args, env, out }) {
    const [name = ''] = args
    if (args.length !== 1)
      usageError(
        'config use-context',
        args.length === 0 ? 'accepts 1 arg(s), received 0' : `Unexpected args: [${args.join(' ')}]`,
      )
    if (!find(env.session, name)) fail(`no context exists with the name: ${JSON.stringify(name)}`)
    out.session = { ...env.session, context: name }
    out.print(`Switched to context ${JSON.stringify(name)}.\n`)
    return done()
  },
}

const getContexts: Command = {
  path: ['config', 'get-contexts'],
  summary: 'List the contexts',
  usage: '[NAME]',
  completes: 'contexts',
  flags: [
    { name: 'no-headers', type: 'bool', summary: 'Leave out the header' },
    { name: 'output', shorthand: 'o', type: 'string', values: ['name'], summary: 'Output format: name' },
  ],
  run({ args, flags, env, out }) {
    const output = flags.string('output')
    if (output !== '' && output !== 'name') fail(`output must be one of '' or 'name': ${output}`)
    for (const name of args) if (!find(env.session, name)) fail(`context ${name} not found`)
    const shown = [...env.session.contexts]
      .filter(({ name }) => args.length === 0 || args.includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (output === 'name') out.print(shown.map(({ name }) => `${name}\n`).join(''))
    else {
      const header = flags.bool('no-headers') ? '' : 'CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n'
      const rows = shown.map(
        ({ name, cluster, user, namespace = '' }) =>
          `${name === env.session.context ? '*' : ''}\t${name}\t${cluster}\t${user}\t${namespace}\n`,
      )
      out.print(tabulate(header + rows.join(''), TABLE_TABS))
    }
    return done()
  },
}

const setContext: Command = {
  path: ['config', 'set-context'],
  summary: 'Set the namespace, cluster or user of a context',
  usage: '(NAME | --current) [--namespace=NAMESPACE]',
  completes: 'contexts',
  flags: [{ name: 'current', type: 'bool', summary: 'Of the current context' }],
  run({ args, flags, env, out }) {
    const isCurrent = flags.bool('current')
    if (args.length !== (isCurrent ? 0 : 1)) usageError('config set-context', `Unexpected args: [${args.join(' ')}]`)
    const name = isCurrent ? env.session.context : args[0]!
    if (name === '') fail('no current context is set')
    const known = find(env.session, name)
    const given = (flag: 'namespace' | 'cluster' | 'user'): Partial<Context> =>
      flags.changed(flag) ? { [flag]: flags.string(flag) } : {}
    const changed: Context = {
      name,
      cluster: '',
      user: '',
      ...known,
      ...given('namespace'),
      ...given('cluster'),
      ...given('user'),
    }
    out.session = {
      ...env.session,
      contexts: known
        ? env.session.contexts.map((context) => (context === known ? changed : context))
        : [...env.session.contexts, changed],
    }
    out.print(`Context ${JSON.stringify(name)} ${known ? 'modified' : 'created'}.\n`)
    return done()
  },
}

const deleteContext: Command = {
  path: ['config', 'delete-context'],
  summary: 'Delete a context',
  usage: 'NAME',
  completes: 'contexts',
  flags: [],
  run({ args, env, out }) {
    const [name = ''] = args
    if (args.length !== 1) fail('you must specify a context')
    if (!find(env.session, name)) fail(`cannot delete context ${name}, not in /home/you/.kube/config`)
    out.session = { ...env.session, contexts: env.session.contexts.filter((context) => context.name !== name) }
    if (env.session.context === name)
      out.error('warning: this removed your active context, use "kubectl config use-context" to select a different one\n')
    out.print(`deleted context ${name} from /home/you/.kube/config\n`)
    return done()
  },
}

const names = (path: string, summary: string, header: string, of: (context: Context) => string): Command => ({
  path: ['config', path],
  summary,
  flags: [],
  run({ env, out }) {
    out.print(`${[header, ...[...new Set(env.session.contexts.map(of))].sort()].join('\n')}\n`)
    return done()
  },
})

const view: Command = {
  path: ['config', 'view'],
  summary: 'Show the kubeconfig',
  flags: [
    { name: 'minify', type: 'bool', summary: 'Only what the current context uses' },
    { name: 'raw', type: 'bool', summary: 'Show secrets too' },
    { name: 'flatten', type: 'bool', summary: 'Make it self-contained' },
    { name: 'output', shorthand: 'o', type: 'string', default: 'yaml', values: ['yaml', 'json'], summary: 'yaml or json' },
  ],
  run({ flags, env, out }: Invocation) {
    const contexts = env.session.contexts.filter(({ name }) => !flags.bool('minify') || name === env.session.context)
    const unique = (of: (context: Context) => string): readonly string[] => [...new Set(contexts.map(of))].sort()
    const config = {
      apiVersion: 'v1',
      clusters: unique(({ cluster }) => cluster).map((name) => ({ cluster: { server: env.serverAddress }, name })),
      contexts: contexts.map(({ name, cluster, user, namespace }) => ({
        context: { cluster, ...(namespace ? { namespace } : {}), user },
        name,
      })),
      'current-context': env.session.context,
      kind: 'Config',
      users: unique(({ user }) => user).map((name) => ({ name, user: {} })),
    }
    const output = flags.string('output')
    if (output !== 'yaml' && output !== 'json')
      fail(`unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,yaml`)
    out.print(output === 'yaml' ? toYaml(config) : `${indentedJson(JSON.parse(compactJson(config)))}\n`)
    return done()
  },
}

export const CONFIG: readonly Command[] = [
  currentContext,
  useContext,
  getContexts,
  setContext,
  deleteContext,
  names('get-clusters', 'List the clusters', 'NAME', ({ cluster }) => cluster),
  names('get-users', 'List the users', 'NAME', ({ user }) => user),
  view,
]
