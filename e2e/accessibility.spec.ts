import { expect, test, type Page } from '@playwright/test'
import { axe } from './axe.ts'
import { apply, openSandbox, pause, play, ready, setSpeed, SHOP, SHOP_PODS } from './shop.ts'

for (const [locale, colorScheme] of [
  ['en-US', 'light'],
  ['ko-KR', 'dark'],
] as const)
  test.describe(`${locale}, ${colorScheme}`, () => {
    // Cuts in place of fades: colours are judged when they are settled.
    test.use({ locale, colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    const check = async (page: Page, place: string): Promise<void> => {
      expect.soft(await axe(page), place).toEqual([])
    }

    test('every place keeps WCAG A and AA', async ({ page }) => {
      await page.goto('#/')
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await check(page, 'home')
      await page.goto('#/lesson/desired-state-and-the-clock')
      await expect(page.locator('[data-anchor="node:node-1"]')).toBeVisible()
      await check(page, 'lesson')
      await page.goto('#/compare')
      await check(page, 'compare')

      await page.goto('#/')
      await page.reload()
      await openSandbox(page)
      await check(page, 'empty sandbox')
      await apply(page, SHOP)
      await setSpeed(page, 30)
      await play(page)
      await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })
      await pause(page)
      await ready(page, 'storefront').first().click()
      await page.getByRole('tab', { name: /^(Scheduler|스케줄러)$/ }).click()
      await expect(page.getByRole('table')).toBeVisible()
      for (const [index, tool] of ['terminal', 'editor', 'events', 'traffic'].entries()) {
        await page
          .getByRole('tablist', { name: /^(Tools|도구)$/ })
          .getByRole('tab')
          .nth(index)
          .click()
        await page.waitForTimeout(150)
        await check(page, `sandbox with ${tool}`)
      }
      await page.locator('[data-more="node:node-2"]').click()
      await expect(page.getByRole('menu')).toBeVisible()
      await check(page, 'menu')
    })
  })

test('the sandbox is worked with keys alone', async ({ page }) => {
  await openSandbox(page)
  await page.getByRole('button', { name: 'Start the example' }).focus()
  await page.keyboard.press('Enter')
  await expect(ready(page, 'web').first()).toBeVisible({ timeout: 40_000 })

  // a Pod is reached by Tab and opened with Enter
  const tabTo = async (selector: string): Promise<void> => {
    for (let i = 0; i < 80; i++) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`Tab never comes to ${selector}`)
  }
  await page.evaluate(() => document.querySelector<HTMLElement>('#page')?.focus())
  await tabTo('[data-select^="pod:"]')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('tab', { name: 'Why?' })).toBeVisible()

  // the menu of a node: power off
  await page.evaluate(() => document.querySelector<HTMLElement>('#page')?.focus())
  await tabTo('[data-more="node:node-2"]')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Inspect' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('menuitem', { name: 'Power off' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText(/true: off/)).toBeVisible()

  // the terminal by its key
  await page.evaluate(() => document.querySelector<HTMLElement>('#page')?.focus())
  await page.keyboard.press('/')
  await expect(page.locator('#terminal-input')).toBeFocused()
  await page.keyboard.type('kubectl get nodes')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log', { name: 'Terminal' })).toContainText('node-2')
})

test('the first step of the lesson is taken with keys alone', async ({ page }) => {
  await page.goto('#/lesson/desired-state-and-the-clock')
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Run' }).focus()
  await page.keyboard.press('Enter')
  const first = lesson.getByRole('radio').first()
  await expect(first).toBeVisible({ timeout: 30_000 })
  await first.focus()
  await page.keyboard.press('ArrowDown')
  await expect(lesson.getByRole('radio').nth(1)).toBeChecked()
  await page.keyboard.press('Tab')
  await expect(lesson.getByRole('button', { name: 'Commit and run' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(lesson.getByRole('button', { name: 'Delete one Pod' })).toBeVisible()
})
