import { CONTROL_PLANE_HOST } from '../../infrastructure/network.ts'
import { Component } from '../../kernel/component.ts'
import { formatMicroTime, formatTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import { quantityMilliValue } from '../api/quantity.ts'
import type { AnyObject, ApiObject, Condition, ContainerStatus, Node, Pod, PodStatus } from '../api/types.ts'
import { type Change, Informers } from '../apiserver/informer.ts'
import type { ClusterContext } from '../cluster.ts'
import type { PodSample } from '../controllers/resource-metrics.ts'
import type { ControllerRecording, PlayedUsage } from './recording.ts'

const LEASE_PERIOD_MS = 10_000
const LEASE_SECONDS = 40
const METRICS_WINDOW_MS = 15_000
const NODE_LEASES = 'kube-node-lease'

/** From an event to the write that answers it: the player was a program that watched, too. */
const REACTION_MS: Millis = 20

/** From the write that a Pod's containers have ended to the one that it may go: at once, as fast as a busy machine was. */
const FAREWELL_MS = { from: 2, to: 42 }

interface PodWait {
  /** Timers of an earlier version of the Pod are void. */
  readonly version: string
  readonly runningSince?: Millis
}

const annotation = (object: ApiObject, key: string): string | undefined => object.metadata.annotations?.[`play/${key}`]

/** `5s` → 5000; undefined for `never`. */
function delayOf(text: string | undefined, otherwise: Millis): Millis | undefined {
  if (text === undefined) return otherwise
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text)
  return match ? Math.round(Number(match[1]) * (match[2] === 'ms' ? 1 : match[2] === 'm' ? 60_000 : 1000)) : undefined
}

/**
 * Plays the kubelets of all nodes as the recorder did: Pods become ready after a delay, stop after a delay, complete when an annotation
 * says so; nodes renew their Leases. There are no containers. It is part of recordings, not of the world.
 */
export class PlayedKubelets extends Component {
  readonly #api: Api
  readonly #behaviour: ControllerRecording['podBehaviour']
  readonly #informers: Informers
  #waits = new Map<string, PodWait>()
  #silent = new Set<string>()
  #addresses = 0
  #usage: PlayedUsage = {}

