import type { Api } from '../kubernetes/api/client.ts'
import type { ResourceRegistry } from '../kubernetes/api/resources.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import type { Answer } from '../kubernetes/api/status.ts'
import type { ExecRequest, ExecResult, LogRequest, LogText } from '../kubernetes/kubelet/container-access.ts'
import type { FlagSpec, FlagValues } from './flags.ts'

/** What may live inside a snapshot. */
export type PlainData =
  null | boolean | number | string | readonly PlainData[] | { readonly [field: string]: PlainData | undefined }

export interface Text {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** A context of the kubeconfig; cluster and user are names only. */
export interface Context {
  readonly name: string
  readonly cluster: string
  readonly user: string
  /** Absent: `default`. */
  readonly namespace?: string
}

/** The kubeconfig. Plain data: a command that changes it returns a new one. */
export interface Session {
  readonly context: string
  readonly contexts: readonly Context[]
}

/** `metrics.k8s.io`: cpu in millicores, memory in bytes. */
export interface Usage {
  readonly cpuMilli: number
  readonly memoryBytes: number
}
export interface Metrics {
  node(name: string): Usage | undefined
  /** By container; undefined when there is no sample yet. */
  pod(namespace: string, name: string): ReadonlyMap<string, Usage> | undefined
}

/** All that a kubectl line may touch. */
export interface Environment {
  readonly api: Api
  readonly registry: ResourceRegistry
  /** The published structure of the API, for the patches that kubectl works out itself. */
  readonly schema: ApiSchema
  /** The clock of the machine that kubectl runs on. */
  readonly unixMs: number
  readonly session: Session
  /** `https://10.0.0.1:6443`. */
  readonly serverAddress: string
  readonly stdin?: string
  /** Text of a file of the learner, or undefined when there is none. */
  file(name: string): string | undefined
  /** Logs of a container, read through its kubelet: a silent node refuses. */
  logs(request: LogRequest): Answer<LogText>
  exec(request: ExecRequest): Answer<ExecResult>
  /** Absent: no metrics server is installed. */
  readonly metrics?: Metrics
}

/** What a command asks of its host when it has not ended. */
export interface Again {
  readonly afterMs: number
  readonly state: PlainData
}
export interface Editor {
  readonly name: string
  readonly text: string
  readonly state: PlainData
}
export type Outcome = { readonly exit: number } | { readonly again: Again } | { readonly editor: Editor }

export type Step = {
  readonly stdout: string
  readonly stderr: string
  /** Both streams in the order they were written. */
  readonly output: readonly Text[]
  /** Set when the command changed the kubeconfig. */
  readonly session?: Session
} & Outcome

/** What a command writes to. */
export class Streams {
  readonly output: Text[] = []
  session: Session | undefined

  print(text: string): void {
    if (text !== '') this.output.push({ stream: 'stdout', text })
  }

  error(text: string): void {
    if (text !== '') this.output.push({ stream: 'stderr', text })
  }

  /** Warning headers of the server; each is shown once. */
  warn(warnings: readonly string[] | undefined): void {
    for (const warning of warnings ?? []) {
      const text = `Warning: ${warning}\n`
      if (!this.output.some((line) => line.text === text)) this.error(text)
    }
  }
}

export interface Invocation {
  readonly command: Command
  /** Positional arguments. */
  readonly args: readonly string[]
  /** How many of `args` stood before `--`; -1 without one. */
  readonly dashAt: number
  readonly flags: FlagValues
  readonly env: Environment
  readonly out: Streams
  /** The namespace in force: `-n`, else the context's, else `default`. */
  readonly namespace: string
}

/**
 * One kubectl verb. `run` starts it; when it returns `again` or `editor` it is gone on with by `resume`, with its own plain state. Between
 * the two nothing of it stays in memory: a snapshot may fall there.
 */
export interface Command {
  /** `['rollout', 'status']`. */
  readonly path: readonly string[]
  readonly aliases?: readonly string[]
  /** One line, in our words. */
  readonly summary: string
  /** After the path, for help: `(TYPE NAME | TYPE/NAME)`. */
  readonly usage?: string
  readonly flags: readonly FlagSpec[]
  run(invocation: Invocation): Outcome
  /** `edited` is what the learner saved in the editor. */
  resume?(invocation: Invocation, state: PlainData, edited?: string): Outcome
  /** What positional arguments stand for. `resources`: kinds, then names. */
  readonly completes?: 'resources' | 'fields' | 'pods' | 'nodes' | 'contexts' | 'commands'
}

export const done = (exit = 0): Outcome => ({ exit })
export const again = (afterMs: number, state: PlainData): Outcome => ({ again: { afterMs, state } })

/** kubectl gives up: the text goes to stderr as it is, with a line break. Models `cmdutil.CheckErr`; caught only in `kubectl.ts`. */
export class Fatal extends Error {
  override readonly name = 'Fatal'
  readonly exit: number

  constructor(message: string, exit = 1) {
    super(message)
    this.exit = exit
  }
}
