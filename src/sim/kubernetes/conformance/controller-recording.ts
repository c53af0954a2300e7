import type { Environment, Session, Step as KubectlStep } from '../../kubectl/command.ts'
import { resumeKubectl, startKubectl } from '../../kubectl/kubectl.ts'
import { CONTROL_PLANE_HOST } from '../../infrastructure/network.ts'
import { DEFAULT_EPOCH_MS, type Millis } from '../../kernel/time.ts'
import type { ApiSchema } from '../api/schema.ts'
import { refuse, type Status } from '../api/status.ts'
import { connect } from '../apiserver/connection.ts'
import { Cluster, type ControlPlanePart, WORKSTATION } from '../cluster.ts'
import { compareWithRecording } from './comparison.ts'
import { NotDue, pacedRequests } from './paced-requests.ts'
import { PlayedKubelets } from './played-kubelet.ts'
import type { ControllerRecording, Expected, Step } from './recording.ts'
import { anonymous } from './reduction.ts'
import { WatchLog } from './watch-log.ts'
import type { Entry } from './watch-log-entry.ts'

/** The nodes are Ready, and everything has calmed down, before the first step. */
const SET_UP_MS = 8_600
/**
 * How a case may have fallen: so much longer the control plane has run (quarters of the 15 s after which volumes are looked at again, and so of the
 * 5 s of the node monitor), and what was drawn, such as the names of Pods.
 */
const PLAYS: readonly { readonly phaseMs: Millis; readonly seed: number }[] = Array.from({ length: 8 }, (_, index) => ({
  phaseMs: (index % 4) * 3_750,
  seed: index + 1,
}))
/** The nodes joined about so long before the first step: it gives the phase of their Leases. */
const NODES_MS = 3_000
/** What kubectl needs before its first request (start of the process, discovery) when the recording does not tell. */
const KUBECTL_START_MS = 150
/** A call seldom took longer than this before its write arrived. */
const KUBECTL_START_MAX_MS = 2500

/** A request of the recorded kubectl, which shared its machine with several clusters. */
const KUBECTL_MS = { readMs: 10, writeMs: 20 }

/** From the request to the write. */
const WRITE_MS = 30

/** Verbs whose first effect may be a change of anything. */
const MARKS_A_WRITE = new Set(['annotate', 'label', 'delete', 'taint', 'cordon', 'uncordon'])

const ONLY_READS = /^(get|describe|events|top|logs|wait|rollout (history|status))\b/

/** Cases side by side on the common cluster should not slow each other down; the other clusters had the defaults. */
const COMMON_CLUSTER = { nodes: 'n1,n2,n3,n4', rate: { qps: 300, burst: 600 } }
const THEMES_OF_OWN_CLUSTERS: readonly string[] = ['node', 'scheduling']

const NO_CONTAINERS: Status = { code: 404, reason: 'NotFound', message: 'there are no containers on played nodes' }

interface Running {
  readonly index: number
  readonly state: unknown
  readonly stdout: string
  readonly stderr: string
  /** Of the requests since the start or the last wait. */
  readonly answers: unknown[]
  /** Whether its next request arrives now. */
  readonly isDue: boolean
  /** When it was started or went on after a wait, in Unix milliseconds. */
  readonly unixMs: number
}

/**
 * When each step's first request goes out. Real kubectl took 50 ms to 2 s to get there, differently each time; where the recording shows
 * when the write arrived, that is taken, so that all that follows can be held against it.
 */
function startsOf({ steps, expect }: ControllerRecording): readonly Millis[] {
  const beganAt = ({ ranAtMs, atMs }: Step): Millis => ranAtMs ?? atMs
  let taken = -Infinity
  // Commands follow one another, however the times of several runs overlap.
  let earliest = -Infinity
  return steps.map((step, index) => {
    const from = beganAt(step)
    if (!step.kubectl) return from
    if (ONLY_READS.test(step.kubectl.join(' '))) return Math.max(earliest + WRITE_MS * 2, from + KUBECTL_START_MS)
    const next = steps[index + 1]
    // One command ends before the next begins; a played kubelet may follow an annotation a little later.
    const grace = step.kubectl.some((word) => word.startsWith('play/')) ? KUBECTL_START_MS : 0
    const until = Math.min(from + KUBECTL_START_MAX_MS, next ? beganAt(next) + grace : Infinity)
    const verb = step.kubectl[0] ?? ''
    let [arrived, latest] = [Infinity, taken]
    const note = (rows: readonly (readonly [number, number, ...unknown[]])[] | undefined): void => {
      for (const [lo, hi] of rows ?? []) {
        // What an earlier step did is not this one's doing.
        if (lo <= Math.max(0, from - WRITE_MS) || lo >= until || lo <= taken || (lo + hi) / 2 >= arrived) continue
        // The runs' times may reach beyond the next command of the run whose steps these are.
        const middle = Math.round((lo + hi) / 2)
        arrived = middle < until ? middle : Math.round(lo)
        latest = hi
      }
    }
    const noteAll = (): void => {
      for (const fields of Object.values(expect.series ?? {})) for (const rows of Object.values(fields)) note(rows)
      for (const rows of Object.values(expect.counts ?? {})) note(rows)
      for (const life of Object.values(expect.pods ?? {})) note(life)
    }
    if (step.kubectl.some((word) => word.endsWith('/eviction'))) {
      for (const { terminating } of Object.values(expect.series ?? {}) as { terminating?: readonly Expected<unknown>[] }[])
        note(terminating?.filter(([, , count]) => count !== 0))
      for (const life of Object.values(expect.pods ?? {}))
        note(life.filter(([, , what]) => what === 'terminating' || what.startsWith('disruption ')))
      if (arrived === Infinity) noteAll()
    } else if (MARKS_A_WRITE.has(verb)) noteAll()
    else {
      for (const fields of Object.values(expect.series ?? {}))
        for (const field of ['exists', 'generation', 'hard', 'desired']) note(fields[field])
      for (const life of Object.values(expect.pods ?? {}))
        note(life.filter(([, , what]) => what === 'created' || what === 'terminating'))
      if ((verb === 'patch' || verb === 'apply') && arrived === Infinity) noteAll()
    }
    taken = latest
    const lag = arrived - from - WRITE_MS
    earliest = Math.max(earliest + WRITE_MS * 2, from + (lag >= 0 && lag < KUBECTL_START_MAX_MS ? lag : KUBECTL_START_MS))
    return earliest
  })
}

