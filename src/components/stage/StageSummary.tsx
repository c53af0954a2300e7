import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { PodView } from '../../engine/protocol.ts'
import { formatClock } from '../../app/format.ts'
import { useWorld } from '../../app/world-store.ts'

export interface Counts {
  readonly pods: number
  readonly ready: number
  readonly waiting: number
  readonly failing: number
  readonly terminating: number
}

export function countsOf(pods: Iterable<PodView>): Counts {
  let [all, ready, waiting, failing, terminating] = [0, 0, 0, 0, 0]
  for (const { look, node } of pods) {
    all += 1
    if (look === 'ready') ready += 1
    else if (look === 'terminating') terminating += 1
    else if (look === 'failing' || look === 'failed' || look === 'not-ready') failing += 1
    else if (look === 'pending' && node === undefined) waiting += 1
  }
  return { pods: all, ready, waiting, failing, terminating }
}

/** The picture in one sentence, for those who do not see it. It speaks when what it says has changed, every ten simulated seconds at most. */
export function StageSummary() {
  const { t } = useTranslation()
  const slot = useWorld((world) => Math.floor(world.now / 10_000))
  const pods = useWorld((world) => world.pods)
  const nodes = useWorld((world) => world.nodes)
  const text = useMemo(() => {
    const notReady = [...nodes.values()].filter(({ ready }) => ready !== 'Ready').length
    return t('stage.summary', { time: formatClock(slot * 10_000), nodes: nodes.size, notReady, ...countsOf(pods.values()) })
    // Said anew for a new ten seconds or a new set of nodes only: Pods change in every frame.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [t, slot, nodes.size])
  return (
    <p className="hidden" role="status">
      {text}
    </p>
  )
}
