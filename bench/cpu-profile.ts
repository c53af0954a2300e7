/** A profile as the browser gives it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
      readonly columnNumber: number
    }
  }[]
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

const WAITING = new Set(['(idle)', '(root)'])

/** Functions by their own time, in shares of all that was not waiting. */
export function topFunctions(
  { nodes, samples = [], timeDeltas = [] }: CpuProfile,
  count: number,
): readonly (readonly [string, number])[] {
  const nameOf = new Map(
    nodes.map(({ id, callFrame: { functionName, url, columnNumber } }) => {
      const file = url.split('/').at(-1) ?? ''
      return [id, file === '' ? functionName : `${functionName || '(anonymous)'} ${file}:${columnNumber}`]
    }),
  )
  const own = new Map<string, number>()
  let all = 0
  samples.forEach((id, index) => {
    const name = nameOf.get(id) ?? ''
    if (WAITING.has(name)) return
    const time = timeDeltas[index] ?? 0
    all += time
    own.set(name, (own.get(name) ?? 0) + time)
  })
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => [name, time / Math.max(1, all)] as const)
}
