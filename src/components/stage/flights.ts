/**
 * Motion that outlives the element it starts from: a Pod flies from the waiting room to its node, a removed tile fades. Clones in a layer of
 * their own, moved by d3; the real elements are in place from the start, so a flight may be cut short at any time.
 */
import { easeCubicInOut, easeCubicOut, interpolateNumber, select } from 'd3'
import 'd3-transition'
import { reducedMotion } from '../../app/use-media.ts'
import { worldStore } from '../../app/world-store.ts'

const FLIGHT_MS = 620
const FADE_MS = 240
/** More at a time explain nothing. */
const MOST = 14
/** Faster than this, things change before they could arrive. */
const FASTEST = 60
/** After a jump in time everything is new; nothing has moved. */
const QUIET_MS = 300
const ORIGIN_MS = 1500

let layer: HTMLElement | undefined
let flying = 0
let jumpedAt = -Infinity
const origins = new Map<string, { readonly rect: DOMRect; readonly at: number }>()

export function flightLayer(element: HTMLElement | null): void {
  layer = element ?? undefined
  jumpedAt = performance.now()
}

/** The picture was replaced: a seek, a switch of branches. */
export function jumped(): void {
  jumpedAt = performance.now()
  origins.clear()
  if (layer) select(layer).selectChildren().interrupt().remove()
}

const mayMove = (): boolean =>
  layer !== undefined &&
  flying < MOST &&
  performance.now() - jumpedAt > QUIET_MS &&
  worldStore.getState().main.speed <= FASTEST &&
  document.visibilityState === 'visible' &&
  !reducedMotion()

/** A chip of the waiting room is about to go. */
export function leftWaitingRoom(id: string, element: HTMLElement): void {
  if (!mayMove()) return
  origins.set(id, { rect: element.getBoundingClientRect(), at: performance.now() })
}

/** A tile has appeared on its node: it flies there if it came out of the waiting room. */
export function landed(id: string, element: HTMLElement, isNew: boolean): void {
  const origin = origins.get(id)
  origins.delete(id)
  if (!layer || !mayMove()) return
  const room = document.querySelector('[data-anchor="waiting-room"]')?.getBoundingClientRect()
  const from = origin && performance.now() - origin.at < ORIGIN_MS ? origin.rect : isNew ? room : undefined
  if (!from) return
  const to = element.getBoundingClientRect()
  if (to.width === 0) return
  const clone = element.cloneNode(true) as HTMLElement
  clone.removeAttribute('id')
  clone.style.cssText = `position:absolute;left:0;top:0;transform-origin:0 0;width:${to.width}px;height:${to.height}px;margin:0`
  layer.append(clone)
  flying += 1
  element.style.visibility = 'hidden'
  const x = interpolateNumber(from.x, to.x)
  const y = interpolateNumber(from.y, to.y)
  const size = interpolateNumber(Math.min(1, Math.max(0.35, from.height / to.height)), 1)
  const arrived = (): void => {
    flying -= 1
    clone.remove()
    element.style.visibility = ''
  }
  select(clone)
    .style('transform', `translate(${from.x}px,${from.y}px) scale(${size(0)})`)
    .transition()
    .duration(FLIGHT_MS)
    .ease(easeCubicInOut)
    .styleTween('transform', () => (t) => `translate(${x(t)}px,${y(t) - Math.sin(t * Math.PI) * 18}px) scale(${size(t)})`)
    .on('end', arrived)
    .on('interrupt', arrived)
}

/** A tile is about to go: what it looked like fades away. */
export function vanished(element: HTMLElement): void {
  if (!layer || !mayMove()) return
  const rect = element.getBoundingClientRect()
  if (rect.width === 0) return
  const clone = element.cloneNode(true) as HTMLElement
  clone.style.cssText = `position:absolute;left:${rect.x}px;top:${rect.y}px;transform:none;width:${rect.width}px;height:${rect.height}px;margin:0;visibility:visible`
  layer.append(clone)
  flying += 1
  const gone = (): void => {
    flying -= 1
    clone.remove()
  }
  select(clone)
    .transition()
    .duration(FADE_MS)
    .ease(easeCubicOut)
    .style('opacity', '0')
    .style('transform', 'scale(0.86)')
    .on('end', gone)
    .on('interrupt', gone)
}
