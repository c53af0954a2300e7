/** One command after a pipe. */
export interface Filter {
  readonly name: string
  /** What it makes of its input; `exit` is what the shell would see. */
  run(input: string): { readonly text: string; readonly exit: number }
}

export type FilterResult = { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly message: string }

const failed = (message: string): FilterResult => ({ ok: false, message })
const made = (name: string, run: Filter['run']): FilterResult => ({ ok: true, filter: { name, run } })

const linesOf = (text: string): readonly string[] =>
  text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
const lines = (name: string, work: (lines: readonly string[]) => readonly string[]): FilterResult =>
  made(name, (input) => ({ text: joined(work(linesOf(input))), exit: 0 }))

interface Options {
  /** Letters that were given, `-n5` and `-n 5` with their value. */
  readonly given: ReadonlyMap<string, string>
  readonly args: readonly string[]
}

/** `flags`: letters without a value; `valued`: letters with one. */
function optionsOf(name: string, words: readonly string[], flags: string, valued: string): Options | string {
  const given = new Map<string, string>()
  const args: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (!word.startsWith('-') || word === '-' || args.includes('--')) {
      args.push(word)
      continue
    }
    for (let rest = word.slice(1); rest !== '';) {
      const letter = rest[0]!
      if (flags.includes(letter)) {
        given.set(letter, '')
        rest = rest.slice(1)
      } else if (valued.includes(letter)) {
        const value = rest.length > 1 ? rest.slice(1) : words[++i]
        if (value === undefined) return `${name}: option requires an argument -- '${letter}'`
        given.set(letter, value)
        rest = ''
      } else if (/^\d+$/.test(rest) && valued.includes('n')) {
        given.set('n', rest)
        rest = ''
      } else return `${name}: option -${letter} is not part of this terminal`
    }
  }
  return { given, args: args.filter((arg) => arg !== '--') }
}

/** The longest pattern and nesting that a learner needs; keeps searches short. */
const PATTERN_MAX = 200

/** A POSIX pattern as a JavaScript one. Basic patterns take `\|`, `\+`, `\?`, `\(`…; extended ones take them bare. */
function patternOf(source: string, isExtended: boolean, isFixed: boolean, ignoresCase: boolean): RegExp | undefined {
  if (source.length > PATTERN_MAX) return undefined
  let translated = source
  if (isFixed) translated = source.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  else if (!isExtended)
    translated = source.replaceAll(
      /\\([|+?(){}])|([|+?(){}])/g,
      (_, escaped: string | undefined, bare: string | undefined) => escaped ?? `\\${bare}`,
    )
  translated = translated
    .replaceAll('[[:space:]]', '\\s')
    .replaceAll('[[:digit:]]', '\\d')
    .replaceAll('[[:alpha:]]', '[A-Za-z]')
    .replaceAll('[[:alnum:]]', '[A-Za-z0-9]')
  // A repeated group that repeats within itself can take for ever.
  if (/\([^)]*[+*}][^)]*\)[+*{]/.test(translated)) return undefined
  try {
    return new RegExp(translated, ignoresCase ? 'gi' : 'g')
  } catch {
    return undefined
  }
}

function grep(words: readonly string[], name = 'grep'): FilterResult {
  const options = optionsOf(name, words, 'ivEFconwqxhHs', 'eABCm')
  if (typeof options === 'string') return failed(options)
  const { given, args } = options
  const [source = given.get('e'), ...files] = given.has('e') ? [given.get('e'), ...args] : args
  if (source === undefined) return failed(`usage: ${name} [-ivEFconwqx] [-A NUM] [-B NUM] [-C NUM] PATTERN`)
  if (files.length > 0) return failed(`${name}: there are no files here: pipe something into it`)
  const found = patternOf(source, given.has('E') || name === 'egrep', given.has('F') || name === 'fgrep', given.has('i'))
  if (!found) return failed(`${name}: this pattern is not part of this terminal: ${source}`)
  const whole = given.has('x')
    ? new RegExp(`^(?:${found.source})$`, found.flags)
    : given.has('w')
      ? new RegExp(`\\b(?:${found.source})\\b`, found.flags)
      : found
  const matches = (line: string): boolean => line.search(whole) >= 0 !== given.has('v')
  const around = (letter: string): number => Number(given.get(letter) ?? given.get('C') ?? '0') || 0
  const before = around('B')
  const after = around('A')
  const most = given.has('m') ? Number(given.get('m')) : Number.POSITIVE_INFINITY
  return made(name, (input) => {
    const all = linesOf(input)
    const hits = all.flatMap((line, index) => (matches(line) ? [index] : [])).slice(0, most)
    const exit = hits.length > 0 ? 0 : 1
    if (given.has('q')) return { text: '', exit }
    if (given.has('c')) return { text: `${hits.length}\n`, exit }
    const numbered = (line: string, index: number, sign: string): string => (given.has('n') ? `${index + 1}${sign}${line}` : line)
    if (given.has('o'))
      return {
        text: joined(
          hits.flatMap((index) =>
            (all[index]!.match(whole) ?? []).filter((text) => text !== '').map((text) => numbered(text, index, ':')),
          ),
        ),
        exit,
      }
    const shown = new Set(hits.flatMap((hit) => Array.from({ length: before + after + 1 }, (_, offset) => hit - before + offset)))
    const out: string[] = []
    let last = -1
    for (const [index, line] of all.entries()) {
      if (!shown.has(index)) continue
      if (last >= 0 && index > last + 1 && before + after > 0) out.push('--')
      out.push(numbered(line, index, hits.includes(index) ? ':' : '-'))
      last = index
    }
    return { text: joined(out), exit }
  })
}

