import { matchesLabels } from '../api/selectors.ts'
import type { AnyObject, EndpointSlice, Node, Pod, Service } from '../api/types.ts'
import type { Change } from '../apiserver/informer.ts'
import { planSlices } from './endpoint-slice-packing.ts'
import { endpointOf, endpointPorts, isHeadless, isPodInEndpoints } from './endpoints-of-pods.ts'
import { controllerOf, controllerReference, objectKey, splitKey } from './object-key.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'
import { servicesOfPod } from './services-of-pod.ts'

const SLICES = 'endpointslices.discovery.k8s.io'
const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const HEADLESS = 'service.kubernetes.io/headless'
const MANAGER = 'endpointslice-controller.k8s.io'
/** Spacing after changes that others made to slices, and after a look at a stale cache. */
const SLICE_CHANGE_DELAY_MS = 1000

interface State {
  /** Per Service, what this controller wrote last: slice uid to resource version, -1 when it deleted the slice. */
  readonly written: Map<string, Map<string, number>>
}

const versionOf = (slice: AnyObject): number => Number(slice.metadata.resourceVersion ?? 0)
const isManaged = (slice: AnyObject): boolean => slice.metadata.labels?.[MANAGED_BY] === MANAGER
const serviceKeyOf = (slice: AnyObject): string => `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ''}`

function sliceChanged({ type, object, previous }: Change, { state, enqueue }: Context<State>): void {
  if (!isManaged(object) && !(previous && isManaged(previous))) return
  const key = serviceKeyOf(object)
  const written = state.written.get(key)
  const known = written?.get(object.metadata.uid ?? '')
  if (type === 'DELETED') {
    written?.delete(object.metadata.uid ?? '')
    if (known !== undefined && known >= 0) enqueue(key, SLICE_CHANGE_DELAY_MS)
  } else if (known === undefined || (known >= 0 && versionOf(object) > known) || !isManaged(object))
    enqueue(key, SLICE_CHANGE_DELAY_MS)
}

/** Whether the cache does not yet show what this controller wrote. */
function isStale(written: ReadonlyMap<string, number> | undefined, slices: readonly AnyObject[]): boolean {
  if (!written) return false
  const seen = new Set<string>()
  for (const slice of slices) {
    const uid = slice.metadata.uid ?? ''
    seen.add(uid)
    const version = written.get(uid)
    if (version !== undefined && (version < 0 || version > versionOf(slice))) return true
  }
  for (const [uid, version] of written) if (version >= 0 && !seen.has(uid)) return true
  return false
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const [name, value] of Object.entries(service.metadata.labels ?? {}))
    if (name !== SERVICE_NAME && name !== MANAGED_BY && name !== HEADLESS) labels[name] = value
  if (isHeadless(service)) labels[HEADLESS] = ''
  labels[SERVICE_NAME] = service.metadata.name
  labels[MANAGED_BY] = MANAGER
  return labels
}

