import type { AnyObject } from '../../kubernetes/api/types.ts'
import { isEnvName } from '../../kubernetes/apiserver/validation/names.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { check, errorOf, fail, type Failure } from '../failure.ts'
import { type Fields, fields, items, list, text } from '../fields.ts'
import { matchesContainer, withPodSpec } from '../pod-template.ts'
import { collect, select } from '../resource-builder.ts'
import { patchAll, SET_FLAGS } from '../set-patches.ts'
import { builderOptionsOf, dryRunOf, isNamespaceGiven, ObjectPrinter } from '../write-options.ts'

type Variable = Fields

const isEnvWord = (word: string): boolean => word.lastIndexOf('=') > 0 || word.endsWith('-')

/** Models util.SplitEnvironmentFromResources. */
function splitArguments(args: readonly string[]): { resources: readonly string[]; envArgs: readonly string[] } {
  const first = args.findIndex(isEnvWord)
  if (first < 0) return { resources: args, envArgs: [] }
  if (args.slice(first).some((word) => !isEnvWord(word)))
    fail(`all resources must be specified before environment changes: ${args.join(' ')}`)
  return { resources: args.slice(0, first), envArgs: args.slice(first) }
}

interface Changes {
  readonly env: Variable[]
  readonly remove: readonly string[]
}

/** `A=1`, `A-`, or `-` for lines of the standard input. Models util.ParseEnv. */
function parseChanges({ env, flags }: Invocation, envArgs: readonly string[]): Changes {
  const set: Variable[] = []
  const remove: string[] = []
  const seen = new Set<string>()
  for (const word of [...flags.list('env'), ...envArgs]) {
    const equals = word.indexOf('=')
    if (word === '-') {
      for (const line of (env.stdin ?? '').split('\n')) {
        const [name, ...value] = line.split('#')[0]!.split('=')
        if (value.length > 0) set.push({ name, value: value.join('=') })
      }
    } else if (equals >= 0) {
      const name = word.slice(0, equals)
      const problems = isEnvName(name)
      if (problems.length > 0) fail(`${JSON.stringify(name)} is not a valid key name: ${problems.join(';')}`)
      seen.add(name)
      set.push({ name, value: word.slice(equals + 1) })
    } else if (word.endsWith('-')) remove.push(word.slice(0, -1))
    else fail(`unknown environment variable: ${word}`)
  }
  if (remove.some((name) => seen.has(name)))
    fail('can not both modify and remove the same environment variable in the same command')
  return { env: set, remove }
}

/** `--from=configmap/cfg`: a variable for each key. Upstream walks a Go map; here the keys are sorted. */
function fromObject(invocation: Invocation, object: AnyObject, keys: readonly string[]): readonly Variable[] {
  const ref = object.kind === 'Secret' ? 'secretKeyRef' : object.kind === 'ConfigMap' ? 'configMapKeyRef' : undefined
  if (ref === undefined) return fail('unsupported resource specified in --from')
  return Object.keys(fields(object['data']))
    .sort()
    .filter((key) => keys.length === 0 || keys.includes(key))
    .map((key) => {
      const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_').toUpperCase()
      if (name !== key) invocation.out.error(`Warning: key ${key} transferred to ${name}\n`)
      return { name, valueFrom: { [ref]: { name: object.metadata.name, key } } }
    })
}

/** Models set.updateEnv. */
function updateEnv(existing: readonly Variable[], { env, remove }: Changes): readonly Variable[] {
  const covered = new Set(remove)
  const out: Variable[] = []
  for (const variable of existing) {
    const name = text(variable['name'])
    if (covered.has(name)) continue
    const newer = env.find((candidate) => candidate['name'] === name)
    if (newer) covered.add(name)
    out.push(newer ?? variable)
  }
  for (const variable of env) {
    const name = text(variable['name'])
    if (covered.has(name)) continue
    covered.add(name)
    out.push(variable)
  }
  return out
}

/** Models resourcehelper.GetEnvVarRefString. */
function referenceText(valueFrom: Fields): string {
  const config = fields(valueFrom['configMapKeyRef'])
  if (valueFrom['configMapKeyRef']) return `configmap ${text(config['name'])}, key ${text(config['key'])}`
  const secret = fields(valueFrom['secretKeyRef'])
  if (valueFrom['secretKeyRef']) return `secret ${text(secret['name'])}, key ${text(secret['key'])}`
  if (valueFrom['fieldRef']) return `field path ${text(fields(valueFrom['fieldRef'])['fieldPath'])}`
  const resource = fields(valueFrom['resourceFieldRef'])
  if (valueFrom['resourceFieldRef']) {
    const container = text(resource['containerName'])
    return `${container === '' ? '' : `${container}/`}${text(resource['resource'])}`
  }
  return 'invalid valueFrom'
}

