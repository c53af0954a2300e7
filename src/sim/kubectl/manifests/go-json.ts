export type JsonResult =
  | { readonly ok: true; readonly value: unknown; readonly end: number }
  | { readonly ok: false; readonly message: string; readonly offset: number }

const SPACE = /[ \t\r\n]/
const showChar = (char: string): string =>
  char === "'" ? "'\\''" : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`

class JsonError extends Error {}

class Reader {
  readonly text: string
  readonly atEnd: string
  at = 0

  constructor(text: string, atEnd: string) {
    this.text = text
    this.atEnd = atEnd
  }

  space(): void {
    while (this.at < this.text.length && SPACE.test(this.text[this.at]!)) this.at += 1
  }

  next(): string {
    const char = this.text[this.at]
    if (char === undefined) throw new JsonError(this.atEnd)
    this.at += 1
    return char
  }

  bad(char: string, where: string): never {
    throw new JsonError(`invalid character ${showChar(char)} ${where}`)
  }

  value(): unknown {
    this.space()
    const char = this.next()
    if (char === '{') return this.object()
    if (char === '[') return this.array()
    if (char === '"') return this.string()
    if (char === '-' || (char >= '0' && char <= '9')) return this.number(char)
    if (char === 't') return this.literal('true', true)
    if (char === 'f') return this.literal('false', false)
    if (char === 'n') return this.literal('null', null)
    return this.bad(char, 'looking for beginning of value')
  }

  literal<T>(word: string, value: T): T {
    for (const expected of word.slice(1)) {
      const char = this.next()
      if (char !== expected) this.bad(char, `in literal ${word} (expecting '${expected}')`)
    }
    return value
  }

  number(first: string): number {
    const start = this.at - 1
    const peek = (): string => this.text[this.at] ?? ''
    const isDigit = (char: string): boolean => char >= '0' && char <= '9' && char !== ''
    const digits = (where: string): void => {
      if (!isDigit(peek())) this.bad(this.next(), where)
      while (isDigit(peek())) this.at += 1
    }
    if (first === '-') {
      if (!isDigit(peek())) this.bad(this.next(), 'in numeric literal')
      this.at += 1
    }
    if (this.text[this.at - 1] !== '0') while (isDigit(peek())) this.at += 1
    if (peek() === '.') {
      this.at += 1
      digits('after decimal point in numeric literal')
    }
    if (peek() === 'e' || peek() === 'E') {
      this.at += 1
      if (peek() === '+' || peek() === '-') this.at += 1
      digits('in exponent of numeric literal')
    }
    return Number(this.text.slice(start, this.at))
  }

  string(): string {
    const start = this.at - 1
    for (;;) {
      const char = this.next()
      if (char === '"') break
      if (char < ' ') this.bad(char, 'in string literal')
      if (char !== '\\') continue
      const escaped = this.next()
      if (!'"\\/bfnrtu'.includes(escaped)) this.bad(escaped, 'in string escape code')
      if (escaped !== 'u') continue
      for (let i = 0; i < 4; i++) {
        const digit = this.next()
        if (!/[0-9a-fA-F]/.test(digit)) this.bad(digit, 'in \\u hexadecimal character escape')
      }
    }
    return JSON.parse(this.text.slice(start, this.at)) as string
  }

  array(): unknown[] {
    const out: unknown[] = []
    this.space()
    if (this.text[this.at] === ']') {
      this.at += 1
      return out
    }
    for (;;) {
      out.push(this.value())
      this.space()
      const char = this.next()
      if (char === ']') return out
      if (char !== ',') this.bad(char, 'after array element')
    }
  }

  object(): Record<string, unknown> {
    const out: Record<string, unknown> = {}
    this.space()
    if (this.text[this.at] === '}') {
      this.at += 1
      return out
    }
    for (;;) {
      this.space()
      const start = this.next()
      if (start !== '"') this.bad(start, 'looking for beginning of object key string')
      const key = this.string()
      this.space()
      const colon = this.next()
      if (colon !== ':') this.bad(colon, 'after object key')
      Object.defineProperty(out, key, { value: this.value(), enumerable: true, configurable: true, writable: true })
      this.space()
      const char = this.next()
      if (char === '}') return out
      if (char !== ',') this.bad(char, 'after object key:value pair')
    }
  }
}

/**
 * Reads one JSON value as Go's encoding/json does, with its error texts. `stream`: one of several values in a stream (json.Decoder);
 * otherwise nothing may follow it (json.Unmarshal).
 */
export function parseGoJson(
  text: string,
  { from = 0, stream = false }: { readonly from?: number; readonly stream?: boolean } = {},
): JsonResult {
  const reader = new Reader(text, stream ? 'unexpected EOF' : 'unexpected end of JSON input')
  reader.at = from
  try {
    const value = reader.value()
    if (!stream) {
      reader.space()
      if (reader.at < text.length) reader.bad(reader.next(), 'after top-level value')
    }
    return { ok: true, value, end: reader.at }
  } catch (error) {
    if (error instanceof JsonError) return { ok: false, message: error.message, offset: reader.at }
    throw error
  }
}
