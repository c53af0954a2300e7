import { parseGoDuration } from './go-duration.ts'

export type FlagType = 'bool' | 'string' | 'int' | 'int32' | 'int64' | 'duration' | 'stringSlice' | 'stringArray'

/** What the value of a flag stands for; only completion reads it. */
export type FlagMeaning =
  'namespace' | 'output' | 'file' | 'container' | 'field' | 'label' | 'context' | 'node' | 'resource' | 'wait'

export interface FlagSpec {
  readonly name: string
  readonly shorthand?: string
  readonly type: FlagType
  /** As text, as it would be written on the line. */
  readonly default?: string
  /** The value of the flag written without one (`--dry-run`); then `--flag value` does not take the next word. */
  readonly bare?: string
  readonly values?: readonly string[]
  readonly meaning?: FlagMeaning
  readonly summary?: string
}

export interface Token {
  readonly text: string
  /** Character offsets in the line. */
  readonly start: number
  readonly end: number
}

/** A bad flag, in pflag's words. */
export interface FlagError {
  readonly message: string
  /** Index of the offending word. */
  readonly word: number
}

export interface ParsedFlags {
  readonly values: FlagValues
  readonly args: readonly string[]
  /** For each positional argument the index of its word. */
  readonly argWords: readonly number[]
  readonly dashAt: number
}

/** The values of a command's flags, with defaults. */
export class FlagValues {
  readonly #specs: ReadonlyMap<string, FlagSpec>
  readonly #given: ReadonlyMap<string, readonly string[]>

  constructor(specs: ReadonlyMap<string, FlagSpec>, given: ReadonlyMap<string, readonly string[]>) {
    this.#specs = specs
    this.#given = given
  }

  /** Was it written on the line? */
  changed(name: string): boolean {
    return this.#given.has(name)
  }

  string(name: string): string {
    return this.#given.get(name)?.at(-1) ?? this.#specs.get(name)?.default ?? ''
  }

  bool(name: string): boolean {
    return isTrue(this.string(name))
  }

  int(name: string): number {
    return Number(this.string(name) || '0')
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseGoDuration(this.string(name) || '0').ms ?? 0
  }

  list(name: string): readonly string[] {
    const spec = this.#specs.get(name)
    const given = this.#given.get(name) ?? (spec?.default ? [spec.default] : [])
    return spec?.type === 'stringSlice' ? given.flatMap((value) => (value === '' ? [] : value.split(','))) : given
  }
}

const isTrue = (text: string): boolean => ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)
const isFalse = (text: string): boolean => ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)

function problemOf(type: FlagType, value: string): string | undefined {
  switch (type) {
    case 'bool':
      return isTrue(value) || isFalse(value) ? undefined : `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
    case 'int':
    case 'int32':
    case 'int64':
      return /^[+-]?(\d+|0[xX][0-9a-fA-F]+)$/.test(value)
        ? undefined
        : `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`
    case 'duration':
      return parseGoDuration(value).error
    default:
      return undefined
  }
}

const named = (spec: FlagSpec): string => (spec.shorthand ? `-${spec.shorthand}, --${spec.name}` : `--${spec.name}`)

/**
 * Parses the words after a command's path. Flags and arguments may be mixed; `--` ends the flags. Models github.com/spf13/pflag.
 */
export function parseFlags(words: readonly string[], specs: readonly FlagSpec[]): ParsedFlags | FlagError {
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const byShorthand = new Map(specs.flatMap((spec) => (spec.shorthand ? [[spec.shorthand, spec] as const] : [])))
  const given = new Map<string, string[]>()
  const args: string[] = []
  const argWords: number[] = []
  let dashAt = -1
  const set = (spec: FlagSpec, value: string, word: number): FlagError | undefined => {
    const problem = problemOf(spec.type, value)
    if (problem) return { message: `invalid argument ${JSON.stringify(value)} for "${named(spec)}" flag: ${problem}`, word }
    const values = given.get(spec.name)
    if (values) values.push(value)
    else given.set(spec.name, [value])
    return undefined
  }
  const bareOf = (spec: FlagSpec): string | undefined => spec.bare ?? (spec.type === 'bool' ? 'true' : undefined)

  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const at = i
    if (word === '--') {
      dashAt = args.length
      for (let j = i + 1; j < words.length; j++) {
        args.push(words[j]!)
        argWords.push(j)
      }
      break
    }
    if (word.length < 2 || word[0] !== '-') {
      args.push(word)
      argWords.push(i)
      continue
    }
    if (word[1] === '-') {
      const body = word.slice(2)
      if (body[0] === '-' || body[0] === '=') return { message: `bad flag syntax: ${word}`, word: at }
      const equals = body.indexOf('=')
      const name = equals < 0 ? body : body.slice(0, equals)
      const spec = byName.get(name)
      if (!spec) return { message: `unknown flag: --${name}`, word: at }
      let value: string
      if (equals >= 0) value = body.slice(equals + 1)
      else if (bareOf(spec) !== undefined) value = bareOf(spec)!
      else if (i + 1 < words.length) value = words[++i]!
      else return { message: `flag needs an argument: --${name}`, word: at }
      const error = set(spec, value, at)
      if (error) return error
      continue
    }
    for (let rest = word.slice(1); rest !== '';) {
      const letter = rest[0]!
      const spec = byShorthand.get(letter)
      if (!spec) return { message: `unknown shorthand flag: '${letter}' in -${rest}`, word: at }
      let value: string
      let next = ''
      if (rest.length > 2 && rest[1] === '=') value = rest.slice(2)
      else if (bareOf(spec) !== undefined) {
        value = bareOf(spec)!
        next = rest.slice(1)
      } else if (rest.length > 1) value = rest.slice(1)
      else if (i + 1 < words.length) value = words[++i]!
      else return { message: `flag needs an argument: '${letter}' in -${rest}`, word: at }
      const error = set(spec, value, at)
      if (error) return error
      rest = next
    }
  }
  return { values: new FlagValues(byName, given), args, argWords, dashAt }
}
