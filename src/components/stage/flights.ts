/**
 * Motion that outlives the element it starts from: a Pod flies from the waiting room to its node, a removed tile fades. Clones, moved by the
 * browser's compositor; the real elements are in place from the start, so a flight may be cut short at any time. Places are measured after a
 * picture has been drawn, never while the next one is made: the page is laid out once.
 */
import { easeCubicInOut } from 'd3'
import { afterPaint } from '../../app/after-paint.ts'
import { reducedMotion } from '../../app/use-media.ts'
import { worldStore } from '../../app/world-store.ts'

const FLIGHT_MS = 620
const FADE: KeyframeAnimationOptions = { duration: 240, easing: 'cubic-bezier(0.33, 1, 0.68, 1)', fill: 'forwards' }
/** Points of a flight's arc. */
const STEPS = 16
/** More at a time explain nothing. */
const MOST = 14
/** Faster than this, things change before they could arrive. */
const FASTEST = 60
/** After a jump in time everything is new; nothing has moved. */
const QUIET_MS = 300
const ORIGIN_MS = 1500

let layer: HTMLElement | undefined
let jumpedAt = -Infinity
/** Chips of the waiting room, where they were last seen. */
const chips = new Map<string, { readonly element: HTMLElement; rect?: DOMRect }>()
const origins = new Map<string, { readonly rect: DOMRect; readonly at: number }>()
/** Ends each motion that is under way. */
const flying = new Set<() => void>()

export function flightLayer(element: HTMLElement | null): void {
  layer = element ?? undefined
  jumpedAt = performance.now()
}

/** The picture was replaced: a seek, a switch of branches. */
export function jumped(): void {
  jumpedAt = performance.now()
  origins.clear()
  for (const end of flying) end()
}

const mayMove = (): boolean =>
  layer !== undefined &&
  flying.size < MOST &&
  performance.now() - jumpedAt > QUIET_MS &&
  worldStore.getState().main.speed <= FASTEST &&
  document.visibilityState === 'visible' &&
  !reducedMotion()

function seeChips(): void {
  for (const chip of chips.values()) chip.rect = chip.element.getBoundingClientRect()
}

export function enteredWaitingRoom(id: string, element: HTMLElement): void {
  chips.set(id, { element })
  afterPaint(seeChips)
}

export function leftWaitingRoom(id: string): void {
  const rect = chips.get(id)?.rect
  chips.delete(id)
  if (rect && mayMove()) origins.set(id, { rect, at: performance.now() })
  afterPaint(seeChips)
}

function cloneOf(element: HTMLElement, style: Readonly<Record<string, string>>): HTMLElement {
  const clone = element.cloneNode(true) as HTMLElement
  clone.inert = true
  clone.ariaHidden = 'true'
  Object.assign(clone.style, style)
  return clone
}

/** Until it is ended, by itself or by a jump. */
function fly(): { readonly isOver: () => boolean; readonly end: () => void; readonly ended: (callback: () => void) => void } {
  const callbacks: (() => void)[] = []
  const end = (): void => {
    if (flying.delete(end)) for (const callback of callbacks) callback()
  }
  flying.add(end)
  return { isOver: () => !flying.has(end), end, ended: (callback) => void callbacks.push(callback) }
}

/** A tile has appeared on its node: it flies there if it came out of the waiting room. */
export function landed(id: string, element: HTMLElement, isNew: boolean): void {
  const origin = origins.get(id)
  origins.delete(id)
  const left = origin && performance.now() - origin.at < ORIGIN_MS ? origin.rect : undefined
  if (!(left || isNew) || !mayMove()) return
  const flight = fly()
  element.style.visibility = 'hidden'
  flight.ended(() => (element.style.visibility = ''))
  afterPaint(() => {
    const from = left ?? document.querySelector('[data-anchor="waiting-room"]')?.getBoundingClientRect()
    const to = element.getBoundingClientRect()
    if (!layer || !from || to.width === 0 || flight.isOver()) {
      flight.end()
      return
    }
    const clone = cloneOf(element, { left: '0', top: '0', transformOrigin: '0 0', visibility: 'visible' })
    flight.ended(() => clone.remove())
    layer.append(clone)
    clone.animate(arc(from, to), { duration: FLIGHT_MS }).addEventListener('finish', flight.end)
  })
}

/** A light bow from one place to the other, growing to full size. */
function arc(from: DOMRect, to: DOMRect): Keyframe[] {
  const small = Math.min(1, Math.max(0.35, from.height / to.height))
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const t = easeCubicInOut(step / STEPS)
    const x = from.x + (to.x - from.x) * t
    const y = from.y + (to.y - from.y) * t - Math.sin(t * Math.PI) * 18
    return { transform: `translate(${x}px,${y}px) scale(${small + (1 - small) * t})` }
  })
}

/** A tile is about to go: what it looked like fades away in its place. */
export function vanished(element: HTMLElement): void {
  const bed = element.parentElement
  if (!bed || !mayMove()) return
  const clone = cloneOf(element, { visibility: 'visible' })
  const { end, ended } = fly()
  ended(() => clone.remove())
  // It stands in for the tile until the next picture; what moves among the tiles would split the layer that they are painted on.
  bed.append(clone)
  afterPaint(() => {
    const { x, y, width } = clone.getBoundingClientRect()
    if (!layer || width === 0) {
      end()
      return
    }
    Object.assign(clone.style, { left: `${x}px`, top: `${y}px` })
    layer.append(clone)
    clone.animate({ opacity: 0, transform: 'scale(0.86)' }, FADE).addEventListener('finish', end)
  })
}
