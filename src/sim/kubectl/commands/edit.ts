import { equalJson } from '../../kubernetes/api/json-value.ts'
import type { Subresource } from '../../kubernetes/api/client.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { withLastApplied } from '../apply/last-applied.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { type EditMode, type EditResult, identityProblem, OBJECT_HEADER, openEditor, saveEdit } from '../edit-session.ts'
import { check, errorOf, fail } from '../failure.ts'
import { compactJson } from '../printers/json.ts'
import { collect, select } from '../resource-builder.ts'
import { twoWayPatch } from '../set-patches.ts'
import {
  answered,
  builderOptionsOf,
  fieldManagerFlag,
  fieldValidationOf,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  SAVE_CONFIG_FLAG,
  VALIDATE_FLAG,
  warnOfRecord,
} from '../write-options.ts'

function modeOf(invocation: Invocation, name: string): EditMode {
  const { env, flags, namespace, out } = invocation
  const format = flags.string('output') === 'json' ? 'json' : 'yaml'
  const printer = new ObjectPrinter({ ...invocation, flags: invocation.flags }, 'none')
  const print = (object: AnyObject, operation: string): EditResult => ({
    type: 'printed',
    failure: printer.output.type === 'table' ? printer.print(object, operation) : undefined,
  })
  const subresource = flags.string('subresource')
  return {
    header: OBJECT_HEADER,
    format,
    fileName: `kubectl-edit-${name}.${format}`,
    send(before, given) {
      const resource = env.registry.byKind(given.apiVersion, given.kind)
      if (!resource)
        return { type: 'printed', failure: errorOf(`no matches for kind "${given.kind}" in version "${given.apiVersion}"`) }
      const space = given.metadata.namespace ?? ''
      if (resource.namespaced && space !== namespace && space !== before.metadata.namespace)
        return {
          type: 'printed',
          failure: errorOf(
            `the namespace from the provided object "${space}" does not match the namespace "${namespace}". You must pass '--namespace=${space}' to perform this operation.`,
          ),
        }
      if (equalJson(before, given)) return print(given, 'skipped')
      const changed = identityProblem(before, given)
      if (changed) return { type: 'printed', failure: changed }
      const after = recorded(invocation, flags.bool('save-config') ? withLastApplied(given) : given)
      const patch = twoWayPatch(env, before, after)
      if (!patch) return print(given, 'skipped')
      if (flags.bool('output-patch')) out.print(`Patch: ${compactJson('body' in patch ? patch.body : patch.operations)}\n`)
      const answer = answered(
        invocation,
        env.api.patch(resource.key, before.metadata.namespace ?? '', before.metadata.name, patch, {
          fieldManager: flags.string('field-manager'),
          fieldValidation: fieldValidationOf(invocation),
          ...(subresource === '' ? {} : { subresource: subresource as Subresource }),
        }),
      )
      return 'failure' in answer
        ? { type: 'refused', failure: answer.failure, resource: resource.key, name: before.metadata.name }
        : print(answer.object, 'edited')
    },
  }
}

/** Models kubectl pkg/cmd/edit (v1.35): the editor is the page's; saving goes on. */
export const edit: Command = {
  path: ['edit'],
  summary: 'Edit objects as YAML',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag('kubectl-edit'),
    { name: 'output-patch', type: 'bool', summary: 'Print the patch that is sent' },
    { name: 'windows-line-endings', type: 'bool', summary: 'Line ends of the editor' },
    { name: 'subresource', type: 'string', values: ['status'], summary: 'Subresource to edit' },
  ],
  run(invocation) {
    warnOfRecord(invocation)
    fieldValidationOf(invocation)
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args: invocation.args,
      allowTypeAlone: true,
      latest: true,
    })
    check(selection.failure)
    const { infos, failure } = collect(selection)
    check(failure)
    if (infos.length === 0) fail('edit cancelled, no objects found')
    return openEditor(
      modeOf(invocation, infos[0]!.name),
      infos.flatMap(({ object }) => object ?? []),
    )
  },
  resume(invocation, state, edited) {
    if (edited === undefined) {
      invocation.out.error('Edit cancelled, no changes made.\n')
      return done()
    }
    return saveEdit(invocation, modeOf(invocation, nameOfEdit(state)), state, edited)
  },
}

/** The file keeps its name when the editor opens again. */
const nameOfEdit = (state: unknown): string =>
  typeof state === 'object' && state !== null && 'original' in state && typeof state.original === 'string'
    ? (/^ {2}name: (.*)$/m.exec(state.original)?.[1] ?? 'objects')
    : 'objects'
