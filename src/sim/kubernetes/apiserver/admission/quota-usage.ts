import { addQuantities, compareQuantities, subtractQuantities } from '../../api/quantity.ts'
import { type Resource, resourceKey } from '../../api/resources.ts'
import type { AnyObject, Container, PersistentVolumeClaim, Pod, ResourceList, Service } from '../../api/types.ts'
import { qosClassOf } from '../defaults/qos.ts'
import { needsNodePort } from '../service-allocation.ts'

/**
 * What one object takes from the quotas of its namespace. The quota controller counts with the same functions.
 * Models pkg/quota/v1/evaluator/core (v1.35).
 */

/** Kinds that quotas know by their bare plural, too. */
const BARE_COUNTS: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'configmaps',
  'secrets',
  'replicationcontrollers',
  'resourcequotas',
  'persistentvolumeclaims',
])

const isTerminal = ({ status }: Pod): boolean => status?.phase === 'Failed' || status?.phase === 'Succeeded'

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']

function sumOf(pod: Pod, key: 'requests' | 'limits'): ResourceList {
  const sum: Record<string, string> = {}
  const add = (container: Container): void => {
    for (const [name, value] of Object.entries(container.resources?.[key] ?? {})) sum[name] = addQuantities(sum[name], value)
  }
  for (const container of pod.spec.containers ?? []) add(container)
  const inits = pod.spec.initContainers ?? []
  for (const container of inits) if (container.restartPolicy === 'Always') add(container)
  for (const container of inits)
    if (container.restartPolicy !== 'Always')
      for (const [name, value] of Object.entries(container.resources?.[key] ?? {}))
        if (compareQuantities(value, sum[name]) > 0) sum[name] = value
  for (const [name, value] of Object.entries(pod.spec.resources?.[key] ?? {})) sum[name] = value
  for (const [name, value] of Object.entries(pod.spec.overhead ?? {})) sum[name] = addQuantities(sum[name], value)
  return sum
}

function podUsage(pod: Pod): ResourceList {
  const usage: Record<string, string> = { 'count/pods': '1' }
  if (isTerminal(pod)) return usage
  usage['pods'] = '1'
  for (const [name, value] of Object.entries(sumOf(pod, 'requests'))) {
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage[name] = value
    usage[`requests.${name}`] = value
  }
  for (const [name, value] of Object.entries(sumOf(pod, 'limits'))) if (COMPUTE.includes(name)) usage[`limits.${name}`] = value
  return usage
}

function serviceUsage({ spec }: Service): ResourceList {
  const ports = String(spec.ports?.length ?? 0)
  const usesNodePorts = spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && needsNodePort(spec))
  return {
    'count/services': '1',
    services: '1',
    'services.loadbalancers': spec.type === 'LoadBalancer' ? '1' : '0',
    'services.nodeports': usesNodePorts ? ports : '0',
  }
}

function claimUsage({ spec }: PersistentVolumeClaim): ResourceList {
  const storage = spec.resources?.requests?.['storage']
  const usage: Record<string, string> = { 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1' }
  if (storage !== undefined) usage['requests.storage'] = storage
  if (spec.storageClassName) {
    const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io/`
    usage[`${prefix}persistentvolumeclaims`] = '1'
    if (storage !== undefined) usage[`${prefix}requests.storage`] = storage
  }
  return usage
}

/** Quota resource name → amount, for one object. */
export function quotaUsage(resource: Pick<Resource, 'key' | 'plural' | 'group'>, object: AnyObject): ResourceList {
  switch (resource.key) {
    case 'pods':
      return podUsage(object as unknown as Pod)
    case 'services':
      return serviceUsage(object as unknown as Service)
    case 'persistentvolumeclaims':
      return claimUsage(object as unknown as PersistentVolumeClaim)
    default: {
      const count = `count/${resourceKey(resource.plural, resource.group)}`
      return BARE_COUNTS.has(resource.key) ? { [count]: '1', [resource.key]: '1' } : { [count]: '1' }
    }
  }
}

/** `usage` minus `before`, without what has not changed. */
export function usageDelta(usage: ResourceList, before: ResourceList): ResourceList {
  const delta: Record<string, string> = {}
  for (const name of new Set([...Object.keys(usage), ...Object.keys(before)])) {
    const difference = subtractQuantities(usage[name], before[name])
    if (difference !== '0') delta[name] = difference
  }
  return delta
}

// Scopes ----------------------------------------------------------------------------------------------------------------

interface ScopeRequirement {
  readonly scopeName: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}
export interface QuotaSpec {
  readonly hard?: ResourceList
  readonly scopes?: readonly string[]
  readonly scopeSelector?: { readonly matchExpressions?: readonly ScopeRequirement[] }
}

const isTerminating = ({ spec }: Pod): boolean => (spec.activeDeadlineSeconds ?? -1) >= 0

function inScope(pod: Pod, { scopeName, operator, values = [] }: ScopeRequirement): boolean {
  switch (scopeName) {
    case 'Terminating':
      return isTerminating(pod)
    case 'NotTerminating':
      return !isTerminating(pod)
    case 'BestEffort':
      return qosClassOf(pod.spec) === 'BestEffort'
    case 'NotBestEffort':
      return qosClassOf(pod.spec) !== 'BestEffort'
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName ?? ''
      if (operator === 'Exists') return name !== ''
      if (operator === 'DoesNotExist') return name === ''
      return operator === 'In' ? values.includes(name) : !values.includes(name)
    }
    case 'CrossNamespacePodAffinity':
      return [pod.spec.affinity?.podAffinity, pod.spec.affinity?.podAntiAffinity].some((affinity) =>
        [
          ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
          ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
        ].some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined),
      )
    default:
      return false
  }
}

/** Whether a quota counts this object at all: quotas with scopes count only Pods that are in all of them. */
export function quotaCovers(spec: QuotaSpec, resource: Pick<Resource, 'key'>, object: AnyObject): boolean {
  const scopes: readonly ScopeRequirement[] = [
    ...(spec.scopes ?? []).map((scopeName): ScopeRequirement => ({ scopeName, operator: 'Exists' })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ]
  if (scopes.length === 0) return true
  return resource.key === 'pods' && scopes.every((scope) => inScope(object as unknown as Pod, scope))
}
