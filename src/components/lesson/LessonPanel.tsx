import { useMachine } from '@xstate/react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { AnyStateMachine } from 'xstate'
import { act, engine, openSource } from '../../app/engine-client.ts'
import { cx } from '../../app/class-names.ts'
import { lessonDone, usePreferences } from '../../app/preferences.ts'
import { onFrame, useWorld, worldStore } from '../../app/world-store.ts'
import type { GoalView, OpenResult } from '../../engine/protocol.ts'
import { lessonChart, type LessonContext, type LessonEvent, phasesOf, revealingSteps, TRANSFER_STEP } from '../../lessons/runtime/chart.ts'
import { fillPlaceHolders } from '../../lessons/runtime/place-holders.ts'
import { durationMs, parseDuration } from '../../sim/scenario/duration.ts'
import type { LessonSpec, LessonStep, Text } from '../../sim/scenario/schema.ts'
import type { Lesson } from '../home/curriculum.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { Markdown } from './Markdown.tsx'
import s from './lesson-panel.module.css'

export interface LessonPanelProps {
  readonly lesson: Lesson
  /** What opening its scenario said; undefined while it opens. */
  readonly opened: OpenResult | undefined
}

type Send = (event: LessonEvent) => void

export default function LessonPanel({ lesson, opened }: LessonPanelProps) {
  const { t } = useTranslation()
  if (!opened) return <EmptyState title={t('app.loading')} busy />
  if (!opened.ok || !opened.lesson) return <EmptyState title={t('lesson.missing')} hint={opened.diagnostics[0]?.message} />
  return <Running lesson={lesson} spec={opened.lesson as LessonSpec} />
}

function Running({ lesson, spec }: { readonly lesson: Lesson; readonly spec: LessonSpec }) {
  const { t } = useTranslation('panels')
  const language = usePreferences((preferences) => preferences.language)
  const chart = useMemo(() => lessonChart(lesson.name, spec), [lesson.name, spec])
  // xstate's own types do not pass under exactOptionalPropertyTypes.
  const [snapshot, send] = useMachine(chart as unknown as AnyStateMachine)
  const state = snapshot as { readonly value: unknown; readonly context: LessonContext }
  const [stepId = '', phase = 'read'] = String(state.value).split(':')
  const index = spec.steps.findIndex(({ id }) => id === stepId)
  const step = spec.steps[index]
  const goals = useWorld((world) => world.goals)
  const top = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    for (const { id, verdict } of goals) if (state.context.verdicts[id] !== verdict) send({ type: 'goal', id, verdict })
  }, [goals, send, state.context.verdicts])
  useEffect(() => {
    // A new step is read from its head.
    top.current?.focus({ preventScroll: false })
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [stepId])
  useEffect(() => {
    const root = document.documentElement
    if (step?.focus) root.dataset['focus'] = step.focus
    return () => {
      delete root.dataset['focus']
    }
  }, [step?.focus])
  useEffect(() => {
    if (stepId === 'done') lessonDone(lesson.name)
  }, [stepId, lesson.name])

  const restart = async (): Promise<void> => {
    await openSource({ type: 'builtin', name: lesson.name }, { again: true })
    send({ type: 'restart' })
  }
  const whole = spec.steps.length + (spec.transfer ? 1 : 0)
  const place = stepId === 'done' ? whole : stepId === TRANSFER_STEP ? spec.steps.length : Math.max(0, index)
  return (
    <article className={s.lesson}>
      <header>
        <ol className={s.progress} aria-label={t('lesson.step', { index: Math.min(place + 1, whole), of: whole })}>
          {Array.from({ length: whole }, (_, i) => (
            <li key={i} className={cx(i < place && s.past, i === place && s.now)} />
          ))}
        </ol>
        <small>
          {lesson.id} · {Math.min(place + 1, whole)}/{whole}
        </small>
      </header>
      <h1 ref={top} tabIndex={-1}>
        {lesson.title[language]}
      </h1>
      <div className={s.step} key={stepId}>
        {step && <Step step={step} phase={phase} lesson={spec} context={state.context} send={send} language={language} />}
        {stepId === TRANSFER_STEP && spec.transfer && (
          <>
            <h2>{t('lesson.transfer')}</h2>
            <Choice ask={spec.transfer.ask} options={spec.transfer.options} chosen={state.context.choices[TRANSFER_STEP]} send={send} language={language} />
          </>
        )}
        {stepId === 'done' && (
          <>
            <h2>{t('lesson.done')}</h2>
            <p>{t('lesson.doneText')}</p>
            <div className={s.buttons}>
              <Link href="/" className="button primary">
                {t('lesson.home')}
              </Link>
              <button type="button" className="button" onClick={() => void restart()}>
                {t('lesson.restart')}
              </button>
            </div>
          </>
        )}
      </div>
      <Goals goals={goals} language={language} />
    </article>
  )
}

