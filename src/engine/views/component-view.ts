import type { World } from '../../sim/scenario/world.ts'
import type { ComponentView } from '../protocol.ts'

/** How long a component is shown at its last piece of work, in simulated milliseconds. */
const SHOWN_MS = 1500

export function componentViews(world: World, revisionBefore: number): readonly ComponentView[] {
  const { cluster, scheduler, now } = world
  const { revision } = cluster.etcd.store
  const serving = cluster.apiServerProcess.isRunning
  const wrote = revision !== revisionBefore
  const manager = cluster.controllerManager
  const work = manager.lastWork
  const decision = scheduler.lastDecision
  const { active, backoff, unschedulable } = scheduler.queueSizes()
  return [
    { name: 'api-server', running: serving, active: serving && wrote, doing: serving ? { type: 'revision', revision } : { type: 'down' } },
    { name: 'etcd', running: true, active: wrote, doing: { type: 'revision', revision } },
    {
      name: 'kube-scheduler',
      running: scheduler.isRunning,
      active: decision !== undefined && now - decision.at < SHOWN_MS,
      doing: !scheduler.isRunning
        ? { type: 'down' }
        : !scheduler.isLeading
          ? { type: 'electing' }
          : decision !== undefined && now - decision.at < SHOWN_MS
            ? { type: 'scheduling', pod: decision.pod }
            : active + backoff + unschedulable > 0
              ? { type: 'queue', active, backoff, unschedulable }
              : { type: 'idle' },
    },
    {
      name: 'kube-controller-manager',
      running: manager.isRunning,
      active: work !== undefined && now - work.at < SHOWN_MS,
      doing: !manager.isRunning
        ? { type: 'down' }
        : !manager.isLeading
          ? { type: 'electing' }
          : work !== undefined && now - work.at < SHOWN_MS
            ? { type: 'reconciling', controller: work.controller, key: work.key }
            : { type: 'idle' },
    },
  ]
}
