import { writeFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { encodeLink } from '../src/engine/share-link.ts'
import { apply, kubectl, openSandbox, pause, play, ready, setSpeed, SHOP, SHOP_PODS } from './shop.ts'

const digest = (page: Page): Promise<string | null> => page.getByTitle(/^Seed and digest/).textContent()

test('whatever is thrown at it gets a clear answer, and the running cluster stays as it is', async ({ page }, info) => {
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await openSandbox(page)
  await apply(page, SHOP)
  await setSpeed(page, 30)
  await play(page)
  await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 40_000 })
  await pause(page)
  const before = await digest(page)

  // a file of ten megabytes, chosen
  const file = info.outputPath('huge.yaml')
  writeFileSync(file, `data:\n${'  key: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n'.repeat(160_000)}`)
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Open a file' }).click()
  await (await chosen).setFiles(file)
  await expect(page.getByText(/at most 4 MiB can be opened/)).toBeVisible()

  // manifests that are none
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
    .split('')
    .map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]}, `.repeat(8)}*${'abcdefgh'[index]}]`)
    .join('\n')}\n`
  for (const [text, said] of [
    [bomb, /excessive alias|apiVersion|unresolved/i],
    ['['.repeat(3000), /100 levels/],
    [
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: many, selector: 5, template: []}\n',
      /replicas|cannot|expected|Invalid/,
    ],
    ['kind: [1, 2]\napiVersion: {}\n', /apiVersion|kind|error/i],
    ['\u0000\u0001\u0002', /error|expected|control|apiVersion/i],
  ] as const) {
    await apply(page, text)
    await expect(
      page.getByRole('status').or(page.getByRole('alert')).or(page.locator('[class*=toast]')).filter({ hasText: said }).first(),
    ).toBeVisible()
  }
  await kubectl(page, 'get pods -o jsonpath={')
  await kubectl(page, `delete deployment ${'a'.repeat(5000)}`)
  await expect(page.getByRole('log', { name: 'Terminal' })).toContainText('NotFound')
  expect(await digest(page)).toBe(before)
  expect(complaints).toEqual([])
})

const good = encodeLink({
  version: 1,
  engine: '1',
  source: { type: 'text', name: 'x', text: '' },
  seed: 42,
  actions: [],
  at: 0,
  digest: '0',
})!
const middle = Math.floor(good.length / 2)

for (const [name, link, said] of [
  ['a link of 100,000 characters', `v1.${'A'.repeat(100_000)}`, /too long/],
  [
    'a link with one character changed',
    `${good.slice(0, middle)}${good[middle] === 'A' ? 'B' : 'A'}${good.slice(middle + 1)}`,
    /damaged|does not hold|differs|another digest/,
  ],
  ['a link cut in half', good.slice(0, middle), /damaged|does not hold/],
  ['a link that holds other types', encodeLink({ version: 1, seed: 'x', actions: 5 } as never)!, /does not hold a recording/],
  [
    'a link from far in the future',
    encodeLink({
      version: 1,
      engine: '1',
      source: { type: 'text', name: 'x', text: '' },
      seed: 42,
      actions: [],
      at: 1e15,
      digest: '0',
    }),
    /does not hold a recording/,
  ],
] as const)
  test(`${name} is refused in words`, async ({ page }) => {
    await page.goto(`#${link}`)
    await expect(page.getByText(said).first()).toBeVisible()
  })

test('the page sends and holds a content security policy, and nothing in a session offends it', async ({ page }) => {
  const complaints: string[] = []
  page.on('console', (message) => /Content Security Policy|Refused to/.test(message.text()) && complaints.push(message.text()))
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) => console.error(`Refused to ${event.violatedDirective}`)),
  )
  const response = await page.goto('./')
  const policy = response?.headers()['content-security-policy'] ?? ''
  for (const rule of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'"])
    expect(policy).toContain(rule)
  await expect(page.locator('meta[http-equiv="Content-Security-Policy"]')).toHaveAttribute('content', /default-src 'self'/)
  await openSandbox(page)
  await page.getByRole('button', { name: 'Start the example' }).click()
  await expect(ready(page, 'web').first()).toBeVisible({ timeout: 40_000 })
  for (const tool of ['Editor', 'Events', 'Traffic', 'Terminal']) await page.getByRole('tab', { name: tool }).click()
  await ready(page, 'web').first().click()
  for (const tab of ['Scheduler', 'YAML', 'Containers']) await page.getByRole('tab', { name: tab }).click()
  await page.getByRole('button', { name: 'Share' }).click()
  await expect(page.getByRole('textbox', { name: 'Link' })).toBeVisible()
  expect(complaints).toEqual([])
})
