import { useEffect, useState } from 'react'
import { engine } from '../../app/engine-client.ts'
import { worldStore } from '../../app/world-store.ts'
import type { Inspection, ObjectKey } from '../../engine/protocol.ts'

/** While the cluster runs the object is looked at so often, in real milliseconds. */
const REFRESH_MS = 400

/** What the engine knows of an object: again whenever the world has moved, one question at a time. Undefined until the first answer. */
export function useInspection(key: ObjectKey): Inspection | undefined {
  const [answer, setAnswer] = useState<Inspection>()
  const { resource, namespace, name } = key
  useEffect(() => {
    let ended = false
    let asking = false
    let askedFor = ''
    const ask = (): void => {
      const { branch, now, revision, epoch } = worldStore.getState().main
      const moment = `${branch}/${now}/${revision}/${epoch}`
      if (asking || moment === askedFor) return
      asking = true
      askedFor = moment
      void engine()
        .inspect({ resource, namespace, name })
        .then((inspection) => {
          if (!ended) setAnswer(inspection)
          return undefined
        })
        .finally(() => {
          asking = false
        })
    }
    ask()
    const timer = setInterval(ask, REFRESH_MS)
    return () => {
      ended = true
      clearInterval(timer)
    }
  }, [resource, namespace, name])
  return answer && answer.key.resource === resource && answer.key.namespace === namespace && answer.key.name === name
    ? answer
    : undefined
}
