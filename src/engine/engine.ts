import { MAX_YAML_DEPTH, MAX_YAML_LENGTH, refuseYaml } from '../sim/scenario/yaml-guard.ts'
import { isError, readScenario } from '../sim/scenario/read-scenario.ts'
import { TICK_MS, type Millis } from '../sim/kernel/time.ts'
import { complete } from '../sim/kubectl/complete.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import type { Action } from '../sim/scenario/action.ts'
import { completeYaml, fieldAt } from './complete-yaml.ts'
import { diagnose } from './diagnose.ts'
import { fileKind } from './file-kind.ts'
import { FrameBuilder } from './frame-builder.ts'
import { inspect, inspectScheduler } from './inspect.ts'
import { Marks } from './marks.ts'
import type {
  ActResult,
  Diagnostic,
  EngineApi,
  FieldHelp,
  Frame,
  Inspection,
  ObjectKey,
  OpenResult,
  SchedulerInspection,
  Source,
  YamlCompletions,
} from './protocol.ts'
import type { Recording } from './recording.ts'
import { readRecordingFile, writeRecordingFile } from './recording-file.ts'
import { readRecording, scenarioTextOf } from './replay.ts'
import { readSchedulerConfiguration } from './scheduler-configuration.ts'
import { Session } from './session.ts'
import { encodeLink } from './share-link.ts'

/** The world around the engine: time of this machine, timers, and where frames go. */
export interface Host {
  readonly schema: ApiSchema
  /** Text of a built-in scenario. */
  readonly builtin: (name: string) => string | undefined
  send(frame: Frame): void
  /** Milliseconds of a monotonic clock. */
  clock(): number
  /** Calls back after so long; returns how to take it back. */
  later(callback: () => void, ms: number): () => void
}

interface Stage {
  readonly session: Session
  readonly frames: FrameBuilder
  readonly marks: Marks
  /** What is done in the main world is done here as well. */
  readonly isRace?: boolean
  branch: string
}

const FRAME_MS = 16
/** Simulating may take so much of each frame's time; the rest is for commands. */
const SLICE_MS = 11
/** Use of CPU and memory is refreshed so often. */
const USE_MS = 400
/** Above this speed single messages and requests are no longer drawn. */
const DETAIL_SPEED = 20
/** At most so much simulated time at once, so that a slice can be measured. */
const STEP_MS = 500
const EVENT_SEARCH_MS = 600_000

/** The engine as the page drives it: a session that is played, and a second world beside it in Compare. */
export class Engine implements EngineApi {
  readonly #host: Host
  #main: Stage | undefined
  #other: Stage | undefined
  #playing = false
  #speed = 1
  /** Simulated milliseconds owed: slow motion moves less than one a frame. */
  #owed = 0
  #lastClock = 0
  #cancel: (() => void) | undefined
  /** Where playing stops by itself. */
  #until: Millis | undefined
  #useAt = 0
  #options: ConstructorParameters<typeof Session>[0] | undefined

  constructor(host: Host) {
    this.#host = host
  }

  open(source: Source, { seed }: { readonly seed?: number } = {}): OpenResult {
    if (source.type === 'link') return this.#openRecording(source.payload.includes('.') ? source.payload : `v1.${source.payload}`)
    if (source.type === 'recording') return this.#openRecording(source.text)
    const found = this.#read(source)
    if ('diagnostics' in found) return { ok: false, diagnostics: found.diagnostics, title: undefined, lesson: undefined }
    return this.#start(found.text, found.source, seed)
  }

