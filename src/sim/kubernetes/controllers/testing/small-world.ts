import { readFileSync } from 'node:fs'
import { formatMicroTime, formatTime, type Millis } from '../../../kernel/time.ts'
import type { Api } from '../../api/client.ts'
import { ApiSchema } from '../../api/schema.ts'
import type { AnyObject, Event, Node, Pod, Taint, Toleration } from '../../api/types.ts'
import { Cluster } from '../../cluster.ts'
import type { Controller } from '../runtime/controller.ts'

const schema = new ApiSchema(
  JSON.parse(readFileSync(new URL('../../api/generated/schema.json', import.meta.url), 'utf8')) as ConstructorParameters<
    typeof ApiSchema
  >[0],
)

/**
 * A control plane without scheduler and without machines: tests write what kubelets would. Nodes beat only when `beat` is called, or
 * every ten seconds by `beatUntil`.
 */
export class SmallWorld {
  readonly cluster: Cluster
  readonly api: Api

  constructor(options: { readonly controllers?: readonly Controller[]; readonly seed?: number } = {}) {
    this.cluster = new Cluster({
      seed: options.seed ?? 1,
      schema,
      nodes: [],
      nodeAgents: () => [],
      ...(options.controllers ? { controllers: options.controllers } : {}),
    })
    this.cluster.start()
    this.api = this.cluster.apiServer.client({ user: 'test', trusted: false })
    this.pass(100)
  }

  get now(): Millis {
    return this.cluster.kernel.now
  }

  pass(ms: Millis): void {
    this.cluster.kernel.advanceTo(this.now + ms)
  }

  create(resource: string, object: object): AnyObject {
    const whole = object as AnyObject
    const answer = this.api.create(resource, whole.metadata.namespace ?? '', whole)
    if (!answer.ok) throw new Error(answer.status.message)
    return answer.value
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test knows the kind
  get<T = AnyObject>(resource: string, name: string, namespace = 'default'): T | undefined {
    const answer = this.api.get(resource, namespace, name)
    return answer.ok ? (answer.value as T) : undefined
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test knows the kind
  list<T = AnyObject>(resource: string, namespace?: string): readonly T[] {
    const answer = this.api.list(resource, namespace === undefined ? {} : { namespace })
    return answer.ok ? (answer.value.items as unknown as readonly T[]) : []
  }

  /** Reasons and messages of what was recorded on an object, oldest first. */
  events(kind: string, name: string): readonly string[] {
    return this.list<Event>('events')
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
      .toSorted((a, b) => ((a.firstTimestamp ?? '') < (b.firstTimestamp ?? '') ? -1 : 1))
      .map(({ reason, message, count = 1 }) => `${count > 1 ? `${count}× ` : ''}${reason}: ${message}`)
  }

  /** A node whose kubelet has just reported. */
  addNode(
    name: string,
    options: { readonly labels?: Readonly<Record<string, string>>; readonly taints?: readonly Taint[] } = {},
  ): void {
    this.create('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...options.labels } },
      spec: options.taints ? { taints: options.taints } : {},
      status: { capacity: { cpu: '4', memory: '8Gi', pods: '110' }, allocatable: { cpu: '4', memory: '8Gi', pods: '110' } },
    })
    this.setReady(name, 'True')
    this.beat(name)
  }

  setReady(name: string, status: 'True' | 'False'): void {
    const node = this.get<Node>('nodes', name, '')!
    const time = formatTime(this.cluster.kernel.unixMs)
    const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
      type,
      status: type === 'Ready' ? status : 'False',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
      reason: 'Kubelet',
      message: '',
    }))
    this.api.update(
      'nodes',
      '',
      name,
      { ...node, status: { ...node.status, conditions } },
      {
        subresource: 'status',
      },
    )
  }

  /** Renews the Leases of nodes. */
  beat(...names: readonly string[]): void {
    const trusted = this.cluster.apiServer.client({ user: 'kubelet', trusted: true })
    for (const name of names) {
      const renewTime = formatMicroTime(this.cluster.kernel.unixMs)
      const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime }
      const lease = this.get('leases.coordination.k8s.io', name, 'kube-node-lease')
      if (lease) trusted.update('leases.coordination.k8s.io', 'kube-node-lease', name, { ...lease, spec })
      else {
        const metadata = { name, namespace: 'kube-node-lease' }
        trusted.create('leases.coordination.k8s.io', 'kube-node-lease', {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata,
          spec,
        })
      }
    }
  }

  /** Lets time pass while these nodes beat every ten seconds. */
  beatFor(ms: Millis, ...names: readonly string[]): void {
    const end = this.now + ms
    while (this.now < end) {
      this.beat(...names)
      this.pass(Math.min(10_000, end - this.now))
    }
  }

  /** A pod that runs and is ready on `node`. */
  addPod(
    name: string,
    options: {
      readonly node?: string
      readonly labels?: Readonly<Record<string, string>>
      readonly ready?: boolean
      readonly tolerations?: readonly Toleration[]
      readonly port?: number
    } = {},
  ): Pod {
    const { node, labels = { app: name }, ready = true, tolerations = [], port } = options
    this.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels },
      spec: {
        ...(node ? { nodeName: node } : {}),
        tolerations,
        containers: [{ name: 'c', image: 'web:1', ...(port ? { ports: [{ name: 'http', containerPort: port }] } : {}) }],
      },
    })
    return this.setPod(name, { phase: 'Running', ready })
  }

  setPod(name: string, status: { readonly phase?: string; readonly ready?: boolean }): Pod {
    const pod = this.get<Pod>('pods', name)!
    const time = formatTime(this.cluster.kernel.unixMs)
    const ready = { type: 'Ready', status: status.ready ? 'True' : 'False', lastTransitionTime: time }
    const podIP = pod.status?.podIP ?? `10.244.0.${this.list('pods').length + 1}`
    const answer = this.api.update(
      'pods',
      'default',
      name,
      {
        ...pod,
        status: { ...pod.status, phase: status.phase ?? 'Running', conditions: [ready], podIP, podIPs: [{ ip: podIP }] },
      },
      { subresource: 'status' },
    )
    if (!answer.ok) throw new Error(answer.status.message)
    return answer.value as unknown as Pod
  }
}
