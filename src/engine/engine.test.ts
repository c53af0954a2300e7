import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { Engine } from './engine.ts'
import type { Frame, PodView } from './protocol.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const MANIFESTS = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.27"}]
`

/** An engine on a clock of its own: playing is done by hand. */
function engineOf(): { readonly engine: Engine; readonly frames: Frame[]; readonly run: (ms: number) => void } {
  const frames: Frame[] = []
  let clock = 0
  let timer: (() => void) | undefined
  const engine = new Engine({
    schema,
    builtin: () => undefined,
    send: (frame) => frames.push(frame),
    clock: () => clock,
    later: (callback) => {
      timer = callback
      return () => (timer = undefined)
    },
  })
  return {
    engine,
    frames,
    run: (ms) => {
      for (const end = clock + ms; clock < end;) {
        clock += 16
        const due = timer
        timer = undefined
        due?.()
      }
    },
  }
}

const digestOf = (frames: readonly Frame[]): string => frames.at(-1)!.digest

describe('Engine', () => {
  test('looking at things, checking a manifest and completing a line leave no trace in the digest', () => {
    const digests = [false, true].map((curious) => {
      const { engine, frames } = engineOf()
      engine.open({ type: 'default' })
      if (curious) engine.validate(MANIFESTS)
      engine.act({ type: 'apply', text: MANIFESTS })
      for (let i = 0; i < 20; i++) {
        engine.step('tick')
        if (!curious) continue
        engine.validate(`${MANIFESTS}---\n${MANIFESTS.replaceAll('web', `other-${i}`)}`)
        engine.inspect({ resource: 'services', namespace: 'default', name: 'web' })
        engine.complete('kubectl get pods w', 18)
        engine.evaluate("pods('app=web').size()")
      }
      return digestOf(frames)
    })
    expect(digests[0]).toBe(digests[1])
  })

  test('a link or a file opened in another engine gives the same digest', () => {
    const { engine, frames } = engineOf()
    engine.open({ type: 'default' })
    engine.validate(MANIFESTS)
    engine.act({ type: 'apply', text: MANIFESTS })
    engine.seek(0)
    for (let i = 0; i < 100; i++) engine.step('tick')
    engine.act({ type: 'kubectl', line: 'kubectl scale deployment web --replicas=4' })
    for (let i = 0; i < 50; i++) engine.step('tick')
    const other = engineOf()
    expect(other.engine.open({ type: 'link', payload: engine.share()! })).toMatchObject({ ok: true, digestMatches: true })
    expect(digestOf(other.frames)).toBe(digestOf(frames))
    const third = engineOf()
    expect(third.engine.open({ type: 'recording', text: engine.exportFile() })).toMatchObject({ ok: true, digestMatches: true })
    expect(third.engine.open({ type: 'recording', text: 'kind: Pod' })).toMatchObject({ ok: false })
    expect(digestOf(third.frames)).toBe(digestOf(frames))
  })

  test('playing until a moment stops exactly there, at any speed', () => {
    const { engine, frames, run } = engineOf()
    engine.open({ type: 'default' })
    engine.setSpeed(37)
    engine.playUntil(12_345)
    run(2000)
    expect(frames.at(-1)).toMatchObject({ now: 12_345, playing: false })
    expect(frames.flatMap(({ facts }) => facts)).toContainEqual({ type: 'reached', at: 12_345 })
  })

  test('rendering paused or at full speed makes no difference to the digest', () => {
    const digests = [1, 1000].map((speed) => {
      const { engine, frames, run } = engineOf()
      engine.open({ type: 'text', name: 'web.yaml', text: MANIFESTS })
      engine.setSpeed(speed)
      engine.playUntil(20_000)
      run(25_000)
      return digestOf(frames)
    })
    expect(digests[0]).toBe(digests[1])
  })

  test('the frames of a world, put together, are what a fresh frame of it says', () => {
    const { engine, frames } = engineOf()
    engine.open({ type: 'text', name: 'web.yaml', text: MANIFESTS })
    for (let i = 0; i < 80; i++) engine.step('tick')
    const pods = new Map<string, unknown>()
    for (const { pods: change, full } of frames) {
      if (full) pods.clear()
      for (const id of change.removed) pods.delete(id)
      for (const pod of change.changed) pods.set(pod.id, pod)
    }
    engine.seek(frames.at(-1)!.now)
    const fresh = new Map(frames.at(-1)!.pods.changed.map((pod) => [pod.id, pod]))
    expect(frames.at(-1)!.full).toBe(true)
    expect(pods).toEqual(fresh)
  })

  test('a container that runs on a cut-off node after its Pod was evicted is drawn as what it is', () => {
    const { engine, frames, run } = engineOf()
    engine.setSpeed(1000)
    engine.open({ type: 'text', name: 'web.yaml', text: MANIFESTS })
    const views = new Map<string, PodView>()
    const go = (ms: number): void => {
      for (let left = ms; left > 0; left -= 10_000) {
        engine.playUntil(frames.at(-1)!.now + 10_000)
        run(11_000)
      }
      for (const { pods, full } of frames.splice(0, frames.length - 1)) {
        if (full) views.clear()
        for (const id of pods.removed) views.delete(id)
        for (const pod of pods.changed) views.set(pod.id, pod)
      }
    }
    go(20_000)
    const node = [...views.values()].find(({ name }) => name.startsWith('web-'))!.node!
    engine.act({ type: 'fault', kind: 'LinkDown', target: { host: node }, id: 'cut' })
    go(400_000)
    engine.act({ type: 'kubectl', line: `kubectl delete pods --field-selector=spec.nodeName=${node} --force --grace-period=0` })
    go(10_000)
    const orphans = [...views.values()].filter(({ status }) => status === 'no record')
    expect(orphans.length).toBeGreaterThan(0)
    expect(orphans.every(({ truth, differs }) => truth.running > 0 && truth.host === node && differs)).toBe(true)
    engine.act({ type: 'heal', id: 'cut' })
    go(60_000)
    expect([...views.values()].filter(({ status }) => status === 'no record')).toEqual([])
  })

  test.each([
    { name: 'ten megabytes', text: 'a: b\n'.repeat(2_000_000) },
    {
      name: 'an alias bomb',
      text: `a: &a [x,x]\n${Array.from({ length: 30 }, (_, i) => `k${i}: &${String.fromCharCode(98 + (i % 20))}${i} [*a,*a]`).join('\n')}\n`,
    },
    { name: 'wrong types', text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: no}\n' },
    { name: 'nesting without end', text: `a: ${'['.repeat(10_000)}` },
    { name: 'nothing', text: '' },
  ])('$name is refused with words and changes nothing', ({ text }) => {
    const { engine, frames } = engineOf()
    engine.open({ type: 'default' })
    const before = frames.at(-1)!.revision
    const result = engine.act({ type: 'apply', text })
    expect(result.ok).toBe(false)
    expect(result.stderr).not.toBe('')
    expect(frames.at(-1)!.revision).toBe(before)
  })
})
