export interface ShellToken {
  /** `|`, `<<`, or a word; words are unquoted. */
  readonly type: 'word' | 'pipe' | 'heredoc'
  readonly text: string
  /** Character offsets in the line. */
  readonly start: number
  readonly end: number
  /** The quote that the line ends within, for completion. */
  readonly open?: '"' | "'"
  readonly isQuoted?: boolean
}

export type ShellTokens =
  | { readonly ok: true; readonly tokens: readonly ShellToken[]; readonly heredoc: string | undefined }
  | { readonly ok: false; readonly message: string; readonly at: number }

const REFUSED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^&&|^\|\||^;|^&/, 'one command a line, please: `&&`, `||`, `;` and `&` are not part of this terminal'],
  [/^>/, 'output cannot be written to files here: copy it from the screen'],
  [/^<\(|^<(?!<)/, 'files are given by name (-f file.yaml), or with a here-document (<<EOF)'],
  [/^\$\(|^`/, 'commands within commands are not part of this terminal: run the inner one first'],
  [/^\$[A-Za-z_{]/, 'this terminal has no variables: write the value'],
  [/^[()]/, 'this terminal knows no subshells'],
]

/**
 * Takes a line apart: words, quotes, pipes and one here-document. Nothing is evaluated. `isPartial` accepts a quote that is still open,
 * as it is while somebody types.
 */
export function shellTokens(line: string, isPartial = false): ShellTokens {
  const tokens: ShellToken[] = []
  const fail = (message: string, at: number): ShellTokens => ({ ok: false, message, at })
  let heredoc: string | undefined
  let i = 0
  while (i < line.length) {
    const char = line[i]!
    if (char === '\n') {
      const marker = tokens.findLastIndex(({ type }) => type === 'heredoc')
      const name = marker < 0 ? undefined : tokens[marker + 1]?.text
      if (name === undefined) {
        if (line.slice(i).trim() !== '') return fail('one command a line, please', i)
        break
      }
      const lines = line.slice(i + 1).split('\n')
      const end = lines.findIndex((one) => one.trim() === name)
      if (end < 0 && !isPartial) return fail(`here-document is not ended: a line with ${name} alone ends it`, i)
      heredoc = `${lines.slice(0, end < 0 ? undefined : end).join('\n')}\n`
      break
    }
    if (char === ' ' || char === '\t' || char === '\r') {
      i += 1
      continue
    }
    if (char === '\\' && line[i + 1] === '\n') {
      i += 2
      continue
    }
    if (char === '#') {
      const end = line.indexOf('\n', i)
      i = end < 0 ? line.length : end
      continue
    }
    const rest = line.slice(i)
    if (rest.startsWith('<<')) {
      const size = rest.startsWith('<<-') ? 3 : 2
      tokens.push({ type: 'heredoc', text: '<<', start: i, end: i + size })
      i += size
      continue
    }
    if (char === '|' && line[i + 1] !== '|') {
      tokens.push({ type: 'pipe', text: '|', start: i, end: i + 1 })
      i += 1
      continue
    }
    const refused = REFUSED.find(([pattern]) => pattern.test(rest))
    if (refused) return fail(refused[1], i)
    const start = i
    let text = ''
    let open: '"' | "'" | undefined
    let isQuoted = false
    for (; i < line.length; i++) {
      const here = line[i]!
      if (open === "'") {
        if (here === "'") open = undefined
        else text += here
      } else if (open === '"') {
        if (here === '"') open = undefined
        else if (here === '\\' && '"\\$`'.includes(line[i + 1] ?? ' ')) text += line[++i]!
        else if (here === '$' && line[i + 1] === '(') return fail(REFUSED[3]![1], i)
        else text += here
      } else if (here === '"' || here === "'") {
        open = here
        isQuoted = true
      } else if (here === '\\') {
        if (line[i + 1] === '\n') i += 1
        else if (i + 1 < line.length) text += line[++i]!
      } else if (' \t\r\n|;&<>'.includes(here)) break
      else if (here === '`' || (here === '$' && /[A-Za-z_{(]/.test(line[i + 1] ?? '')))
        return fail(REFUSED[here === '`' || line[i + 1] === '(' ? 3 : 4]![1], i)
      else text += here
    }
    if (open && !isPartial) return fail(`a quote is not closed: ${open}`, start)
    tokens.push({ type: 'word', text, start, end: i, ...(open ? { open } : {}), ...(isQuoted ? { isQuoted: true } : {}) })
  }
  return { ok: true, tokens, heredoc }
}
