/** What stands in the terminal and what was typed; it outlives the panel. */
import { create } from 'zustand'
import { act, engine } from '../../app/engine-client.ts'
import { worldStore } from '../../app/world-store.ts'
import type { TerminalChunk } from '../../engine/protocol.ts'

export interface Line {
  readonly id: number
  readonly kind: 'command' | 'stdout' | 'stderr'
  readonly text: string
}

interface Terminal {
  readonly lines: readonly Line[]
  readonly history: readonly string[]
  /** Number of the command that still runs. */
  readonly running: number | undefined
  readonly editor: { readonly command: number; readonly name: string; readonly text: string } | undefined
}

const KEPT_LINES = 2000
const KEPT_HISTORY = 200

export const useTerminal = create<Terminal>()(() => ({ lines: [], history: [], running: undefined, editor: undefined }))

let lastId = 0

function print(kind: Line['kind'], text: string): void {
  if (text === '') return
  lastId += 1
  const line = { id: lastId, kind, text: text.replace(/\n$/, '') }
  useTerminal.setState(({ lines }) => ({ lines: [...lines, line].slice(-KEPT_LINES) }))
}

export const terminalCleared = (): void => useTerminal.setState({ lines: [] })

/** Types a line and presses Enter. */
export async function lineEntered(line: string): Promise<void> {
  const trimmed = line.trim()
  print('command', line)
  if (trimmed === '') return
  useTerminal.setState(({ history }) => ({ history: [...history.filter((old) => old !== trimmed), trimmed].slice(-KEPT_HISTORY) }))
  if (trimmed === 'clear') {
    terminalCleared()
    return
  }
  const result = await act({ type: 'kubectl', line: trimmed })
  print('stdout', result.stdout)
  print('stderr', result.stderr)
  useTerminal.setState({ running: result.running, editor: result.editor })
  // A command that waits for the cluster needs time to pass.
  if (result.running !== undefined && !worldStore.getState().main.playing) await engine().play()
}

export async function editorClosed(text: string | undefined): Promise<void> {
  const { editor } = useTerminal.getState()
  if (!editor) return
  const result = await act({ type: 'edit', command: editor.command, text })
  print('stdout', result.stdout)
  print('stderr', result.stderr)
  useTerminal.setState({ editor: result.editor, running: result.running })
}

export async function interrupted(): Promise<void> {
  const { running } = useTerminal.getState()
  if (running === undefined) return
  print('stderr', '^C')
  useTerminal.setState({ running: undefined })
  await act({ type: 'interrupt', command: running })
}

/** Text of the running command, as frames bring it. */
export function chunksArrived(chunks: readonly TerminalChunk[]): void {
  for (const { command, stream, text } of chunks) {
    if (stream !== 'exit') print(stream, text)
    else if (command === useTerminal.getState().running) useTerminal.setState({ running: undefined })
  }
}
