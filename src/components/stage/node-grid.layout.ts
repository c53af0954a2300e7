/**
 * Where the node boxes stand. All beds (the part of a box that holds Pods) are equally high and as wide as the node is large, so a bed's
 * area is proportional to the node's allocatable CPU and memory, and one scale holds for every tile on every node.
 */

/** Amounts of the two resources that the picture shows. */
export interface Amount {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** What counts as 1 of each resource: the mean node. */
export interface Yardstick {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

export interface NodeSize {
  readonly name: string
  readonly allocatable: Amount
}

/** How much of a box fits besides its Pods. */
export type Detail = 'full' | 'compact' | 'tiny'

export interface NodeBox {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface NodeGrid {
  readonly boxes: readonly NodeBox[]
  readonly detail: Detail
  readonly bedHeight: number
  /** Square pixels of a bed for one yardstick of each resource, halved: multiply by `sizeOf`. */
  readonly areaPerSize: number
  readonly height: number
}

export const GAP = 10
/** Height of all that is not bed, and the padding beside it. */
export const CHROME: Readonly<Record<Detail, { readonly top: number; readonly side: number; readonly bottom: number }>> = {
  full: { top: 82, side: 10, bottom: 10 },
  compact: { top: 45, side: 6, bottom: 6 },
  tiny: { top: 20, side: 3, bottom: 3 },
}
const LEAST: Readonly<Record<Detail, { readonly width: number; readonly bed: number }>> = {
  full: { width: 200, bed: 90 },
  compact: { width: 104, bed: 34 },
  tiny: { width: 48, bed: 18 },
}

export function yardstickOf(nodes: readonly NodeSize[]): Yardstick {
  const mean = (pick: (amount: Amount) => number): number =>
    Math.max(1, nodes.reduce((sum, { allocatable }) => sum + pick(allocatable), 0) / Math.max(1, nodes.length))
  return { cpuMilli: mean((amount) => amount.cpuMilli), memoryBytes: mean((amount) => amount.memoryBytes) }
}

/** The mean of the two shares of the yardstick: sizes add up, and a node full of both is full in the picture. */
export const sizeOf = (amount: Amount, yardstick: Yardstick): number =>
  (amount.cpuMilli / yardstick.cpuMilli + amount.memoryBytes / yardstick.memoryBytes) / 2

/** A little scrolling is better than losing details. */
const MAY_SCROLL = 1.2

/** A node far smaller than its neighbours still gets a box that can be read. */
const LEAST_SIZE = 0.4

function rowsOf<Item>(items: readonly Item[], rows: number): readonly (readonly Item[])[] {
  const perRow = Math.ceil(items.length / rows)
  return Array.from({ length: Math.ceil(items.length / perRow) }, (_, row) => items.slice(row * perRow, (row + 1) * perRow))
}

interface Candidate {
  readonly rows: readonly (readonly { readonly name: string; readonly size: number }[])[]
  readonly pixelsPerSize: number
  readonly rowHeight: number
  readonly detail: Detail
  readonly cost: number
}

function candidate(
  sized: readonly { readonly name: string; readonly size: number }[],
  rowCount: number,
  width: number,
  height: number,
): Candidate {
  const rows = rowsOf(sized, rowCount)
  const longest = Math.max(...rows.map((row) => row.length))
  const heaviest = Math.max(...rows.map((row) => row.reduce((sum, { size }) => sum + size, 0)))
  const pixelsPerSize = Math.max(1, (width - GAP * (longest - 1)) / heaviest)
  const narrowest = Math.min(...sized.map(({ size }) => size)) * pixelsPerSize
  const fairHeight = (height - GAP * (rows.length - 1)) / rows.length
  const detail = (['full', 'compact'] as const).find(
    (each) =>
      narrowest >= LEAST[each].width && fairHeight * MAY_SCROLL >= CHROME[each].top + CHROME[each].bottom + LEAST[each].bed,
  )
  const chosen = detail ?? 'tiny'
  const least = CHROME[chosen].top + CHROME[chosen].bottom + LEAST[chosen].bed
  const rowHeight = Math.max(fairHeight, least)
  const meanWidth = (pixelsPerSize * sized.reduce((sum, { size }) => sum + size, 0)) / sized.length
  const lost = chosen === 'full' ? 0 : chosen === 'compact' ? 2 : 4
  const tooNarrow = narrowest < LEAST[chosen].width ? 4 : 0
  const scrolls = rowHeight > fairHeight ? (rowHeight / Math.max(1, fairHeight) - 1) * 2 : 0
  const cost = Math.abs(Math.log(meanWidth / rowHeight / 0.95)) + lost + tooNarrow + scrolls
  return { rows, pixelsPerSize, rowHeight, detail: chosen, cost }
}

/** Boxes of the nodes, in the order given; grows in height where they cannot fit. */
export function layoutNodes(nodes: readonly NodeSize[], width: number, height: number): NodeGrid {
  if (nodes.length === 0 || width <= 0) return { boxes: [], detail: 'full', bedHeight: 0, areaPerSize: 0, height: 0 }
  const yardstick = yardstickOf(nodes)
  const sized = nodes.map(({ name, allocatable }) => ({ name, size: Math.max(LEAST_SIZE, sizeOf(allocatable, yardstick)) }))
  let best: Candidate | undefined
  for (let rowCount = 1; rowCount <= nodes.length; rowCount += 1) {
    const next = candidate(sized, rowCount, width, height)
    if (!best || next.cost < best.cost - 1e-9) best = next
  }
  if (!best) return { boxes: [], detail: 'full', bedHeight: 0, areaPerSize: 0, height: 0 }
  const { rows, pixelsPerSize, detail } = best
  const rowHeight = Math.floor(best.rowHeight)
  const boxes = rows.flatMap((row, index) => {
    let x = 0
    return row.map(({ name, size }) => {
      const box = {
        name,
        x: Math.round(x),
        y: index * (rowHeight + GAP),
        width: Math.floor(size * pixelsPerSize),
        height: rowHeight,
      }
      x += size * pixelsPerSize + GAP
      return box
    })
  })
  const { top, side, bottom } = CHROME[detail]
  const bedHeight = rowHeight - top - bottom
  const meanBedWidth = boxes.reduce((sum, box) => sum + box.width - 2 * side, 0) / boxes.length
  const meanSize = sized.reduce((sum, { size }) => sum + size, 0) / sized.length
  return {
    boxes,
    detail,
    bedHeight,
    areaPerSize: (meanBedWidth * bedHeight) / meanSize,
    height: rows.length * (rowHeight + GAP) - GAP,
  }
}
