/** Moving time from the page. Seeks are coalesced: while one runs only the newest wish waits, so that dragging never queues up. */
import type { Millis } from '../sim/kernel/time.ts'
import { TICK_MS } from '../sim/kernel/time.ts'
import { engine } from './engine-client.ts'
import { worldStore } from './world-store.ts'

let wanted: Millis | undefined
let seeking = false

export async function seekTo(at: Millis): Promise<void> {
  wanted = Math.max(0, Math.round(at / TICK_MS) * TICK_MS)
  if (seeking) return
  seeking = true
  try {
    while (wanted !== undefined) {
      const next = wanted
      wanted = undefined
      await engine().seek(next)
    }
  } finally {
    seeking = false
  }
}

const main = (): { readonly now: Millis; readonly end: Millis; readonly playing: boolean } => worldStore.getState().main

export const togglePlaying = (): Promise<void> => (main().playing ? engine().pause() : engine().play())
export const stepTick = (): Promise<void> => engine().step('tick')
export const stepEvent = (): Promise<void> => engine().step('event')
export const stepBack = (): Promise<void> => seekTo(main().now - TICK_MS)
export const rewind = (): Promise<void> => seekTo(0)
export const toEnd = (): Promise<void> => seekTo(main().end)
export const setSpeed = (speed: number): Promise<void> => engine().setSpeed(speed)
