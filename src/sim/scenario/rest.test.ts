import { beforeAll, expect, test } from 'vitest'
import { loadApiSchema } from '../kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import type { Action } from './action.ts'
import { parseScenario } from './parse.ts'
import { World } from './world.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

/** Two nodes that are full: what one loses the other cannot take. */
const TEXT = `apiVersion: clusterlab.dev/v1
kind: Scenario
metadata: {name: full}
spec:
  title: {ko: 가득, en: Full}
  cluster:
    nodes: [{count: 2, capacity: {cpu: "2", memory: 4Gi, pods: 20}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: main, image: "web:1", ports: [{containerPort: 8080}], resources: {requests: {cpu: 800m}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`
/** Longer than a progress deadline. */
const SETTLED_MS = 900_000
const MINUTE_MS = 60_000

const kubectl = (line: string): Action => ({ type: 'kubectl', line: `kubectl ${line}` })

test.each<readonly [string, readonly Action[]]>([
  ['nothing', []],
  ['a host without power', [{ type: 'fault', kind: 'HostPowerOff', target: { host: 'node-2' }, id: 'x' }]],
  ['a kubelet that stands still', [{ type: 'fault', kind: 'ProcessStop', target: { process: 'kubelet/node-2' }, id: 'x' }]],
  ['no scheduler', [{ type: 'fault', kind: 'ProcessStop', target: { process: 'scheduler' }, id: 'x' }, kubectl('delete pod -l app=web')]],
  ['no API server', [{ type: 'fault', kind: 'ProcessStop', target: { process: 'apiserver' }, id: 'x' }]],
  ['an image that is not there', [{ type: 'fault', kind: 'ImageMissing', target: { image: 'web:2' }, id: 'x' }, kubectl('set image deployment/web main=web:2')]],
  ['more replicas than fit', [kubectl('scale deployment web --replicas=6')]],
  ['a quota that allows none', [kubectl('create quota none --hard=pods=0'), kubectl('delete pod -l app=web')]],
  ['a rollout that is paused half-way', [kubectl('set image deployment/web main=web:2'), kubectl('rollout pause deployment/web')]],
])('with %s the cluster comes to rest: nobody asks without end', (_, actions) => {
  const { scenario, manifests } = parseScenario(TEXT)
  const world = new World({ schema, scenario: scenario!, manifests })
  world.advanceTo(SETTLED_MS)
  for (const action of actions) expect(world.act(action)).toMatchObject({ ok: true })
  for (const after of [MINUTE_MS * 2, SETTLED_MS]) {
    world.advanceTo(SETTLED_MS + after)
    const { sequence } = world.snapshot()
    world.advanceTo(world.now + MINUTE_MS)
    expect(world.snapshot().sequence - sequence).toBeLessThan(600)
  }
})

test('a cluster of a thousand nodes has come up when its story begins', () => {
  const { scenario, manifests } = parseScenario(TEXT.replace('count: 2', 'count: 1000'))
  const world = new World({ schema, scenario: scenario!, manifests })
  const { stdout } = world.act(kubectl("get nodes -o jsonpath='{range .items[*]}{.status.conditions[?(@.type==\"Ready\")].status} {.spec.taints}{\"\\n\"}{end}'"))
  expect([...new Set(stdout.trimEnd().split('\n').map((line) => line.trimEnd()))]).toEqual(['True'])
})
