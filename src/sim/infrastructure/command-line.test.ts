import { describe, expect, test } from 'vitest'
import { workloadOfCommand } from './command-line.ts'

describe('what a simple command does', () => {
  test.each([
    { name: 'sleep ends well after its time', command: ['sleep', '10'], runs: { exitAfterMs: 10_000, exitCode: 0 } },
    { name: 'units of sleep', command: ['sleep', '1m'], runs: { exitAfterMs: 60_000, exitCode: 0 } },
    { name: 'a path does not matter', command: ['/bin/false'], runs: { exitAfterMs: 20, exitCode: 1 } },
    { name: 'exit in a shell', command: ['sh', '-c', 'exit 3'], runs: { exitAfterMs: 20, exitCode: 3 } },
    {
      name: 'steps of a shell add up',
      command: ['/bin/sh', '-c', 'echo hi; sleep 5 && exit 7'],
      runs: { exitAfterMs: 5000, exitCode: 7, log: 'hi\n' },
    },
    { name: 'echo writes', command: ['echo', 'hello', 'world'], runs: { exitAfterMs: 20, exitCode: 0, log: 'hello world\n' } },
  ])('$name', ({ command, runs }) => {
    expect(workloadOfCommand(command)?.runs).toEqual([runs])
  })

  test.each([
    { name: 'a loop', command: ['sh', '-c', 'while true; do echo hi; sleep 1; done'] },
    { name: 'sleep infinity', command: ['sleep', 'infinity'] },
    { name: 'tail -f', command: ['tail', '-f', '/dev/null'] },
  ])('$name never ends and does not hear SIGTERM', ({ command }) => {
    expect(workloadOfCommand(command)).toEqual({ term: { ignore: true } })
  })

  test('what it does not understand is left to the image', () => {
    expect(workloadOfCommand(['nginx', '-g', 'daemon off;'])).toBeUndefined()
    expect(workloadOfCommand([])).toBeUndefined()
  })
})
