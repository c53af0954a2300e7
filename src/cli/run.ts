import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import type { Event } from '../sim/kubernetes/api/types.ts'
import { storedOnly } from '../sim/kubernetes/simulated.ts'
import type { Store } from '../sim/kubernetes/etcd/store.ts'
import { durationMs, parseDuration } from '../sim/scenario/duration.ts'
import { isReached, type Verdict } from '../sim/scenario/goals.ts'
import { isError, readScenario } from '../sim/scenario/read-scenario.ts'
import { World } from '../sim/scenario/world.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, type InputFile, json } from './report.ts'

const DEFAULT_UNTIL = '5m'
const STEP_MS = 1000
/** Without `--until` a run ends when everything has been ready for so long. */
const SETTLED_MS = 10_000

interface Workload {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly desired: number
  readonly ready: number
}

interface Counts {
  readonly spec?: { readonly replicas?: number; readonly completions?: number }
  readonly status?: Readonly<Record<string, unknown>>
}

/** Workloads that a person declared: what a controller made for another one is left out. */
export function workloadsOf(store: Store): readonly Workload[] {
  const found: Workload[] = []
  const add = (resource: string, kind: string, count: (object: Counts) => readonly [number, number]): void => {
    for (const object of store.scan(resource)) {
      if (object.metadata.ownerReferences?.some(({ controller }) => controller)) continue
      const [desired, ready] = count(object as unknown as Counts)
      found.push({ kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name, desired, ready })
    }
  }
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
  for (const [resource, kind] of [
    ['deployments.apps', 'Deployment'],
    ['replicasets.apps', 'ReplicaSet'],
    ['statefulsets.apps', 'StatefulSet'],
    ['replicationcontrollers', 'ReplicationController'],
  ] as const)
    add(resource, kind, ({ spec, status }) => [spec?.replicas ?? 1, number(status?.['readyReplicas'])])
  add('daemonsets.apps', 'DaemonSet', ({ status }) => [
    number(status?.['desiredNumberScheduled']),
    number(status?.['numberReady']),
  ])
  add('jobs.batch', 'Job', ({ spec, status }) => [spec?.completions ?? 1, number(status?.['succeeded'])])
  add('pods', 'Pod', ({ status }) => {
    const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[]
    const ready =
      status?.['phase'] === 'Succeeded' ||
      conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
    return [1, ready ? 1 : 0]
  })
  return found.sort((a, b) => {
    const left = `${a.kind}/${a.namespace}/${a.name}`
    const right = `${b.kind}/${b.namespace}/${b.name}`
    return left < right ? -1 : left > right ? 1 : 0
  })
}

export interface RunOptions {
  readonly files: readonly InputFile[]
  readonly until?: string
  readonly seed?: number
  readonly format: 'text' | 'json' | 'junit'
  readonly schema: ApiSchema
  /** Simulated milliseconds reached, of how many. */
  readonly progress?: (now: number, until: number) => void
}

