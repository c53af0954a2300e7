import type { Run, Workload } from './workload.ts'

const NOTHING_READS_SIGNALS = { ignore: true } as const

const durationMs = (text: string | undefined): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text ?? '')
  if (!match) return undefined
  const factor = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as '' | 's' | 'm' | 'h' | 'd']
  return Math.round(Number(match[1]) * factor)
}

/** Undefined: not understood. `endless`: it never ends by itself. */
type Step = {
  readonly ms: number
  readonly code?: number
  readonly out?: string
  readonly endless?: boolean
  readonly exits?: boolean
}

function stepOf(words: readonly string[]): Step | undefined {
  const [command, ...rest] = words
  switch (command) {
    case 'sleep': {
      if (rest[0] === 'infinity' || rest[0] === 'inf') return { ms: 0, endless: true }
      const ms = durationMs(rest[0])
      return ms === undefined ? undefined : { ms }
    }
    case 'echo':
    case 'printf':
      return { ms: 0, out: `${rest.join(' ').replaceAll(/^["']|["']$/g, '')}\n` }
    case 'true':
    case ':':
    case 'date':
    case 'touch':
    case 'mkdir':
    case 'rm':
    case 'cat':
    case 'ls':
    case 'env':
    case 'set':
      return { ms: 0 }
    case 'false':
      return { ms: 0, code: 1 }
    case 'exit':
      return { ms: 0, code: Number(rest[0] ?? 0) & 255, exits: true }
    case 'tail':
      return rest.includes('-f') ? { ms: 0, endless: true } : { ms: 0 }
    default:
      return undefined
  }
}

/** Splits at `;`, `&&` and newlines; enough for the one-liners of tutorials. */
function script(text: string): Run | 'endless' | undefined {
  if (/\bwhile\s+(true|:|sleep)|\buntil\s|\bfor\s*\(\(\s*;;/.test(text)) return /\buntil\s/.test(text) ? undefined : 'endless'
  let ms = 0
  let log = ''
  let code = 0
  for (const part of text.split(/;|&&|\n/)) {
    const trimmed = part.trim().replace(/\s*>{1,2}\s*\S+$/, '')
    if (trimmed === '') continue
    const step = stepOf(trimmed.split(/\s+/))
    if (!step) return undefined
    if (step.endless) return 'endless'
    ms += step.ms
    log += step.out ?? ''
    code = step.code ?? 0
    if (step.exits) break
  }
  return { exitAfterMs: ms, exitCode: code, ...(log ? { log } : {}) }
}

/**
 * What a simple command does: `sleep 3600`, `sh -c "echo hi; exit 1"`, `false`, a loop. Undefined: it is not understood and the
 * image decides. A command that only sleeps never hears SIGTERM: a process 1 without a handler.
 * Simplified: no pipes, variables or conditions.
 */
export function workloadOfCommand(command: readonly string[]): Workload | undefined {
  if (command.length === 0) return undefined
  const shell = /(^|\/)(sh|bash|ash)$/.test(command[0]!) && command[1]?.endsWith('c') ? command[2] : undefined
  let run: Run | 'endless' | undefined
  if (shell === undefined) {
    const step = stepOf([command[0]!.replace(/^.*\//, ''), ...command.slice(1)])
    run =
      step &&
      (step.endless ? 'endless' : { exitAfterMs: step.ms, exitCode: step.code ?? 0, ...(step.out ? { log: step.out } : {}) })
  } else run = script(shell)
  if (run === undefined) return undefined
  if (run === 'endless') return { term: NOTHING_READS_SIGNALS }
  const exitAfterMs = Math.max(20, run.exitAfterMs ?? 0)
  return { runs: [{ ...run, exitAfterMs }], term: NOTHING_READS_SIGNALS }
}
