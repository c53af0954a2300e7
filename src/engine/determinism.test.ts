import { beforeAll, describe, expect, test } from 'vitest'
import { RandomStreams } from '../sim/kernel/rng.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { Session } from './session.ts'
import { randomRun, type RandomRun } from './testing/random-run.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

function sessionOf({ text }: RandomRun): Session {
  const parsed = parseScenario(text)
  return new Session({ schema, scenario: parsed.scenario!, manifests: parsed.manifests, source: { type: 'text', name: 'random', text } })
}

/** Does everything at its time and goes to the end, in steps of the given size. */
function live(run: RandomRun, stepMs: number): Session {
  const session = sessionOf(run)
  const advance = (to: number): void => {
    while (session.now < to) session.advanceTo(Math.min(to, session.now + stepMs))
  }
  for (const { at, action } of run.actions) {
    advance(at)
    session.act(action)
  }
  advance(run.until)
  return session
}

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1)

describe('same recording, same digest', () => {
  test.each(SEEDS)('seed %i: however it is cut into steps, and after going back to any moment', (seed) => {
    const run = randomRun(seed)
    const whole = live(run, 1_000_000)
    const { digest } = whole.world
    const sliced = live(run, 137)
    expect(sliced.world.digest).toBe(digest)
    const rng = new RandomStreams(seed).stream('moments')
    for (let i = 0; i < 3; i++) {
      whole.seek(rng.int(run.until))
      whole.seek(run.until)
      expect(whole.world.digest).toBe(digest)
    }
    const replayed = sessionOf(run)
    expect(replayed.replay(whole.recording())).toEqual({ digestMatches: true })
  })

  test('another seed gives another digest', () => {
    expect(live(randomRun(1), 10_000).world.digest).not.toBe(live(randomRun(2), 10_000).world.digest)
  })

  test('acting in the past starts a branch and leaves the first one as it was', () => {
    const run = randomRun(3)
    const session = live(run, 10_000)
    const { digest } = session.world
    session.seek(20_000)
    const result = session.act({ type: 'kubectl', line: 'kubectl scale deployment web --replicas=7' })
    expect(result.branch).toBe('B')
    session.advanceTo(40_000)
    expect(session.branches).toMatchObject([
      { id: 'A', end: run.until },
      { id: 'B', parent: 'A', forkedAt: 20_000, end: 40_000 },
    ])
    expect(session.switchTo('A')).toBe(true)
    session.seek(run.until)
    expect(session.world.digest).toBe(digest)
  })
})
