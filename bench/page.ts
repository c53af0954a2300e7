import type { LaunchOptions } from '@playwright/test'
import type { Figure } from './figure.ts'
import { firstUse } from './first-use.ts'
import { workPerFrame } from './frames.ts'

/** Where the built page is served, and the browser to look at it with. */
interface Host {
  readonly url: string
  readonly browser: LaunchOptions
}

/** What the page must be able to do, in a real browser. */
export async function benchPage(host: string | undefined, progress: (figure: Figure) => void): Promise<readonly Figure[]> {
  if (host === undefined) throw new Error('the page is measured by `npm run bench`, which serves it')
  const { url, browser: options } = JSON.parse(host) as Host
  const { chromium } = await import('@playwright/test')
  const browser = await chromium.launch(options)
  const figures: Figure[] = []
  try {
    for await (const figure of workPerFrame(browser, url)) {
      figures.push(figure)
      progress(figure)
    }
    for await (const figure of firstUse(browser, url)) {
      figures.push(figure)
      progress(figure)
    }
  } finally {
    await browser.close()
  }
  return figures
}
