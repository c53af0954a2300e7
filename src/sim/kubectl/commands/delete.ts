import type { DeleteOptions } from '../../kubernetes/api/client.ts'
import { again, type Command, done, type Invocation, type Outcome, type PlainData } from '../command.ts'
import { check, fail, type Failure, isNotFound, statusFailure, withoutFailures, withSource } from '../failure.ts'
import { fields, items, number, text } from '../fields.ts'
import { type Info, kindName, select, type Selection } from '../resource-builder.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  builderOptionsOf,
  deleteFlags,
  DRY_RUN_FLAG,
  type DryRun,
  dryRunOf,
  FIELD_SELECTOR_FLAG,
  isNamespaceGiven,
  SELECTOR_FLAG,
} from '../write-options.ts'

const POLICIES = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const
const FOREVER_MS = 168 * 3_600_000
const POLL_MS = 1000
const FORCE_WARNING =
  'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n'

/** What is deleted and how. */
export interface DeletePlan {
  readonly gracePeriodSeconds: number
  readonly propagationPolicy: NonNullable<DeleteOptions['propagationPolicy']>
  readonly ignoresNotFound: boolean
  readonly dryRun: DryRun
  readonly output: string
}

/** An object whose end is waited for. */
export interface Awaited {
  readonly resource: string
  readonly plural: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** Models genericclioptions.DeleteFlags.ToOptions. */
export function propagationPolicyOf({ flags }: Invocation): DeletePlan['propagationPolicy'] {
  const value = flags.string('cascade')
  switch (value) {
    case 'background':
    case 'foreground':
    case 'orphan':
      return POLICIES[value]
    case 'true':
    case 'false':
    case 't':
    case 'f':
    case '1':
    case '0':
    case 'TRUE':
    case 'FALSE':
    case 'True':
    case 'False':
    case 'T':
    case 'F': {
      const isOn = /^(1|t)/i.test(value)
      return isOn ? 'Background' : 'Orphan'
    }
    default:
      return fail(`invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`)
  }
}

function printDeleted({ out }: Invocation, info: Info, plan: DeletePlan): void {
  const kind = kindName(info.resource)
  if (plan.output === 'name') return out.print(`${kind}/${info.name}\n`)
  let operation = plan.gracePeriodSeconds === 0 ? 'force deleted' : 'deleted'
  if (info.resource.namespaced) operation += ` from ${info.namespace} namespace`
  if (plan.dryRun !== 'none') operation += plan.dryRun === 'client' ? ' (dry run)' : ' (server dry run)'
  out.print(`${kind} "${info.name}" ${operation}\n`)
}

/** Deletes what is selected; gives what has to be waited for. Models DeleteOptions.DeleteResult. */
export function deleteSelection(
  invocation: Invocation,
  selection: Selection,
  plan: DeletePlan,
): { readonly awaited: readonly Awaited[]; readonly failure: Failure | undefined; readonly found: number } {
  const { env, out } = invocation
  const awaited: Awaited[] = []
  let found = 0
  let warnsOfScope = isNamespaceGiven(invocation) && !invocation.flags.bool('all-namespaces')
  const failure = selection.visit((info) => {
    found += 1
    if (warnsOfScope && !info.resource.namespaced) {
      out.error('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n')
      warnsOfScope = false
    }
    if (plan.dryRun === 'client') {
      printDeleted(invocation, info, plan)
      return undefined
    }
    const before = env.api.get(info.resource.key, info.namespace, info.name)
    const answer = env.api.delete(info.resource.key, info.namespace, info.name, {
      propagationPolicy: plan.propagationPolicy,
      ...(plan.gracePeriodSeconds >= 0 ? { gracePeriodSeconds: plan.gracePeriodSeconds } : {}),
      ...(plan.dryRun === 'server' ? { dryRun: true } : {}),
    })
    out.warn(answer.warnings)
    if (!answer.ok) return withSource('deleting', info.source, statusFailure(answer.status))
    printDeleted(invocation, info, plan)
    awaited.push({
      resource: info.resource.key,
      plural: info.resource.plural,
      namespace: info.namespace,
      name: info.name,
      uid: (before.ok ? before.value.metadata.uid : undefined) ?? '',
    })
    return undefined
  })
  return { awaited, failure: plan.ignoresNotFound ? withoutFailures(failure, isNotFound) : failure, found }
}

const toPlain = (awaited: readonly Awaited[]): PlainData => awaited.map((one) => ({ ...one }))
export const awaitedOf = (state: unknown): readonly Awaited[] =>
  items(state).map((one) => ({
    resource: text(one['resource']),
    plural: text(one['plural']),
    namespace: text(one['namespace']),
    name: text(one['name']),
    uid: text(one['uid']),
  }))

/** Which of them are still there. */
export const remaining = ({ env }: Invocation, awaited: readonly Awaited[]): readonly Awaited[] =>
  awaited.filter(({ resource, namespace, name, uid }) => {
    const got = env.api.get(resource, namespace, name)
    if (!got.ok) return got.status.code === 0
    return uid === '' || got.value.metadata.uid === uid
  })

function waitForDeletion(invocation: Invocation, awaited: readonly Awaited[], deadlineMs: number): Outcome {
  const left = remaining(invocation, awaited)
  if (left.length === 0) return done()
  const { unixMs } = invocation.env
  if (unixMs >= deadlineMs) fail(`timed out waiting for the condition on ${left[0]!.plural}/${left[0]!.name}`)
  return again(Math.min(POLL_MS, deadlineMs - unixMs), { awaited: toPlain(left), deadlineMs })
}

/** `delete`. Models kubectl pkg/cmd/delete (v1.35). Simplified: looks once a second for what it waits for; upstream watches. */
export const deleteCommand: Command = {
  path: ['delete'],
  summary: 'Delete objects',
  usage: '([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  completes: 'resources',
  flags: [
    ...deleteFlags('Remove from the API at once, without waiting for the node'),
    DRY_RUN_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: 'now', type: 'bool', summary: 'Stop in a second' },
    { name: 'ignore-not-found', type: 'bool', summary: 'Missing objects are no error' },
    { name: 'output', shorthand: 'o', type: 'string', meaning: 'output', values: ['name'], summary: 'Output format' },
    { name: 'raw', type: 'string', summary: 'Path of the API' },
    { name: 'interactive', shorthand: 'i', type: 'bool', summary: 'Ask before deleting' },
  ],
  run(invocation) {
    const { args, flags, out } = invocation
    const propagationPolicy = propagationPolicyOf(invocation)
    const selectsMany = flags.bool('all') || flags.string('selector') !== '' || flags.string('field-selector') !== ''
    let gracePeriodSeconds = flags.int('grace-period')
    const isForced = flags.bool('force')
    if (flags.bool('now')) {
      if (gracePeriodSeconds !== -1) fail('--now and --grace-period cannot be specified together')
      gracePeriodSeconds = 1
    }
    if (gracePeriodSeconds === 0 && !isForced) gracePeriodSeconds = 1
    if (isForced && gracePeriodSeconds < 0) gracePeriodSeconds = 0
    const dryRun = dryRunOf(invocation)
    if (flags.string('raw') !== '') fail('--raw is not part of this simulator: name the object')
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args,
      labelSelector: flags.string('selector'),
      fieldSelector: flags.string('field-selector'),
      selectAll: flags.bool('all'),
      allNamespaces: flags.bool('all-namespaces'),
      requireObject: false,
    })
    check(selection.failure)
    const output = flags.string('output')
    if (output !== '' && output !== 'name') fail(`unexpected -o output mode: ${output}. We only support '-o name'`)
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    if (flags.bool('all') && flags.string('field-selector') !== '') fail('cannot set --all and --field-selector at the same time')
    if (gracePeriodSeconds === 0 && isForced) out.error(FORCE_WARNING)
    if (gracePeriodSeconds > 0 && isForced) fail('--force and --grace-period greater than 0 cannot be specified together')
    if (flags.bool('interactive')) fail('--interactive is not part of this simulator: look at the objects with kubectl get first')
    const { awaited, failure, found } = deleteSelection(invocation, selection, {
      gracePeriodSeconds,
      propagationPolicy,
      ignoresNotFound: flags.changed('ignore-not-found') ? flags.bool('ignore-not-found') : selectsMany,
      dryRun,
      output,
    })
    check(failure)
    if (found === 0) {
      out.print('No resources found\n')
      return done()
    }
    if (!flags.bool('wait') || dryRun !== 'none') return done()
    const timeoutMs = flags.duration('timeout') || FOREVER_MS
    return waitForDeletion(invocation, awaited, invocation.env.unixMs + timeoutMs)
  },
  resume(invocation, state) {
    const kept = fields(state)
    return waitForDeletion(invocation, awaitedOf(kept['awaited']), number(kept['deadlineMs']))
  },
}
