import type { Endpoint, EndpointSlice } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import type { EndpointPort } from './endpoints-of-pods.ts'

export const ENDPOINTS_PER_SLICE_MAX = 100

type Labels = Readonly<Record<string, string>>

/** A slice that is not there yet. */
export interface NewSlice {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export interface SlicePlan {
  readonly create: readonly NewSlice[]
  readonly update: readonly EndpointSlice[]
  readonly delete: readonly EndpointSlice[]
}

/**
 * Pods behind the same port numbers share slices. A stored slice without ports (null) is not the same as a wanted empty list, so such
 * a slice is always planned anew; upstream's hash has this quirk, too, and it decides which of two slices survives.
 */
const portsKey = (ports: readonly EndpointPort[] | null): string =>
  ports === null
    ? 'none'
    : ports
        .map(({ name = '', protocol = '', port = 0, appProtocol = '' }) => `${name}|${protocol}|${port}|${appProtocol}`)
        .sort()
        .join(',')

const identityOf = ({ addresses, hostname = '', targetRef }: Endpoint): string =>
  `${addresses.join(',')}|${hostname}|${targetRef?.namespace ?? ''}/${targetRef?.name ?? ''}`

/**
 * How the slices of a Service must change to hold `desired`, with as few writes as can be: endpoints stay where they are, changed
 * slices are filled up, then the fullest slice that takes the rest, then new ones; a slice to delete becomes a slice to create.
 * Models staging/src/k8s.io/endpointslice/reconciler.go (v1.35).
 */
export function planSlices(options: {
  readonly desired: readonly { readonly ports: readonly EndpointPort[]; readonly endpoint: Endpoint }[]
  /** The controller's own slices, those it owns no longer excluded. */
  readonly existing: readonly EndpointSlice[]
  readonly labels: Labels
}): SlicePlan {
  const { desired, existing, labels } = options
  const wantedByPorts = new Map<string, { ports: readonly EndpointPort[]; endpoints: Map<string, Endpoint> }>()
  for (const { ports, endpoint } of desired) {
    const key = portsKey(ports)
    let wanted = wantedByPorts.get(key)
    if (!wanted) wantedByPorts.set(key, (wanted = { ports, endpoints: new Map() }))
    wanted.endpoints.set(identityOf(endpoint), endpoint)
  }
  const existingByPorts = new Map<string, EndpointSlice[]>()
  for (const slice of existing) {
    const key = portsKey(slice.ports)
    const slices = existingByPorts.get(key)
    if (slices) slices.push(slice)
    else existingByPorts.set(key, [slice])
  }
  const creates: NewSlice[] = []
  const updates: EndpointSlice[] = []
  const deletes: EndpointSlice[] = []
  for (const [key, { ports, endpoints }] of wantedByPorts)
    packPorts({ ports, wanted: endpoints, existing: existingByPorts.get(key) ?? [], labels, creates, updates, deletes })
  for (const [key, slices] of existingByPorts) if (!wantedByPorts.has(key)) deletes.push(...slices)
  if (existing.length === deletes.length && creates.length === 0) {
    // A Service with a selector always has a slice, if only an empty one.
    const [only] = deletes
    if (
      deletes.length === 1 &&
      !only!.ports?.length &&
      !only!.endpoints?.length &&
      deepEqual(only!.metadata.labels ?? {}, labels)
    )
      deletes.pop()
    else creates.push({ ports: [], endpoints: [] })
  }
  while (creates.length > 0 && deletes.length > 0) {
    const { ports, endpoints } = creates.pop()!
    const reused = deletes.shift()!
    updates.push({ ...reused, metadata: { ...reused.metadata, labels }, ports, endpoints })
  }
  return { create: creates, update: updates, delete: deletes }
}

function packPorts(group: {
  readonly ports: readonly EndpointPort[]
  readonly wanted: ReadonlyMap<string, Endpoint>
  readonly existing: readonly EndpointSlice[]
  readonly labels: Labels
  readonly creates: NewSlice[]
  readonly updates: EndpointSlice[]
  readonly deletes: EndpointSlice[]
}): void {
  const { ports, existing, labels } = group
  const rest = new Map(group.wanted)
  const changed = new Map<EndpointSlice, Endpoint[]>()
  const unchanged: EndpointSlice[] = []
  for (const slice of existing) {
    const before = slice.endpoints ?? []
    const kept: Endpoint[] = []
    let differs = false
    for (const endpoint of before) {
      const identity = identityOf(endpoint)
      const wanted = rest.get(identity)
      if (!wanted) continue
      kept.push(wanted)
      differs ||= !deepEqual(wanted, endpoint)
      rest.delete(identity)
    }
    if (differs || kept.length !== before.length) {
      if (kept.length === 0) group.deletes.push(slice)
      else changed.set(slice, kept)
    } else if (!deepEqual(slice.metadata.labels ?? {}, labels)) changed.set(slice, kept)
    else unchanged.push(slice)
  }
  const waiting = [...rest.values()]
  const fullestFirst = [...changed.values()].sort((a, b) => b.length - a.length)
  for (const endpoints of fullestFirst)
    while (waiting.length > 0 && endpoints.length < ENDPOINTS_PER_SLICE_MAX) endpoints.push(waiting.shift()!)
  while (waiting.length > 0) {
    const room = waiting.length < ENDPOINTS_PER_SLICE_MAX ? sliceToFill(unchanged, waiting.length) : undefined
    const taken = waiting.splice(0, ENDPOINTS_PER_SLICE_MAX - (room?.endpoints?.length ?? 0))
    if (!room) group.creates.push({ ports, endpoints: taken })
    else {
      unchanged.splice(unchanged.indexOf(room), 1)
      changed.set(room, [...(room.endpoints ?? []), ...taken])
    }
  }
  for (const [slice, endpoints] of changed) group.updates.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints })
}

/** The slice that would be fullest with `count` more. Models endpointslice getSliceToFill. */
function sliceToFill(slices: readonly EndpointSlice[], count: number): EndpointSlice | undefined {
  let best: EndpointSlice | undefined
  for (const slice of slices) {
    const size = (slice.endpoints?.length ?? 0) + count
    if (size === ENDPOINTS_PER_SLICE_MAX) return slice
    if (size < ENDPOINTS_PER_SLICE_MAX && (!best || (slice.endpoints?.length ?? 0) > (best.endpoints?.length ?? 0))) best = slice
  }
  return best
}
