import { describe, expect, it } from 'vitest'
import { cellOf, densityOf, HEAD, mapOf, nodeAt, podAt } from './stage-map.layout.ts'

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}`)

describe('the map of many nodes', () => {
  it.each([
    [200, 900, 400],
    [1000, 900, 400],
    [5000, 700, 700],
    [151, 340, 420],
  ])('%i nodes fit into %i × %i', (count, width, height) => {
    const map = mapOf(names(count), width, height)
    expect(map.height).toBeLessThanOrEqual(height + map.pitch)
    expect(map.nodes).toHaveLength(count)
  })

  it('a node is found under its own middle, and nothing between nodes', () => {
    const map = mapOf(names(200), 900, 400)
    for (const node of map.nodes) expect(nodeAt(map, node.x + node.size / 2, node.y + node.size / 2)?.name).toBe(node.name)
    expect(nodeAt(map, map.pitch - 0.5, 3)).toBeUndefined()
  })

  it('a Pod is found in its own cell', () => {
    const ids = names(30)
    ids.forEach((id, index) => {
      const { x, y, size } = cellOf(index, ids.length)
      expect(podAt(ids, x + size / 2, y + size / 2)).toBe(id)
      expect(y + size).toBeLessThanOrEqual(1.05)
    })
    expect(podAt(ids, 0.5, HEAD / 2)).toBeUndefined()
  })

  it('density names trouble first, and adds up to all', () => {
    const density = densityOf(['ready', 'ready', 'failing', 'ready'])
    expect(density).toEqual([
      { look: 'failing', share: 0.25 },
      { look: 'ready', share: 0.75 },
    ])
  })
})
