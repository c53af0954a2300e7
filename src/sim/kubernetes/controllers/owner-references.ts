import type { DeleteOptions } from '../api/client.ts'
import type { ApiObject, OwnerReference } from '../api/types.ts'

/** `waiting`: it is being deleted in the foreground, when its dependents are gone. */
export type OwnerState = 'solid' | 'waiting' | 'absent'

export interface Owners {
  readonly solid: readonly OwnerReference[]
  readonly waiting: readonly OwnerReference[]
  readonly absent: readonly OwnerReference[]
}

/** Sorts references by what has become of the owner; undefined when one of them cannot be judged. Models garbagecollector classifyReferences. */
export function classifyOwners(
  references: readonly OwnerReference[],
  stateOf: (reference: OwnerReference) => OwnerState | undefined,
): Owners | undefined {
  const owners = { solid: [] as OwnerReference[], waiting: [] as OwnerReference[], absent: [] as OwnerReference[] }
  for (const reference of references) {
    const state = stateOf(reference)
    if (state === undefined) return undefined
    owners[state].push(reference)
  }
  return owners
}

/** An orphan is deleted the way its finalizers ask for. */
export function propagationOf({ metadata: { finalizers = [] } }: ApiObject): NonNullable<DeleteOptions['propagationPolicy']> {
  if (finalizers.includes('orphan')) return 'Orphan'
  return finalizers.includes('foregroundDeletion') ? 'Foreground' : 'Background'
}
