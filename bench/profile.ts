/** Where a page's time goes, as the browser tells it. */
import type { Browser, Page } from '@playwright/test'
import { topFunctions } from './cpu-profile.ts'
import { TRACED, type TraceEvent } from './main-thread.ts'

const MOST_FUNCTIONS = 12

/** Everything that happens in the page during `run`. */
export async function traced(browser: Browser, page: Page, run: () => Promise<void>): Promise<readonly TraceEvent[]> {
  await browser.startTracing(page, { categories: [...TRACED] })
  await run()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] }
  return traceEvents
}

/** Functions by their own time, a line each. In a run of its own: a profiler slows what it watches. */
export async function functionsOf(page: Page, run: () => Promise<void>): Promise<readonly string[]> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Profiler.enable')
  await cdp.send('Profiler.setSamplingInterval', { interval: 500 })
  await cdp.send('Profiler.start')
  await run()
  const { profile } = await cdp.send('Profiler.stop')
  await cdp.detach()
  return topFunctions(profile, MOST_FUNCTIONS).map(([name, share]) => `${(share * 100).toFixed(1).padStart(5)} %  ${name}`)
}
