import { parseTime } from '../sim/kernel/time.ts'
import { whyOf } from '../sim/explain/why.ts'
import { toYaml } from '../sim/kubectl/printers/yaml.ts'
import type { AnyObject, Condition, ContainerState, Event, Pod } from '../sim/kubernetes/api/types.ts'
import type { World } from '../sim/scenario/world.ts'
import type { CauseView, DecisionView, Inspection, ObjectKey, SchedulerInspection } from './protocol.ts'
import { eventView } from './views/event-view.ts'

/** `kubectl get -o yaml` leaves out the managed fields. */
function yamlOf(object: AnyObject): string {
  const { managedFields: _, ...metadata } = object.metadata
  return toYaml({ ...object, metadata })
}

function conditionsOf(object: AnyObject, epochMs: number): Inspection['conditions'] {
  const { conditions = [] } = (object['status'] ?? {}) as { conditions?: readonly Condition[] }
  return conditions.map(({ type, status, reason = '', message = '', lastTransitionTime }) => {
    const since = parseTime(lastTransitionTime)
    return { type, status, reason, message, since: since === undefined ? undefined : since - epochMs }
  })
}

function stateOf(state: ContainerState | undefined): { readonly state: string; readonly reason: string } {
  if (state?.running) return { state: 'running', reason: '' }
  if (state?.terminated) return { state: 'terminated', reason: `${state.terminated.reason ?? ''} (${state.terminated.exitCode})` }
  return { state: 'waiting', reason: state?.waiting?.reason ?? '' }
}

function containersOf(world: World, pod: Pod): Inspection['containers'] {
  const runtime = world.runtimes.find(({ host }) => host === pod.spec.nodeName)
  const real = runtime?.pod(pod.metadata.uid ?? '').containers ?? []
  const list = [
    ...(pod.spec.initContainers ?? []).map((container) => ({ container, init: true })),
    ...pod.spec.containers.map((container) => ({ container, init: false })),
  ]
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  return list.map(({ container, init }) => {
    const status = statuses.find(({ name }) => name === container.name)
    const running = real.find(({ name, state }) => name === container.name && state === 'running')
    const last = status?.lastState?.terminated
    return {
      name: container.name,
      init,
      image: container.image ?? '',
      ...stateOf(status?.state),
      ready: status?.ready ?? false,
      restarts: status?.restartCount ?? 0,
      lastExit: last ? `${last.reason ?? ''} (${last.exitCode})` : '',
      usage:
        running && runtime
          ? { cpuMilli: runtime.milliCpu(running), memoryBytes: runtime.memoryBytes(running) }
          : { cpuMilli: 0, memoryBytes: 0 },
      trulyRunning: running !== undefined,
    }
  })
}

function decisionOf(world: World, pod: string): DecisionView | undefined {
  const record = world.scheduler.decisionOf(pod)
  if (!record) return undefined
  const { at, attempt, decision, plugins } = record
  return {
    pod,
    at,
    attempt,
    schedulerName: decision.schedulerName,
    release: world.scheduler.release,
    node: decision.node ?? undefined,
    message: decision.message,
    plugins,
    nodes: decision.nodes.map(({ name, status, rejectedBy, reasons, scores, total, arithmetic }) => ({
      name,
      status: status as DecisionView['nodes'][number]['status'],
      rejectedBy,
      reasons,
      scores: Object.fromEntries(
        Object.entries(scores ?? {}).map(([plugin, score]) => [plugin, { ...score, arithmetic: arithmetic?.[plugin] }]),
      ),
      total,
    })),
    tied: decision.tied,
    preemption: decision.preemption ? { node: decision.preemption.node, victims: decision.preemption.victims } : undefined,
  }
}

export function causeViews(world: World, key: ObjectKey): readonly CauseView[] {
  return whyOf(world.cluster, key).map(({ at, type, actor, verb, object, text }) => ({
    at,
    type,
    actor,
    verb,
    object,
    text: text ?? '',
  }))
}

/** Everything the inspector shows of one object; read on demand, never part of a frame. */
export function inspect(world: World, key: ObjectKey): Inspection {
  const { store } = world.cluster.etcd
  const { epochMs } = world.kernel
  const object = store.get(key.resource, key.namespace, key.name)
  const isPod = key.resource === 'pods'
  const events = [...store.scan('events')]
    .filter((event) => {
      const { involvedObject } = event as unknown as Event
      if (involvedObject.name !== key.name || (involvedObject.namespace ?? '') !== key.namespace) return false
      return object === undefined || involvedObject.kind === object.kind
    })
    .map((event) => eventView(event as unknown as Event, epochMs))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
  return {
    key,
    found: object !== undefined,
    yaml: object ? yamlOf(object) : '',
    conditions: object ? conditionsOf(object, epochMs) : [],
    events,
    why: causeViews(world, key),
    containers: object && isPod ? containersOf(world, object as unknown as Pod) : [],
    decision: isPod ? decisionOf(world, `${key.namespace}/${key.name}`) : undefined,
    waiting: isPod ? world.scheduler.waiting(`${key.namespace}/${key.name}`) : undefined,
  }
}

const MOVES_SHOWN = 40

export const inspectScheduler = ({ scheduler }: World): SchedulerInspection => ({
  release: scheduler.release,
  profiles: scheduler.profiles,
  queues: scheduler.queues(),
  moves: scheduler.moves.slice(-MOVES_SHOWN).toReversed(),
})
