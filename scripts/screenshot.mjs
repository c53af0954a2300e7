// @ts-check
/** Takes the README's picture from the built page: `npm run build && node scripts/screenshot.mjs`. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { cached, launchOptions } from './browser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const PORT = 4199
const server = spawn(process.execPath, [join(root, 'scripts/serve.mjs'), '--port', String(PORT)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
await new Promise((resolve) => server.stdout.once('data', resolve))
const browser = await chromium.launch(launchOptions(cached()))
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', locale: 'en-US' })
  await page.goto(`http://127.0.0.1:${PORT}/#/sandbox`)
  await page.getByRole('button', { name: 'Start the example' }).click()
  await page.getByRole('button', { name: /Pod default\/web-.*ready/ }).nth(3).waitFor({ timeout: 60_000 })
  const input = page.getByRole('textbox', { name: 'Command' })
  await page.getByRole('tab', { name: 'Terminal' }).click()
  await input.fill('kubectl get pods -o wide')
  await input.press('Enter')
  await page.getByRole('button', { name: /Pod default\/web-.*ready/ }).first().click()
  await page.getByRole('tab', { name: 'Scheduler' }).click()
  await page.getByRole('table', { name: /Nodes by plugins/ }).getByRole('button').nth(3).click()
  await page.waitForTimeout(1500)
  await page.screenshot({ path: join(root, 'docs/screenshot.png') })
} finally {
  await browser.close()
  server.kill()
}