function printContainer({ out }: Invocation, object: AnyObject, container: Fields): void {
  out.print(`# ${object.kind} ${object.metadata.name}, container ${text(container['name'])}\n`)
  for (const variable of items(container['env'])) {
    const name = text(variable['name'])
    out.print(
      variable['valueFrom'] === undefined
        ? `${name}=${text(variable['value'])}\n`
        : `# ${name} from ${referenceText(fields(variable['valueFrom']))}\n`,
    )
  }
}

/** Models kubectl pkg/cmd/set set_env.go (v1.35). Simplified: `--resolve` lists references as they are. */
export const setEnv: Command = {
  path: ['set', 'env'],
  summary: 'Change environment variables of containers',
  usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  completes: 'resources',
  flags: [
    ...SET_FLAGS.filter(({ name }) => name !== 'record'),
    {
      name: 'containers',
      shorthand: 'c',
      type: 'string',
      default: '*',
      meaning: 'container',
      summary: 'Names of the containers',
    },
    { name: 'from', type: 'string', meaning: 'resource', summary: 'ConfigMap or Secret to take variables from' },
    { name: 'prefix', type: 'string', summary: 'Put before the names' },
    { name: 'env', shorthand: 'e', type: 'stringArray', summary: 'KEY=VALUE' },
    { name: 'keys', type: 'stringSlice', summary: 'Keys to take with --from' },
    { name: 'list', type: 'bool', summary: 'List the variables' },
    { name: 'resolve', type: 'bool', summary: 'Show the values of references' },
    { name: 'overwrite', type: 'bool', default: 'true', summary: 'Let new values replace old ones' },
  ],
  run(invocation) {
    const { args, flags, out } = invocation
    const isLocal = flags.bool('local')
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    const { resources, envArgs } = splitArguments(args)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    if (isLocal && dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    if (flags.list('filename').length === 0 && resources.length === 0)
      fail('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    if (flags.bool('list') && flags.string('output') !== '') fail('--list and --output may not be specified together')
    if (flags.list('keys').length > 0 && flags.string('from') === '')
      fail('when specifying --keys, a configmap or secret must be provided with --from')

    const changes = parseChanges(invocation, envArgs)
    const builder = {
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      labelSelector: flags.string('selector'),
      allowTypeAlone: flags.bool('all'),
      latest: !isLocal,
      local: isLocal,
    }
    if (flags.string('from') !== '') {
      const { infos, failure } = collect(select({ ...builder, filenames: [], args: [flags.string('from')] }))
      check(failure)
      for (const { object } of infos) changes.env.push(...fromObject(invocation, object!, flags.list('keys')))
    }
    const prefix = flags.string('prefix')
    const all: Changes = {
      ...changes,
      env: changes.env.map((variable) => ({ ...variable, name: prefix + text(variable['name']) })),
    }
    const { infos, failure } = collect(select({ ...builder, args: resources }))
    check(failure)

    const change = (object: AnyObject): AnyObject | Failure => {
      let refused: Failure | undefined
      const changed = withPodSpec(object, (spec) => {
        let matches = 0
        const edit = (container: Fields): Fields => {
          if (!matchesContainer(text(container['name']), flags.string('containers'))) return container
          matches += 1
          const existing = items(container['env'])
          if (!flags.bool('overwrite'))
            for (const variable of all.env) {
              const current = existing.find(({ name }) => name === variable['name'])
              if (current && text(current['value']) !== text(variable['value']))
                refused ??= errorOf(
                  `'${text(current['name'])}' already has a value (${text(current['value'])}), and --overwrite is false`,
                )
            }
          const env = updateEnv(existing, all)
          const after = { ...container, env: env.length > 0 ? env : undefined }
          if (flags.bool('list')) printContainer(invocation, object, after)
          return after
        }
        const containers = items(spec['containers']).map(edit)
        const initContainers = items(spec['initContainers']).map(edit)
        if (matches === 0)
          out.error(
            `Warning: ${object.kind}/${object.metadata.name} does not have any containers matching "${flags.string('containers')}"\n`,
          )
        return { ...spec, containers, ...(list(spec['initContainers']).length > 0 ? { initContainers } : {}) }
      })
      return refused ?? changed
    }
    if (flags.bool('list')) {
      for (const { object } of infos) change(object!)
      return done()
    }
    patchAll(
      {
        invocation,
        printer,
        dryRun,
        operation: 'env updated',
        failurePrefix: 'failed to patch env update to pod template: ',
        afterPatch: () =>
          all.env.length === 0 && envArgs.length === 0
            ? errorOf('at least one environment variable must be provided')
            : undefined,
      },
      infos,
      change,
    )
    return done()
  },
}
