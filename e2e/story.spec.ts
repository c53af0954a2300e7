import { expect, test } from '@playwright/test'
import { apply, clock, clockWhen, kubectl, openSandbox, pause, play, pods, ready, setSpeed, SHOP, SHOP_PODS } from './shop.ts'

test('a shop loses a node, is repaired, rolled out and back, rewound, branched, compared and sent to a friend', async ({
  page,
  browser,
}) => {
  test.setTimeout(150_000)
  page.setDefaultTimeout(20_000)
  await openSandbox(page)

  // a manifest of one's own
  await apply(page, SHOP)
  await setSpeed(page, 30)
  await play(page)
  await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })

  // power off one node: its record says NotReady only when its lease is too old, and its Pods are evicted five minutes later
  await pause(page)
  await page.getByRole('button', { name: 'Actions on node-2' }).click()
  const off = await clock(page)
  await page.getByRole('menuitem', { name: 'Power off' }).click()
  // A frame on a busy machine may be a quarter of a second: slow enough to read the clock.
  await setSpeed(page, 5)
  await play(page)
  const notReady = await clockWhen(page, '[data-anchor="node:node-2"][aria-label*="NotReady"]')
  expect(notReady - off).toBeGreaterThan(40)
  expect(notReady - off).toBeLessThan(60)
  await setSpeed(page, 30)
  const evicted = await clockWhen(page, '[data-anchor="node:node-2"] [data-look="terminating"]')
  expect(evicted - notReady).toBeGreaterThan(290)
  expect(evicted - notReady).toBeLessThan(320)

  // power on: what was evicted is gone for good and everything stands again
  await page.getByRole('button', { name: 'Actions on node-2' }).click()
  await page.getByRole('menuitem', { name: 'Power on' }).click()
  await expect(page.locator('[data-anchor="node:node-2"][aria-label$=", Ready"]')).toBeVisible()
  await expect(pods(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })
  await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })

  // a rollout by 25 % and 25 % of four: never fewer than three ready, never more than five that stay
  await setSpeed(page, 2)
  await page.evaluate(() => {
    const seen = { fewest: Infinity, most: 0, samples: 0 }
    Object.assign(window, { seen })
    setInterval(() => {
      const tiles = [...document.querySelectorAll('[data-select^="pod:default/storefront"][data-look]')]
      seen.fewest = Math.min(seen.fewest, tiles.filter((tile) => tile.getAttribute('data-look') === 'ready').length)
      // A Pod on its way from the waiting room to a node is drawn at both ends.
      const staying = tiles.filter((tile) => tile.getAttribute('data-look') !== 'terminating')
      const names = new Set(staying.map((tile) => tile.getAttribute('data-select')))
      if (names.size > seen.most)
        Object.assign(seen, {
          most: names.size,
          staying: staying.map((tile) => `${tile.getAttribute('data-select')} ${tile.getAttribute('data-look')}`),
        })
      seen.samples += 1
    }, 20)
  })
  await kubectl(page, 'set image deployment/storefront storefront=bookshop/storefront:2.0')
  const log = page.getByRole('log', { name: 'Terminal' })
  await expect(log).toContainText('deployment.apps/storefront image updated')
  await kubectl(page, 'rollout status deployment/storefront')
  await expect(log).toContainText('deployment "storefront" successfully rolled out', { timeout: 40_000 })
  await kubectl(page, "get deploy storefront -o jsonpath='image={..image} available={.status.availableReplicas}'")
  await expect(log).toContainText('image=bookshop/storefront:2.0 available=4')
  await kubectl(page, 'rollout undo deployment/storefront')
  await expect(log).toContainText('deployment.apps/storefront rolled back')
  await kubectl(page, 'rollout status deployment/storefront')
  await expect(log.getByText('successfully rolled out')).toHaveCount(2, { timeout: 40_000 })
  await kubectl(page, "get deploy storefront -o jsonpath='image={..image}'")
  await expect(log).toContainText('image=bookshop/storefront:1.0')
  const seen = await page.evaluate(() => (window as unknown as { seen: { fewest: number; most: number; samples: number } }).seen)
  expect(seen.samples).toBeGreaterThan(50)
  expect(seen.fewest).toBeGreaterThanOrEqual(3)
  expect(seen.most, JSON.stringify(seen)).toBeLessThanOrEqual(5)

  // back to before the fault, by keys, and another life from there
  await pause(page)
  const slider = page.getByRole('slider', { name: 'Time' })
  await expect(page.getByRole('button', { name: 'Play' })).toBeVisible()
  await slider.focus()
  await slider.press('Home')
  await expect.poll(() => clock(page)).toBe(0)
  await slider.press('PageUp')
  await expect.poll(() => clock(page)).toBeGreaterThan(0)
  expect(await clock(page)).toBeLessThan(off)
  await kubectl(page, 'scale deployment storefront --replicas=6')
  await expect(page.getByText(/branch B starts here/)).toBeVisible()
  await setSpeed(page, 30)
  await play(page)
  await expect(ready(page, 'storefront')).toHaveCount(6, { timeout: 40_000 })
  await pause(page)

  // both lives side by side
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('combobox', { name: 'Right' }).selectOption({ label: 'branch A' })
  const here = page.locator('[data-world="main"] [data-select^="pod:default/storefront"][data-look]')
  const there = page.locator('[data-world="other"] [data-select^="pod:default/storefront"][data-look]')
  await expect(here).toHaveCount(6)
  await expect(there).toHaveCount(4)

  // a friend gets the same
  await page.getByRole('button', { name: 'Share' }).click()
  const box = page.getByRole('textbox', { name: 'Link' })
  await expect(box).toHaveValue(/#v1\.[\w-]+$/)
  const link = await box.inputValue()
  await page.keyboard.press('Escape')
  const digest = await page.getByTitle(/^Seed and digest/).textContent()
  const friend = await browser.newContext()
  const opened = await friend.newPage()
  await opened.goto(link)
  await expect(opened.getByText('Replayed: the digest equals the sender’s.')).toBeVisible({ timeout: 30_000 })
  expect(await opened.getByTitle(/^Seed and digest/).textContent()).toBe(digest)
  await friend.close()
})
