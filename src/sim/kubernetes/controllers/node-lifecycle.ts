import { formatTime, type Millis } from '../../kernel/time.ts'
import type { Condition, Lease, Node, Pod, Taint } from '../api/types.ts'
import { isSilent, lostConditions, MONITOR_PERIOD_MS, type NodeHealth, observeNode, readyCondition } from './node-health.ts'
import { addTaints, hasTaint, noScheduleDifference, NOT_READY, removeTaints, UNREACHABLE } from './node-taints.ts'
import { objectKey, splitKey } from './object-key.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { addNode, forgetNode, newTaintQueue, nextTurn, removeNode, setPeriod, type TaintQueue, takeTurn } from './taint-queue.ts'
import { evictionPeriodMs, zoneKey, type ZoneState, zoneState } from './zone-disruption.ts'

/** The worker that hands out NoExecute taints looks ten times a second. */
const TAINT_TICK_MS = 100
/** Upstream taints and marks pods side by side; here the NoSchedule taint, which takes one write, goes before the many of the pods. */
const MARK_PODS_DELAY_MS = 20
/** Least wait after a refused write of taints, at most twice as long: upstream's updateTaintBackoff. */
const CONFLICT_RETRY_MS = 100

interface Zone {
  state: ZoneState
  readonly queue: TaintQueue
}

interface State {
  readonly health: Map<string, NodeHealth>
  /** Nodes that were announced: name to uid. */
  readonly known: Map<string, string>
  readonly zones: Map<string, Zone>
  /** Nodes whose pods could not all be marked. */
  readonly unmarked: Set<string>
  /** When the NoExecute worker looks next; undefined: asleep. */
  workerAt: Millis | undefined
}
type NodeContext = Context<State>

const NOT_READY_TAINT: Taint = { key: NOT_READY, effect: 'NoExecute' }
const UNREACHABLE_TAINT: Taint = { key: UNREACHABLE, effect: 'NoExecute' }

