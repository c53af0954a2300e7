import { readConfiguration } from '../kubernetes/scheduler/configuration.ts'
import { DEFAULT_RELEASE, RELEASES } from '../kubernetes/scheduler/releases.ts'
import { Conditions } from './conditions.ts'
import { parseDuration } from './duration.ts'
import { checkGoals } from './goals.ts'
import type { Place, Problem } from './parse.ts'
import type { LessonStep, Scenario } from './schema.ts'

/** What the shape of a scenario file cannot show: expressions, references between its parts, doubled ids. All problems at once. */
export function checkScenario(scenario: Scenario, locate: (path: readonly (string | number)[]) => Place): readonly Problem[] {
  const problems: Problem[] = []
  const { spec } = scenario
  const report = (path: readonly (string | number)[], message: string, hint?: string): void => {
    problems.push({ severity: 'error', ...locate(['spec', ...path]), message, ...(hint === undefined ? {} : { hint }) })
  }
  const release = spec.release === undefined ? DEFAULT_RELEASE : RELEASES[spec.release]
  const configuration = readConfiguration(spec.cluster?.scheduler, release)
  for (const { path, expected, received } of configuration.ok ? [] : configuration.problems)
    report(['cluster', 'scheduler', ...fieldPath(path)], `expected ${expected}, received ${received}`)
  const conditions = Conditions.ofNothing()
  const timeline = spec.timeline ?? []
  const goals = spec.goals ?? []
  const known = new Set<string>()
  for (const [list, entries] of [
    ['timeline', timeline],
    ['goals', goals],
  ] as const)
    entries.forEach(({ id }, index) => {
      if (known.has(id)) report([list, index, 'id'], `expected an id of its own, received "${id}" again`)
      known.add(id)
    })
  const expression = (path: readonly (string | number)[], text: string | undefined, isCondition = true): void => {
    if (text === undefined) return
    const compiled = conditions.compile(text)
    if (!compiled.ok) report(path, compiled.message, 'see the functions of conditions in docs/scenarios.md')
    else if (isCondition && compiled.type !== 'bool' && compiled.type !== 'dyn')
      report(path, `expected a condition (bool), received ${compiled.type}`)
  }
  for (const { goal, field, message } of checkGoals(goals, conditions, known))
    report(['goals', goals.findIndex(({ id }) => id === goal), field], message)
  timeline.forEach((entry, index) => {
    const path = ['timeline', index]
    expression([...path, 'when'], entry.when)
    if (entry.after !== undefined && parseDuration(entry.after) === undefined && !known.has(entry.after))
      report([...path, 'after'], `expected a duration or the id of a goal or timeline entry, received "${entry.after}"`)
    const triggers = [entry.at, entry.every, entry.after, entry.when, entry.on, entry.onConverged, entry.manual].filter(
      (trigger) => trigger !== undefined,
    )
    if (triggers.length === 0)
      report(path, 'expected when it happens (at, every, after, when, on, onConverged or manual), received nothing')
    if (entry.heal !== undefined && !timeline.some(({ id, fault }) => id === entry.heal && fault))
      report([...path, 'heal'], `expected the id of a timeline entry with a fault, received "${entry.heal}"`)
    if (entry.traffic && !spec.traffic?.some(({ id }) => id === entry.traffic!.id))
      report([...path, 'traffic', 'id'], `expected the id of a traffic source, received "${entry.traffic.id}"`)
    if (entry.fault?.kind === 'ImageMissing' && entry.fault.where?.image === undefined)
      report([...path, 'fault', 'where'], 'expected the image that is missing (where: {image: …})')
  })
  spec.failIf?.forEach(({ when }, index) => expression(['failIf', index, 'when'], when))
  spec.lesson?.steps.forEach((step, index) => checkStep(step, ['lesson', 'steps', index]))
  const stepIds = new Set<string>()
  spec.lesson?.steps.forEach(({ id }, index) => {
    if (stepIds.has(id)) report(['lesson', 'steps', index, 'id'], `expected an id of its own, received "${id}" again`)
    stepIds.add(id)
  })
  spec.nearMisses?.forEach(({ breaks }, index) => {
    if (!goals.some(({ id }) => id === breaks))
      report(['nearMisses', index, 'breaks'], `expected the id of a goal, received "${breaks}"`)
  })
  return problems

  function checkStep(step: LessonStep, path: readonly (string | number)[]): void {
    if (step.predict) {
      expression([...path, 'predict', 'answer', 'cel'], step.predict.answer.cel, false)
      if (step.predict.kind === 'choice' && (step.predict.options?.length ?? 0) < 2)
        report([...path, 'predict', 'options'], 'expected at least two options for a choice')
    }
    if (step.run && typeof step.run.until === 'object') {
      const { until } = step.run
      if ('goal' in until && !known.has(until.goal))
        report([...path, 'run', 'until', 'goal'], `expected the id of a goal or timeline entry, received "${until.goal}"`)
      if ('when' in until) expression([...path, 'run', 'until', 'when'], until.when)
    }
    step.challenge?.goals.forEach((id, index) => {
      if (!goals.some((goal) => goal.id === id))
        report([...path, 'challenge', 'goals', index], `expected the id of a goal, received "${id}"`)
    })
    step.hints?.forEach((hint, index) => expression([...path, 'hints', index, 'when'], hint.when))
    if (step.ask?.kind === 'choice' && !step.ask.options?.some(({ right }) => right))
      report([...path, 'ask', 'options'], 'expected one option with right: true')
  }
}

/** `profiles[0].plugins.score` as the steps of a path. */
function fieldPath(text: string): readonly (string | number)[] {
  return [...text.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part))
}
