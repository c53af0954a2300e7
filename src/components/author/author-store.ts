import i18next from 'i18next'
import { create } from 'zustand'
import { stopTrials, trials } from '../../app/trial-client.ts'
import { toasted } from '../../app/view-store.ts'
import type { Grade } from '../../engine/grade.ts'
import type { Trial, TrialPlan } from '../../engine/trials.ts'
import example from '../../scenarios/node-loss.yaml?raw'

interface Given {
  readonly name: string
  readonly text: string
}

/** One run of the many, by its place in the table. */
export interface Chosen {
  readonly attempt: number
  readonly seed: number
}

interface Author {
  readonly text: string
  /** What is, or was last, tried: of the text as it was then. */
  readonly plan: TrialPlan | undefined
  readonly triedText: string
  readonly seeds: readonly number[]
  /** By attempt, in the order of the plan; each by seed, as they come. */
  readonly trials: readonly (readonly Trial[])[]
  readonly isRunning: boolean
  readonly chosen: Chosen | undefined
  readonly grades: readonly { readonly name: string; readonly result: Grade | string }[]
  readonly isGrading: boolean
}

/** The author's place; it outlives its page. */
export const useAuthor = create<Author>()(() => ({
  text: example,
  plan: undefined,
  triedText: '',
  seeds: [],
  trials: [],
  isRunning: false,
  chosen: undefined,
  grades: [],
  isGrading: false,
}))
const { setState: set, getState: get } = useAuthor

export const written = (text: string): void => set({ text })
export const exampleAsked = (): void => set({ text: example })
export const runChosen = (chosen: Chosen | undefined): void => set({ chosen })

/** A run that was stopped or overtaken adds nothing more. */
let run = 0

export function stopped(): void {
  run += 1
  stopTrials()
  // What was being graded in the same worker is not heard of again either.
  set({ isRunning: false, isGrading: false })
}

function crashed(error: unknown): void {
  stopped()
  toasted({ tone: 'error', text: i18next.t('app.engineCrashed'), detail: String(error) })
}

/** Tries the text with each seed: first all attempts with the first seed, then the next, so that something can be seen soon. */
export const triedWith = (first: number, count: number): Promise<void> => tryAll(first, count).catch(crashed)

async function tryAll(first: number, count: number): Promise<void> {
  const own = (run += 1)
  const { text } = get()
  set({ isRunning: true, chosen: undefined })
  const plan = await trials().plan(text)
  if (own !== run) return
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  set({ plan, triedText: text, seeds, trials: plan.attempts.map(() => []) })
  if (plan.problems.length > 0) {
    set({ isRunning: false })
    return
  }
  for (const seed of seeds)
    for (const [index, attempt] of plan.attempts.entries()) {
      const trial = await trials().tryOut(text, seed, attempt)
      if (own !== run) return
      set(({ trials: before }) => ({ trials: before.map((list, at) => (at === index ? [...list, trial] : list)) }))
    }
  set({ isRunning: false })
}

/** Links or files, one after the other. */
export const graded = (given: readonly Given[]): Promise<void> => gradeAll(given).catch(crashed)

async function gradeAll(given: readonly Given[]): Promise<void> {
  set({ grades: [], isGrading: true })
  for (const { name, text } of given) {
    const result = await trials().grade(text)
    set(({ grades }) => ({ grades: [...grades, { name, result }] }))
  }
  set({ isGrading: false })
}
