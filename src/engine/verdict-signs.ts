import type { Verdict } from '../sim/scenario/goals.ts'

/** A verdict in one sign, on the page and in a terminal. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = { met: '✓', holding: '✓', broken: '✗', pending: '…' }
