import * as z from 'zod/mini'
import type { Millis } from '../sim/kernel/time.ts'
import type { Action } from './protocol.ts'

/** Changes when the same recording would give another digest: a link says with which engine it was made. */
export const ENGINE_VERSION = '2'

export interface RecordedAction {
  readonly at: Millis
  readonly action: Action
}

/** All that is needed to live a world again: seed + scenario + what was done, and when. */
export interface Recording {
  readonly version: 1
  readonly engine: string
  readonly source: { readonly type: 'builtin'; readonly name: string } | { readonly type: 'text'; readonly name: string; readonly text: string }
  readonly seed: number
  readonly actions: readonly RecordedAction[]
  /** Where its sender left it. */
  readonly at: Millis
  /** The digest at `at`. */
  readonly digest: string
}

const time = z.int().check(z.nonnegative(), z.maximum(30 * 86_400_000))
const shortText = z.string().check(z.maxLength(300))
const faultTarget = z.union([
  z.strictObject({ host: shortText }),
  z.strictObject({ between: z.tuple([shortText, shortText]) }),
  z.strictObject({ process: shortText }),
  z.strictObject({
    pod: shortText,
    container: z.optional(shortText),
    exitCode: z.optional(z.int().check(z.minimum(0), z.maximum(255))),
    megabytesPerSecond: z.optional(z.int().check(z.positive(), z.maximum(100_000))),
  }),
  z.strictObject({ image: shortText }),
])

const action = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('kubectl'),
    line: z.string(),
    files: z.optional(z.record(z.string(), z.string())),
    stdin: z.optional(z.string()),
  }),
  z.strictObject({ type: z.literal('apply'), text: z.string() }),
  z.strictObject({
    type: z.literal('fault'),
    kind: z.enum(['HostPowerOff', 'LinkDown', 'ProcessStop', 'ContainerExit', 'ContainerHang', 'MemoryLeak', 'ImageMissing']),
    target: faultTarget,
    id: z.optional(shortText),
  }),
  z.strictObject({ type: z.literal('heal'), id: shortText }),
  z.strictObject({ type: z.literal('traffic'), service: shortText, ratePerSecond: z.int().check(z.nonnegative(), z.maximum(100_000)) }),
  z.strictObject({ type: z.literal('predict'), step: shortText, answer: shortText }),
])

const recordingSchema = z.strictObject({
  version: z.literal(1),
  engine: shortText,
  source: z.union([
    z.strictObject({ type: z.literal('builtin'), name: shortText }),
    z.strictObject({ type: z.literal('text'), name: shortText, text: z.string() }),
  ]),
  seed: z.int().check(z.nonnegative()),
  actions: z.array(z.strictObject({ at: time, action })).check(z.maxLength(10_000)),
  at: time,
  digest: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
})

/** Checks what came out of a link or a file; a text says what is wrong with it. */
export function checkRecording(value: unknown): Recording | string {
  const result = recordingSchema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]!
    return `${issue.path.join('.') || 'recording'}: ${issue.code.replaceAll('_', ' ')}`
  }
  const { actions } = result.data
  for (let i = 1; i < actions.length; i++)
    if (actions[i]!.at < actions[i - 1]!.at) return `actions.${i}.at: earlier than the action before it`
  return result.data as Recording
}
