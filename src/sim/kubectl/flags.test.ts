import { describe, expect, test } from 'vitest'
import { type FlagSpec, parseFlags } from './flags.ts'

const SPECS: readonly FlagSpec[] = [
  { name: 'output', shorthand: 'o', type: 'string' },
  { name: 'namespace', shorthand: 'n', type: 'string' },
  { name: 'watch', shorthand: 'w', type: 'bool' },
  { name: 'all', shorthand: 'A', type: 'bool' },
  { name: 'replicas', type: 'int32' },
  { name: 'timeout', type: 'duration', default: '30s' },
  { name: 'labels', shorthand: 'L', type: 'stringSlice' },
  { name: 'dry-run', type: 'string', default: 'none', bare: 'unchanged' },
]

describe('flags are read as pflag reads them', () => {
  test.each([
    { name: 'a long flag with a space', words: ['--output', 'wide', 'x'], output: 'wide', args: ['x'] },
    { name: 'a long flag with an equals sign', words: ['--output=a=b'], output: 'a=b', args: [] },
    { name: 'a short flag with its value attached', words: ['-oyaml'], output: 'yaml', args: [] },
    { name: 'a short flag with an equals sign', words: ['-o=yaml'], output: 'yaml', args: [] },
    { name: 'short flags in one word, the last with a value', words: ['-wAo', 'json'], output: 'json', args: [] },
    { name: 'the last of repeated flags', words: ['-oyaml', '-ojson'], output: 'json', args: [] },
    { name: 'everything after -- is an argument', words: ['a', '--', '-o', 'x'], output: '', args: ['a', '-o', 'x'] },
    { name: 'a lone dash is an argument', words: ['-'], output: '', args: ['-'] },
    { name: 'a flag that may stand alone does not take the next word', words: ['--dry-run', 'x'], output: '', args: ['x'] },
  ])('$name', ({ words, output, args }) => {
    const parsed = parseFlags(words, SPECS)
    expect('message' in parsed ? parsed.message : { output: parsed.values.string('output'), args: parsed.args }).toEqual({
      output,
      args,
    })
  })

  test.each([
    { words: ['--nope'], message: 'unknown flag: --nope' },
    { words: ['-wx'], message: "unknown shorthand flag: 'x' in -x" },
    { words: ['--output'], message: 'flag needs an argument: --output' },
    { words: ['-n'], message: "flag needs an argument: 'n' in -n" },
    {
      words: ['--replicas=two'],
      message: 'invalid argument "two" for "--replicas" flag: strconv.ParseInt: parsing "two": invalid syntax',
    },
    {
      words: ['--watch=maybe'],
      message: 'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    },
    { words: ['--timeout=5'], message: 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"' },
    { words: ['---x'], message: 'bad flag syntax: ---x' },
  ])('$words is refused: $message', ({ words, message }) => {
    expect(parseFlags(words, SPECS)).toMatchObject({ message })
  })

  test('lists, durations and defaults', () => {
    const parsed = parseFlags(['-La,b', '-L', 'c', '--dry-run'], SPECS)
    if ('message' in parsed) throw new Error(parsed.message)
    const { values } = parsed
    expect([values.list('labels'), values.duration('timeout'), values.string('dry-run'), values.changed('timeout')]).toEqual([
      ['a', 'b', 'c'],
      30_000,
      'unchanged',
      false,
    ])
  })
})
