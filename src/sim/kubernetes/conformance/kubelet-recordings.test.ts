import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../api/load-schema.ts'
import type { ApiSchema } from '../api/schema.ts'
import type { KubeletRecording, RecordedEvent, RecordedState } from './kubelet-case.ts'
import { compareKubeletPlay, playKubeletRecording } from './kubelet-recording.ts'
import { playOnNode } from './kubelet-play.ts'

const GOLDEN = new URL('golden/kubelet/', import.meta.url)

const recordings = new Map<string, KubeletRecording>()
for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith('.jsonl')))
  for (const line of readFileSync(new URL(file, GOLDEN), 'utf8').trim().split('\n')) {
    const recording = JSON.parse(line) as KubeletRecording
    recordings.set(recording.name, recording)
  }
/** Recordings that the simulator agrees with in everything. The list only grows. */
const agreeing = new Set(JSON.parse(readFileSync(new URL('agreeing.json', GOLDEN), 'utf8')) as string[])
const themes = [...new Set([...recordings.keys()].map((name) => name.split('/')[0]!))].sort()
const find = (name: string): KubeletRecording | undefined => recordings.get(name)

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

describe('the kubelet does what the real one was recorded to do', () => {
  test.each(themes)('%s', { timeout: 120_000 }, (theme) => {
    const names = [...recordings.keys()].filter((name) => name.startsWith(`${theme}/`))
    const lost: string[] = []
    let passed = 0
    for (const name of names) {
      const differences = playKubeletRecording(recordings.get(name)!, { schema, find })
      if (differences.length === 0) passed += 1
      else if (agreeing.has(name)) lost.push(`${name}\n  ${differences.join('\n  ')}`)
    }
    console.log(`${theme} ${passed}/${names.length}`)
    expect(lost).toEqual([])
  })
})

describe('a recording that says something else is not agreed with', () => {
  const changeState = (
    recording: KubeletRecording,
    index: number,
    change: (state: RecordedState) => RecordedState,
  ): KubeletRecording => ({
    ...recording,
    expect: { ...recording.expect, states: recording.expect!.states!.map((state, at) => (at === index ? change(state) : state)) },
  })
  const changeEvent = (
    recording: KubeletRecording,
    reason: string,
    change: (event: RecordedEvent) => RecordedEvent,
  ): KubeletRecording => ({
    ...recording,
    expect: {
      ...recording.expect,
      events: recording.expect!.events!.map((event) => (event.reason === reason ? change(event) : event)),
    },
  })
  const rows: readonly {
    readonly says: string
    readonly name: string
    readonly change: (recording: KubeletRecording) => KubeletRecording
  }[] = [
    {
      says: 'another restart count',
      name: 'exit/always-exit-1',
      change: (recording) =>
        changeState(recording, 5, (state) => ({
          ...state,
          containers: state.containers!.map((container) => ({ ...container, restartCount: 9 })),
        })),
    },
    {
      says: 'another phase',
      name: 'exit/never-exit-0',
      change: (recording) => changeState(recording, 5, (state) => ({ ...state, phase: 'Failed' })),
    },
    {
      says: 'another reason of a condition',
      name: 'exit/never-exit-0',
      change: (recording) =>
        changeState(recording, 4, (state) => ({ ...state, conditions: { ...state.conditions, Ready: 'False PodFailed' } })),
    },
    {
      says: 'another event text',
      name: 'hook/prestop-fails',
      change: (recording) =>
        changeEvent(recording, 'FailedPreStopHook', (event) => ({ ...event, message: 'PreStopHook has failed' })),
    },
    {
      says: 'another event count',
      name: 'create/create-error-twice',
      change: (recording) => changeEvent(recording, 'Failed', (event) => ({ ...event, count: 3 })),
    },
    {
      says: 'one event fewer',
      name: 'termination/obeys',
      change: (recording) => ({
        ...recording,
        expect: { ...recording.expect, events: recording.expect!.events!.filter(({ reason }) => reason !== 'Killing') },
      }),
    },
    {
      says: 'another grace given to the runtime',
      name: 'termination/ignores-grace-5',
      change: (recording) => ({
        ...recording,
        expect: {
          ...recording.expect,
          runtime: recording.expect!.runtime!.map((call) => call.replace('StopContainer(5)', 'StopContainer(30)')),
        },
      }),
    },
    {
      says: 'containers in another order',
      name: 'start/three-containers',
      change: (recording) => ({
        ...recording,
        expect: { ...recording.expect, runtime: recording.expect!.runtime!.toReversed() },
      }),
    },
    {
      says: 'another back-off',
      name: 'exit/always-exit-1',
      change: (recording) => ({
        ...recording,
        expect: {
          ...recording.expect,
          times: recording.expect!.times!.map((time) => (time.constantMs === 20_000 ? { ...time, constantMs: 60_000 } : time)),
        },
      }),
    },
    {
      says: 'another probe period',
      name: 'probe/readiness-exec-flapping',
      change: (recording) => ({
        ...recording,
        expect: {
          ...recording.expect,
          probes: recording.expect!.probes!.map((probe) => ({ ...probe, gapMs: { ...probe.gapMs, median: [5000] } })),
        },
      }),
    },
  ]
  test.each(rows)('$says ($name)', ({ name, change }) => {
    const recording = recordings.get(name)!
    expect(playKubeletRecording(recording, { schema, find })).toEqual([])
    expect(playKubeletRecording(change(recording), { schema, find })).not.toEqual([])
  })

  test('a play of one Pod does not agree with the recording of another', () => {
    const play = playOnNode(recordings.get('start/plain')!, { schema })
    for (const name of ['exit/never-exit-1', 'image/not-found', 'init/two-in-order', 'probe/liveness-exec'])
      expect(compareKubeletPlay(recordings.get(name)!, play).length).toBeGreaterThan(2)
  })
})
