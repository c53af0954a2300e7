import { expect, type Locator, type Page } from '@playwright/test'

interface App {
  readonly name: string
  readonly replicas: number
  readonly cpu: string
  readonly memory: string
}

/** A small bookshop: 15 Pods in six Deployments, each behind a Service. */
const APPS: readonly App[] = [
  { name: 'storefront', replicas: 4, cpu: '250m', memory: '256Mi' },
  { name: 'catalog', replicas: 3, cpu: '200m', memory: '256Mi' },
  { name: 'basket', replicas: 3, cpu: '150m', memory: '128Mi' },
  { name: 'orders', replicas: 2, cpu: '300m', memory: '384Mi' },
  { name: 'payments', replicas: 2, cpu: '200m', memory: '256Mi' },
  { name: 'mailer', replicas: 1, cpu: '50m', memory: '64Mi' },
]
export const SHOP_PODS = APPS.reduce((sum, { replicas }) => sum + replicas, 0)

export const SHOP = APPS.map(
  ({ name, replicas, cpu, memory }) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {part-of: bookshop}}
spec:
  replicas: ${replicas}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: ${name}
        image: bookshop/${name}:1.0
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
        resources: {requests: {cpu: ${cpu}, memory: ${memory}}, limits: {memory: 512Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
`,
).join('---\n')

/** Twelve Services over the storefront's Pods. */
export const MANY_SERVICES = Array.from(
  { length: 12 },
  (_, index) => `apiVersion: v1
kind: Service
metadata: {name: storefront-${index + 1}}
spec:
  selector: {app: storefront}
  ports: [{port: ${8000 + index}, targetPort: 8080}]
`,
).join('---\n')

export const pods = (page: Page, app = ''): Locator => page.locator(`[data-select^="pod:default/${app}"][data-look]`)
export const ready = (page: Page, app = ''): Locator => page.locator(`[data-select^="pod:default/${app}"][data-look="ready"]`)

export async function openSandbox(page: Page): Promise<void> {
  await page.goto('#/sandbox')
  await expect(page.locator('[data-anchor="node:node-3"]')).toBeVisible()
}

export async function apply(page: Page, text: string): Promise<void> {
  await page.getByRole('tab', { name: /^(Editor|편집기)$/ }).click()
  await page.getByRole('textbox', { name: /^(Manifest|매니페스트)$/ }).fill(text)
  await page.getByRole('button', { name: /^(Apply|적용)$/ }).click()
}

export async function setSpeed(page: Page, speed: number): Promise<void> {
  await page.getByRole('combobox', { name: /^(Speed|배속)$/ }).selectOption(String(speed))
}

export const play = (page: Page): Promise<void> => page.getByRole('button', { name: /^(Play|재생)$/ }).click()
export const pause = (page: Page): Promise<void> => page.getByRole('button', { name: /^(Pause|멈춤|일시 정지)$/ }).click()

/** Types a line into the terminal. */
export async function kubectl(page: Page, line: string): Promise<void> {
  await page.getByRole('tab', { name: /^(Terminal|터미널)$/ }).click()
  const input = page.locator('#terminal-input')
  await input.fill(`kubectl ${line}`)
  await input.press('Enter')
  await expect(input).toHaveValue('')
}

/** Simulated seconds, as the page's clock shows them. */
export async function clock(page: Page): Promise<number> {
  return Number(await page.getByRole('slider', { name: /^(Time|시각|시간)$/ }).getAttribute('aria-valuenow')) / 1000
}

/** Looks at every frame until the selector matches; returns the simulated seconds of that frame. */
export function clockWhen(page: Page, selector: string, timeout = 60_000): Promise<number> {
  return page
    .waitForFunction(
      (wanted) =>
        document.querySelector(wanted) !== null &&
        document.querySelector('[role=slider][aria-valuetext]')?.getAttribute('aria-valuenow'),
      selector,
      { polling: 'raf', timeout },
    )
    .then(async (handle) => Number(await handle.jsonValue()) / 1000)
}
