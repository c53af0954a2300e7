import type { AnyObject } from '../kubernetes/api/types.ts'
import { type Editor, type Invocation, type Outcome, done, type PlainData } from './command.ts'
import { errorOf, fail, type Failure, hasReason, isNotFound, messageOf } from './failure.ts'
import { fields, text } from './fields.ts'
import { readManifests } from './manifests/manifest.ts'
import { toYaml } from './printers/yaml.ts'
import { compactJson } from './printers/json.ts'

/** What the learner edits, and what became of it so far. Plain data: a snapshot may fall between two savings. */
interface EditState {
  readonly original: string
  /** What the editor last showed; empty at first. */
  readonly shown: string
  /** The last saving was refused: the editor opened again. */
  readonly isRetry: boolean
}

export interface EditMode {
  readonly header: string
  /** `json` or `yaml`. */
  readonly format: 'json' | 'yaml'
  readonly fileName: string
  /** Sends one changed object. */
  send(original: AnyObject, edited: AnyObject): EditResult
}

export type EditResult =
  | { readonly type: 'printed'; readonly failure: Failure | undefined }
  /** The server refused. */
  | { readonly type: 'refused'; readonly failure: Failure; readonly resource: string; readonly name: string }

export const OBJECT_HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`
export const LAST_APPLIED_HEADER = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`

const withoutComments = (content: string): string => {
  const lines = content.split('\n').filter((line) => !/^\s*#/.test(line))
  return lines.join('\n').trim()
}
const bodyOf = (content: string): string =>
  content
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')

const withoutManagedFields = (object: AnyObject): AnyObject => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

const hashed = (line: string): string => line.replaceAll(/\n(?!#|$)/g, '\n# ')

interface Reason {
  readonly head: string
  readonly others: readonly string[]
}

const reasonText = ({ head, others }: Reason): string =>
  `# ${hashed(head)}${others.length > 0 ? ':' : ''}\n${others.map((other) => `# * ${hashed(other)}\n`).join('')}#\n`

function textOf(objects: readonly AnyObject[], format: 'json' | 'yaml'): string {
  const clean = objects.map(withoutManagedFields)
  const whole = clean.length === 1 ? clean[0] : { apiVersion: 'v1', kind: 'List', metadata: {}, items: clean }
  return format === 'json' ? `${JSON.stringify(JSON.parse(compactJson(whole)), null, 4)}\n` : toYaml(whole)
}

function objectsOf(content: string): readonly AnyObject[] | string {
  const { documents, error } = readManifests(content)
  if (error) return `error parsing edited-file: ${error.message}`
  return documents.flatMap(({ value }) => {
    const { items } = fields(value)
    return (Array.isArray(items) ? items : [value]) as AnyObject[]
  })
}

const editor = (mode: EditMode, shown: string, state: EditState): Outcome => ({
  editor: { name: mode.fileName, text: shown, state: { ...state, shown } as unknown as PlainData } satisfies Editor,
})

/** Opens the editor on objects. */
export function openEditor(mode: EditMode, objects: readonly AnyObject[]): Outcome {
  const original = textOf(objects, mode.format)
  return editor(mode, mode.header + original, { original, shown: '', isRetry: false })
}

/** Takes what was saved. Models kubectl pkg/cmd/util/editor EditOptions.Run (v1.35). */
export function saveEdit(invocation: Invocation, mode: EditMode, kept: PlainData, edited: string): Outcome {
  const { out } = invocation
  const state: EditState = {
    original: text(fields(kept)['original']),
    shown: text(fields(kept)['shown']),
    isRetry: fields(kept)['isRetry'] === true,
  }
  const path = `/tmp/${mode.fileName}`
  const preserved = (message: string): never => {
    out.error(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`)
    return fail(message)
  }
  const reopen = (reasons: readonly Reason[]): Outcome =>
    editor(mode, mode.header + reasons.map(reasonText).join('') + bodyOf(edited), { ...state, isRetry: true })

  if (state.isRetry && withoutComments(state.shown) === withoutComments(edited))
    preserved('Edit cancelled, no valid changes were saved.')
  if (withoutComments(state.original) === withoutComments(edited)) {
    out.error('Edit cancelled, no changes made.\n')
    return done()
  }
  if (withoutComments(edited) === '') {
    out.error('Edit cancelled, saved file was empty.\n')
    return done()
  }
  const updated = objectsOf(edited)
  if (typeof updated === 'string') return reopen([{ head: `The edited file had a syntax error: ${updated}`, others: [] }])
  const originals = objectsOf(state.original)
  const reasons: Reason[] = []
  let retryable = false
  let isMissing = false
  for (const object of updated) {
    const before = (typeof originals === 'string' ? [] : originals).find((one) => one.metadata.uid === object.metadata?.uid)
    if (!before) return preserved(`no original object found for ${compactJson(object)}`)
    const result = mode.send(before, object)
    if (result.type === 'printed') {
      if (result.failure) preserved(messageOf(result.failure))
      continue
    }
    const { failure, resource, name } = result
    const quoted = `${resource} ${JSON.stringify(name)}`
    if (hasReason(failure, 'Invalid') && failure.type === 'status') {
      out.error(`error: ${quoted} is invalid\n`)
      reasons.push({
        head: `${quoted} was not valid`,
        others: (failure.status.details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message}`),
      })
    } else if (isNotFound(failure)) {
      out.error(`error: ${quoted} could not be found on the server\n`)
      isMissing = true
    } else {
      out.error(`error: ${quoted} could not be patched: ${messageOf(failure)}\n`)
      retryable = true
    }
  }
  if (retryable) {
    out.error(`You can run \`kubectl replace -f ${path}\` to try this update again.\n`)
    return done(1)
  }
  if (isMissing) {
    out.error(`The edits you made on deleted resources have been saved to ${JSON.stringify(path)}\n`)
    return done(1)
  }
  return reasons.length === 0 ? done() : reopen(reasons)
}

/** Neither kind nor name may change while editing. */
export function identityProblem(before: AnyObject, after: AnyObject): Failure | undefined {
  return before.apiVersion === after.apiVersion && before.kind === after.kind && before.metadata.name === after.metadata.name
    ? undefined
    : errorOf('At least one of apiVersion, kind and name was changed')
}
