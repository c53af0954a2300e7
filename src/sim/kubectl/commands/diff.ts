import { formatTime } from '../../kernel/time.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { withLastApplied } from '../apply/last-applied.ts'
import { type Command, done, Fatal, type Invocation, type Outcome } from '../command.ts'
import { check, fail, type Failure, isNotFound, usageError } from '../failure.ts'
import { fields } from '../fields.ts'
import { toYaml } from '../printers/yaml.ts'
import { type Info, retrieve, select } from '../resource-builder.ts'
import { unifiedHunks } from '../unified-diff.ts'
import {
  answered,
  builderOptionsOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  requireFilename,
  SELECTOR_FLAG,
} from '../write-options.ts'
import { applyPatch } from './apply.ts'

/** diff(1) exits with 1 for a difference; failures therefore exit with 2 and more. */
const FAILURE_EXIT = 2

/** What the server would make of the manifest. */
function merged(
  invocation: Invocation,
  info: Info,
  manifest: AnyObject,
): { readonly object: AnyObject } | { readonly failure: Failure } {
  const { env, flags } = invocation
  const { key } = info.resource
  const dry = { dryRun: true, fieldManager: flags.string('field-manager') || 'kubectl-client-side-apply' } as const
  if (flags.bool('server-side'))
    return answered(
      invocation,
      env.api.patch(
        key,
        info.namespace,
        info.name,
        { type: 'apply', body: manifest },
        {
          ...dry,
          fieldManager: flags.string('field-manager') || 'kubectl',
          force: flags.bool('force-conflicts'),
        },
      ),
    )
  const modified = withLastApplied(manifest)
  if (!info.object) return answered(invocation, env.api.create(key, info.namespace, modified, dry))
  const made = applyPatch(env, info.resource, modified, info.object)
  if ('type' in made) return { failure: made }
  return made.text === '{}'
    ? { object: info.object }
    : answered(invocation, env.api.patch(key, info.namespace, info.name, made.patch, dry))
}

/** Secrets are not shown: `***`, or before and after when they differ. Models diff.Masker. */
function masked(from: AnyObject | undefined, to: AnyObject): readonly [AnyObject | undefined, AnyObject] {
  if (to.kind !== 'Secret' || to.apiVersion !== 'v1') return [from, to]
  const [left, right] = [fields(from?.['data']), fields(to['data'])]
  const mask = (own: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>, side: string) =>
    Object.fromEntries(
      Object.keys(own).map((key) => [key, other[key] === undefined || other[key] === own[key] ? '***' : `*** (${side})`]),
    )
  return [from && { ...from, data: mask(left, right, 'before') }, { ...to, data: mask(right, left, 'after') }]
}

const shown = ({ flags }: Invocation, object: AnyObject | undefined): string => {
  if (!object) return ''
  if (flags.bool('show-managed-fields')) return toYaml(object)
  const { managedFields: _, ...metadata } = object.metadata
  return toYaml({ ...object, metadata })
}

function compare(invocation: Invocation): Outcome {
  const { args, env, flags, out } = invocation
  if (args.length > 0) usageError('diff', `Unexpected args: [${args.join(' ')}]`)
  requireFilename(invocation)
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) fail('--force-conflicts only works with --server-side')
  if (flags.bool('prune')) fail('--prune is not part of this simulator')
  const selection = select({
    ...builderOptionsOf(invocation),
    continueOnError: false,
    enforceNamespace: isNamespaceGiven(invocation),
    labelSelector: flags.string('selector'),
  })
  check(selection.failure)
  let isDifferent = false
  const blocks: { readonly name: string; readonly text: string }[] = []
  const time = formatTime(env.unixMs).replace('T', ' ').replace('Z', '.000000000 +0000')
  const failure = selection.visit((info) => {
    const manifest = info.object!
    info.object = undefined
    const missing = retrieve(env, info)
    if (missing && !isNotFound(missing)) return missing
    const result = merged(invocation, info, manifest)
    if ('failure' in result) return result.failure
    const [from, to] = masked(info.object, result.object)
    const hunks = unifiedHunks(shown(invocation, from), shown(invocation, to))
    if (from?.metadata.deletionTimestamp !== undefined)
      out.error(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`)
    if (hunks === '') return undefined
    isDifferent = true
    const { group, version, kind } = info.resource
    const name = `${group === '' ? '' : `${group}.`}${version}.${kind}.${info.namespace}.${info.name}`
    blocks.push({
      name,
      text: `diff -u -N /tmp/LIVE/${name} /tmp/MERGED/${name}\n--- /tmp/LIVE/${name}\t${time}\n+++ /tmp/MERGED/${name}\t${time}\n${hunks}`,
    })
    return undefined
  })
  check(failure)
  for (const { text } of blocks.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) out.print(text)
  return done(isDifferent ? 1 : 0)
}

/** Models kubectl pkg/cmd/diff (v1.35). Simplified: the differences of `diff -u -N`, with fixed folder names. */
export const diff: Command = {
  path: ['diff'],
  summary: 'Show what apply would change',
  usage: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    fieldManagerFlag(''),
    { name: 'server-side', type: 'bool', summary: 'Let the server merge' },
    { name: 'force-conflicts', type: 'bool', summary: 'Take over fields of other owners' },
    { name: 'show-managed-fields', type: 'bool', summary: 'Keep managedFields in the comparison' },
    { name: 'prune', type: 'bool', summary: 'Objects that would be pruned, too' },
    { name: 'concurrency', type: 'int', default: '1', summary: 'How many objects at once' },
  ],
  run(invocation) {
    try {
      return compare(invocation)
    } catch (error) {
      throw error instanceof Fatal && error.exit === 1 ? new Fatal(error.message, FAILURE_EXIT) : error
    }
  },
}
