import type { Api } from '../api/client.ts'
import { refuse, type Answer, type Status } from '../api/status.ts'
import type { AnyObject, ApiObject, Pod, PodTemplateSpec } from '../api/types.ts'
import type { EventRecorder } from '../events/recorder.ts'
import { controllerOf, controllerReference } from './object-key.ts'

/** Whoever creates in a namespace that is going away need not try again. */
export const isNamespaceTerminating = (status: Status): boolean =>
  status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false

export interface Means {
  readonly api: Api
  readonly events: EventRecorder
}

/** A Pod as a controller makes it: labels, annotations, finalizers and spec of the template, owned by `owner`. */
export function podFromTemplate(template: PodTemplateSpec, owner: ApiObject): AnyObject {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${owner.metadata.name}-`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  }
}

/** Creates a Pod and records what came of it on `owner`. Models controller.RealPodControl. */
export function createPod(means: Means, namespace: string, pod: AnyObject, owner: ApiObject): Answer<Pod> {
  return createPods(means, namespace, [pod], owner)[0]!
}

/** Creates Pods at once. Refusals are known first: they need no write. The answers are in the order of `pods`. */
export function createPods(
  { api, events }: Means,
  namespace: string,
  pods: readonly AnyObject[],
  owner: ApiObject,
): readonly Answer<Pod>[] {
  const answers = pods.map((pod) => submit(api, namespace, pod))
  for (const answer of answers)
    if (!answer.ok && answer.status.code !== 0 && !isNamespaceTerminating(answer.status))
      events.record(owner, 'Warning', 'FailedCreate', `Error creating: ${answer.status.message}`)
  for (const answer of answers)
    if (answer.ok) events.record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${answer.value.metadata.name}`)
  return answers
}

const submit = (api: Api, namespace: string, pod: AnyObject): Answer<Pod> =>
  Object.keys(pod.metadata.labels ?? {}).length === 0
    ? refuse({ code: 0, reason: 'Unknown', message: 'unable to create pods, no labels' })
    : (api.create('pods', namespace, pod) as Answer<Pod>)

/** Asks for a Pod to end and records what came of it on `owner`. A Pod that is gone already is refused as `NotFound`, without an event. */
export function deletePod({ api, events }: Means, namespace: string, name: string, owner: ApiObject): Answer<AnyObject> {
  const deleted = api.delete('pods', namespace, name)
  if (deleted.ok) {
    events.record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    return deleted
  }
  if (deleted.status.reason === 'NotFound') return deleted
  events.record(owner, 'Warning', 'FailedDelete', `Error deleting: ${deleted.status.message}`)
  return refuse({ ...deleted.status, message: `unable to delete pods: ${deleted.status.message}` })
}

export interface Claim<T extends ApiObject> {
  readonly claimed: readonly T[]
  /** Why some could not be adopted or released. */
  readonly failure?: string
}

/**
 * Sorts out who owns `candidates`: keeps what `owner` controls and selects, releases what it no longer selects, adopts orphans that it
 * selects. An owner that is being deleted neither adopts nor releases. Models controller.BaseControllerRefManager.
 */
export function claim<T extends ApiObject>(
  api: Api,
  owner: ApiObject & { readonly resource: string },
  resource: string,
  candidates: Iterable<T>,
  matches: (candidate: T) => boolean,
): Claim<T> {
  const claimed: T[] = []
  const failures: string[] = []
  const leaving = owner.metadata.deletionTimestamp !== undefined
  let mayAdopt: Answer<true> | undefined
  const patch = (candidate: T, reference: object): Status | undefined => {
    const { namespace = '', name, uid } = candidate.metadata
    const answer = api.patch(resource, namespace, name, {
      type: 'strategic',
      body: { metadata: { uid, ownerReferences: [reference] } },
    })
    return answer.ok ? undefined : answer.status
  }
  for (const candidate of candidates) {
    const reference = controllerOf(candidate)
    if (reference) {
      if (reference.uid !== owner.metadata.uid) continue
      if (matches(candidate)) claimed.push(candidate)
      else if (!leaving) {
        const refused = patch(candidate, { $patch: 'delete', uid: owner.metadata.uid })
        if (refused && refused.reason !== 'NotFound' && refused.reason !== 'Invalid') failures.push(refused.message)
      }
      continue
    }
    if (leaving || candidate.metadata.deletionTimestamp !== undefined || !matches(candidate)) continue
    mayAdopt ??= recheck(api, owner)
    const refused = mayAdopt.ok ? patch(candidate, controllerReference(owner)) : mayAdopt.status
    if (!refused) claimed.push(candidate)
    else if (refused.reason !== 'NotFound' || !mayAdopt.ok) failures.push(refused.message)
  }
  return failures.length === 0 ? { claimed } : { claimed, failure: failures.join(', ') }
}

/** Before adopting: is the owner, read afresh, still the same and not being deleted? */
function recheck(api: Api, owner: ApiObject & { readonly resource: string }): Answer<true> {
  const { namespace = '', name, uid } = owner.metadata
  const fresh = api.get(owner.resource, namespace, name)
  if (!fresh.ok) return fresh
  if (fresh.value.metadata.uid !== uid)
    return refuse({
      code: 0,
      reason: 'Unknown',
      message: `original ${owner.kind} ${namespace}/${name} is gone: got uid ${fresh.value.metadata.uid}, wanted ${uid}`,
    })
  const { deletionTimestamp } = fresh.value.metadata
  return deletionTimestamp === undefined
    ? { ok: true, value: true }
    : refuse({ code: 0, reason: 'Unknown', message: `${namespace}/${name} has just been deleted at ${deletionTimestamp}` })
}
