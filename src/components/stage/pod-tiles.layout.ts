/**
 * Packs the tiles of the Pods into the bed of their node. Objects keep their place: a tile stays where it was as long as its size and the
 * bed stay; a new one takes the first gap in which it fits; only when none is left, all are packed anew.
 */

export interface TileSize {
  readonly id: string
  /** Square pixels that its requests deserve. */
  readonly area: number
  /** Pixels that its name would need. */
  readonly nameWidth: number
}

export interface Tile {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Larger than its requests deserve, to be seen at all. */
  readonly atMinimum: boolean
}

export interface Packing {
  readonly tiles: ReadonlyMap<string, Tile>
  /** Below 1: the tiles did not fit at the common scale and were shrunk by this factor in length. */
  readonly scale: number
  /** There was room for tiles as wide as their names. */
  readonly named: boolean
  readonly width: number
  readonly height: number
}

export const emptyPacking: Packing = { tiles: new Map(), scale: 1, named: true, width: 0, height: 0 }

const TILE_GAP = 4
const LEAST = { width: 66, height: 36 }
/** No tile is made wider than this for its name alone. */
const MOST_FOR_NAME = 132
/** Width to height of a tile that has the choice. */
const ASPECT = 1.35
/** Part of a bed that the smallest tiles may fill before they are made smaller still. */
const CROWDED = 0.62
const SHRINK = 0.9
const ROUNDS = 16

interface Cells {
  readonly columns: number
  readonly rows: number
  readonly cell: number
  readonly used: Uint8Array
}

function cellsOf(width: number, height: number): Cells {
  const cell = width * height > 40_000 ? 8 : 4
  const columns = Math.max(2, Math.floor((width + TILE_GAP) / cell))
  const rows = Math.max(2, Math.floor((height + TILE_GAP) / cell))
  return { columns, rows, cell, used: new Uint8Array(columns * rows) }
}

