/** What moves over the stage, as the worker that draws it is told. Places are pixels of the canvas, times real milliseconds from now. */
import type { Inks } from '../canvas/inks.ts'
import type { Curve } from '../pulses.layout.ts'

export type Motion =
  /** One message on its way; slow enough to be read it says what it is. */
  | {
      readonly type: 'pulse'
      readonly curve: Curve
      readonly failed: boolean
      readonly label: string
      readonly delayMs: number
      readonly durationMs: number
    }
  /** Many messages of one link: dashes that run for a moment. */
  | { readonly type: 'stream'; readonly curve: Curve; readonly widthPx: number }
  /** A request; a failed one falls off before the end, and says why at the right. */
  | {
      readonly type: 'dot'
      readonly curve: Curve
      readonly reach: number
      readonly delayMs: number
      readonly durationMs: number
      readonly failed: boolean
      readonly why: string
      readonly whyRightPx: number
    }

/** Requests of one backend that are too many for dots: dashes that run for as long as it is listed. */
export interface Flow {
  readonly curve: Curve
  readonly widthPx: number
}

export interface Look {
  readonly inks: Inks
  readonly mono: string
  readonly sans: string
}

export interface Extent {
  readonly width: number
  readonly height: number
  /** Pixels of the screen for one of the page. */
  readonly scale: number
}

/** Each canvas has a number. */
export type MotionMessage =
  | {
      readonly type: 'open'
      readonly canvas: number
      readonly surface: OffscreenCanvas
      readonly look: Look
      readonly extent: Extent
    }
  | { readonly type: 'look'; readonly canvas: number; readonly look: Look }
  | { readonly type: 'extent'; readonly canvas: number; readonly extent: Extent }
  | { readonly type: 'motions'; readonly canvas: number; readonly motions: readonly Motion[] }
  | { readonly type: 'flows'; readonly canvas: number; readonly flows: readonly Flow[] }
  | { readonly type: 'clear'; readonly canvas: number }
  | { readonly type: 'close'; readonly canvas: number }
