import { addQuantities } from '../api/quantity.ts'
import type { AnyObject, Pod, ResourceList } from '../api/types.ts'
import { quotaCovers, type QuotaSpec, quotaUsage } from '../apiserver/admission/quota-usage.ts'
import type { Change } from '../apiserver/informer.ts'
import { deepEqual } from './deep-equal.ts'
import { objectKey, splitKey } from './object-key.ts'
import { isPodFinished } from './pod-state.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'

const QUOTAS = 'resourcequotas'
const RESYNC_MS = 300_000
const RESYNC = '*'

/** What may be counted and is watched: its end frees quota. Creation is counted by admission. */
const COUNTED = [
  'pods',
  'services',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]

const specOf = (quota: AnyObject): QuotaSpec => (quota['spec'] as QuotaSpec | undefined) ?? {}

/** Whose objects a name in a quota counts: `count/deployments.apps`, `services.nodeports`, `requests.cpu`. */
function countedBy(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length)
  if (name.startsWith('services')) return 'services'
  if (name.endsWith('persistentvolumeclaims') || name.endsWith('requests.storage')) return 'persistentvolumeclaims'
  return COUNTED.includes(name) || name === QUOTAS ? name : 'pods'
}

function enqueueAll(context: Context, namespace?: string): void {
  for (const quota of context.cache.list(QUOTAS))
    if (namespace === undefined || quota.metadata.namespace === namespace) context.enqueue(objectKey(quota))
}

function objectChanged({ type, resource, object, previous }: Change, context: Context): void {
  const ended =
    resource === 'pods' &&
    previous !== undefined &&
    isPodFinished(object as unknown as Pod) &&
    !isPodFinished(previous as unknown as Pod)
  if (type === 'DELETED' || ended || (resource === 'services' && type === 'MODIFIED'))
    enqueueAll(context, object.metadata.namespace)
}

/** What the objects of the namespace use of what the quota limits, counted afresh. */
function usageOf(context: Context, quota: AnyObject): ResourceList {
  const { namespace = '' } = quota.metadata
  const spec = specOf(quota)
  const names = Object.keys(spec.hard ?? {})
  const used: Record<string, string> = Object.fromEntries(names.map((name) => [name, '0']))
  for (const key of new Set(names.map(countedBy))) {
    const [plural = key, ...group] = key.split('.')
    const counted = names.filter((name) => countedBy(name) === key)
    const listed = context.api.list(key, { namespace })
    if (!listed.ok) continue
    for (const object of listed.value.items) {
      if (!quotaCovers(spec, { key }, object)) continue
      const usage = quotaUsage({ key, plural, group: group.join('.') }, object)
      for (const name of counted) if (usage[name] !== undefined) used[name] = addQuantities(used[name], usage[name])
    }
  }
  return used
}

/** Keeps what quotas report: their limits, and what is used of them. Models pkg/controller/resourcequota (v1.35). */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  workers: 5,
  watches: {
    ...Object.fromEntries(COUNTED.map((resource) => [resource, objectChanged])),
    [QUOTAS]: ({ object, previous }, context) => {
      if (!previous || !deepEqual(specOf(object).hard, specOf(previous).hard)) context.enqueue(objectKey(object))
    },
  },
  periodic: [{ key: RESYNC, everyMs: RESYNC_MS }],
  reconcile(context, key): Outcome {
    if (key === RESYNC) {
      enqueueAll(context)
      return DONE
    }
    const [namespace, name] = splitKey(key)
    // Read afresh: admission writes to it all the time.
    const read = context.api.get(QUOTAS, namespace, name)
    if (!read.ok) return read.status.reason === 'NotFound' ? DONE : retry(read.status.message)
    const quota = read.value
    const status = { hard: specOf(quota).hard ?? {}, used: usageOf(context, quota) }
    if (deepEqual(status, quota['status'])) return DONE
    const written = context.api.update(QUOTAS, namespace, name, { ...quota, status }, { subresource: 'status' })
    return written.ok ? DONE : retry(written.status.message)
  },
}
