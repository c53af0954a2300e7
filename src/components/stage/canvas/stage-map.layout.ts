/** The cluster as a map for many nodes: equal squares in a grid, in the order of their names; Pods as cells, or as density when too many. */
import type { PodView } from '../../../engine/protocol.ts'

export interface MapNode {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly size: number
}

export interface StageMap {
  readonly nodes: readonly MapNode[]
  readonly columns: number
  readonly pitch: number
  readonly width: number
  readonly height: number
}

/** The grid that fills the given shape with the largest squares. */
export function mapOf(names: readonly string[], width: number, height: number): StageMap {
  const count = Math.max(1, names.length)
  let columns = Math.max(1, Math.round(Math.sqrt((count * width) / Math.max(1, height))))
  while (Math.ceil(count / columns) * (width / columns) > height && columns < count) columns += 1
  const pitch = width / columns
  const size = pitch * 0.88
  const nodes = names.map((name, index) => ({ name, x: (index % columns) * pitch, y: Math.floor(index / columns) * pitch, size }))
  return { nodes, columns, pitch, width, height: Math.ceil(count / columns) * pitch }
}

/** The node at a point of the map. */
export function nodeAt(map: StageMap, x: number, y: number): MapNode | undefined {
  const column = Math.floor(x / map.pitch)
  const row = Math.floor(y / map.pitch)
  if (column < 0 || column >= map.columns || row < 0) return undefined
  const node = map.nodes[row * map.columns + column]
  return node && x - node.x <= node.size && y - node.y <= node.size ? node : undefined
}

/** Top of a square that holds the name and the bars; the rest holds the Pods. */
export const HEAD = 0.22

export interface Cell {
  readonly x: number
  readonly y: number
  readonly size: number
}

/** Where the n-th of `count` Pods is in its node's square, as shares of it. */
export function cellOf(index: number, count: number): Cell {
  const columns = Math.max(4, Math.ceil(Math.sqrt(count / (1 - HEAD))))
  const size = 1 / columns
  return { x: (index % columns) * size, y: HEAD + Math.floor(index / columns) * size, size: size * 0.86 }
}

/** The Pod in the square at shares `u`, `v` of it. */
export function podAt(ids: readonly string[], u: number, v: number): string | undefined {
  const columns = Math.max(4, Math.ceil(Math.sqrt(ids.length / (1 - HEAD))))
  const row = Math.floor((v - HEAD) * columns)
  return v < HEAD || u < 0 || u >= 1 || row < 0 ? undefined : ids[row * columns + Math.floor(u * columns)]
}

/** How many Pods of a node are in each look, most telling first. */
const order: readonly PodView['look'][] = [
  'failing',
  'failed',
  'not-ready',
  'unknown',
  'terminating',
  'creating',
  'pending',
  'ready',
  'succeeded',
]

export function densityOf(
  looks: readonly PodView['look'][],
): readonly { readonly look: PodView['look']; readonly share: number }[] {
  const counts = new Map<PodView['look'], number>()
  for (const look of looks) counts.set(look, (counts.get(look) ?? 0) + 1)
  return order.flatMap((look) => {
    const count = counts.get(look)
    return count === undefined ? [] : [{ look, share: count / looks.length }]
  })
}