interface StepProps {
  readonly step: LessonStep
  readonly phase: string
  readonly lesson: LessonSpec
  readonly context: LessonContext
  readonly send: Send
  readonly language: 'ko' | 'en'
}

function Step({ step, phase, lesson, context, send, language }: StepProps) {
  const { t } = useTranslation('panels')
  const index = lesson.steps.indexOf(step)
  const phases = phasesOf(step, revealingSteps(lesson).has(index))
  const runsNext = phases[phases.indexOf(phase as (typeof phases)[number]) + 1] === 'run'
  return (
    <>
      {step.say && <Markdown text={step.say[language]} />}
      {phase === 'read' && (
        <button type="button" className="button primary" onClick={() => send({ type: 'next' })}>
          {t(runsNext ? 'lesson.run' : 'lesson.next')}
        </button>
      )}
      {phase === 'predict' && step.predict && <Predict step={step} send={send} language={language} />}
      {phase === 'do' && step.do && <Do step={step} send={send} language={language} />}
      {phase === 'run' && step.run && <Run key={step.id} run={step.run} send={send} />}
      {phase === 'reveal' && <Reveal lesson={lesson} context={context} send={send} language={language} />}
      {phase === 'ask' && step.ask && <Choice ask={step.ask.ask} options={step.ask.options ?? []} chosen={context.choices[step.id]} send={send} language={language} />}
      {phase === 'challenge' && <Challenge step={step} shown={context.hints[step.id] ?? 0} verdicts={context.verdicts} send={send} language={language} />}
    </>
  )
}

function Predict({ step, send, language }: { readonly step: LessonStep; readonly send: Send; readonly language: 'ko' | 'en' }) {
  const { t } = useTranslation('panels')
  const [answer, setAnswer] = useState('')
  const { ask, kind, options = [] } = step.predict!
  const commit = async (): Promise<void> => {
    await act({ type: 'predict', step: step.id, answer })
    send({ type: 'predicted', answer })
  }
  return (
    <form
      className={s.card}
      onSubmit={(event) => {
        event.preventDefault()
        void commit()
      }}
    >
      <small>{t('lesson.predict')}</small>
      <fieldset>
        <legend>
          <Markdown text={ask[language]} />
        </legend>
        {kind === 'number' ? (
          <input type="number" value={answer} onChange={(event) => setAnswer(event.target.value)} />
        ) : (
          options.map(({ id, say }) => (
            <label key={id} className={cx(s.option, answer === id && s.chosen)}>
              <input type="radio" name={step.id} value={id} checked={answer === id} onChange={() => setAnswer(id)} />
              <span>{say[language]}</span>
            </label>
          ))
        )}
      </fieldset>
      <button type="submit" className="button primary" disabled={answer === ''}>
        {t('lesson.commit')}
      </button>
      <small>{t('lesson.noScore')}</small>
    </form>
  )
}

