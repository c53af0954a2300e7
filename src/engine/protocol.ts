/**
 * What crosses the worker boundary. Commands in (comlink calls on `EngineApi`), frames out (`postMessage`). A frame carries changes
 * only; the first one of a branch, and one after a seek, is `full` and replaces everything. Everything here is plain, cloneable data.
 */
import type { Millis } from '../sim/kernel/time.ts'
import type { ScoreArithmetic } from '../sim/kubernetes/scheduler/arithmetic.ts'
import type { DatedMove, WaitingPod } from '../sim/kubernetes/scheduler/scheduler.ts'
import type { Action, ActResult as WorldActResult, FaultKind, FaultTarget } from '../sim/scenario/action.ts'

export type { Action, DatedMove, FaultKind, FaultTarget, ScoreArithmetic, WaitingPod }

// Names -------------------------------------------------------------------------------------------------------------

/** `resource` as kubectl writes it (`pods`, `deployments.apps`); `namespace` '' for cluster-scoped objects. */
export interface ObjectKey {
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/** A text in both languages. */
export interface Text {
  readonly ko: string
  readonly en: string
}

// Views: what the stage draws -----------------------------------------------------------------------------------------

/**
 * The state of a Pod by shape and colour. `pending`: no node yet. `creating`: bound, not all containers started. `ready`,
 * `not-ready`: running. `failing`: CrashLoopBackOff, Error, image trouble. `terminating`: has a deletionTimestamp. `succeeded`, `failed`:
 * terminal phases. `unknown`: its node does not report.
 */
export type PodLook = 'pending' | 'creating' | 'ready' | 'not-ready' | 'failing' | 'terminating' | 'succeeded' | 'failed' | 'unknown'

export interface PodView {
  /** `namespace/name` */
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Name to show large: of the top owner (Deployment `web`), or the Pod's own. */
  readonly app: string
  /** What tells it from its siblings: `7d9c4-x2x8k`. */
  readonly suffix: string
  /** Bound to. */
  readonly node: string | undefined
  readonly nominatedNode: string | undefined
  readonly look: PodLook
  /** The STATUS column of `kubectl get pods`. */
  readonly status: string
  readonly readyContainers: number
  readonly containers: number
  readonly restarts: number
  /** Short reason for a pending Pod: the FailedScheduling counts, `SchedulingGated`, or ''. */
  readonly waitingFor: string
  readonly requests: { readonly cpuMilli: number; readonly memoryBytes: number }
  readonly limits: { readonly cpuMilli: number; readonly memoryBytes: number }
  /** True use now. */
  readonly usage: { readonly cpuMilli: number; readonly memoryBytes: number }
  readonly createdAt: Millis
  /** When the grace period ends, and how long it is; only while terminating. */
  readonly graceEndsAt: Millis | undefined
  readonly graceMs: Millis | undefined
  /** Progress of an image pull or start-up, 0–1, where known. */
  readonly progress: number | undefined
  readonly ip: string
  readonly labels: Readonly<Record<string, string>>
  readonly owner: ObjectKey | undefined
  /** The true layer: how many of its containers really run on a host, and on which (undefined: none). */
  readonly truth: { readonly running: number; readonly host: string | undefined }
  /** What the record says differs from what is true. */
  readonly differs: boolean
}

export interface NodeView {
  readonly name: string
  /** As recorded: `Ready`, `NotReady`, `Unknown`. */
  readonly ready: 'Ready' | 'NotReady' | 'Unknown'
  readonly unschedulable: boolean
  readonly zone: string
  readonly roles: readonly string[]
  readonly taints: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly allocatable: { readonly cpuMilli: number; readonly memoryBytes: number; readonly pods: number }
  readonly capacity: { readonly cpuMilli: number; readonly memoryBytes: number }
  /** Sums over the Pods bound to it. */
  readonly requested: { readonly cpuMilli: number; readonly memoryBytes: number; readonly pods: number }
  readonly limits: { readonly cpuMilli: number; readonly memoryBytes: number }
  readonly usage: { readonly cpuMilli: number; readonly memoryBytes: number }
  /** The true layer. `since` is when it last changed. */
  readonly truth: {
    readonly poweredOn: boolean
    readonly linked: boolean
    readonly kubeletRunning: boolean
    readonly since: Millis
  }
  readonly differs: boolean
}

export interface WorkloadView {
  readonly key: ObjectKey
  readonly kind: string
  readonly desired: number
  readonly current: number
  readonly ready: number
  readonly updated: number
  /** Images of its template, for the rollout marks. */
  readonly images: readonly string[]
}

export interface BackendView {
  /** Pod id, or an address for an endpoint without Pod. */
  readonly pod: string
  readonly address: string
  readonly ready: boolean
  readonly terminating: boolean
  /** Requests a second over the last simulated seconds. */
  readonly ratePerSecond: number
  /** Names of nodes whose service tables still differ from the EndpointSlices about this backend. */
  readonly staleOn: readonly string[]
}

export interface ServiceView {
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly clusterIP: string
  readonly ports: string
  readonly backends: readonly BackendView[]
  /** Over the last simulated seconds. */
  readonly requestsPerSecond: number
  readonly failedRatio: number
  /** Why requests failed: `connection refused`, `no endpoints`, `timeout`, …, to counts. */
  readonly failures: Readonly<Record<string, number>>
}

export interface EventView {
  /** `namespace/name` of the Event object. */
  readonly id: string
  readonly at: Millis
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly object: ObjectKey
  readonly kind: string
  readonly from: string
  readonly count: number
}

/** Control-plane component: `api-server`, `etcd`, `kube-scheduler`, `kube-controller-manager`. */
export interface ComponentView {
  readonly name: string
  readonly running: boolean
  /** What it does now, as data for the i18n layer. */
  readonly doing:
    | { readonly type: 'idle' }
    | { readonly type: 'down' }
    | { readonly type: 'revision'; readonly revision: number }
    | { readonly type: 'scheduling'; readonly pod: string }
    | { readonly type: 'queue'; readonly active: number; readonly backoff: number; readonly unschedulable: number }
    | { readonly type: 'reconciling'; readonly controller: string; readonly key: string }
    | { readonly type: 'electing' }
  /** Was it active since the last frame. */
  readonly active: boolean
}

/** A message on its way, for pulses. `from`/`to`: component, `node/<name>`, `kubelet/<name>`, `kubectl`. */
export interface Pulse {
  readonly at: Millis
  readonly arrivesAt: Millis
  readonly from: string
  readonly to: string
  readonly kind: string
  readonly label: string
  readonly failed: boolean
}

/** One request drawn as a dot, sampled when there are many. */
export interface RequestDot {
  readonly at: Millis
  readonly durationMs: Millis
  readonly service: string
  readonly pod: string | undefined
  readonly ok: boolean
  readonly why: string
}

export interface TrafficPoint {
  readonly at: Millis
  readonly service: string
  readonly ok: number
  readonly failed: number
  /** Mean response time, ms. */
  readonly latencyMs: number
}

export interface TimelineMark {
  readonly id: string
  readonly at: Millis
  readonly type: 'command' | 'fault' | 'heal' | 'rollout' | 'eviction' | 'say' | 'goal'
  readonly label: string
}

export type Verdict = 'pending' | 'holding' | 'met' | 'broken'

export interface GoalView {
  readonly id: string
  readonly show: Text
  readonly verdict: Verdict
  readonly at: Millis | undefined
  readonly by: string | undefined
}

export interface BranchView {
  readonly id: string
  /** `A`, `B`, … */
  readonly label: string
  readonly parent: string | undefined
  readonly forkedAt: Millis
  /** Furthest simulated time reached. */
  readonly end: Millis
}

export interface FaultView {
  readonly id: string
  readonly kind: string
  readonly target: string
  readonly since: Millis
}

export interface Keyed<View> {
  readonly changed: readonly View[]
  /** `id`s (or names of nodes). */
  readonly removed: readonly string[]
}

export interface Frame {
  /** Which of the worlds of this page: 'main', or 'other' beside it in Compare. */
  readonly world: 'main' | 'other'
  readonly branch: string
  readonly full: boolean
  readonly now: Millis
  readonly tick: number
  /** Unix milliseconds of `now`, for ages. */
  readonly unixMs: number
  readonly digest: string
  readonly revision: number
  readonly seed: number
  readonly playing: boolean
  readonly speed: number
  /** Furthest time that has been reached on this branch. */
  readonly end: Millis
  readonly pods: Keyed<PodView>
  readonly nodes: Keyed<NodeView>
  readonly services: Keyed<ServiceView>
  readonly workloads: Keyed<WorkloadView>
  readonly events: Keyed<EventView>
  /** From here on, lists come whole with every frame, unless they say otherwise. */
  readonly components: readonly ComponentView[]
  readonly faults: readonly FaultView[]
  readonly namespaces: readonly string[]
  /** Since the last frame. */
  readonly pulses: readonly Pulse[]
  readonly dots: readonly RequestDot[]
  readonly traffic: readonly TrafficPoint[]
  readonly marks: readonly TimelineMark[]
  readonly goals: readonly GoalView[]
  readonly branches: readonly BranchView[]
  /** Text for the terminal since the last frame. */
  readonly terminal: readonly TerminalChunk[]
  /** Facts for the lesson's state chart. */
  readonly facts: readonly LessonFact[]
}

export interface TerminalChunk {
  /** Which command it belongs to. */
  readonly command: number
  /** `exit`: the command has ended; the text is its exit code. */
  readonly stream: 'stdout' | 'stderr' | 'exit'
  readonly text: string
}

export type LessonFact =
  | { readonly type: 'goal'; readonly id: string; readonly verdict: Verdict }
  | { readonly type: 'reached'; readonly at: Millis }
  | { readonly type: 'event'; readonly reason: string; readonly object: ObjectKey }
  | { readonly type: 'action'; readonly verb: string }
  | { readonly type: 'failed'; readonly say: Text }

// Commands ------------------------------------------------------------------------------------------------------------

/** Problem in someone's input: where, what was expected, what came, what to do. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  /** Offsets in the text. */
  readonly from: number
  readonly to: number
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
  readonly hint?: string
}

