import type { Millis } from '../sim/kernel/time.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { isReached } from '../sim/scenario/goals.ts'
import type { Text } from '../sim/scenario/schema.ts'
import type { GoalView } from './protocol.ts'
import { readRecording, replay } from './replay.ts'

/** An attempt that came back, lived again and judged. */
export interface Grade {
  readonly title: Text | undefined
  readonly goals: readonly GoalView[]
  /** Every goal met or kept, and nothing that fails the scenario. */
  readonly isPassed: boolean
  /** What was done, in order; `kubectl …`, `apply`, `fault …`. */
  readonly deeds: readonly { readonly at: Millis; readonly what: string }[]
  readonly at: Millis
  readonly seed: number
  readonly digest: string
  /** False: another version made it, or the link was changed by hand. */
  readonly digestMatches: boolean
}

/** Grades a link or the text of a recording's file; a text says why it cannot be. */
export function grade(
  given: string,
  host: { readonly schema: ApiSchema; readonly builtin: (name: string) => string | undefined },
): Grade | string {
  const recording = readRecording(given)
  if (typeof recording === 'string') return recording
  const played = replay(recording, host)
  if (typeof played === 'string') return played
  const { world } = played.session
  const spec = world.scenario?.spec
  const shown = new Map((spec?.goals ?? []).map(({ id, show }) => [id, show]))
  const goals = world.director.goals().map((goal) => ({ ...goal, show: shown.get(goal.id) ?? { ko: goal.id, en: goal.id } }))
  return {
    title: spec?.title,
    goals,
    isPassed: goals.length > 0 && goals.every(isReached) && !world.director.hasFailed,
    deeds: recording.actions.flatMap(({ at, action }) => {
      switch (action.type) {
        case 'kubectl':
          return [{ at, what: action.line }]
        case 'apply':
          return [{ at, what: 'apply' }]
        case 'edit':
          return [{ at, what: 'edit' }]
        case 'fault':
          return [{ at, what: `fault ${action.kind}` }]
        case 'heal':
          return [{ at, what: `heal ${action.id}` }]
        case 'traffic':
          return [{ at, what: `traffic ${action.service} ${action.ratePerSecond}/s` }]
        case 'predict':
          return [{ at, what: `predict ${action.step}: ${action.answer}` }]
        case 'interrupt':
        case 'trigger':
          return []
      }
    }),
    at: recording.at,
    seed: recording.seed,
    digest: world.digest,
    digestMatches: played.digestMatches,
  }
}