function Do({ step, send, language }: { readonly step: LessonStep; readonly send: Send; readonly language: 'ko' | 'en' }) {
  const { label, kubectl } = step.do!
  const pods = useWorld((world) => world.pods)
  const line = fillPlaceHolders(kubectl, [...pods.values()])
  const go = async (): Promise<void> => {
    if (line === undefined) return
    const result = await act({ type: 'kubectl', line }, { label: label[language], target: '' })
    if (result.ok) send({ type: 'did' })
  }
  return (
    <div className={s.card}>
      {line !== undefined && <code className={s.line}>{line}</code>}
      <button type="button" className="button primary" disabled={line === undefined} onClick={() => void go()}>
        {label[language]}
      </button>
    </div>
  )
}

/** Lets time pass to where the step wants it, and says so. */
function Run({ run, send }: { readonly run: NonNullable<LessonStep['run']>; readonly send: Send }) {
  const { t } = useTranslation('panels')
  useEffect(() => {
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      send({ type: 'reached' })
    }
    const { until } = run
    const { now } = worldStore.getState().main
    const target = typeof until === 'string' ? parseDuration(until) : 'after' in until ? now + durationMs(until.after) : undefined
    const stop = onFrame((frame) => {
      if (frame.world !== 'main') return
      if (target !== undefined && frame.now >= target && !frame.playing) end()
      if (typeof until === 'object' && 'goal' in until) {
        const goal = frame.goals.find(({ id }) => id === until.goal)
        if (goal?.verdict === 'met' || goal?.verdict === 'broken' || frame.marks.some(({ label }) => label === until.goal)) void engine().pause().then(end)
      }
    })
    const poll =
      typeof until === 'object' && 'when' in until
        ? setInterval(() => {
            void engine()
              .evaluate(until.when)
              .then((value) => (value === 'true' ? engine().pause().then(end) : undefined))
          }, 250)
        : undefined
    void engine()
      .setSpeed(run.speed ?? 1)
      .then(() => (target === undefined ? engine().play() : engine().playUntil(target)))
    return () => {
      stop()
      clearInterval(poll)
    }
  }, [run, send])
  return (
    <p className={s.running} role="status">
      {t('lesson.running')}
    </p>
  )
}

function Reveal({ lesson, context, send, language }: { readonly lesson: LessonSpec; readonly context: LessonContext; readonly send: Send; readonly language: 'ko' | 'en' }) {
  const { t } = useTranslation('panels')
  const prediction = context.predictions.at(-1)
  const step = lesson.steps.find(({ id }) => id === prediction?.step)
  const cel = step?.predict?.answer.cel
  const isOpen = prediction !== undefined && prediction.actual === undefined
  useEffect(() => {
    if (!isOpen || cel === undefined) return
    void engine()
      .evaluate(cel)
      .then((actual) => send({ type: 'answered', actual }))
  }, [isOpen, cel, send])
  if (!prediction || !step?.predict || prediction.actual === undefined) return null
  const { options = [], because } = step.predict
  const say = (id: string): string => options.find((option) => option.id === id)?.say[language] ?? id
  const isRight = prediction.answer === prediction.actual
  return (
    <div className={cx(s.card, isRight ? s.right : s.wrong)} role="status">
      <strong>{t(isRight ? 'lesson.right' : 'lesson.wrong')}</strong>
      <dl>
        <dt>{t('lesson.youSaid')}</dt>
        <dd>{say(prediction.answer)}</dd>
        <dt>{t('lesson.itWas')}</dt>
        <dd>{say(prediction.actual)}</dd>
      </dl>
      {because && <Markdown text={because[language]} />}
      <button type="button" className="button primary" onClick={() => send({ type: 'next' })}>
        {t('lesson.next')}
      </button>
    </div>
  )
}

interface ChoiceProps {
  readonly ask: Text | undefined
  readonly options: readonly { readonly id: string; readonly say: Text; readonly right?: boolean | undefined; readonly because?: Text | undefined }[]
  readonly chosen: string | undefined
  readonly send: Send
  readonly language: 'ko' | 'en'
}

