import type { Millis } from './time.ts'

/**
 * The only way anything happens: a timer that fires, a watch event delivered, a packet.
 * Plain, frozen data, so that a snapshot is a copy of the queue.
 */
export interface Message {
  /** When it is due. */
  readonly at: Millis
  /** Order of posting; breaks ties of `at`. */
  readonly sequence: number
  /** The cause that everything done on receipt descends from. 0: nobody asked (a periodic timer). */
  readonly cause: number
  /** Name of the actor that receives it. */
  readonly to: string
  readonly kind: string
  readonly body: unknown
}

const before = (a: Message, b: Message): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence)

/** Binary heap over `(at, sequence)`. */
export class MessageQueue {
  #heap: Message[] = []

  get size(): number {
    return this.#heap.length
  }

  peek(): Message | undefined {
    return this.#heap[0]
  }

  push(message: Message): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(message)
    while (i > 0) {
      const parent = (i - 1) >> 1
      const other = heap[parent]!
      if (!before(message, other)) break
      heap[i] = other
      i = parent
    }
    heap[i] = message
  }

  pop(): Message | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    const size = heap.length
    for (;;) {
      let child = 2 * i + 1
      if (child >= size) break
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child += 1
      const other = heap[child]!
      if (!before(other, last)) break
      heap[i] = other
      i = child
    }
    heap[i] = last
    return top
  }

  snapshot(): readonly Message[] {
    return this.#heap.slice()
  }

  restore(messages: readonly Message[]): void {
    this.#heap = messages.slice()
  }
}
