import { quantityMilliValue, quantityValue } from '../api/quantity.ts'
import type { Container, ContainerStatus, Pod, ResourceList } from '../api/types.ts'

/** Whole amounts: cpu in millicores, everything else in base units (bytes, counts). */
export interface Amounts {
  readonly [resource: string]: number
}
type Sums = Record<string, number>

/** What a container that states no request counts as when nodes are scored. */
const DEFAULT_MILLI_CPU_REQUEST = 100
const DEFAULT_MEMORY_REQUEST_BYTES = 200 * 1024 * 1024

export interface PodRequestOptions {
  /** Leave out `spec.resources`. */
  readonly skipPodLevel?: boolean
  /** Taken for each container that does not state the resource (an explicit 0 is a statement). */
  readonly fill?: Amounts
}

/** Fractions of the base unit are rounded up. */
const amountOf = (resource: string, quantity: string | number): number =>
  resource === 'cpu' ? quantityMilliValue(String(quantity)) : quantityValue(String(quantity))

export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Sums = {}
  for (const resource in list) amounts[resource] = amountOf(resource, list[resource]!)
  return amounts
}

const addInto = (sum: Sums, more: Amounts): void => {
  for (const resource in more) sum[resource] = (sum[resource] ?? 0) + more[resource]!
}
const maxInto = (sum: Sums, other: Amounts): void => {
  for (const resource in other) sum[resource] = Math.max(sum[resource] ?? 0, other[resource]!)
}

export const isHugePages = (resource: string): boolean => resource.startsWith('hugepages-')
const isPodLevelResource = (resource: string): boolean => resource === 'cpu' || resource === 'memory' || isHugePages(resource)

const hasPodLevelRequests = (pod: Pod): boolean => Object.keys(pod.spec.resources?.requests ?? {}).some(isPodLevelResource)

/** While a resize is under way, the largest of what is asked, given and in use counts; what cannot be given does not. */
function containerRequests(container: Container, status: ContainerStatus | undefined, isInfeasible: boolean): Sums {
  const requests: Sums = { ...amountsOf(container.resources?.requests) }
  if (!status?.resources) return requests
  const current: Sums = isInfeasible ? {} : requests
  maxInto(current, amountsOf(status.resources.requests))
  maxInto(current, amountsOf(status.allocatedResources))
  return current
}

/** What a pod asks of a node. Models component-helpers/resource PodRequests (v1.35). */
export function podRequests(pod: Pod, { skipPodLevel = false, fill }: PodRequestOptions = {}): Amounts {
  const isInfeasible =
    pod.status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false
  const requestsOf = (container: Container, statuses: readonly ContainerStatus[] | undefined): Amounts => {
    const status = statuses?.find(({ name }) => name === container.name)
    return { ...fill, ...containerRequests(container, status, isInfeasible) }
  }
  const total: Sums = {}
  for (const container of pod.spec.containers) addInto(total, requestsOf(container, pod.status?.containerStatuses))

  const sidecars: Sums = {}
  const initPeak: Sums = {}
  for (const container of pod.spec.initContainers ?? []) {
    const isSidecar = container.restartPolicy === 'Always'
    const requests = requestsOf(container, isSidecar ? pod.status?.initContainerStatuses : undefined)
    if (isSidecar) {
      addInto(total, requests)
      addInto(sidecars, requests)
      maxInto(initPeak, sidecars)
    } else {
      const beside: Sums = { ...requests }
      addInto(beside, sidecars)
      maxInto(initPeak, beside)
    }
  }
  maxInto(total, initPeak)

  if (!skipPodLevel && hasPodLevelRequests(pod)) {
    const podLevel = amountsOf(pod.spec.resources?.requests)
    for (const resource in podLevel) if (isPodLevelResource(resource)) total[resource] = podLevel[resource]!
  }
  addInto(total, amountsOf(pod.spec.overhead))
  return total
}

const DEFAULT_FILL: Amounts = { cpu: DEFAULT_MILLI_CPU_REQUEST, memory: DEFAULT_MEMORY_REQUEST_BYTES }

/** The requests with defaults for containers that state none, as they count on a node. */
export function nonZeroRequests(pod: Pod, podLevelResources: boolean): Amounts {
  if (!podLevelResources || !hasPodLevelRequests(pod))
    return podRequests(pod, { skipPodLevel: !podLevelResources, fill: DEFAULT_FILL })
  const requests = podRequests(pod)
  const fill: Sums = {}
  for (const resource in DEFAULT_FILL) if (requests[resource] === undefined) fill[resource] = DEFAULT_FILL[resource]!
  return podRequests(pod, { fill })
}

/** The requests that NodeResourcesFit scores an incoming pod by: defaults filled in, pod-level requests never looked at. */
export const fitScoreRequests = (pod: Pod): Amounts => podRequests(pod, { skipPodLevel: true, fill: DEFAULT_FILL })

/** Resources other than cpu, memory, ephemeral-storage and pods that a node can account for. */
export function isScalarResource(resource: string): boolean {
  return (
    isExtendedResource(resource) ||
    isHugePages(resource) ||
    resource.includes('kubernetes.io/') ||
    resource.startsWith('attachable-volumes-')
  )
}

/** Domain-prefixed, and not one of Kubernetes' own. */
export const isExtendedResource = (resource: string): boolean =>
  resource.includes('/') && !resource.includes('kubernetes.io/') && !resource.startsWith('requests.')
