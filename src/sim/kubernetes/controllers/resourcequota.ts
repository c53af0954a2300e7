import { addQuantities, canonicalQuantity } from '../api/quantity.ts'
import { ResourceRegistry } from '../api/resources.ts'
import type { AnyObject, Pod, ResourceList } from '../api/types.ts'
import { quotaCovers, type QuotaSpec, quotaUsage } from '../apiserver/admission/quota-usage.ts'
import type { Change } from '../apiserver/informer.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey, splitKey } from './object-key.ts'
import { isPodFinished } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'

const QUOTAS = 'resourcequotas'
/** Every quota is counted afresh so often, whatever happens. */
const RESYNC_MS = 300_000
const RESYNC = '*'

/** Resources whose objects may be limited in number: all that live in namespaces, events and leases excepted. */
const counted = (): readonly string[] =>
  new ResourceRegistry()
    .all()
    .filter(
      ({ key, namespaced, verbs }) =>
        namespaced && verbs.includes('watch') && !key.startsWith('events') && !key.startsWith('leases'),
    )
    .map(({ key }) => key)

const BARE: ReadonlySet<string> = new Set(['configmaps', 'secrets', 'replicationcontrollers', QUOTAS])

const specOf = (quota: AnyObject): QuotaSpec => (quota['spec'] as QuotaSpec | undefined) ?? {}

/** Whose objects a name in a quota counts: `count/deployments.apps`, `services.nodeports`, `requests.cpu`. */
function countedBy(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length)
  if (name === 'services' || name.startsWith('services.')) return 'services'
  if (name.endsWith('persistentvolumeclaims') || name.endsWith('requests.storage')) return 'persistentvolumeclaims'
  return BARE.has(name) ? name : 'pods'
}

/** What comes is counted by admission; this looks at what sets something free. */
function objectChanged({ type, resource, object, previous }: Change, { cache, enqueue }: Context): void {
  const ends =
    resource === 'pods' &&
    previous !== undefined &&
    isPodFinished(object as unknown as Pod) &&
    !isPodFinished(previous as unknown as Pod)
  const mayShrink = (resource === 'services' || resource === 'persistentvolumeclaims') && type === 'MODIFIED'
  if (type !== 'DELETED' && !ends && !mayShrink) return
  for (const quota of cache.list(QUOTAS)) if (quota.metadata.namespace === object.metadata.namespace) enqueue(objectKey(quota))
}

/** What the namespace holds of what the quota limits. */
function usedOf({ api }: Context, quota: AnyObject): ResourceList {
  const { namespace = '' } = quota.metadata
  const spec = specOf(quota)
  const names = Object.keys(spec.hard ?? {})
  const used: Record<string, string> = Object.fromEntries(names.map((name) => [name, '0']))
  for (const key of new Set(names.map(countedBy))) {
    const listed = api.list(key, { namespace })
    if (!listed.ok) continue
    const dot = key.indexOf('.')
    const resource = { key, plural: dot < 0 ? key : key.slice(0, dot), group: dot < 0 ? '' : key.slice(dot + 1) }
    for (const object of listed.value.items) {
      if (!quotaCovers(spec, resource, object)) continue
      const usage = quotaUsage(resource, object)
      for (const name of names) if (usage[name] !== undefined) used[name] = addQuantities(used[name], usage[name])
    }
  }
  return used
}

function sync(context: Context, key: string): Outcome {
  const { api } = context
  const [namespace, name] = splitKey(key)
  // Read afresh: admission writes to it all the time.
  const read = api.get(QUOTAS, namespace, name)
  if (!read.ok) return read.status.code === 404 ? DONE : retry(read.status.message)
  const hard = Object.fromEntries(
    Object.entries(specOf(read.value).hard ?? {}).map(([limit, value]) => [limit, canonicalQuantity(value) ?? value]),
  )
  const status = { hard, used: usedOf(context, read.value) }
  if (deepEqual(status, read.value['status'])) return DONE
  const written = api.update(QUOTAS, namespace, name, { ...read.value, status }, { subresource: 'status' })
  return written.ok || written.status.code === 404 ? DONE : retry(written.status.message)
}

/** Keeps what quotas report: their limits, and what is used of them. Models pkg/controller/resourcequota (v1.35). */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  watches: {
    ...Object.fromEntries(counted().map((resource) => [resource, objectChanged])),
    [QUOTAS]: ({ type, object, previous }, { enqueue }) => {
      if (type !== 'DELETED' && (!previous || !deepEqual(specOf(object).hard, specOf(previous).hard))) enqueue(objectKey(object))
    },
  },
  periodic: [{ key: RESYNC, everyMs: RESYNC_MS }],
  reconcile(context, key) {
    if (key !== RESYNC) return sync(context, key)
    for (const quota of context.cache.list(QUOTAS)) context.enqueue(objectKey(quota))
    return DONE
  },
}
