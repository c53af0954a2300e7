import { parseTime } from '../kernel/time.ts'
import type { Resource } from '../kubernetes/api/resources.ts'
import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Invocation } from './command.ts'
import { check, errorOf, fail, statusFailure } from './failure.ts'
import { at, type Fields, fields, isSet, items, number, text } from './fields.ts'
import { goSort } from '../kernel/go-sort.ts'
import { formatLabels, selectorText } from './printers/format-labels.ts'

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

const containersOf = (pod: Fields, list: 'initContainers' | 'containers' | 'ephemeralContainers'): readonly string[] =>
  items(at(pod, `spec.${list}`)).map(({ name }) => text(name))

/** `web, log (init)`. Models podcmd.AllContainerNames. */
export const containerNames = (pod: Fields): string =>
  [
    ...containersOf(pod, 'containers'),
    ...containersOf(pod, 'ephemeralContainers').map((name) => `${name} (ephem)`),
    ...containersOf(pod, 'initContainers').map((name) => `${name} (init)`),
  ].join(', ')

export const allContainers = (pod: Fields): readonly string[] => [
  ...containersOf(pod, 'initContainers'),
  ...containersOf(pod, 'containers'),
  ...containersOf(pod, 'ephemeralContainers'),
]

/** The container that a command means when none is named, said on stderr where there is a choice. */
export function defaultContainer(invocation: Invocation, pod: AnyObject, isQuiet = false): string {
  const wanted = text(fields(pod.metadata.annotations)[DEFAULT_CONTAINER])
  if (wanted !== '') {
    if (allContainers(pod).includes(wanted)) return wanted
    invocation.out.error(`Default container name ${JSON.stringify(wanted)} not found in pod ${pod.metadata.name}\n`)
  }
  const all = allContainers(pod)
  const first = containersOf(pod, 'containers')[0] ?? ''
  if (!isQuiet && all.length > 1)
    invocation.out.error(`Defaulted container ${JSON.stringify(first)} out of: ${containerNames(pod)}\n`)
  return first
}

const conditionOf = (pod: Fields, type: string): Fields | undefined =>
  items(at(pod, 'status.conditions')).find((condition) => condition['type'] === type)
const isReady = (pod: Fields): boolean => conditionOf(pod, 'Ready')?.['status'] === 'True'
const readySince = (pod: Fields): number =>
  parseTime(text(conditionOf(pod, 'Ready')?.['lastTransitionTime'])) ?? Number.POSITIVE_INFINITY
const bornAt = (pod: Fields): number => parseTime(text(at(pod, 'metadata.creationTimestamp'))) ?? Number.POSITIVE_INFINITY
const restarts = (pod: Fields): number =>
  Math.max(0, ...items(at(pod, 'status.containerStatuses')).map(({ restartCount }) => number(restartCount)))
const PHASES: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 }
const phaseRank = (pod: Fields): number => PHASES[text(at(pod, 'status.phase'))] ?? 0

/** The Pod whose logs say most comes first. Models podutils.ByLogging. */
function saysMore(a: Fields, b: Fields): boolean {
  const isBound = (pod: Fields): boolean => text(at(pod, 'spec.nodeName')) !== ''
  if (isBound(a) !== isBound(b)) return isBound(a)
  if (phaseRank(a) !== phaseRank(b)) return phaseRank(a) < phaseRank(b)
  if (isReady(a) !== isReady(b)) return isReady(a)
  if (isReady(a) && readySince(a) !== readySince(b)) return readySince(a) < readySince(b)
  if (restarts(a) !== restarts(b)) return restarts(a) > restarts(b)
  return bornAt(a) < bornAt(b)
}

/** The label selector by which a workload or Service finds its Pods. */
function selectorOf(resource: Resource, object: Fields): string {
  const selector = at(object, 'spec.selector')
  switch (resource.key) {
    case 'services':
      if (Object.keys(fields(selector)).length === 0)
        fail(
          `cannot get the logs from *v1.Service: invalid service '${text(at(object, 'metadata.name'))}': Service is defined without a selector`,
        )
      return formatLabels(selector)
    case 'replicationcontrollers':
      return formatLabels(selector)
    case 'deployments.apps':
    case 'replicasets.apps':
    case 'statefulsets.apps':
    case 'daemonsets.apps':
    case 'jobs.batch':
      return selectorText(selector)
    default:
      return fail(
        `cannot get the logs from *${resource.version}.${resource.kind}: selector for *${resource.version}.${resource.kind} not implemented`,
      )
  }
}

/** The Pods of a Pod, workload or Service, best first. */
export function podsOf({ env }: Invocation, resource: Resource, object: AnyObject): readonly AnyObject[] {
  if (resource.key === 'pods') return [object]
  const labelSelector = selectorOf(resource, object)
  const found = env.api.list('pods', {
    namespace: object.metadata.namespace ?? '',
    ...(labelSelector === '' ? {} : { labelSelector }),
  })
  if (!found.ok) {
    check(statusFailure(found.status))
    return []
  }
  if (found.value.items.length === 0) check(errorOf('timed out waiting for the condition'))
  return goSort(found.value.items, saysMore)
}

/** Has the container, of any sort, begun to run once? */
export const hasContainer = (pod: Fields, name: string): boolean => isSet(name) && allContainers(pod).includes(name)