export interface ActResult extends WorldActResult {
  /** Set when acting in the past started a branch. */
  readonly branch?: string
}

/** What to open: a scenario or manifests as text, a built-in scenario by name, a link's payload, or a recording's file. */
export type Source =
  | { readonly type: 'text'; readonly text: string; readonly name: string }
  | { readonly type: 'builtin'; readonly name: string }
  | { readonly type: 'link'; readonly payload: string }
  | { readonly type: 'recording'; readonly text: string }
  | { readonly type: 'default' }

export interface OpenResult {
  readonly ok: boolean
  readonly diagnostics: readonly Diagnostic[]
  readonly title: Text | undefined
  /** The lesson section of the scenario, for the state chart (plain data; `lessons/` gives it its type). */
  readonly lesson: unknown
  /** For a link or a recording: does the replayed digest equal the sender's. */
  readonly digestMatches?: boolean
}

/** One link of a "why?" chain; the i18n layer puts it into words. */
export interface CauseView {
  readonly at: Millis
  readonly type: 'start' | 'command' | 'fault' | 'heal' | 'write' | 'act'
  readonly actor: string
  readonly verb: string
  readonly object: ObjectKey | undefined
  readonly text: string
}

/** A number of the scheduler's table and where it came from. */
export interface ScoreCell {
  readonly raw: number
  readonly normalized: number
  readonly weighted: number
  /** Absent on large clusters, where only the numbers are kept. */
  readonly arithmetic: ScoreArithmetic | undefined
}