function recordOnNode({ events }: NodeContext, name: string, uid: string, reason: string, message: string): void {
  events.record({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Normal', reason, `Node ${name} ${message}`)
}

function zoneOf({ state, now }: NodeContext, node: Node): Zone {
  const key = zoneKey(node)
  let zone = state.zones.get(key)
  if (!zone) state.zones.set(key, (zone = { state: 'Initial', queue: newTaintQueue(evictionPeriodMs('Normal', 0)!, now) }))
  return zone
}

/** Takes the NoExecute taints off a node (as the cache shows it) and its name out of the queue. */
function markReachable(context: NodeContext, node: Node): void {
  const taints = [UNREACHABLE_TAINT, NOT_READY_TAINT].filter((taint) => hasTaint(node, taint))
  for (const taint of taints) removeTaints(context.api, node.metadata.name, [taint])
  removeNode(zoneOf(context, node).queue, node.metadata.name)
}

function swapTaint({ api, unixMs }: NodeContext, name: string, add: Taint, remove: Taint): boolean {
  return addTaints(api, name, [add], unixMs) && removeTaints(api, name, [remove])
}

/** Lets the worker look when the next node's turn comes, on its own rhythm. */
function armWorker(context: NodeContext): void {
  const { state, now } = context
  let next: Millis | undefined
  for (const { queue } of state.zones.values()) {
    const turn = nextTurn(queue)
    if (turn !== undefined) next = Math.min(next ?? turn, turn)
  }
  if (next === undefined) return
  const at = (Math.floor(Math.max(now, next - 1) / TAINT_TICK_MS) + 1) * TAINT_TICK_MS
  if (state.workerAt !== undefined && state.workerAt <= at && state.workerAt > now) return
  state.workerAt = at
  context.enqueue('noexecute', at - now)
}

/** Looks at every node's signs of life: announces, marks Unknown, queues taints, judges zones. Models monitorNodeHealth (v1.35). */
function monitor(context: NodeContext): void {
  const { cache, state } = context
  const nodes = [...cache.list('nodes')] as unknown as readonly Node[]
  const present = new Set<string>()
  for (const node of nodes) {
    const { name, uid = '' } = node.metadata
    present.add(name)
    if (state.known.has(name)) continue
    recordOnNode(context, name, uid, 'RegisteredNode', `event: Registered Node ${name} in Controller`)
    state.known.set(name, uid)
    markReachable(context, node)
  }
  for (const [name, uid] of state.known) {
    if (present.has(name)) continue
    recordOnNode(context, name, uid, 'RemovingNode', `event: Removing Node ${name} from Controller`)
    state.known.delete(name)
    state.health.delete(name)
    state.unmarked.delete(name)
  }
  const counts = new Map<string, { ready: number; notReady: number }>()
  for (const node of nodes) {
    const ready = look(context, node)
    if (ready === 'unwritten' || node.metadata.labels?.['node.kubernetes.io/exclude-disruption'] !== undefined) continue
    const key = zoneKey(node)
    let count = counts.get(key)
    if (!count) counts.set(key, (count = { ready: 0, notReady: 0 }))
    if (ready === 'True') count.ready += 1
    else count.notReady += 1
  }
  judgeZones(context, nodes, counts)
  armWorker(context)
}

/** One node: returns its Ready status after the look. */
function look(context: NodeContext, node: Node): string | undefined {
  const { api, cache, state, now, unixMs } = context
  const { name, uid = '' } = node.metadata
  const lease = cache.get('leases.coordination.k8s.io', 'kube-node-lease', name) as unknown as Lease | undefined
  const before = readyCondition(node)?.status
  let health = observeNode(state.health.get(name), node, lease, now, unixMs)
  let seen = node
  const lost = isSilent(health, now) ? lostConditions(node, unixMs) : undefined
  if (lost) {
    const written = api.update(
      'nodes',
      '',
      name,
      { ...node, status: { ...node.status, conditions: lost } },
      { subresource: 'status' },
    )
    if (!written.ok) return 'unwritten'
    seen = written.value as unknown as Node
    health = { ...health, heartbeat: readyCondition(seen)?.lastHeartbeatTime ?? '', ready: 'Unknown' }
  }
  state.health.set(name, health)
  const ready = readyCondition(seen)?.status
  if (ready === undefined) return ready
  if (ready === 'True') markReachable(context, node)
  else queueTaint(context, node, ready)
  if (ready !== 'True' && before === 'True') {
    recordOnNode(context, name, uid, 'NodeNotReady', 'status is now: NodeNotReady')
    context.enqueue(`pods|${name}`, MARK_PODS_DELAY_MS)
  } else if (ready !== 'True' && state.unmarked.has(name)) context.enqueue(`pods|${name}`)
  return ready
}

function queueTaint(context: NodeContext, node: Node, ready: string): void {
  const { name } = node.metadata
  const [wanted, other] = ready === 'False' ? [NOT_READY_TAINT, UNREACHABLE_TAINT] : [UNREACHABLE_TAINT, NOT_READY_TAINT]
  // A node that has the other taint has had its turn.
  if (hasTaint(node, other)) {
    swapTaint(context, name, wanted, other)
    return
  }
  const { queue } = zoneOf(context, node)
  if (!hasTaint(node, wanted) && !queue.waiting.includes(name)) forgetNode(queue, name)
  addNode(queue, name)
}

/** Sets each zone's rate; when nothing answers at all, the fault must be the controller's own. Models handleDisruption (v1.35). */
function judgeZones(
  context: NodeContext,
  nodes: readonly Node[],
  counts: ReadonlyMap<string, { ready: number; notReady: number }>,
): void {
  const { state } = context
  for (const [key, { queue }] of state.zones) if (!counts.has(key) && queue.waiting.length === 0) state.zones.delete(key)
  const zones = [...state.zones].filter(([key]) => counts.has(key))
  const sizeOf = (key: string): number => counts.get(key)!.ready + counts.get(key)!.notReady
  const judged = new Map([...counts].map(([key, { ready, notReady }]) => [key, zoneState(ready, notReady)]))
  const allAre = [...judged.values()].every((zone) => zone === 'FullDisruption')
  const allWere = zones.every(([, zone]) => zone.state === 'FullDisruption')
  if (allAre && allWere) return
  if (allAre) {
    for (const node of nodes) markReachable(context, node)
    for (const [, zone] of zones) {
      setPeriod(zone.queue, undefined, context.now)
      zone.state = 'FullDisruption'
    }
    return
  }
  if (allWere) for (const [name, health] of state.health) state.health.set(name, { ...health, probeAt: context.now })
  for (const [key, zone] of zones) {
    const next = judged.get(key)!
    if (zone.state === next) continue
    setPeriod(zone.queue, evictionPeriodMs(next, sizeOf(key)), context.now)
    zone.state = next
  }
}

/** Hands out NoExecute taints to those whose turn it is. Models doNoExecuteTaintingPass (v1.35). */
function workTaints(context: NodeContext): Outcome {
  const { cache, state } = context
  if (state.workerAt === undefined || state.workerAt > context.now) return DONE
  state.workerAt = undefined
  for (const { queue } of state.zones.values())
    for (let name = takeTurn(queue, context.now); name !== undefined; name = takeTurn(queue, context.now)) {
      const node = cache.get('nodes', '', name) as unknown as Node | undefined
      const ready = node && readyCondition(node)?.status
      const served =
        ready === 'False'
          ? swapTaint(context, name, NOT_READY_TAINT, UNREACHABLE_TAINT)
          : ready === 'Unknown'
            ? swapTaint(context, name, UNREACHABLE_TAINT, NOT_READY_TAINT)
            : true // gone, or ready again
      if (!served) break
      queue.waiting = queue.waiting.slice(1)
    }
  armWorker(context)
  return DONE
}

/** Sets the Ready condition of a pod to False: its kubelet cannot. Models controller/util/node MarkPodsNotReady. */
function markPodNotReady({ api, events, unixMs }: NodeContext, pod: Pod): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (!condition || condition.status === 'False') return true
  const { namespace = '', name } = pod.metadata
  const marked: Condition = { ...condition, status: 'False', lastTransitionTime: formatTime(unixMs) }
  const body = { status: { conditions: [marked] } }
  const written = api.patch('pods', namespace, name, { type: 'strategic', body }, { subresource: 'status' })
  if (!written.ok) return written.status.code === 404
  events.record(written.value, 'Warning', 'NodeNotReady', 'Node is not ready')
  return true
}

function markPods(context: NodeContext, name: string): Outcome {
  let isDone = true
  for (const pod of context.cache.byIndex('pods', 'node', name))
    if (!markPodNotReady(context, pod as unknown as Pod)) isDone = false
  if (isDone) context.state.unmarked.delete(name)
  else context.state.unmarked.add(name)
  return DONE
}

function markLateComer(context: NodeContext, key: string): Outcome {
  const [namespace, name] = splitKey(key)
  const pod = context.cache.get('pods', namespace, name) as unknown as Pod | undefined
  if (!pod || !isDown(context, pod.spec.nodeName)) return DONE
  return markPodNotReady(context, pod) ? DONE : retry('pod could not be marked')
}

function isDown({ state, cache }: NodeContext, name: string | undefined): boolean {
  const ready = name === undefined ? undefined : state.health.get(name)?.ready
  return ready !== undefined && ready !== 'True' && cache.get('nodes', '', name!) !== undefined
}

/**
 * Brings the NoSchedule taints in line with the conditions. The node is read from the server's watch cache: when a kubelet that has just joined, or
 * another controller, has written meanwhile, the write is refused and tried again a moment later.
 */
function taintBySchedule({ api, cache, rng, unixMs }: NodeContext, name: string): Outcome {
  const node = cache.get('nodes', '', name) as unknown as Node | undefined
  if (!node) return DONE
  const { add, remove } = noScheduleDifference(node)
  const isDone = addTaints(api, name, add, unixMs, node) && removeTaints(api, name, remove, add.length > 0 ? undefined : node)
  return isDone ? DONE : { againMs: CONFLICT_RETRY_MS + rng.int(CONFLICT_RETRY_MS) }
}

/**
 * Judges nodes by their heartbeats and tells the rest of the cluster: conditions, taints, pods that are not ready any more.
 * Models pkg/controller/nodelifecycle (v1.35). Simplified: one pass looks at the nodes one after the other.
 */
export const nodeLifecycleController: Controller<State> = {
  name: 'node-lifecycle-controller',
  eventSource: 'node-controller',
  workers: 8,
  watches: {
    nodes: ({ type, object }, { enqueue }) => {
      if (type === 'DELETED') return
      const { add, remove } = noScheduleDifference(object as unknown as Node)
      if (add.length + remove.length > 0) enqueue(`taints|${object.metadata.name}`)
    },
    pods: ({ type, object, previous }, context) => {
      if (type === 'DELETED') return
      const { nodeName } = (object as unknown as Pod).spec
      if (nodeName === (previous as unknown as Pod | undefined)?.spec.nodeName || !isDown(context, nodeName)) return
      context.enqueue(`pod|${objectKey(object)}`)
    },
    'leases.coordination.k8s.io': () => {},
  },
  periodic: [{ key: 'monitor|', everyMs: MONITOR_PERIOD_MS, firstMs: 0 }],
  initialState: () => ({ health: new Map(), known: new Map(), zones: new Map(), unmarked: new Set(), workerAt: undefined }),
  reconcile(context, item) {
    const bar = item.indexOf('|')
    const key = item.slice(bar + 1)
    switch (bar < 0 ? item : item.slice(0, bar)) {
      case 'monitor':
        monitor(context)
        return DONE
      case 'noexecute':
        return workTaints(context)
      case 'taints':
        return taintBySchedule(context, key)
      case 'pods':
        return markPods(context, key)
      default:
        return markLateComer(context, key)
    }
  },
}
