import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { RandomStreams } from '../sim/kernel/rng.ts'
import type { AnyObject, Pod } from '../sim/kubernetes/api/types.ts'
import type { ClusterCache } from '../sim/kubernetes/scheduler/cache.ts'
import { readConfiguration } from '../sim/kubernetes/scheduler/configuration.ts'
import { SchedulingCycles } from '../sim/kubernetes/scheduler/cycle.ts'
import { decisionData, type DecisionData } from '../sim/kubernetes/scheduler/decision.ts'
import { readDump } from '../sim/kubernetes/scheduler/dump.ts'
import { dumpProblems, withoutNulls } from '../sim/kubernetes/scheduler/dump-schema.ts'
import { deletingNote, NO_NODES } from '../sim/kubernetes/scheduler/messages.ts'
import { podKey } from '../sim/kubernetes/scheduler/pod-info.ts'
import type { Profile } from '../sim/kubernetes/scheduler/profile.ts'
import { MAX_YAML_DEPTH } from '../sim/scenario/yaml-guard.ts'
import { nestingOf, yamlNesting } from './yaml-nesting.ts'

export interface InputFile {
  readonly name: string
  readonly text: string
}

export interface ScheduleOptions {
  /** Cluster dumps: what `kubectl get nodes,pods -A -o yaml` prints, or any YAML or JSON stream of objects. */
  readonly files: readonly InputFile[]
  /** A KubeSchedulerConfiguration; absent: the default one. */
  readonly config?: InputFile
  /** Judge each Pod against the dump as given; otherwise each binding counts for the next. */
  readonly alone: boolean
  readonly format: 'text' | 'json'
  /** Decides between nodes of equal total. */
  readonly seed?: number
}

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** 0, or 2 for input that cannot be read. */
  readonly exit: number
}

interface ReportedDecision {
  readonly pod: string
  readonly node: string | null
  readonly message: string
  readonly nodes: DecisionData['nodes']
  readonly tied: readonly string[]
  readonly preemption?: { readonly node: string; readonly victims: readonly string[] }
}

const MAX_ALIASES = 100
const DEFAULT_SEED = 42

/** `clusterlab schedule`: what the scheduler decides for each pending Pod of a dump, in the order of the dump, without time. */
export function schedule({ files, config, alone, format, seed = DEFAULT_SEED }: ScheduleOptions): CommandResult {
  const problems: string[] = []
  const objects = files.flatMap((file) => readObjects(file, problems))
  const profiles = readProfiles(config, problems)
  if (problems.length > 0) return { stdout: '', stderr: problems.map((line) => `${line}\n`).join(''), exit: 2 }

  const decisions = decideAll(objects, profiles, alone, seed)
  const stdout =
    format === 'json'
      ? `${JSON.stringify({ kind: 'ScheduleReport', decisions }, null, 2)}\n`
      : decisions.map(printDecision).join('\n')
  return { stdout, stderr: '', exit: 0 }
}

// Deciding ------------------------------------------------------------------------------------------------------------

function decideAll(
  objects: readonly AnyObject[],
  profiles: readonly Profile[],
  alone: boolean,
  seed: number,
): readonly ReportedDecision[] {
  const { cluster, pending } = readDump(objects)
  const rng = new RandomStreams(seed).stream('scheduler')
  const cycles = new Map(profiles.map((profile) => [profile.schedulerName, new SchedulingCycles(cluster, profile)]))
  const now = latestStart(cluster)
  return pending.map((pod) => {
    const info = cluster.reader.read(pod)
    const runs = cycles.get(info.shape.schedulerName)
    const obstacle = obstacleTo(pod, info.shape.schedulerName, runs !== undefined)
    if (obstacle !== undefined || !runs) return { pod: info.key, node: null, message: obstacle ?? NO_NODES, nodes: [], tied: [] }
    if (alone) cluster.nextStart = 0
    const decision = runs.decide(info, { random: (bound) => rng.int(bound), now })
    const { node, message, nodes, tied, preemption } = decisionData(decision.record)
    if (!alone) {
      if (decision.node) runs.assume(decision, decision.node)
      else if (decision.preemption) cluster.nominate(info, decision.preemption.node)
      else if (decision.clearsNomination) cluster.unnominate(info.key)
    }
    return {
      pod: info.key,
      node,
      message,
      nodes,
      tied,
      ...(preemption ? { preemption: { node: preemption.node, victims: preemption.victims } } : {}),
    }
  })
}

/** Why the scheduler does not even try. */
function obstacleTo(pod: Pod, schedulerName: string, hasProfile: boolean): string | undefined {
  if (!hasProfile) return `no profile for schedulerName "${schedulerName}"`
  if ((pod.spec.schedulingGates ?? []).length > 0) return 'Scheduling is blocked due to non-empty scheduling gates'
  return pod.metadata.deletionTimestamp ? deletingNote(podKey(pod)) : undefined
}

/** A dump has no clock: now is when the last Pod was started. */
function latestStart(cluster: ClusterCache): number {
  let latest = 0
  for (const node of cluster.nodes) for (const { startTime } of node.pods) latest = Math.max(latest, startTime ?? 0)
  return latest
}

// Reading -------------------------------------------------------------------------------------------------------------

