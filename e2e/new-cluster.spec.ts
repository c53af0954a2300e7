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

test('a recording that was saved as a file is opened in the editor', async ({ page }, info) => {
  await openSandbox(page)
  await apply(page, SHOP)
  await page.getByRole('button', { name: 'Step to the next event' }).click()
  await page.getByRole('button', { name: 'Share' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as a file' }).click()
  const path = info.outputPath('recording.yaml')
  await (await saved).saveAs(path)

  await page.reload()
  await openSandbox(page)
  await page.getByRole('tab', { name: 'Editor' }).click()
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Open a file' }).click()
  await (await chosen).setFiles(path)
  await page.getByRole('button', { name: 'Open the recording' }).click()
  await expect(page.getByText('Replayed: the digest equals the sender’s.')).toBeVisible()
})
