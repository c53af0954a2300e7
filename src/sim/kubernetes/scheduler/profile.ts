import type { Plugin } from './framework.ts'

/** The plugins of one `schedulerName`, by extension point, each list in its order. */
export interface Profile {
  readonly schedulerName: string
  /** 0: adaptive. */
  readonly percentageOfNodesToScore: number
  readonly preEnqueue: readonly Plugin[]
  readonly queueSort: Plugin
  readonly preFilter: readonly Plugin[]
  readonly filter: readonly Plugin[]
  readonly postFilter: readonly Plugin[]
  readonly preScore: readonly Plugin[]
  readonly score: readonly { readonly plugin: Plugin; readonly weight: number }[]
  readonly reserve: readonly Plugin[]
  readonly permit: readonly Plugin[]
  readonly preBind: readonly Plugin[]
  readonly bind: readonly Plugin[]
  readonly postBind: readonly Plugin[]
}

/** Every plugin that the profile runs anywhere. */
export function pluginsOf(profile: Profile): readonly Plugin[] {
  const { preEnqueue, queueSort, preFilter, filter, postFilter, preScore, score, reserve, permit, preBind, bind, postBind } =
    profile
  return [
    ...new Set([
      ...preEnqueue,
      queueSort,
      ...preFilter,
      ...filter,
      ...postFilter,
      ...preScore,
      ...score.map(({ plugin }) => plugin),
      ...reserve,
      ...permit,
      ...preBind,
      ...bind,
      ...postBind,
    ]),
  ]
}
