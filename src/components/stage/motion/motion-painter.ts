import { easeCubicInOut, easeQuadIn, easeSinInOut } from 'd3'
import { pointOn, type Curve, type Point } from '../pulses.layout.ts'
import type { Extent, Flow, Look, Motion } from './motions.ts'

/** More at a time explain nothing. */
const MOST_DRAWN = 60
const PULSE_FADE_MS = 180
const STREAM_MS = 650
const FALL_MS = 500
const WHY_MS = 1400
const STREAM = { dash: [3, 8], pxPerMs: 11 / 450, opacity: 0.45 }
const FLOW = { dash: [3, 9], pxPerMs: 12 / 500, opacity: 1 }

interface Moving {
  readonly motion: Motion
  readonly since: number
}

/** How long a motion is on the canvas, from the moment that it was told of. */
export function lastsMs(motion: Motion): number {
  switch (motion.type) {
    case 'pulse':
      return motion.delayMs + motion.durationMs + PULSE_FADE_MS
    case 'stream':
      return STREAM_MS * 1.5
    case 'dot':
      return motion.delayMs + motion.durationMs + (motion.failed ? WHY_MS : 0)
  }
}

/** Draws one canvas: what moves, each at its own time. */
export class MotionPainter {
  readonly #context: OffscreenCanvasRenderingContext2D
  #moving: Moving[] = []
  #flows: readonly Flow[] = []
  #look: Look
  #extent: Extent
  #isBlank = true

  constructor(context: OffscreenCanvasRenderingContext2D, look: Look, extent: Extent) {
    this.#context = context
    this.#look = look
    this.#extent = extent
    this.fit(extent)
  }

