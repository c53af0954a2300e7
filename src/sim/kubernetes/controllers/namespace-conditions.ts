import { formatTime } from '../../kernel/time.ts'
import type { Condition } from '../api/types.ts'

/** What one pass over a terminating namespace found. */
export interface Remains {
  /** `pods.`, `configmaps.`, `deployments.apps` to how many objects are left. */
  readonly resources: ReadonlyMap<string, number>
  /** Finalizer to how many objects carry it. */
  readonly finalizers: ReadonlyMap<string, number>
  readonly errors: readonly string[]
}

const OK = {
  NamespaceDeletionDiscoveryFailure: ['ResourcesDiscovered', 'All resources successfully discovered'],
  NamespaceDeletionGroupVersionParsingFailure: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  NamespaceDeletionContentFailure: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  NamespaceContentRemaining: ['ContentRemoved', 'All content successfully removed'],
  NamespaceFinalizersRemaining: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
} as const

function problems({
  resources,
  finalizers,
  errors,
}: Remains): Readonly<Partial<Record<string, readonly [reason: string, message: string]>>> {
  const list = (counts: ReadonlyMap<string, number>, word: string): string =>
    [...counts]
      .map(([name, count]) => `${name} ${word} ${count} resource instances`)
      .sort()
      .join(', ')
  return {
    ...(errors.length === 0
      ? {}
      : {
          NamespaceDeletionContentFailure: [
            'ContentDeletionFailed',
            `Failed to delete all resource types, ${errors.length} remaining: ${[...errors].sort().join(', ')}`,
          ],
        }),
    ...(resources.size === 0
      ? {}
      : { NamespaceContentRemaining: ['SomeResourcesRemain', `Some resources are remaining: ${list(resources, 'has')}`] }),
    ...(finalizers.size === 0
      ? {}
      : {
          NamespaceFinalizersRemaining: [
            'SomeFinalizersRemain',
            `Some content in the namespace has finalizers remaining: ${list(finalizers, 'in')}`,
          ],
        }),
  }
}

/** The five deletion conditions, others kept as they are. Models pkg/controller/namespace/deletion/status_condition_utils.go (v1.35). */
export function namespaceConditions(before: readonly Condition[], remains: Remains, unixMs: number): readonly Condition[] {
  const found = problems(remains)
  const conditions = [...before]
  for (const [type, ok] of Object.entries(OK)) {
    const problem = found[type]
    const status = problem ? 'True' : 'False'
    const [reason, message] = problem ?? ok
    const index = conditions.findIndex((condition) => condition.type === type)
    const old = conditions[index]
    if (old?.status === status && old.reason === reason && old.message === message) continue
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? formatTime(unixMs)) : formatTime(unixMs)
    const condition: Condition = { type, status, lastTransitionTime, reason, message }
    if (index < 0) conditions.push(condition)
    else conditions[index] = condition
  }
  return conditions
}
