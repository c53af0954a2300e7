/** The track of simulated time: marks with the labels that fit, and branches below it. */
import type { BranchView, TimelineMark } from '../../engine/protocol.ts'
import type { Millis } from '../../sim/kernel/time.ts'

/** The track always shows at least a minute, and grows in steps so that the handle does not creep back. */
export function extentOf(end: Millis): Millis {
  const steps = [60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000]
  return steps.find((step) => end <= step * 0.98) ?? Math.ceil(end / 3_600_000 + 0.02) * 3_600_000
}

export const xOf = (at: Millis, extent: Millis, width: number): number => (Math.min(extent, Math.max(0, at)) / extent) * width
export const timeAt = (x: number, extent: Millis, width: number): Millis =>
  (Math.min(width, Math.max(0, x)) / Math.max(1, width)) * extent

export interface PlacedMark {
  readonly mark: TimelineMark
  readonly x: number
  /** Left edge and width of its label; undefined where it would cover another. */
  readonly label: { readonly x: number; readonly width: number } | undefined
  /** Marks at the same place, itself included. */
  readonly count: number
}

const CHARACTER = 6.8
const WIDE_CHARACTER = 11
const MOST_LABEL = 150
const LABEL_GAP = 8

export const labelWidth = (text: string): number =>
  Math.min(
    MOST_LABEL,
    Array.from(text).reduce((sum, letter) => sum + (letter > '\u1100' ? WIDE_CHARACTER : CHARACTER), 6),
  )

/** What should be read first when not all labels fit. */
const weight: Readonly<Record<TimelineMark['type'], number>> = {
  fault: 0,
  say: 1,
  heal: 2,
  rollout: 3,
  eviction: 4,
  goal: 5,
  command: 6,
}

/** Marks closer than this on screen are one tick. */
const TOGETHER = 4

export function placeMarks(marks: readonly TimelineMark[], extent: Millis, width: number): readonly PlacedMark[] {
  const groups: { x: number; marks: TimelineMark[] }[] = []
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    const x = xOf(mark.at, extent, width)
    const group = groups.at(-1)
    if (group && x - group.x < TOGETHER) group.marks.push(mark)
    else groups.push({ x, marks: [mark] })
  }
  const heads = groups.flatMap(({ x, marks: together }) => {
    const [head] = [...together].sort((a, b) => weight[a.type] - weight[b.type])
    return head ? [{ x, mark: head, count: together.length }] : []
  })
  const taken: { readonly from: number; readonly to: number }[] = []
  const labels = new Map<string, { readonly x: number; readonly width: number }>()
  for (const { x, mark, count } of [...heads].sort(
    (a, b) => weight[a.mark.type] - weight[b.mark.type] || b.mark.at - a.mark.at,
  )) {
    const size = labelWidth(count > 1 ? `${mark.label} +${count - 1}` : mark.label)
    const left = Math.min(Math.max(0, width - size), Math.max(0, x - size / 2))
    if (size > width || taken.some(({ from, to }) => left < to + LABEL_GAP && from < left + size + LABEL_GAP)) continue
    taken.push({ from: left, to: left + size })
    labels.set(mark.id, { x: left, width: size })
  }
  return heads.map(({ x, mark, count }) => ({ mark, x, count, label: labels.get(mark.id) }))
}

export interface PlacedBranch {
  readonly branch: BranchView
  readonly from: number
  readonly to: number
  /** 0 is the first lane below the track. */
  readonly lane: number
}

/** Every branch but the first, which is the track itself; in as few lanes as keep them apart. */
export function placeBranches(
  branches: readonly BranchView[],
  extent: Millis,
  width: number,
  mostLanes: number,
): readonly PlacedBranch[] {
  const lanes: number[] = []
  return branches
    .filter(({ parent }) => parent !== undefined)
    .map((branch) => {
      const from = xOf(branch.forkedAt, extent, width)
      const to = Math.max(xOf(branch.end, extent, width), from + 24) + labelWidth(branch.label) + 10
      const free = lanes.findIndex((end) => end <= from)
      const lane = free >= 0 ? free : Math.min(lanes.length, mostLanes - 1)
      lanes[lane] = Math.max(lanes[lane] ?? 0, to)
      return { branch, from, to: Math.max(from + 24, xOf(branch.end, extent, width)), lane }
    })
}

export const SPEEDS: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 100, 1000]