  add(motions: readonly Motion[], now: number): void {
    for (const motion of motions) {
      if (this.#moving.length > MOST_DRAWN) return
      this.#moving.push({ motion, since: now })
    }
  }

  set flows(flows: readonly Flow[]) {
    this.#flows = flows
  }

  set look(look: Look) {
    this.#look = look
  }

  clear(): void {
    this.#moving = []
  }

  /** Setting the size of a canvas wipes it. */
  fit(extent: Extent): void {
    this.#extent = extent
    const { canvas } = this.#context
    canvas.width = Math.max(1, Math.round(extent.width * extent.scale))
    canvas.height = Math.max(1, Math.round(extent.height * extent.scale))
    this.#isBlank = true
  }

  /** Whether there is anything left to move. */
  paint(now: number): boolean {
    this.#moving = this.#moving.filter(({ motion, since }) => now - since < lastsMs(motion))
    const isEmpty = this.#moving.length === 0 && this.#flows.length === 0
    if (isEmpty && this.#isBlank) return false
    const context = this.#context
    const { width, height, scale } = this.#extent
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    this.#isBlank = isEmpty
    for (const { curve, widthPx } of this.#flows) this.#dashes(curve, widthPx, FLOW, now)
    const said = new Set<number>()
    for (const { motion, since } of this.#moving) this.#draw(motion, now - since, now, said)
    context.globalAlpha = 1
    return !isEmpty
  }

  #draw(motion: Motion, elapsed: number, now: number, said: Set<number>): void {
    switch (motion.type) {
      case 'pulse':
        this.#pulse(motion, elapsed - motion.delayMs)
        return
      case 'stream': {
        const fade = easeCubicInOut(within((elapsed - STREAM_MS / 2) / STREAM_MS))
        this.#dashes(motion.curve, motion.widthPx, { ...STREAM, opacity: STREAM.opacity * (1 - fade) }, now)
        return
      }
      case 'dot':
        this.#dot(motion, elapsed - motion.delayMs, said)
    }
  }

  #pulse({ curve, failed, label, durationMs }: Extract<Motion, { type: 'pulse' }>, elapsed: number): void {
    if (elapsed < 0) return
    const { inks, mono } = this.#look
    const context = this.#context
    const opacity = 1 - easeCubicInOut(within((elapsed - durationMs) / PULSE_FADE_MS))
    const t = easeSinInOut(within(elapsed / durationMs))
    const head = pointOn(curve, failed ? t * 0.7 : t)
    context.globalAlpha = opacity * 0.3
    context.strokeStyle = failed ? inks.failing : inks.accent
    context.lineWidth = 1.5
    context.lineCap = 'butt'
    context.setLineDash(failed ? [4, 3] : [])
    stroke(context, curve)
    context.setLineDash([])
    context.globalAlpha = opacity
    this.#circle(head, failed ? 4.5 : 4, failed ? [inks.panel, inks.failing, 2.5] : [inks.accent, inks.panel, 1])
    if (label !== '')
      this.#text(label, { x: head.x + 8, y: head.y + 4 }, { font: `11px ${mono}`, align: 'left', ink: inks.ink, halo: inks.bg })
  }

  /** `said`: heights at which a reason stands already; one over another could not be read. */
  #dot(dot: Extract<Motion, { type: 'dot' }>, elapsed: number, said: Set<number>): void {
    if (elapsed < 0) return
    const { inks, sans } = this.#look
    const context = this.#context
    const at = pointOn(dot.curve, within(elapsed / dot.durationMs) * dot.reach)
    if (!dot.failed) {
      context.globalAlpha = 1
      this.#circle(at, 3.2, [inks.accent, undefined, 0])
      return
    }
    const after = elapsed - dot.durationMs
    const fallen = easeQuadIn(within(after / FALL_MS))
    context.globalAlpha = 1 - fallen
    this.#circle({ x: at.x - 8 * fallen, y: at.y + 26 * fallen }, 4, [inks.panel, inks.failing, 2])
    const height = Math.round(at.y)
    if (after < 0 || said.has(height)) return
    said.add(height)
    const risen = easeQuadIn(within(after / WHY_MS))
    context.globalAlpha = 1 - risen
    const place = { x: dot.whyRightPx, y: at.y + 4 + 10 * risen }
    this.#text(dot.why, place, { font: `600 11px ${sans}`, align: 'right', ink: inks.failing, halo: inks.panel })
  }

  #dashes(curve: Curve, widthPx: number, { dash, pxPerMs, opacity }: typeof FLOW, now: number): void {
    const context = this.#context
    context.globalAlpha = opacity
    context.strokeStyle = this.#look.inks.accent
    context.lineWidth = widthPx
    context.lineCap = 'round'
    context.setLineDash(dash)
    const period = dash.reduce((sum, part) => sum + part, 0)
    context.lineDashOffset = -((now * pxPerMs) % period)
    stroke(context, curve)
    context.lineDashOffset = 0
    context.setLineDash([])
  }

  #circle({ x, y }: Point, radius: number, [fill, line, widthPx]: readonly [string, string | undefined, number]): void {
    const context = this.#context
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fillStyle = fill
    context.fill()
    if (line === undefined) return
    context.strokeStyle = line
    context.lineWidth = widthPx
    context.stroke()
  }

  #text(
    text: string,
    { x, y }: Point,
    {
      font,
      align,
      ink,
      halo,
    }: { readonly font: string; readonly align: CanvasTextAlign; readonly ink: string; readonly halo: string },
  ): void {
    const context = this.#context
    context.font = font
    context.textAlign = align
    context.lineWidth = 3
    context.lineJoin = 'round'
    context.strokeStyle = halo
    context.strokeText(text, x, y)
    context.fillStyle = ink
    context.fillText(text, x, y)
  }
}

const within = (share: number): number => Math.min(1, Math.max(0, share))

function stroke(context: OffscreenCanvasRenderingContext2D, { from, control1, control2, to }: Curve): void {
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.bezierCurveTo(control1.x, control1.y, control2.x, control2.y, to.x, to.y)
  context.stroke()
}
