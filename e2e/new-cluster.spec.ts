import { expect, test } from '@playwright/test'
import { apply, openSandbox, pods, SHOP, SHOP_PODS } from './shop.ts'

test('a new cluster of another size, and Back to the one before', async ({ page }) => {
  await openSandbox(page)
  await apply(page, SHOP)
  await page.getByRole('button', { name: 'Step to the next event' }).click()
  await expect(page.locator('[data-look]').filter({ has: page.locator('b') })).not.toHaveCount(0)

  await page.getByRole('button', { name: 'New cluster' }).click()
  const dialog = page.getByRole('dialog', { name: 'New cluster' })
  await dialog.getByLabel('Nodes').fill('0')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog, 'no cluster has no nodes').toBeVisible()
  await dialog.getByLabel('Nodes').fill('5')
  await dialog.getByLabel('CPU of a node').fill('16')
  await dialog.getByRole('button', { name: 'Create' }).click()

  await expect(dialog).toBeHidden()
  await expect(page.locator('[data-anchor="node:node-5"]')).toContainText('16')
  await expect(pods(page)).toHaveCount(0)

  await page.goBack()
  await expect(page.locator('[data-anchor="node:node-5"]')).toHaveCount(0)
  await page.getByRole('button', { name: 'Play' }).click()
  await expect(pods(page)).toHaveCount(SHOP_PODS, { timeout: 20_000 })
})
