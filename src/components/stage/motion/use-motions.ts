import { useEffect, useRef, type RefObject } from 'react'
import { usePreferences } from '../../../app/preferences.ts'
import { inksOf } from '../canvas/inks.ts'
import type { Extent, Flow, Look, Motion, MotionMessage } from './motions.ts'

/** A canvas that fills its place, drawn by the worker. */
export interface MotionLayer {
  add(motions: readonly Motion[]): void
  /** What runs for as long as it is in the list. */
  flow(flows: readonly Flow[]): void
  clear(): void
}

let worker: Worker | undefined
let canvases = 0

function tell(message: MotionMessage, transfer: Transferable[] = []): void {
  worker ??= new Worker(new URL('./motion.worker.ts', import.meta.url), { type: 'module', name: 'motion' })
  worker.postMessage(message, transfer)
}

/** More pixels than these are drawn coarser: on a small screen the stage may be very long. */
const MOST_PIXELS = 6_000_000

function extentOf({ clientWidth: width, clientHeight: height }: Element): Extent {
  return { width, height, scale: Math.min(2, devicePixelRatio, Math.sqrt(MOST_PIXELS / Math.max(1, width * height))) }
}

function lookOf(element: Element): Look {
  const style = getComputedStyle(element)
  return { inks: inksOf(element), mono: style.getPropertyValue('--mono'), sans: style.getPropertyValue('--sans') }
}

/** Nothing is made before something moves. Returns how to take it away. */
function openLayer(place: HTMLElement, canvas: number): () => void {
  const element = document.createElement('canvas')
  element.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;pointer-events:none'
  element.setAttribute('aria-hidden', 'true')
  const surface = element.transferControlToOffscreen()
  tell({ type: 'open', canvas, surface, look: lookOf(place), extent: extentOf(place) }, [surface])
  place.append(element)
  const resized = new ResizeObserver(() => tell({ type: 'extent', canvas, extent: extentOf(place) }))
  resized.observe(place)
  const recoloured = (): void => tell({ type: 'look', canvas, look: lookOf(place) })
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', recoloured)
  const leave = usePreferences.subscribe(recoloured)
  return () => {
    leave()
    scheme.removeEventListener('change', recoloured)
    resized.disconnect()
    element.remove()
    tell({ type: 'close', canvas })
  }
}

function layerOver(place: HTMLElement): MotionLayer & { readonly close: () => void } {
  canvases += 1
  const canvas = canvases
  let close: (() => void) | undefined
  const open = (): void => void (close ??= openLayer(place, canvas))
  return {
    add(motions) {
      if (motions.length === 0) return
      open()
      tell({ type: 'motions', canvas, motions })
    },
    flow(flows) {
      if (flows.length === 0 && !close) return
      open()
      tell({ type: 'flows', canvas, flows })
    },
    clear() {
      if (close) tell({ type: 'clear', canvas })
    },
    close: () => close?.(),
  }
}

/** The layer over the element of `place`, there from the first effect on. */
export function useMotions(place: RefObject<HTMLElement | null>): RefObject<MotionLayer | null> {
  const layer = useRef<MotionLayer>(null)
  useEffect(() => {
    if (!place.current) return undefined
    const opened = layerOver(place.current)
    layer.current = opened
    return () => {
      layer.current = null
      opened.close()
    }
  }, [place])
  return layer
}
