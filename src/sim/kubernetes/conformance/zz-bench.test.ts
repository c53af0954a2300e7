import { test } from 'vitest'
import { ContainerRuntime } from '../../infrastructure/container-runtime.ts'
import { ImageRegistry } from '../../infrastructure/image-registry.ts'
import { loadApiSchema } from '../api/load-schema.ts'
import type { AnyObject, Pod } from '../api/types.ts'
import { Cluster } from '../cluster.ts'
import { Kubelet } from '../kubelet/kubelet.ts'

test('idle', { timeout: 200_000 }, async () => {
  const schema = await loadApiSchema()
  const registry = new ImageRegistry()
  const controllers = process.env['NC'] ? [] : undefined
  const kubelets: Kubelet[] = []
  const cluster = new Cluster({
    seed: 3, schema, ...(controllers ? { controllers } : {}),
    nodes: [1, 2, 3, 4, 5].map((i) => ({ name: `node-${i}`, capacity: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' } })),
    nodeAgents: ({ kernel, network, latencies, hub, store, connect }, node) => {
      const runtime = new ContainerRuntime({ kernel, network, host: node.name, registry })
      const k = new Kubelet({ kernel, network, hub, store, latencies, api: connect(`kubelet/${node.name}`, node.name, true), runtime, registry, node })
      kubelets.push(k)
      return [k]
    },
  })
  cluster.start()
  cluster.kernel.advanceTo(5000)
  const api = cluster.client()
  for (let i = 0; i < 30; i++) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: 'default' }, spec: { nodeName: `node-${1 + (i % 5)}`, containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { path: '/', port: 80 } }, livenessProbe: { httpGet: { path: '/', port: 80 } } }] } }
    const r = api.create('pods', 'default', pod as unknown as AnyObject)
    if (!r.ok) console.log(r.status.message)
  }
  cluster.kernel.advanceTo(60_000)
  let ready = 0
  for (const pod of cluster.etcd.store.scan('pods')) if ((pod as unknown as Pod).status?.conditions?.find((c) => c.type === 'Ready')?.status === 'True') ready++
  console.log('ready', ready)
  let n = 0
  const kinds: Record<string, number> = {}
  for (const k of kubelets) { const r = k.receive.bind(k); k.receive = (m) => { n++; kinds[m.kind] = (kinds[m.kind] ?? 0) + 1; r(m) } }
  const t = performance.now()
  cluster.kernel.advanceTo(60_000 + 10_000_000)
  const s = (performance.now() - t) / 1000
  console.log(`10000 s in ${s.toFixed(2)} s: ${Math.round(10000 / s)} per s; kubelet messages ${n}`, JSON.stringify(kinds))
  const t2 = performance.now()
  const snap = cluster.kernel.snapshot()
  console.log('snapshot ms', (performance.now() - t2).toFixed(1))
  cluster.kernel.advanceTo(cluster.kernel.now + 100_000)
  const d1 = JSON.stringify(cluster.kernel.digest.snapshot())
  cluster.kernel.restore(snap)
  cluster.kernel.advanceTo(cluster.kernel.now + 100_000)
  console.log('same digest after restore', d1 === JSON.stringify(cluster.kernel.digest.snapshot()))
})