export interface DecisionView {
  readonly pod: string
  readonly at: Millis
  readonly attempt: number
  /** The profile that decided, and the release whose rules it followed. */
  readonly schedulerName: string
  readonly release: string
  readonly node: string | undefined
  readonly message: string
  readonly plugins: readonly { readonly name: string; readonly weight: number }[]
  readonly nodes: readonly {
    readonly name: string
    readonly status: 'Success' | 'Unschedulable' | 'UnschedulableAndUnresolvable'
    readonly rejectedBy: string | undefined
    readonly reasons: readonly string[]
    readonly scores: Readonly<Record<string, ScoreCell>>
    readonly total: number | undefined
  }[]
  readonly tied: readonly string[]
  readonly preemption: { readonly node: string; readonly victims: readonly string[] } | undefined
}

export interface Inspection {
  readonly key: ObjectKey
  /** Exists now. */
  readonly found: boolean
  /** As `kubectl get -o yaml` prints it. */
  readonly yaml: string
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string; readonly since: Millis | undefined }[]
  readonly events: readonly EventView[]
  /** Newest first, root last. */
  readonly why: readonly CauseView[]
  readonly containers: readonly {
    readonly name: string
    readonly init: boolean
    readonly image: string
    readonly state: string
    readonly reason: string
    readonly ready: boolean
    readonly restarts: number
    readonly lastExit: string
    readonly usage: { readonly cpuMilli: number; readonly memoryBytes: number }
    readonly trulyRunning: boolean
  }[]
  readonly decision: DecisionView | undefined
  /** Where a Pod without a node waits. */
  readonly waiting: WaitingPod | undefined
}

