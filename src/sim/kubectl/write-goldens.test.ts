import { describe, expect, test } from 'vitest'
import { givenIn, normalised, QuietWorld, type RecordedCase, recordedCases, wordsOf } from './testing/api-cases.ts'

interface Seen {
  readonly line: string
  readonly exit: number
  readonly stdout: string | readonly string[]
  readonly stderr: string | readonly string[]
}

/** Every step of a case as it was recorded, and as it comes out here. */
function replay(recorded: RecordedCase): { readonly got: readonly Seen[]; readonly want: readonly Seen[] } {
  const world = QuietWorld.named(recorded.world)
  const given = givenIn(recorded)
  const shown = recorded.unordered ? wordsOf : (text: string): string => text
  const got: Seen[] = []
  const want: Seen[] = []
  for (const { args, stdin, exit, stdout, stderr } of recorded.steps) {
    const line = args.join(' ')
    const done = world.run(args, stdin)
    got.push({
      line,
      exit: done.exit,
      stdout: shown(normalised(done.stdout, given)),
      stderr: shown(normalised(done.stderr, given)),
    })
    want.push({ line, exit, stdout: shown(stdout), stderr: shown(stderr) })
  }
  return { got, want }
}

describe.each(['apply', 'write', 'defaults', 'validation'] as const)('kubectl writes as recorded: %s', (theme) => {
  const cases = recordedCases(theme).filter(({ optional }) => !optional)
  test.each(cases.map((recorded) => ({ name: recorded.name, recorded })))('$name', ({ recorded }) => {
    const { got, want } = replay(recorded)
    expect(got).toEqual(want)
  })
})
