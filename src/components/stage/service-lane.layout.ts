/** Geometry of the lines from a Service to its backends. */
import type { Curve } from './pulses.layout.ts'

export interface Wire {
  readonly curve: Curve
  /** Middle of the row that it leads to. */
  readonly y: number
}

export const ROW_HEIGHT = 24

/** One wire a backend, from the middle of the left edge to each row at the right. */
export function wiresOf(backends: number, width: number): readonly Wire[] {
  const height = Math.max(1, backends) * ROW_HEIGHT
  return Array.from({ length: backends }, (_, index) => {
    const y = index * ROW_HEIGHT + ROW_HEIGHT / 2
    const from = { x: 6, y: height / 2 }
    return {
      y,
      curve: { from, control1: { x: width * 0.45, y: from.y }, control2: { x: width * 0.45, y }, to: { x: width - 2, y } },
    }
  })
}

/** Above this many dots a real second a lane shows a flow and numbers instead. */
export const DOTS_PER_SECOND = 24

/** Dots of one frame that are drawn one by one, evenly thinned; failures are never thinned below one. */
export function thinned<Dot extends { readonly ok: boolean }>(dots: readonly Dot[], most: number): readonly Dot[] {
  if (dots.length <= most) return dots
  const step = dots.length / most
  const kept = Array.from({ length: most }, (_, index) => dots[Math.floor(index * step)]).filter((dot) => dot !== undefined)
  const failure = dots.find(({ ok }) => !ok)
  return failure && !kept.some(({ ok }) => !ok) ? [...kept.slice(0, -1), failure] : kept
}

/** Width of a flow by its rate, in pixels. */
export const flowWidth = (perSecond: number): number => Math.min(7, 1.2 + Math.log2(1 + perSecond) * 0.6)
