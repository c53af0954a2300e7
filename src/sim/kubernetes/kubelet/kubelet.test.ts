import { beforeAll, describe, expect, test } from 'vitest'
import { ContainerRuntime } from '../../infrastructure/container-runtime.ts'
import { ImageRegistry } from '../../infrastructure/image-registry.ts'
import { CONTROL_PLANE_HOST } from '../../infrastructure/network.ts'
import { RuntimeNetwork } from '../../infrastructure/runtime-network.ts'
import { loadApiSchema } from '../api/load-schema.ts'
import type { ApiSchema } from '../api/schema.ts'
import type { Event, Node, Pod, PodSpec } from '../api/types.ts'
import { Cluster } from '../cluster.ts'
import { rootCaPublisher } from '../controllers/root-ca-publisher.ts'
import { serviceAccountController } from '../controllers/serviceaccount.ts'
import { Kubelet } from './kubelet.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const BOOT_MS = 20_000

/** One node with its kubelet; Pods are bound by hand. */
function makeNode() {
  const registry = new ImageRegistry()
  const runtimes: ContainerRuntime[] = []
  const kubelets: Kubelet[] = []
  const cluster = new Cluster({
    seed: 5,
    schema,
    bootMs: BOOT_MS,
    controllers: [serviceAccountController, rootCaPublisher],
    nodes: [{ name: 'n1', capacity: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' } }],
    nodeAgents: (context, node) => {
      const { kernel, network, hub, store, latencies } = context
      const runtime = new ContainerRuntime({ kernel, network, host: node.name, registry })
      const api = context.connect(`kubelet/${node.name}`, node.name, true)
      const kubelet = new Kubelet({ kernel, network, hub, store, latencies, api, runtime, registry, node })
      runtimes.push(runtime)
      kubelets.push(kubelet)
      return [kubelet]
    },
  })
  cluster.start()
  cluster.kernel.advanceTo(10_000)
  const runtime = runtimes[0]!
  const kubelet = kubelets[0]!
  const api = cluster.client()
  const advance = (seconds: number): void => cluster.kernel.advanceTo(cluster.kernel.now + seconds * 1000)
  const create = (name: string, spec: PodSpec): void => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n1', ...spec } }
    const created = api.create('pods', 'default', pod)
    expect(created.ok ? '' : created.status.message).toBe('')
  }
  const pod = (name: string): Pod | undefined => cluster.etcd.store.get('pods', 'default', name) as unknown as Pod | undefined
  const container = (name: string) => pod(name)?.status?.containerStatuses?.[0]
  const reasons = (name: string): readonly string[] => {
    const found: string[] = []
    for (const object of cluster.etcd.store.scan('events')) {
      const event = object as unknown as Event
      if (event.involvedObject.name === name) found.push(event.reason ?? '')
    }
    return found
  }
  const running = (name: string) => [...runtime.containers()].find((live) => live.pod.name === name && live.state === 'running')!
  return { cluster, registry, runtime, kubelet, api, advance, create, pod, container, reasons, running }
}

const web = (more: Partial<PodSpec['containers'][number]> = {}): PodSpec => ({
  containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }], ...more }],
  terminationGracePeriodSeconds: 30,
})

