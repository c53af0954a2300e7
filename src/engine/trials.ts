import type { Millis } from '../sim/kernel/time.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { durationMs } from '../sim/scenario/duration.ts'
import { isReached, type GoalState } from '../sim/scenario/goals.ts'
import { DEFAULT_DURATION, play } from '../sim/scenario/play.ts'
import { isError, readScenario } from '../sim/scenario/read-scenario.ts'
import type { Scenario, ScenarioAction, Text } from '../sim/scenario/schema.ts'
import { World } from '../sim/scenario/world.ts'
import type { Diagnostic } from './protocol.ts'
import type { Recording } from './recording.ts'
import { Session } from './session.ts'

/** Who plays: nobody, one of the file's solutions, or one of its near misses. */
export type Attempt =
  | { readonly type: 'nothing' }
  | { readonly type: 'solution'; readonly id: string }
  | { readonly type: 'nearMiss'; readonly id: string; readonly breaks: string }

/** What a scenario file has to be tried. */
export interface TrialPlan {
  readonly title: Text | undefined
  readonly goals: readonly { readonly id: string; readonly show: Text }[]
  readonly attempts: readonly Attempt[]
  readonly seed: number
  readonly duration: Millis
  /** Errors: it cannot be tried. */
  readonly problems: readonly Diagnostic[]
}

/** Something that happened in a run: an entry of the timeline, a verdict, a failure. */
export interface TrialMark {
  readonly at: Millis
  readonly type: 'fault' | 'heal' | 'entry' | 'met' | 'broken' | 'failed'
  readonly label: string
}

export interface Trial {
  readonly seed: number
  readonly goals: readonly GoalState[]
  readonly hasFailed: boolean
  /** A solution meets every goal, a near miss breaks its own, and doing nothing is not enough where there is something to do. */
  readonly isAsIntended: boolean
  readonly marks: readonly TrialMark[]
  readonly end: Millis
  readonly digest: string
}

export function planOf(text: string): TrialPlan {
  const { scenario, problems } = readScenario(text)
  const spec = scenario?.spec
  return {
    title: spec?.title,
    goals: (spec?.goals ?? []).map(({ id, show }) => ({ id, show })),
    attempts: [
      { type: 'nothing' },
      ...(spec?.solutions ?? []).map(({ id }): Attempt => ({ type: 'solution', id })),
      ...(spec?.nearMisses ?? []).map(({ id, breaks }): Attempt => ({ type: 'nearMiss', id, breaks })),
    ],
    seed: spec?.seed ?? 42,
    duration: durationMs(spec?.duration ?? DEFAULT_DURATION),
    problems: problems.filter(isError),
  }
}

function isIntended(attempt: Attempt, goals: readonly GoalState[], hasFailed: boolean, hasSolutions: boolean): boolean {
  const isPassed = goals.every(isReached) && !hasFailed
  switch (attempt.type) {
    case 'nothing':
      return hasSolutions ? !isPassed : isPassed
    case 'solution':
      return isPassed
    case 'nearMiss':
      return !goals.some((goal) => goal.id === attempt.breaks && isReached(goal))
  }
}

function actionsOf(attempt: Attempt, scenario: Scenario | undefined): readonly ScenarioAction[] {
  const { solutions = [], nearMisses = [] } = scenario?.spec ?? {}
  if (attempt.type === 'nothing') return []
  return (attempt.type === 'solution' ? solutions : nearMisses).find(({ id }) => id === attempt.id)?.actions ?? []
}

/** Plays a file that has no problems from its beginning to its end. */
export function tryOut(text: string, seed: number, attempt: Attempt, schema: ApiSchema): Trial {
  const { scenario, manifests } = readScenario(text)
  const world = new World({ schema, manifests, seed, ...(scenario ? { scenario } : {}) })
  const marks: TrialMark[] = []
  world.director.onNotice = (notice) => {
    if (notice.type === 'entry') {
      const { fault, heal, id } = notice.entry
      marks.push({ at: notice.at, type: fault ? 'fault' : heal === undefined ? 'entry' : 'heal', label: id })
    } else if (notice.type === 'failed') marks.push({ at: notice.at, type: 'failed', label: notice.say.en })
    else if (notice.type === 'goal' && (notice.goal.verdict === 'met' || notice.goal.verdict === 'broken'))
      marks.push({ at: notice.goal.at ?? world.now, type: notice.goal.verdict, label: notice.goal.id })
  }
  play(world, actionsOf(attempt, scenario))
  const goals = world.director.goals()
  const { hasFailed } = world.director
  return {
    seed,
    goals,
    hasFailed,
    isAsIntended: isIntended(attempt, goals, hasFailed, (scenario?.spec.solutions ?? []).length > 0),
    marks,
    end: world.now,
    digest: world.digest,
  }
}

function sessionOf(text: string, schema: ApiSchema, seed?: number): Session | undefined {
  const { scenario, manifests, problems } = readScenario(text)
  if (problems.some(isError)) return undefined
  return new Session({
    schema,
    source: { type: 'text', name: scenario?.metadata.name ?? 'scenario', text },
    manifests,
    ...(scenario ? { scenario } : {}),
    ...(seed === undefined ? {} : { seed }),
  })
}

/** The recording of a file's beginning, to be shared; undefined when the file has errors. */
export const beginningOf = (text: string, schema: ApiSchema): Recording | undefined => sessionOf(text, schema)?.recording()

/** The recording of a whole trial, to be looked at; undefined when the file has errors. */
export function recordingOf(text: string, seed: number, attempt: Attempt, schema: ApiSchema): Recording | undefined {
  const session = sessionOf(text, schema, seed)
  if (session) play(session.world, actionsOf(attempt, session.world.scenario), session)
  return session?.recording()
}
