import { expect, test } from '@playwright/test'

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: nginx:1.27
        ports: [{containerPort: 80}]
        resources: {requests: {cpu: 250m, memory: 256Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80}]
`

test.beforeEach(async ({ page }) => {
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto('#/sandbox')
  await expect(page.getByText('node-3').first()).toBeVisible()
})

test('a pasted manifest comes to life, is explained, rewound, branched and shared', async ({ page, context }) => {
  // paste and apply
  await page.getByRole('tab', { name: 'Editor' }).click()
  const editor = page.getByRole('textbox', { name: 'Manifest' })
  await editor.click()
  await editor.fill(MANIFEST)
  await expect(page.getByText('A cluster would accept this.')).toBeVisible()
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await page.getByRole('button', { name: 'Play' }).click()
  await expect(page.getByRole('button', { name: /Pod default\/shop-.*ready/ })).toHaveCount(4, { timeout: 40_000 })

  // the scheduler's table, with its arithmetic
  await page
    .getByRole('button', { name: /Pod default\/shop-.*ready/ })
    .first()
    .click()
  await page.getByRole('tab', { name: 'Scheduler' }).click()
  const table = page.getByRole('table', { name: /Nodes by plugins/ })
  await expect(table.getByRole('row')).toHaveCount(4)
  await table.getByRole('row').nth(1).getByRole('button').nth(1).click()
  await expect(page.getByRole('heading', { name: /on node-/ })).toBeVisible()
  await page.getByRole('tab', { name: 'Why?' }).click()
  await expect(page.getByText('kubectl apply -f -')).toBeVisible()

  // the terminal, with completion
  await page.getByRole('tab', { name: 'Terminal' }).click()
  const input = page.getByRole('textbox', { name: 'Command' })
  await input.fill('kubectl get deploy sh')
  await input.press('Tab')
  await expect(input).toHaveValue('kubectl get deploy shop ')
  await input.press('Enter')
  await expect(page.getByRole('log', { name: 'Terminal' })).toContainText('4/4')

  // back in time; acting there starts a branch
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Rewind to the start' }).click()
  await expect(page.getByRole('button', { name: /Pod default\/shop-/ })).toHaveCount(0)
  await input.fill('kubectl create deployment other --image=nginx')
  await input.press('Enter')
  await expect(page.getByText(/branch B/i).first()).toBeVisible()

  // the link holds it all: another browser gets the same digest
  await page.getByRole('button', { name: 'Share' }).click()
  const box = page.getByRole('textbox', { name: 'Link' })
  await expect(box).toHaveValue(/#v1\.[\w-]+$/)
  const link = await box.inputValue()
  const other = await context.newPage()
  await other.goto(link)
  await expect(other.getByText(/same digest|matches/i).first()).toBeVisible({ timeout: 30_000 })
})

test('what is wrong in a manifest is said at its line, and the cluster stays as it was', async ({ page }) => {
  await page.getByRole('tab', { name: 'Editor' }).click()
  const editor = page.getByRole('textbox', { name: 'Manifest' })
  await editor.fill('apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: Web_1\nspec:\n  replicas: many\n')
  await expect(page.getByText(/line \d+/)).toBeVisible()
  await editor.fill(`a: &a [x,x,x]\n${'b: *a\n'.repeat(300)}`)
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await expect(page.getByText(/apiVersion not set|error/i).first()).toBeVisible()
  await expect(page.getByText('node-3').first()).toBeVisible()
})

for (const [name, link] of [
  ['a truncated link', '#v1.3VhLb9s4'],
  ['nonsense', '#v1.%%%'],
  ['a link of another version', '#v9.abc'],
] as const)
  test(`${name} ends in a clear message`, async ({ page }) => {
    await page.goto(link)
    await expect(page.getByText(/damaged|version|no such page/i).first()).toBeVisible()
  })
