import { parseTime, type Millis } from '../../kernel/time.ts'
import { type Resource, ResourceRegistry } from '../api/resources.ts'
import type { AnyObject, Namespace, Pod } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { namespaceConditions, type Remains } from './namespace-conditions.ts'
import { isPodFinished } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'

const NAMESPACES = 'namespaces'
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io'
/** Before a look at a namespace that is being deleted, so that every API server has heard of it. */
const GRACE_MS = 5000
/** Each look begins with asking for all there is to ask for: some thirty requests. */
const DISCOVERY_MS = 250
/** How long finalizers are expected to take. */
const FINALIZERS_SECONDS = 15

interface State {
  /** When a namespace is due; the earliest of several wins. */
  readonly due: Map<string, Millis>
}

function schedule({ state, now, enqueue }: Context<State>, name: string, delayMs: Millis): void {
  const at = now + delayMs + DISCOVERY_MS
  const due = state.due.get(name)
  if (due !== undefined && due <= at) return
  state.due.set(name, at)
  enqueue(name, at - now)
}

/** Everything in a namespace that can be deleted, pods excepted. Events have two resources but are stored once. */
const deletable = ({ cache }: Context<State>): readonly Resource[] =>
  new ResourceRegistry(() => cache.list(DEFINITIONS))
    .all()
    .filter(
      ({ key, namespaced, verbs }) =>
        namespaced && verbs.includes('delete') && verbs.includes('list') && key !== 'pods' && key !== 'events.events.k8s.io',
    )

interface Left {
  readonly estimateSeconds: number
  readonly remaining: readonly AnyObject[]
  readonly error?: string
}

/** Deletes all objects of one resource and looks at what is left. `estimateSeconds`: how long the rest may take. */
function deleteAll(
  { api }: Context<State>,
  resource: Pick<Resource, 'key' | 'plural' | 'group' | 'version' | 'verbs'>,
  namespace: string,
  estimateSeconds: number,
): Left {
  const { key } = resource
  if (resource.verbs.includes('deletecollection')) {
    const deleted = api.deleteCollection(key, { namespace, propagationPolicy: 'Background' })
    if (!deleted.ok) return { estimateSeconds, remaining: [], error: deleted.status.message }
  } else {
    const found = api.list(key, { namespace })
    if (!found.ok) return { estimateSeconds, remaining: [], error: found.status.message }
    for (const { metadata } of found.value.items) {
      const deleted = api.delete(key, namespace, metadata.name, { propagationPolicy: 'Background' })
      if (!deleted.ok && deleted.status.code !== 404) return { estimateSeconds, remaining: [], error: deleted.status.message }
    }
  }
  const left = api.list(key, { namespace })
  if (!left.ok) return { estimateSeconds, remaining: [], error: left.status.message }
  const remaining = left.value.items
  if (remaining.length === 0) return { estimateSeconds: 0, remaining }
  if (estimateSeconds > 0) return { estimateSeconds, remaining }
  if (remaining.some(({ metadata }) => metadata.finalizers?.length)) return { estimateSeconds: FINALIZERS_SECONDS, remaining }
  const name = `${resource.group}/${resource.version}, Resource=${resource.plural}`
  return { estimateSeconds: 0, remaining, error: `unexpected items still remain in namespace: ${namespace} for gvr: ${name}` }
}

/** The longest grace period of the pods that still run, unless it has passed since the deletion. */
function podsEstimateSeconds({ api, unixMs }: Context<State>, namespace: Namespace): number {
  const pods = api.list('pods', { namespace: namespace.metadata.name })
  if (!pods.ok) return 0
  let longest = 0
  for (const pod of pods.value.items as unknown as readonly Pod[])
    if (!isPodFinished(pod)) longest = Math.max(longest, pod.spec.terminationGracePeriodSeconds ?? 0)
  const deletedAt = parseTime(namespace.metadata.deletionTimestamp) ?? unixMs
  return unixMs - deletedAt >= longest * 1000 ? 0 : longest
}

