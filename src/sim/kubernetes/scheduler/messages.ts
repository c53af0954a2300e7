import type { Status } from './framework.ts'

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export interface FitFailure {
  readonly nodeCount: number
  /** A preFilter plugin refused the pod whatever the node: its reasons stand for all nodes. */
  readonly preFilterReasons?: readonly string[]
  /** One for each node that was looked at. */
  readonly statuses: Iterable<Status>
  readonly statusCount: number
  /** What every other node counts as. */
  readonly absentReasons: readonly string[]
  readonly postFilterMessage?: string
}

/** `0/3 nodes are available: 2 Insufficient cpu, 1 …` — reasons sorted as text. Models framework.FitError (v1.35). */
export function fitMessage(failed: FitFailure): string {
  const { nodeCount, preFilterReasons, statuses, statusCount, absentReasons, postFilterMessage } = failed
  let message = `0/${nodeCount} nodes are available:`
  if (preFilterReasons && preFilterReasons.length > 0) message += ` ${preFilterReasons.join(', ')}.`
  else {
    const counts = new Map<string, number>()
    const count = (reasons: readonly string[], times: number): void => {
      for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + times)
    }
    // Equal answers are mostly one and the same object, and neighbours.
    const nodes = new Map<Status, number>()
    let previous: Status | undefined
    let run = 0
    const note = (): void => {
      if (previous) nodes.set(previous, (nodes.get(previous) ?? 0) + run)
    }
    for (const status of statuses) {
      if (status !== previous) {
        note()
        previous = status
        run = 0
      }
      run += 1
    }
    note()
    for (const [{ reasons }, times] of nodes) count(reasons, times)
    if (nodeCount > statusCount) count(absentReasons, nodeCount - statusCount)
    const parts = [...counts].map(([reason, times]) => `${times} ${reason}`).sort(byBytes)
    if (parts.length > 0) message += ` ${parts.join(', ')}.`
  }
  return postFilterMessage ? `${message} ${postFilterMessage}` : message
}

export const NO_NODES = 'no nodes available to schedule pods'

/** What `framework` says of nodes that preFilter plugins ruled out by name. */
export const narrowedReason = (plugins: readonly string[]): string => `node(s) didn't satisfy plugin(s) [${plugins.join(' ')}]`

/** No node is left after narrowing. */
export const emptyNarrowingReason = (plugins: readonly string[]): string =>
  plugins.length === 1
    ? `node(s) didn't satisfy plugin ${plugins[0]}`
    : `node(s) didn't satisfy plugin(s) [${plugins.join(' ')}] simultaneously`

const NOTE_BYTES = 1024

const utf8Length = (character: string): number => {
  const code = character.codePointAt(0)!
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x1_0000 ? 3 : 4
}

/** An event's note: at most 1024 bytes, cut with ` ...`. */
export function eventNote(message: string): string {
  let bytes = 0
  let kept = 0
  for (const character of message) {
    bytes += utf8Length(character)
    if (bytes <= NOTE_BYTES - 4) kept += character.length
  }
  return bytes <= NOTE_BYTES ? message : `${message.slice(0, kept)} ...`
}

export const scheduledNote = (namespace: string, name: string, node: string): string =>
  `Successfully assigned ${namespace}/${name} to ${node}`

/** Names the preemptor by uid. */
export const preemptedNote = (preemptorUid: string, node: string): string => `Preempted by pod ${preemptorUid} on node ${node}`

export const disruptionMessage = (schedulerName: string): string =>
  `${schedulerName}: preempting to accommodate a higher priority pod`

export const deletingNote = (podKey: string): string => `skip schedule deleting pod: ${podKey}`
