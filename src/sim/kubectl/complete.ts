import type { Environment } from './command.ts'

export function complete(_line: string, _cursor: number, _env: Environment): readonly { readonly text: string; readonly from: number; readonly kind: string; readonly detail?: string }[] {
  return []
}