interface Span {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/** The column after the last obstacle in the span, or -1 if the span is free. */
function obstacle({ used, columns }: Cells, span: Span): number {
  let after = -1
  for (let row = span.row; row < span.row + span.rows; row += 1)
    for (let column = span.column + span.columns - 1; column >= span.column; column -= 1)
      if (used[row * columns + column]) {
        after = Math.max(after, column + 1)
        break
      }
  return after
}

function take(cells: Cells, span: Span): void {
  for (let row = span.row; row < span.row + span.rows; row += 1)
    cells.used.fill(1, row * cells.columns + span.column, row * cells.columns + span.column + span.columns)
}

function firstGap(cells: Cells, columns: number, rows: number): Span | undefined {
  for (let row = 0; row + rows <= cells.rows; row += 1) {
    let column = 0
    while (column + columns <= cells.columns) {
      const span = { column, row, columns, rows }
      const after = obstacle(cells, span)
      if (after < 0) return span
      column = after
    }
  }
  return undefined
}

interface Size {
  readonly width: number
  readonly height: number
}

interface Shape {
  readonly id: string
  readonly columns: number
  readonly rows: number
  readonly atMinimum: boolean
}

function shapeOf({ id, area }: TileSize, cells: Cells, scale: number, least: Size): Shape {
  const bedWidth = cells.columns * cells.cell
  const bedHeight = cells.rows * cells.cell
  const wanted = area * scale * scale
  let width = Math.min(bedWidth, Math.max(least.width * scale, Math.sqrt(wanted * ASPECT)))
  let height = Math.max(least.height * scale, wanted / width)
  if (height > bedHeight) {
    height = bedHeight
    width = Math.min(bedWidth, Math.max(width, wanted / height))
  }
  const columns = Math.min(cells.columns, Math.max(2, Math.round(width / cells.cell)))
  const rows = Math.min(cells.rows, Math.max(2, Math.round(height / cells.cell)))
  return { id, columns, rows, atMinimum: wanted < least.width * least.height * scale * scale * 0.98 }
}

/** Places each shape; `kept` says where it stood. Undefined if one does not fit. */
function place(
  cells: Cells,
  shapes: readonly Shape[],
  kept: (shape: Shape) => Span | undefined,
): ReadonlyMap<string, Span> | undefined {
  const spans = new Map<string, Span>()
  for (const shape of shapes) {
    const old = kept(shape)
    if (old && old.column + old.columns <= cells.columns && old.row + old.rows <= cells.rows && obstacle(cells, old) < 0) {
      take(cells, old)
      spans.set(shape.id, old)
    }
  }
  for (const { id, columns, rows } of shapes) {
    if (spans.has(id)) continue
    const wider = Math.min(cells.columns, Math.ceil(columns * 1.4))
    const taller = Math.min(cells.rows, Math.ceil(rows * 1.4))
    const gap =
      firstGap(cells, columns, rows) ??
      firstGap(cells, wider, Math.max(2, Math.round((columns * rows) / wider))) ??
      firstGap(cells, Math.max(2, Math.round((columns * rows) / taller)), taller)
    if (!gap) return undefined
    take(cells, gap)
    spans.set(id, gap)
  }
  return spans
}

function toTiles(shapes: readonly Shape[], spans: ReadonlyMap<string, Span>, cell: number): ReadonlyMap<string, Tile> {
  const tiles = new Map<string, Tile>()
  for (const { id, atMinimum } of shapes) {
    const span = spans.get(id)
    if (!span) continue
    tiles.set(id, {
      id,
      x: span.column * cell,
      y: span.row * cell,
      width: span.columns * cell - TILE_GAP,
      height: span.rows * cell - TILE_GAP,
      atMinimum,
    })
  }
  return tiles
}

/** Least sizes at which every name can be read; undefined when they would fill too much of the bed. */
function leastForNames(pods: readonly TileSize[], width: number, height: number): ReadonlyMap<string, Size> | undefined {
  const most = Math.max(LEAST.width, Math.min(MOST_FOR_NAME, width / 2))
  const sizes = new Map(
    pods.map(({ id, nameWidth }) => [id, { width: Math.min(most, Math.max(LEAST.width, nameWidth)), height: LEAST.height }]),
  )
  let filled = 0
  for (const { id, area } of pods) filled += Math.max(area, sizes.get(id)!.width * LEAST.height)
  return filled <= CROWDED * width * height ? sizes : undefined
}

/** The next packing after `previous`. Pods in the order in which they came. */
export function packTiles(previous: Packing, pods: readonly TileSize[], width: number, height: number): Packing {
  if (pods.length === 0 || width < 8 || height < 8) return { ...emptyPacking, width, height }
  const sameBed = previous.width === width && previous.height === height
  const isFuller = sameBed && pods.length >= previous.tiles.size
  const attempt = (scale: number, leastOf: (pod: TileSize) => Size): ReadonlyMap<string, Tile> | undefined => {
    const cells = cellsOf(width, height)
    const shapes = pods.map((pod) => shapeOf(pod, cells, scale, leastOf(pod)))
    const stay = ({ id, columns, rows }: Shape): Span | undefined => {
      const tile = sameBed && scale === previous.scale ? previous.tiles.get(id) : undefined
      if (!tile) return undefined
      const span = {
        column: tile.x / cells.cell,
        row: tile.y / cells.cell,
        columns: Math.round((tile.width + TILE_GAP) / cells.cell),
        rows: Math.round((tile.height + TILE_GAP) / cells.cell),
      }
      // A tile that was reshaped to fit a gap keeps that shape as long as its area is right.
      return Math.abs(span.columns * span.rows - columns * rows) <= Math.max(2, columns * rows * 0.15) ? span : undefined
    }
    const fresh = (): Cells => ({ ...cells, used: new Uint8Array(cells.used.length) })
    const bySize = [...shapes].sort((a, b) => b.columns * b.rows - a.columns * a.rows)
    const spans = place(cells, shapes, stay) ?? place(fresh(), shapes, () => undefined) ?? place(fresh(), bySize, () => undefined)
    return spans && toTiles(shapes, spans, cells.cell)
  }

  // Names were given up: not taken back before somebody leaves, or a rollout would shuffle the picture to and fro.
  const named = isFuller && !previous.named ? undefined : leastForNames(pods, width, height)
  const wide = named && attempt(1, ({ id }) => named.get(id)!)
  if (wide) return { tiles: wide, scale: 1, named: true, width, height }

  const crowding = Math.sqrt((CROWDED * width * height) / (pods.length * LEAST.width * LEAST.height))
  const least = { width: LEAST.width * Math.min(1, crowding), height: LEAST.height * Math.min(1, crowding) }
  let scale = isFuller && previous.scale < 1 ? previous.scale : 1
  for (let round = 0; round < ROUNDS; round += 1) {
    const tiles = attempt(scale, () => least)
    if (tiles) return { tiles, scale, named: false, width, height }
    scale *= SHRINK
  }
  return rows(pods, width, height)
}

/** When nothing else fits: equal slivers in rows. */
function rows(pods: readonly TileSize[], width: number, height: number): Packing {
  const columns = Math.max(1, Math.ceil(Math.sqrt((pods.length * width) / height)))
  const lines = Math.ceil(pods.length / columns)
  const tiles = new Map(
    pods.map(({ id }, index) => {
      const left = (column: number): number => Math.floor((column * width) / columns)
      const top = (line: number): number => Math.floor((line * height) / lines)
      const column = index % columns
      const line = Math.floor(index / columns)
      const size = { width: Math.max(1, left(column + 1) - left(column) - 1), height: Math.max(1, top(line + 1) - top(line) - 1) }
      return [id, { id, x: left(column), y: top(line), ...size, atMinimum: true }]
    }),
  )
  return { tiles, scale: 0, named: false, width, height }
}
