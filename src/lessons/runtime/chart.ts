import { assign, setup } from 'xstate'
import type { LessonSpec, LessonStep } from '../../sim/scenario/schema.ts'

/** What a learner does, and what the world reports; a chart moves on by these and by nothing else. */
export type LessonEvent =
  /** Read, and ready to go on. */
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'predicted'; readonly answer: string }
  /** The run that a prediction is about is over; `actual` is what it gave. */
  | { readonly type: 'answered'; readonly actual: string }
  /** The step's button was used. */
  | { readonly type: 'did' }
  /** A run has reached its end. */
  | { readonly type: 'reached' }
  | { readonly type: 'chose'; readonly option: string }
  | { readonly type: 'goal'; readonly id: string; readonly verdict: 'pending' | 'holding' | 'met' | 'broken' }
  | { readonly type: 'hint' }
  | { readonly type: 'restart' }

export interface Prediction {
  readonly step: string
  readonly answer: string
  readonly actual: string | undefined
}

export interface LessonContext {
  readonly predictions: readonly Prediction[]
  /** Last option chosen in an `ask` or in the transfer question, by step. */
  readonly choices: Readonly<Record<string, string>>
  readonly verdicts: Readonly<Record<string, 'pending' | 'holding' | 'met' | 'broken'>>
  /** Hints shown so far, by step. */
  readonly hints: Readonly<Record<string, number>>
}

export const TRANSFER_STEP = 'transfer'

const lessonSetup = setup({
  // xstate reads its types off this.
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion
  types: {} as { context: LessonContext; events: LessonEvent; input: undefined },
  guards: {
    goalsMet: ({ context }, { goals }: { goals: readonly string[] }) => goals.every((id) => context.verdicts[id] === 'met'),
    isRight: ({ context, event }, { step, right }: { step: string; right: readonly string[] }) =>
      right.includes(event.type === 'chose' ? event.option : (context.choices[step] ?? '')),
  },
  actions: {
    notePrediction: assign(({ context, event }, { step }: { step: string }) =>
      event.type === 'predicted'
        ? { predictions: [...context.predictions.filter((prediction) => prediction.step !== step), { step, answer: event.answer, actual: undefined }] }
        : {},
    ),
    noteAnswer: assign(({ context, event }) => {
      const open = context.predictions.at(-1)
      if (event.type !== 'answered' || !open) return {}
      return { predictions: [...context.predictions.slice(0, -1), { ...open, actual: event.actual }] }
    }),
    noteChoice: assign(({ context, event }, { step }: { step: string }) =>
      event.type === 'chose' ? { choices: { ...context.choices, [step]: event.option } } : {},
    ),
    noteVerdict: assign(({ context, event }) => (event.type === 'goal' ? { verdicts: { ...context.verdicts, [event.id]: event.verdict } } : {})),
    showHint: assign(({ context }, { step }: { step: string }) => ({ hints: { ...context.hints, [step]: (context.hints[step] ?? 0) + 1 } })),
    forget: assign(() => EMPTY),
  },
})

const EMPTY: LessonContext = { predictions: [], choices: {}, verdicts: {}, hints: {} }

/** The phases of one step, in order: its button, its run, its question … */
export type Phase = 'read' | 'predict' | 'do' | 'run' | 'reveal' | 'ask' | 'challenge'

export function phasesOf(step: LessonStep, revealsPrediction: boolean): readonly Phase[] {
  const phases: Phase[] = []
  if (step.predict) phases.push('predict')
  if (step.do) phases.push('do')
  if (step.say && !step.do && !step.challenge) phases.push('read')
  if (step.run) phases.push('run')
  if (step.run && revealsPrediction) phases.push('reveal')
  if (step.ask) phases.push('ask')
  if (step.challenge) phases.push('challenge')
  return phases.length > 0 ? phases : ['read']
}

/** The run that answers a prediction is the first one after it. */
export function answeringStep(lesson: LessonSpec, index: number): number | undefined {
  for (let i = index; i < lesson.steps.length; i++) if (lesson.steps[i]!.run) return i
  return undefined
}

/** Steps whose run answers an earlier prediction. */
export function revealingSteps(lesson: LessonSpec): ReadonlySet<number> {
  return new Set(lesson.steps.flatMap((step, index) => (step.predict ? (answeringStep(lesson, index) ?? []) : [])))
}

/** States are named `step:phase`; the last one is `done`. */
export const stateName = (step: string, phase: Phase): string => `${step}:${phase}`

/** Turns the lesson section of a scenario into a state chart. Every guard and action has a name, so a chart can be drawn and walked. */
export function lessonChart(name: string, lesson: LessonSpec) {
  const reveals = revealingSteps(lesson)
  const sequence: { readonly step: LessonStep; readonly phase: Phase }[] = lesson.steps.flatMap((step, index) =>
    phasesOf(step, reveals.has(index)).map((phase) => ({ step, phase })),
  )
  const names = sequence.map(({ step, phase }) => stateName(step.id, phase))
  if (lesson.transfer) names.push(stateName(TRANSFER_STEP, 'ask'))
  names.push('done')
  const states: Record<string, object> = {}
  sequence.forEach(({ step, phase }, index) => {
    states[names[index]!] = { meta: { step: step.id, phase }, ...stateOf(step, phase, names[index + 1]!) }
  })
  if (lesson.transfer) {
    const right = lesson.transfer.options.filter((option) => option.right).map(({ id }) => id)
    states[stateName(TRANSFER_STEP, 'ask')] = { meta: { step: TRANSFER_STEP, phase: 'ask' }, ...asking(TRANSFER_STEP, right, 'done') }
  }
  states['done'] = { meta: { step: 'done', phase: 'read' } }
  return lessonSetup.createMachine({
    id: name,
    context: EMPTY,
    initial: names[0]!,
    states: states as never,
    on: {
      goal: { actions: 'noteVerdict' },
      restart: { target: `.${names[0]!}`, actions: 'forget' },
    },
  })
}

function stateOf(step: LessonStep, phase: Phase, next: string): object {
  switch (phase) {
    case 'read':
      return { on: { next } }
    case 'predict':
      return { on: { predicted: { target: next, actions: { type: 'notePrediction', params: { step: step.id } } } } }
    case 'do':
      return { on: { did: next } }
    case 'run':
      return { on: { reached: next } }
    case 'reveal':
      return { on: { answered: { actions: 'noteAnswer' }, next } }
    case 'ask':
      return asking(step.id, (step.ask?.options ?? []).filter((option) => option.right).map(({ id }) => id), next)
    case 'challenge': {
      const goals = step.challenge!.goals
      return {
        always: { guard: { type: 'goalsMet', params: { goals } }, target: next },
        on: { hint: { actions: { type: 'showHint', params: { step: step.id } } } },
      }
    }
  }
}

/** A wrong choice is explained and stays; the right one is explained too, and `next` goes on. */
const asking = (step: string, right: readonly string[], next: string): object => ({
  on: {
    chose: { actions: { type: 'noteChoice', params: { step } } },
    next: { guard: { type: 'isRight', params: { step, right } }, target: next },
  },
})

export type LessonChart = ReturnType<typeof lessonChart>
