import type { Resource } from '../api/resources.ts'
import type { Status, StatusCause } from '../api/status.ts'

/** The API server's refusals in its own words. Models apimachinery pkg/api/errors (v1.35). */

const detailsOf = (resource: Resource, name: string): NonNullable<Status['details']> => ({
  ...(name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
})

export const notFound = (resource: Resource, name: string): Status => ({
  code: 404,
  reason: 'NotFound',
  message: `${resource.key} "${name}" not found`,
  details: detailsOf(resource, name),
})

/** No such resource or subresource. */
export const noSuchResource = (): Status => ({
  code: 404,
  reason: 'NotFound',
  message: 'the server could not find the requested resource',
})

export const alreadyExists = (resource: Resource, name: string, why = 'already exists'): Status => ({
  code: 409,
  reason: 'AlreadyExists',
  message: `${resource.key} "${name}" ${why}`,
  details: detailsOf(resource, name),
})

export const conflict = (resource: Resource, name: string, why: string): Status => ({
  code: 409,
  reason: 'Conflict',
  message: `Operation cannot be fulfilled on ${resource.key} "${name}": ${why}`,
  details: detailsOf(resource, name),
})

export const STALE_OBJECT = 'the object has been modified; please apply your changes to the latest version and try again'

export const forbidden = (resource: Resource, name: string, why: string): Status => ({
  code: 403,
  reason: 'Forbidden',
  message: name === '' ? `${resource.key} is forbidden: ${why}` : `${resource.key} "${name}" is forbidden: ${why}`,
  details: detailsOf(resource, name),
})

export const badRequest = (message: string): Status => ({ code: 400, reason: 'BadRequest', message })

export const methodNotSupported = (resource: Resource, verb: string): Status => ({
  code: 405,
  reason: 'MethodNotAllowed',
  message: `${verb} is not supported on resources of kind "${resource.key}"`,
  details: detailsOf(resource, ''),
})

export const expired = (message: string): Status => ({ code: 410, reason: 'Expired', message })

/** The reason-less error of the storage layer. */
export const unknownError = (message: string): Status => ({ code: 500, reason: '', message })

/** A patch that could not be applied. */
export const unprocessablePatch = (): Status => ({
  code: 422,
  reason: 'Invalid',
  message: 'the server rejected our request due to an error in our request',
})

/** `[a, b]` for several different messages. Models utilerrors.Aggregate. */
export function joinErrors(messages: readonly string[]): string {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`
}

/** `kind` '' : no kind is known (a patch). */
export const invalid = (
  of: { readonly kind: string; readonly group: string; readonly name: string },
  causes: readonly StatusCause[],
): Status => ({
  code: 422,
  reason: 'Invalid',
  message: `${of.group === '' ? of.kind : `${of.kind}.${of.group}`} "${of.name}" is invalid: ${joinErrors(
    causes.map((cause) => `${cause.field}: ${cause.message}`),
  )}`,
  details: {
    ...(of.name === '' ? {} : { name: of.name }),
    ...(of.group === '' ? {} : { group: of.group }),
    ...(of.kind === '' ? {} : { kind: of.kind }),
    causes,
  },
})
