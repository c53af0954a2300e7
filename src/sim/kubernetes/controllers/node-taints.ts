import { formatTime } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { Node, Taint } from '../api/types.ts'

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

/** What a condition's status does to a node. */
const TAINT_OF_CONDITION: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const MANAGED_KEYS: ReadonlySet<string> = new Set([
  UNSCHEDULABLE,
  ...Object.values(TAINT_OF_CONDITION).flatMap((byStatus) => Object.values(byStatus) as string[]),
])

export const sameTaint = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect

export const hasTaint = (node: Node, taint: Taint): boolean => node.spec.taints?.some((other) => sameTaint(other, taint)) ?? false

/** The NoSchedule taints that a node must get and lose to agree with its conditions. Models doNoScheduleTaintingPass (v1.35). */
export function noScheduleDifference(node: Node): { readonly add: readonly Taint[]; readonly remove: readonly Taint[] } {
  const wanted: Taint[] = []
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = TAINT_OF_CONDITION[type]?.[status]
    if (key) wanted.push({ key, effect: 'NoSchedule' })
  }
  if (node.spec.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' })
  const present = (node.spec.taints ?? []).filter(({ key, effect }) => effect === 'NoSchedule' && MANAGED_KEYS.has(key))
  return {
    add: wanted.filter((taint) => !present.some((other) => sameTaint(other, taint))),
    remove: present.filter((taint) => !wanted.some((other) => sameTaint(other, taint))),
  }
}

/**
 * Changes the taints of a node as it is now, or as it was `seen`; false when the server refused. The write is for that version of the node
 * and no other. Models controller/util/node PatchNodeTaints (v1.35).
 */
function patchTaints(api: Api, name: string, change: (taints: readonly Taint[]) => readonly Taint[], seen?: Node): boolean {
  let node = seen
  if (!node) {
    const current = api.get('nodes', '', name)
    if (!current.ok) return current.status.code === 404
    node = current.value as unknown as Node
  }
  const taints = node.spec?.taints ?? []
  const changed = change(taints)
  if (changed === taints) return true
  const { resourceVersion } = node.metadata
  const body = { metadata: { resourceVersion }, spec: { taints: changed.length > 0 ? changed : null } }
  return api.patch('nodes', '', name, { type: 'merge', body }).ok
}

export function addTaints(api: Api, name: string, added: readonly Taint[], unixMs: number, seen?: Node): boolean {
  if (added.length === 0) return true
  const timeAdded = formatTime(unixMs)
  const add = (taints: readonly Taint[]): readonly Taint[] => {
    const next = taints.slice()
    for (const taint of added) {
      const index = next.findIndex((other) => sameTaint(other, taint))
      if (index < 0) next.push({ ...taint, timeAdded })
      else next[index] = { ...taint, timeAdded }
    }
    return next
  }
  return patchTaints(api, name, add, seen)
}

export function removeTaints(api: Api, name: string, removed: readonly Taint[], seen?: Node): boolean {
  if (removed.length === 0) return true
  const remove = (taints: readonly Taint[]): readonly Taint[] => {
    const next = taints.filter((taint) => !removed.some((other) => sameTaint(other, taint)))
    return next.length === taints.length ? taints : next
  }
  return patchTaints(api, name, remove, seen)
}
