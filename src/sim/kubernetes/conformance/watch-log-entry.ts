/** One change of one object as a watch showed it, with what a recording keeps of it: names and texts normalised, only fields that changed. */
export interface Entry {
  /** Milliseconds since the first step. */
  readonly ms: number
  readonly kind: string
  readonly name?: string
  readonly change: 'added' | 'modified' | 'deleted'
  /** Absent in a modification: unchanged. Null: became empty. */
  readonly [field: string]: unknown
}

export type ConditionFields = readonly [type: string, status: string, reason: string, message: string]
