import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { AnyObject } from '../api/types.ts'
import {
  type Case,
  goldenCases,
  normalise,
  type Outcome,
  runStep,
  serverWithWorld,
  shownObject,
  type Step,
} from './testing/manifests.ts'

const givenIn = ({ steps }: Case): string => steps.map(({ args, stdin }) => `${args.join(' ')}\n${stdin ?? ''}`).join('\n')

const isOutcome = (result: Outcome | AnyObject): result is Outcome => 'warnings' in result

const words = (text: string): readonly string[] => text.split(/[\s[\],;]+/).sort()

interface Compared {
  readonly command: string
  readonly shown: unknown
}

/** What our server and the real one show of the same command. */
function compare(step: Step, result: Outcome | AnyObject, given: string, unordered: boolean): { ours: Compared; real: Compared } {
  const command = step.args.join(' ')
  if (!isOutcome(result)) {
    const real: unknown = parse(step.stdout.replaceAll('uid: <uid>', 'uid: "<uid>"'))
    return { ours: { command, shown: shownObject(result, given) }, real: { command, shown: real } }
  }
  const lines = [...result.warnings.map((warning) => `Warning: ${warning}`), result.error].filter((line) => line !== '')
  const ours = normalise(lines.join('\n'), given).trimEnd()
  const real = step.stderr.trimEnd()
  return unordered
    ? { ours: { command, shown: words(ours) }, real: { command, shown: words(real) } }
    : { ours: { command, shown: ours }, real: { command, shown: real } }
}

/** Runs a recorded case as far as its commands are the server's business. */
function runCase(recorded: Case): { readonly ours: readonly Compared[]; readonly real: readonly Compared[] } {
  const server = serverWithWorld(recorded.world)
  const given = givenIn(recorded)
  const pairs = recorded.steps.flatMap((step) => {
    const result = runStep(server, step)
    // What begins with `error: ` was said by kubectl itself, before it asked the server.
    if (!result || (isOutcome(result) && step.stderr.startsWith('error: '))) return []
    return [compare(step, result, given, recorded.unordered === true)]
  })
  return { ours: pairs.map(({ ours }) => ours), real: pairs.map(({ real }) => real) }
}

describe.each(['defaults', 'validation'])('recordings of the real server: %s', (file) => {
  const cases = goldenCases(file).filter(({ optional }) => !optional)
  test.each(cases.map((recorded) => ({ name: recorded.name, recorded })))('$name', ({ recorded }) => {
    const { ours, real } = runCase(recorded)
    expect(ours).toEqual(real)
  })
})
