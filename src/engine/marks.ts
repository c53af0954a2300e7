import type { Commit } from '../sim/kubernetes/etcd/store.ts'
import type { Event } from '../sim/kubernetes/api/types.ts'
import type { Action, FaultTarget } from '../sim/scenario/action.ts'
import type { Director, Notice } from '../sim/scenario/director.ts'
import type { TimelineMark } from './protocol.ts'
import type { RecordedAction } from './recording.ts'

/** Reasons of events that are worth a mark. */
const MARKED: Readonly<Record<string, TimelineMark['type']>> = {
  TaintManagerEviction: 'eviction',
  Evicted: 'eviction',
  Preempted: 'eviction',
  NodeNotReady: 'fault',
}

const faultLabel = (kind: string, target: FaultTarget): string => {
  const [first] = Object.values(target) as readonly (string | readonly string[])[]
  return `${kind} ${typeof first === 'string' ? first : (first ?? []).join(' ↔ ')}`
}

function markOf(action: Action, at: number, index: number, healed: (id: string) => string): TimelineMark | undefined {
  const id = `action-${index}`
  switch (action.type) {
    case 'kubectl': {
      const line = action.line.replace(/^kubectl\s+/, '')
      return /^(get|describe|logs|events|explain|top|wait|config|version)\b/.test(line)
        ? undefined
        : { id, at, type: 'command', label: line }
    }
    case 'apply':
      return { id, at, type: 'command', label: 'apply' }
    case 'fault':
      return { id, at, type: 'fault', label: faultLabel(action.kind, action.target) }
    case 'heal':
      return { id, at, type: 'heal', label: healed(action.id) }
    case 'traffic':
      return { id, at, type: 'command', label: `${action.service} ${action.ratePerSecond}/s` }
    case 'edit':
    case 'interrupt':
    case 'predict':
    case 'trigger':
      return undefined
  }
}

/** Marks on the time line: what was done, and what followed that one would want to go back to. Those of events are kept for each branch. */
export class Marks {
  readonly #seen = new Map<string, Map<string, TimelineMark>>()
  #branch = ''

  constructor(onCommit: (listener: (commit: Commit) => void) => void) {
    onCommit((commit) => this.#committed(commit))
  }

  switchTo(branch: string, parent: string | undefined, forkedAt: number): void {
    this.#branch = branch
    if (this.#seen.has(branch)) return
    const inherited = [...(this.#seen.get(parent ?? '') ?? [])].filter(([, mark]) => mark.at <= forkedAt)
    this.#seen.set(branch, new Map(inherited))
  }

  follow(director: Director, next: ((notice: Notice) => void) | undefined): void {
    director.onNotice = (notice) => {
      next?.(notice)
      if (notice.type === 'goal' && notice.goal.verdict !== 'pending' && notice.goal.at !== undefined)
        this.#add({
          id: `goal-${notice.goal.id}-${notice.goal.verdict}`,
          at: notice.goal.at,
          type: 'goal',
          label: notice.goal.id,
        })
      if (notice.type === 'entry' && (notice.entry.fault || notice.entry.heal !== undefined))
        this.#add({
          id: `entry-${notice.entry.id}-${notice.at}`,
          at: notice.at,
          type: notice.entry.fault ? 'fault' : 'heal',
          label: notice.entry.id,
        })
    }
  }

  #committed({ resource, type, object, at, name }: Commit): void {
    if (at < 0 || type !== 'ADDED') return
    if (resource === 'replicasets.apps') {
      const revision = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 1)
      const owner = object.metadata.ownerReferences?.[0]?.name
      if (revision > 1 && owner) this.#add({ id: `rollout-${name}-${at}`, at, type: 'rollout', label: `${owner} ${revision}` })
    }
    if (resource !== 'events') return
    const { reason, involvedObject } = object as unknown as Event
    const marked = MARKED[reason ?? '']
    if (!marked || (reason === 'NodeNotReady' && involvedObject.kind !== 'Node')) return
    this.#add({ id: `${reason}-${involvedObject.name}-${at}`, at, type: marked, label: `${reason} ${involvedObject.name}` })
  }

  #add(mark: TimelineMark): void {
    const marks = this.#seen.get(this.#branch)
    if (marks && marks.size < 500) marks.set(mark.id, mark)
  }

  list(actions: readonly RecordedAction[]): readonly TimelineMark[] {
    const faults = actions.flatMap(({ action }) => (action.type === 'fault' ? [action] : []))
    // Faults without an id of their own are called fault-1, fault-2 … in order.
    const healed = (id: string): string => {
      const fault = faults.find((each, index) => (each.id ?? `fault-${index + 1}`) === id)
      return fault ? faultLabel(fault.kind, fault.target) : id
    }
    const done = actions.flatMap(({ at, action }, index) => markOf(action, at, index, healed) ?? [])
    return [...done, ...(this.#seen.get(this.#branch)?.values() ?? [])].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }
}
