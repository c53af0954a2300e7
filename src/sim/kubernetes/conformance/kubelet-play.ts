import { ContainerRuntime, type PodIdentity, type RuntimeCall } from '../../infrastructure/container-runtime.ts'
import type { ContainerDescription, Image, Registry } from '../../infrastructure/image-registry.ts'
import type { Workload } from '../../infrastructure/workload.ts'
import { assert } from '../../kernel/assert.ts'
import type { Actor } from '../../kernel/kernel.ts'
import type { Message } from '../../kernel/message-queue.ts'
import { formatMicroTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { ApiSchema } from '../api/schema.ts'
import type { AnyObject, Event, Node, Pod } from '../api/types.ts'
import { Cluster } from '../cluster.ts'
import { nodeLifecycleController } from '../controllers/node-lifecycle.ts'
import type { Controller } from '../controllers/runtime/controller.ts'
import { rootCaPublisher } from '../controllers/root-ca-publisher.ts'
import { serviceAccountController } from '../controllers/serviceaccount.ts'
import { taintEvictionController } from '../controllers/taint-eviction.ts'
import { Kubelet } from '../kubelet/kubelet.ts'
import type { NodeStats } from '../kubelet/node-stats.ts'
import type { KubeletRecording, RecordedStep, RuntimeScript } from './kubelet-case.ts'

const NODE = 'node-1'
/** A healthy node beside it: the only node of a cluster gets no NoExecute taint when it fails, so one that got it was not alone. */
const BYSTANDER = { name: 'node-2', capacity: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' } }
/** The recording of what a kubelet says when it starts again; its times count from there. */
export const SECOND_START = 'node/kubelet-restart'
const SCRIPT_ANNOTATION = 'clusterlab/script'
/** The node is up so long before the first Pod. */
const WARM_UP_MS = 20_000
const OBJECTS_MS = -3000
/** How long a node without a Pod is watched, and how long for statistics. */
const NODE_ONLY_MS = 30_000
const STATISTICS_MS = 3_600_000
const BASE_STATS: NodeStats = {
  memoryCapacity: 8 * 2 ** 30,
  memoryWorkingSet: 2 ** 30,
  fsCapacity: 100 * 2 ** 30,
  fsAvailable: 80 * 2 ** 30,
}
/** Themes in which what other Pods do on the node matters. */
const SHARED_THEMES = new Set([
  'admission',
  'eviction',
  'taint',
  'kubelet-restart',
  'reboot',
  'shutdown',
  'image',
  'node',
  'resize',
])
const NODE_STEPS = new Set([
  'restart kubelet',
  'stop kubelet',
  'start kubelet',
  'set node stats',
  'set runtime faults',
  'taint node',
  'label node',
  'prepare for shutdown',
  'cordon',
  'uncordon',
])

/** What a play showed, with the time of each thing in ms since the Pod was bound. */
export interface KubeletPlay {
  readonly uid: string
  /** Every version of the Pod; undefined: deleted. */
  readonly versions: readonly { readonly at: Millis; readonly pod: Pod | undefined }[]
  /** Every write of an Event about the Pod. */
  readonly events: readonly { readonly at: Millis; readonly event: Event }[]
  readonly calls: readonly { readonly at: Millis; readonly text: string }[]
  readonly probes: readonly { readonly at: Millis; readonly probe: string }[]
  readonly nodeVersions: readonly { readonly at: Millis; readonly node: Node }[]
  readonly nodeEvents: readonly { readonly at: Millis; readonly event: Event }[]
  readonly renewals: readonly Millis[]
  readonly hostAddress: string
}

/** Images and containers by script: the recording's own, and other Pods' by annotation. */
class ScriptedRegistry implements Registry {
  readonly #scripts = new Map<string, RuntimeScript>()
  readonly #images: Record<string, Partial<Image>> = {}

  add(podName: string, script: RuntimeScript): void {
    this.#scripts.set(podName, script)
    Object.assign(this.#images, script.images)
  }

  image(name: string): Image {
    return { sizeBytes: 10_000_000, pullMs: 0, ...this.#images[name] }
  }

  workload({ podName, container }: ContainerDescription): Workload {
    return this.#scripts.get(podName)?.containers?.[container] ?? {}
  }

  sandbox(pod: PodIdentity): RuntimeScript['sandbox'] {
    return this.#scripts.get(pod.name)?.sandbox
  }
}

/** The steps of a recording as messages of the world. */
class Conductor implements Actor {
  readonly name = 'conductor'
  readonly #work: (index: number) => void
  constructor(work: (index: number) => void) {
    this.#work = work
  }
  receive(message: Message): void {
    this.#work(message.body as number)
  }
  snapshot(): unknown {
    return null
  }
  restore(): void {}
}

const withNamespace = (object: AnyObject): AnyObject => ({ ...object, metadata: { namespace: 'default', ...object.metadata } })

const RESOURCES: Readonly<Record<string, string>> = { Pod: 'pods', ConfigMap: 'configmaps', Secret: 'secrets' }

function encoded(object: AnyObject): AnyObject {
  const { stringData, ...rest } = object as AnyObject & { stringData?: Record<string, string> }
  return stringData ? { ...rest, data: Object.fromEntries(Object.entries(stringData).map(([key]) => [key, 'dg=='])) } : object
}

/** Plays a recording on one node of a fresh world. */
export function playOnNode(
  recording: KubeletRecording,
  options: { readonly schema: ApiSchema; readonly seed?: number; readonly find?: (name: string) => KubeletRecording | undefined },
): KubeletPlay {
  const theme = recording.name.split('/')[0]!
  const others = SHARED_THEMES.has(theme)
    ? (recording.sharedNodeWith ?? []).flatMap(({ case: name, boundAtMs }) => {
        const other = options.find?.(name)
        return other?.pod ? [{ other, boundAtMs }] : []
      })
    : []
  const startAt = Math.min(OBJECTS_MS, ...others.map(({ boundAtMs }) => boundAtMs - 3000)) - WARM_UP_MS
  const spec = recording.node
  const { cores = 4, ...ofNode } = spec?.stats ?? {}
  const base: NodeStats = { ...BASE_STATS, ...ofNode }
  const registry = new ScriptedRegistry()
  let runtime: ContainerRuntime | undefined
  let kubelet: Kubelet | undefined
  const cluster = new Cluster({
    seed: options.seed ?? 7,
    schema: options.schema,
    startAt,
    controllers: [
      serviceAccountController,
      rootCaPublisher,
      nodeLifecycleController as Controller,
      taintEvictionController as Controller,
    ],
    nodes: [
      {
        name: NODE,
        capacity: {
          cpu: String(cores),
          memory: `${base.memoryCapacity! / 2 ** 30}Gi`,
          'ephemeral-storage': `${base.fsCapacity! / 2 ** 30}Gi`,
          pods: String(spec?.maxPods ?? 110),
        },
      },
      ...(JSON.stringify(recording.expect?.node ?? []).includes('not-ready:NoExecute') ? [BYSTANDER] : []),
    ],
    nodeAgents: (context, node) => {
      const { kernel, network, latencies, hub, store } = context
      const isOurs = node.name === NODE
      const made = new ContainerRuntime({
        kernel,
        network,
        host: node.name,
        registry,
        sandboxBehaviour: (pod) => registry.sandbox(pod),
      })
      const agent = new Kubelet({
        kernel,
        network,
        hub,
        store,
        latencies,
        api: context.connect(`kubelet/${node.name}`, node.name, true),
        runtime: made,
        registry,
        node,
        config: {
          ...(isOurs ? { stats: base } : {}),
          ...(spec?.shutdownGrace === undefined
            ? {}
            : { shutdownGraceSeconds: spec.shutdownGrace, shutdownGraceCriticalSeconds: 5 }),
        },
      })
      if (isOurs) {
        runtime = made
        kubelet = agent
      }
      return [agent]
    },
  })
  assert(runtime && kubelet, 'the cluster has one node')
  const { kernel } = cluster
  const api = cluster.client()
  const podName = recording.pod?.metadata.name ?? staticName(recording)

  // What is shown --------------------------------------------------------------------------------------------------------
  const versions: { at: Millis; pod: Pod | undefined }[] = []
  const events: { at: Millis; event: Event }[] = []
  const calls: { at: Millis; text: string; pod: PodIdentity }[] = []
  const probes: { at: Millis; probe: string }[] = []
  const nodeVersions: { at: Millis; node: Node }[] = []
  const nodeEvents: { at: Millis; event: Event }[] = []
  const renewals: Millis[] = []
  let uid = ''
  cluster.etcd.store.onCommit(({ resource, type, object, at }) => {
    if (resource === 'pods' && object.metadata.name === podName) {
      const pod = object as unknown as Pod
      if (type !== 'DELETED' && !uid) uid = pod.metadata.uid!
      versions.push({ at, pod: type === 'DELETED' ? undefined : pod })
    }
    if (resource === 'leases.coordination.k8s.io' && object.metadata.name === NODE) renewals.push(at)
    if (resource === 'nodes' && object.metadata.name === NODE) nodeVersions.push({ at, node: object as unknown as Node })
    if (resource === 'events' && type !== 'DELETED') {
      const event = object as unknown as Event
      const { involvedObject } = event
      if (involvedObject.kind === 'Node' && involvedObject.name === NODE) nodeEvents.push({ at, event })
      if (involvedObject.kind === 'Pod' && involvedObject.name === podName) events.push({ at, event })
    }
  })
  runtime.onCall = ({ at, text, pod }: RuntimeCall) => calls.push({ at, text, pod })
  if (recording.expect?.probes)
    kubelet.onProbe = (_uid, container, what) => {
      if (container.pod.name === podName) probes.push({ at: kernel.now, probe: `${container.name}#${container.attempt} ${what}` })
    }

  // What is done ---------------------------------------------------------------------------------------------------------
  const doings: { at: Millis; work: () => void }[] = []
  const conductor = new Conductor((index) => doings[index]!.work())
  kernel.register(conductor)
  const at = (time: Millis, work: () => void): void => {
    doings.push({ at: time, work })
  }
  const create = (object: AnyObject): void => {
    const whole = encoded(withNamespace(object))
    const resource = RESOURCES[object.kind] ?? `${object.kind.toLowerCase()}s`
    const made = api.create(resource, whole.metadata.namespace!, whole)
    assert(made.ok, 'the recording creates its objects', object.metadata.name, made.ok ? '' : made.status.message)
  }
  const bind = (name: string): void => bindPod(cluster.context.connect('scheduler', 'control-plane', true), name, kernel.unixMs)
  const submit = (pod: Pod, script: RuntimeScript | undefined): void => {
    registry.add(pod.metadata.name, script ?? {})
    create(pod as unknown as AnyObject)
    if (!pod.spec.nodeName) bind(pod.metadata.name)
  }
  for (const object of recording.objects ?? [])
    at(OBJECTS_MS, () => {
      const script = object.metadata.annotations?.[SCRIPT_ANNOTATION]
      if (object.kind === 'Pod') submit(object as unknown as Pod, script ? (JSON.parse(script) as RuntimeScript) : undefined)
      else create(object)
    })
  for (const { other, boundAtMs } of others) {
    for (const object of other.objects ?? [])
      at(boundAtMs - 1000, () => {
        if (object.kind !== 'Pod') create(object)
        else {
          const script = object.metadata.annotations?.[SCRIPT_ANNOTATION]
          submit(object as unknown as Pod, script ? (JSON.parse(script) as RuntimeScript) : undefined)
        }
      })
    at(boundAtMs, () => submit(other.pod!, other.script))
    for (const step of other.steps ?? []) {
      const time = boundAtMs + step.atMs
      // Later steps on the node are listed by the recording itself.
      if (step.byCase !== undefined || (NODE_STEPS.has(step.do) && time >= 0)) continue
      at(time, () => perform(step, other.pod!.metadata.name))
    }
  }
  const perform = (step: RecordedStep, target: string): void =>
    doStep(step, {
      target,
      api,
      cluster,
      kubelet: kubelet!,
      runtime: runtime!,
      base,
      at: (delay, work) => later(delay, work),
      create,
    })
  const later = (delay: Millis, work: () => void): void => {
    doings.push({ at: 0, work })
    kernel.post('conductor', 'do', doings.length - 1, delay)
  }
  if (recording.pod) at(0, () => submit(recording.pod!, recording.script))
  else if (recording.script) registry.add(podName, recording.script)
  for (const step of recording.steps ?? []) at(step.atMs, () => perform(step, podName))
  if (recording.name === SECOND_START) at(0, () => perform({ atMs: 0, do: 'restart kubelet' }, podName))

  cluster.start()
  doings
    .map((doing, index) => ({ doing, index }))
    .forEach(({ doing, index }) => kernel.post('conductor', 'do', index, Math.max(0, doing.at - kernel.now)))
  kernel.advanceTo(recording.untilMs ?? (recording.leaseGapMs ? STATISTICS_MS : NODE_ONLY_MS))
  return {
    uid,
    versions,
    events,
    calls: calls.filter(({ pod }) => pod.name === podName),
    probes,
    nodeVersions,
    nodeEvents,
    renewals,
    hostAddress: kubelet.hostAddress,
  }
}

const staticName = (recording: KubeletRecording): string =>
  `${recording.steps?.find((step) => step.do === 'write static pod')?.pod?.metadata.name ?? ''}-${NODE}`

function bindPod(api: Api, name: string, unixMs: number): void {
  const bound = api.create(
    'pods',
    'default',
    {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace: 'default' },
      target: { apiVersion: 'v1', kind: 'Node', name: NODE },
    },
    { subresource: 'binding', name },
  )
  assert(bound.ok, 'a Pod can be bound', name, bound.ok ? '' : bound.status.message)
  const pod = api.get('pods', 'default', name)
  if (!pod.ok) return
  const eventTime = formatMicroTime(unixMs)
  api.create('events', 'default', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.scheduled`, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name, uid: pod.value.metadata.uid! },
    reason: 'Scheduled',
    message: `Successfully assigned default/${name} to ${NODE}`,
    type: 'Normal',
    eventTime,
    action: 'Binding',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-control-plane',
  })
}

interface Stage {
  readonly target: string
  readonly api: Api
  readonly cluster: Cluster
  readonly kubelet: Kubelet
  readonly runtime: ContainerRuntime
  readonly base: NodeStats
  at(delay: Millis, work: () => void): void
  create(object: AnyObject): void
}

function doStep(step: RecordedStep, stage: Stage): void {
  const { api, kubelet, runtime, target, cluster } = stage
  const patchNode = (spec: Readonly<Record<string, unknown>>): void => {
    api.patch('nodes', '', NODE, { type: 'merge', body: spec })
  }
  switch (step.do) {
    case 'delete pod':
      api.delete('pods', 'default', target, step.graceSeconds === undefined ? {} : { gracePeriodSeconds: step.graceSeconds })
      return
    case 'evict pod':
      api.create(
        'pods',
        'default',
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: target, namespace: 'default' } },
        { subresource: 'eviction', name: target },
      )
      return
    case 'patch pod': {
      const patched = api.patch(
        'pods',
        'default',
        target,
        { type: 'strategic', body: step.patch ?? {} },
        step.subresource ? { subresource: step.subresource } : {},
      )
      assert(patched.ok, 'the recorded patch is taken', patched.ok ? '' : patched.status.message)
      return
    }
    case 'create object':
      stage.create(step.object!)
      return
    case 'delete object':
      api.delete(RESOURCES[step.kind ?? ''] ?? '', 'default', step.name ?? '')
      return
    case 'restart kubelet':
      cluster.stopProcess(kubelet.name)
      stage.at(step.downMs ?? 0, () => cluster.startProcess(kubelet.name))
      return
    case 'stop kubelet':
      cluster.stopProcess(kubelet.name)
      return
    case 'start kubelet':
      cluster.startProcess(kubelet.name)
      return
    case 'set node stats':
      kubelet.setNodeStats({ ...stage.base, ...step.stats })
      return
    case 'set runtime faults':
      runtime.setNetworkReady(step.faults?.networkNotReady !== true)
      runtime.setResponding(step.faults?.runtimeDown !== true)
      return
    case 'taint node': {
      const node = api.get('nodes', '', NODE)
      const present = node.ok ? ((node.value as unknown as Node).spec.taints ?? []) : []
      const own = present.filter(({ key }) => key.startsWith('node.kubernetes.io/'))
      patchNode({ spec: { taints: [...own, ...(step.taints ?? [])] } })
      return
    }
    case 'label node':
      patchNode({ metadata: { labels: step.labels ?? {} } })
      return
    case 'cordon':
      patchNode({ spec: { unschedulable: true } })
      return
    case 'uncordon':
      patchNode({ spec: { unschedulable: null } })
      return
    case 'prepare for shutdown':
      kubelet.prepareForShutdown(step.active ?? true)
      return
    case 'write static pod':
      kubelet.writeStaticPod(step.pod!)
      return
    case 'remove static pod':
      kubelet.removeStaticPod('default', step.name ?? step.pod?.metadata.name ?? '')
      return
    default:
      throw new Error(`unknown step ${step.do}`)
  }
}
