const waiting: (() => void)[] = []

/** Calls back when the next picture has been drawn: places can be measured then without laying out the page once more. */
export function afterPaint(callback: () => void): void {
  waiting.push(callback)
  if (waiting.length > 1) return
  requestAnimationFrame(() =>
    setTimeout(() => {
      for (const call of waiting.splice(0)) call()
    }),
  )
}
