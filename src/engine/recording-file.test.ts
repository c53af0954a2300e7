import { describe, expect, test } from 'vitest'
import type { Recording } from './recording.ts'
import { readRecordingFile, writeRecordingFile } from './recording-file.ts'

const RECORDING: Recording = {
  version: 1,
  engine: '1',
  source: { type: 'text', name: 'web.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: 웹 \n\n---\n# end  \n' },
  seed: 42,
  actions: [
    { at: 0, action: { type: 'apply', text: "a: 'b'\n\tc\r\n" } },
    { at: 1200, action: { type: 'kubectl', line: 'kubectl scale deployment web --replicas=5' } },
  ],
  at: 90_000,
  digest: '0123456789abcdef',
}

describe('a recording as a file', () => {
  test('is read as it was written, to the last space', () => {
    expect(readRecordingFile(writeRecordingFile(RECORDING))).toEqual(RECORDING)
  })

  test.each([
    ['a manifest', 'apiVersion: v1\nkind: Pod\n', 'expected apiVersion clusterlab.dev/v1 and kind Recording, received v1 and Pod'],
    ['nothing', '', 'expected apiVersion clusterlab.dev/v1 and kind Recording, received undefined and undefined'],
    ['no YAML', 'a: [', expect.stringContaining('Flow sequence')],
    ['a recording of the future', writeRecordingFile({ ...RECORDING, version: 2 as 1 }), 'version: invalid value'],
    ['actions out of order', writeRecordingFile({ ...RECORDING, actions: [...RECORDING.actions].reverse() }), 'actions.1.at: earlier than the action before it'],
    ['too deep a nesting', `a: ${'['.repeat(300)}`, 'expected a recording, received 300 levels of nesting'],
    ['twelve megabytes', 'a'.repeat(12_000_000), 'expected at most 4194304 characters, received 12000000'],
  ])('%s is refused with the reason', (_name, text, reason) => {
    expect(readRecordingFile(text)).toEqual(reason)
  })
})
