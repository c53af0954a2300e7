import { describe, expect, it } from 'vitest'
import { CHROME, layoutNodes, sizeOf, yardstickOf, type Detail, type NodeSize } from './node-grid.layout.ts'

const GI = 2 ** 30
const node = (name: string, cores: number, gib: number): NodeSize => ({
  name,
  allocatable: { cpuMilli: cores * 1000, memoryBytes: gib * GI },
})
const nodes = (count: number, cores = 4, gib = 8): readonly NodeSize[] =>
  Array.from({ length: count }, (_, index) => node(`node-${index + 1}`, cores, gib))

describe('boxes of the nodes', () => {
  it.each<[string, readonly NodeSize[], number, number, Detail, number]>([
    ['three nodes on a desktop stand in one row with all details', nodes(3), 900, 350, 'full', 1],
    ['five nodes on a desktop', nodes(5), 1200, 420, 'full', 1],
    ['ten nodes are compact', nodes(10), 900, 350, 'compact', 2],
    ['a hundred nodes are tiny', nodes(100), 900, 400, 'tiny', 7],
    ['three nodes on a phone', nodes(3), 358, 500, 'full', 3],
  ])('%s', (_name, wanted, width, height, detail, rows) => {
    const grid = layoutNodes(wanted, width, height)
    expect(grid.detail).toBe(detail)
    expect(new Set(grid.boxes.map(({ y }) => y)).size).toBe(rows)
    for (const box of grid.boxes) expect(box.x + box.width).toBeLessThanOrEqual(width)
  })

  it('the bed of a node with twice the allocatable is twice as large', () => {
    const { boxes, bedHeight, detail } = layoutNodes([node('a', 4, 8), node('b', 8, 16)], 900, 350)
    const bed = (index: number): number => ((boxes[index]?.width ?? 0) - 2 * CHROME[detail].side) * bedHeight
    expect(bed(1) / bed(0)).toBeGreaterThan(1.9)
    expect(bed(1) / bed(0)).toBeLessThan(2.15)
  })

  it('no node has no boxes', () => {
    expect(layoutNodes([], 900, 350).boxes).toEqual([])
  })

  it('sizes add up: requests of all allocatable have the size of the node', () => {
    const both = [node('a', 4, 8), node('b', 8, 32)]
    const yardstick = yardstickOf(both)
    expect(both.map(({ allocatable }) => sizeOf(allocatable, yardstick)).reduce((sum, size) => sum + size, 0)).toBeCloseTo(2, 6)
  })
})
