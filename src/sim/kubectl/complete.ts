import { apiVersionOf, type Resource } from '../kubernetes/api/resources.ts'
import { fieldsOf as structFields, structOf, typeText } from '../kubernetes/api/schema-fields.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Command, Environment } from './command.ts'
import { type CommandNode, COMMANDS, commandTree } from './commands.ts'
import { at, isFields, items, text } from './fields.ts'
import { type FlagSpec, parseFlags } from './flags.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'
import { findCommand } from './kubectl.ts'
import { type ShellToken, shellTokens } from './shell-words.ts'

export interface Completion {
  /** What the word becomes. */
  readonly text: string
  /** Offset in the line where it begins. */
  readonly from: number
  readonly kind: 'command' | 'flag' | 'kind' | 'name' | 'namespace' | 'value' | 'field' | 'file'
  readonly detail?: string
}

/** More would not be read. */
const COMPLETIONS_MAX = 200
const TREE = commandTree(COMMANDS)

type Candidate = Omit<Completion, 'from'>

const value = (text: string, kind: Completion['kind'] = 'value', detail?: string): Candidate =>
  detail === undefined ? { text, kind } : { text, kind, detail }

function namesOf(env: Environment, resource: Resource, namespace: string): readonly Candidate[] {
  const found = env.api.list(resource.key, resource.namespaced ? { namespace } : {})
  return found.ok ? found.value.items.map(({ metadata }) => value(metadata.name, 'name', resource.kind)) : []
}

const kinds = (env: Environment): readonly Candidate[] =>
  env.registry
    .all()
    .filter(({ verbs }) => (verbs as readonly string[]).includes('list'))
    .map((resource) =>
      value(resource.plural, 'kind', [resource.shortNames.join(', '), resource.group].filter((part) => part !== '').join(' · ')),
    )

function labelsOf(env: Environment, resource: Resource | undefined, namespace: string): readonly Candidate[] {
  if (!resource) return []
  const found = env.api.list(resource.key, resource.namespaced ? { namespace } : {})
  const pairs = new Set<string>()
  for (const object of found.ok ? found.value.items : [])
    for (const [key, label] of Object.entries(object.metadata.labels ?? {})) pairs.add(`${key}=${label}`)
  return [...pairs].sort().map((pair) => value(pair))
}

