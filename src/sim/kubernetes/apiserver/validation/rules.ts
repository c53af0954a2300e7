import type { AnyObject } from '../../api/types.ts'
import type { FieldErrors } from './field-errors.ts'
import type { NameCheck } from './names.ts'

/** What a kind's objects must satisfy. `update` says everything that an update must satisfy, `create` included. */
export interface Rules {
  readonly name: NameCheck
  create?(object: AnyObject, errors: FieldErrors): void
  update?(object: AnyObject, previous: AnyObject, errors: FieldErrors): void
  status?(object: AnyObject, previous: AnyObject, errors: FieldErrors): void
  resize?(object: AnyObject, previous: AnyObject, errors: FieldErrors): void
}
