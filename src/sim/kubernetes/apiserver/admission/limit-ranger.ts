import { addQuantities, compareQuantities, quantityMilliValue, quantityValue } from '../../api/quantity.ts'
import type { AnyObject, Container, PersistentVolumeClaim, Pod, ResourceList } from '../../api/types.ts'
import type { Store } from '../../etcd/store.ts'
import { fill } from '../defaults/fill.ts'
import { forbidden, joinErrors } from '../refusals.ts'
import type { AdmissionPlugin } from './plugin.ts'

interface Limit {
  readonly type: string
  readonly max?: ResourceList
  readonly min?: ResourceList
  readonly default?: ResourceList
  readonly defaultRequest?: ResourceList
  readonly maxLimitRequestRatio?: ResourceList
}

const ANNOTATION = 'kubernetes.io/limit-ranger'

const limitsIn = (store: Store, namespace: string): readonly (readonly Limit[])[] =>
  [...store.scan('limitranges', namespace)]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((object) => (object['spec'] as { limits?: readonly Limit[] } | undefined)?.limits ?? [])

// Defaults ------------------------------------------------------------------------------------------------------------

function withContainerDefaults(
  container: Container,
  limits: ResourceList,
  requests: ResourceList,
  what: string,
  notes: string[],
): Container {
  const given = container.resources ?? {}
  const note = (defaults: ResourceList, present: ResourceList | undefined, word: string): void => {
    const set = Object.keys(defaults)
      .filter((name) => present?.[name] === undefined)
      .sort()
    if (set.length > 0) notes.push(`${set.join(', ')} ${word} for ${what} ${container.name}`)
  }
  note(requests, given.requests, 'request')
  note(limits, given.limits, 'limit')
  const nextLimits = fill(given.limits ?? {}, limits)
  const nextRequests = fill(given.requests ?? {}, requests)
  return {
    ...container,
    resources: {
      ...given,
      ...(Object.keys(nextLimits).length > 0 ? { limits: nextLimits } : {}),
      ...(Object.keys(nextRequests).length > 0 ? { requests: nextRequests } : {}),
    },
  }
}

