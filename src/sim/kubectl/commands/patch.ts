import { applyMergePatch } from '../../kubernetes/api/json-merge-patch.ts'
import { applyJsonPatch } from '../../kubernetes/api/json-patch.ts'
import { equalJson } from '../../kubernetes/api/json-value.ts'
import { applyStrategicMergePatch } from '../../kubernetes/api/strategic-merge.ts'
import type { Patch, Subresource } from '../../kubernetes/api/client.ts'
import { subresourceOf } from '../../kubernetes/api/resources.ts'
import type { Status } from '../../kubernetes/api/status.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { check, errorOf, fail, type Failure, isFailure, statusFailure } from '../failure.ts'
import { isFields } from '../fields.ts'
import { parseGoJson } from '../manifests/go-json.ts'
import { parseGoYaml } from '../manifests/go-yaml.ts'
import { retrieve, select } from '../resource-builder.ts'
import {
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  LOCAL_FLAG,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'

type PatchType = 'json' | 'merge' | 'strategic'

const badRequest = (message: string): Status => ({ code: 400, reason: 'BadRequest', message })

/** What the server says about a patch that it cannot read. */
function serverParse(text: string, type: PatchType): Patch | Status {
  const json = parseGoJson(text)
  const prefix = type === 'json' ? 'error decoding patch: ' : ''
  if (!json.ok) return badRequest(`${prefix}${json.message}`)
  const { value } = json
  const kind = Array.isArray(value) ? 'array' : isFields(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value
  if (type === 'json')
    return Array.isArray(value)
      ? { type, operations: value }
      : badRequest(`${prefix}json: cannot unmarshal ${kind} into Go value of type []handlers.jsonPatchOp`)
  return isFields(value)
    ? { type, body: value }
    : badRequest(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`)
}

/** A patch written as YAML is sent as JSON; what looks like JSON is sent as it is. */
function patchText({ env, flags }: Invocation): string {
  const file = flags.string('patch-file')
  const given = file === '' ? flags.string('patch') : file === '/dev/stdin' || file === '-' ? (env.stdin ?? '') : env.file(file)
  if (given === undefined) return fail(`unable to read patch file: open ${file}: no such file or directory`)
  if (/^\s*\{/.test(given)) return given
  const yaml = parseGoYaml(given)
  if (!yaml.ok) return fail(`unable to parse ${JSON.stringify(flags.string('patch'))}: ${yaml.message}`)
  return JSON.stringify(yaml.value)
}

/** The patched object without the server's help: `--dry-run=client`, `--local`. */
function patchLocally({ env }: Invocation, object: AnyObject, patch: Patch): AnyObject | Failure {
  switch (patch.type) {
    case 'json': {
      const done = applyJsonPatch(object, patch.operations)
      return done.ok ? (done.value as AnyObject) : errorOf(done.message)
    }
    case 'strategic': {
      const struct = env.schema.kind(object.apiVersion, object.kind)
      if (!struct)
        return errorOf(
          `strategic merge patch is not supported for ${object.apiVersion}, Kind=${object.kind} locally, try --type merge`,
        )
      const done = applyStrategicMergePatch(object, patch.body, struct)
      return done.ok ? (done.value as unknown as AnyObject) : errorOf(done.message)
    }
    default:
      return applyMergePatch(object, patch.body) as AnyObject
  }
}

/** Models kubectl pkg/cmd/patch (v1.35). */
export const patch: Command = {
  path: ['patch'],
  summary: 'Change fields of an object',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    LOCAL_FLAG,
    fieldManagerFlag('kubectl-patch'),
    { name: 'patch', shorthand: 'p', type: 'string', summary: 'The patch, in JSON or YAML' },
    { name: 'patch-file', type: 'string', meaning: 'file', summary: 'File of the patch' },
    { name: 'type', type: 'string', default: 'strategic', values: ['json', 'merge', 'strategic'], summary: 'Kind of patch' },
    { name: 'subresource', type: 'string', values: ['status', 'scale', 'resize'], summary: 'Subresource to patch' },
  ],
  run(invocation) {
    const { args, env, flags } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    // Upstream sets the operation after the dry run's suffix: it is lost.
    const printer = new ObjectPrinter(invocation, 'none')
    const isLocal = flags.bool('local')
    if (flags.string('patch') !== '' && flags.string('patch-file') !== '')
      fail('cannot specify --patch and --patch-file together')
    if (flags.string('patch') === '' && flags.string('patch-file') === '')
      fail('must specify --patch or --patch-file containing the contents of the patch')
    if (isLocal && args.length > 0) fail('cannot specify --local and server resources')
    if (isLocal && dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    const type = flags.string('type').toLowerCase()
    if (type !== 'json' && type !== 'merge' && type !== 'strategic')
      return fail(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string('type'))}`)
    const subresource = flags.string('subresource')
    const text = patchText(invocation)
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args,
      local: isLocal,
      subresource,
      requireObject: false,
    })
    check(selection.failure)
    let count = 0
    check(
      selection.visit((info) => {
        // The object of a subresource is what it is asked for; only a file brings its own.
        if (subresource !== '' && !isLocal) {
          if (!subresourceOf(info.resource, subresource))
            return statusFailure({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' })
        }
        if (!info.object && !isLocal) {
          const failure = retrieve(env, info)
          if (failure) return failure
        }
        count += 1
        const read = serverParse(text, type)
        if ('code' in read) return statusFailure(read)
        if (!isLocal && dryRun !== 'client') {
          const answer = answered(
            invocation,
            env.api.patch(info.resource.key, info.namespace, info.name, read, {
              ...writeOptions(invocation, dryRun),
              fieldValidation: 'Warn',
              ...(subresource === '' ? {} : { subresource: subresource as Subresource }),
            }),
          )
          if ('failure' in answer) return answer.failure
          const isChanged = !equalJson(info.object, answer.object)
          return printer.print(answer.object, isChanged ? 'patched' : 'patched (no change)')
        }
        const patched = patchLocally(invocation, info.object!, read)
        if (isFailure(patched)) return patched
        return printer.print(patched, equalJson(info.object, patched) ? 'patched (no change)' : 'patched')
      }),
    )
    if (count === 0) fail('no objects passed to patch')
    return done()
  },
}
