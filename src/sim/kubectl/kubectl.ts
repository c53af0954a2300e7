import {
  type Command,
  type Environment,
  Fatal,
  type Invocation,
  type Outcome,
  type PlainData,
  type Step,
  Streams,
} from './command.ts'
import { COMMANDS, commandTree } from './commands.ts'
import { fail } from './failure.ts'
import { isFields, list, text } from './fields.ts'
import { type FlagSpec, parseFlags } from './flags.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'
import { helpText } from './help.ts'
import { suggestionsFor } from './suggestions.ts'

const TREE = commandTree(COMMANDS)

export type Found =
  | {
      readonly type: 'command'
      readonly command: Command
      readonly words: readonly string[]
      readonly indices: readonly number[]
    }
  | { readonly type: 'group'; readonly path: readonly string[]; readonly words: readonly string[] }
  | { readonly type: 'unknown'; readonly word: string }

const takesValue = (word: string, specs: readonly FlagSpec[]): boolean => {
  if (word.includes('=')) return false
  const spec = word.startsWith('--')
    ? specs.find(({ name }) => name === word.slice(2))
    : specs.find(({ shorthand }) => shorthand === word.at(-1))
  if (!spec || spec.type === 'bool' || spec.bare !== undefined) return false
  return word.startsWith('--') || word.length === 2
}

/** Which command a line names; flags may stand before and between its words. Models cobra's Find. */
export function findCommand(args: readonly string[]): Found {
  const used = new Set<number>()
  const path: string[] = []
  let node = TREE
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '--') break
    if (word.startsWith('-') && word !== '-') {
      if (takesValue(word, node.command ? [...node.command.flags, ...GLOBAL_FLAGS] : GLOBAL_FLAGS)) i += 1
      continue
    }
    const child = node.children.get(word)
    if (!child) {
      if (node === TREE) return { type: 'unknown', word }
      break
    }
    node = child
    path.push(word)
    used.add(i)
  }
  const indices = args.map((_, index) => index).filter((index) => !used.has(index))
  const words = indices.map((index) => args[index]!)
  return node.command ? { type: 'command', command: node.command, words, indices } : { type: 'group', path, words }
}

function invoke(
  args: readonly string[],
  env: Environment,
  out: Streams,
  run: (command: Command, invocation: Invocation) => Outcome,
): Outcome {
  const found = findCommand(args)
  if (found.type === 'unknown') {
    const suggestions = suggestionsFor(found.word)
    fail(
      `unknown command ${JSON.stringify(found.word)} for "kubectl"${suggestions.length > 0 ? `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}\n`).join('')}` : ''}`,
    )
  }
  if (found.type === 'group') {
    const flags = parseFlags(found.words, GLOBAL_FLAGS)
    if ('message' in flags) return flagError(flags.message, found.path)
    if (flags.args.length > 0 && found.path.length > 0)
      fail(
        `unknown command ${JSON.stringify(flags.args.join(' '))}\nSee '${['kubectl', ...found.path].join(' ')} -h' for help and examples`,
      )
    const isAsked = found.path.length === 0 || flags.values.bool('help')
    // A group without a subcommand says what there is; all but `rollout` say it on stderr.
    if (isAsked || found.path[0] === 'rollout') out.print(helpText(COMMANDS, found.path))
    else out.error(helpText(COMMANDS, found.path))
    return { exit: isAsked ? 0 : 1 }
  }
  if (found.type !== 'command') return { exit: 1 }
  const { command, words } = found
  const parsed = parseFlags(words, [...command.flags, ...GLOBAL_FLAGS])
  if ('message' in parsed) return flagError(parsed.message, command.path)
  if (parsed.values.bool('help')) {
    out.print(helpText(COMMANDS, command.path))
    return { exit: 0 }
  }
  const contextName = parsed.values.string('context') || env.session.context
  const context = env.session.contexts.find(({ name }) => name === contextName)
  if (!context && contextName !== '' && command.path[0] !== 'config')
    fail(`context ${JSON.stringify(contextName)} does not exist`)
  return run(command, {
    command,
    args: parsed.args,
    dashAt: parsed.dashAt,
    flags: parsed.values,
    env,
    out,
    namespace: parsed.values.string('namespace') || context?.namespace || 'default',
  })
}

const flagError = (message: string, path: readonly string[]): Outcome =>
  fail(
    path[0] === 'options'
      ? `${message}\nRun 'kubectl options' without flags.`
      : `${message}\nSee '${['kubectl', ...path].join(' ')} --help' for usage.`,
  )

function step(args: readonly string[], env: Environment, run: (command: Command, invocation: Invocation) => Outcome): Step {
  const out = new Streams()
  let outcome: Outcome
  try {
    outcome = invoke(args, env, out, run)
  } catch (error) {
    if (!(error instanceof Fatal)) throw error
    if (error.message !== '') out.error(error.message.endsWith('\n') ? error.message : `${error.message}\n`)
    outcome = { exit: error.exit }
  }
  const of = (stream: 'stdout' | 'stderr'): string =>
    out.output
      .filter((line) => line.stream === stream)
      .map((line) => line.text)
      .join('')
  const keep = (state: PlainData): PlainData => ({ args: [...args], state })
  return {
    stdout: of('stdout'),
    stderr: of('stderr'),
    output: out.output,
    ...(out.session ? { session: out.session } : {}),
    ...('again' in outcome
      ? { again: { afterMs: outcome.again.afterMs, state: keep(outcome.again.state) } }
      : 'editor' in outcome
        ? { editor: { ...outcome.editor, state: keep(outcome.editor.state) } }
        : outcome),
  }
}

/** Runs the words after `kubectl`. The world's refusals and a wrong line are in the step, never thrown. */
export function startKubectl(args: readonly string[], env: Environment): Step {
  return step(args, env, (command, invocation) => command.run(invocation))
}

/** Goes on with a command that asked for it; `edited` is what was saved in the editor. */
export function resumeKubectl(state: unknown, env: Environment, edited?: string): Step {
  const kept = isFields(state) ? state : {}
  return step(list(kept['args']).map(text), env, (command, invocation) =>
    command.resume ? command.resume(invocation, (kept['state'] ?? null) as PlainData, edited) : { exit: 0 },
  )
}
