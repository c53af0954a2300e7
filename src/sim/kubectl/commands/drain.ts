import { parseTime } from '../../kernel/time.ts'
import { parseSelector } from '../../kubernetes/api/selectors.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { again, type Command, done, type Invocation, type Outcome, type PlainData } from '../command.ts'
import { drainErrors, type DrainOptions, type DrainPod, drainWarnings, isStuck, judgePod } from '../drain-filters.ts'
import { aggregate, check, errorOf, fail, type Failure, messageOf, statusFailure } from '../failure.ts'
import { fields, items, number, text, texts } from '../fields.ts'
import { formatGoDuration } from '../go-duration.ts'
import { dryRunOf, ObjectPrinter } from '../write-options.ts'
import { CORDON_FLAGS, nodesOf, setUnschedulable } from './cordon.ts'

const RETRY_MS = 5000
const POLL_MS = 1000

/** One Pod on its way off the node: `evict` at `atMs`, or look at `atMs` whether it is gone. */
interface Leaving {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly phase: 'evict' | 'wait'
  readonly atMs: number
}

interface DrainState {
  /** The node that is being drained, then those still to come. */
  readonly nodes: readonly string[]
  readonly pods: readonly Leaving[]
  /** Of the current node's evictions; -1: none. */
  readonly deadlineMs: number
  /** What went wrong with Pods of the current node. */
  readonly errors: readonly string[]
  readonly failed: readonly string[]
  /** One text a failed node; texts of one node stay apart. */
  readonly fatal: readonly (readonly string[])[]
}

const stateOf = (value: unknown): DrainState => {
  const kept = fields(value)
  return {
    nodes: texts(kept['nodes']),
    pods: items(kept['pods']).map((pod) => ({
      namespace: text(pod['namespace']),
      name: text(pod['name']),
      uid: text(pod['uid']),
      phase: pod['phase'] === 'wait' ? 'wait' : 'evict',
      atMs: number(pod['atMs']),
    })),
    deadlineMs: number(kept['deadlineMs']),
    errors: texts(kept['errors']),
    failed: texts(kept['failed']),
    fatal: (Array.isArray(kept['fatal']) ? (kept['fatal'] as readonly unknown[]) : []).map(texts),
  }
}

const toPlain = (state: DrainState): PlainData => ({
  nodes: [...state.nodes],
  pods: state.pods.map((pod) => ({ ...pod })),
  deadlineMs: state.deadlineMs,
  errors: [...state.errors],
  failed: [...state.failed],
  fatal: state.fatal.map((list) => [...list]),
})

const optionsOf = ({ flags }: Invocation): DrainOptions => ({
  force: flags.bool('force'),
  ignoreDaemonSets: flags.bool('ignore-daemonsets'),
  deleteEmptyDirData: flags.bool('delete-emptydir-data'),
  skipWaitSeconds: flags.int('skip-wait-for-delete-timeout'),
})

/** The Pods of a node, judged. Models Helper.GetPodsForDeletion. */
function podsOf(
  invocation: Invocation,
  node: string,
): { readonly pods: readonly DrainPod[]; readonly failures: readonly Failure[] } {
  const { env, flags } = invocation
  const selector = flags.string('pod-selector')
  const listed = env.api.list('pods', {
    fieldSelector: `spec.nodeName=${node}`,
    ...(selector === '' ? {} : { labelSelector: selector }),
  })
  if (!listed.ok) return { pods: [], failures: [statusFailure(listed.status)] }
  const options = optionsOf(invocation)
  const pods = listed.value.items.map((pod) =>
    judgePod(env, pod, options, isStuck(pod, options.skipWaitSeconds, env.unixMs, parseTime)),
  )
  return { pods, failures: drainErrors(pods) }
}

