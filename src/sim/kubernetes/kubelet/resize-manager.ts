import type { ContainerRuntime, RuntimeContainer, RuntimePod } from '../../infrastructure/container-runtime.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Condition, Container, ContainerStatus, Pod, ResourceList, ResourceRequirements } from '../api/types.ts'
import { podRequests } from '../scheduler/pod-requests.ts'
import { runtimeResources } from './container-config.ts'
import { capacityAmount } from './pod-admission.ts'
import type { Kill } from './pod-actions.ts'

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

interface PodResize {
  /** What the kubelet has granted, by container. */
  readonly allocated: ReadonlyMap<string, ResourceRequirements>
  readonly pending: Draft | undefined
  readonly inProgress: boolean
}

export interface ResizeHost {
  readonly kernel: Kernel
  capacity(): ResourceList
  otherPods(uid: string): readonly Pod[]
  event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void
}

const sorted = (list: ResourceList | undefined): Record<string, string> | undefined =>
  list && Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)))

const requirementsText = ({ limits, requests }: ResourceRequirements): Record<string, unknown> => ({
  ...(limits ? { limits: sorted(limits) } : {}),
  ...(requests ? { requests: sorted(requests) } : {}),
})

const resizable = (resources: ResourceRequirements | undefined): string =>
  JSON.stringify(['cpu', 'memory'].map((name) => [resources?.requests?.[name], resources?.limits?.[name]]))

/** Changes cpu and memory of running containers. Models pkg/kubelet/allocation and kuberuntime's in-place resize (v1.35). */
export class ResizeManager {
  readonly #host: ResizeHost
  #pods = new Map<string, PodResize>()

  constructor(host: ResizeHost) {
    this.#host = host
  }

  start(): void {
    this.#pods.clear()
  }

  forget(uid: string): void {
    this.#pods.delete(uid)
  }

  admitted(pod: Pod): void {
    this.#pods.set(pod.metadata.uid!, { allocated: allocationOf(pod), pending: undefined, inProgress: false })
  }

  /** The container as it is granted, not as it is wanted. */
  allocatedContainer(pod: Pod, container: Container): Container {
    const resources = this.#pods.get(pod.metadata.uid!)?.allocated.get(container.name)
    return resources ? { ...container, resources } : container
  }

  allocatedPod(pod: Pod): Pod {
    const entry = this.#pods.get(pod.metadata.uid!)
    if (!entry) return pod
    return {
      ...pod,
      spec: { ...pod.spec, containers: pod.spec.containers.map((container) => this.allocatedContainer(pod, container)) },
    }
  }

  /** Looks at what the spec asks for; grants it, puts it off or refuses it. */
  sync(pod: Pod, runtime: RuntimePod): void {
    const uid = pod.metadata.uid!
    const entry = this.#pods.get(uid)
    if (!entry) {
      this.admitted(pod)
      return
    }
    const wanted = allocationOf(pod)
    const differs = [...wanted].some(([name, resources]) => resizable(resources) !== resizable(entry.allocated.get(name)))
    if (!differs) {
      const isDone = entry.inProgress && !this.needsActuation(pod, runtime)
      if (isDone) this.#event(pod, 'Normal', 'ResizeCompleted', 'Pod resize completed', undefined)
      if (isDone || entry.pending) this.#pods.set(uid, { ...entry, pending: undefined, inProgress: entry.inProgress && !isDone })
      return
    }
    const refusal = this.#refusal(pod)
    if (refusal) {
      if (refusal.reason !== entry.pending?.reason)
        this.#event(pod, 'Warning', `Resize${refusal.reason}`, `Pod resize ${refusal.reason}`, refusal.message)
      this.#pods.set(uid, { ...entry, pending: refusal })
      return
    }
    this.#pods.set(uid, { allocated: wanted, pending: undefined, inProgress: true })
    this.#event(pod, 'Normal', 'ResizeStarted', 'Pod resize started', undefined)
  }