/** A wrong choice is explained and may be changed; the right one goes on. */
function Choice({ ask, options, chosen, send, language }: ChoiceProps) {
  const { t } = useTranslation('panels')
  const picked = options.find(({ id }) => id === chosen)
  return (
    <div className={s.card}>
      <small>{t('lesson.ask')}</small>
      {ask && <Markdown text={ask[language]} />}
      <ul className={s.choices}>
        {options.map(({ id, say, right }) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={chosen === id}
              className={cx(s.option, chosen === id && (right ? s.right : s.wrong))}
              onClick={() => send({ type: 'chose', option: id })}
            >
              <Markdown text={say[language]} />
            </button>
          </li>
        ))}
      </ul>
      <div role="status">{picked?.because && <Markdown text={picked.because[language]} />}</div>
      <button type="button" className="button primary" disabled={!picked?.right} onClick={() => send({ type: 'next' })}>
        {t('lesson.next')}
      </button>
    </div>
  )
}

interface ChallengeProps {
  readonly step: LessonStep
  readonly shown: number
  readonly verdicts: LessonContext['verdicts']
  readonly send: Send
  readonly language: 'ko' | 'en'
}

function Challenge({ step, shown, verdicts, send, language }: ChallengeProps) {
  const { t } = useTranslation('panels')
  const began = useRef(worldStore.getState().main.now)
  const hints = step.hints ?? []
  const isBroken = step.challenge!.goals.some((id) => verdicts[id] === 'broken')
  return (
    <div className={s.card}>
      <small>{t('lesson.challenge')}</small>
      {isBroken && (
        <div role="status" className={s.wrong}>
          <p>{t('lesson.broken')}</p>
          <button type="button" className="button" onClick={() => void engine().seek(began.current)}>
            {t('lesson.tryAgain')}
          </button>
        </div>
      )}
      <ol className={s.hints}>
        {hints.slice(0, shown).map((hint) => (
          <li key={hint.say?.en ?? hint.do}>
            {hint.say && <Markdown text={hint.say[language]} />}
            {hint.do !== undefined && <HintDeed line={hint.do} />}
          </li>
        ))}
      </ol>
      {shown < hints.length && (
        <button type="button" className="button" onClick={() => send({ type: 'hint' })}>
          {t('lesson.hint', { shown: shown + 1, of: hints.length })}
        </button>
      )}
    </div>
  )
}

/** The last hint does it: a kubectl line, or `heal ⟨fault⟩`. */
function HintDeed({ line }: { readonly line: string }) {
  const { t } = useTranslation('panels')
  const fault = /^heal (\S+)$/.exec(line)?.[1]
  return (
    <p>
      <code>{line}</code>{' '}
      <button
        type="button"
        className="button"
        onClick={() => void act(fault === undefined ? { type: 'kubectl', line } : { type: 'heal', id: fault }, { label: t('lesson.doHint'), target: line }).then(() => engine().play())}
      >
        {t('lesson.doHint')}
      </button>
    </p>
  )
}

const MARK = { met: '✓', broken: '✕', holding: '◐', pending: '○' } as const

function Goals({ goals, language }: { readonly goals: readonly GoalView[]; readonly language: 'ko' | 'en' }) {
  const { t } = useTranslation('panels')
  if (goals.length === 0) return null
  const word = { met: t('lesson.goalMet'), broken: t('lesson.goalBroken'), holding: t('lesson.goalHolding'), pending: t('lesson.goalPending') }
  return (
    <section className={s.goals} aria-label={t('lesson.goals')}>
      <h2>{t('lesson.goals')}</h2>
      <ul>
        {goals.map(({ id, show, verdict }) => (
          <li key={id} data-verdict={verdict}>
            <span aria-hidden="true">{MARK[verdict]}</span> {show[language]} <small>{word[verdict]}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}
