import { createThreeWayMergePatch } from '../../kubernetes/api/json-merge-patch.ts'
import type { Resource } from '../../kubernetes/api/resources.ts'
import { createThreeWayStrategicPatch } from '../../kubernetes/api/strategic-merge.ts'
import type { Patch, WriteOptions } from '../../kubernetes/api/client.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { convertToStored } from '../../kubernetes/apiserver/conversion.ts'
import { lastAppliedOf, LAST_APPLIED, withLastApplied } from '../apply/last-applied.ts'
import { type Command, done, type Environment, type Invocation } from '../command.ts'
import {
  aggregate,
  check,
  errorOf,
  fail,
  type Failure,
  hasReason,
  isNotFound,
  messageOf,
  usageError,
  withSource,
} from '../failure.ts'
import { isFields } from '../fields.ts'
import { compactJson } from '../printers/json.ts'
import { collect, type Info, refresh, retrieve, select } from '../resource-builder.ts'
import {
  ALL_FLAG,
  answered,
  builderOptionsOf,
  deleteFlags,
  DRY_RUN_FLAG,
  type DryRun,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFilename,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
  warnOfRecord,
  withoutVersion,
} from '../write-options.ts'

const CONFLICT_HELP = `
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

const PATCH_RETRIES = 5

interface Run {
  readonly invocation: Invocation
  readonly dryRun: DryRun
  readonly printer: ObjectPrinter
  readonly write: WriteOptions
}

/** Nulls in a new manifest mean the same as leaving the field out, as they do when it is applied again. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])))
}

const infoText = ({ resource, name, namespace }: Info): string => {
  const version = `${resource.group}/${resource.version}`
  return `Resource: "${version}, Resource=${resource.plural}", GroupVersionKind: "${version}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace}"`
}

/** The patch from the live object to the manifest. Models kubectl pkg/cmd/apply Patcher (v1.35). */
export function applyPatch(
  env: Environment,
  resource: Resource,
  manifest: AnyObject,
  current: AnyObject,
): { readonly patch: Patch; readonly text: string } | Failure {
  // Upstream compares in the manifest's version; here all three are brought into the stored one.
  const modified = convertToStored(resource, manifest)
  let original: Readonly<Record<string, unknown>> = {}
  const kept = lastAppliedOf(current)
  if (kept !== undefined) {
    try {
      const parsed: unknown = JSON.parse(kept)
      original = isFields(parsed) ? convertToStored(resource, parsed as unknown as AnyObject) : {}
    } catch {
      return errorOf('Invalid JSON document')
    }
  }
  const struct = env.schema.kind(current.apiVersion, current.kind)
  if (!struct) {
    const body = createThreeWayMergePatch(original, modified, current)
    return { patch: { type: 'merge', body }, text: compactJson(body) }
  }
  const made = createThreeWayStrategicPatch(original, modified, current, struct)
  return made.ok ? { patch: { type: 'strategic', body: made.value }, text: compactJson(made.value) } : errorOf(made.message)
}

function warnIfDeleting({ invocation }: Run, object: AnyObject): void {
  if (object.metadata.deletionTimestamp !== undefined)
    invocation.out.error(`Warning: Detected changes to resource ${object.metadata.name} which is currently being deleted.\n`)
}

function printed(run: Run, info: Info, operation: string): Failure | undefined {
  return run.printer.isWholeObject || !info.object ? undefined : run.printer.print(info.object, operation)
}

function applyServerSide(run: Run, info: Info, manifest: AnyObject): Failure | undefined {
  const { invocation, write } = run
  const force = invocation.flags.bool('force-conflicts')
  const subresource = invocation.flags.string('subresource')
  const answer = answered(
    invocation,
    invocation.env.api.patch(
      info.resource.key,
      info.namespace,
      info.name,
      { type: 'apply', body: manifest },
      {
        ...write,
        force,
        ...(subresource === 'status' || subresource === 'scale' ? { subresource } : {}),
      },
    ),
  )
  if ('failure' in answer)
    return hasReason(answer.failure, 'Conflict') ? errorOf(messageOf(answer.failure) + CONFLICT_HELP) : answer.failure
  refresh(info, answer.object)
  warnIfDeleting(run, answer.object)
  return printed(run, info, 'serverside-applied')
}

function createObject(run: Run, info: Info, manifest: AnyObject): Failure | undefined {
  const { invocation, dryRun, write } = run
  info.object = withoutNulls(withLastApplied(manifest)) as AnyObject
  if (dryRun !== 'client') {
    const answer = answered(
      invocation,
      invocation.env.api.create(info.resource.key, info.namespace, withoutVersion(info.object), write),
    )
    if ('failure' in answer) return withSource('creating', info.source, answer.failure)
    refresh(info, answer.object)
  }
  return printed(run, info, 'created')
}

/** Deletes an object that cannot be changed into the wanted one, and makes it anew; puts the old one back when that fails. */
function recreate(run: Run, info: Info, modified: AnyObject): Failure | undefined {
  const { invocation, write } = run
  const { api } = invocation.env
  const old = info.object!
  const removed = answered(
    invocation,
    api.delete(info.resource.key, info.namespace, info.name, { propagationPolicy: 'Background', gracePeriodSeconds: 0 }),
  )
  if ('failure' in removed) return removed.failure
  if (api.get(info.resource.key, info.namespace, info.name).ok) return errorOf('context deadline exceeded')
  const made = answered(invocation, api.create(info.resource.key, info.namespace, modified, write))
  if ('object' in made) {
    refresh(info, made.object)
    return undefined
  }
  const { resourceVersion: _, uid: __, ...metadata } = old.metadata
  const restored = api.create(info.resource.key, info.namespace, { ...old, metadata }, write)
  const head = 'An error occurred force-replacing the existing object with the newly provided one:'
  return restored.ok
    ? made.failure
    : errorOf(
        `${head}\n\n${messageOf(made.failure)}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${restored.status.message}`,
      )
}

function patchObject(run: Run, info: Info, modified: AnyObject): Failure | undefined {
  const { invocation, write } = run
  const { env, flags } = invocation
  let failure: Failure | undefined
  let text = '{}'
  for (let attempt = 0; attempt <= PATCH_RETRIES; attempt++) {
    const made = applyPatch(env, info.resource, modified, info.object!)
    if ('type' in made) return withSource('patching', info.source, made)
    text = made.text
    failure = undefined
    if (text === '{}') break
    const answer = answered(invocation, env.api.patch(info.resource.key, info.namespace, info.name, made.patch, write))
    if ('object' in answer) {
      refresh(info, answer.object)
      break
    }
    failure = answer.failure
    if (!hasReason(failure, 'Conflict')) break
    const again = retrieve(env, info)
    if (again) return again
  }
  if (failure && flags.bool('force') && (hasReason(failure, 'Conflict') || hasReason(failure, 'Invalid'))) {
    failure = recreate(run, info, modified)
    text = compactJson(modified)
  } else if (failure) failure = withSource('patching', info.source, failure)
  if (failure) return withSource(`applying patch:\n${text}\nto:\n${infoText(info)}\nfor:`, info.source, failure)
  warnIfDeleting(run, info.object!)
  return printed(run, info, text === '{}' ? 'unchanged' : 'configured')
}

function applyObject(run: Run, info: Info): Failure | undefined {
  const { invocation, dryRun } = run
  const manifest = recorded(invocation, info.object!)
  if (info.name === '') {
    const { generateName } = manifest.metadata
    if (generateName) return errorOf(`from ${generateName}: cannot use generate name with apply`)
    if (invocation.flags.bool('server-side')) return errorOf('resource name may not be empty')
  }
  if (invocation.flags.bool('server-side')) return applyServerSide(run, info, manifest)
  const modified = withLastApplied(manifest)
  if (info.name === '')
    return withSource(
      'retrieving current configuration of:\n' + infoText(info) + '\nfrom server for:',
      info.source,
      errorOf('resource name may not be empty'),
    )
  const missing = retrieve(invocation.env, info)
  if (missing && isNotFound(missing)) return createObject(run, info, manifest)
  if (missing)
    return withSource(`retrieving current configuration of:\n${infoText(info)}\nfrom server for:`, info.source, missing)
  if (dryRun === 'client') return printed(run, info, 'configured')
  if (lastAppliedOf(info.object!) === undefined)
    invocation.out.error(
      `Warning: resource ${info.resource.plural}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    )
  return patchObject(run, info, modified)
}

