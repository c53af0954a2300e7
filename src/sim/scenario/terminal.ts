import type { Actor, Kernel } from '../kernel/kernel.ts'
import type { Message } from '../kernel/message-queue.ts'
import type { Environment, PlainData, Session, Step, Text } from '../kubectl/command.ts'
import { resumeKubectl, startKubectl } from '../kubectl/kubectl.ts'
import { applyFilters, parseShellLine, readInput } from '../kubectl/shell.ts'
import type { ActResult } from './action.ts'

export const DEFAULT_SESSION: Session = {
  context: 'clusterlab',
  contexts: [{ name: 'clusterlab', cluster: 'clusterlab', user: 'you' }],
}

/** What the terminal needs from its world to run a line; stdin and files belong to the line. */
export type EnvironmentFor = (session: Session, stdin: string | undefined, files: Readonly<Record<string, string>>) => Environment

interface Running {
  readonly line: string
  readonly state: PlainData
  readonly files: Readonly<Record<string, string>>
  readonly stdin: string | undefined
  readonly cause: number
  /** It waits for an editor to be closed, not for time. */
  readonly editing: boolean
}

interface TerminalState {
  readonly running: ReadonlyMap<number, Running>
  readonly session: Session
  readonly count: number
}

const filtersOf = (line: string): Parameters<typeof applyFilters>[0] => {
  const parsed = parseShellLine(line)
  return parsed.ok ? parsed.filters : []
}

/** More steps than this and a command is cut off: nothing that a person types runs for days. */
const MOST_RUNNING = 50

/**
 * The student's shell. A command that waits (`-w`, `rollout status`, `drain`, a delete) lives on as plain data and is resumed by messages, so it
 * belongs to the world: it rewinds with it and its writes happen again in a replay.
 */
export class Terminal implements Actor {
  readonly name = 'terminal'
  /** Text of commands that are still running; never part of the state. */
  onText: ((command: number, text: Text) => void) | undefined
  /** A running command ended. */
  onExit: ((command: number, exit: number) => void) | undefined
  readonly #kernel: Kernel
  readonly #environment: EnvironmentFor
  #running = new Map<number, Running>()
  #session: Session = DEFAULT_SESSION
  #count = 0

  constructor(kernel: Kernel, environment: EnvironmentFor) {
    this.#kernel = kernel
    this.#environment = environment
    kernel.register(this)
  }

  get session(): Session {
    return this.#session
  }

  isRunning(command: number): boolean {
    return this.#running.has(command)
  }

  /** Runs a line as it was typed: `kubectl get pods | grep web`, a here-document, `echo … | kubectl apply -f -`. */
  runLine(
    line: string,
    options: { readonly files?: Readonly<Record<string, string>>; readonly stdin?: string; readonly actor?: string } = {},
  ): ActResult {
    const parsed = parseShellLine(line)
    if (!parsed.ok) return { ok: false, stdout: '', stderr: `${parsed.message}\n`, exit: 2 }
    const { files = {}, actor } = options
    let { stdin } = options
    if (parsed.stdin) {
      const read = readInput(parsed.stdin, (name) => files[name])
      if (!read.ok) return { ok: false, stdout: '', stderr: `${read.message}\n`, exit: 1 }
      stdin = read.text
    }
    if (!parsed.kubectl) {
      const { text, exit } = applyFilters(parsed.filters, stdin ?? '', 0)
      return { ok: exit === 0, stdout: text, stderr: '', exit }
    }
    return this.run(line, parsed.args, {
      files,
      ...(stdin === undefined ? {} : { stdin }),
      ...(actor === undefined ? {} : { actor }),
    })
  }

  /** Runs `args` (the words after `kubectl`). */
  run(
    line: string,
    args: readonly string[],
    options: { readonly files?: Readonly<Record<string, string>>; readonly stdin?: string; readonly actor?: string } = {},
  ): ActResult {
    const { files = {}, stdin, actor = 'you' } = options
    this.#count += 1
    const command = this.#count
    const cause = this.#kernel.addCause({ parent: 0, type: 'command', actor, verb: args[0] ?? '', text: line })
    const step = this.#kernel.withCause(cause, () => startKubectl(args, this.#environment(this.#session, stdin, files)))
    return this.#finish(command, { line, state: null, files, stdin, cause, editing: false }, step)
  }

  /** The editor of a command was closed; `text` undefined means without saving. */
  finishEdit(command: number, text: string | undefined): ActResult {
    const running = this.#running.get(command)
    if (!running?.editing) return { ok: false, stdout: '', stderr: 'no editor is open for this command\n', exit: 1 }
    this.#running.delete(command)
    if (text === undefined) return { ok: true, stdout: '', stderr: 'Edit cancelled, no changes made.\n', exit: 0 }
    const step = this.#kernel.withCause(running.cause, () =>
      resumeKubectl(running.state, this.#environment(this.#session, running.stdin, running.files), text),
    )
    return this.#finish(command, running, step)
  }

  /** Ctrl-C. */
  interrupt(command: number): void {
    if (this.#running.delete(command)) this.onExit?.(command, 130)
  }

  #finish(command: number, running: Running, step: Step): ActResult {
    if (step.session) this.#session = step.session
    const { stderr } = step
    // Filters work on what each step prints: they go line by line.
    const filtered = applyFilters(filtersOf(running.line), step.stdout, 'exit' in step ? step.exit : 0)
    const stdout = filtered.text
    if ('exit' in step) return { ok: filtered.exit === 0, stdout, stderr, exit: filtered.exit }
    if ('editor' in step) {
      const { name, text, state } = step.editor
      this.#running.set(command, { ...running, state, editing: true })
      return { ok: true, stdout, stderr, exit: 0, editor: { command, name, text } }
    }
    if (this.#running.size >= MOST_RUNNING)
      return { ok: false, stdout, stderr: `${stderr}error: too many commands are running\n`, exit: 1 }
    this.#running.set(command, { ...running, state: step.again.state, editing: false })
    this.#kernel.post(this.name, 'resume', command, Math.max(1, Math.round(step.again.afterMs)), running.cause)
    return { ok: true, stdout, stderr, exit: 0, running: command }
  }

  receive(message: Message): void {
    const command = message.body as number
    const running = this.#running.get(command)
    if (!running || running.editing) return
    this.#running.delete(command)
    const step = resumeKubectl(running.state, this.#environment(this.#session, running.stdin, running.files))
    const filters = filtersOf(running.line)
    for (const { stream, text } of step.output)
      this.onText?.(command, { stream, text: stream === 'stdout' ? applyFilters(filters, text, 0).text : text })
    const result = this.#finish(command, running, step)
    if (result.running === undefined) this.onExit?.(command, result.exit)
  }

  snapshot(): TerminalState {
    return { running: new Map(this.#running), session: this.#session, count: this.#count }
  }

  restore(state: TerminalState): void {
    this.#running = new Map(state.running)
    this.#session = state.session
    this.#count = state.count
  }
}
