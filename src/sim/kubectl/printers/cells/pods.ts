import { parseTime } from '../../../kernel/time.ts'
import { at, fields, isSet, items, number, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf } from '../../human-time.ts'
import { formatLabels } from '../format-labels.ts'
import { type Cells, containerCells, nameOf } from './cells.ts'

const conditionOf = (pod: Fields, type: string): Fields | undefined =>
  items(at(pod, 'status.conditions')).find((condition) => condition['type'] === type)

const signalOrExit = (terminated: Fields, prefix = ''): string =>
  number(terminated['signal']) !== 0
    ? `${prefix}Signal:${number(terminated['signal'])}`
    : `${prefix}ExitCode:${number(terminated['exitCode'])}`

export interface PodSummary {
  readonly status: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  /** RFC 3339, of the last termination. */
  readonly lastRestart: string | undefined
}

/** The STATUS, READY and RESTARTS of a Pod. Models pkg/printers/internalversion printPod (v1.35). */
export function podSummary(pod: Fields): PodSummary {
  const phase = text(at(pod, 'status.phase'))
  let status = text(at(pod, 'status.reason')) || phase
  if (conditionOf(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated') status = 'SchedulingGated'

  const initContainers = items(at(pod, 'spec.initContainers'))
  const sidecars = new Set(initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name))
  let restarts = 0
  let sidecarRestarts = 0
  let lastRestart: string | undefined
  let lastSidecarRestart: string | undefined
  let ready = 0
  const later = (a: string | undefined, status: Fields): string | undefined => {
    const time = at(status, 'lastState.terminated.finishedAt')
    if (typeof time !== 'string') return a
    return a === undefined || (parseTime(a) ?? 0) < (parseTime(time) ?? 0) ? time : a
  }

  let initializing = false
  for (const [index, container] of items(at(pod, 'status.initContainerStatuses')).entries()) {
    restarts += number(container['restartCount'])
    lastRestart = later(lastRestart, container)
    const isSidecar = sidecars.has(container['name'])
    if (isSidecar) {
      sidecarRestarts += number(container['restartCount'])
      lastSidecarRestart = later(lastSidecarRestart, container)
    }
    const terminated = at(container, 'state.terminated')
    const waiting = text(at(container, 'state.waiting.reason'))
    if (isSet(terminated) && number(fields(terminated)['exitCode']) === 0) continue
    if (isSidecar && container['started'] === true) {
      if (container['ready'] === true) ready += 1
      continue
    }
    if (isSet(terminated)) {
      const reason = text(fields(terminated)['reason'])
      status = reason ? `Init:${reason}` : signalOrExit(fields(terminated), 'Init:')
    } else if (waiting !== '' && waiting !== 'PodInitializing') status = `Init:${waiting}`
    else status = `Init:${index}/${initContainers.length}`
    initializing = true
    break
  }

  if (!initializing || conditionOf(pod, 'Initialized')?.['status'] === 'True') {
    restarts = sidecarRestarts
    lastRestart = lastSidecarRestart
    let running = false
    let error = ''
    for (const container of [...items(at(pod, 'status.containerStatuses'))].reverse()) {
      restarts += number(container['restartCount'])
      lastRestart = later(lastRestart, container)
      const waiting = text(at(container, 'state.waiting.reason'))
      const terminated = at(container, 'state.terminated')
      if (waiting !== '') status = waiting
      else if (isSet(terminated)) {
        status = text(fields(terminated)['reason']) || signalOrExit(fields(terminated))
        if (number(fields(terminated)['exitCode']) !== 0) error = status
      } else if (container['ready'] === true && isSet(at(container, 'state.running'))) {
        running = true
        ready += 1
      }
    }
    if (status === 'Completed') {
      if (running && conditionOf(pod, 'Ready')?.['status'] === 'True') status = 'Running'
      else if (error !== '') status = error
      else if (running) status = 'NotReady'
    }
  }

  if (isSet(at(pod, 'metadata.deletionTimestamp'))) {
    if (at(pod, 'status.reason') === 'NodeLost') status = 'Unknown'
    else if (phase !== 'Succeeded' && phase !== 'Failed') status = 'Terminating'
  }
  return { status, ready, total: items(at(pod, 'spec.containers')).length + sidecars.size, restarts, lastRestart }
}

export const pods: Cells = {
  columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', '+IP', '+Node', '+Nominated Node', '+Readiness Gates'],
  cells(pod, { nowMs }) {
    const { status, ready, total, restarts, lastRestart } = podSummary(pod)
    const gates = items(at(pod, 'spec.readinessGates'))
    const open = gates.filter(({ conditionType }) => conditionOf(pod, text(conditionType))?.['status'] === 'True').length
    return [
      nameOf(pod),
      `${ready}/${total}`,
      status,
      restarts !== 0 && lastRestart !== undefined ? `${restarts} (${ageOf(lastRestart, nowMs)} ago)` : String(restarts),
      ageOf(at(pod, 'metadata.creationTimestamp'), nowMs),
      text(items(at(pod, 'status.podIPs'))[0]?.['ip']) || '<none>',
      text(at(pod, 'spec.nodeName')) || '<none>',
      text(at(pod, 'status.nominatedNodeName')) || '<none>',
      gates.length > 0 ? `${open}/${gates.length}` : '<none>',
    ]
  },
}

export const podTemplates: Cells = {
  columns: ['Name', 'Containers', 'Images', 'Pod Labels'],
  cells: (object) => [
    nameOf(object),
    ...containerCells(at(object, 'template.spec.containers')),
    formatLabels(at(object, 'template.metadata.labels')),
  ],
}
