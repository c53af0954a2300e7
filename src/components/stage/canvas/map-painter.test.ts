import { zoomIdentity } from 'd3'
import { beforeEach, describe, expect, test } from 'vitest'
import type { NodeView, PodView } from '../../../engine/protocol.ts'
import { emptyWorld, type World } from '../../../app/world-store.ts'
import { MapPainter, type View } from './map-painter.ts'
import { mapOf } from './stage-map.layout.ts'

const amount = (cpuMilli: number): NodeView['requested'] => ({ cpuMilli, memoryBytes: 1 }) as NodeView['requested']
const node = (name: string, part: Partial<NodeView> = {}): NodeView =>
  ({ name, ready: 'Ready', differs: false, requested: amount(100), allocatable: amount(1000), truth: { poweredOn: true, linked: true, kubeletRunning: true }, ...part }) as NodeView
const pod = (id: string, on: string, part: Partial<PodView> = {}): PodView =>
  ({ id, namespace: 'default', app: id, node: on, look: 'ready', status: 'Running', differs: false, truth: { host: on, running: 1 }, ...part }) as PodView

const worldOf = (nodes: readonly NodeView[], pods: readonly PodView[]): World => ({
  ...emptyWorld,
  nodes: new Map(nodes.map((each) => [each.name, each])),
  pods: new Map(pods.map((each) => [each.id, each])),
  podsByNode: new Map(nodes.map(({ name }) => [name, pods.filter(({ node: on }) => on === name).map(({ id }) => id)])),
})

const map = mapOf(['n1', 'n2', 'n3'], 600, 200)
const view: View = { width: 600, height: 200, transform: zoomIdentity, inks: {} as View['inks'], namespace: '', search: '', chosen: '', layer: 'believed' }
const nodes = ['n1', 'n2', 'n3'].map((name) => node(name))
const pods = [pod('default/a', 'n1'), pod('default/b', 'n2'), pod('default/c', 'n3')]
const start = worldOf(nodes, pods)

/** Names that are written on the canvas, and whether all of it was wiped. */
let written: string[] = []
const own: Record<string, unknown> = {}
const context = new Proxy(own, {
  get: (_own, name) => {
    if (name === 'fillText') return (text: string) => void written.push(text)
    if (name === 'clearRect') return (_x: number, _y: number, width: number) => width === 600 && void written.push('all wiped')
    return own[String(name)] ?? (() => {})
  },
}) as unknown as CanvasRenderingContext2D

describe('the map is drawn again', () => {
  let painter: MapPainter
  beforeEach(() => {
    painter = new MapPainter(context)
    painter.paint(start, map, view)
    written = []
  })

  test.each<[string, World, View, string[]]>([
    ['not at all when nothing has changed', start, view, []],
    ['not at all when only numbers have changed that it does not show', worldOf(nodes, [pod('default/a', 'n1', { restarts: 1 }), ...pods.slice(1)]), view, []],
    ['where a Pod looks different', worldOf(nodes, [pods[0]!, pod('default/b', 'n2', { look: 'failing' }), pods[2]!]), view, ['n2']],
    ['where a Pod came and where it left', worldOf(nodes, [pods[0]!, pods[1]!, pod('default/c', 'n2')]), view, ['n2', 'n3']],
    ['where a node is in trouble', worldOf([nodes[0]!, nodes[1]!, node('n3', { ready: 'Unknown' })], pods), view, ['n3']],
    ['whole after a zoom', start, { ...view, transform: zoomIdentity.scale(1.001) }, ['all wiped', 'n1', 'n2', 'n3']],
    ['whole for another search', start, { ...view, search: 'b' }, ['all wiped', 'n1', 'n2', 'n3']],
  ])('%s', (_name, world, next, expected) => {
    painter.paint(world, map, next)
    expect(written.filter((text) => text === 'all wiped' || text.startsWith('n'))).toEqual(expected)
  })
})
