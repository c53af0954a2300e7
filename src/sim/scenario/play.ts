import type { Millis } from '../kernel/time.ts'
import type { Action, ActResult } from './action.ts'
import { durationMs } from './duration.ts'
import type { ScenarioAction } from './schema.ts'
import type { World } from './world.ts'
import { targetsOf } from './targets.ts'

/** How long a scenario is played that does not say it. */
export const DEFAULT_DURATION = '10m'

/** A world, or a session around one that writes down what is done. */
interface Player {
  advanceTo(time: Millis): void
  act(action: Action): ActResult
}

/** Plays a solution or near miss of a scenario against its world, to the scenario's end. */
export function play(world: World, actions: readonly ScenarioAction[], player: Player = world): readonly ActResult[] {
  const results: ActResult[] = []
  for (const action of actions) {
    const at = durationMs(action.at ?? '0s')
    if (at > world.now) player.advanceTo(at)
    for (const deed of deedsOf(world, action)) results.push(player.act(deed))
  }
  const end = durationMs(world.scenario?.spec.duration ?? DEFAULT_DURATION)
  if (end > world.now) player.advanceTo(end)
  return results
}

function deedsOf(world: World, action: ScenarioAction): readonly Action[] {
  const deeds: Action[] = []
  if (action.kubectl !== undefined) deeds.push({ type: 'kubectl', line: action.kubectl })
  if (action.apply !== undefined) deeds.push({ type: 'apply', text: action.apply })
  if (action.heal !== undefined) deeds.push({ type: 'heal', id: action.heal })
  if (action.predict) deeds.push({ type: 'predict', step: action.predict.step, answer: action.predict.answer })
  const { fault } = action
  if (fault) {
    const targets = targetsOf(fault, world.cluster.etcd.store, world.kernel.rng('actions'))
    deeds.push(...targets.map((target): Action => ({ type: 'fault', kind: fault.kind, target })))
  }
  return deeds
}
