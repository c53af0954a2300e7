import type { Millis } from '../../kernel/time.ts'

/** Nodes of one zone that wait for a NoExecute taint. Plain data. Models nodelifecycle/scheduler RateLimitedTimedQueue (v1.35), burst 1. */
export interface TaintQueue {
  /** Time between two nodes; undefined: nobody's turn comes. */
  periodMs: Millis | undefined
  /** When the next may go. */
  readyAt: Millis
  /** In order of arrival. */
  waiting: string[]
  /** Waiting, or served and still marked: a node is not added twice. */
  readonly members: Set<string>
}

export const newTaintQueue = (periodMs: Millis, now: Millis): TaintQueue => ({
  periodMs,
  readyAt: now,
  waiting: [],
  members: new Set(),
})

export function addNode(queue: TaintQueue, node: string): boolean {
  if (queue.members.has(node)) return false
  queue.members.add(node)
  queue.waiting.push(node)
  return true
}

/** Forgets that a node was served, so that it can be added again. */
export const forgetNode = (queue: TaintQueue, node: string): boolean => queue.members.delete(node)

export function removeNode(queue: TaintQueue, node: string): boolean {
  queue.waiting = queue.waiting.filter((name) => name !== node)
  return queue.members.delete(node)
}

/** A new rate; whoever was made to wait under the old one waits a full period under the new one. */
export function setPeriod(queue: TaintQueue, periodMs: Millis | undefined, now: Millis): void {
  if (queue.periodMs === periodMs) return
  const mayGo = queue.periodMs !== undefined && queue.readyAt <= now
  queue.periodMs = periodMs
  queue.readyAt = mayGo || periodMs === undefined ? now : now + periodMs
}

/** When the head of the queue may go; undefined when nobody waits or nobody may. */
export const nextTurn = ({ waiting, periodMs, readyAt }: TaintQueue): Millis | undefined =>
  waiting.length === 0 || periodMs === undefined ? undefined : readyAt

/** Takes the turn of the head, if it has come: the token is spent even if the work then fails. */
export function takeTurn(queue: TaintQueue, now: Millis): string | undefined {
  const turn = nextTurn(queue)
  if (turn === undefined || turn > now) return undefined
  queue.readyAt = now + queue.periodMs!
  return queue.waiting[0]
}
