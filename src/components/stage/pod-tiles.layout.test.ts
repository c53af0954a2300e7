import { describe, expect, it } from 'vitest'
import { emptyPacking, packTiles, type Packing, type TileSize } from './pod-tiles.layout.ts'

const pods = (count: number, area: number, prefix = 'p'): readonly TileSize[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, area, nameWidth: 40 }))

const overlaps = ({ tiles }: Packing): readonly string[] => {
  const all = [...tiles.values()]
  return all.flatMap((a, index) =>
    all
      .slice(index + 1)
      .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
      .map((b) => `${a.id}/${b.id}`),
  )
}

const outside = ({ tiles, width, height }: Packing): readonly string[] =>
  [...tiles.values()]
    .filter((tile) => tile.x < 0 || tile.y < 0 || tile.x + tile.width > width || tile.y + tile.height > height)
    .map(({ id }) => id)

describe('tiles in the bed of a node', () => {
  it.each<[string, readonly TileSize[], number, number]>([
    ['four middling Pods', pods(4, 9000), 260, 220],
    ['a node filled to the brim', pods(5, 11_000), 260, 212],
    ['a hundred and ten tiny Pods', pods(110, 40), 260, 220],
    ['one Pod that requests more than the node has', pods(1, 200_000), 260, 220],
    ['Pods of several sizes', [...pods(2, 16_000, 'big'), ...pods(6, 3000, 'small')], 300, 200],
    ['a bed of a few pixels', pods(30, 300), 42, 20],
    ['forty Pods that request far more than there is', pods(40, 8000), 200, 150],
  ])('%s: all are inside and none overlaps', (_name, wanted, width, height) => {
    const packing = packTiles(emptyPacking, wanted, width, height)
    expect([...packing.tiles.keys()].sort()).toEqual(wanted.map(({ id }) => id).sort())
    expect(overlaps(packing)).toEqual([])
    expect(outside(packing)).toEqual([])
  })

  it('a Pod keeps its place when another leaves and a third comes', () => {
    const before = packTiles(emptyPacking, pods(5, 5000), 260, 220)
    const left = packTiles(
      before,
      pods(5, 5000).filter(({ id }) => id !== 'p1'),
      260,
      220,
    )
    const after = packTiles(left, [...pods(5, 5000).filter(({ id }) => id !== 'p1'), { id: 'new', area: 5000, nameWidth: 40 }], 260, 220)
    for (const id of ['p0', 'p2', 'p3', 'p4']) expect(after.tiles.get(id)).toEqual(before.tiles.get(id))
    expect(after.tiles.get('new')).toMatchObject({ x: before.tiles.get('p1')?.x, y: before.tiles.get('p1')?.y })
  })

  it('a tile has the area of its requests when there is room', () => {
    const { tiles, scale } = packTiles(
      emptyPacking,
      [
        { id: 'a', area: 12_000, nameWidth: 40 },
        { id: 'b', area: 6000, nameWidth: 40 },
      ],
      300,
      300,
    )
    const area = (id: string): number => (tiles.get(id)?.width ?? 0) * (tiles.get(id)?.height ?? 0)
    expect(scale).toBe(1)
    expect(area('a') / area('b')).toBeCloseTo(2, 0)
  })

  it('a tiny Pod is drawn at the least size and says so', () => {
    expect(packTiles(emptyPacking, [{ id: 'a', area: 10, nameWidth: 40 }], 300, 300).tiles.get('a')).toMatchObject({ atMinimum: true })
    expect(packTiles(emptyPacking, [{ id: 'a', area: 9000, nameWidth: 40 }], 300, 300).tiles.get('a')).toMatchObject({ atMinimum: false })
  })

  it.each([
    ['as wide as their names where there is room', 6, true],
    ['as narrow as ever where there is none', 24, false],
  ])('tiles are %s', (_name, count, isWide) => {
    const named = pods(count, 500).map((pod) => ({ ...pod, nameWidth: 100 }))
    for (const { width } of packTiles(emptyPacking, named, 300, 200).tiles.values()) expect(width > 90).toBe(isWide)
  })

  it('a rollout that crowds a node for a moment gives the names up once, not to and fro', () => {
    const named = (count: number): readonly TileSize[] => pods(count, 500).map((pod) => ({ ...pod, nameWidth: 100 }))
    const roomy = packTiles(emptyPacking, named(9), 300, 200)
    const crowded = packTiles(roomy, named(12), 300, 200)
    expect([roomy.named, crowded.named]).toEqual([true, false])
    expect(packTiles(crowded, named(12), 300, 200).tiles).toEqual(crowded.tiles)
    expect(packTiles(crowded, named(9), 300, 200).named).toBe(true)
  })

  it('the same input gives the same picture', () => {
    expect(packTiles(emptyPacking, pods(30, 1200), 260, 220)).toEqual(packTiles(emptyPacking, pods(30, 1200), 260, 220))
  })
})
