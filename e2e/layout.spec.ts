import { expect, test, type Page } from '@playwright/test'
import { apply, MANY_SERVICES, openSandbox, pause, play, pods, ready, setSpeed, SHOP, SHOP_PODS } from './shop.ts'

/** Buttons, tabs and headings whose words do not fit, unless they end in an ellipsis and say everything in their title. */
const clipped = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, [role=tab], h1, h2, h3')]
      .filter(
        (element) =>
          element.checkVisibility() &&
          element.scrollWidth > element.clientWidth + 1 &&
          getComputedStyle(element).display !== 'inline',
      )
      .filter((element) => !element.title && !element.classList.contains('hidden') && element.dataset['select'] === undefined)
      .map((element) => `${element.tagName} "${element.textContent}" ${element.scrollWidth} > ${element.clientWidth}`),
  )

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

for (const locale of ['en-US', 'ko-KR'])
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    test.describe(`${locale} at ${width}×${height}`, () => {
      test.use({ locale, viewport: { width, height }, hasTouch: width < 500, contextOptions: { reducedMotion: 'reduce' } })

      test('nothing overflows and no words are cut', async ({ page }) => {
        const check = async (place: string): Promise<void> => {
          expect.soft(await overflow(page), place).toBeLessThanOrEqual(0)
          expect.soft(await clipped(page), place).toEqual([])
        }
        const card = async (name: RegExp): Promise<void> => {
          if (width < 860) await page.getByRole('navigation').getByRole('button', { name }).click()
        }
        await page.goto('#/')
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await check('home')
        await page.goto('#/lesson/desired-state-and-the-clock')
        await expect(page.getByRole('button', { name: /^(Run|실행)$/ })).toBeVisible()
        await check('lesson')
        await page.goto('#/compare')
        await check('compare')
        await page.goto('#/')
        await page.reload()
        await openSandbox(page)
        await check('empty sandbox')
        await card(/^(Tools|도구)$/)
        await apply(page, `${SHOP}---\n${MANY_SERVICES}`)
        await check('editor')
        await setSpeed(page, 30)
        await play(page)
        await card(/^(Cluster|클러스터)$/)
        await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })
        await pause(page)
        await check('busy sandbox')

        // eighteen Services leave the nodes their room
        const nodes = await page.locator('[data-anchor="node:node-1"]').boundingBox()
        expect(nodes!.height).toBeGreaterThan(140)

        await pods(page, 'storefront').first().click()
        await expect(page.getByRole('tab', { name: /^(Why\?|왜\?)$/ })).toBeVisible()
        await page.getByRole('tab', { name: /^(Scheduler|스케줄러)$/ }).click()
        await expect(page.getByRole('table')).toBeVisible()
        await check('inspector')
        if (width < 860) {
          // The sheet lies over the cards and closes again.
          await page
            .getByRole('complementary')
            .getByRole('button', { name: /^(Close|닫기)$/ })
            .click()
          await expect(page.getByRole('tab', { name: /^(Why\?|왜\?)$/ })).toBeHidden()
        }
      })
    })

test('cards of a phone are swiped', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })
  const page = await context.newPage()
  await page.goto('#/lesson/desired-state-and-the-clock')
  await expect(page.getByRole('button', { name: 'Run' })).toBeVisible()
  const current = page.getByRole('navigation', { name: 'Cards' }).locator('[aria-current=true]')
  await expect(current).toHaveText('Lesson')
  await page.mouse.move(200, 400)
  await page.mouse.wheel(390, 0)
  await expect(current).toHaveText('Cluster')
  await context.close()
})
