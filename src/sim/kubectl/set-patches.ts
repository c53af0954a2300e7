import { createMergePatch } from '../kubernetes/api/json-merge-patch.ts'
import { createTwoWayStrategicPatch } from '../kubernetes/api/strategic-merge.ts'
import type { Patch } from '../kubernetes/api/client.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Environment, Invocation } from './command.ts'
import { aggregate, check, errorOf, type Failure, isFailure, messageOf } from './failure.ts'
import type { FlagSpec } from './flags.ts'
import type { Info } from './resource-builder.ts'
import {
  ALL_FLAG,
  answered,
  DRY_RUN_FLAG,
  type DryRun,
  fieldManagerFlag,
  FILENAME_FLAGS,
  LOCAL_FLAG,
  type ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  SELECTOR_FLAG,
  writeOptions,
} from './write-options.ts'

/** Flags of every `kubectl set …`. */
export const SET_FLAGS: readonly FlagSpec[] = [
  ...FILENAME_FLAGS,
  ...PRINT_FLAGS,
  DRY_RUN_FLAG,
  RECORD_FLAG,
  LOCAL_FLAG,
  ALL_FLAG,
  SELECTOR_FLAG,
  fieldManagerFlag('kubectl-set'),
]

/** The patch between two states of an object; undefined when they are equal. */
export function twoWayPatch(env: Environment, before: AnyObject, after: AnyObject): Patch | undefined {
  const struct = env.schema.kind(before.apiVersion, before.kind)
  const body = struct ? createTwoWayStrategicPatch(before, after, struct) : createMergePatch(before, after)
  return Object.keys(body).length === 0 ? undefined : { type: struct ? 'strategic' : 'merge', body }
}

export interface SetRun {
  readonly invocation: Invocation
  readonly printer: ObjectPrinter
  readonly dryRun: DryRun
  /** `image updated`. */
  readonly operation: string
  /** Before the server's words: `failed to patch image update to pod template: `. */
  readonly failurePrefix: string
  /** Unchanged objects are printed, too. */
  readonly printsUnchanged?: boolean
  /** Checked once the server has taken a change. */
  afterPatch?(): Failure | undefined
}

/** Changes objects and sends the differences. Models set.CalculatePatches and the loops around it (v1.35). */
export function patchAll(
  run: SetRun,
  infos: readonly Info[],
  change: (object: AnyObject) => AnyObject | Failure,
  failures: Failure[] = [],
): void {
  const { invocation, printer, dryRun, operation, failurePrefix, printsUnchanged = false } = run
  const { env, flags } = invocation
  const changes = infos.map((info) => ({ info, changed: change(info.object!) }))
  for (const { info, changed } of changes) {
    if (isFailure(changed)) {
      failures.push(errorOf(`error: ${info.resource.plural}/${info.name} ${messageOf(changed)}\n`))
      continue
    }
    const before = info.object!
    const after = recorded(invocation, changed)
    const patch = twoWayPatch(env, before, after)
    if (!patch && !printsUnchanged) continue
    if (flags.bool('local') || dryRun === 'client') {
      const failure = printer.print(after, operation)
      if (failure) failures.push(failure)
      continue
    }
    const answer = answered(
      invocation,
      env.api.patch(
        info.resource.key,
        info.namespace,
        info.name,
        patch ?? { type: 'strategic', body: {} },
        writeOptions(invocation, dryRun),
      ),
    )
    if ('failure' in answer) {
      failures.push(errorOf(failurePrefix + messageOf(answer.failure)))
      continue
    }
    const failure = run.afterPatch?.() ?? printer.print(answer.object, operation)
    if (failure) failures.push(failure)
  }
  check(aggregate(failures))
}
