import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../kubernetes/api/types.ts'
import { Store } from '../kubernetes/etcd/store.ts'
import type { Step } from './command.ts'
import { resumeKubectl, startKubectl } from './kubectl.ts'
import { environment } from './testing/golden.ts'

const NOW = '2026-01-05T10:00:00Z'
const pod = (version: number, phase: string, ready: 'True' | 'False'): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: String(version),
    creationTimestamp: '2026-01-05T09:59:50Z',
  },
  spec: { containers: [{ name: 'a', image: 'x' }] },
  status: { phase, conditions: [{ type: 'Ready', status: ready }] },
})

/** A command that waits, and a world that changes beneath it; its state goes through JSON as through a snapshot. */
class Waiting {
  readonly store = new Store()
  readonly env = environment(this.store, NOW)
  step: Step
  #passedMs = 0

  constructor(args: readonly string[], ...objects: readonly AnyObject[]) {
    for (const object of objects) this.store.load('pods', object)
    this.step = startKubectl(args, this.env)
  }

  next(passedMs: number): Step {
    if (!('again' in this.step)) throw new Error('the command has ended')
    this.#passedMs += passedMs
    const state: unknown = JSON.parse(JSON.stringify(this.step.again.state))
    this.step = resumeKubectl(state, { ...this.env, unixMs: this.env.unixMs + this.#passedMs })
    return this.step
  }
}

describe('commands that wait live on in plain state', () => {
  test('a watch prints a row for each change, no narrower than before, and goes on', () => {
    const watch = new Waiting(['get', 'pods', '-w'], pod(5, 'Pending', 'False'))
    expect(watch.step.stdout).toBe('NAME   READY   STATUS    RESTARTS   AGE\nweb    0/1     Pending   0          10s\n')
    expect(watch.next(200)).toMatchObject({ stdout: '' })
    watch.store.load('pods', pod(6, 'Running', 'True'))
    expect(watch.next(5000)).toMatchObject({ stdout: 'web    0/1     Running   0          15s\n' })
    expect('again' in watch.step).toBe(true)
  })

  test('a watch that shows its events', () => {
    const watch = new Waiting(['get', 'pods', '--watch', '--output-watch-events', '--no-headers'], pod(5, 'Pending', 'False'))
    expect(watch.step.stdout).toBe('ADDED      web   0/1   Pending   0     10s\n')
    watch.store.load('pods', pod(6, 'Running', 'True'))
    expect(watch.next(0)).toMatchObject({ stdout: 'MODIFIED   web   0/1   Running   0     10s\n' })
  })

  test('wait ends when its condition is met', () => {
    const wait = new Waiting(['wait', '--for=condition=Ready', 'pod/web'], pod(5, 'Pending', 'False'))
    expect(wait.next(1000)).toMatchObject({ stdout: '', stderr: '' })
    wait.store.load('pods', pod(6, 'Running', 'True'))
    expect(wait.next(1000)).toMatchObject({ stdout: 'pod/web condition met\n', exit: 0 })
  })

  test('wait gives up after its timeout', () => {
    const wait = new Waiting(['wait', '--for=condition=Ready', 'pod/web', '--timeout=2s'], pod(5, 'Pending', 'False'))
    expect('again' in wait.next(1900)).toBe(true)
    expect(wait.next(100)).toMatchObject({ stderr: 'error: timed out waiting for the condition on pods/web\n', exit: 1 })
  })
})
