/** We made a mistake: stop, loudly, with the values. */
export function assert(condition: unknown, message: string, ...values: unknown[]): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}${values.length > 0 ? ` ${JSON.stringify(values)}` : ''}`)
}

/** Closes a switch over a union: a new member is a compile error, not a forgotten case. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