function validate({ flags }: Invocation, dryRun: DryRun): void {
  const isServerSide = flags.bool('server-side')
  if (flags.bool('force-conflicts') && !isServerSide) fail('--force-conflicts only works with --server-side')
  if (dryRun === 'client' && isServerSide)
    fail("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
  if (isServerSide && flags.bool('force')) fail('--force cannot be used with --server-side')
  if (dryRun === 'server' && flags.bool('force')) fail('--dry-run=server cannot be used with --force')
  if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
  if (flags.bool('prune')) fail('--prune is not part of this simulator: delete what is no longer wanted with kubectl delete')
  if (flags.string('subresource') !== '' && !isServerSide) fail('--subresource can only be specified for --server-side')
}

/** Models kubectl pkg/cmd/apply (v1.35). Simplified: no pruning, no apply sets. */
export const apply: Command = {
  path: ['apply'],
  summary: 'Make objects as a file says',
  usage: '(-f FILENAME | -k DIRECTORY)',
  flags: [
    ...deleteFlags('Delete and recreate what cannot be changed'),
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SELECTOR_FLAG,
    ALL_FLAG,
    { name: 'server-side', type: 'bool', summary: 'Let the server merge and keep track of owners' },
    { name: 'force-conflicts', type: 'bool', summary: 'Take over fields of other owners' },
    { name: 'overwrite', type: 'bool', default: 'true', summary: 'Let the manifest win over later changes' },
    { name: 'prune', type: 'bool', summary: 'Delete what is no longer in the files' },
    { name: 'prune-allowlist', type: 'stringArray', summary: 'Types to prune' },
    { name: 'openapi-patch', type: 'bool', default: 'true', summary: 'Use the published schema for patches' },
    { name: 'subresource', type: 'string', summary: 'Subresource to apply to' },
    fieldManagerFlag(''),
  ],
  run(invocation) {
    const { args, flags } = invocation
    warnOfRecord(invocation)
    if (args.length > 0) usageError('apply', `Unexpected args: [${args.join(' ')}]`)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    requireFilename(invocation)
    const fieldValidation = fieldValidationOf(invocation)
    validate(invocation, dryRun)
    const isServerSide = flags.bool('server-side')
    const run: Run = {
      invocation,
      dryRun,
      printer,
      write: {
        ...(dryRun === 'server' ? { dryRun: true } : {}),
        fieldManager: flags.string('field-manager') || (isServerSide ? 'kubectl' : 'kubectl-client-side-apply'),
        fieldValidation,
      },
    }
    const { infos, failure } = collect(
      select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        labelSelector: flags.string('selector'),
        validates: fieldValidation !== 'Ignore',
      }),
    )
    const failures: Failure[] = failure ? [failure] : []
    if (infos.length === 0 && failures.length === 0) fail('no objects passed to apply')
    for (const info of infos) {
      const failed = applyObject(run, info)
      if (failed) failures.push(failed)
    }
    check(failures.length === 1 ? failures[0] : aggregate(failures))
    if (printer.isWholeObject) {
      const objects = infos.flatMap((info) => info.object ?? [])
      const whole =
        objects.length === 1
          ? objects[0]!
          : ({ apiVersion: 'v1', kind: 'List', metadata: {}, items: objects } as unknown as AnyObject)
      check(printer.print(whole, ''))
    }
    return done()
  },
}
