import { describe, expect, test } from 'vitest'
import { parseTime } from '../kernel/time.ts'
import { findCommand } from './kubectl.ts'
import { givenIn, normalised, QuietWorld, type RecordedCase, recordedCases, wordsOf } from './testing/api-cases.ts'
import { loadCases, worldObjects, WORLDS } from './testing/golden.ts'
import { WRITING_COMMANDS } from './writing-commands.ts'

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

/** Lines about changes that change nothing: refused, without effect or only tried. */
const isWriting = (args: readonly string[]): boolean => {
  const found = findCommand(args)
  return found.type === 'command' && WRITING_COMMANDS.includes(found.command)
}

const LINES = WORLDS.map((name) => {
  const { now, cases } = loadCases(name)
  return { name, now, lines: cases.filter(({ args, optional }) => !optional && isWriting(args)) }
}).filter(({ lines }) => lines.length > 0)

describe.each(LINES)('lines about changes in the world $name', ({ name, now, lines }) => {
  const objects = worldObjects(name)
  test.each(lines.map((recorded) => ({ line: recorded.args.join(' '), recorded })))('$line', ({ recorded }) => {
    const world = new QuietWorld(objects, parseTime(recorded.now ?? now)!)
    const { revision } = world.server.store
    const { exit, stdout, stderr } = recorded
    expect(world.run(recorded.args, recorded.stdin)).toEqual({ exit, stdout, stderr })
    expect(world.server.store.revision).toBe(revision)
  })
})
