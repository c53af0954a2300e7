import { expect, test } from '@playwright/test'
import { axe } from './axe.ts'
import { pause, play } from './shop.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('two schedulers live through the same deeds, and their figures stand side by side', async ({ page }) => {
  await page.goto('#/compare')
  await expect(page.locator('[data-anchor="node:node-1"]')).toBeVisible()
  await page.getByRole('combobox', { name: 'Right' }).selectOption('#scheduler')
  await expect(page.getByRole('textbox', { name: 'KubeSchedulerConfiguration' })).toBeVisible()
  expect.soft(await axe(page), 'choosing').toEqual([])
  await page.getByRole('button', { name: 'Race', exact: true }).click()
  await page.getByRole('button', { name: 'Apply a workload to both' }).click()
  await play(page)
  const nodesInUse = page.getByText('nodes in use').locator('..')
  await expect(nodesInUse).toContainText('3 / 2', { timeout: 30_000 })
  await pause(page)
  await expect(page.getByText('Pods placed').locator('..')).toContainText('12 / 12')
  expect.soft(await axe(page), 'racing').toEqual([])
})

test('a plugin written in the page is a column of the decision beside the world’s own', async ({ page }) => {
  await page.goto('#/compare')
  await expect(page.locator('[data-anchor="node:node-1"]')).toBeVisible()
  await page.getByRole('combobox', { name: 'Right' }).selectOption('#scheduler')
  await page.getByRole('combobox', { name: 'Start from' }).selectOption('own')
  await page.getByRole('button', { name: 'Race', exact: true }).click()
  await page.getByRole('button', { name: 'Apply a workload to both' }).click()
  await play(page)
  await expect(page.getByText('Pods placed').locator('..')).toContainText('12 / 12', { timeout: 30_000 })
  await pause(page)
  await page
    .getByRole('button', { name: /^Pod default\// })
    .first()
    .click()
  const decisions = page.getByRole('region', { name: /^Decisions about/ })
  await expect(decisions.getByRole('group', { name: 'Left' }).getByRole('table')).toBeVisible()
  await expect(decisions.getByRole('group', { name: 'Right' }).getByRole('columnheader', { name: /^Fill/ })).toBeVisible()
  await expect(decisions.getByRole('group', { name: 'Left' }).getByRole('columnheader', { name: /^Fill/ })).toHaveCount(0)
  expect.soft(await axe(page), 'decisions').toEqual([])
})
