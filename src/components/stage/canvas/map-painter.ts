import type { ZoomTransform } from 'd3'
import type { PodView } from '../../../engine/protocol.ts'
import type { Layer } from '../../../app/view-store.ts'
import type { World } from '../../../app/world-store.ts'
import { hostTrouble, isDim, tileState, type TileLook } from '../pod-look.ts'
import type { Inks } from './inks.ts'
import { cellOf, densityOf, HEAD, type MapNode, type StageMap } from './stage-map.layout.ts'

type Hue = 'ready' | 'starting' | 'pending' | 'failing' | 'terminating' | 'unknown'

const hueOf: Readonly<Record<TileLook, Hue>> = {
  ready: 'ready',
  runs: 'ready',
  creating: 'starting',
  pending: 'pending',
  'not-ready': 'failing',
  failing: 'failing',
  failed: 'failing',
  terminating: 'terminating',
  succeeded: 'terminating',
  'nothing-runs': 'terminating',
  'only-runs': 'unknown',
  unknown: 'unknown',
}

interface Options {
  readonly inks: Inks
  readonly namespace: string
  readonly search: string
  readonly chosen: string
  readonly layer: Layer
}

/** Squares smaller than this on screen show density instead of cells. */
const DENSE = 20
/** Cells larger than this on screen have room for a name. */
const NAMED = 46

export interface View extends Options {
  readonly width: number
  readonly height: number
  readonly transform: ZoomTransform
}

/** What of a node and its Pods the map shows, as a text: the same text, the same picture. */
function lookOf(world: World, name: string, pods: readonly PodView[], layer: Layer): string {
  const node = world.nodes.get(name)
  if (!node) return ''
  const share = Math.round((100 * node.requested.cpuMilli) / Math.max(1, node.allocatable.cpuMilli))
  let text = `${node.ready} ${node.differs} ${hostTrouble(node) ?? ''} ${share}`
  for (const pod of pods) {
    const { look, differs } = tileState(pod, name, layer)
    text += ` ${pod.id} ${pod.status} ${look}${differs ? '!' : ''}`
  }
  return text
}

const sameItems = (a: readonly unknown[] | undefined, b: readonly unknown[]): boolean =>
  a !== undefined && a.length === b.length && a.every((item, index) => item === b[index])

/** Draws the map, and afterwards only the nodes that look different. */
export class MapPainter {
  readonly #context: CanvasRenderingContext2D
  #seen: { readonly map: StageMap; readonly view: View } | undefined
  readonly #drawn = new Map<string, { readonly node: unknown; readonly pods: readonly PodView[]; readonly look: string }>()

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context
  }

  paint(world: World, map: StageMap, view: View): void {
    const isOther = this.#isOther(map, view)
    this.#seen = { map, view }
    const { width, height, transform } = view
    const { k, x, y } = transform
    if (isOther) {
      this.#drawn.clear()
      this.#context.clearRect(0, 0, width, height)
    }
    for (const { name, x: left, y: top, size } of map.nodes) {
      const box = { name, x: left * k + x, y: top * k + y, size: size * k }
      if (box.x > width || box.y > height || box.x + box.size < 0 || box.y + box.size < 0) continue
      this.#paintNode(world, box, Math.min(3.5, ((map.pitch - size) * k) / 2), view)
    }
  }

  #isOther(map: StageMap, view: View): boolean {
    const before = this.#seen
    return before?.map !== map || (Object.keys(view) as (keyof View)[]).some((field) => before.view[field] !== view[field])
  }

  #paintNode(world: World, box: MapNode, margin: number, view: View): void {
    const before = this.#drawn.get(box.name)
    const node = world.nodes.get(box.name)
    const pods = (world.podsByNode.get(box.name) ?? []).flatMap((id) => world.pods.get(id) ?? [])
    if (before?.node === node && sameItems(before?.pods, pods)) return
    const look = lookOf(world, box.name, pods, view.layer)
    this.#drawn.set(box.name, { node, pods, look })
    if (before?.look === look) return
    if (before) this.#context.clearRect(box.x - margin, box.y - margin, box.size + 2 * margin, box.size + 2 * margin)
    drawNode(this.#context, world, box, pods, view)
  }
}

