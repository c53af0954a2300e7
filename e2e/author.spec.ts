import { expect, test } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { encodeLink } from '../src/engine/share-link.ts'
import type { Recording } from '../src/engine/recording.ts'

test('a scenario file is tried over seeds, one run is looked at and opened', async ({ page }) => {
  await page.goto('#/author')
  await page.getByLabel('Seeds').fill('2')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('6 of 6 runs')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('cell', { name: 'always', exact: true })).toHaveCount(3)

  await page.getByRole('row', { name: /✓/ }).getByRole('button', { name: /seed 2/ }).nth(0).click()
  const timeline = page.getByRole('region', { name: 'What happened in this run' })
  await expect(timeline.getByRole('listitem').first()).toContainText('dies strikes')
  await timeline.getByRole('button', { name: 'Open this run at its end' }).click()
  await expect(page.locator('[data-anchor="node:node-3"]')).toBeVisible()
  await expect(page.getByText('seed 2 ·')).toBeVisible()
  await expect(page.getByText('08:00.0', { exact: true })).toBeVisible()
})

test('what is wrong with a file is said, and what is not as intended', async ({ page }) => {
  await page.goto('#/author')
  const file = page.getByRole('textbox', { name: 'Scenario file' })
  await expect(file).toContainText('node-loss')
  const text = readFileSync(new URL('../src/scenarios/node-loss.yaml', import.meta.url), 'utf8')
  await file.fill(text.replace('spec:\n  title:', 'spec:\n  titel:'))
  await page.getByLabel('Seeds').fill('1')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText(/line 7: spec.titel/).first()).toBeVisible()

  await file.fill(text.replace('breaks: healed', 'breaks: served'))
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByRole('cell', { name: '0 / 1', exact: true })).toHaveCount(3, { timeout: 20_000 })
})

test('attempts that come back as links are graded', async ({ page }) => {
  const recording: Recording = {
    version: 1,
    engine: '1',
    source: { type: 'builtin', name: 'node-loss' },
    seed: 42,
    actions: [{ at: 5000, action: { type: 'kubectl', line: 'kubectl scale deployment web --replicas=5' } }],
    at: 200_000,
    digest: '0123456789abcdef',
  }
  await page.goto('#/author')
  await page.getByRole('button', { name: 'Grade', exact: true }).click()
  await page.getByLabel(/Links that came back/).fill(`김하나\thttps://lab.example/#${encodeLink(recording)}\nPark: #v1.AAAA`)
  await page.getByRole('button', { name: 'Grade 2 links' }).click()
  const attempts = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) })
  await expect(attempts).toHaveCount(2)
  await expect(attempts.nth(0)).toContainText('김하나')
  await expect(attempts.nth(0)).toContainText('not passed')
  await expect(attempts.nth(0)).toContainText('Within one minute three web Pods are Ready again')
  await expect(attempts.nth(0)).toContainText('the digest is another')
  await expect(attempts.nth(1)).toContainText('the link is damaged')
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as CSV' }).click()
  expect((await saved).suggestedFilename()).toBe('grades.csv')
})

test('a long run is stopped, also while attempts are being graded in the same worker', async ({ page }) => {
  await page.goto('#/author')
  await page.getByLabel('Seeds').fill('200')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('button', { name: 'Grade', exact: true }).click()
  await page.getByLabel(/Links that came back/).fill('v1.AAAA\nv1.BBBB\nv1.CCCC')
  const grade = page.getByRole('button', { name: 'Grade 3 links' })
  await grade.click()
  await page.getByRole('button', { name: 'Try', exact: true }).click()
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Grade', exact: true }).click()
  await page.getByLabel(/Links that came back/).fill('v1.AAAA\nv1.BBBB\nv1.CCCC')
  await grade.click()
  await expect(page.getByText(/the link is damaged/)).toHaveCount(3)
})
