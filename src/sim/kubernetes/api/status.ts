/** `metav1.StatusCause`. */
export interface StatusCause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

/** `metav1.Status` of a refusal: the simulated world says no. A value, never thrown. */
export interface Status {
  /** HTTP code; 0 when no server answered (see `reason`). */
  readonly code: number
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, `BadRequest`, `TooManyRequests`, `Expired`, `ConnectionRefused`, `Timeout`, … */
  readonly reason: string
  readonly message: string
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly causes?: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
}

/** The answer to one API request. `warnings` are the `Warning:` headers. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly string[] }
  | { readonly ok: false; readonly status: Status; readonly warnings?: readonly string[] }

export const answer = <T>(value: T, warnings?: readonly string[]): Answer<T> =>
  warnings && warnings.length > 0 ? { ok: true, value, warnings } : { ok: true, value }

export const refuse = (status: Status, warnings?: readonly string[]): Answer<never> =>
  warnings && warnings.length > 0 ? { ok: false, status, warnings } : { ok: false, status }
