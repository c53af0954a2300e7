import { describe, expect, test } from 'vitest'
import { straight } from '../pulses.layout.ts'
import { lastsMs } from './motion-painter.ts'
import type { Motion } from './motions.ts'

const curve = straight({ x: 0, y: 0 }, { x: 90, y: 0 })
const pulse: Motion = { type: 'pulse', curve, failed: false, label: '', delayMs: 100, durationMs: 300 }
const dot: Motion = { type: 'dot', curve, reach: 1, failed: false, why: '', whyRightPx: 0, delayMs: 0, durationMs: 500 }

describe('a motion is over', () => {
  test.each<{ name: string; motion: Motion; want: number }>([
    { name: 'when a message has arrived and faded', motion: pulse, want: 580 },
    { name: 'when a request has arrived', motion: dot, want: 500 },
    { name: 'when the reason of a failed request has been read', motion: { ...dot, failed: true }, want: 1900 },
    { name: 'after a moment for many messages', motion: { type: 'stream', curve, widthPx: 2 }, want: 975 },
  ])('$name', ({ motion, want }) => {
    expect(lastsMs(motion)).toBe(want)
  })
})