function withPodDefaults(pod: Pod, limits: readonly Limit[]): Pod {
  const defaults: Record<string, string> = {}
  const requests: Record<string, string> = {}
  for (const limit of limits) {
    if (limit.type !== 'Container') continue
    Object.assign(defaults, limit.default)
    Object.assign(requests, limit.defaultRequest)
  }
  if (Object.keys(defaults).length === 0 && Object.keys(requests).length === 0) return pod
  const notes: string[] = []
  const containers = (pod.spec.containers ?? []).map((container) =>
    withContainerDefaults(container, defaults, requests, 'container', notes),
  )
  const initContainers = pod.spec.initContainers?.map((container) =>
    withContainerDefaults(container, defaults, requests, 'init container', notes),
  )
  if (notes.length === 0) return pod
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` }
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(initContainers ? { initContainers } : {}) },
  }
}

// Bounds --------------------------------------------------------------------------------------------------------------

interface Usage {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

function belowMinimum(name: string, type: string, min: string, { requests, limits }: Usage): string | undefined {
  const usage = `minimum ${name} usage per ${type} is ${min}`
  const request = requests[name]
  const limit = limits[name]
  if (request === undefined) return `${usage}.  No request is specified`
  if (compareQuantities(request, min) < 0) return `${usage}, but request is ${request}`
  return limit !== undefined && compareQuantities(limit, min) < 0 ? `${usage}, but limit is ${limit}` : undefined
}

function aboveMaximum(name: string, type: string, max: string, { requests, limits }: Usage): string | undefined {
  const usage = `maximum ${name} usage per ${type} is ${max}`
  const request = requests[name]
  const limit = limits[name]
  if (limit === undefined) return `${usage}.  No limit is specified`
  if (compareQuantities(limit, max) > 0) return `${usage}, but limit is ${limit}`
  return request !== undefined && compareQuantities(request, max) > 0 ? `${usage}, but request is ${request}` : undefined
}

function aboveRatio(name: string, type: string, max: string, { requests, limits }: Usage): string | undefined {
  const usage = `${name} max limit to request ratio per ${type} is ${max}`
  const request = quantityMilliValue(requests[name])
  const limit = quantityMilliValue(limits[name])
  if (request === 0) return `${usage}, but no request is specified or request is 0`
  if (limit === 0) return `${usage}, but no limit is specified or limit is 0`
  const ratio = limit / request
  return ratio * 1000 > quantityMilliValue(max) ? `${usage}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

function problemsOf(limit: Limit, usage: Usage): readonly string[] {
  const problems: (string | undefined)[] = []
  for (const name of Object.keys(limit.min ?? {}).sort()) problems.push(belowMinimum(name, limit.type, limit.min![name]!, usage))
  for (const name of Object.keys(limit.max ?? {}).sort()) problems.push(aboveMaximum(name, limit.type, limit.max![name]!, usage))
  for (const name of Object.keys(limit.maxLimitRequestRatio ?? {}).sort())
    problems.push(aboveRatio(name, limit.type, limit.maxLimitRequestRatio![name]!, usage))
  return problems.filter((problem) => problem !== undefined)
}

const usageOf = (container: Container): Usage => ({
  requests: container.resources?.requests ?? {},
  limits: container.resources?.limits ?? {},
})

/** A Pod uses the sum of its containers; init containers count by the largest, sidecars are added. */
function podUsage(pod: Pod): Usage {
  const sum = (key: 'requests' | 'limits'): ResourceList => {
    const total: Record<string, string> = {}
    const add = (container: Container): void => {
      for (const [name, value] of Object.entries(container.resources?.[key] ?? {}))
        total[name] = addQuantities(total[name], value)
    }
    for (const container of pod.spec.containers) add(container)
    const inits = pod.spec.initContainers ?? []
    for (const container of inits) if (container.restartPolicy === 'Always') add(container)
    for (const container of inits)
      if (container.restartPolicy !== 'Always')
        for (const [name, value] of Object.entries(container.resources?.[key] ?? {}))
          if (compareQuantities(value, total[name]) > 0) total[name] = value
    return total
  }
  return { requests: sum('requests'), limits: sum('limits') }
}

function podProblems(pod: Pod, limits: readonly Limit[]): readonly string[] {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]
  return limits.flatMap((limit) => {
    if (limit.type === 'Container') return containers.flatMap((container) => problemsOf(limit, usageOf(container)))
    return limit.type === 'Pod' ? problemsOf(limit, podUsage(pod)) : []
  })
}

function claimProblems(claim: PersistentVolumeClaim, limits: readonly Limit[]): readonly string[] {
  const requests = claim.spec.resources?.requests ?? {}
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ type, min = {}, max = {} }) => [
      ...Object.keys(min).map((name) => belowMinimum(name, type, min[name]!, { requests, limits: {} })),
      ...Object.keys(max).map((name) => {
        const usage = `maximum ${name} usage per ${type} is ${max[name]}`
        const request = requests[name]
        if (request === undefined) return `${usage}.  No request is specified`
        return quantityValue(request) > quantityValue(max[name]) ? `${usage}, but request is ${request}` : undefined
      }),
    ])
    .filter((problem) => problem !== undefined)
}

/** Models plugin/pkg/admission/limitranger (v1.35). */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  resources: ['pods', 'persistentvolumeclaims'],
  admit(object, { operation, resource, subresource, namespace, store }) {
    if (operation !== 'create' || subresource !== '' || resource.key !== 'pods') return { object }
    let pod = object as unknown as Pod
    for (const limits of limitsIn(store, namespace)) pod = withPodDefaults(pod, limits)
    return { object: pod as unknown as AnyObject }
  },
  validate(object, { operation, resource, subresource, namespace, name, store }) {
    if (operation !== 'create' || subresource !== '') return undefined
    for (const limits of limitsIn(store, namespace)) {
      const problems =
        resource.key === 'pods'
          ? podProblems(object as unknown as Pod, limits)
          : claimProblems(object as unknown as PersistentVolumeClaim, limits)
      if (problems.length > 0) return forbidden(resource, name, joinErrors(problems))
    }
    return undefined
  },
}
