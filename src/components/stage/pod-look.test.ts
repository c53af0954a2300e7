import { describe, expect, it } from 'vitest'
import type { PodView } from '../../engine/protocol.ts'
import { hostTrouble, isDim, tileState, type TileState } from './pod-look.ts'

const pod: PodView = {
  id: 'default/web',
  namespace: 'default',
  name: 'web',
  uid: 'u',
  app: 'web',
  suffix: '',
  node: 'node-1',
  nominatedNode: undefined,
  look: 'ready',
  status: 'Running',
  readyContainers: 1,
  containers: 1,
  restarts: 0,
  waitingFor: '',
  requests: { cpuMilli: 0, memoryBytes: 0 },
  limits: { cpuMilli: 0, memoryBytes: 0 },
  usage: { cpuMilli: 0, memoryBytes: 0 },
  createdAt: 0,
  graceEndsAt: undefined,
  graceMs: undefined,
  progress: undefined,
  ip: '',
  labels: {},
  owner: undefined,
  truth: { running: 1, host: 'node-1' },
  differs: false,
}
const gone = { ...pod, truth: { running: 0, host: undefined }, differs: true }
const elsewhere = { ...pod, node: 'node-2', truth: { running: 1, host: 'node-1' }, differs: true }

describe('a tile in both layers', () => {
  it.each<[string, PodView, string, 'believed' | 'true', TileState]>([
    ['believed: the record says ready', pod, 'node-1', 'believed', { look: 'ready', differs: false }],
    ['true: it runs', pod, 'node-1', 'true', { look: 'runs', differs: false }],
    [
      'believed: the record of a Pod on a dead host still says ready, and glows',
      gone,
      'node-1',
      'believed',
      { look: 'ready', differs: true },
    ],
    ['true: nothing runs on a dead host', gone, 'node-1', 'true', { look: 'nothing-runs', differs: true }],
    [
      'a container that runs where no record says so shows in both layers',
      elsewhere,
      'node-1',
      'believed',
      { look: 'only-runs', differs: true },
    ],
  ])('%s', (_name, view, place, layer, wanted) => {
    expect(tileState(view, place, layer)).toEqual(wanted)
  })

  it.each<[string, string, string, boolean]>([
    ['no filter', '', '', false],
    ['its namespace', 'default', '', false],
    ['another namespace', 'kube-system', '', true],
    ['a search that finds it', '', 'we', false],
    ['a search that does not', '', 'api', true],
  ])('is faint or not: %s', (_name, namespace, search, wanted) => {
    expect(isDim(pod, namespace, search)).toBe(wanted)
  })

  it.each([
    ['no power is worst', { poweredOn: false, linked: false, kubeletRunning: false }, 'off'],
    ['a cut link', { poweredOn: true, linked: false, kubeletRunning: true }, 'cut'],
    ['a stopped kubelet', { poweredOn: true, linked: true, kubeletRunning: false }, 'kubelet'],
    ['all well', { poweredOn: true, linked: true, kubeletRunning: true }, undefined],
  ])('%s', (_name, truth, wanted) => {
    expect(hostTrouble({ truth: { ...truth, since: 0 } })).toBe(wanted)
  })
})
