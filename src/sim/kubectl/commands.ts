import type { Command } from './command.ts'
import { describe } from './commands/describe.ts'
import { get } from './commands/get.ts'
import { WRITING_COMMANDS } from './writing-commands.ts'

/** Every verb. A file each under `commands/`. */
export const COMMANDS: readonly Command[] = [get, describe, ...WRITING_COMMANDS]

export interface CommandNode {
  command?: Command
  readonly children: Map<string, CommandNode>
}

/** The commands as a tree of words, aliases included. */
export function commandTree(commands: readonly Command[]): CommandNode {
  const root: CommandNode = { children: new Map() }
  for (const command of commands) {
    let node = root
    for (const word of command.path) {
      const child = node.children.get(word) ?? { children: new Map() }
      node.children.set(word, child)
      for (const alias of word === command.path.at(-1) ? (command.aliases ?? []) : []) node.children.set(alias, child)
      node = child
    }
    node.command = command
  }
  return root
}
