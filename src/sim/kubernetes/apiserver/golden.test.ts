import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { AnyObject } from '../api/types.ts'
import { type Case, goldenCases, normalise, type Outcome, runStep, serverWithWorld, shownObject } from './testing/manifests.ts'

const givenIn = ({ steps }: Case): string => steps.map(({ args, stdin }) => `${args.join(' ')}\n${stdin ?? ''}`).join('\n')

const isOutcome = (result: Outcome | AnyObject): result is Outcome => 'warnings' in result

const words = (text: string): readonly string[] => text.split(/[\s[\],;]+/).sort()

/** Runs a recorded case as far as its commands are the server's business. */
function runCase(recorded: Case): number {
  const server = serverWithWorld(recorded.world)
  const given = givenIn(recorded)
  let compared = 0
  for (const step of recorded.steps) {
    const result = runStep(server, step)
    if (!result) continue
    compared += 1
    const what = step.args.join(' ')
    if (!isOutcome(result)) {
      const expected: unknown = parse(step.stdout.replaceAll('uid: <uid>', 'uid: "<uid>"'))
      expect(shownObject(result, given), what).toEqual(expected)
      continue
    }
    const text = normalise(
      [...result.warnings.map((warning) => `Warning: ${warning}`), result.error].filter((line) => line !== '').join('\n'),
      given,
    )
    const expected = step.stderr.trimEnd()
    if (recorded.unordered) expect(words(text), what).toEqual(words(expected))
    else expect(text.trimEnd(), what).toBe(expected)
  }
  return compared
}

describe.each(['defaults', 'validation'])('recordings of the real server: %s', (file) => {
  const cases = goldenCases(file).filter(({ optional }) => !optional)
  test.each(cases.map((recorded) => ({ name: recorded.name, recorded })))('$name', ({ recorded }) => {
    expect(runCase(recorded)).toBeGreaterThanOrEqual(0)
  })
})
