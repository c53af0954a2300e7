/** What a mark on the track says, in the reader's words. Pure. */
import type { FaultKind, TimelineMark } from '../../engine/protocol.ts'

const kinds: ReadonlySet<string> = new Set<FaultKind>([
  'HostPowerOff',
  'LinkDown',
  'ProcessStop',
  'ContainerExit',
  'ContainerHang',
  'MemoryLeak',
  'ImageMissing',
])

export type MarkWords =
  | { readonly type: 'verbatim'; readonly text: string }
  | { readonly type: 'fault'; readonly kind: FaultKind | 'healed'; readonly target: string }

/** `HostPowerOff node-2` is a kind and its target; a link is named by the end that is not the control plane; everything else stands as it is. */
export function markWords({ type, label }: Pick<TimelineMark, 'type' | 'label'>): MarkWords {
  const space = label.indexOf(' ')
  const kind = space < 0 ? '' : label.slice(0, space)
  if (!kinds.has(kind) || (type !== 'fault' && type !== 'heal')) return { type: 'verbatim', text: label.replace(/^kubectl /, '') }
  const target = label
    .slice(space + 1)
    .replace(/ ↔ control-plane$|^control-plane ↔ /, '')
    .replace(/^default\//, '')
  return { type: 'fault', kind: type === 'heal' ? 'healed' : (kind as FaultKind), target }
}