  #read(
    source: Exclude<Source, { type: 'link' | 'recording' }>,
  ): { readonly text: string; readonly source: Recording['source'] } | { readonly diagnostics: readonly Diagnostic[] } {
    if (source.type === 'default') return { text: '', source: { type: 'text', name: 'sandbox', text: '' } }
    if (source.type === 'text') return { text: source.text, source: { type: 'text', name: source.name, text: source.text } }
    const text = this.#host.builtin(source.name)
    return text === undefined
      ? { diagnostics: [problem(`expected the name of a built-in scenario, received "${source.name}"`)] }
      : { text, source }
  }

  #start(text: string, source: Recording['source'], seed: number | undefined, replay?: Recording): OpenResult {
    const { scenario, manifests, problems } = readScenario(text)
    const title = scenario?.spec.title
    const lesson = scenario?.spec.lesson
    if (problems.some(isError)) return { ok: false, diagnostics: problems, title, lesson }
    const options = {
      schema: this.#host.schema,
      manifests,
      source,
      ...(scenario ? { scenario } : {}),
      ...(seed === undefined ? {} : { seed }),
    }
    const session = new Session(options)
    const said = session.world.manifestsResult
    const warnings: Diagnostic[] = said && said.exit !== 0 ? said.stderr.trim().split('\n').map(problem) : []
    const matches = replay ? session.replay(replay).digestMatches : undefined
    this.pause()
    this.#options = options
    this.#other = undefined
    this.#main = this.#stage(session)
    this.#frame(this.#main, 'main')
    return {
      ok: true,
      diagnostics: [...problems, ...warnings],
      title,
      lesson,
      ...(matches === undefined ? {} : { digestMatches: matches }),
    }
  }

  #openRecording(given: string): OpenResult {
    const recording = readRecording(given)
    if (typeof recording === 'string') return failed(recording)
    const about = scenarioTextOf(recording, this.#host.builtin)
    return typeof about === 'string' ? failed(about) : this.#start(about.text, recording.source, recording.seed, recording)
  }

  #stage(session: Session): Stage {
    const frames = new FrameBuilder(session.world)
    const marks = new Marks((listener) => session.world.cluster.etcd.store.onCommit(listener))
    marks.follow(session.world.director, session.world.director.onNotice)
    marks.switchTo(session.branch.id, undefined, 0)
    frames.watch(this.#speed <= DETAIL_SPEED)
    return { session, frames, marks, branch: session.branch.id }
  }

  // Time ---------------------------------------------------------------------------------------------------------------

  play(): void {
    if (this.#playing || !this.#main) return
    this.#playing = true
    this.#owed = 0
    this.#lastClock = this.#host.clock()
    this.#loop()
  }

  playUntil(at: Millis): void {
    this.#until = at
    if (this.#main && this.#main.session.now >= at) this.#arrive(at)
    else this.play()
  }

  #arrive(at: Millis): void {
    this.#until = undefined
    this.#main?.frames.fact({ type: 'reached', at })
    this.pause()
    this.#sendAll()
  }

  pause(): void {
    this.#until = undefined
    if (!this.#playing) return
    this.#playing = false
    this.#cancel?.()
    this.#sendAll()
  }

  setSpeed(speed: number): void {
    if (!(speed > 0)) return
    this.#speed = Math.min(speed, 10_000)
    for (const stage of this.#stages()) stage.frames.watch(this.#speed <= DETAIL_SPEED)
    this.#sendAll()
  }

  #loop(): void {
    this.#cancel = this.#host.later(() => {
      if (!this.#playing) return
      const started = this.#host.clock()
      // After a pause of the page (a hidden tab) time does not jump.
      this.#owed += Math.min(started - this.#lastClock, 250) * this.#speed
      this.#lastClock = started
      while (this.#owed >= 1) {
        const left = this.#until === undefined ? STEP_MS : this.#until - (this.#main?.session.now ?? 0)
        const step = Math.max(1, Math.min(Math.floor(this.#owed), STEP_MS, left))
        for (const { session } of this.#stages()) session.advanceTo(session.now + step)
        this.#owed -= step
        if (left <= step && this.#until !== undefined) {
          this.#arrive(this.#until)
          return
        }
        // What this machine cannot do is dropped, not owed: the page never blocks.
        if (this.#host.clock() - started > SLICE_MS) {
          this.#owed = Math.min(this.#owed, 1)
          break
        }
      }
      this.#sendAll()
      this.#loop()
    }, FRAME_MS)
  }

  step(by: 'tick' | 'event'): void {
    this.pause()
    for (const stage of this.#stages()) {
      const { session } = stage
      if (by === 'tick') session.advanceTo((Math.floor(session.now / TICK_MS) + 1) * TICK_MS)
      else this.#stepToEvent(session)
    }
    this.#sendAll()
  }

  /** To the end of the tick in which something of the record changes, heartbeats aside. */
  #stepToEvent(session: Session): void {
    const { store } = session.world.cluster.etcd
    const until = session.now + EVENT_SEARCH_MS
    while (session.now < until) {
      const before = store.revision
      session.advanceTo((Math.floor(session.now / TICK_MS) + 1) * TICK_MS)
      if (store.since(before)?.some(({ resource }) => resource !== 'leases.coordination.k8s.io' && resource !== 'nodes')) return
    }
  }

  seek(at: Millis): void {
    for (const stage of this.#stages()) {
      stage.session.seek(Math.min(Math.max(0, at), stage.session.branch.end))
      stage.frames.reset()
    }
    this.#lastClock = this.#host.clock()
    this.#owed = 0
    this.#sendAll()
  }

  // Deeds --------------------------------------------------------------------------------------------------------------

  act(action: Action): ActResult {
    const stage = this.#main
    if (!stage) return { ok: false, stdout: '', stderr: 'error: no world is open\n', exit: 1 }
    const text =
      action.type === 'apply' ? action.text : action.type === 'kubectl' ? Object.values(action.files ?? {}).join('\n') : ''
    const refusal = refuseYaml(text)
    if (refusal) {
      const message =
        refusal.type === 'too-large'
          ? `expected at most ${MAX_YAML_LENGTH} characters of YAML, received ${refusal.length}`
          : `expected at most ${MAX_YAML_DEPTH} levels of nesting, received ${refusal.depth}`
      return { ok: false, stdout: '', stderr: `error: ${message}\n`, exit: 1 }
    }
    const result = stage.session.act(action)
    if (this.#other?.isRace) this.#other.session.act(action)
    stage.frames.fact({ type: 'action', verb: action.type === 'kubectl' ? action.line : action.type })
    this.#sendAll()
    return result
  }

  complete(line: string, cursor: number): ReturnType<EngineApi['complete']> {
    return this.#main ? complete(line, cursor, this.#main.session.world.environment()) : []
  }

  inspect(key: ObjectKey, world: Frame['world'] = 'main'): Inspection {
    const stage = world === 'main' ? this.#main : this.#other
    return stage
      ? inspect(stage.session.world, key)
      : { key, found: false, yaml: '', conditions: [], events: [], why: [], containers: [], decision: undefined, waiting: undefined }
  }

  inspectScheduler(): SchedulerInspection | undefined {
    return this.#main && inspectScheduler(this.#main.session.world)
  }

  validate(text: string): readonly Diagnostic[] {
    if (!this.#main) return []
    if (fileKind(text) === 'recording') {
      const recording = readRecordingFile(text)
      return typeof recording === 'string' ? [problem(recording)] : []
    }
    const { world } = this.#main.session
    const { api, registry } = world.environment()
    return world.kernel.withoutTrace(() => diagnose(text, api, registry))
  }

  completeYaml(text: string, offset: number): YamlCompletions | undefined {
    return completeYaml(text, offset, this.#host.schema)
  }

  fieldAt(text: string, offset: number): FieldHelp | undefined {
    return fieldAt(text, offset, this.#host.schema)
  }

  evaluate(expression: string): string {
    const compiled = this.#main?.session.world.conditions.compile(expression)
    return compiled?.ok ? String(compiled.evaluate()) : ''
  }

  // Branches -----------------------------------------------------------------------------------------------------------

  switchBranch(id: string): void {
    const stage = this.#main
    if (!stage?.session.switchTo(id)) return
    stage.frames.reset()
    this.#sendAll()
  }

  /** A second world beside the first, on the same clock: another branch of this recording, lived again. */
  compare(branch: string | undefined): void {
    this.#other = undefined
    if (branch === undefined || !this.#main || !this.#options) return
    const { session } = this.#main
    const actions = session.actionsOf(branch)
    if (!actions) return
    const other = new Session(this.#options)
    other.follow(actions, session.now)
    this.#other = this.#stage(other)
    this.#other.branch = branch
    this.#main.frames.reset()
    this.#sendAll()
  }

  checkSchedulerConfiguration(configuration: string): readonly Diagnostic[] {
    return readSchedulerConfiguration(configuration, this.#options?.scenario).diagnostics
  }

  compareSchedulers(configuration: string): readonly Diagnostic[] {
    const { value, diagnostics } = readSchedulerConfiguration(configuration, this.#options?.scenario)
    if (value === undefined || !this.#main || !this.#options) return diagnostics
    const { session } = this.#main
    const other = new Session({ ...this.#options, scheduler: value })
    other.follow(session.actions.filter(({ at }) => at <= session.now), session.now)
    this.#other = { ...this.#stage(other), isRace: true }
    this.#main.frames.reset()
    this.#sendAll()
    return []
  }

  // Sharing ------------------------------------------------------------------------------------------------------------

  share(): string | undefined {
    return this.#main && encodeLink(this.#main.session.recording())?.replace(/^v1\./, '')
  }

  exportFile(): string {
    return this.#main ? writeRecordingFile(this.#main.session.recording()) : ''
  }

  // Frames -------------------------------------------------------------------------------------------------------------

  *#stages(): Iterable<Stage> {
    if (this.#main) yield this.#main
    if (this.#other) yield this.#other
  }

  #sendAll(): void {
    if (this.#main) this.#frame(this.#main, 'main')
    if (this.#other) this.#frame(this.#other, 'other')
  }

  #frame(stage: Stage, world: 'main' | 'other'): void {
    const { session, frames, marks } = stage
    if (world === 'main' && stage.branch !== session.branch.id) {
      stage.branch = session.branch.id
      marks.switchTo(session.branch.id, session.branch.parent, session.branch.forkedAt)
    }
    const clock = this.#host.clock()
    const useIsDue = !this.#playing || clock - this.#useAt >= USE_MS
    if (useIsDue && world === 'main') this.#useAt = clock
    const send = (): void =>
      this.#host.send(
        frames.build({
          world,
          branch: stage.branch,
          branches: session.branches,
          marks: marks.list(session.actions),
          end: session.branch.end,
          playing: this.#playing,
          speed: this.#speed,
          useIsDue,
        }),
      )
    send()
    // While time stands still no later frame would bring the rest.
    while (!this.#playing && frames.hasMore) send()
  }
}

const failed = (message: string): OpenResult => ({ ok: false, diagnostics: [problem(message)], title: undefined, lesson: undefined })

const problem = (message: string): Diagnostic => ({ severity: 'error', from: 0, to: 0, line: 1, column: 1, path: '', message })
