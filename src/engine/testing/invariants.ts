import type { RuntimeContainer } from '../../sim/infrastructure/container-runtime.ts'
import { CONTROL_PLANE_HOST } from '../../sim/infrastructure/network.ts'
import type { Millis } from '../../sim/kernel/time.ts'
import { quantityMilliValue, quantityValue } from '../../sim/kubernetes/api/quantity.ts'
import type { Deployment, EndpointSlice, Node, Pod } from '../../sim/kubernetes/api/types.ts'
import type { Commit } from '../../sim/kubernetes/etcd/store.ts'
import type { World } from '../../sim/scenario/world.ts'

/** The kubelet may take so long after the grace period, or after it came back, to end what nobody wants any more. */
const ORPHAN_MS = 75_000

const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false)
const ownerOf = ({ metadata }: Pod): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid

interface Amounts {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** What a Pod of plain containers asks for. */
function requestsOf(pod: Pod): Amounts {
  let cpuMilli = 0
  let memoryBytes = 0
  for (const { resources } of pod.spec.containers) {
    cpuMilli += quantityMilliValue(resources?.requests?.['cpu'])
    memoryBytes += quantityValue(resources?.requests?.['memory'])
  }
  return { cpuMilli, memoryBytes }
}

function freeOf(node: Node, pods: readonly Pod[]): Amounts & { readonly pods: number } {
  const { allocatable = {} } = node.status ?? {}
  let cpuMilli = quantityMilliValue(allocatable['cpu'])
  let memoryBytes = quantityValue(allocatable['memory'])
  for (const pod of pods) {
    const requests = requestsOf(pod)
    cpuMilli -= requests.cpuMilli
    memoryBytes -= requests.memoryBytes
  }
  return { cpuMilli, memoryBytes, pods: quantityValue(allocatable['pods']) - pods.length }
}

/**
 * What must hold in a world whatever is done to it, looked at from outside: by its commits, its requests and its containers. What did not hold is told
 * as sentences.
 */
export class Invariants {
  readonly violations: string[] = []
  readonly #world: World
  #revision: number
  readonly #nodesEver = new Set<string>()
  /** Pod uids that the store holds, and Pods and addresses that any slice of a Service has listed. */
  readonly #pods = new Map<string, string>()
  readonly #listed = new Map<string, Set<string>>()
  /** Since when a container has run for nobody on a host whose kubelet could know. */
  readonly #orphans = new Map<string, Millis>()