/** The scheduler's process from inside. */
export interface SchedulerInspection {
  readonly release: string
  readonly profiles: readonly { readonly schedulerName: string; readonly plugins: readonly { readonly name: string; readonly weight: number }[] }[]
  /** Active in the order in which they are tried, then back-off, then the rest. */
  readonly queues: readonly WaitingPod[]
  /** Newest first. */
  readonly moves: readonly DatedMove[]
}

export interface YamlCompletions {
  /** Where the word begins that is completed. */
  readonly from: number
  /** `info`: what the field does, in the language that was last spoken. */
  readonly options: readonly { readonly label: string; readonly detail: string; readonly apply: string; readonly info?: string }[]
}

/** A field under the pointer: its place in the text, and what it does. */
export interface FieldHelp {
  readonly from: number
  readonly to: number
  /** `spec.containers.image`. */
  readonly path: string
  /** `[]Container`. */
  readonly type: string
  readonly isRequired: boolean
  readonly values: readonly string[]
  readonly words: string
}

/** The engine as the page sees it (through comlink, so every call is a promise there). */
export interface EngineApi {
  open(source: Source, options?: { readonly seed?: number }): OpenResult
  play(): void
  /** Plays and pauses exactly at a moment; `reached` is told as a fact then. */
  playUntil(at: Millis): void
  pause(): void
  setSpeed(speed: number): void
  /** One tick, or to just after the next thing worth seeing. */
  step(by: 'tick' | 'event'): void
  seek(at: Millis): void
  act(action: Action): ActResult
  complete(line: string, cursor: number): readonly { readonly text: string; readonly from: number; readonly kind: string; readonly detail?: string }[]
  /** `world`: of those that Compare shows; the main one unless told. */
  inspect(key: ObjectKey, world?: Frame['world']): Inspection
  inspectScheduler(): SchedulerInspection | undefined
  validate(text: string): readonly Diagnostic[]
  /** What may stand at an offset of a manifest: fields, kinds, values. */
  completeYaml(text: string, offset: number): YamlCompletions | undefined
  /** What the field at an offset of a manifest does. */
  fieldAt(text: string, offset: number): FieldHelp | undefined
  /** A condition of the scenario language, now: what answers a prediction. */
  evaluate(expression: string): string
  switchBranch(id: string): void
  /** Opens a second world beside the first: another branch, or nothing to close it. */
  compare(branch: string | undefined): void
  /**
   * Opens a second world beside the first in which a scheduler with this KubeSchedulerConfiguration (YAML) lives through the same recording, and
   * what is done from now on happens in both. With problems nothing changes.
   */
  compareSchedulers(configuration: string): readonly Diagnostic[]
  checkSchedulerConfiguration(configuration: string): readonly Diagnostic[]
  /** Payload for `#v1.<payload>`; undefined when the recording is too large for a link. */
  share(): string | undefined
  /** The recording as a YAML file. */
  exportFile(): string
}

/** What the worker answers besides the engine. */
export interface WorkerApi extends EngineApi {
  /** The language in which fields are explained; their words are loaded at the first call. */
  speak(language: 'en' | 'ko'): void
}
