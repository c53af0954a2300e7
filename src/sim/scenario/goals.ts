import { unreachable } from '../kernel/assert.ts'
import type { Millis } from '../kernel/time.ts'
import type { Condition, Conditions } from './conditions.ts'
import { durationMs, parseDuration } from './duration.ts'
import type { GoalSpec } from './schema.ts'

/** `holding`: true so far, could still break. */
export type Verdict = 'pending' | 'holding' | 'met' | 'broken'

export interface GoalState {
  readonly id: string
  readonly verdict: Verdict
  /** When the verdict was reached. */
  readonly at: Millis | undefined
  /** The condition or mark that decided it. */
  readonly by: string | undefined
}

/** Met, or kept so far: what a goal must be at the end. */
export const isReached = ({ verdict }: Pick<GoalState, 'verdict'>): boolean => verdict === 'met' || verdict === 'holding'

export type GoalForm = 'now' | 'eventually' | 'always' | 'never' | 'stable'
const FORMS: readonly GoalForm[] = ['now', 'eventually', 'always', 'never', 'stable']

interface Goal {
  readonly spec: GoalSpec
  readonly form: GoalForm
  readonly expression: string
  readonly condition: Condition
}

interface Progress {
  verdict: Verdict
  at: Millis | undefined
  by: string | undefined
  /** Since when a `stable` condition has been true. */
  since: Millis | undefined
}

/** When something that goals refer to happened: a timeline entry's id, another goal's id; `start` is 0. */
export type MarkTimes = (id: string) => Millis | undefined

export interface GoalProblem {
  readonly goal: string
  readonly field: string
  readonly message: string
}

/** What is wrong with goals before any of them is judged: forms, expressions, references. */
export function checkGoals(
  specs: readonly GoalSpec[],
  conditions: Conditions,
  known: ReadonlySet<string>,
): readonly GoalProblem[] {
  const problems: GoalProblem[] = []
  for (const spec of specs) {
    const forms = FORMS.filter((form) => spec[form] !== undefined)
    if (forms.length !== 1) {
      problems.push({
        goal: spec.id,
        field: 'id',
        message: `expected exactly one of ${FORMS.join(', ')}, received ${forms.length === 0 ? 'none' : forms.join(', ')}`,
      })
      continue
    }
    const form = forms[0]!
    const compiled = conditions.compile(spec[form]!)
    if (!compiled.ok) problems.push({ goal: spec.id, field: form, message: compiled.message })
    else if (compiled.type !== 'bool' && compiled.type !== 'dyn')
      problems.push({ goal: spec.id, field: form, message: `expected a condition (bool), received ${compiled.type}` })
    if (form === 'stable' && spec.for === undefined)
      problems.push({ goal: spec.id, field: 'for', message: 'expected how long it must hold, received nothing' })
    for (const field of ['after', 'from', 'until'] as const) {
      const reference = spec[field]
      if (
        reference !== undefined &&
        reference !== 'start' &&
        reference !== 'end' &&
        parseDuration(reference) === undefined &&
        !known.has(reference)
      )
        problems.push({
          goal: spec.id,
          field,
          message: `expected the id of a goal or timeline entry, or a time, received "${reference}"`,
        })
    }
  }
  return problems
}

/** Judges the goals of a scenario as time goes by. The list on screen is made from these and from nothing else. */
export class Goals {
  readonly #goals: readonly Goal[]
  readonly #marks: MarkTimes
  #progress = new Map<string, Progress>()

