import { area, scaleLinear, stack } from 'd3'
import type { TrafficPoint } from '../../engine/protocol.ts'

export interface Chart {
  readonly ok: string
  readonly failed: string
  /** Highest value of the scale, requests a second. */
  readonly top: number
  /** Labelled values of the vertical axis. */
  readonly ticks: readonly { readonly value: number; readonly y: number }[]
  readonly times: readonly { readonly at: number; readonly x: number }[]
}

/** Answered requests below, failed ones on top of them, a second a step. Pure: points in, paths out. */
export function layoutTraffic(points: readonly TrafficPoint[], from: number, to: number, widthPx: number, heightPx: number): Chart {
  const shown = points.filter(({ at }) => at >= from && at <= to)
  const most = shown.reduce((max, { ok, failed }) => Math.max(max, ok + failed), 0)
  const x = scaleLinear([from, Math.max(to, from + 1000)], [0, widthPx])
  const y = scaleLinear([0, Math.max(4, most * 1.1)], [heightPx, 4]).nice(4)
  const layers = stack<TrafficPoint, 'ok' | 'failed'>().keys(['ok', 'failed'])(shown)
  const shape = area<(typeof layers)[number][number]>()
    .x(({ data }) => x(data.at))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high))
  const [ok, failed] = layers
  return {
    ok: (ok && shape(ok)) ?? '',
    failed: (failed && shape(failed)) ?? '',
    top: y.domain()[1] ?? 0,
    ticks: y.ticks(4).map((value) => ({ value, y: y(value) })),
    times: x.ticks(Math.max(2, Math.floor(widthPx / 120))).map((at) => ({ at, x: x(at) })),
  }
}
