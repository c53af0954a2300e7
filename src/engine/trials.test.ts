import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { grade } from './grade.ts'
import { encodeLink } from './share-link.ts'
import { beginningOf, planOf, recordingOf, tryOut } from './trials.ts'

const TEXT = readFileSync(new URL('../scenarios/node-loss.yaml', import.meta.url), 'utf8')
const SEEDS = [1, 2, 3, 4, 5, 6, 42]

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

describe('the example of the author’s place', () => {
  test('says what there is to try', () => {
    expect(planOf(TEXT)).toMatchObject({
      title: { en: 'Six minutes after a node dies' },
      goals: [{ id: 'healed' }, { id: 'served' }],
      attempts: [
        { type: 'nothing' },
        { type: 'solution', id: 'shorter-toleration' },
        { type: 'nearMiss', id: 'cordon', breaks: 'healed' },
      ],
      seed: 42,
      duration: 480_000,
      problems: [],
    })
  })

  test.each(SEEDS)('seed %i: the solution meets every goal, the near miss breaks its own, nothing done is not enough', (seed) => {
    const trials = planOf(TEXT).attempts.map((attempt) => tryOut(TEXT, seed, attempt, schema))
    expect(trials.map(({ goals }) => goals.map(({ verdict }) => verdict))).toEqual([
      ['broken', 'holding'],
      ['met', 'holding'],
      ['broken', 'holding'],
    ])
    expect(trials.every(({ isAsIntended }) => isAsIntended)).toBe(true)
    expect(trials[1]!.marks.map(({ type, label }) => `${type} ${label}`)).toEqual(['fault dies', 'entry noticed', 'met healed'])
  })

  test('a trial can be looked at: its recording holds the deeds and ends as it did', () => {
    const attempt = planOf(TEXT).attempts[1]!
    const recording = recordingOf(TEXT, 3, attempt, schema)!
    expect(recording).toMatchObject({ seed: 3, at: 480_000, digest: tryOut(TEXT, 3, attempt, schema).digest })
    expect(recording.actions.map(({ at, action }) => `${at} ${action.type}`)).toEqual(['5000 kubectl'])
    expect(grade(encodeLink(recording)!, { builtin: () => undefined, schema })).toMatchObject({ isPassed: true, digestMatches: true })
  })

  test('the same seed gives the same run, another one another', () => {
    const digests = [7, 7, 8].map((seed) => tryOut(TEXT, seed, { type: 'nothing' }, schema).digest)
    expect(digests[0]).toBe(digests[1])
    expect(digests[0]).not.toBe(digests[2])
  })
})

describe('what is not as intended is said', () => {
  const changed = (from: string, to: string): string => {
    expect(TEXT).toContain(from)
    return TEXT.replace(from, to)
  }
  test.each([
    ['a solution that is none', changed('"tolerationSeconds":5}]}', '"tolerationSeconds":500}]}').replace('tolerationSeconds":5}', 'tolerationSeconds":500}'), 1],
    ['a near miss that breaks nothing', changed('breaks: healed', 'breaks: served'), 2],
    ['a task that solves itself', changed('within: 1m', 'within: 6m'), 0],
  ])('%s', (_name, text, index) => {
    const attempt = planOf(text).attempts[index]!
    expect(tryOut(text, 42, attempt, schema).isAsIntended).toBe(false)
  })

  test('a file with errors is not tried', () => {
    const plan = planOf('apiVersion: clusterlab.dev/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {titel: x}\n')
    expect(plan.problems.length).toBeGreaterThan(0)
    expect(beginningOf('apiVersion: clusterlab.dev/v1\nkind: Scenario\n', schema)).toBeUndefined()
  })
})

describe('a grade', () => {
  const host = { builtin: () => undefined }
  test('an attempt that did nothing yet is not passed, and its goals are pending', () => {
    const link = encodeLink(beginningOf(TEXT, schema)!)!
    expect(grade(link, { ...host, schema })).toMatchObject({
      isPassed: false,
      digestMatches: true,
      goals: [
        { id: 'healed', verdict: 'pending', show: { en: 'Within one minute three web Pods are Ready again' } },
        { id: 'served', verdict: 'pending' },
      ],
    })
  })

  test.each([
    ['nonsense', 'nonsense', /expected a link of version v1/],
    ['a manifest', 'apiVersion: v1\nkind: Pod\n', /version/],
  ])('%s cannot be graded', (_name, given, why) => expect(grade(given, { ...host, schema })).toMatch(why))
})