  #refusal(pod: Pod): Draft | undefined {
    const capacity = this.#host.capacity()
    const requests = podRequests({ ...pod, status: {} })
    for (const resource of ['cpu', 'memory']) {
      const requested = requests[resource] ?? 0
      const whole = capacityAmount(capacity, resource)
      if (requested > whole)
        return {
          type: 'PodResizePending',
          status: 'True',
          reason: 'Infeasible',
          message: `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${whole}`,
        }
    }
    for (const resource of ['cpu', 'memory']) {
      const requested = requests[resource] ?? 0
      const whole = capacityAmount(capacity, resource)
      let used = 0
      for (const other of this.#host.otherPods(pod.metadata.uid!))
        used += podRequests({ ...this.allocatedPod(other), status: {} })[resource] ?? 0
      if (requested + used > whole)
        return {
          type: 'PodResizePending',
          status: 'True',
          reason: 'Deferred',
          message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${whole}`,
        }
    }
    return undefined
  }

  #event(pod: Pod, type: 'Normal' | 'Warning', reason: string, text: string, error: string | undefined): void {
    const containers = pod.spec.containers.map(({ name, resources = {} }) => ({ name, resources: requirementsText(resources) }))
    const detail = { containers, generation: pod.metadata.generation ?? 0, ...(error === undefined ? {} : { error }) }
    this.#host.event(pod, type, reason, `${text}: ${JSON.stringify(detail)}`)
  }

  /** Something has become free: those that wait are looked at again. */
  retry(sync: (pod: Pod) => void, podOf: (uid: string) => Pod | undefined): void {
    for (const [uid, { pending }] of this.#pods) {
      const pod = pending?.reason === 'Deferred' ? podOf(uid) : undefined
      if (pod) sync(pod)
    }
  }

  conditions(pod: Pod): readonly Draft[] {
    const entry = this.#pods.get(pod.metadata.uid!)
    if (!entry) return []
    return [
      ...(entry.pending ? [entry.pending] : []),
      ...(entry.inProgress ? [{ type: 'PodResizeInProgress', status: 'True' } as const] : []),
    ]
  }

  /** Containers that must be restarted for what was granted. */
  restarts(pod: Pod, runtime: RuntimePod): readonly Kill[] {
    return this.#pending(pod, runtime)
      .filter(({ container, live }) => needsRestart(container, live))
      .map(({ container, live }) => ({
        containerId: live.id,
        name: container.name,
        message: `Container ${container.name} resize requires restart`,
        because: 'other',
      }))
  }

  needsActuation(pod: Pod, runtime: RuntimePod): boolean {
    return this.#pending(pod, runtime).length > 0
  }

  actuate(pod: Pod, runtime: ContainerRuntime): void {
    for (const { container, live } of this.#pending(pod, runtime.pod(pod.metadata.uid!)))
      if (!needsRestart(container, live)) runtime.updateResources(live.id, runtimeResources(container))
  }

  #pending(pod: Pod, runtime: RuntimePod): readonly { readonly container: Container; readonly live: RuntimeContainer }[] {
    if (!this.#pods.get(pod.metadata.uid!)?.inProgress) return []
    return pod.spec.containers.flatMap((spec) => {
      const container = this.allocatedContainer(pod, spec)
      const live = runtime.containers.find(({ name }) => name === spec.name)
      return live?.state === 'running' && !matches(container, live) ? [{ container, live }] : []
    })
  }

  /** `allocatedResources` and `resources` of a running container's status. */
  resourceStatus(pod: Pod, container: Container, live: RuntimeContainer): Partial<ContainerStatus> {
    const granted = this.allocatedContainer(pod, container).resources ?? {}
    const { requests = {}, limits = {} } = granted
    const actual = (list: ResourceList, cpu: number, memory: number): ResourceList =>
      matches({ ...container, resources: granted }, live)
        ? list
        : {
            ...list,
            ...(list['cpu'] === undefined ? {} : { cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m` }),
            ...(list['memory'] === undefined
              ? {}
              : { memory: memory % 1_048_576 === 0 ? `${memory / 1_048_576}Mi` : String(memory) }),
          }
    return {
      ...(Object.keys(requests).length > 0 ? { allocatedResources: requests } : {}),
      resources: {
        ...(Object.keys(limits).length > 0 ? { limits: actual(limits, live.cpuLimitMilli, live.memoryLimitBytes) } : {}),
        ...(Object.keys(requests).length > 0
          ? { requests: actual(requests, live.cpuRequestMilli, live.memoryRequestBytes) }
          : {}),
      },
    }
  }

  snapshot(): unknown {
    return new Map(this.#pods)
  }

  restore(state: unknown): void {
    this.#pods = new Map(state as Map<string, PodResize>)
  }
}

const allocationOf = (pod: Pod): Map<string, ResourceRequirements> =>
  new Map(pod.spec.containers.map(({ name, resources = {} }) => [name, resources]))

const matches = (container: Container, live: RuntimeContainer): boolean => {
  const wanted = runtimeResources(container)
  return (
    wanted.cpuLimitMilli === live.cpuLimitMilli &&
    wanted.cpuRequestMilli === live.cpuRequestMilli &&
    wanted.memoryLimitBytes === live.memoryLimitBytes &&
    wanted.memoryRequestBytes === live.memoryRequestBytes
  )
}

function needsRestart(container: Container, live: RuntimeContainer): boolean {
  const wanted = runtimeResources(container)
  return (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      (resourceName === 'cpu'
        ? wanted.cpuLimitMilli !== live.cpuLimitMilli || wanted.cpuRequestMilli !== live.cpuRequestMilli
        : wanted.memoryLimitBytes !== live.memoryLimitBytes || wanted.memoryRequestBytes !== live.memoryRequestBytes),
  )
}
