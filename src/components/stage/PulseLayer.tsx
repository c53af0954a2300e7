import { useContext, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { afterPaint } from '../../app/after-paint.ts'
import { reducedMotion, useReducedMotion } from '../../app/use-media.ts'
import { onFrame, WorldContext } from '../../app/world-store.ts'
import { useComponentName } from './ControlPlane.tsx'
import type { Motion } from './motion/motions.ts'
import { useMotions } from './motion/use-motions.ts'
import { curveBetween, linksOf, timingOf, type Curve, type Link, type Point } from './pulses.layout.ts'
import s from './pulse-layer.module.css'

/** Links of one frame that are drawn; the eye follows no more. */
const MOST_LINKS = 10
/** Slower than this a message says what it is. */
const READABLE_MS = 900
/** Anchors move with the layout; their places are looked up anew after this long. */
const STALE_MS = 700

/** Looks up where things stand on the stage: as they stood a moment ago, so that a message does not lay out the page. */
function anchorsOf(root: HTMLElement): (name: string) => DOMRect | undefined {
  const known = new Map<string, DOMRect | undefined>()
  let measuredAt = 0
  let isDue = false
  const measure = (name: string): void => {
    const { x, y } = root.getBoundingClientRect()
    const rect = root.querySelector(`[data-anchor="${CSS.escape(name)}"]`)?.getBoundingClientRect()
    known.set(name, rect && new DOMRect(rect.x - x, rect.y - y, rect.width, rect.height))
  }
  const measureAll = (): void => {
    for (const name of known.keys()) measure(name)
    measuredAt = performance.now()
    isDue = false
  }
  return (name) => {
    const age = performance.now() - measuredAt
    if (age > 2 * STALE_MS) measureAll()
    else if (age > STALE_MS && !isDue) {
      isDue = true
      afterPaint(measureAll)
    }
    if (!known.has(name)) measure(name)
    return known.get(name)
  }
}

const bottom = (rect: DOMRect, shift: number): Point => ({ x: rect.x + rect.width / 2 + shift, y: rect.bottom })
const top = (rect: DOMRect, shift: number): Point => ({ x: rect.x + rect.width / 2 + shift, y: rect.y })

/** Between two components below the row; to a node from the component down; a request and its answer keep apart. */
function curveOf(link: Link, anchor: (name: string) => DOMRect | undefined): Curve | undefined {
  const from = anchor(link.from)
  const to = anchor(link.to)
  if (!from || !to) return undefined
  const shift = link.from < link.to ? -9 : 9
  const row = Math.abs(from.y - to.y) < 24
  if (row) return curveBetween(bottom(from, shift), bottom(to, shift))
  return from.y < to.y ? curveBetween(bottom(from, shift), top(to, shift)) : curveBetween(top(from, shift), bottom(to, shift))
}

interface Shown {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** Messages on their way, at the engine's own times. */
export function PulseLayer() {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const name = useComponentName()
  const still = useReducedMotion()
  const [last, setLast] = useState<Shown>()
  const place = useRef<HTMLDivElement>(null)
  const motions = useMotions(place)

  useEffect(() => {
    const root = place.current?.parentElement
    if (!root) return undefined
    const anchor = anchorsOf(root)
    return onFrame((frame, before) => {
      if (frame.world !== world) return
      if (frame.full) motions.current?.clear()
      if (frame.full || frame.pulses.length === 0 || document.visibilityState !== 'visible') return
      if (reducedMotion()) {
        const pulse = frame.pulses.at(-1)
        if (pulse) setLast(pulse)
        return
      }
      const links = linksOf(frame.pulses, frame.speed, MOST_LINKS)
      motions.current?.add(links.flatMap((link) => motionsOf(link, curveOf(link, anchor), before.now, frame.speed)))
    })
  }, [world, motions])

  return (
    <>
      <div ref={place} className={s.layer} aria-hidden="true" />
      {still && last && (
        <p className={s.line}>{t('stage.motionLine', { from: name(last.from), to: name(last.to), label: last.label })}</p>
      )}
    </>
  )
}

function motionsOf({ flow, pulses }: Link, curve: Curve | undefined, since: number, speed: number): readonly Motion[] {
  if (!curve) return []
  if (flow) return [{ type: 'stream', curve, widthPx: Math.min(6, 1.5 + Math.log2(pulses.length + 1) * 0.5) }]
  return pulses.map((pulse) => {
    const timing = timingOf(pulse, since, speed)
    return { type: 'pulse', curve, failed: pulse.failed, label: timing.durationMs > READABLE_MS ? pulse.label : '', ...timing }
  })
}
