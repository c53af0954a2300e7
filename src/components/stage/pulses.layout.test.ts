import { describe, expect, it } from 'vitest'
import type { Pulse } from '../../engine/protocol.ts'
import { anchorOf, curveBetween, linksOf, pointOn, timingOf } from './pulses.layout.ts'

const pulse = (from: string, to: string): Pulse => ({ at: 0, arrivesAt: 5, from, to, kind: 'watch', label: '', failed: false })

describe('messages over the stage', () => {
  it.each<[string, number, number, number, number, number, number]>([
    ['at real speed a hop of 5 ms is stretched to be seen', 1000, 1005, 1000, 1, 0, 260],
    ['at a hundredth a hop of 5 ms takes half a second', 1000, 1005, 1000, 0.01, 0, 500],
    ['it leaves when the engine says', 1050, 1055, 1000, 1, 50, 260],
    ['at a hundredth it leaves no later than a second from now', 1090, 1095, 1000, 0.01, 1000, 500],
    ['one that left before the frame leaves at once', 900, 905, 1000, 1, 0, 260],
  ])('%s', (_name, at, arrivesAt, since, speed, delayMs, durationMs) => {
    expect(timingOf({ at, arrivesAt }, since, speed)).toEqual({ delayMs, durationMs })
  })

  it.each<[string, string, string | undefined]>([
    ['a kubelet stands at its node', 'kubelet/node-1', 'node:node-1'],
    ['the proxy stands at its node', 'kube-proxy/node-1', 'node:node-1'],
    ['a component stands at its card', 'etcd', 'component:etcd'],
    ['what is not drawn stands nowhere', 'registry', undefined],
  ])('%s', (_name, end, wanted) => {
    expect(anchorOf(end)).toBe(wanted)
  })

  it('a curve starts and ends at its ends, and hangs below a row', () => {
    const curve = curveBetween({ x: 0, y: 50 }, { x: 400, y: 50 })
    expect(pointOn(curve, 0)).toEqual({ x: 0, y: 50 })
    expect(pointOn(curve, 1)).toEqual({ x: 400, y: 50 })
    expect(pointOn(curve, 0.5).y).toBeGreaterThan(55)
  })

  it('many messages of one link become a flow; the busiest links are kept', () => {
    const many = Array.from({ length: 5 }, () => pulse('api-server', 'etcd'))
    const links = linksOf([...many, pulse('kubectl', 'api-server'), pulse('api-server', 'kubelet/n1')], 1, 2)
    expect(links.map(({ to, flow }) => [to, flow])).toEqual([
      ['component:etcd', true],
      ['component:api-server', false],
    ])
  })

  it('when time is fast every link is a flow', () => {
    expect(linksOf([pulse('api-server', 'etcd')], 100, 9)[0]?.flow).toBe(true)
  })
})
