import { useCallback, useContext } from 'react'
import { engine } from '../../app/engine-client.ts'
import { WorldContext } from '../../app/world-store.ts'
import type { Inspection, ObjectKey } from '../../engine/protocol.ts'
import { useAnswer } from './use-answer.ts'

/** What the engine knows of an object of the world that this part of the page shows. */
export function useInspection({ resource, namespace, name }: ObjectKey): Inspection | undefined {
  const world = useContext(WorldContext)
  return useAnswer(useCallback(() => engine().inspect({ resource, namespace, name }, world), [resource, namespace, name, world]))
}