function wc(words: readonly string[]): FilterResult {
  const options = optionsOf('wc', words, 'lwcm', '')
  if (typeof options === 'string') return failed(options)
  const { given } = options
  return made('wc', (input) => {
    const counts = [
      ['l', input.split('\n').length - 1],
      ['w', input.split(/\s+/).filter((word) => word !== '').length],
      ['c', utf8Length(input)],
    ] as const
    const asked = counts.filter(([letter]) => given.size === 0 || given.has(letter) || (letter === 'c' && given.has('m')))
    return {
      text: `${asked.map(([, count]) => (asked.length > 1 ? String(count).padStart(7) : String(count))).join(' ')}\n`,
      exit: 0,
    }
  })
}

const utf8Length = (text: string): number => {
  let length = 0
  for (const char of text) {
    const code = char.codePointAt(0)!
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}

function headOrTail(name: 'head' | 'tail', words: readonly string[]): FilterResult {
  const options = optionsOf(name, words, 'qv', 'nc')
  if (typeof options === 'string') return failed(options)
  const text = options.given.get('n') ?? '10'
  const count = Number(text)
  if (!Number.isInteger(count)) return failed(`${name}: invalid number of lines: '${text}'`)
  return lines(name, (all) => {
    if (name === 'head') return count < 0 ? all.slice(0, Math.max(0, all.length + count)) : all.slice(0, count)
    if (text.startsWith('+')) return all.slice(count - 1)
    return count === 0 ? [] : all.slice(-Math.abs(count))
  })
}

const leadingNumber = (text: string): number => Number(/^\s*-?\d+(\.\d+)?/.exec(text)?.[0] ?? '0')
const SIZES = 'KMGTP'
const humanNumber = (text: string): number => {
  const match = /^\s*(-?\d+(?:\.\d+)?)([KMGTP]?)/i.exec(text)
  return match ? Number(match[1]) * 1024 ** (SIZES.indexOf((match[2] ?? '').toUpperCase() || '-') + 1) : 0
}

/** The text of the key of `sort -k 2,3`; the whole line without one. */
function keyText(line: string, key: string | undefined, separator: string | undefined): string {
  if (key === undefined) return line
  const [from = '1', to] = key.split(',')
  const fields = separator === undefined ? (line.match(/\s*\S+/g) ?? []) : line.split(separator)
  const start = Number.parseInt(from, 10) - 1
  const end = to === undefined ? fields.length : Number.parseInt(to, 10)
  return fields.slice(start, end).join(separator ?? '')
}

function sort(words: readonly string[]): FilterResult {
  const options = optionsOf('sort', words, 'nrufbhVs', 'kt')
  if (typeof options === 'string') return failed(options)
  const { given } = options
  const key = given.get('k')
  const letters = `${[...given.keys()].join('')}${/[a-z]+$/i.exec(key ?? '')?.[0] ?? ''}`
  const valueOf = letters.includes('h') ? humanNumber : letters.includes('n') ? leadingNumber : undefined
  const compare = (a: string, b: string): number => {
    const left = keyText(a, key, given.get('t'))
    const right = keyText(b, key, given.get('t'))
    const order = valueOf
      ? valueOf(left) - valueOf(right)
      : compareText(letters.includes('f') ? left.toUpperCase() : left, letters.includes('f') ? right.toUpperCase() : right)
    return letters.includes('r') ? -order : order
  }
  return lines('sort', (all) => {
    const sorted = [...all].sort(
      (a, b) => compare(a, b) || (letters.includes('s') ? 0 : letters.includes('r') ? compareText(b, a) : compareText(a, b)),
    )
    return given.has('u') ? sorted.filter((line, index) => index === 0 || compare(sorted[index - 1]!, line) !== 0) : sorted
  })
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function uniq(words: readonly string[]): FilterResult {
  const options = optionsOf('uniq', words, 'cdui', '')
  if (typeof options === 'string') return failed(options)
  const { given } = options
  return lines('uniq', (all) => {
    const runs: { line: string; count: number }[] = []
    const same = (a: string, b: string): boolean => (given.has('i') ? a.toLowerCase() === b.toLowerCase() : a === b)
    for (const line of all) {
      const last = runs.at(-1)
      if (last && same(last.line, line)) last.count += 1
      else runs.push({ line, count: 1 })
    }
    return runs
      .filter(({ count }) => (given.has('d') ? count > 1 : given.has('u') ? count === 1 : true))
      .map(({ line, count }) => (given.has('c') ? `${String(count).padStart(7)} ${line}` : line))
  })
}

/** `1,3-5,7-` as a test of positions that count from 1. */
function rangesOf(text: string): ((position: number) => boolean) | undefined {
  const ranges: (readonly [number, number])[] = []
  for (const part of text.split(',')) {
    const match = /^(\d+)?(-)?(\d+)?$/.exec(part)
    if (!match || part === '' || part === '-') return undefined
    const from = Number(match[1] ?? '1')
    ranges.push([from, match[2] === undefined ? from : Number(match[3] ?? 'Infinity')])
  }
  return (position) => ranges.some(([from, to]) => position >= from && position <= to)
}

function cut(words: readonly string[]): FilterResult {
  const options = optionsOf('cut', words, 's', 'dfc')
  if (typeof options === 'string') return failed(options)
  const { given } = options
  const list = given.get('f') ?? given.get('c')
  const picks = list === undefined ? undefined : rangesOf(list)
  if (!picks)
    return failed(
      list === undefined ? 'cut: you must specify a list of bytes, characters, or fields' : `cut: invalid field value '${list}'`,
    )
  const delimiter = given.get('d') ?? '\t'
  return lines('cut', (all) =>
    all.flatMap((line) => {
      if (given.has('c'))
        return [
          Array.from(line)
            .filter((_, index) => picks(index + 1))
            .join(''),
        ]
      if (!line.includes(delimiter)) return given.has('s') ? [] : [line]
      return [
        line
          .split(delimiter)
          .filter((_, index) => picks(index + 1))
          .join(delimiter),
      ]
    }),
  )
}

/** `a-z` and `\n` written out. */
function setOf(text: string): readonly string[] {
  const chars = Array.from(
    text
      .replaceAll('\\n', '\n')
      .replaceAll('\\t', '\t')
      .replaceAll('[:upper:]', 'A-Z')
      .replaceAll('[:lower:]', 'a-z')
      .replaceAll('[:space:]', ' \t\n')
      .replaceAll('[:digit:]', '0-9'),
  )
  const all: string[] = []
  for (let i = 0; i < chars.length; i++) {
    if (chars[i + 1] === '-' && i + 2 < chars.length) {
      for (let code = chars[i]!.codePointAt(0)!; code <= chars[i + 2]!.codePointAt(0)!; code++)
        all.push(String.fromCodePoint(code))
      i += 2
    } else all.push(chars[i]!)
  }
  return all
}

function tr(words: readonly string[]): FilterResult {
  const options = optionsOf('tr', words, 'dscC', '')
  if (typeof options === 'string') return failed(options)
  const { given, args } = options
  const [from, to] = args
  if (from === undefined || (to === undefined && !given.has('d') && !given.has('s'))) return failed('tr: missing operand')
  const source = setOf(from)
  const target = setOf(to ?? '')
  const isIn = (char: string): boolean => source.includes(char) !== (given.has('c') || given.has('C'))
  const squeezed = to === undefined || given.has('d') ? (char: string) => isIn(char) : (char: string) => target.includes(char)
  return made('tr', (input) => {
    let out = ''
    for (const char of input) {
      let next = char
      if (isIn(char)) {
        if (given.has('d')) continue
        if (to !== undefined)
          next = target[Math.min(source.indexOf(char) < 0 ? target.length - 1 : source.indexOf(char), target.length - 1)] ?? char
      }
      if (given.has('s') && squeezed(next) && out.endsWith(next)) continue
      out += next
    }
    return { text: out, exit: 0 }
  })
}

/** Reads one command after a pipe. */
export function parseFilter(words: readonly string[]): FilterResult {
  const [name = '', ...rest] = words
  switch (name) {
    case 'grep':
    case 'egrep':
    case 'fgrep':
      return grep(rest, name)
    case 'wc':
      return wc(rest)
    case 'head':
    case 'tail':
      return headOrTail(name, rest)
    case 'sort':
      return sort(rest)
    case 'uniq':
      return uniq(rest)
    case 'cut':
      return cut(rest)
    case 'tr':
      return tr(rest)
    case 'cat':
    case 'less':
    case 'more':
      return rest.length > 0
        ? failed(`${name}: only at the beginning of a line`)
        : made(name, (input) => ({ text: input, exit: 0 }))
    case 'awk':
    case 'sed':
    case 'jq':
    case 'yq':
    case 'xargs':
      return failed(`${name} is not part of this terminal: try -o jsonpath, -o custom-columns, or cut and tr`)
    default:
      return failed(`${name}: command not found; after a pipe there are grep, wc, head, tail, sort, uniq, cut and tr`)
  }
}
