import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { Session } from '../src/engine/session.ts'
import { encodeLink } from '../src/engine/share-link.ts'
import { randomRun } from '../src/engine/testing/random-run.ts'
import { ApiSchema } from '../src/sim/kubernetes/api/schema.ts'
import { parseScenario } from '../src/sim/scenario/parse.ts'

const RUNS = 50

/** Lives a random run in Node; the link says with which digest it ended. */
function linkOf(seed: number, schema: ApiSchema): string {
  const { text, actions, until } = randomRun(seed)
  const { scenario, manifests } = parseScenario(text)
  const session = new Session({ schema, scenario: scenario!, manifests, source: { type: 'text', name: `random ${seed}`, text } })
  for (const { at, action } of actions) {
    session.advanceTo(at)
    session.act(action)
  }
  session.advanceTo(until)
  return encodeLink(session.recording())!
}

test(`${RUNS} random recordings made in Node give the same digests in the browser’s worker`, async ({ page }) => {
  test.setTimeout(120_000)
  const file = new URL('../src/sim/kubernetes/api/generated/schema.json', import.meta.url)
  const schema = new ApiSchema(JSON.parse(readFileSync(file, 'utf8')) as ConstructorParameters<typeof ApiSchema>[0])
  const links = Array.from({ length: RUNS }, (_, index) => linkOf(index + 1, schema))

  const started = page.waitForEvent('worker')
  await page.goto('#/sandbox')
  const script = (await started).url()
  const answers = await page.evaluate(
    async ({ script, links }) => {
      // Another one of the page's own worker, called as comlink calls it.
      const worker = new Worker(script, { type: 'module' })
      const open = (payload: string): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const id = payload
          worker.addEventListener('error', (event) => reject(new Error(event.message)))
          worker.addEventListener('message', function heard({ data }: MessageEvent<{ id?: string; value?: unknown }>) {
            if (data.id !== id) return
            worker.removeEventListener('message', heard)
            resolve(data.value)
          })
          worker.postMessage({
            id,
            type: 'APPLY',
            path: ['open'],
            argumentList: [{ type: 'RAW', value: { type: 'link', payload } }],
          })
        })
      const answers: unknown[] = []
      for (const link of links) answers.push(await open(link))
      worker.terminate()
      return answers
    },
    { script, links },
  )
  expect(answers).toEqual(links.map(() => expect.objectContaining({ ok: true, digestMatches: true })))
})
