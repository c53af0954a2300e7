import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { getShortestPaths } from 'xstate/graph'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { checkScenario } from '../sim/scenario/check.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { play } from '../sim/scenario/play.ts'
import { World } from '../sim/scenario/world.ts'
import { lessonChart, type LessonEvent } from './runtime/chart.ts'

const folder = new URL('./', import.meta.url)
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'runtime')
  .map(({ name }) => name)
const source = (name: string): string => readFileSync(new URL(`./${name}/scenario.yaml`, folder), 'utf8')

/** Every text of a scenario, with its path. */
function* texts(value: unknown, path: string): Iterable<{ readonly path: string; readonly ko: string; readonly en: string }> {
  if (typeof value !== 'object' || value === null) return
  if ('ko' in value || 'en' in value) {
    yield { path, ko: '', en: '', ...(value as object) }
    return
  }
  for (const [key, entry] of Object.entries(value)) yield* texts(entry, `${path}.${key}`)
}

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

describe.each(names)('lesson %s', (name) => {
  const parsed = parseScenario(source(name))
  const scenario = parsed.scenario!
  const spec = scenario?.spec
  const world = (): World => new World({ schema, scenario, manifests: parsed.manifests })
  const verdicts = (played: World): Record<string, string> => Object.fromEntries(played.director.goals().map(({ id, verdict }) => [id, verdict]))

  test('is a valid scenario under its own name', () => {
    expect(parsed.problems).toEqual([])
    expect(checkScenario(scenario, parsed.locate)).toEqual([])
    expect(scenario.metadata.name).toBe(name)
  })

  test('speaks Korean and English everywhere', () => {
    const missing = [...texts(scenario, name)].filter(({ ko, en }) => ko.trim() === '' || en.trim() === '' || !/[가-힣0-9]/.test(ko))
    expect(missing).toEqual([])
  })

  test('its manifests are accepted', () => {
    expect(world().manifestsResult).toMatchObject({ exit: 0, stderr: '' })
  })

  test.each(spec?.solutions ?? [])('is solved by $id', ({ actions }) => {
    const played = world()
    for (const result of play(played, actions)) expect(result).toMatchObject({ ok: true })
    expect(Object.entries(verdicts(played)).filter(([, verdict]) => verdict !== 'met' && verdict !== 'holding')).toEqual([])
  })

  test.each(spec?.nearMisses ?? [])('is not solved by $id, which breaks $breaks', ({ actions, breaks }) => {
    const played = world()
    play(played, actions)
    expect(verdicts(played)[breaks]).not.toMatch(/^(met|holding)$/)
  })

  test('is not solved by doing nothing', () => {
    const played = world()
    play(played, [])
    expect(Object.values(verdicts(played)).some((verdict) => verdict === 'broken' || verdict === 'pending')).toBe(true)
  })

  test('every step of its chart can be reached, and its end', () => {
    const chart = lessonChart(name, spec.lesson!)
    const options = [...spec.lesson!.steps.flatMap(({ ask }) => ask?.options ?? []), ...(spec.lesson!.transfer?.options ?? [])]
    const events: LessonEvent[] = [
      { type: 'next' },
      { type: 'did' },
      { type: 'reached' },
      { type: 'predicted', answer: 'x' },
      ...options.filter(({ right }) => right).map(({ id }): LessonEvent => ({ type: 'chose', option: id })),
      ...(spec.goals ?? []).map(({ id }): LessonEvent => ({ type: 'goal', id, verdict: 'met' })),
    ]
    const paths = getShortestPaths(chart, { events, limit: 100_000 })
    const reached = new Set(paths.map(({ state }) => String(state.value)))
    expect(Object.keys(chart.states).filter((state) => !reached.has(state))).toEqual([])
  })
})
