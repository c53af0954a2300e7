import type { Actor, Kernel } from './kernel.ts'
import type { Message } from './message-queue.ts'
import type { Millis } from './time.ts'

interface Envelope {
  readonly incarnation: number
  readonly body: unknown
}

export interface ComponentSnapshot {
  readonly running: boolean
  readonly incarnation: number
  readonly state: unknown
}

/**
 * An actor that is a process: it can be stopped and started. Messages that it sent to itself before a stop are never delivered
 * after it, and a start begins with nothing but what `onStart` builds.
 */
export abstract class Component implements Actor {
  readonly name: string
  protected readonly kernel: Kernel
  #running = false
  #incarnation = 0

  constructor(kernel: Kernel, name: string) {
    this.kernel = kernel
    this.name = name
    kernel.register(this)
  }

  get isRunning(): boolean {
    return this.#running
  }

  /** How many times the process was started. */
  get incarnation(): number {
    return this.#incarnation
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#incarnation += 1
    this.onStart()
  }

  stop(): void {
    if (!this.#running) return
    this.#running = false
    this.onStop()
  }

  /** A message to itself; lost if the process stops before it is due. */
  protected after(delayMs: Millis, kind: string, body: unknown = null, cause = this.kernel.cause): void {
    this.kernel.post(this.name, kind, { incarnation: this.#incarnation, body } satisfies Envelope, delayMs, cause)
  }

  receive(message: Message): void {
    const { incarnation, body } = message.body as Envelope
    if (!this.#running || incarnation !== this.#incarnation) return
    this.handle(message.kind, body)
  }

  protected abstract handle(kind: string, body: unknown): void
  protected abstract onStart(): void
  protected abstract onStop(): void
  /** Own state as plain data. */
  protected abstract save(): unknown
  protected abstract load(state: unknown): void

  snapshot(): ComponentSnapshot {
    return { running: this.#running, incarnation: this.#incarnation, state: this.save() }
  }

  restore(snapshot: ComponentSnapshot): void {
    this.#running = snapshot.running
    this.#incarnation = snapshot.incarnation
    this.load(snapshot.state)
  }
}
