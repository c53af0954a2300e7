import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** Integers from one named stream. A new stream never disturbs another's draws. */
export interface Rng {
  /** Uniform integer in [0, bound). `bound` is a whole number from 1 to 2^31. */
  int(bound: number): number
  /** Uniform integer in [low, high], both included. */
  between(low: number, high: number): number
  /** `length` characters drawn from `alphabet`. */
  text(length: number, alphabet: string): string
  /** A random v4 UUID. */
  uuid(): string
}

const HEX = '0123456789abcdef'

function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

class Stream implements Rng {
  #generator: RandomGenerator
  constructor(generator: RandomGenerator) {
    this.#generator = generator
  }
  int(bound: number): number {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound)
    for (;;) {
      const draw = this.#generator.next() >>> 0
      if (draw < limit) return draw % bound
    }
  }
  between(low: number, high: number): number {
    return low + this.int(high - low + 1)
  }
  text(length: number, alphabet: string): string {
    let out = ''
    for (let i = 0; i < length; i++) out += alphabet[this.int(alphabet.length)]
    return out
  }
  uuid(): string {
    const hex = this.text(30, HEX)
    const variant = '89ab'[this.int(4)]
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`
  }
  state(): readonly number[] {
    return this.#generator.getState()
  }
}

/** Named random streams derived from one seed; their states are part of a snapshot. */
export class RandomStreams {
  readonly seed: number
  readonly #streams = new Map<string, Stream>()
  #restored = new Map<string, readonly number[]>()

  constructor(seed: number) {
    this.seed = seed
  }

  stream(name: string): Rng {
    // A stream handed out before a restore keeps working: it is looked up by name at each use.
    return {
      int: (bound) => this.#get(name).int(bound),
      between: (low, high) => this.#get(name).between(low, high),
      text: (length, alphabet) => this.#get(name).text(length, alphabet),
      uuid: () => this.#get(name).uuid(),
    }
  }

  #get(name: string): Stream {
    let stream = this.#streams.get(name)
    if (!stream) {
      const state = this.#restored.get(name)
      const generator = state
        ? xoroshiro128plusFromState(state)
        : xoroshiro128plus((Math.imul(this.seed | 0, 0x9e3779b1) ^ hashName(name)) | 0)
      stream = new Stream(generator)
      this.#streams.set(name, stream)
    }
    return stream
  }

  snapshot(): ReadonlyMap<string, readonly number[]> {
    const states = new Map(this.#restored)
    for (const [name, stream] of this.#streams) states.set(name, stream.state())
    return states
  }

  restore(states: ReadonlyMap<string, readonly number[]>): void {
    this.#streams.clear()
    this.#restored = new Map(states)
  }
}
