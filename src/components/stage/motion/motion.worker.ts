/** Draws what moves over the stage beside the page's main thread, which has the cluster to draw. */
import { MotionPainter } from './motion-painter.ts'
import type { MotionMessage } from './motions.ts'

const painters = new Map<number, MotionPainter>()
let isPainting = false

function paint(): void {
  const now = performance.now()
  isPainting = false
  for (const painter of painters.values()) if (painter.paint(now)) isPainting = true
  if (isPainting) requestAnimationFrame(paint)
}

function told(message: MotionMessage): void {
  if (message.type === 'open') {
    const context = message.surface.getContext('2d')
    if (context) painters.set(message.canvas, new MotionPainter(context, message.look, message.extent))
    return
  }
  const painter = painters.get(message.canvas)
  if (!painter) return
  switch (message.type) {
    case 'look':
      painter.look = message.look
      break
    case 'extent':
      painter.fit(message.extent)
      break
    case 'motions':
      painter.add(message.motions, performance.now())
      break
    case 'flows':
      painter.flows = message.flows
      break
    case 'clear':
      painter.clear()
      break
    case 'close':
      painters.delete(message.canvas)
  }
  if (isPainting) return
  isPainting = true
  requestAnimationFrame(paint)
}

addEventListener('message', ({ data }: MessageEvent<MotionMessage>) => told(data))
