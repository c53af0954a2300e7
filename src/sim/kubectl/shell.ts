import { COMMANDS } from './commands.ts'
import { type Filter, parseFilter } from './shell-filters.ts'
import { shellTokens } from './shell-words.ts'

/** Text that stands on the line, or in files of the learner. */
export type Input = { readonly text: string } | { readonly files: readonly string[] }

/** A line of the terminal, taken apart but not run. */
export interface ShellLine {
  readonly ok: true
  /** False for a line that only prints (`echo`, `cat`). */
  readonly kubectl: boolean
  /** The words after `kubectl`. */
  readonly args: readonly string[]
  /** For `-f -`, and what `echo` and `cat` print. */
  readonly stdin?: Input
  readonly filters: readonly Filter[]
}
export type ParsedShellLine = ShellLine | { readonly ok: false; readonly message: string }

const failed = (message: string): ParsedShellLine => ({ ok: false, message })

const isVerb = (word: string): boolean => COMMANDS.some(({ path }) => path[0] === word)

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' }

/** What `echo` prints. */
function echoText(words: readonly string[]): string {
  let rest = words
  let ends = '\n'
  let escapes = false
  while (rest[0] !== undefined && /^-[neE]+$/.test(rest[0])) {
    if (rest[0].includes('n')) ends = ''
    if (rest[0].includes('e')) escapes = true
    rest = rest.slice(1)
  }
  const text = rest.join(' ')
  return (escapes ? text.replaceAll(/\\([nt\\])/g, (_, letter: string) => UNESCAPED[letter]!) : text) + ends
}

/**
 * Parses `kubectl …`, with pipes into simple filters, a here-document, and `echo` or `cat` as the source of standard input. The word
 * `kubectl` (or `k`) may be left out before a verb. Nothing is evaluated: no variables, no substitution, no other programs.
 */
export function parseShellLine(line: string): ParsedShellLine {
  const found = shellTokens(line.trim().replace(/^\$ +/, ''))
  if (!found.ok) return failed(found.message)
  const { heredoc } = found
  const commands: string[][] = [[]]
  for (let i = 0; i < found.tokens.length; i++) {
    const token = found.tokens[i]!
    if (token.type === 'pipe') commands.push([])
    else if (token.type === 'heredoc') {
      if (found.tokens[i + 1]?.type !== 'word') return failed('a here-document needs a name: <<EOF')
      if (heredoc === undefined)
        return failed('a here-document needs its lines: write them below, and its name alone on the last one')
      i += 1
    } else commands.at(-1)!.push(token.text)
  }
  if (commands.some((words) => words.length === 0))
    return failed(commands.length === 1 ? 'nothing to run' : 'a pipe needs a command on both sides')
  let stdin: Input | undefined = heredoc === undefined ? undefined : { text: heredoc }
  let rest = commands
  const [source] = commands
  if (source && ['echo', 'cat', 'printf'].includes(source[0]!)) {
    const [name, ...words] = source
    if (name === 'printf') return failed('printf is not part of this terminal: use echo')
    if (name === 'echo') stdin = { text: echoText(words) }
    else if (words.length > 0 && !(words.length === 1 && words[0] === '-')) stdin = { files: words }
    else if (!stdin) return failed('cat: name a file, or give it a here-document')
    rest = commands.slice(1)
  }
  const parts: Filter[] = []
  let args: readonly string[] | undefined
  for (const [index, words] of rest.entries()) {
    const [name = '', ...others] = words
    const isKubectl = name === 'kubectl' || name === 'k'
    if (index === 0 && (isKubectl || (stdin === undefined && isVerb(name)) || (heredoc !== undefined && isVerb(name)))) {
      args = isKubectl ? others : words
      continue
    }
    if (isKubectl) return failed('kubectl comes first on a line, or right after echo or cat')
    if (index === 0 && rest === commands) return failed(`${name}: command not found; this terminal knows kubectl, echo and cat`)
    const parsed = parseFilter(words)
    if (!parsed.ok) return failed(parsed.message)
    parts.push(parsed.filter)
  }
  return { ok: true, kubectl: args !== undefined, args: args ?? [], ...(stdin ? { stdin } : {}), filters: parts }
}

/** The text of an input; the message of the first file that does not exist. */
export function readInput(
  input: Input,
  file: (name: string) => string | undefined,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string } {
  if ('text' in input) return { ok: true, text: input.text }
  let text = ''
  for (const name of input.files) {
    const content = file(name)
    if (content === undefined) return { ok: false, message: `cat: ${name}: No such file or directory` }
    text += content
  }
  return { ok: true, text }
}

/** Sends output through the filters of a line. Without filters the exit code is the command's own. */
export function applyFilters(
  filters: readonly Filter[],
  stdout: string,
  exit: number,
): { readonly text: string; readonly exit: number } {
  let current = { text: stdout, exit }
  for (const filter of filters) current = filter.run(current.text)
  return current
}