const POD_RESOURCE = { key: 'pods', plural: 'pods', group: '', version: 'v1', verbs: ['deletecollection'] } as const

/** Pods first; the rest only when no pod is left. */
function deleteContent(
  context: Context<State>,
  namespace: Namespace,
): { readonly estimateSeconds: number; readonly remains: Remains } {
  const { name } = namespace.metadata
  const resources = new Map<string, number>()
  const finalizers = new Map<string, number>()
  const errors: string[] = []
  const pods = deleteAll(context, POD_RESOURCE, name, podsEstimateSeconds(context, namespace))
  if (pods.error) errors.push(pods.error)
  if (pods.error || pods.remaining.length > 0)
    return { estimateSeconds: pods.estimateSeconds, remains: { resources, finalizers, errors } }
  let estimateSeconds = 0
  for (const resource of deletable(context)) {
    const left = deleteAll(context, resource, name, 0)
    if (left.error) errors.push(left.error)
    estimateSeconds = Math.max(estimateSeconds, left.estimateSeconds)
    if (left.remaining.length > 0) resources.set(`${resource.plural}.${resource.group}`, left.remaining.length)
    for (const { metadata } of left.remaining)
      for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
  }
  return { estimateSeconds, remains: { resources, finalizers, errors } }
}

function sync(context: Context<State>, name: string): Outcome {
  const { api, cache } = context
  if (!cache.get(NAMESPACES, '', name)) return DONE
  const current = api.get(NAMESPACES, '', name)
  if (!current.ok) return current.status.code === 404 ? DONE : retry(current.status.message)
  const object = current.value
  const namespace = object as unknown as Namespace
  if (!namespace.metadata.deletionTimestamp || !namespace.spec?.finalizers?.length) return DONE
  const { estimateSeconds, remains } = deleteContent(context, namespace)
  const before = namespace.status?.conditions ?? []
  const conditions = namespaceConditions(before, remains, context.unixMs)
  let latest = object
  if (!deepEqual(before, conditions) || namespace.status?.phase !== 'Terminating') {
    const status = { ...namespace.status, phase: 'Terminating', conditions }
    const written = api.update(NAMESPACES, '', name, { ...object, status }, { subresource: 'status' })
    if (!written.ok) return written.status.code === 404 ? DONE : retry(written.status.message)
    latest = written.value
  }
  if (remains.errors.length > 0) {
    context.state.due.delete(name) // the back-off decides, not the look that the new conditions have asked for
    return retry(remains.errors[0]!)
  }
  if (estimateSeconds > 0) {
    schedule(context, name, (Math.floor(estimateSeconds / 2) + 1) * 1000)
    return DONE
  }
  const finalizers = namespace.spec.finalizers.filter((finalizer) => finalizer !== 'kubernetes')
  const finalized = api.update(
    NAMESPACES,
    '',
    name,
    { ...latest, spec: { ...namespace.spec, finalizers } },
    { subresource: 'finalize' },
  )
  return finalized.ok || finalized.status.code === 404 ? DONE : retry(finalized.status.message)
}

/**
 * Empties a namespace that is being deleted and lets it go: pods first, then everything else, then the finalizer. Looks again after half
 * the expected time. Models pkg/controller/namespace with OrderedNamespaceDeletion (v1.35).
 */
export const namespaceController: Controller<State> = {
  name: 'namespace-controller',
  workers: 10,
  // Its own client: many requests for each namespace.
  clientRateTimes: { qps: 20, burst: 100 },
  watches: {
    [NAMESPACES]: ({ type, object }, context) => {
      if (type !== 'DELETED' && object.metadata.deletionTimestamp) schedule(context, object.metadata.name, GRACE_MS)
    },
    [DEFINITIONS]: () => {},
  },
  initialState: () => ({ due: new Map() }),
  reconcile(context, name) {
    const due = context.state.due.get(name)
    if (due !== undefined && due > context.now) return DONE // an earlier look has replaced this one
    context.state.due.delete(name)
    return sync(context, name)
  },
}
