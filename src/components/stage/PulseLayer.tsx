import { useContext, useEffect, useRef, useState } from 'react'
import { easeSinInOut, select } from 'd3'
import 'd3-transition'
import { useTranslation } from 'react-i18next'
import { reducedMotion, useReducedMotion } from '../../app/use-media.ts'
import { onFrame, WorldContext } from '../../app/world-store.ts'
import { useComponentName } from './ControlPlane.tsx'
import { curveBetween, linksOf, pathOf, pointOn, timingOf, type Curve, type Link, type Point } from './pulses.layout.ts'
import s from './pulse-layer.module.css'

/** Links of one frame that are drawn; the eye follows no more. */
const MOST_LINKS = 10
const MOST_DRAWN = 60
const FLOW_MS = 650
/** Anchors move with the layout; their places are looked up anew after this long. */
const STALE_MS = 700

/** Looks up where things stand on the stage, without measuring the same one twice in a moment. */
function anchorsOf(root: HTMLElement): (name: string) => DOMRect | undefined {
  const known = new Map<string, DOMRect | undefined>()
  let measuredAt = 0
  let origin = { x: 0, y: 0 }
  return (name) => {
    const now = performance.now()
    if (now - measuredAt > STALE_MS) {
      known.clear()
      measuredAt = now
      const { x, y } = root.getBoundingClientRect()
      origin = { x, y }
    }
    if (!known.has(name)) {
      const rect = root.querySelector(`[data-anchor="${CSS.escape(name)}"]`)?.getBoundingClientRect()
      known.set(name, rect && new DOMRect(rect.x - origin.x, rect.y - origin.y, rect.width, rect.height))
    }
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
  const svg = useRef<SVGSVGElement>(null)

  useEffect(() => {
    const layer = svg.current
    const root = layer?.parentElement
    if (!layer || !root) return undefined
    const anchor = anchorsOf(root)
    return onFrame((frame, before) => {
      if (frame.world !== world) return
      if (frame.full) select(layer).selectChildren().interrupt().remove()
      if (frame.full || frame.pulses.length === 0 || document.visibilityState !== 'visible') return
      if (reducedMotion()) {
        const pulse = frame.pulses.at(-1)
        if (pulse) setLast(pulse)
        return
      }
      for (const link of linksOf(frame.pulses, frame.speed, MOST_LINKS)) {
        if (layer.childElementCount > MOST_DRAWN) return
        const curve = curveOf(link, anchor)
        if (!curve) continue
        if (link.flow) drawFlow(layer, curve, link.pulses.length)
        else
          for (const pulse of link.pulses)
            drawPulse(layer, curve, pulse.failed, pulse.label, timingOf(pulse, before.now, frame.speed))
      }
    })
  }, [world])

  return (
    <>
      <svg ref={svg} className={s.layer} aria-hidden="true" />
      {still && last && (
        <p className={s.line}>{t('stage.motionLine', { from: name(last.from), to: name(last.to), label: last.label })}</p>
      )}
    </>
  )
}

function drawPulse(
  layer: SVGSVGElement,
  curve: Curve,
  failed: boolean,
  label: string,
  timing: { readonly delayMs: number; readonly durationMs: number },
): void {
  const group = select(layer)
    .append('g')
    .attr('class', (failed ? s.failed : s.pulse) ?? '')
    .style('opacity', '0')
  group.append('path').attr('d', pathOf(curve))
  const head = group.append('g')
  head.append('circle').attr('r', failed ? 4.5 : 4)
  // Slow enough to read: the message says what it is.
  if (timing.durationMs > 900 && label !== '') head.append('text').attr('x', 8).attr('y', 4).text(label)
  const place = (t: number): string => {
    const { x, y } = pointOn(curve, failed ? t * 0.7 : t)
    return `translate(${x.toFixed(1)},${y.toFixed(1)})`
  }
  head
    .attr('transform', place(0))
    .transition()
    .delay(timing.delayMs)
    .duration(timing.durationMs)
    .ease(easeSinInOut)
    .on('start', () => group.style('opacity', '1'))
    .attrTween('transform', () => place)
    .on('end', () => group.transition().duration(180).style('opacity', '0').remove())
}

function drawFlow(layer: SVGSVGElement, curve: Curve, count: number): void {
  const group = select(layer)
    .append('g')
    .attr('class', s.flow ?? '')
  group
    .append('path')
    .attr('d', pathOf(curve))
    .style('stroke-width', String(Math.min(6, 1.5 + Math.log2(count + 1) * 0.5)))
  group
    .transition()
    .delay(FLOW_MS * 0.5)
    .duration(FLOW_MS)
    .style('opacity', '0')
    .remove()
}