function drawNode(context: CanvasRenderingContext2D, world: World, box: MapNode, pods: readonly PodView[], options: Options): void {
  const { inks, chosen, search } = options
  const node = world.nodes.get(box.name)
  if (!node) return
  const trouble = hostTrouble(node)
  const head = box.size * HEAD
  context.fillStyle = inks.panel
  context.strokeStyle = node.differs || trouble ? inks.failing : node.ready === 'Ready' ? inks.line : inks.unknown
  context.lineWidth = node.differs || trouble ? 1.5 : 1
  context.setLineDash(trouble ? [4, 3] : [])
  context.beginPath()
  context.roundRect(box.x, box.y, box.size, box.size, Math.min(8, box.size * 0.08))
  context.globalAlpha = trouble === 'off' ? 0.45 : 1
  context.fill()
  context.globalAlpha = 1
  context.stroke()
  context.setLineDash([])
  drawPods(context, box, pods, options)
  if (head >= 9) {
    context.fillStyle = inks.ink
    context.font = `600 ${Math.min(14, head * 0.6)}px system-ui`
    context.textBaseline = 'middle'
    context.fillText(box.name, box.x + head * 0.25, box.y + head * 0.42, box.size - head * 0.5)
  }
  // Requested share of CPU as a bar under the name.
  context.fillStyle = inks.sunken
  context.fillRect(box.x + box.size * 0.06, box.y + head * 0.76, box.size * 0.88, Math.max(1, head * 0.12))
  context.fillStyle = inks['heat-3']
  context.fillRect(
    box.x + box.size * 0.06,
    box.y + head * 0.76,
    box.size * 0.88 * Math.min(1, node.requested.cpuMilli / Math.max(1, node.allocatable.cpuMilli)),
    Math.max(1, head * 0.12),
  )
  if (chosen === `node:${box.name}` || (search !== '' && box.name.includes(search))) {
    context.strokeStyle = inks.accent
    context.lineWidth = 2.5
    context.strokeRect(box.x - 2, box.y - 2, box.size + 4, box.size + 4)
  }
}

function drawPods(
  context: CanvasRenderingContext2D,
  box: MapNode,
  pods: readonly PodView[],
  { inks, namespace, search, chosen, layer }: Options,
): void {
  if (pods.length === 0) return
  if (box.size < DENSE || pods.length > 1000) {
    drawDensity(context, pods, box, inks)
    return
  }
  pods.forEach((pod, index) => {
    const cell = cellOf(index, pods.length)
    const left = box.x + cell.x * box.size + box.size * 0.01
    const top = box.y + cell.y * box.size
    const size = cell.size * box.size
    const { look, differs } = tileState(pod, box.name, layer)
    context.globalAlpha = isDim(pod, namespace, search) ? 0.2 : 1
    drawCell(context, look, left, top, size, inks[hueOf[look]])
    if (differs || chosen === `pod:${pod.id}` || (search !== '' && pod.id.includes(search))) {
      context.strokeStyle = differs ? inks.failing : inks.accent
      context.lineWidth = 2
      context.strokeRect(left - 1, top - 1, size + 2, size + 2)
    }
    if (size > NAMED) {
      context.fillStyle = inks.ink
      context.font = '11px system-ui'
      context.textBaseline = 'top'
      context.fillText(pod.app, left + 6, top + 4, size - 8)
      context.fillText(pod.status, left + 6, top + size - 16, size - 8)
    }
    context.globalAlpha = 1
  })
}

/** The grammar of the tiles in a few strokes: solid, half filled, dashed, hatched, crossed. */
function drawCell(context: CanvasRenderingContext2D, look: TileLook, x: number, y: number, size: number, hue: string): void {
  context.fillStyle = hue
  context.strokeStyle = hue
  context.lineWidth = Math.min(1.5, size * 0.16)
  switch (look) {
    case 'ready':
    case 'runs':
      context.globalAlpha *= size > NAMED ? 0.25 : 0.85
      context.fillRect(x, y, size, size)
      return
    case 'creating':
      context.strokeRect(x, y, size, size)
      context.fillRect(x, y + size * 0.5, size, size * 0.5)
      return
    case 'pending':
    case 'unknown':
    case 'nothing-runs':
      context.setLineDash([size * 0.25, size * 0.18])
      context.strokeRect(x, y, size, size)
      context.setLineDash([])
      return
    case 'terminating':
    case 'succeeded':
      context.strokeRect(x, y, size, size)
      for (const share of [0.25, 0.5, 0.75]) context.fillRect(x + size * share, y, Math.max(0.5, size * 0.08), size)
      return
    case 'not-ready':
    case 'failing':
    case 'failed':
    case 'only-runs':
      context.strokeRect(x, y, size, size)
      context.beginPath()
      context.moveTo(x, y + size)
      context.lineTo(x + size, y)
      if (look === 'failed') {
        context.moveTo(x, y)
        context.lineTo(x + size, y + size)
      } else {
        context.moveTo(x, y + size * 0.5)
        context.lineTo(x + size * 0.5, y)
        context.moveTo(x + size * 0.5, y + size)
        context.lineTo(x + size, y + size * 0.5)
      }
      context.stroke()
  }
}

/** Too small for cells: one stacked bar whose height says how full of Pods, trouble on top. */
function drawDensity(context: CanvasRenderingContext2D, pods: readonly PodView[], box: MapNode, inks: Inks): void {
  let top = box.y + box.size * HEAD
  for (const { look, share } of densityOf(pods.map((pod) => pod.look))) {
    const height = box.size * (1 - HEAD) * share
    context.fillStyle = inks[hueOf[look]]
    context.globalAlpha = 0.8
    context.fillRect(box.x + 1, top, box.size - 2, height)
    top += height
  }
  context.globalAlpha = 1
}