function sync(context: Context<State>, key: string): Outcome {
  const { api, cache, state } = context
  const [namespace, name] = splitKey(key)
  const object = cache.get('services', namespace, name)
  if (!object) {
    state.written.delete(key)
    return DONE
  }
  const service = object as unknown as Service
  if (service.spec.type === 'ExternalName' || !service.spec.selector || Object.keys(service.spec.selector).length === 0)
    return DONE
  // In the order in which they were first seen, which decides which of several is reused.
  const slices = cache
    .listNamespace(SLICES, namespace)
    .filter((slice) => serviceKeyOf(slice) === key && isManaged(slice) && !slice.metadata.deletionTimestamp)
  if (isStale(state.written.get(key), slices)) return { againMs: SLICE_CHANGE_DELAY_MS }

  const desired: { ports: ReturnType<typeof endpointPorts>; endpoint: ReturnType<typeof endpointOf> }[] = []
  let missingNode = ''
  for (const candidate of cache.byIndex('pods', 'namespace', namespace)) {
    const pod = candidate as unknown as Pod
    if (!matchesLabels(service.spec.selector, pod.metadata.labels) || !isPodInEndpoints(pod, true)) continue
    const node = cache.get('nodes', '', pod.spec.nodeName ?? '') as unknown as Node | undefined
    if (!node && !service.spec.publishNotReadyAddresses) {
      missingNode = `skipping Pod ${pod.metadata.name} for Service ${key}: Node ${pod.spec.nodeName ?? ''} Not Found`
      continue
    }
    desired.push({ ports: endpointPorts(service, pod), endpoint: endpointOf(service, pod, node) })
  }
  const owned = slices.filter((slice) => controllerOf(slice)?.uid === service.metadata.uid) as unknown as EndpointSlice[]
  const labels = labelsOf(service)
  const plan = planSlices({ desired, existing: owned, labels })

  let written = state.written.get(key)
  if (!written) state.written.set(key, (written = new Map()))
  const fail = (why: string): Outcome => {
    context.events.record(
      service,
      'Warning',
      'FailedToUpdateEndpointSlices',
      `Error updating Endpoint Slices for Service ${key}: ${why}`,
    )
    return retry(why)
  }
  if (!service.metadata.deletionTimestamp)
    for (const { ports, endpoints } of plan.create) {
      const created = api.create(SLICES, namespace, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: '', generateName: `${name}-`, namespace, labels, ownerReferences: [controllerReference(service)] },
        addressType: 'IPv4',
        // As they come back from etcd: an empty list is none.
        endpoints: endpoints.length > 0 ? endpoints : null,
        ports: ports.length > 0 ? ports : null,
      })
      if (!created.ok && created.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return DONE
      if (!created.ok) return fail(`failed to create EndpointSlice for Service ${key}: ${created.status.message}`)
      written.set(created.value.metadata.uid ?? '', versionOf(created.value))
    }
  for (const slice of plan.update) {
    const body = {
      ...slice,
      endpoints: slice.endpoints?.length ? slice.endpoints : null,
      ports: slice.ports?.length ? slice.ports : null,
    } as unknown as AnyObject
    const updated = api.update(SLICES, namespace, slice.metadata.name, body)
    if (!updated.ok)
      return fail(`failed to update ${slice.metadata.name} EndpointSlice for Service ${key}: ${updated.status.message}`)
    written.set(slice.metadata.uid ?? '', versionOf(updated.value))
  }
  const foreign = slices.filter((slice) => controllerOf(slice)?.uid !== service.metadata.uid) as unknown as EndpointSlice[]
  for (const slice of [...plan.delete, ...foreign]) {
    const deleted = api.delete(SLICES, namespace, slice.metadata.name)
    if (!deleted.ok && deleted.status.code !== 404)
      return fail(`failed to delete ${slice.metadata.name} EndpointSlice for Service ${key}: ${deleted.status.message}`)
    if (deleted.ok) written.set(slice.metadata.uid ?? '', -1)
  }
  return missingNode ? fail(missingNode) : DONE
}

/**
 * Keeps the EndpointSlices of every Service with a selector. Models pkg/controller/endpointslice (v1.35).
 * Simplified: IPv4 only; no last-change-trigger-time annotation.
 */
export const endpointSliceController: Controller<State> = {
  name: 'endpointslice-controller',
  eventSource: 'endpoint-slice-controller',
  workers: 5,
  retryMs: { first: 1000, most: 1_000_000 },
  watches: {
    services: ({ object }, { enqueue }) => enqueue(objectKey(object)),
    pods: (change, { cache, enqueue }) => {
      for (const key of servicesOfPod(change, cache)) enqueue(key)
    },
    nodes: () => {},
    [SLICES]: sliceChanged,
  },
  initialState: () => ({ written: new Map() }),
  maxRetries: 15,
  reconcile: sync,
}
