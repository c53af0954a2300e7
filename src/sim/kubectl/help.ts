import type { Command } from './command.ts'

const flagName = ({ name, shorthand }: { readonly name: string; readonly shorthand?: string }): string =>
  shorthand ? `-${shorthand}, --${name}` : `    --${name}`

/** Help in our own words: what a command does and its flags, or the commands of a group. */
export function helpText(commands: readonly Command[], path: readonly string[]): string {
  const line = ['kubectl', ...path].join(' ')
  const command = commands.find((candidate) => candidate.path.join(' ') === path.join(' '))
  const within = commands.filter(
    (candidate) => candidate.path.length > path.length && path.every((word, index) => candidate.path[index] === word),
  )
  let out = command
    ? `${command.summary}\n\nUsage:\n  ${line}${command.usage ? ` ${command.usage}` : ''}\n`
    : `Usage:\n  ${line} COMMAND\n`
  if (within.length > 0) {
    const names = within.map((candidate) => candidate.path.slice(path.length).join(' '))
    const width = Math.max(...names.map((name) => name.length)) + 3
    out += `\nCommands:\n${within.map((candidate, index) => `  ${names[index]!.padEnd(width)}${candidate.summary}`).join('\n')}\n`
  }
  if (command && command.flags.length > 0) {
    const width = Math.max(...command.flags.map((flag) => flagName(flag).length)) + 3
    out += `\nFlags:\n${command.flags.map((flag) => `  ${flagName(flag).padEnd(width)}${flag.summary ?? ''}`.trimEnd()).join('\n')}\n`
  }
  return out
}
