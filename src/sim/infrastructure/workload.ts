import type { Millis } from '../kernel/time.ts'

/** One life of a container, from start to exit. */
export interface Run {
  /** Absent: it runs until it is stopped. */
  readonly exitAfterMs?: Millis
  readonly exitCode: number
  /** As the runtime reports it; absent: `Completed` for 0, `Error` otherwise. */
  readonly reason?: string
  /** Written to `terminationMessagePath`. */
  readonly message?: string
  /** Its output. */
  readonly log?: string
}

/** Valid from `fromMs` after the container's start, until the next entry; of one life only when `attempt` is given. */
interface Timed {
  readonly fromMs: Millis
  readonly attempt?: number
}
interface Paced extends Timed {
  /** The answer takes so long. */
  readonly afterMs?: Millis
  /** No answer ever comes. */
  readonly hang?: boolean
}
export interface ExecAnswer extends Paced {
  readonly exitCode?: number
  readonly out?: string
}
export interface HttpAnswer extends Paced {
  readonly status: number
  readonly out?: string
  readonly location?: string
}
export interface TcpAnswer extends Timed {
  readonly open: boolean
}
export interface GrpcAnswer extends Timed {
  /** `SERVING`, `NOT_SERVING`, … */
  readonly serving: string
}

export interface MemoryUse {
  readonly memoryBytes?: number
  /** Written to the container's own file system. */
  readonly rootfsBytes?: number
  readonly fromMs?: Millis
}

/** What a container does, as data. Every field is optional: an empty workload runs for ever and obeys SIGTERM. */
export interface Workload {
  /** One entry a life (attempt 0, 1, …); the last one repeats. */
  readonly runs?: readonly Run[]
  /** On SIGTERM: ends after so long with this code, or ignores it. Absent: 100 ms, code 0. */
  readonly term?: { readonly afterMs?: Millis; readonly exitCode?: number; readonly ignore?: boolean }
  /** The runtime cannot create it; with `times` only the first so many. */
  readonly create?: { readonly error: string; readonly times?: number }
  /** The runtime cannot start it: exit code 128, reason StartError. */
  readonly start?: { readonly error: string; readonly times?: number }
  /** Command line, words joined by spaces, to the answers over time. */
  readonly exec?: Readonly<Record<string, readonly ExecAnswer[]>>
  /** Port to path to answers. */
  readonly http?: Readonly<Record<string, Readonly<Record<string, readonly HttpAnswer[]>>>>
  readonly tcp?: Readonly<Record<string, readonly TcpAnswer[]>>
  readonly grpc?: Readonly<Record<string, readonly GrpcAnswer[]>>
  /** Ports of a general server: once up it answers 200 on every path, accepts TCP, serves gRPC. */
  readonly listens?: { readonly ports: readonly number[]; readonly afterMs: Millis }
  /** What it uses; later entries by `fromMs`. */
  readonly stats?: MemoryUse | readonly MemoryUse[]
  /** Memory that grows by so much a second: a leak. */
  readonly leakBytesPerSecond?: number
  /** Memory for each request under way in a second. */
  readonly memoryPerRequestBytes?: number
  readonly idleMilliCpu?: number
  /** Work for one request, in thousandths of a core × milliseconds: 5000 is 5 ms of a whole core. */
  readonly milliCpuMsPerRequest?: number
  /** Files written into volumes. */
  readonly writes?: readonly { readonly path: string; readonly bytes: number; readonly atMs: Millis }[]
}

export const DEFAULT_MEMORY_BYTES = 16 * 1024 * 1024
export const DEFAULT_ROOTFS_BYTES = 4096
export const DEFAULT_TERM_MS = 100

export const runOf = (workload: Workload, attempt: number): Run | undefined => {
  const runs = workload.runs
  return runs && runs.length > 0 ? runs[Math.min(attempt, runs.length - 1)] : undefined
}

/** The last entry whose time has come for this life. */
export function answerAt<T extends Timed>(
  answers: readonly T[] | undefined,
  sinceStartMs: Millis,
  attempt: number,
): T | undefined {
  let found: T | undefined
  if (answers) {
    for (const answer of answers)
      if (answer.fromMs <= sinceStartMs && (answer.attempt === undefined || answer.attempt === attempt)) found = answer
  }
  return found
}

/** When the answer may be another one: the next entry's time after now, or undefined for never. */
export function nextChangeMs(answers: readonly Timed[] | undefined, sinceStartMs: Millis): Millis | undefined {
  let next: Millis | undefined
  if (answers) for (const { fromMs } of answers) if (fromMs > sinceStartMs && (next === undefined || fromMs < next)) next = fromMs
  return next
}

export function usageAt(
  workload: Workload,
  sinceStartMs: Millis,
): { readonly memoryBytes: number; readonly rootfsBytes: number } {
  const entries: readonly MemoryUse[] =
    workload.stats === undefined ? [] : Array.isArray(workload.stats) ? workload.stats : [workload.stats as MemoryUse]
  let memoryBytes = DEFAULT_MEMORY_BYTES
  let rootfsBytes = DEFAULT_ROOTFS_BYTES
  for (const entry of entries) {
    if ((entry.fromMs ?? 0) > sinceStartMs) continue
    memoryBytes = entry.memoryBytes ?? memoryBytes
    rootfsBytes = entry.rootfsBytes ?? rootfsBytes
  }
  if (workload.leakBytesPerSecond) memoryBytes += Math.floor((workload.leakBytesPerSecond * sinceStartMs) / 1000)
  return { memoryBytes, rootfsBytes }
}
