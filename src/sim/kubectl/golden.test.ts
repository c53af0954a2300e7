import { describe, expect, test } from 'vitest'
import type { Environment, Step } from './command.ts'
import { resumeKubectl, startKubectl } from './kubectl.ts'
import { type Case, environment, loadCases, loadWorld, WORLDS } from './testing/golden.ts'

/** Runs a line to its end; simulated time passes between its steps, the world stands still. */
function runToEnd(args: readonly string[], env: Environment): Omit<Step, 'output'> & { exit: number } {
  let now = env.unixMs
  let step = startKubectl(args, env)
  let { stdout, stderr } = step
  for (let i = 0; 'again' in step && i < 10_000; i++) {
    now += step.again.afterMs
    step = resumeKubectl(step.again.state, { ...env, unixMs: now })
    stdout += step.stdout
    stderr += step.stderr
  }
  return { stdout, stderr, exit: 'exit' in step ? step.exit : -1 }
}

const sorted = (text: string): string => text.split('\n').sort().join('\n')
const outcome = ({ stdout, stderr, exit }: { stdout: string; stderr: string; exit: number }, isUnordered: boolean) => ({
  stdout: isUnordered ? sorted(stdout) : stdout,
  stderr,
  exit,
})

/** Optional ones are help texts, which are our own, and discovery. */
const isKept = ({ args, optional }: Case): boolean => !optional || args[0]!.startsWith('api-')

describe.each(WORLDS)('kubectl prints what the real one does in the world %s', (world) => {
  const store = loadWorld(world)
  const { now, cases } = loadCases(world)
  test.each(cases.filter(isKept).map((recorded) => [recorded.args.join(' '), recorded] as const))('kubectl %s', (_, recorded) => {
    const ran = runToEnd(recorded.args, environment(store, recorded.now ?? now))
    const isUnordered = recorded.unordered === true
    expect(outcome(ran, isUnordered)).toEqual(outcome(recorded, isUnordered))
  })
})
