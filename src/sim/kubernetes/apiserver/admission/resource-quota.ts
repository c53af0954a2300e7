import { addQuantities, compareQuantities } from '../../api/quantity.ts'
import type { AnyObject, Container, Pod, ResourceList } from '../../api/types.ts'
import { forbidden } from '../refusals.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { quotaCovers, type QuotaSpec, quotaUsage, usageDelta } from './quota-usage.ts'

interface Quota extends AnyObject {
  readonly spec: QuotaSpec
  readonly status?: { readonly hard?: ResourceList; readonly used?: ResourceList }
}

/** An update can only raise the usage of these. */
const GROWS_LATER: ReadonlySet<string> = new Set(['services', 'persistentvolumeclaims'])

const print = (list: ResourceList, names: readonly string[]): string =>
  names
    .toSorted()
    .map((name) => `${name}=${list[name] ?? '0'}`)
    .join(',')

const CONSTRAINED: Readonly<Record<string, (container: Container) => string | undefined>> = {
  cpu: ({ resources }) => resources?.requests?.['cpu'],
  memory: ({ resources }) => resources?.requests?.['memory'],
  'requests.cpu': ({ resources }) => resources?.requests?.['cpu'],
  'requests.memory': ({ resources }) => resources?.requests?.['memory'],
  'limits.cpu': ({ resources }) => resources?.limits?.['cpu'],
  'limits.memory': ({ resources }) => resources?.limits?.['memory'],
}

/** What containers must state because a quota counts it: `limits.memory for: b; requests.cpu for: b`. */
function unstated(pod: Pod, hard: ResourceList): string {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]
  return Object.keys(hard)
    .filter((name) => name in CONSTRAINED)
    .sort()
    .flatMap((name) => {
      const lacking = containers
        .filter((container) => CONSTRAINED[name]!(container) === undefined)
        .map(({ name: container }) => container)
      return lacking.length > 0 ? [`${name} for: ${[...new Set(lacking)].sort().join(',')}`] : []
    })
    .join('; ')
}

/** Counts what is created against the quotas of the namespace. Models apiserver pkg/admission/plugin/resourcequota (v1.35). */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  resources: 'all',
  validate(object, request) {
    const { operation, resource, subresource, namespace, name, previous, dryRun, store } = request
    if (operation === 'delete' || subresource !== '' || namespace === '' || resource.key === 'events') return undefined
    if (operation === 'update' && !GROWS_LATER.has(resource.key)) return undefined
    const quotas = [...store.scan('resourcequotas', namespace)] as Quota[]
    if (quotas.length === 0) return undefined
    const usage = quotaUsage(resource, object)
    const delta = operation === 'update' && previous ? usageDelta(usage, quotaUsage(resource, previous)) : usage
    const writes: { readonly quota: Quota; readonly used: ResourceList }[] = []
    for (const quota of quotas.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
      if (!quotaCovers(quota.spec, resource, object)) continue
      const counted = Object.keys(delta).filter((item) => quota.spec.hard?.[item] !== undefined)
      const missing = resource.key === 'pods' ? unstated(object as unknown as Pod, quota.spec.hard ?? {}) : ''
      if (missing !== '') return forbidden(resource, name, `failed quota: ${quota.metadata.name}: must specify ${missing}`)
      if (counted.length === 0) continue
      const { hard = {}, used = {} } = quota.status ?? {}
      const unknown = counted.filter((item) => used[item] === undefined || hard[item] === undefined)
      if (unknown.length > 0)
        return forbidden(
          resource,
          name,
          `status unknown for quota: ${quota.metadata.name}, resources: ${unknown.sort().join(',')}`,
        )
      const next: Record<string, string> = { ...used }
      for (const item of counted) next[item] = addQuantities(used[item], delta[item])
      const exceeded = counted.filter(
        (item) => compareQuantities(delta[item], '0') > 0 && compareQuantities(next[item], hard[item]) > 0,
      )
      if (exceeded.length > 0)
        return forbidden(
          resource,
          name,
          `exceeded quota: ${quota.metadata.name}, requested: ${print(delta, exceeded)}, used: ${print(used, exceeded)}, limited: ${print(hard, exceeded)}`,
        )
      if (counted.some((item) => next[item] !== used[item])) writes.push({ quota, used: next })
    }
    if (!dryRun)
      for (const { quota, used } of writes)
        request.writeStatus('resourcequotas', namespace, quota.metadata.name, { ...quota.status, used })
    return undefined
  },
}
