import type { Subresource } from '../../kubernetes/api/client.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { withSavedConfig } from '../apply/last-applied.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { check, errorOf, fail, statusFailure, usageError, withSource } from '../failure.ts'
import { isFields } from '../fields.ts'
import { parseGoJson } from '../manifests/go-json.ts'
import { readManifests } from '../manifests/manifest.ts'
import { refresh, select } from '../resource-builder.ts'
import {
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  FILENAME_FLAGS,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFilename,
  SAVE_CONFIG_FLAG,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
  warnOfRecord,
  withoutVersion,
  writeOptions,
} from '../write-options.ts'

const NO_SUCH_PATH = { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }
const SUBRESOURCES: readonly string[] = ['binding', 'eviction', 'token'] satisfies readonly Subresource[]

/** `--raw PATH`: the file is posted to a path of the API as it is. */
function postRaw({ env, flags, out }: Invocation): void {
  const path = flags.string('raw')
  const filename = flags.list('filename')[0]!
  const body = (filename === '-' ? env.stdin : env.file(filename)) ?? ''
  const json = parseGoJson(body)
  const object: unknown = json.ok ? json.value : readManifests(body).documents[0]?.value
  const parts = path
    .split('?')[0]!
    .split('/')
    .filter((part) => part !== '')
  const isCore = parts[0] === 'api'
  const group = isCore ? '' : (parts[1] ?? '')
  const rest = parts.slice(isCore ? 2 : 3)
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2
  const [plural = '', name, subresource] = isNamespaced ? rest.slice(2) : rest
  const resource = env.registry.byKey(group === '' ? plural : `${plural}.${group}`)
  if (!resource || !isFields(object) || (name !== undefined && !SUBRESOURCES.includes(subresource ?? '')))
    return check(statusFailure(NO_SUCH_PATH))
  const answer = env.api.create(
    resource.key,
    isNamespaced ? rest[1]! : '',
    object as unknown as AnyObject,
    name === undefined ? {} : { name, subresource: subresource as Subresource },
  )
  out.warn(answer.warnings)
  if (!answer.ok) return check(statusFailure(answer.status))
  const isStatus = name !== undefined && subresource !== 'token'
  out.print(
    isStatus
      ? '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}\n'
      : `${JSON.stringify(answer.value)}\n`,
  )
}

function validateRaw({ flags }: Invocation): void {
  if (flags.bool('edit')) fail('--raw and --edit are mutually exclusive')
  if (flags.list('filename').length !== 1) fail('--raw can only use a single local file or stdin')
  if (/^https?:\/\//.test(flags.list('filename')[0]!)) fail('--raw cannot read from a url')
  if (flags.bool('recursive')) fail('--raw and --recursive are mutually exclusive')
  if (flags.string('selector') !== '') fail('--raw and --selector (-l) are mutually exclusive')
  if (flags.string('output') !== '') fail('--raw and --output are mutually exclusive')
  if (!flags.string('raw').startsWith('/'))
    fail(`--raw must be a valid URL path: parse ${JSON.stringify(flags.string('raw'))}: invalid URI for request`)
}

/** Models kubectl pkg/cmd/create (v1.35). */
export const create: Command = {
  path: ['create'],
  summary: 'Create objects from a file',
  usage: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    SELECTOR_FLAG,
    fieldManagerFlag('kubectl-create'),
    { name: 'edit', type: 'bool', summary: 'Edit before creating' },
    { name: 'windows-line-endings', type: 'bool', summary: 'Line ends of the editor' },
    { name: 'raw', type: 'string', summary: 'Path of the API to post the file to' },
  ],
  run(invocation) {
    const { args, env, flags } = invocation
    warnOfRecord(invocation)
    if (args.length > 0) usageError('create', `Unexpected args: [${args.join(' ')}]`)
    const dryRun = dryRunOf(invocation)
    const fieldValidation = fieldValidationOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    requireFilename(invocation)
    if (flags.string('raw') !== '') {
      validateRaw(invocation)
      postRaw(invocation)
      return done()
    }
    if (flags.bool('edit')) fail('--edit is not part of this simulator: edit the file, or create the object and use kubectl edit')
    const selection = select({
      ...builderOptionsOf(invocation),
      labelSelector: flags.string('selector'),
      validates: fieldValidation !== 'Ignore',
    })
    check(selection.failure)
    let count = 0
    check(
      selection.visit((info) => {
        let object = withoutVersion(recorded(invocation, withSavedConfig(info.object!, flags.bool('save-config'))))
        if (dryRun !== 'client') {
          const made = answered(
            invocation,
            env.api.create(info.resource.key, info.namespace, object, { ...writeOptions(invocation, dryRun), fieldValidation }),
          )
          if ('failure' in made) return withSource('creating', info.source, made.failure)
          object = made.object
        }
        refresh(info, object)
        count += 1
        return printer.print(object, 'created')
      }),
    )
    check(count === 0 ? errorOf('no objects passed to create') : undefined)
    return done()
  },
}