describe('kubelet', () => {
  test('registers its node, keeps it Ready and renews its Lease', () => {
    const { cluster, advance } = makeNode()
    const node = cluster.etcd.store.get('nodes', '', 'n1') as unknown as Node
    expect(node.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'MemoryPressure=False',
      'DiskPressure=False',
      'PIDPressure=False',
      'Ready=True',
    ])
    const before = cluster.etcd.store.get('leases.coordination.k8s.io', 'kube-node-lease', 'n1')
    advance(11)
    expect(cluster.etcd.store.get('leases.coordination.k8s.io', 'kube-node-lease', 'n1')).not.toEqual(before)
  })

  test('a Pod of a well-known image is pulled, started, probed and answers', () => {
    const { cluster, runtime, advance, create, pod } = makeNode()
    create('a', web({ readinessProbe: { httpGet: { path: '/', port: 80 } } }))
    advance(10)
    expect(pod('a')?.status?.phase).toBe('Running')
    expect(pod('a')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
    const network = new RuntimeNetwork(cluster.network, [runtime])
    expect(network.request('n1', pod('a')!.status!.podIP!, 80, '/')).toMatchObject({ type: 'answered', status: 200 })
    expect(network.request('n1', pod('a')!.status!.podIP!, 81, '/')).toEqual({ type: 'refused' })
    expect(network.request('n1', '10.244.9.9', 80, '/')).toEqual({ type: 'silent' })
  })

  test('containers outlive a stopped kubelet, and nobody restarts what crashes meanwhile', () => {
    const { cluster, runtime, kubelet, advance, create, container, running } = makeNode()
    create('a', web())
    advance(10)
    cluster.stopProcess(kubelet.name)
    advance(5)
    runtime.exitContainer(running('a').id, 1)
    advance(30)
    expect(running('a')).toBeUndefined()
    expect(container('a')?.restartCount).toBe(0)
    cluster.startProcess(kubelet.name)
    advance(5)
    expect(container('a')?.restartCount).toBe(1)
    expect(container('a')?.state?.running).toBeDefined()
  })

  test('without the API server a crashed container is restarted all the same, and the status follows later', () => {
    const { cluster, runtime, advance, create, container, running } = makeNode()
    create('a', web())
    advance(10)
    cluster.network.setLink('n1', CONTROL_PLANE_HOST, false)
    advance(5)
    const before = running('a').id
    runtime.exitContainer(before, 1)
    advance(5)
    expect(running('a').id).not.toBe(before)
    expect(container('a')?.restartCount).toBe(0)
    cluster.network.setLink('n1', CONTROL_PLANE_HOST, true)
    advance(15)
    expect(container('a')?.restartCount).toBe(1)
  })

  test('a node that loses power starts its Pods again in new sandboxes when it is back', () => {
    const { cluster, advance, create, pod, container, reasons } = makeNode()
    create('a', web())
    advance(10)
    const address = pod('a')!.status!.podIP
    cluster.network.setPower('n1', false)
    advance(5)
    cluster.network.setPower('n1', true)
    advance(BOOT_MS / 1000 + 10)
    expect(container('a')?.restartCount).toBe(1)
    expect(container('a')?.state?.running).toBeDefined()
    expect(pod('a')!.status!.podIP).not.toBe(address)
    expect(reasons('a')).toContain('SandboxChanged')
    expect(reasons('n1')).toContain('Rebooted')
  })

  test('a Pod that was deleted behind a broken link is stopped when the link is back', () => {
    const { cluster, api, advance, create, pod, running } = makeNode()
    create('a', web())
    advance(10)
    cluster.network.setLink('n1', CONTROL_PLANE_HOST, false)
    api.delete('pods', 'default', 'a', { gracePeriodSeconds: 0 })
    advance(20)
    expect(pod('a')).toBeUndefined()
    expect(running('a')).toBeDefined()
    cluster.network.setLink('n1', CONTROL_PLANE_HOST, true)
    advance(40)
    expect(running('a')).toBeUndefined()
  })

  test('a leak ends in an OOM kill at the limit, and the node stays Ready', () => {
    const { runtime, advance, create, container, running } = makeNode()
    create('a', web({ resources: { limits: { memory: '64Mi' } } }))
    advance(10)
    runtime.setFault(running('a').id, { extraMemoryBytes: 70 * 2 ** 20 })
    advance(5)
    expect(container('a')?.restartCount).toBe(1)
    expect(container('a')?.lastState?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
  })

  test('a container that hangs fails its liveness probe and is replaced', () => {
    const { runtime, advance, create, container, running, reasons } = makeNode()
    create('a', {
      ...web({ livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 5 } }),
      terminationGracePeriodSeconds: 3,
    })
    advance(30)
    runtime.setFault(running('a').id, { hangs: true })
    advance(30)
    expect(container('a')?.restartCount).toBe(1)
    expect(reasons('a')).toContain('Unhealthy')
  })

  test.each([
    { name: 'exit 1 under Never', command: ['sh', '-c', 'exit 1'], phase: 'Failed', log: '' },
    { name: 'echo', command: ['echo', 'hello'], phase: 'Succeeded', log: 'hello\n' },
    { name: 'sleep 3', command: ['sleep', '3'], phase: 'Succeeded', log: '' },
    { name: 'sleep for an hour', command: ['sleep', '3600'], phase: 'Running', log: '' },
  ])('busybox: $name', ({ command, phase, log }) => {
    const { kubelet, advance, create, pod } = makeNode()
    create('a', { containers: [{ name: 'web', image: 'busybox:1.36', command }], restartPolicy: 'Never' })
    advance(15)
    expect(pod('a')?.status?.phase).toBe(phase)
    const logs = kubelet.logs({ namespace: 'default', pod: 'a', container: 'web', previous: false, timestamps: false })
    expect(logs.ok && logs.value.text).toBe(log)
  })

  test('an image that the registry does not know is named in the status, and comes when the fault is over', () => {
    const { registry, kubelet, advance, create, container } = makeNode()
    registry.setMissing('nginx:1.27', true)
    create('a', web())
    advance(3)
    expect(container('a')?.state?.waiting?.reason).toBe('ErrImagePull')
    const logs = kubelet.logs({ namespace: 'default', pod: 'a', container: 'web', previous: false, timestamps: false })
    expect(logs.ok ? '' : logs.status.message).toBe(`container "web" in pod "a" is waiting to start: image can't be pulled`)
    registry.setMissing('nginx:1.27', false)
    advance(60)
    expect(container('a')?.state?.running).toBeDefined()
  })

  test('a snapshot in the middle of a start, a stop and a pull goes on as the original did', () => {
    const { cluster, api, advance, create } = makeNode()
    create('a', web())
    create('b', { ...web({ image: 'postgres:16', lifecycle: { preStop: { sleep: { seconds: 4 } } } }) })
    advance(9)
    api.delete('pods', 'default', 'b', {})
    create('c', web({ image: 'redis:7' }))
    advance(1)
    const snapshot = cluster.kernel.snapshot()
    advance(120)
    const digest = cluster.kernel.digest.snapshot()
    cluster.kernel.restore(snapshot)
    advance(120)
    expect(cluster.kernel.digest.snapshot()).toEqual(digest)
  })
})
