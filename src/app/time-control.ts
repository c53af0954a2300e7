/** Moving time from the page. Seeks are coalesced: while one runs only the newest wish waits, so that dragging never queues up. */
import type { Millis } from '../sim/kernel/time.ts'
import { TICK_MS } from '../sim/kernel/time.ts'
import { engine } from './engine-client.ts'
import { worldStore } from './world-store.ts'

/** Where time is going, while it goes. */
let heading: Millis | undefined

export async function seekTo(at: Millis): Promise<void> {
  const isSeeking = heading !== undefined
  heading = Math.max(0, Math.round(at / TICK_MS) * TICK_MS)
  if (isSeeking) return
  try {
    let reached: Millis | undefined
    while (reached !== heading) {
      reached = heading
      await engine().seek(reached)
    }
  } finally {
    heading = undefined
  }
}

const main = (): { readonly now: Millis; readonly end: Millis; readonly playing: boolean } => worldStore.getState().main

/** Counts from where time is going: keys may be pressed faster than a seek answers. */
export const seekBy = (ms: number): Promise<void> => seekTo(Math.min(main().end, (heading ?? main().now) + ms))

export const togglePlaying = (): Promise<void> => (main().playing ? engine().pause() : engine().play())
export const stepTick = (): Promise<void> => engine().step('tick')
export const stepEvent = (): Promise<void> => engine().step('event')
export const stepBack = (): Promise<void> => seekBy(-TICK_MS)
export const rewind = (): Promise<void> => seekTo(0)
export const toEnd = (): Promise<void> => seekTo(main().end)
export const setSpeed = (speed: number): Promise<void> => engine().setSpeed(speed)