interface Answered {
  readonly index: number
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Played {
  readonly log: readonly Entry[]
  /** Where kubectl answered otherwise. */
  readonly differences: readonly string[]
}

const onCommonCluster = ({ theme, nodes }: ControllerRecording): boolean =>
  !THEMES_OF_OWN_CLUSTERS.includes(theme) && nodes.map(({ metadata }) => metadata.name).join() === COMMON_CLUSTER.nodes

/** Plays a recorded case on a simulated control plane with played nodes. */
export function playCase(
  recording: ControllerRecording,
  options: { readonly schema: ApiSchema; readonly scheduler: ControlPlanePart; readonly seed?: number; readonly phaseMs?: Millis },
): Played {
  const cluster = new Cluster({
    seed: options.seed ?? 1,
    schema: options.schema,
    startAt: -SET_UP_MS - (options.phaseMs ?? 0),
    // CronJobs were recorded from second 50 of a minute on.
    ...(recording.theme === 'cronjob' ? { epochMs: DEFAULT_EPOCH_MS + 50_000 } : {}),
    nodes: [],
    nodeAgents: () => [],
    scheduler: options.scheduler,
    metrics: (namespace, pod) => kubelets.sample(namespace, pod),
    ...(onCommonCluster(recording) ? { clientRate: COMMON_CLUSTER.rate } : {}),
  })
  const { kernel } = cluster
  const namespace = recording.namespace ?? 'default'
  const log = new WatchLog(namespace, 0)
  const kubelets = new PlayedKubelets(cluster.context, recording.podBehaviour)
  cluster.start()
  kubelets.start()
  cluster.etcd.store.onCommit((commit) => log.add(commit))
  const nodes = cluster.context.connect('kubelet', CONTROL_PLANE_HOST, true)
  kernel.advanceTo(-NODES_MS)
  // Each case had a namespace of its own, shown as `default`: the API server's own Service was never in it.
  nodes.delete('services', 'default', 'kubernetes')
  if (recording.namespace)
    nodes.create('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: recording.namespace } })
  for (const node of recording.nodes) {
    const created = nodes.create('nodes', '', node)
    if (created.ok)
      nodes.update(
        'nodes',
        '',
        node.metadata.name,
        { ...created.value, status: node['status'] },
        {
          subresource: 'status',
        },
      )
  }
  const answers: Answered[] = []
  const kubectl = connect({
    kernel,
    network: cluster.network,
    latencies: cluster.context.latencies,
    server: cluster.apiServerProcess,
    api: cluster.apiServer.client({ user: 'you', trusted: false }),
    client: 'kubectl',
    host: WORKSTATION,
    background: true,
  })
  const session: Session = {
    context: 'recording',
    contexts: [{ name: 'recording', cluster: 'recording', user: 'you', namespace }],
  }
  const environment = (step: Step, { answers, isDue, unixMs }: Running): Environment => ({
    api: pacedRequests(kubectl, { ...KUBECTL_MS, answers, isDue }),
    registry: cluster.apiServer.resources,
    schema: options.schema,
    unixMs,
    session,
    serverAddress: 'https://10.0.0.10:6443',
    ...(step.stdin === undefined ? {} : { stdin: actualNames(step.stdin) }),
    file: () => undefined,
    logs: () => refuse(NO_CONTAINERS),
    exec: () => refuse(NO_CONTAINERS),
  })
  /** A normalised name in an argument means the object that got it here. */
  const actualNames = (text: string): string =>
    text
      .replaceAll(/uid:(\w+\/[-\w.]+)/g, (whole, object: string) => log.names.uid(object) ?? whole)
      .replaceAll(/[a-z0-9][-a-z0-9.]*[a-z0-9]/g, (word) => log.names.actual(word))

  /** kubectl runs as a process of its own: its requests take time, one after the other. */
  const receive = ({ body }: { readonly body: unknown }): void => {
    const running = body as Running
    const { index, state, stdout, stderr } = running
    const step = recording.steps[index]!
    if (step.play) {
      playStep(step.play)
      return
    }
    let done: KubectlStep
    try {
      done =
        state === undefined
          ? startKubectl(['-n', namespace, ...(step.kubectl ?? []).map(actualNames)], environment(step, running))
          : resumeKubectl(state, environment(step, running))
    } catch (error) {
      if (!(error instanceof NotDue)) throw error
      kernel.post('kubectl', 'request', { ...running, isDue: true } satisfies Running, error.afterMs)
      return
    }
    const soFar = { index, stdout: stdout + done.stdout, stderr: stderr + done.stderr }
    if (!('again' in done)) answers.push({ ...soFar, exit: 'exit' in done ? done.exit : 0 })
    else {
      const afterMs = Math.max(1, Math.ceil(done.again.afterMs))
      start({ ...soFar, state: done.again.state }, afterMs)
    }
  }
  const start = (so: Pick<Running, 'index' | 'state' | 'stdout' | 'stderr'>, afterMs: Millis): void =>
    kernel.post('kubectl', 'start', { ...so, answers: [], isDue: false, unixMs: kernel.unixMs + afterMs } satisfies Running, afterMs)
  const playStep = (play: NonNullable<Step['play']>): void => {
    if (play[0] === 'silence') for (const node of play.slice(1)) kubelets.silence(node)
    else if (play[0] === 'resume') for (const node of play.slice(1)) kubelets.resume(node)
    else if (play[0] === 'metrics') kubelets.report(play[1])
  }
  kernel.register({ name: 'kubectl', receive, snapshot: () => null, restore: () => {} })
  kernel.advanceTo(0)
  const starts = startsOf(recording)
  recording.steps.forEach((_, index) => start({ index, state: undefined, stdout: '', stderr: '' }, starts[index]!))
  kernel.advanceTo(recording.untilMs)
  const differences = answers.flatMap(({ index, exit, stdout, stderr }) =>
    answerDifferences(recording.steps[index]!, exit, log.names.text(stdout), log.names.text(stderr)),
  )
  return { log: log.entries().filter(({ ms }) => ms <= recording.untilMs), differences }
}

/** Ages and times in tables depend on when they were printed. */
function masked(text: string): string {
  const plain = text
    .replaceAll(/:3[0-2]\d{3}\//g, ':<nodePort>/')
    .replaceAll(/\b\d+(?:m\d+)?s\b/g, '<age>')
    .replaceAll(/[ \t]+/g, ' ')
    // Upstream collects what it cannot delete in a map: in any order.
    .replaceAll(/(?<=\[)cannot delete [^\]]*(?=\])/g, (list) =>
      list
        .split(/, (?=cannot delete)/)
        .toSorted()
        .join(', '),
    )
    .replaceAll(/(?:^cannot delete .*\n)+/gm, (lines) => lines.split('\n').toSorted().join('\n'))
  // Generated names are random, and lists are in the order of names.
  return /-p\d+\b/.test(plain) ? anonymous(plain).split('\n').toSorted().join('\n') : plain
}

function answerDifferences(step: Step, exit: number, stdout: string, stderr: string): readonly string[] {
  const line = `kubectl ${(step.kubectl ?? []).join(' ')} at ${step.atMs} ms`
  const differences: string[] = []
  if (step.rc !== undefined && step.rc !== exit)
    differences.push(`${line}: expected exit ${step.rc}, got ${exit} (${stderr || stdout})`)
  if (step.out !== undefined && masked(step.out) !== masked(stdout))
    differences.push(`${line}: expected output ${JSON.stringify(step.out)}, got ${JSON.stringify(stdout)}`)
  if (step.err !== undefined && masked(step.err) !== masked(stderr))
    differences.push(`${line}: expected on stderr ${JSON.stringify(step.err)}, got ${JSON.stringify(stderr)}`)
  return differences
}

/**
 * Plays a case and says, in words, what came out otherwise than it was recorded. Empty: nothing did. What fell by chance
 * is unknown: of a few plays, one has to agree in everything.
 */
export function playControllerRecording(
  recording: ControllerRecording,
  options: { readonly schema: ApiSchema; readonly scheduler: ControlPlanePart },
): readonly string[] {
  let first: readonly string[] | undefined
  for (const play of PLAYS) {
    const { log, differences } = playCase(recording, { ...options, ...play })
    const all = [...differences, ...compareWithRecording(recording, log)]
    if (all.length === 0) return all
    first ??= all
  }
  return first!
}
