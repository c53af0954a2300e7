import type { Status } from '../kubernetes/api/status.ts'
import { Fatal } from './command.ts'

/** Why a command, or one object of many, failed: a Go `error` of kubectl. */
export type Failure =
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'several'; readonly failures: readonly Failure[] }

export const errorOf = (message: string): Failure => ({ type: 'error', message })
export const statusFailure = (status: Status): Failure => ({ type: 'status', status })

/** Undefined when there is none. Models apimachinery's NewAggregate. */
export const aggregate = (failures: readonly Failure[]): Failure | undefined =>
  failures.length === 0 ? undefined : { type: 'several', failures }

const leaves = (failure: Failure): readonly Failure[] =>
  failure.type === 'several' ? failure.failures.flatMap(leaves) : [failure]

/** Go's `err.Error()`. */
export function messageOf(failure: Failure): string {
  if (failure.type === 'status') return failure.status.message
  if (failure.type === 'error') return failure.message
  const messages = [...new Set(leaves(failure).map(messageOf))]
  return messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`
}

/** An object of the API has an `apiVersion`; a failure has none. */
export const isFailure = (value: object): value is Failure =>
  'type' in value && !('apiVersion' in value) && (value.type === 'error' || value.type === 'status' || value.type === 'several')

export const hasReason = (failure: Failure | undefined, reason: string): boolean =>
  failure?.type === 'status' && failure.status.reason === reason
export const isNotFound = (failure: Failure | undefined): boolean => hasReason(failure, 'NotFound')

/** What is left of a failure when those that match are ignored. Models apimachinery's FilterOut. */
export function withoutFailures(failure: Failure | undefined, ignored: (failure: Failure) => boolean): Failure | undefined {
  if (!failure) return undefined
  if (failure.type !== 'several') return ignored(failure) ? undefined : failure
  return aggregate(failure.failures.flatMap((inner) => withoutFailures(inner, ignored) ?? []))
}

/** Says which file an object came from. Models cmdutil.AddSourceToErr. */
export function withSource(verb: string, source: string, failure: Failure): Failure {
  if (source === '') return failure
  const message = `error when ${verb} "${source}": ${messageOf(failure)}`
  return failure.type === 'status' ? statusFailure({ ...failure.status, message }) : errorOf(message)
}

/** The text of a refusal that is no validation error; undefined for a failure of kubectl itself. */
function standardMessage(failure: Failure): string | undefined {
  if (failure.type !== 'status') return undefined
  const { code, reason, message } = failure.status
  if (code === 0) return message
  if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`
  return reason === '' ? `Error from server: ${message}` : `Error from server (${reason}): ${message}`
}

const plainMessage = (failure: Failure): string => standardMessage(failure) ?? messageOf(failure)

function invalidMessage(status: Status): string {
  const { details, message } = status
  if (!details) return message === '' ? 'The request is invalid' : `The request is invalid: ${message}`
  const causes = [...new Set((details.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message}`))]
  let text = 'The request is invalid'
  if (details.kind || details.name) text = `The ${details.kind ?? ''} "${details.name ?? ''}" is invalid`
  else if (message !== '' && causes.length === 0) text += `: ${message}`
  if (causes.length === 0) return text
  return causes.length === 1 ? `${text}: ${causes[0]}\n` : `${text}: \n${causes.map((cause) => `* ${cause}\n`).join('')}`
}

/** What kubectl writes to stderr when it gives up. Models cmdutil.CheckErr. */
export function finalMessage(failure: Failure): string {
  if (failure.type === 'several')
    return failure.failures.length === 1
      ? finalMessage(failure.failures[0]!)
      : failure.failures.map((inner) => `${plainMessage(inner)}\n`).join('')
  if (failure.type === 'status' && failure.status.reason === 'Invalid') return invalidMessage(failure.status)
  const standard = standardMessage(failure)
  if (standard !== undefined) return standard
  const message = messageOf(failure)
  return message.startsWith('error: ') ? message : `error: ${message}`
}

/** Ends the command, if there is a reason. */
export function check(failure: Failure | undefined): void {
  if (failure) throw new Fatal(finalMessage(failure))
}

export function fail(message: string): never {
  throw new Fatal(finalMessage(errorOf(message)))
}

/** Models cmdutil.UsageErrorf. */
export function usageError(command: string, message: string): never {
  return fail(`${message}\nSee 'kubectl ${command} -h' for help and examples`)
}

const SERVER = 'Error from server'

/** One failure as text that a command can keep while it waits. */
export const lineOf = (failure: Failure): string => plainMessage(failure)

/** Ends a command that kept its failures as text, if there are any. */
export function endWith(lines: readonly string[]): void {
  const [first] = lines
  if (first === undefined) return
  throw new Fatal(lines.length === 1 && !first.startsWith(SERVER) ? finalMessage(errorOf(first)) : lines.join('\n'))
}