/** Fields of a sample object below what is typed: `.spec.` → `.spec.replicas`, … */
function fieldsOf(
  env: Environment,
  resource: Resource | undefined,
  namespace: string,
  typed: string,
  suffix: string,
): readonly Candidate[] {
  if (!resource) return []
  const found = env.api.list(resource.key, resource.namespaced ? { namespace } : {})
  const sample = found.ok ? found.value.items[0] : undefined
  if (!sample) return []
  const path = typed.replace(/^[{]?/, '').split('.').slice(1, -1)
  let here: unknown = sample
  for (const name of path) {
    const [, field = '', index] = /^([^[]*)(?:\[(\d+|\*)\])?$/.exec(name) ?? []
    here = isFields(here) ? here[field] : undefined
    if (index !== undefined && Array.isArray(here)) here = here[index === '*' ? 0 : Number(index)]
  }
  if (!isFields(here)) return []
  const lead = typed.slice(0, typed.lastIndexOf('.') + 1) || '.'
  return Object.keys(here)
    .sort()
    .map((name) => value(`${lead}${name.replaceAll('.', '\\.')}${suffix}`, 'field'))
}

/** Fields by the published structure: `pods.spec.tol` → `pods.spec.tolerations`. */
function schemaFields(env: Environment, typed: string): readonly Candidate[] {
  const [kind = '', ...path] = typed.split('.').slice(0, -1)
  const resource = env.registry.find(kind)
  let struct = resource && env.schema.kind(apiVersionOf(resource), resource.kind)
  for (const name of path) {
    const field = struct?.fields.get(name)
    struct = field && structOf(field.type)
  }
  if (!struct) return []
  const lead = typed.slice(0, typed.lastIndexOf('.') + 1)
  return structFields(struct).map(({ name, type }) => value(lead + name, 'field', typeText(type)))
}

const containers = (pod: AnyObject | undefined): readonly Candidate[] =>
  ['spec.containers', 'spec.initContainers'].flatMap((path) =>
    items(at(pod, path)).map(({ name, image }) => value(text(name), 'name', text(image))),
  )

interface Place {
  readonly env: Environment
  readonly command: Command
  readonly namespace: string
  /** Positional arguments before the cursor. */
  readonly args: readonly string[]
  readonly resource: Resource | undefined
}

function valuesOf(spec: FlagSpec, typed: string, { env, namespace, resource, args }: Place): readonly Candidate[] {
  switch (spec.meaning) {
    case 'namespace': {
      const found = env.api.list('namespaces')
      return found.ok ? found.value.items.map(({ metadata }) => value(metadata.name, 'namespace')) : []
    }
    case 'context':
      return env.session.contexts.map(({ name }) => value(name))
    case 'field':
      return fieldsOf(env, resource, namespace, typed === '' ? '.' : typed, '')
    case 'label':
      return labelsOf(env, resource, namespace)
    case 'container': {
      const name = args[0]?.replace(/^pods?\//, '') ?? ''
      const pod = env.api.get('pods', namespace, name)
      return pod.ok ? containers(pod.value) : []
    }
    case 'wait':
      return [
        'condition=Ready',
        'condition=Available',
        'condition=Complete',
        'delete',
        'create',
        "jsonpath='{.status.phase}'=Running",
      ].map((text) => value(text))
    case 'output': {
      const inner = /^(jsonpath|jsonpath-as-json)=(\{.*)$/.exec(typed)
      if (inner)
        return fieldsOf(env, resource, namespace, inner[2]!, '}').map((candidate) => ({
          ...candidate,
          text: `${inner[1]}=${candidate.text}`,
        }))
      return (spec.values ?? []).map((format) =>
        value(/^(jsonpath|go-template|custom-columns)/.test(format) || format === 'template' ? `${format}=` : format),
      )
    }
    default:
      return (spec.values ?? []).map((text) => value(text))
  }
}

function argumentsOf(typed: string, { env, command, namespace, args, resource }: Place): readonly Candidate[] {
  switch (command.completes) {
    case 'nodes':
      return namesOf(env, env.registry.byKey('nodes')!, '')
    case 'contexts':
      return env.session.contexts.map(({ name }) => value(name))
    case 'pods':
      if (args.length > 0) return []
      return [...namesOf(env, env.registry.byKey('pods')!, namespace), ...pairs(env, typed, namespace)]
    case 'fields':
      return typed.includes('.') ? schemaFields(env, typed) : args.length === 0 ? kinds(env) : []
    case 'resources':
      if (args.length > 0 && !args[0]!.includes('/'))
        return resource ? namesOf(env, resource, namespace).filter(({ text }) => !args.includes(text)) : []
      return typed.includes('/') ? pairs(env, typed, namespace) : args.length === 0 ? kinds(env) : []
    default:
      return []
  }
}

/** `deploy/` → `deploy/web`. */
function pairs(env: Environment, typed: string, namespace: string): readonly Candidate[] {
  const slash = typed.indexOf('/')
  const resource = slash < 0 ? undefined : env.registry.find(typed.slice(0, slash))
  return resource
    ? namesOf(env, resource, namespace).map((name) => ({ ...name, text: `${typed.slice(0, slash)}/${name.text}` }))
    : []
}

const needsValue = (spec: FlagSpec | undefined): spec is FlagSpec =>
  spec !== undefined && spec.type !== 'bool' && spec.bare === undefined
const flagCandidate = (spec: FlagSpec): Candidate => value(`--${spec.name}${needsValue(spec) ? '=' : ''}`, 'flag', spec.summary)

const nodeAt = (path: readonly string[]): CommandNode =>
  path.reduce<CommandNode>((node, word) => node.children.get(word) ?? node, TREE)

function childrenOf(node: CommandNode): readonly Candidate[] {
  const seen = new Set<CommandNode>()
  return [...node.children].flatMap(([word, child]) => {
    if (seen.has(child)) return []
    seen.add(child)
    return [value(word, 'command', child.command?.summary ?? '')]
  })
}

/** Only the words of a kubectl line are completed: nothing after a pipe or in a here-document. */
function wordsBefore(tokens: readonly ShellToken[]): readonly ShellToken[] {
  return tokens.some(({ type }) => type !== 'word') ? [] : tokens
}

/** Completions for the word at `cursor`, the likeliest first. Never fails: with nothing to say there are none. */
export function complete(line: string, cursor: number, env: Environment): readonly Completion[] {
  const typedLine = line.slice(0, cursor)
  const found = shellTokens(typedLine, true)
  if (!found.ok) return []
  const tokens = [...wordsBefore(found.tokens)]
  if (found.tokens.length > 0 && tokens.length === 0) return []
  const isInWord =
    tokens.length > 0 && tokens.at(-1)!.end === cursor && (tokens.at(-1)!.open !== undefined || !/\s$/.test(typedLine))
  const current = isInWord ? tokens.pop()! : { text: '', start: cursor }
  const typed = current.text
  const finish = (candidates: readonly Candidate[], lead = ''): readonly Completion[] =>
    candidates
      .filter(({ text }) => text.startsWith(typed.slice(lead.length)) && text !== typed.slice(lead.length))
      .slice(0, COMPLETIONS_MAX)
      .map((candidate) => ({ ...candidate, text: lead + candidate.text, from: current.start }))

  let words = tokens.map(({ text }) => text)
  if (words.length === 0) return finish([value('kubectl', 'command'), ...childrenOf(TREE)])
  if (words[0] === 'kubectl' || words[0] === 'k') words = words.slice(1)
  const spot = findCommand(words)
  if (spot.type === 'unknown') return []
  const node = nodeAt(spot.type === 'command' ? spot.command.path : spot.path)
  const rest = spot.words
  if (spot.type === 'group') return typed.startsWith('-') ? finish(GLOBAL_FLAGS.map(flagCandidate)) : finish(childrenOf(node))
  if (rest.length === 0 && node.children.size > 0 && !typed.startsWith('-')) return finish(childrenOf(node))
  const { command } = spot
  const specs = [...command.flags, ...GLOBAL_FLAGS]
  const last = rest.at(-1) ?? ''
  const pending =
    last.startsWith('--') && !last.includes('=')
      ? specs.find(({ name }) => name === last.slice(2))
      : /^-[a-zA-Z]$/.test(last)
        ? specs.find(({ shorthand }) => shorthand === last[1])
        : undefined
  const before = needsValue(pending) ? rest.slice(0, -1) : rest
  const parsed = parseFlags(before, specs)
  const flags = 'message' in parsed ? undefined : parsed
  const context = env.session.contexts.find(({ name }) => name === env.session.context)
  const args = flags?.args ?? []
  const place: Place = {
    env,
    command,
    namespace: flags?.values.string('namespace') || context?.namespace || 'default',
    args,
    resource: args[0] === undefined ? undefined : env.registry.find(args[0].split('/')[0]!),
  }
  if (needsValue(pending)) return finish(valuesOf(pending, typed, place))
  const equals = /^--([a-z-]+)=/.exec(typed) ?? /^-([a-zA-Z])=?/.exec(typed)
  if (equals && typed.length > equals[0].length - (equals[0].endsWith('=') ? 0 : 1)) {
    const spec = specs.find(({ name, shorthand }) => name === equals[1] || shorthand === equals[1])
    if (spec && (typed.startsWith('--') || (needsValue(spec) && typed.length >= 2))) {
      const rest = valuesOf(spec, typed.slice(equals[0].length), place)
      return finish(spec.type === 'bool' ? ['true', 'false'].map((text) => value(text)) : rest, equals[0])
    }
  }
  if (typed.startsWith('-') || flags === undefined) return finish(specs.map(flagCandidate))
  return finish(argumentsOf(typed, place))
}
