import { subresourceOf } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { again, type Command, done, type Invocation, type Outcome } from '../command.ts'
import { check, errorOf, fail, type Failure, hasReason, statusFailure } from '../failure.ts'
import { fields, items, number, text } from '../fields.ts'
import { collect, type Info, select } from '../resource-builder.ts'
import {
  ALL_FLAG,
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  type DryRun,
  dryRunOf,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFlags,
  SELECTOR_FLAG,
  warnOfRecord,
} from '../write-options.ts'

const POLL_MS = 1000
const CONFLICT_RETRIES = 5
const NOT_FOUND = { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }

/** Models genericScaler.ScaleSimple. */
function scaleOnce(invocation: Invocation, info: Info, dryRun: DryRun): Failure | undefined {
  const { env, flags } = invocation
  const options = { subresource: 'scale', ...(dryRun === 'server' ? { dryRun: true } : {}), fieldManager: 'kubectl' } as const
  const replicas = flags.int('replicas')
  const expected = flags.int('current-replicas')
  const version = flags.string('resource-version')
  const current = env.api.get(info.resource.key, info.namespace, info.name)
  if (expected !== -1 || version !== '') {
    if (!current.ok) return statusFailure(current.status)
    const had = number(fields(current.value['spec'])['replicas'])
    if (expected !== -1 && had !== expected) return errorOf(`Expected replicas to be ${expected}, was ${had}`)
    const hasVersion = current.value.metadata.resourceVersion ?? ''
    if (version !== '' && version !== hasVersion) return errorOf(`Expected resource version to be ${version}, was ${hasVersion}`)
  }
  const patched = answered(
    invocation,
    env.api.patch(info.resource.key, info.namespace, info.name, { type: 'merge', body: { spec: { replicas } } }, options),
  )
  return 'failure' in patched ? patched.failure : undefined
}

function scaleObject(invocation: Invocation, info: Info, dryRun: DryRun): Failure | undefined {
  if (!subresourceOf(info.resource, 'scale')) return statusFailure(NOT_FOUND)
  let failure: Failure | undefined
  for (let attempt = 0; attempt < CONFLICT_RETRIES; attempt++) {
    failure = scaleOnce(invocation, info, dryRun)
    if (!hasReason(failure, 'Conflict')) break
  }
  return failure
}

interface Target {
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly apiVersion: string
  readonly kind: string
}

/** `--timeout`: one object after the other, each with its own time. Models WaitForScaleHasDesiredReplicas. */
function waitForReplicas(invocation: Invocation, targets: readonly Target[], deadlineMs: number): Outcome {
  const { env, flags } = invocation
  const [target, ...rest] = targets
  if (!target) return done()
  const found = env.api.get(target.resource, target.namespace, target.name)
  if (!found.ok) check(statusFailure(found.status))
  const object = found.ok ? found.value : undefined
  const wanted = number(fields(object?.['spec'])['replicas'])
  const isDone = wanted !== flags.int('replicas') || number(fields(object?.['status'])['replicas']) === wanted
  if (!isDone) {
    if (env.unixMs >= deadlineMs) fail(`timed out waiting for ${JSON.stringify(target.name)} to be synced`)
    return again(Math.min(POLL_MS, deadlineMs - env.unixMs), { targets: targets.map((one) => ({ ...one })), deadlineMs })
  }
  const printer = new ObjectPrinter(invocation, 'none')
  check(printer.print(object as AnyObject, 'scaled'))
  return waitForReplicas(invocation, rest, env.unixMs + flags.duration('timeout'))
}

/** Models kubectl pkg/cmd/scale (v1.35). */
export const scale: Command = {
  path: ['scale'],
  summary: 'Set the number of Pods of a workload',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    ALL_FLAG,
    SELECTOR_FLAG,
    { name: 'replicas', type: 'int', default: '0', summary: 'The wanted number' },
    { name: 'current-replicas', type: 'int', default: '-1', summary: 'Only if this is the number now' },
    { name: 'resource-version', type: 'string', summary: 'Only if the object is of this version' },
    { name: 'timeout', type: 'duration', default: '0s', summary: 'How long to wait for it; 0: not at all' },
  ],
  run(invocation) {
    requireFlags(invocation, 'replicas')
    warnOfRecord(invocation)
    const { args, env, flags } = invocation
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    if (flags.int('replicas') < 0) fail('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
    if (flags.int('current-replicas') < -1) fail('The --current-replicas must specify an integer of -1 or greater')
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args,
      labelSelector: flags.string('selector'),
      allowTypeAlone: flags.bool('all'),
    })
    check(selection.failure)
    const { infos, failure } = collect(selection)
    if (flags.string('resource-version') !== '' && infos.length > 1) fail('cannot use --resource-version with multiple resources')
    if (infos.length === 0) check(failure ?? errorOf('no objects passed to scale'))
    const timeoutMs = flags.duration('timeout')
    const waits = timeoutMs !== 0 && dryRun === 'none'
    const targets: Target[] = []
    for (const info of infos) {
      if (dryRun === 'client') {
        check(printer.print(info.object!, 'scaled'))
        continue
      }
      check(scaleObject(invocation, info, dryRun))
      if (flags.bool('record')) {
        const { annotations } = recorded(invocation, info.object!).metadata
        env.api.patch(info.resource.key, info.namespace, info.name, { type: 'merge', body: { metadata: { annotations } } })
      }
      const { apiVersion, kind } = info.object!
      if (waits) targets.push({ resource: info.resource.key, namespace: info.namespace, name: info.name, apiVersion, kind })
      else check(printer.print(info.object!, 'scaled'))
    }
    check(failure)
    return waits ? waitForReplicas(invocation, targets, env.unixMs + timeoutMs) : done()
  },
  resume(invocation, state) {
    const kept = fields(state)
    const targets = items(kept['targets']).map((target) => ({
      resource: text(target['resource']),
      namespace: text(target['namespace']),
      name: text(target['name']),
      apiVersion: text(target['apiVersion']),
      kind: text(target['kind']),
    }))
    return waitForReplicas(invocation, targets, number(kept['deadlineMs']))
  },
}