/** `clusterlab run`: a scenario, or plain manifests on the default cluster. */
export function run({ files, until, seed, format, schema, progress }: RunOptions): CommandResult {
  const text = files.map((file) => file.text).join('\n---\n')
  const name = files.map((file) => file.name).join(', ')
  const { scenario, manifests, problems } = readScenario(text)
  const bad = (messages: readonly string[]): CommandResult => ({
    stdout: '',
    stderr: messages.map((message) => `error: ${message}\n`).join(''),
    exit: EXIT_BAD_INPUT,
  })
  if (problems.some(isError))
    return bad(
      problems.map(
        ({ line, column, path, message, hint }) =>
          `${name}:${line}:${column}: ${path ? `${path}: ` : ''}${message}${hint ? ` (${hint})` : ''}`,
      ),
    )
  if (until !== undefined && parseDuration(until) === undefined)
    return bad([`--until: expected a duration such as 90s or 5m, received "${until}"`])
  if (!scenario && manifests === '')
    return bad([`${name}: expected a Scenario or Kubernetes manifests, received nothing`])
  const world = new World({
    schema,
    manifests,
    ...(scenario ? { scenario } : {}),
    ...(seed === undefined ? {} : { seed }),
  })
  const applied = world.manifestsResult
  if (applied && applied.exit !== 0) return { stdout: applied.stdout, stderr: applied.stderr, exit: EXIT_BAD_INPUT }
  const { store } = world.cluster.etcd
  const hasGoals = (scenario?.spec.goals?.length ?? 0) > 0
  const limit = durationMs(until ?? scenario?.spec.duration ?? DEFAULT_UNTIL)
  let settledSince: number | undefined
  while (world.now < limit) {
    world.advanceTo(Math.min(limit, world.now + STEP_MS))
    progress?.(world.now, limit)
    if (until !== undefined) continue
    if (hasGoals) {
      if (world.director.goals().every(({ verdict }) => verdict === 'met' || verdict === 'broken')) break
      continue
    }
    if (scenario?.spec.duration !== undefined) continue
    if (!workloadsOf(store).every(({ desired, ready }) => ready >= desired)) settledSince = undefined
    else if (world.now - (settledSince ??= world.now) >= SETTLED_MS) break
  }
  const goals = world.director
    .goals()
    .map(({ id, verdict, at, by }) => ({ id, verdict, at: at === undefined ? null : at / 1000, by: by ?? null }))
  const workloads = workloadsOf(store)
  const warnings = [
    ...(applied?.stderr ?? '').split('\n').filter((line) => line !== ''),
    ...storedOnly(store).map((name) => `${name}: stored, not simulated`),
  ]
  const events = ([...store.scan('events')] as unknown as Event[]).map(
    ({ involvedObject, type, reason, message, count, series }) => ({
      object: `${involvedObject.kind}/${involvedObject.namespace ? `${involvedObject.namespace}/` : ''}${involvedObject.name}`,
      type,
      reason,
      message,
      count: series?.count ?? count ?? 1,
    }),
  )
  const isMet = hasGoals
    ? goals.every(isReached) && !world.director.hasFailed
    : workloads.every(({ desired, ready }) => ready >= desired)
  const exit = isMet ? EXIT_OK : EXIT_NO
  const report = {
    kind: 'RunReport',
    digest: world.digest,
    simulatedSeconds: world.now / 1000,
    goals,
    workloads,
    warnings,
    events,
  }
  if (format === 'json') return { stdout: json(report), stderr: '', exit }
  if (format === 'junit') return { stdout: junit(scenario?.metadata.name ?? name, report), stderr: '', exit }
  return { stdout: textReport(report, applied?.stdout ?? ''), stderr: warnings.map((warning) => `${warning}\n`).join(''), exit }
}

interface Report {
  readonly digest: string
  readonly simulatedSeconds: number
  readonly goals: readonly {
    readonly id: string
    readonly verdict: Verdict
    readonly at: number | null
    readonly by: string | null
  }[]
  readonly workloads: readonly Workload[]
}

function textReport({ digest, simulatedSeconds, goals, workloads }: Report, applied: string): string {
  const lines = [applied.trimEnd()]
  for (const { kind, namespace, name, desired, ready } of workloads)
    lines.push(`${ready >= desired ? '✓' : '✗'} ${kind} ${namespace}/${name}  ${ready}/${desired} ready`)
  for (const { id, verdict, at, by } of goals)
    lines.push(
      `${isReached({ verdict }) ? '✓' : '✗'} goal ${id}  ${verdict}${at === null ? '' : ` at ${at} s`}${by ? `  (${by})` : ''}`,
    )
  lines.push(`${simulatedSeconds} simulated seconds, digest ${digest}`)
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** One test case a goal, or a workload when there are none. */
function junit(name: string, { goals, workloads, simulatedSeconds }: Report): string {
  const cases =
    goals.length > 0
      ? goals.map(({ id, verdict, by }) => ({
          id,
          ok: isReached({ verdict }),
          why: `${verdict}${by ? `: ${by}` : ''}`,
        }))
      : workloads.map(({ kind, namespace, name: own, desired, ready }) => ({
          id: `${kind} ${namespace}/${own}`,
          ok: ready >= desired,
          why: `${ready} of ${desired} ready`,
        }))
  const failures = cases.filter(({ ok }) => !ok).length
  const body = cases.map(({ id, ok, why }) =>
    ok ? `  <testcase name="${escape(id)}"/>` : `  <testcase name="${escape(id)}"><failure message="${escape(why)}"/></testcase>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${escape(name)}" tests="${cases.length}" failures="${failures}" time="${simulatedSeconds}">\n${body.join('\n')}\n</testsuite>\n`
}
