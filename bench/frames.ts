/**
 * How much the page's main thread has to do for a frame: all processor time that it spends from one frame of the worker to the next, whatever it
 * spends it on (taking the frame, React, style, layout, paint, the animation that goes on in between). Processor time of that thread and not the
 * clock's: what else runs on the machine does not count. 95 of 100 frames are to stay within the target.
 */
import type { Browser, Page } from '@playwright/test'
import { Session } from '../src/engine/session.ts'
import { encodeLink } from '../src/engine/share-link.ts'
import { loadApiSchema } from '../src/sim/kubernetes/api/load-schema.ts'
import { parseScenario } from '../src/sim/scenario/parse.ts'
import { percentile, type Figure } from './figure.ts'
import { kindsOfWork, mainThreadOf, workByMark } from './main-thread.ts'
import { functionsOf, traced } from './profile.ts'
import { scenario } from './scenario.ts'

const SPEEDS = [1, 10]
const TARGET_MS = 8
/** Simulated seconds until all Pods are ready; from then on a rollout of 20 Pods begins every two seconds and takes about eight. */
const READY_S = 120
const WATCHED_S = 12
const PROFILED_S = 4
const MARK = 'frame'

/** A hundred nodes, a thousand Pods, a Service under load, four rollouts at a time: as a link, the way a cluster is sent to somebody. */
async function busyLink(): Promise<string> {
  const until = READY_S + Math.max(...SPEEDS) * (WATCHED_S + PROFILED_S)
  const text = scenario({
    nodes: 100,
    deployments: 50,
    replicas: 20,
    ratePerSecond: 100,
    rollouts: { from: READY_S, until, every: 2 },
  })
  const { scenario: parsed, manifests } = parseScenario(text)
  const session = new Session({
    schema: await loadApiSchema(),
    scenario: parsed!,
    manifests,
    source: { type: 'text', name: 'bench', text },
  })
  session.advanceTo(READY_S * 1000)
  const link = encodeLink(session.recording())
  if (link === undefined) throw new Error('the busy cluster is too large for a link')
  return link
}

/** Sets a mark for each frame that comes from the worker, before the page's own listener sees it. Runs in the page. */
function markFrames(): void {
  const Original = Worker
  window.Worker = class extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      this.addEventListener('message', ({ data }: MessageEvent<{ readonly type?: string } | undefined>) => {
        if (data?.type === 'frame') performance.mark('frame')
      })
    }
  }
}

const shown = (page: Page): Promise<{ readonly tiles: number; readonly elements: number }> =>
  page.evaluate(() => ({
    tiles: document.querySelectorAll('[data-look][data-select^="pod:"]').length,
    elements: document.querySelectorAll('*').length,
  }))

/** Plays the busy cluster at each speed. */
export async function* workPerFrame(browser: Browser, url: string): AsyncGenerator<Figure> {
  const link = await busyLink()
  for (const speed of SPEEDS) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' })
    const page = await context.newPage()
    await page.addInitScript(markFrames)
    await page.goto(`${url}#${link}`)
    const play = page.getByRole('button', { name: 'Play', exact: true })
    await play.waitFor({ timeout: 120_000 })
    await page.getByRole('combobox', { name: 'Speed' }).selectOption(String(speed))
    // What was opened has been compiled and collected.
    await page.waitForTimeout(2000)
    await play.click()
    const thread = mainThreadOf(await traced(browser, page, () => page.waitForTimeout(WATCHED_S * 1000)), MARK)
    const { tiles, elements } = await shown(page)
    const functions = await functionsOf(page, () => page.waitForTimeout(PROFILED_S * 1000))
    await context.close()
    const work = workByMark(thread)
    const of = (share: number): string => percentile(work, share).toFixed(1)
    yield {
      name: `page: main thread, 95 of 100 frames, speed ${speed}×`,
      value: percentile(work, 0.95),
      unit: 'ms',
      target: TARGET_MS,
      isMost: true,
      note: `100 nodes, 1,000 Pods, 4 rollouts at a time, 100 requests/s · ${work.length} frames in ${WATCHED_S} s · half within ${of(0.5)} ms, longest ${of(1)} ms · ${tiles} tiles, ${elements} elements`,
      profile: [...kindsOfWork(thread, work.length), ...functions],
    }
  }
}
