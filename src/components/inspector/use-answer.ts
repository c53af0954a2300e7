import { useContext, useEffect, useState } from 'react'
import { WorldContext, worldStore } from '../../app/world-store.ts'

/** While the cluster runs the engine is asked so often, in real milliseconds. */
const REFRESH_MS = 400

/** What the engine answers: asked again whenever the world has moved, one question at a time. Undefined until the first answer; another `ask` begins anew. */
export function useAnswer<Answer>(ask: () => Promise<Answer>): Answer | undefined {
  const world = useContext(WorldContext)
  const [answered, setAnswered] = useState<{ readonly ask: () => Promise<Answer>; readonly answer: Answer }>()
  useEffect(() => {
    let ended = false
    let asking = false
    let askedFor = ''
    const askIfMoved = (): void => {
      const { branch, now, revision, epoch } = worldStore.getState()[world]
      const moment = `${branch}/${now}/${revision}/${epoch}`
      if (asking || moment === askedFor) return
      asking = true
      askedFor = moment
      void ask()
        .then((answer) => {
          if (!ended) setAnswered({ ask, answer })
          return undefined
        })
        .finally(() => {
          asking = false
        })
    }
    askIfMoved()
    const timer = setInterval(askIfMoved, REFRESH_MS)
    return () => {
      ended = true
      clearInterval(timer)
    }
  }, [ask, world])
  return answered?.ask === ask ? answered.answer : undefined
}