  constructor(world: World) {
    this.#world = world
    const { store } = world.cluster.etcd
    this.#revision = store.revision
    for (const node of store.scan('nodes')) this.#nodesEver.add(node.metadata.name)
    for (const pod of this.#allPods()) this.#pods.set(pod.metadata.uid!, pod.metadata.name)
    for (const slice of store.scan('endpointslices.discovery.k8s.io')) this.#list(slice as unknown as EndpointSlice)
    store.onCommit((commit) => this.#committed(commit))
    world.traffic.onOutcome = ({ service, pod }) => {
      if (pod !== undefined && !this.#listed.get(service)?.has(pod))
        this.#violated(`a request to ${service} went to ${pod}, which no slice ever listed`)
    }
  }

  #violated(text: string): void {
    if (this.violations.length < 20) this.violations.push(`${this.#world.now} ms: ${text}`)
  }

  *#allPods(): Iterable<Pod> {
    for (const pod of this.#world.cluster.etcd.store.scan('pods')) yield pod as unknown as Pod
  }

  #podsOn(node: string): Pod[] {
    return [...this.#allPods()].filter((pod) => pod.spec.nodeName === node && !isTerminal(pod))
  }

  #list({ metadata, endpoints }: EndpointSlice): void {
    const service = `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`
    let listed = this.#listed.get(service)
    if (!listed) this.#listed.set(service, (listed = new Set()))
    for (const { targetRef, addresses } of endpoints ?? []) {
      if (targetRef) listed.add(`${targetRef.namespace}/${targetRef.name}`)
      for (const address of addresses) listed.add(address)
    }
  }

  #committed(commit: Commit): void {
    if (commit.revision <= this.#revision) this.#violated(`revision ${commit.revision} after ${this.#revision}`)
    this.#revision = commit.revision
    if (commit.resource === 'nodes') this.#nodesEver.add(commit.name)
    else if (commit.resource === 'endpointslices.discovery.k8s.io') this.#list(commit.object as unknown as EndpointSlice)
    else if (commit.resource === 'pods') this.#podCommitted(commit)
  }

  #podCommitted({ type, name, object, previous, cause }: Commit): void {
    const pod = object as unknown as Pod
    if (type === 'DELETED') {
      this.#pods.delete(pod.metadata.uid!)
      if (this.#world.kernel.causes.chain(cause).length === 0) this.#violated(`Pod ${name} was deleted for no recorded cause`)
      return
    }
    this.#pods.set(pod.metadata.uid!, name)
    const node = pod.spec.nodeName
    if (!node || (previous as unknown as Pod | undefined)?.spec.nodeName === node) return
    if (!this.#nodesEver.has(node)) this.#violated(`Pod ${name} was bound to ${node}, which never existed`)
    const record = this.#world.cluster.etcd.store.get('nodes', '', node) as unknown as Node | undefined
    if (!record) return
    const free = freeOf(record, this.#podsOn(node))
    if (free.cpuMilli < 0 || free.memoryBytes < 0 || free.pods < 0)
      this.#violated(`${node} is over-committed by ${name}: ${JSON.stringify(free)} left`)
  }

  /** Looks at what is true now: to be called after each tick. */
  check(): void {
    const stored = new Set<string>()
    for (const pod of this.#allPods()) stored.add(pod.metadata.uid!)
    for (const [uid, name] of this.#pods) if (!stored.has(uid)) this.#violated(`Pod ${name} is gone without a delete`)
    const apiServerRuns = this.#world.cluster.apiServerProcess.isRunning
    for (const runtime of this.#world.runtimes) {
      const kubelet = this.#world.kubelets.find(({ name }) => name === `kubelet/${runtime.host}`)
      const { network } = this.#world.cluster
      const couldKnow = apiServerRuns && kubelet?.isRunning === true && network.canReach(CONTROL_PLANE_HOST, runtime.host)
      for (const container of runtime.containers()) this.#checkContainer(container, stored, couldKnow)
    }
  }

  #checkContainer(container: RuntimeContainer, stored: ReadonlySet<string>, couldKnow: boolean): void {
    if (container.state !== 'running' || stored.has(container.pod.uid) || !couldKnow) {
      this.#orphans.delete(container.id)
      return
    }
    const since = this.#orphans.get(container.id) ?? this.#world.now
    this.#orphans.set(container.id, since)
    if (this.#world.now - since > ORPHAN_MS) {
      this.#violated(`container ${container.name} of ${container.pod.name} runs since ${since} ms though its Pod is gone`)
      this.#orphans.set(container.id, Number.POSITIVE_INFINITY)
    }
  }

  /** After healing and waiting: each Deployment is available, or its Pods truly fit nowhere. */
  checkLiveness(): void {
    const { store } = this.#world.cluster.etcd
    const free = [...store.scan('nodes')].map((node) => freeOf(node as unknown as Node, this.#podsOn(node.metadata.name)))
    for (const object of store.scan('deployments.apps')) {
      const { metadata, spec } = object as unknown as Deployment
      const pods = this.#podsOf(object as unknown as Deployment).filter((pod) => !isTerminal(pod))
      const waiting = pods.filter((pod) => !pod.spec.nodeName)
      const fits = waiting.find((pod) => {
        const { cpuMilli, memoryBytes } = requestsOf(pod)
        return free.some((node) => node.cpuMilli >= cpuMilli && node.memoryBytes >= memoryBytes && node.pods > 0)
      })
      if (fits) this.#violated(`Pod ${fits.metadata.name} waits though a node has room for it`)
      const stuck = pods.find((pod) => pod.spec.nodeName && !isReady(pod))
      if (stuck) this.#violated(`Pod ${stuck.metadata.name} on ${stuck.spec.nodeName} is ${stuck.status?.phase}, not ready`)
      if (waiting.length === 0 && pods.filter(isReady).length !== (spec.replicas ?? 1))
        this.#violated(`deployment ${metadata.name} has ${pods.filter(isReady).length} ready Pods of ${spec.replicas}`)
    }
  }

  #podsOf({ metadata }: Deployment): Pod[] {
    const owners = new Set<string>()
    for (const replicaSet of this.#world.cluster.etcd.store.scan('replicasets.apps'))
      if (replicaSet.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid)) owners.add(replicaSet.metadata.uid!)
    return [...this.#allPods()].filter((pod) => owners.has(ownerOf(pod) ?? ''))
  }

  /** While nothing but rollouts happens: neither too few available Pods nor too many at all (default strategy, 25 % each). */
  checkRollouts(): void {
    for (const object of this.#world.cluster.etcd.store.scan('deployments.apps')) {
      const deployment = object as unknown as Deployment
      const replicas = deployment.spec.replicas ?? 1
      const pods = this.#podsOf(deployment).filter((pod) => !isTerminal(pod))
      const ready = pods.filter(isReady).length
      const active = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length
      const least = replicas - Math.floor(replicas / 4)
      const most = replicas + Math.ceil(replicas / 4)
      if (ready < least) this.#violated(`deployment ${deployment.metadata.name} has ${ready} ready Pods, fewer than ${least}`)
      if (active > most) this.#violated(`deployment ${deployment.metadata.name} has ${active} Pods, more than ${most}`)
    }
  }
}
