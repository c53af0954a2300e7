/** `random`: uniform among the highest. `heap`: what 1.35 really does, the first of the highest in pre-order of the implicit heap. */
export type TieBreak = 'random' | 'heap'

/** Index of the node to take. Draws only when there is a tie. */
export function pickHost(totals: ArrayLike<number>, tieBreak: TieBreak, random: (bound: number) => number): number {
  let best = -Infinity
  let ties = 0
  let first = 0
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i]!
    if (total > best) {
      best = total
      ties = 1
      first = i
    } else if (total === best) ties += 1
  }
  if (ties === 1) return first
  if (tieBreak === 'heap') return firstInPreOrder(totals, best)
  let skip = random(ties)
  for (let i = first; ; i++) if (totals[i] === best && skip-- === 0) return i
}

function firstInPreOrder(totals: ArrayLike<number>, best: number): number {
  const stack = [0]
  for (;;) {
    const i = stack.pop()!
    if (i >= totals.length) continue
    if (totals[i] === best) return i
    stack.push(2 * i + 2, 2 * i + 1)
  }
}