const deleteOptions = ({ flags }: Invocation, isDryRun: boolean): { gracePeriodSeconds?: number; dryRun?: true } => ({
  ...(flags.int('grace-period') >= 0 ? { gracePeriodSeconds: flags.int('grace-period') } : {}),
  ...(isDryRun ? { dryRun: true as const } : {}),
})

class Drain {
  readonly #invocation: Invocation
  readonly #printer: ObjectPrinter
  readonly #dryRun: 'none' | 'client' | 'server'
  #state: DrainState

  constructor(invocation: Invocation, state: DrainState, dryRun: 'none' | 'client' | 'server') {
    this.#invocation = invocation
    this.#dryRun = dryRun
    this.#printer = new ObjectPrinter(invocation, dryRun)
    this.#state = state
  }

  /** Goes on until everything is done or something has to be waited for. */
  run(isNewNode: boolean): Outcome {
    const { env } = this.#invocation
    let isNew = isNewNode
    for (;;) {
      const node = this.#state.nodes[0]
      if (node === undefined) return this.#finish()
      if (isNew && !this.#start(node)) {
        this.#next()
        continue
      }
      isNew = false
      this.#advance()
      if (this.#state.pods.length === 0) {
        this.#endNode(node)
        this.#next()
        isNew = true
        continue
      }
      const dueMs = Math.min(...this.#state.pods.map(({ atMs }) => atMs))
      return again(Math.max(1, dueMs - env.unixMs), toPlain(this.#state))
    }
  }

  #next(): void {
    this.#state = { ...this.#state, nodes: this.#state.nodes.slice(1), pods: [], errors: [] }
  }

  #failNode(node: string, failures: readonly Failure[]): void {
    const failure = aggregate(failures)!
    this.#invocation.out.error(
      `error: unable to drain node ${JSON.stringify(node)} due to error: ${messageOf(failure)}, continuing command...\n`,
    )
    this.#state = {
      ...this.#state,
      failed: [...this.#state.failed, node],
      fatal: [...this.#state.fatal, failures.map(messageOf)],
    }
  }

  #drained(node: string): void {
    const found = this.#invocation.env.api.get('nodes', '', node)
    const object = found.ok ? found.value : ({ apiVersion: 'v1', kind: 'Node', metadata: { name: node } } satisfies AnyObject)
    check(this.#printer.print(object, 'drained'))
  }

  /** False: the node is already dealt with. */
  #start(node: string): boolean {
    const { env, flags, out } = this.#invocation
    const { pods, failures } = podsOf(this.#invocation, node)
    if (failures.length > 0) {
      this.#failNode(node, failures)
      return false
    }
    const warnings = drainWarnings(pods)
    if (warnings !== '') out.error(`Warning: ${warnings}\n`)
    const leaving = pods.filter(({ isDeleted }) => isDeleted).map(({ pod }) => pod)
    if (this.#dryRun === 'client') {
      for (const { metadata } of leaving) out.print(`evicting pod ${metadata.namespace}/${metadata.name} (dry run)\n`)
      this.#drained(node)
      return false
    }
    const timeoutMs = flags.duration('timeout')
    const isDeleting = flags.bool('disable-eviction')
    this.#state = {
      ...this.#state,
      deadlineMs: timeoutMs > 0 ? env.unixMs + timeoutMs : -1,
      errors: [],
      pods: leaving.map(({ metadata }) => ({
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        uid: metadata.uid ?? '',
        phase: isDeleting ? 'wait' : 'evict',
        atMs: env.unixMs,
      })),
    }
    if (isDeleting && !this.#deleteAll(node)) return false
    return true
  }

  #deleteAll(node: string): boolean {
    const { env, out } = this.#invocation
    for (const { namespace, name } of this.#state.pods) {
      const answer = env.api.delete('pods', namespace, name, deleteOptions(this.#invocation, this.#dryRun === 'server'))
      out.warn(answer.warnings)
      if (answer.ok || answer.status.reason === 'NotFound') continue
      this.#state = { ...this.#state, errors: [answer.status.message] }
      this.#endNode(node)
      return false
    }
    if (this.#dryRun !== 'none') this.#state = { ...this.#state, pods: [] }
    return true
  }

  /** Does what is due for each Pod. */
  #advance(): void {
    const { env } = this.#invocation
    const left: Leaving[] = []
    for (const pod of this.#state.pods) {
      if (pod.atMs > env.unixMs) left.push(pod)
      else {
        const next = pod.phase === 'evict' ? this.#evict(pod) : this.#look(pod)
        if (next) left.push(next)
      }
    }
    this.#state = { ...this.#state, pods: left }
  }

  #error(message: string): undefined {
    this.#state = { ...this.#state, errors: [...this.#state.errors, message] }
    return undefined
  }

  #evict(pod: Leaving): Leaving | undefined {
    const { env, flags, out } = this.#invocation
    const { namespace, name } = pod
    const where = `pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`
    out.print(`evicting pod ${namespace}/${name}${this.#dryRun === 'server' ? ' (server dry run)' : ''}\n`)
    if (this.#state.deadlineMs >= 0 && env.unixMs >= this.#state.deadlineMs)
      return this.#error(`error when evicting ${where}: global timeout reached: ${formatGoDuration(flags.duration('timeout'))}`)
    const answer = env.api.create(
      'pods',
      namespace,
      {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: deleteOptions(this.#invocation, false),
      },
      { subresource: 'eviction', name, ...(this.#dryRun === 'server' ? { dryRun: true } : {}) },
    )
    out.warn(answer.warnings)
    if (answer.ok) return this.#dryRun === 'server' ? undefined : this.#look({ ...pod, phase: 'wait' })
    const { reason, message } = answer.status
    const isNamespaceGoing =
      reason === 'Forbidden' && answer.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true
    const fresh = env.api.get('pods', namespace, name)
    if (reason === 'NotFound') return undefined
    if (isNamespaceGoing && fresh.ok && fresh.value.metadata.deletionTimestamp !== undefined)
      return this.#look({ ...pod, phase: 'wait' })
    if (reason === 'TooManyRequests')
      out.error(`error when evicting ${where} (will retry after ${formatGoDuration(RETRY_MS)}): ${message}\n`)
    else if (isNamespaceGoing)
      out.error(
        `error when evicting pod ${JSON.stringify(name)} from terminating namespace ${JSON.stringify(namespace)} (will retry after ${formatGoDuration(RETRY_MS)}): ${message}\n`,
      )
    else return this.#error(`error when evicting ${where}: ${message}`)
    return { ...pod, atMs: env.unixMs + RETRY_MS, uid: (fresh.ok ? fresh.value.metadata.uid : undefined) ?? pod.uid }
  }

  /** Is the Pod gone? */
  #look(pod: Leaving): Leaving | undefined {
    const { env, flags, out } = this.#invocation
    const { namespace, name, uid } = pod
    const isEviction = !flags.bool('disable-eviction')
    const found = env.api.get('pods', namespace, name)
    const gone: AnyObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } }
    if (found.ok ? found.value.metadata.uid !== uid : found.status.reason === 'NotFound') {
      check(this.#printer.print(gone, isEviction ? 'evicted' : 'deleted'))
      return undefined
    }
    const failed = (message: string): undefined =>
      this.#error(
        isEviction
          ? `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate: ${message}`
          : message,
      )
    if (!found.ok) {
      check(this.#printer.print(gone, isEviction ? 'eviction failed' : 'deletion failed'))
      return failed(found.status.message)
    }
    const skipSeconds = flags.int('skip-wait-for-delete-timeout')
    if (isStuck(found.value, skipSeconds, env.unixMs, parseTime)) {
      out.print(`pod ${JSON.stringify(name)} has DeletionTimestamp older than ${skipSeconds} seconds, skipping\n`)
      return undefined
    }
    const { deadlineMs } = this.#state
    if (deadlineMs >= 0 && env.unixMs >= deadlineMs) return failed('context deadline exceeded')
    const nextMs = env.unixMs + POLL_MS
    return { ...pod, phase: 'wait', atMs: deadlineMs >= 0 ? Math.min(nextMs, deadlineMs) : nextMs }
  }

  #endNode(node: string): void {
    const { out } = this.#invocation
    const failures = this.#state.errors.map(errorOf)
    if (failures.length === 0) return this.#drained(node)
    const pending = podsOf(this.#invocation, node)
    const names = pending.pods.filter(({ isDeleted }) => isDeleted)
    if (names.length > 0) {
      out.error(
        `There are pending pods in node ${JSON.stringify(node)} when an error occurred: ${messageOf(aggregate(failures)!)}\n${names.map(({ pod }) => `pod/${pod.metadata.name}\n`).join('')}`,
      )
    }
    const again = aggregate(pending.failures)
    if (again) out.error(`Following errors occurred while getting the list of pods to delete:\n${messageOf(again)}`)
    this.#failNode(node, failures)
  }

  #finish(): Outcome {
    const { failed, fatal } = this.#state
    if (failed.length > 0)
      this.#invocation.out.error(`There are pending nodes to be drained:\n${failed.map((node) => ` ${node}\n`).join('')}`)
    // The texts of a single failed node are unwrapped; those of several are printed a line each, node by node.
    const aggregates = fatal.map((messages) => aggregate(messages.map(errorOf))!)
    if (aggregates.length === 1) {
      const only = aggregates[0]!
      if (only.type === 'several' && only.failures.length > 1) check(only)
      this.#invocation.out.error(`${messageOf(only)}\n`)
      return done(1)
    }
    check(aggregate(aggregates))
    return done()
  }
}

/**
 * Cordons nodes and evicts their Pods. Models kubectl pkg/cmd/drain and pkg/drain (v1.35): evictions are tried again every 5 s, the end
 * of a Pod is looked for every second.
 */
export const drain: Command = {
  path: ['drain'],
  summary: 'Empty a node for maintenance',
  usage: 'NODE',
  completes: 'nodes',
  flags: [
    ...CORDON_FLAGS,
    { name: 'force', type: 'bool', summary: 'Pods without a controller, too' },
    { name: 'ignore-daemonsets', type: 'bool', summary: 'Leave the Pods of DaemonSets' },
    { name: 'delete-emptydir-data', type: 'bool', summary: 'Pods with emptyDir volumes, too' },
    { name: 'grace-period', type: 'int', default: '-1', summary: 'Seconds to stop in; -1: as the Pod says' },
    { name: 'timeout', type: 'duration', default: '0s', summary: 'When to give up; 0: never' },
    { name: 'pod-selector', type: 'string', meaning: 'label', summary: 'Only these Pods' },
    { name: 'disable-eviction', type: 'bool', summary: 'Delete instead: budgets do not count' },
    {
      name: 'skip-wait-for-delete-timeout',
      type: 'int',
      default: '0',
      summary: 'Do not wait for Pods that terminate for longer (seconds)',
    },
    { name: 'chunk-size', type: 'int64', default: '500', summary: 'Size of list chunks' },
  ],
  run(invocation) {
    const dryRun = dryRunOf(invocation)
    const selector = invocation.flags.string('pod-selector')
    const infos = nodesOf(invocation)
    if (selector !== '' && !parseSelector(selector).ok) fail('--pod-selector=<pod_selector> must be a valid label selector')
    setUnschedulable(invocation, infos, true, dryRun)
    const state: DrainState = {
      nodes: infos.map(({ name }) => name),
      pods: [],
      deadlineMs: -1,
      errors: [],
      failed: [],
      fatal: [],
    }
    return new Drain(invocation, state, dryRun).run(true)
  },
  resume(invocation, state) {
    return new Drain(invocation, stateOf(state), dryRunOf(invocation)).run(false)
  },
}
