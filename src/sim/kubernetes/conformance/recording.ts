import type { AnyObject } from '../api/types.ts'

/** One thing that is done to the cluster: a kubectl line, or something done to what plays the nodes. */
export interface Step {
  readonly atMs: number
  readonly ranAtMs?: number
  readonly doneMs?: number
  readonly kubectl?: readonly string[]
  readonly stdin?: string
  readonly rc?: number
  readonly out?: string
  readonly err?: string
  readonly bg?: boolean
  readonly play?: readonly [what: 'silence' | 'resume', ...nodes: string[]] | readonly [what: 'metrics', usage: PlayedUsage]
}

/** What the metrics API says of every running Pod from now on. */
export interface PlayedUsage {
  /** Of each container. */
  readonly cpu?: string
  /** So many of the running Pods, the first by name, have no sample. */
  readonly missing?: number
  /** Nobody has one. */
  readonly none?: boolean
}

/** Earliest and latest over the runs, then the value. */
export type Expected<T> = readonly [lo: number, hi: number, value: T]
/** Type, reason, message, component, count (a list: it varied). */
export type ExpectedEvent = readonly [
  lo: number,
  hi: number,
  type: string,
  reason: string,
  message: string,
  component: string,
  count: number | readonly number[],
]
export type ExpectedBounds = Readonly<Record<string, readonly [number, number]>> | null

export interface Expectation {
  readonly scale?: Readonly<Record<string, readonly Expected<readonly [string, number]>[]>>
  readonly counts?: Readonly<Record<string, readonly Expected<readonly number[]>[]>>
  readonly pods?: Readonly<Record<string, readonly Expected<string>[]>>
  readonly events?: Readonly<Record<string, readonly ExpectedEvent[]>>
  /** Without times. */
  readonly eventsAnyOrder?: Readonly<
    Record<
      string,
      readonly (readonly [type: string, reason: string, message: string, component: string, count: number | readonly number[]])[]
    >
  >
  readonly podEvents?: Readonly<Record<string, readonly (readonly [number, readonly (readonly string[])[]])[]>>
  readonly bounds?: Readonly<Record<string, readonly ExpectedBounds[]>>
  readonly series?: Readonly<Record<string, Readonly<Record<string, readonly Expected<unknown>[]>>>>
  readonly final?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** What a real control plane did in one case, with played nodes; what all runs agreed on, and what differed between them. */
export interface ControllerRecording {
  readonly name: string
  readonly theme: string
  readonly namespace?: string
  readonly nodes: readonly AnyObject[]
  readonly podBehaviour: { readonly readyAfterMs: number; readonly terminateAfterMs: number; readonly terminateExitCode?: number }
  readonly steps: readonly Step[]
  readonly untilMs: number
  readonly expect: Expectation
  readonly racy: readonly string[]
}