  constructor(context: ClusterContext, behaviour: ControllerRecording['podBehaviour']) {
    super(context.kernel, 'played-kubelets')
    this.#behaviour = behaviour
    this.#api = context.connect('kubelet', CONTROL_PLANE_HOST, true)
    this.#informers = new Informers({
      kernel: context.kernel,
      hub: context.hub,
      store: context.store,
      name: this.name,
      host: CONTROL_PLANE_HOST,
      resources: ['pods', 'nodes'],
      onChange: (change) => this.#changed(change),
      onBroken: () => this.after(1000, 'relist'),
    })
  }

  protected onStart(): void {
    this.#informers.start()
  }

  protected onStop(): void {
    this.#informers.stop()
  }

  silence(node: string): void {
    this.#silent.add(node)
  }

  resume(node: string): void {
    this.#silent.delete(node)
    this.#renewLease(node)
    for (const pod of this.#informers.list('pods')) if (this.#nodeOf(pod) === node) this.#look(pod as unknown as Pod)
    const object = this.#informers.get('nodes', '', node)
    if (object) this.#postNode(object as unknown as Node)
  }

  report(usage: PlayedUsage): void {
    this.#usage = usage
  }

  /** What the played metrics server says of a Pod: measured now, over 15 s. */
  sample(namespace: string, name: string): PodSample | undefined {
    const { cpu, missing = 0, none } = this.#usage
    if (none || cpu === undefined) return undefined
    const running = this.#informers
      .listNamespace('pods', namespace)
      .filter((object) => (object as unknown as Pod).status?.phase === 'Running') as unknown as readonly Pod[]
    const names = running.map(({ metadata }) => metadata.name).toSorted((a, b) => (a < b ? -1 : 1))
    const pod = running.find(({ metadata }) => metadata.name === name)
    if (!pod || names.indexOf(name) < missing) return undefined
    const used = { cpuMilli: quantityMilliValue(cpu), memoryBytes: 0 }
    return {
      unixMs: this.kernel.unixMs,
      windowMs: METRICS_WINDOW_MS,
      containers: new Map(pod.spec.containers.map((container) => [container.name, used])),
    }
  }

  protected handle(kind: string, body: unknown): void {
    if (kind === 'relist') {
      if (!this.#informers.resync()) this.after(1000, 'relist')
    } else if (kind === 'lease') {
      const node = body as string
      if (!this.#informers.get('nodes', '', node)) return
      this.after(LEASE_PERIOD_MS, 'lease', node, 0)
      if (!this.#silent.has(node)) this.#renewLease(node)
    } else if (kind === 'act') {
      const { namespace, name, version } = body as { namespace: string; name: string; version: string }
      const pod = this.#informers.get('pods', namespace, name) as unknown as Pod | undefined
      if (pod && pod.metadata.resourceVersion === version && this.#plays(pod)) this.#act(pod)
    }
  }

  #nodeOf(pod: AnyObject): string | undefined {
    return (pod as unknown as Pod).spec.nodeName
  }

  #plays(pod: Pod): boolean {
    const { nodeName } = pod.spec
    if (nodeName === undefined || this.#silent.has(nodeName)) return false
    return this.#informers.get('nodes', '', nodeName)?.metadata.labels?.['play'] === 'on'
  }

  #changed({ type, resource, object, previous }: Change): void {
    if (resource === 'nodes') {
      if (type === 'DELETED' || object.metadata.labels?.['play'] !== 'on') return
      if (!previous) this.handle('lease', object.metadata.name)
      if (!this.#silent.has(object.metadata.name)) this.#postNode(object as unknown as Node)
      return
    }
    const key = `${object.metadata.namespace}/${object.metadata.name}`
    if (type === 'DELETED') this.#waits.delete(key)
    else this.#look(object as unknown as Pod)
  }

  /** Any change of the Pod starts its delay again. */
  #look(pod: Pod): void {
    if (!this.#plays(pod)) return
    const { namespace = '', name, resourceVersion: version = '' } = pod.metadata
    const key = `${namespace}/${name}`
    const known = this.#waits.get(key)
    const isRunning = pod.status?.phase === 'Running'
    const runningSince = isRunning ? (known?.runningSince ?? this.kernel.now) : undefined
    this.#waits.set(key, { version, ...(runningSince === undefined ? {} : { runningSince }) })
    const delay = this.#delay(pod, runningSince)
    if (delay === undefined) return
    const isFarewell = pod.metadata.deletionTimestamp !== undefined && delay === 0
    const reactionMs = isFarewell ? FAREWELL_MS.from + this.kernel.rng(this.name).int(FAREWELL_MS.to - FAREWELL_MS.from) : REACTION_MS
    this.after(delay + reactionMs, 'act', { namespace, name, version })
  }

  /** How long until something is to be done with the Pod as it is; undefined: nothing is. */
  #delay(pod: Pod, runningSince: Millis | undefined): Millis | undefined {
    const phase = pod.status?.phase ?? 'Pending'
    const isFinished = phase === 'Succeeded' || phase === 'Failed'
    if (pod.metadata.deletionTimestamp !== undefined)
      return isFinished ? 0 : delayOf(annotation(pod, 'terminate-after'), this.#behaviour.terminateAfterMs)
    if (isFinished) return undefined
    if (phase !== 'Running') return delayOf(annotation(pod, 'ready-after'), this.#behaviour.readyAfterMs)
    const wantsReady = annotation(pod, 'ready') !== 'false'
    if ((this.#ready(pod)?.status === 'True') !== wantsReady) return 0
    const completeAfter = annotation(pod, 'complete-after')
    if (completeAfter === undefined) return undefined
    const wait = delayOf(completeAfter, 0)
    return wait === undefined ? undefined : Math.max(0, (runningSince ?? this.kernel.now) + wait - this.kernel.now)
  }

  #ready(pod: Pod): Condition | undefined {
    return pod.status?.conditions?.find(({ type }) => type === 'Ready')
  }

  #act(pod: Pod): void {
    const phase = pod.status?.phase ?? 'Pending'
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (phase === 'Succeeded' || phase === 'Failed') this.#remove(pod)
      else this.#finish(pod, Number(annotation(pod, 'term-exit') ?? this.#behaviour.terminateExitCode ?? 143))
    } else if (phase !== 'Running') this.#run(pod)
    else if ((this.#ready(pod)?.status === 'True') !== (annotation(pod, 'ready') !== 'false'))
      this.#write(pod, this.#running(pod))
    else {
      const index = pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']
      this.#finish(
        pod,
        Number((index === undefined ? undefined : annotation(pod, `exit-${index}`)) ?? annotation(pod, 'exit') ?? 0),
      )
    }
  }

  #run(pod: Pod): void {
    this.#addresses += 1
    const podIP = `10.244.${this.#addresses >> 8}.${this.#addresses & 255}`
    this.#write(pod, { ...this.#running(pod), podIP, podIPs: [{ ip: podIP }], startTime: this.#now() })
  }

  #now(): string {
    return formatTime(this.kernel.unixMs)
  }

  #running(pod: Pod): PodStatus {
    const isReady = annotation(pod, 'ready') !== 'false'
    const restartCount = Number(annotation(pod, 'restarts') ?? 0)
    const notReady = { status: 'False' as const, reason: 'ContainersNotReady' }
    return {
      ...pod.status,
      phase: 'Running',
      conditions: this.#conditions(pod, {
        PodReadyToStartContainers: { status: 'True' },
        Initialized: { status: 'True' },
        ContainersReady: isReady ? { status: 'True' } : notReady,
        Ready: isReady ? { status: 'True' } : notReady,
      }),
      containerStatuses: pod.spec.containers.map(({ name, image = '' }): ContainerStatus => ({
        name,
        image,
        imageID: '',
        ready: isReady,
        started: true,
        restartCount,
        state: { running: { startedAt: this.#now() } },
      })),
    }
  }

  #conditions(pod: Pod, wanted: Readonly<Record<string, Pick<Condition, 'status' | 'reason'>>>): readonly Condition[] {
    const before = pod.status?.conditions ?? []
    const changed = Object.entries(wanted).map(([type, { status, reason }]): Condition => {
      const known = before.find((condition) => condition.type === type)
      const since = known?.status === status ? known.lastTransitionTime : undefined
      return { type, status, lastTransitionTime: since ?? this.#now(), ...(reason ? { reason } : {}) }
    })
    return [...before.filter(({ type }) => !(type in wanted)), ...changed]
  }

  #finish(pod: Pod, exitCode: number): void {
    const reason = exitCode === 0 ? 'PodCompleted' : 'PodFailed'
    const finishedAt = this.#now()
    this.#write(pod, {
      ...pod.status,
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: this.#conditions(pod, { ContainersReady: { status: 'False', reason }, Ready: { status: 'False', reason } }),
      containerStatuses: pod.spec.containers.map(({ name, image = '' }): ContainerStatus => ({
        name,
        image,
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: finishedAt, finishedAt } },
      })),
    })
  }

  #write(pod: Pod, status: PodStatus): void {
    const { namespace = '', name } = pod.metadata
    const { resourceVersion: _, ...metadata } = pod.metadata
    this.#api.update('pods', namespace, name, { ...pod, metadata, status }, { subresource: 'status' })
  }

  #remove(pod: Pod): void {
    const { namespace = '', name, uid } = pod.metadata
    this.#api.delete('pods', namespace, name, { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) })
  }

  // Nodes -----------------------------------------------------------------------------------------------------------

  #renewLease(node: string): void {
    const renewTime = formatMicroTime(this.kernel.unixMs)
    const known = this.#api.get('leases.coordination.k8s.io', NODE_LEASES, node)
    const spec = { holderIdentity: node, leaseDurationSeconds: LEASE_SECONDS, renewTime }
    if (known.ok) this.#api.update('leases.coordination.k8s.io', NODE_LEASES, node, { ...known.value, spec })
    else
      this.#api.create('leases.coordination.k8s.io', NODE_LEASES, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: node, namespace: NODE_LEASES },
        spec,
      })
  }

  /** Posts the conditions when they are not what they should be: healthy, or a runtime that is down when the annotation says so. */
  #postNode(node: Node): void {
    const isDown = annotation(node, 'node-ready') === 'false'
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status === (isDown ? 'False' : 'True')) return
    const healthy: readonly (readonly [string, Condition['status'], string, string])[] = [
      isDown
        ? ['Ready', 'False', 'KubeletNotReady', 'container runtime is down']
        : ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
      ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      ['NetworkUnavailable', 'False', 'RouteCreated', 'RouteController created a route'],
    ]
    const conditions = healthy.map(([type, status, reason, message]): Condition => {
      const known = node.status?.conditions?.find((condition) => condition.type === type)
      const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? this.#now()) : this.#now()
      return { type, status, lastHeartbeatTime: this.#now(), lastTransitionTime, reason, message }
    })
    const { resourceVersion: _, ...metadata } = node.metadata
    this.#api.update(
      'nodes',
      '',
      node.metadata.name,
      { ...node, metadata, status: { ...node.status, conditions } },
      {
        subresource: 'status',
      },
    )
  }

  protected save(): unknown {
    return {
      waits: new Map(this.#waits),
      silent: new Set(this.#silent),
      addresses: this.#addresses,
      informers: this.#informers.snapshot(),
    }
  }

  protected load(state: unknown): void {
    const saved = state as {
      waits: Map<string, PodWait>
      silent: Set<string>
      addresses: number
      informers: Parameters<Informers['restore']>[0]
    }
    this.#waits = new Map(saved.waits)
    this.#silent = new Set(saved.silent)
    this.#addresses = saved.addresses
    this.#informers.restore(saved.informers)
  }
}