interface Read {
  readonly value: unknown
  /** 1-based line of a place in the value. */
  readonly lineOf: (path: readonly (string | number)[]) => number
}

const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')

/** One JSON document; undefined when the text is not that. */
function parseJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    // The YAML parser will say what is wrong, and where.
    return undefined
  }
}

/** The documents of a YAML or JSON stream; problems are noted with file and line. */
function readDocuments({ name, text }: InputFile, problems: string[]): readonly Read[] {
  const json = parseJson(text)
  const depth = json ? nestingOf(json.value) : yamlNesting(text)
  if (depth > MAX_YAML_DEPTH) {
    problems.push(`${name}:1: expected at most ${MAX_YAML_DEPTH} levels of nesting, received ${depth}`)
    return []
  }
  if (json) return [{ value: json.value, lineOf: () => 1 }]
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  return (Array.isArray(documents) ? documents : []).flatMap((document: Document) => {
    const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line)
    if (document.errors.length > 0) {
      for (const { pos, message } of document.errors)
        problems.push(`${name}:${lineAt(pos[0])}: expected YAML, received: ${message}`)
      return []
    }
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: MAX_ALIASES })
    } catch {
      problems.push(`${name}:${lineAt(document.range?.[0] ?? 0)}: expected at most ${MAX_ALIASES} uses of aliases, received more`)
      return []
    }
    if (value === null || value === undefined) return []
    const lineOf = (path: readonly (string | number)[]): number => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true)
        if (isNode(node) && node.range) return lineAt(node.range[0])
      }
      return lineAt(document.contents?.range?.[0] ?? document.range?.[0] ?? 0)
    }
    return [{ value, lineOf }]
  })
}

function readObjects(file: InputFile, problems: string[]): readonly AnyObject[] {
  const objects: AnyObject[] = []
  const take = (value: unknown, path: readonly (string | number)[], { lineOf }: Read): void => {
    const { kind, items } = (typeof value === 'object' && value !== null ? value : {}) as { kind?: unknown; items?: unknown }
    if (typeof kind === 'string' && kind.endsWith('List') && (items === undefined || Array.isArray(items))) {
      for (const [i, item] of (items ?? []).entries()) take(item, [...path, 'items', i], { value, lineOf })
      return
    }
    const object = withoutNulls(value)
    const found = dumpProblems(object)
    for (const problem of found) {
      const whole = [...path, ...problem.path]
      const at = whole.length > 0 ? ` ${pathText(whole)}:` : ''
      problems.push(`${file.name}:${lineOf(whole)}:${at} expected ${problem.expected}, received ${problem.received}`)
    }
    if (found.length === 0) objects.push(object as AnyObject)
  }
  for (const read of readDocuments(file, problems)) take(read.value, [], read)
  return objects
}

function readProfiles(file: InputFile | undefined, problems: string[]): readonly Profile[] {
  const documents = file ? readDocuments(file, problems) : []
  if (file && documents.length !== 1) {
    if (problems.length === 0)
      problems.push(`${file.name}:1: expected one KubeSchedulerConfiguration, received ${documents.length} documents`)
    return []
  }
  const answer = readConfiguration(documents[0]?.value)
  if (answer.ok) return answer.value.profiles
  const found = answer.problems.map(({ path, expected, received }) => {
    const parts = path
      .split(/[.[\]]+/)
      .filter((part) => part !== '')
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
    return { line: documents[0]?.lineOf(parts) ?? 1, text: `${path}: expected ${expected}, received ${received}` }
  })
  found.sort((a, b) => a.line - b.line)
  problems.push(...found.map(({ line, text }) => `${file?.name ?? ''}:${line}: ${text}`))
  return []
}

// Printing ------------------------------------------------------------------------------------------------------------

function printDecision({ pod, node, message, nodes, tied, preemption }: ReportedDecision): string {
  const lines = [`${pod}  ${node === null ? 'is not scheduled' : `→ ${node}`}`]
  if (message !== '') lines.push(`  ${message}`)
  if (preemption) lines.push(`  preempts ${preemption.victims.join(', ')} on ${preemption.node}`)
  if (tied.length > 1) lines.push(`  tied: ${tied.join(', ')}`)
  if (nodes.length > 0) lines.push(...printTable(nodes).map((line) => `  ${line}`))
  return `${lines.join('\n')}\n`
}

/** Nodes by plugins: weighted scores, or why not. */
function printTable(nodes: ReportedDecision['nodes']): readonly string[] {
  const plugins = [...new Set(nodes.flatMap(({ scores = {} }) => Object.keys(scores)))]
  const isScored = plugins.length > 0
  const rows = [
    ['NODE', ...plugins, ...(isScored ? ['TOTAL'] : []), 'STATUS'],
    ...nodes.map(({ name, scores, total, feasible, rejectedBy, reasons }) => [
      name,
      ...plugins.map((plugin) => (scores ? String(scores[plugin]?.weighted ?? 0) : '-')),
      ...(isScored ? [total === undefined ? '-' : String(total)] : []),
      feasible ? 'fits' : `${rejectedBy ? `${rejectedBy}: ` : ''}${reasons.join(', ')}`,
    ]),
  ]
  const last = rows[0]!.length - 1
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === last) return cell
        return column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      })
      .join('  '),
  )
}
