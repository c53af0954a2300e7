import type { AnyObject } from '../kubernetes/api/types.ts'
import type { Environment } from './command.ts'
import { errorOf, type Failure } from './failure.ts'
import { fields, items, text } from './fields.ts'

/** A Pod of a node and what drain does with it. */
export interface DrainPod {
  readonly pod: AnyObject
  readonly isDeleted: boolean
  readonly reason: 'Okay' | 'Skip' | 'Warning' | 'Error'
  readonly message: string
}

export interface DrainOptions {
  readonly force: boolean
  readonly ignoreDaemonSets: boolean
  readonly deleteEmptyDirData: boolean
  /** Pods that are terminating for longer are skipped; 0: none. */
  readonly skipWaitSeconds: number
}

type Verdict = Omit<DrainPod, 'pod'>

const OKAY: Verdict = { isDeleted: true, reason: 'Okay', message: '' }
const SKIP: Verdict = { isDeleted: false, reason: 'Skip', message: '' }
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

const isFinished = (pod: AnyObject): boolean => ['Succeeded', 'Failed'].includes(text(fields(pod['status'])['phase']))

function daemonSetVerdict(env: Environment, pod: AnyObject, options: DrainOptions): Verdict {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (owner?.kind !== 'DaemonSet' || owner.apiVersion !== 'apps/v1') return OKAY
  if (isFinished(pod)) return OKAY
  const found = env.api.get('daemonsets.apps', pod.metadata.namespace ?? '', owner.name)
  if (!found.ok) {
    const { reason, message } = found.status
    return reason === 'NotFound' && options.force
      ? { isDeleted: true, reason: 'Warning', message }
      : { isDeleted: false, reason: 'Error', message }
  }
  return options.ignoreDaemonSets
    ? { isDeleted: false, reason: 'Warning', message: 'ignoring DaemonSet-managed Pods' }
    : { isDeleted: false, reason: 'Error', message: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' }
}

function localStorageVerdict(pod: AnyObject, options: DrainOptions): Verdict {
  const isLocal = items(fields(pod['spec'])['volumes']).some(
    (volume) => volume['emptyDir'] !== undefined && volume['emptyDir'] !== null,
  )
  if (!isLocal || isFinished(pod)) return OKAY
  return options.deleteEmptyDirData
    ? { isDeleted: true, reason: 'Warning', message: 'deleting Pods with local storage' }
    : { isDeleted: false, reason: 'Error', message: 'Pods with local storage (use --delete-emptydir-data to override)' }
}

function unmanagedVerdict(pod: AnyObject, options: DrainOptions): Verdict {
  if (isFinished(pod) || pod.metadata.ownerReferences?.some(({ controller }) => controller)) return OKAY
  return options.force
    ? { isDeleted: true, reason: 'Warning', message: 'deleting Pods that declare no controller' }
    : { isDeleted: false, reason: 'Error', message: 'cannot delete Pods that declare no controller (use --force to override)' }
}

/** Terminating for longer than `--skip-wait-for-delete-timeout`. */
export const isStuck = (
  pod: AnyObject,
  skipWaitSeconds: number,
  unixMs: number,
  parse: (text: string) => number | undefined,
): boolean => {
  const since = pod.metadata.deletionTimestamp === undefined ? undefined : parse(pod.metadata.deletionTimestamp)
  return skipWaitSeconds > 0 && since !== undefined && Math.trunc((unixMs - since) / 1000) > skipWaitSeconds
}

/** The first filter that keeps a Pod decides; else the last one's word counts. Models kubectl pkg/drain filters.go (v1.35). */
export function judgePod(env: Environment, pod: AnyObject, options: DrainOptions, isSkipped: boolean): DrainPod {
  let verdict = isSkipped ? SKIP : OKAY
  const filters: readonly (() => Verdict)[] = [
    () => daemonSetVerdict(env, pod, options),
    () => (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined ? OKAY : SKIP),
    () => localStorageVerdict(pod, options),
    () => unmanagedVerdict(pod, options),
  ]
  for (const filter of filters) {
    if (!verdict.isDeleted) break
    verdict = filter()
  }
  return { pod, ...verdict }
}

const podKey = ({ metadata }: AnyObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function byMessage(pods: readonly DrainPod[], reason: DrainPod['reason']): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const found of pods) {
    if (found.reason !== reason) continue
    const message = found.message || 'unexpected error'
    const list = groups.get(message) ?? []
    groups.set(message, list)
    list.push(podKey(found.pod))
  }
  return [...groups].map(([message, names]) => `${message}: ${names.join(', ')}`)
}

/** One line; empty when there is nothing to warn of. */
export const drainWarnings = (pods: readonly DrainPod[]): string => byMessage(pods, 'Warning').join('; ')

export const drainErrors = (pods: readonly DrainPod[]): readonly Failure[] =>
  byMessage(pods, 'Error').map((message) => errorOf(`cannot delete ${message}`))
