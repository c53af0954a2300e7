import type { Command } from './command.ts'
import { AUTH } from './commands/auth.ts'
import { clusterInfo, clusterInfoDump, version } from './commands/cluster-info.ts'
import { CONFIG } from './commands/config.ts'
import { describe } from './commands/describe.ts'
import { apiResources, apiVersions } from './commands/discovery.ts'
import { events } from './commands/events.ts'
import { exec } from './commands/exec.ts'
import { explain } from './commands/explain.ts'
import { get } from './commands/get.ts'
import { logs } from './commands/logs.ts'
import { options } from './commands/options.ts'
import { REFUSED } from './commands/refused.ts'
import { rolloutHistory } from './commands/rollout-history.ts'
import { rolloutStatusCommand } from './commands/rollout-status.ts'
import { topNode, topPod } from './commands/top.ts'
import { wait } from './commands/wait.ts'
import { WRITING_COMMANDS } from './writing-commands.ts'

/** Every verb. A file each under `commands/`. */
export const COMMANDS: readonly Command[] = [
  get,
  describe,
  explain,
  events,
  logs,
  exec,
  topNode,
  topPod,
  wait,
  rolloutStatusCommand,
  rolloutHistory,
  ...WRITING_COMMANDS,
  apiResources,
  apiVersions,
  clusterInfo,
  clusterInfoDump,
  version,
  ...AUTH,
  ...CONFIG,
  options,
  ...REFUSED,
]

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
