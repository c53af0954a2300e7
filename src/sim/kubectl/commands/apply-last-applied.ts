import { equalJson } from '../../kubernetes/api/json-value.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { LAST_APPLIED, lastAppliedOf } from '../apply/last-applied.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { type EditMode, LAST_APPLIED_HEADER, openEditor, saveEdit } from '../edit-session.ts'
import { check, errorOf, fail, isNotFound, usageError, withSource } from '../failure.ts'
import { compactJson } from '../printers/json.ts'
import { toYaml } from '../printers/yaml.ts'
import { collect, type Info, retrieve, select } from '../resource-builder.ts'
import {
  ALL_FLAG,
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from '../write-options.ts'

/** json.Indent of what is there, keys in their order. */
const indented = (text: string): string => {
  const end = /\s*$/.exec(text)![0]
  return `${JSON.stringify(JSON.parse(text), null, 2)}${end}`
}

/** Models kubectl pkg/cmd/apply apply_view_last_applied.go (v1.35). */
export const applyViewLastApplied: Command = {
  path: ['apply', 'view-last-applied'],
  summary: 'Show what was last applied',
  usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    SELECTOR_FLAG,
    ALL_FLAG,
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      default: 'yaml',
      meaning: 'output',
      values: ['yaml', 'json'],
      summary: 'Output format',
    },
  ],
  run(invocation) {
    const { args, flags, out } = invocation
    const selection = select({
      ...builderOptionsOf(invocation),
      continueOnError: false,
      enforceNamespace: isNamespaceGiven(invocation),
      args,
      labelSelector: flags.string('selector'),
      selectAll: flags.bool('all'),
      allowTypeAlone: isNamespaceGiven(invocation),
      latest: true,
    })
    const { infos, failure } = collect(selection)
    check(failure)
    // An object without the annotation is passed over in silence, unless it came from a file.
    for (const { object, name, source } of infos) {
      const kept = lastAppliedOf(object!)
      if (kept === undefined) {
        if (source !== '')
          fail(
            `error when no last-applied-configuration annotation found on resource: ${name}\n ${JSON.stringify(source)}: <nil>`,
          )
        continue
      }
      const format = flags.string('output')
      if (format === 'json') out.print(indented(kept))
      else if (format === 'yaml') out.print(toYaml(JSON.parse(kept)))
      else
        usageError('apply view-last-applied', `Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`)
    }
    return done()
  },
}

const annotationPatch = (object: AnyObject) =>
  ({
    type: 'merge',
    body: { metadata: { annotations: { [LAST_APPLIED]: compactJson(object) } } },
  }) as const

const infoText = ({ resource, name, namespace }: Info): string => {
  const version = `${resource.group}/${resource.version}`
  return `Resource: "${version}, Resource=${resource.plural}", GroupVersionKind: "${version}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace}"`
}

/** Models kubectl pkg/cmd/apply apply_set_last_applied.go (v1.35). */
export const applySetLastApplied: Command = {
  path: ['apply', 'set-last-applied'],
  summary: 'Set what counts as last applied',
  usage: '-f FILENAME',
  flags: [
    ...FILENAME_FLAGS.filter(({ name }) => name === 'filename'),
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    { name: 'create-annotation', type: 'bool', summary: 'Even if there is no annotation yet' },
  ],
  run(invocation) {
    const { env, flags, out } = invocation
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const selection = select({
      env,
      namespace: invocation.namespace,
      enforceNamespace: isNamespaceGiven(invocation),
      filenames: flags.list('filename'),
    })
    check(selection.failure)
    const changes: { readonly info: Info; readonly wanted: AnyObject }[] = []
    check(
      selection.visit((info) => {
        const wanted = info.object!
        const missing = retrieve(env, info)
        if (missing)
          return isNotFound(missing)
            ? missing
            : withSource(`retrieving current configuration of:\n${infoText(info)}\nfrom server for:`, info.source, missing)
        const kept = lastAppliedOf(info.object!)
        if (kept === undefined && !flags.bool('create-annotation'))
          return errorOf(
            `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
          )
        if (kept?.trim() === compactJson(wanted)) out.print(`set-last-applied ${info.name}: no changes required.\n`)
        else changes.push({ info, wanted })
        return undefined
      }),
    )
    for (const { info, wanted } of changes) {
      let object = info.object!
      if (dryRun !== 'client') {
        const answer = answered(
          invocation,
          env.api.patch(
            info.resource.key,
            info.namespace,
            info.name,
            annotationPatch(wanted),
            dryRun === 'server' ? { dryRun: true } : {},
          ),
        )
        if ('failure' in answer) check(answer.failure)
        else object = answer.object
      }
      check(printer.print(object, 'configured'))
    }
    return done()
  },
}

function modeOf(invocation: Invocation): EditMode {
  const { env, flags } = invocation
  const printer = new ObjectPrinter(invocation, 'none')
  return {
    header: LAST_APPLIED_HEADER,
    format: flags.string('output') === 'json' ? 'json' : 'yaml',
    fileName: `kubectl-edit-last-applied.${flags.string('output') === 'json' ? 'json' : 'yaml'}`,
    send(before, after) {
      if (equalJson(before, after)) return { type: 'printed', failure: printer.print(after, 'skipped') }
      const resource = env.registry.byKind(after.apiVersion, after.kind)
      if (!resource)
        return { type: 'printed', failure: errorOf(`no matches for kind "${after.kind}" in version "${after.apiVersion}"`) }
      const answer = answered(
        invocation,
        env.api.patch(resource.key, after.metadata.namespace ?? '', after.metadata.name, annotationPatch(after), {
          fieldManager: flags.string('field-manager'),
        }),
      )
      return { type: 'printed', failure: 'failure' in answer ? answer.failure : printer.print(after, 'edited') }
    },
  }
}

/** Models kubectl pkg/cmd/apply apply_edit_last_applied.go (v1.35). */
export const applyEditLastApplied: Command = {
  path: ['apply', 'edit-last-applied'],
  summary: 'Edit what counts as last applied',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  completes: 'resources',
  flags: [...FILENAME_FLAGS, ...PRINT_FLAGS, fieldManagerFlag('kubectl-client-side-apply')],
  run(invocation) {
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
    const kept = infos.flatMap(({ object }) => {
      const text = lastAppliedOf(object!)
      return text === undefined ? [] : [JSON.parse(text) as AnyObject]
    })
    if (kept.length === 0)
      fail(
        'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
      )
    return openEditor(modeOf(invocation), kept)
  },
  resume(invocation, state, edited) {
    if (edited !== undefined) return saveEdit(invocation, modeOf(invocation), state, edited)
    invocation.out.error('Edit cancelled, no changes made.\n')
    return done()
  },
}
