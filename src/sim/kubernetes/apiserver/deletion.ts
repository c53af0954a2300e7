import { formatTime, parseTime } from '../../kernel/time.ts'
import type { DeleteOptions } from '../api/client.ts'
import type { Resource } from '../api/resources.ts'
import type { AnyObject, ObjectMeta, Pod } from '../api/types.ts'

/** What a DELETE does: first the object is marked (if need be), then removed (if nothing holds it). */
export interface DeletionPlan {
  readonly marked?: AnyObject
  readonly removes: boolean
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** Models apiserver pkg/registry/rest/delete.go and generic/registry/store.go (v1.35). */
export function deletionPlan(resource: Resource, object: AnyObject, options: DeleteOptions, unixMs: number): DeletionPlan {
  const graceful = gracefulDeletion(resource, object, options, unixMs)
  if (graceful === 'pending') return { removes: false }
  const finalizers = finalizersAfter(object, options)
  const held = finalizers.length > 0 || hasNamespaceFinalizers(resource, object)
  if (graceful) {
    const marked = mark(object, finalizers, graceful.deletionTimestamp, graceful.graceSeconds)
    return { marked, removes: graceful.graceSeconds === 0 && !held }
  }
  if (!held) return { removes: true }
  const { deletionTimestamp } = object.metadata
  const marked = mark(
    object,
    finalizers,
    deletionTimestamp ?? formatTime(unixMs),
    deletionTimestamp === undefined ? 0 : undefined,
  )
  return { marked: resource.key === 'namespaces' ? terminating(marked) : marked, removes: false }
}

function mark(
  object: AnyObject,
  finalizers: readonly string[],
  deletionTimestamp: string,
  graceSeconds: number | undefined,
): AnyObject {
  const { metadata } = object
  const isFirst = metadata.deletionTimestamp === undefined
  const { finalizers: _, ...rest } = metadata
  const next: ObjectMeta = {
    ...rest,
    deletionTimestamp,
    ...(graceSeconds === undefined ? {} : { deletionGracePeriodSeconds: graceSeconds }),
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(isFirst && metadata.generation !== undefined && metadata.generation > 0 ? { generation: metadata.generation + 1 } : {}),
  }
  return { ...object, metadata: next }
}

/** A Pod's grace: as asked, else its own; none if nothing runs. It can only be shortened later. */
function gracefulDeletion(
  resource: Resource,
  object: AnyObject,
  options: DeleteOptions,
  unixMs: number,
): { readonly deletionTimestamp: string; readonly graceSeconds: number } | 'pending' | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
  if (deletionTimestamp !== undefined) {
    if (!deletionGracePeriodSeconds) return undefined
    const asked = options.gracePeriodSeconds
    if (asked === undefined || asked >= deletionGracePeriodSeconds) return 'pending'
    const seconds = Math.max(asked, 0)
    const requestedAt = (parseTime(deletionTimestamp) ?? unixMs) - deletionGracePeriodSeconds * 1000
    return { deletionTimestamp: formatTime(requestedAt + seconds * 1000), graceSeconds: seconds }
  }
  if (resource.key !== 'pods') return undefined
  const { spec, status } = object as unknown as Pod
  let seconds = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 0
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') seconds = 0
  if (seconds < 0) seconds = 1
  return { deletionTimestamp: formatTime(unixMs + seconds * 1000), graceSeconds: seconds }
}

function finalizersAfter(object: AnyObject, { propagationPolicy }: DeleteOptions): readonly string[] {
  const given = object.metadata.finalizers ?? []
  const wantsOrphan = propagationPolicy === undefined ? given.includes(ORPHAN) : propagationPolicy === 'Orphan'
  const wantsForeground = propagationPolicy === undefined ? given.includes(FOREGROUND) : propagationPolicy === 'Foreground'
  if (given.length === 0 && !wantsOrphan && !wantsForeground) return given
  return [
    ...given.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND),
    ...(wantsOrphan ? [ORPHAN] : []),
    ...(wantsForeground ? [FOREGROUND] : []),
  ]
}

function hasNamespaceFinalizers(resource: Resource, object: AnyObject): boolean {
  if (resource.key !== 'namespaces') return false
  const spec = object['spec'] as { finalizers?: readonly string[] } | undefined
  return (spec?.finalizers?.length ?? 0) > 0
}

const terminating = (namespace: AnyObject): AnyObject => ({
  ...namespace,
  status: { ...(namespace['status'] as object | undefined), phase: 'Terminating' },
})
