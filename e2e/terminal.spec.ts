import { expect, test } from '@playwright/test'
import { apply, openSandbox, play, SHOP, SHOP_PODS, ready } from './shop.ts'

test('a whole session is typed: completion, history, filters, refusals, rollouts, an edit, explain', async ({ page }) => {
  await openSandbox(page)
  await apply(page, SHOP)
  await play(page)
  await expect(ready(page)).toHaveCount(SHOP_PODS, { timeout: 60_000 })
  await page.getByRole('tab', { name: 'Terminal' }).click()
  const input = page.getByRole('textbox', { name: 'Command' })
  const log = page.getByRole('log', { name: 'Terminal' })
  const type = async (line: string): Promise<void> => {
    await input.fill(line)
    await input.press('Enter')
    await expect(input).toHaveValue('')
  }

  // completion knows verbs, kinds, names, flags and fields
  for (const [typed, completed] of [
    ['kubectl desc', 'kubectl describe '],
    ['kubectl get deploym', 'kubectl get deployments '],
    ['kubectl describe deployment store', 'kubectl describe deployment storefront '],
    ['kubectl get pods --show-l', 'kubectl get pods --show-labels '],
    ['kubectl explain pod.spec.tolera', 'kubectl explain pod.spec.tolerations '],
  ] as const) {
    await input.fill(typed)
    await input.press('Tab')
    await expect(input).toHaveValue(completed)
  }

  // listings and filters of listings
  await type('kubectl get pods -l app=storefront --no-headers | wc -l')
  await expect(log).toContainText(/\n? *4$/)
  await type('kubectl get deploy -o custom-columns=NAME:.metadata.name,WANT:.spec.replicas --sort-by=.spec.replicas | tail -n 1')
  await expect(log).toContainText(/storefront +4/)

  // what is refused says why, and changes nothing
  await type('kubectl scale deployment nothing --replicas=2')
  await expect(log).toContainText('Error from server (NotFound): deployments.apps "nothing" not found')
  await type('kubectl get podz')
  await expect(log).toContainText('error: the server doesn\'t have a resource type "podz"')

  // a change is followed to its end, and is in the history
  await type('kubectl set image deployment/mailer mailer=bookshop/mailer:2.0')
  await type('kubectl rollout status deployment/mailer')
  await expect(log).toContainText('deployment "mailer" successfully rolled out', { timeout: 60_000 })
  await type('kubectl rollout history deployment/mailer')
  await expect(log).toContainText('REVISION  CHANGE-CAUSE')

  // an edit opens the object in the editor and saves it
  await input.fill('kubectl edit deployment catalog')
  await input.press('Enter')
  const editor = page.getByRole('textbox', { name: /^Editing/ })
  await expect(editor).toContainText('replicas: 3')
  await page.getByRole('button', { name: 'Leave without saving' }).click()
  await expect(log).toContainText('Edit cancelled, no changes made.')

  // the arrow brings back what was typed
  await input.focus()
  await input.press('ArrowUp')
  await expect(input).toHaveValue('kubectl edit deployment catalog')
  await input.press('ArrowUp')
  await expect(input).toHaveValue('kubectl rollout history deployment/mailer')

  // fields are explained in the language of the page
  await type('kubectl explain deployment.spec.replicas')
  await expect(log).toContainText('FIELD: replicas <integer>')
  await page.getByRole('button', { name: '한국어' }).click()
  await page.getByRole('textbox', { name: '명령' }).fill('kubectl explain deployment.spec.strategy')
  await page.getByRole('textbox', { name: '명령' }).press('Enter')
  await expect(page.getByRole('log', { name: '터미널' })).toContainText(/DESCRIPTION:\s+.*[가-힣]/)
})
