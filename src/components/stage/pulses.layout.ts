/** Geometry and timing of the messages that travel over the stage. */
import type { Pulse } from '../../engine/protocol.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** A cubic Bézier curve. */
export interface Curve {
  readonly from: Point
  readonly control1: Point
  readonly control2: Point
  readonly to: Point
}

/** Middle of an edge of each end: between neighbours in a row the curve hangs below; to something lower it falls. */
export function curveBetween(from: Point, to: Point): Curve {
  const sameRow = Math.abs(from.y - to.y) < 24
  if (sameRow) {
    const sag = Math.min(34, 16 + Math.abs(to.x - from.x) * 0.03)
    return { from, control1: { x: from.x, y: from.y + sag }, control2: { x: to.x, y: to.y + sag }, to }
  }
  const middle = (from.y + to.y) / 2
  return { from, control1: { x: from.x, y: middle }, control2: { x: to.x, y: middle }, to }
}

/** A line as a curve, evenly passed. */
export function straight(from: Point, to: Point): Curve {
  const between = (share: number): Point => ({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share })
  return { from, control1: between(1 / 3), control2: between(2 / 3), to }
}

export function pointOn({ from, control1, control2, to }: Curve, t: number): Point {
  const u = 1 - t
  const mix = (a: number, b: number, c: number, d: number): number =>
    u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
  return { x: mix(from.x, control1.x, control2.x, to.x), y: mix(from.y, control1.y, control2.y, to.y) }
}

const px = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`

export const pathOf = ({ from, control1, control2, to }: Curve): string =>
  `M${px(from)}C${px(control1)} ${px(control2)} ${px(to)}`

/** Which thing on the stage an end of a message is: `component:etcd`, `node:node-1`, `kubectl`; undefined if it is not drawn. */
export function anchorOf(end: string): string | undefined {
  const [kind, name] = end.split('/')
  if (kind === 'node' || kind === 'kubelet' || kind === 'kube-proxy') return name === undefined ? undefined : `node:${name}`
  if (end === 'kubectl' || end === 'workstation') return 'kubectl'
  return end === 'api-server' || end === 'etcd' || end === 'kube-scheduler' || end === 'kube-controller-manager'
    ? `component:${end}`
    : undefined
}

export interface PulseTiming {
  readonly delayMs: number
  readonly durationMs: number
}

const LEAST_MS = 260
const MOST_MS = 6000

/** Real milliseconds until a message leaves and that it travels, at the engine's own times; never too short to be seen. */
export function timingOf(pulse: Pick<Pulse, 'at' | 'arrivesAt'>, since: number, speed: number): PulseTiming {
  const delayMs = Math.min(1000, Math.max(0, (pulse.at - since) / speed))
  return { delayMs, durationMs: Math.min(MOST_MS, Math.max(LEAST_MS, (pulse.arrivesAt - pulse.at) / speed)) }
}

/** Messages of one link, drawn one by one or, when there are many, as a flow. */
export interface Link {
  readonly from: string
  readonly to: string
  readonly pulses: readonly Pulse[]
  readonly flow: boolean
}

/** So many messages of a link in one frame are still drawn one by one. */
const SINGLY = 3
const FAST = 20

export function linksOf(pulses: readonly Pulse[], speed: number, most: number): readonly Link[] {
  const links = new Map<string, { from: string; to: string; pulses: Pulse[] }>()
  for (const pulse of pulses) {
    const from = anchorOf(pulse.from)
    const to = anchorOf(pulse.to)
    if (from === undefined || to === undefined || from === to) continue
    const key = `${from}>${to}`
    const link = links.get(key)
    if (link) link.pulses.push(pulse)
    else links.set(key, { from, to, pulses: [pulse] })
  }
  return [...links.values()]
    .sort((a, b) => b.pulses.length - a.pulses.length)
    .slice(0, most)
    .map((link) => ({ ...link, flow: link.pulses.length > SINGLY || speed >= FAST }))
}
