import { beforeAll, describe, expect, test } from 'vitest'
import { World } from '../../scenario/world.ts'
import { parseScenario } from '../../scenario/parse.ts'
import { loadApiSchema } from '../api/load-schema.ts'
import type { ApiSchema } from '../api/schema.ts'

const SOURCE = `
apiVersion: clusterlab.dev/v1
kind: Scenario
metadata: {name: load}
spec:
  title: {ko: 부하, en: Load}
  seed: 3
  cluster:
    images: [{name: 'web:1', cpuPerRequest: 5m}]
  traffic: [{id: users, to: service/web, rate: 34/s}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: 'web:1', ports: [{containerPort: 8080}], resources: {requests: {cpu: 100m}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

describe('the metrics server', () => {
  const replicasOf = (world: World): unknown =>
    (world.cluster.etcd.store.get('deployments.apps', 'default', 'web')?.['spec'] as { replicas?: number } | undefined)?.replicas

  test('lets the autoscaler follow the load: up at once, down after five minutes', () => {
    const { scenario, manifests, problems } = parseScenario(SOURCE)
    expect(problems).toEqual([])
    const world = new World({ schema, scenario: scenario!, manifests })
    world.advanceTo(10_000)
    expect(replicasOf(world)).toBe(1)
    world.advanceTo(180_000)
    expect(replicasOf(world)).toBe(4)
    world.traffic.set({ ...world.traffic.sources().find(({ id }) => id === 'users')!, ratePerSecond: 0 })
    world.advanceTo(400_000)
    expect(replicasOf(world)).toBe(4)
    world.advanceTo(540_000)
    expect(replicasOf(world)).toBe(1)
  })
})