  /** The specs must have passed `checkGoals`. */
  constructor(specs: readonly GoalSpec[], conditions: Conditions, marks: MarkTimes) {
    this.#marks = marks
    this.#goals = specs.map((spec) => {
      const form = FORMS.find((candidate) => spec[candidate] !== undefined)!
      const expression = spec[form]!
      const compiled = conditions.compile(expression)
      if (!compiled.ok) throw new Error(`goal ${spec.id}: ${compiled.message}`)
      return { spec, form, expression, condition: compiled.evaluate }
    })
    for (const { spec } of this.#goals)
      this.#progress.set(spec.id, { verdict: 'pending', at: undefined, by: undefined, since: undefined })
  }

  get isEmpty(): boolean {
    return this.#goals.length === 0
  }

  states(): readonly GoalState[] {
    return this.#goals.map(({ spec }) => {
      const { verdict, at, by } = this.#progress.get(spec.id)!
      return { id: spec.id, verdict, at, by }
    })
  }

  verdict(id: string): Verdict | undefined {
    return this.#progress.get(id)?.verdict
  }

  /** When a goal was met, for references to it. */
  metAt(id: string): Millis | undefined {
    const progress = this.#progress.get(id)
    return progress?.verdict === 'met' ? progress.at : undefined
  }

  /** The next moment at which a verdict may change although nothing else does. */
  nextDeadline(now: Millis): Millis | undefined {
    let next: Millis | undefined
    for (const goal of this.#goals) {
      const progress = this.#progress.get(goal.spec.id)!
      if (progress.verdict === 'met' || progress.verdict === 'broken') continue
      const start = this.#time(goal.spec.after ?? goal.spec.from ?? 'start')
      const candidates = [
        start !== undefined && goal.spec.within !== undefined ? start + durationMs(goal.spec.within) + 1 : undefined,
        progress.since !== undefined && goal.spec.for !== undefined ? progress.since + durationMs(goal.spec.for) : undefined,
        goal.spec.until === undefined ? undefined : this.#time(goal.spec.until),
        start,
      ]
      for (const candidate of candidates)
        if (candidate !== undefined && candidate > now && (next === undefined || candidate < next)) next = candidate
    }
    return next
  }

  /** Looks at every open goal; returns those whose verdict changed. */
  judge(now: Millis): readonly GoalState[] {
    const changed: GoalState[] = []
    for (const goal of this.#goals) {
      const progress = this.#progress.get(goal.spec.id)!
      const before = progress.verdict
      if (before === 'broken' || (before === 'met' && goal.form !== 'now')) continue
      this.#judgeOne(goal, progress, now)
      if (progress.verdict !== before)
        changed.push({ id: goal.spec.id, verdict: progress.verdict, at: progress.at, by: progress.by })
    }
    return changed
  }

  #judgeOne({ spec, form, expression, condition }: Goal, progress: Progress, now: Millis): void {
    const settle = (verdict: Verdict, by: string | undefined = expression): void => {
      if (progress.verdict === verdict) return
      progress.verdict = verdict
      progress.at = now
      progress.by = by
    }
    const start = this.#time(spec.after ?? spec.from ?? 'start')
    if (start === undefined || now < start) return
    const isTrue = condition() === true
    switch (form) {
      case 'now':
        settle(isTrue ? 'met' : 'pending')
        return
      case 'eventually': {
        const deadline = spec.within === undefined ? undefined : start + durationMs(spec.within)
        if (deadline !== undefined && now > deadline) settle('broken', `within ${spec.within}`)
        else if (isTrue) settle('met')
        return
      }
      case 'always':
      case 'never': {
        if (isTrue !== (form === 'always')) {
          settle('broken')
          return
        }
        const end = spec.until === undefined ? undefined : this.#time(spec.until)
        if (end !== undefined && now >= end) settle('met', spec.until)
        else settle('holding', undefined)
        return
      }
      case 'stable':
        if (!isTrue) {
          progress.since = undefined
          settle('pending', undefined)
        } else {
          progress.since ??= now
          if (now - progress.since >= durationMs(spec.for ?? '0s')) settle('met')
          else settle('holding', undefined)
        }
        return
      default:
        unreachable(form)
    }
  }

  #time(reference: string): Millis | undefined {
    if (reference === 'start') return 0
    if (reference === 'end') return undefined
    return parseDuration(reference) ?? this.metAt(reference) ?? this.#marks(reference)
  }

  snapshot(): unknown {
    return new Map([...this.#progress].map(([id, progress]) => [id, { ...progress }]))
  }

  restore(state: unknown): void {
    this.#progress = new Map([...(state as Map<string, Progress>)].map(([id, progress]) => [id, { ...progress }]))
  }
}
