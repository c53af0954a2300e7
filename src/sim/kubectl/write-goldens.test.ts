import { describe, expect, test } from 'vitest'
import { givenIn, normalised, QuietWorld, type RecordedCase, recordedCases, wordsOf } from './testing/api-cases.ts'

function replay(recorded: RecordedCase): void {
  const world = QuietWorld.named(recorded.world)
  const given = givenIn(recorded)
  for (const { args, stdin, exit, stdout, stderr } of recorded.steps) {
    const line = args.join(' ')
    const done = world.run(args, stdin)
    const got = { line, exit: done.exit, stdout: normalised(done.stdout, given), stderr: normalised(done.stderr, given) }
    const want = { line, exit, stdout, stderr }
    if (recorded.unordered)
      expect({ ...got, stdout: wordsOf(got.stdout), stderr: wordsOf(got.stderr) }).toEqual({
        ...want,
        stdout: wordsOf(stdout),
        stderr: wordsOf(stderr),
      })
    else expect(got).toEqual(want)
  }
}

describe.each(['apply', 'write', 'defaults', 'validation'] as const)('kubectl writes as recorded: %s', (theme) => {
  const cases = recordedCases(theme).filter(({ optional }) => !optional)
  test.each(cases.map((recorded) => ({ name: recorded.name, recorded })))('$name', ({ recorded }) => {
    replay(recorded)
  })
})
