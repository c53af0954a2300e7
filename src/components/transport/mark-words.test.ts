import { describe, expect, it } from 'vitest'
import type { TimelineMark } from '../../engine/protocol.ts'
import { markWords, type MarkWords } from './mark-words.ts'

describe('words of a mark', () => {
  it.each<[string, TimelineMark['type'], string, MarkWords]>([
    ['a fault and its host', 'fault', 'HostPowerOff node-2', { type: 'fault', kind: 'HostPowerOff', target: 'node-2' }],
    [
      'a cut link is named by the node',
      'fault',
      'LinkDown node-2 ↔ control-plane',
      { type: 'fault', kind: 'LinkDown', target: 'node-2' },
    ],
    ['a healed fault', 'heal', 'HostPowerOff node-2', { type: 'fault', kind: 'healed', target: 'node-2' }],
    [
      'a Pod of the default namespace goes without it',
      'fault',
      'ContainerExit default/web-1',
      { type: 'fault', kind: 'ContainerExit', target: 'web-1' },
    ],
    [
      'a command loses the word that all share',
      'command',
      'kubectl scale deploy web',
      { type: 'verbatim', text: 'scale deploy web' },
    ],
    ['a fault that the scenario named itself', 'fault', 'dies', { type: 'verbatim', text: 'dies' }],
  ])('%s', (_name, type, label, wanted) => {
    expect(markWords({ type, label })).toEqual(wanted)
  })
})
