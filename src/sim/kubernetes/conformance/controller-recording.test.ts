import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../api/load-schema.ts'
import type { ApiSchema } from '../api/schema.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { playControllerRecording } from './controller-recording.ts'
import type { ControllerRecording } from './recording.ts'
import { agreeing, recordingsOf, THEMES } from './testing/golden-recordings.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const play = (recording: ControllerRecording): readonly string[] =>
  playControllerRecording(recording, { schema, scheduler: (context) => new Scheduler(context) })

describe.each(THEMES)('%s, as a real control plane did it', (theme) => {
  const recordings = recordingsOf(theme)
  const known = agreeing(theme)

  test.each(recordings.filter(({ name }) => known.includes(name)).map((recording) => [recording.name, recording] as const))(
    '%s',
    (_, recording) => {
      expect(play(recording)).toEqual([])
    },
  )

  test('how many agree', () => {
    const others = recordings.filter(({ name }) => !known.includes(name))
    const open = others.map((recording) => `${recording.name} (${play(recording).length})`)
    console.log(`${theme}: ${known.length} of ${recordings.length} recordings are held to; open: ${open.join(', ') || 'none'}`)
    expect(known.filter((name) => !recordings.some((recording) => recording.name === name))).toEqual([])
  })
})
