import { formatTime, type Millis } from '../../kernel/time.ts'
import type { Condition, Node, Pod, Taint } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey, splitKey } from './object-key.ts'
import { podConditionPatch } from './pod-condition-patch.ts'
import { podCondition } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome } from './runtime/controller.ts'
import { tolerationTime } from './toleration-time.ts'

const ATTEMPTS = 5
const ATTEMPT_PAUSE_MS = 10

interface Eviction {
  readonly createdAt: Millis
  readonly fireAt: Millis
  readonly attempts: number
}

interface State {
  /** Nodes with NoExecute taints. */
  readonly tainted: Map<string, readonly Taint[]>
  /** Pods whose time is running: `namespace/name`. */
  readonly evictions: Map<string, Eviction>
}
type EvictionContext = Context<State>

const noExecuteTaints = (node: Node): readonly Taint[] => (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute')

/** Without a uid, as upstream records it: events of a pod's successor of the same name are counted on. */
function record({ events }: EvictionContext, key: string, message: string): void {
  const [namespace, name] = splitKey(key)
  events.record({ apiVersion: 'v1', kind: 'Pod', namespace, name }, 'Normal', 'TaintManagerEviction', `${message} ${key}`)
}

function cancel(context: EvictionContext, key: string): void {
  if (context.state.evictions.delete(key)) record(context, key, 'Cancelling deletion of Pod')
}

function schedule(context: EvictionContext, key: string, createdAt: Millis, fireAt: Millis, attempts = 0): void {
  context.state.evictions.set(key, { createdAt, fireAt, attempts })
  context.enqueue(`evict|${key}`, Math.max(0, fireAt - context.now))
}

function processPod(context: EvictionContext, pod: Pod, taints: readonly Taint[], now: Millis): void {
  const { state } = context
  const key = objectKey(pod)
  const { tolerated, forMs } = tolerationTime(taints, pod.spec.tolerations ?? [])
  if (!tolerated) {
    cancel(context, key)
    schedule(context, key, now, now)
    return
  }
  if (forMs === undefined) {
    cancel(context, key)
    return
  }
  const running = state.evictions.get(key)
  // What runs already runs on, however short the time under the new taints.
  if (running && running.createdAt < now) return
  if (running) cancel(context, key)
  schedule(context, key, running?.createdAt ?? now, now + forMs)
}

function nodeChanged(context: EvictionContext, name: string): Outcome {
  const { cache, state } = context
  const node = cache.get('nodes', '', name) as unknown as Node | undefined
  if (!node) {
    state.tainted.delete(name)
    return DONE
  }
  const taints = noExecuteTaints(node)
  if (taints.length === 0) state.tainted.delete(name)
  else state.tainted.set(name, taints)
  const now = context.now
  for (const pod of cache.byIndex('pods', 'node', name))
    if (taints.length === 0) cancel(context, objectKey(pod))
    else processPod(context, pod as unknown as Pod, taints, now)
  return DONE
}

function podChanged(context: EvictionContext, key: string): Outcome {
  const [namespace, name] = splitKey(key)
  const pod = context.cache.get('pods', namespace, name) as unknown as Pod | undefined
  if (!pod) {
    cancel(context, key)
    return DONE
  }
  const taints = pod.spec.nodeName ? context.state.tainted.get(pod.spec.nodeName) : undefined
  if (taints) processPod(context, pod, taints, context.now)
  return DONE
}

/** Says why, then asks for a graceful end; PodDisruptionBudgets are not asked. */
function evict(context: EvictionContext, key: string): Outcome {
  const { api, state } = context
  const eviction = state.evictions.get(key)
  if (!eviction || eviction.fireAt > context.now) return DONE
  state.evictions.delete(key)
  const [namespace, name] = splitKey(key)
  if (eviction.attempts === 0) record(context, key, 'Marking for deletion Pod')
  const current = api.get('pods', namespace, name)
  if (!current.ok && current.status.code === 404) return DONE
  let isDone = false
  if (current.ok) {
    const pod = current.value as unknown as Pod
    const old = podCondition(pod, 'DisruptionTarget')
    const condition: Condition = {
      type: 'DisruptionTarget',
      status: 'True',
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime! : formatTime(context.unixMs),
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    }
    const isMarked = old?.status === 'True' && old.reason === condition.reason && old.message === condition.message
    const marked = isMarked || api.patch('pods', namespace, name, podConditionPatch(pod, condition), { subresource: 'status' }).ok
    isDone = marked && api.delete('pods', namespace, name).ok
  }
  if (!isDone && eviction.attempts + 1 < ATTEMPTS)
    schedule(context, key, eviction.createdAt, context.now + ATTEMPT_PAUSE_MS, eviction.attempts + 1)
  return DONE
}

/**
 * Deletes pods from nodes with NoExecute taints that they do not tolerate, or not for longer. Models pkg/controller/tainteviction (v1.35).
 */
export const taintEvictionController: Controller<State> = {
  name: 'taint-eviction-controller',
  workers: 8,
  watches: {
    nodes: ({ type, object, previous }, { enqueue }) => {
      const before = previous ? noExecuteTaints(previous as unknown as Node) : []
      const after = type === 'DELETED' ? [] : noExecuteTaints(object as unknown as Node)
      if (type === 'DELETED' ? before.length > 0 : !deepEqual(before, after)) enqueue(`node|${object.metadata.name}`)
    },
    pods: ({ type, object, previous }, { state, enqueue }) => {
      const key = objectKey(object)
      if (type === 'DELETED') {
        if (state.evictions.has(key)) enqueue(`pod|${key}`)
        return
      }
      const { nodeName, tolerations } = (object as unknown as Pod).spec
      if (!nodeName || !state.tainted.has(nodeName)) return
      const before = (previous as unknown as Pod | undefined)?.spec
      if (before?.nodeName !== nodeName || !deepEqual(before.tolerations, tolerations)) enqueue(`pod|${key}`)
    },
  },
  initialState: () => ({ tainted: new Map(), evictions: new Map() }),
  reconcile(context, item) {
    const bar = item.indexOf('|')
    const key = item.slice(bar + 1)
    switch (item.slice(0, bar)) {
      case 'node':
        return nodeChanged(context, key)
      case 'pod':
        return podChanged(context, key)
      default:
        return evict(context, key)
    }
  },
}
