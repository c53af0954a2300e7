import { type Command, done } from '../command.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'

export const options: Command = {
  path: ['options'],
  summary: 'List the flags that every command takes',
  flags: [],
  run({ out }) {
    const names = GLOBAL_FLAGS.map(({ name, shorthand }) => (shorthand ? `-${shorthand}, --${name}` : `    --${name}`))
    const width = Math.max(...names.map((name) => name.length)) + 3
    out.print('These flags can be given to any command:\n\n')
    for (const [index, { summary = '' }] of GLOBAL_FLAGS.entries()) out.print(`  ${names[index]!.padEnd(width)}${summary}\n`)
    return done()
  },
}
