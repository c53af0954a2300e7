import { parseTime } from '../../../kernel/time.ts'
import { at, isSet, items, number, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf, humanDuration } from '../../human-time.ts'
import { formatLabels, formatLabelSelector, selectorText } from '../format-labels.ts'
import { type Cell, type Cells, containerCells, nameOf } from './cells.ts'

const age = (object: Fields, nowMs: number): string => ageOf(at(object, 'metadata.creationTimestamp'), nowMs)
const templateCells = (object: Fields): readonly Cell[] => containerCells(at(object, 'spec.template.spec.containers'))

export const deployments: Cells = {
  columns: ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', '+Containers', '+Images', '+Selector'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    `${number(at(object, 'status.readyReplicas'))}/${number(at(object, 'spec.replicas'))}`,
    number(at(object, 'status.updatedReplicas')),
    number(at(object, 'status.availableReplicas')),
    age(object, nowMs),
    ...templateCells(object),
    selectorText(at(object, 'spec.selector')),
  ],
}

const replicaCells = (object: Fields, nowMs: number): readonly Cell[] => [
  nameOf(object),
  number(at(object, 'spec.replicas')),
  number(at(object, 'status.replicas')),
  number(at(object, 'status.readyReplicas')),
  age(object, nowMs),
  ...templateCells(object),
]

export const replicaSets: Cells = {
  columns: ['Name', 'Desired', 'Current', 'Ready', 'Age', '+Containers', '+Images', '+Selector'],
  cells: (object, { nowMs }) => [...replicaCells(object, nowMs), formatLabelSelector(at(object, 'spec.selector'))],
}

export const replicationControllers: Cells = {
  columns: replicaSets.columns,
  cells: (object, { nowMs }) => [...replicaCells(object, nowMs), formatLabels(at(object, 'spec.selector'))],
}

export const statefulSets: Cells = {
  columns: ['Name', 'Ready', 'Age', '+Containers', '+Images'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    `${number(at(object, 'status.readyReplicas'))}/${number(at(object, 'spec.replicas'))}`,
    age(object, nowMs),
    ...templateCells(object),
  ],
}

export const daemonSets: Cells = {
  columns: [
    'Name',
    'Desired',
    'Current',
    'Ready',
    'Up-to-date',
    'Available',
    'Node Selector',
    'Age',
    '+Containers',
    '+Images',
    '+Selector',
  ],
  cells: (object, { nowMs }) => [
    nameOf(object),
    number(at(object, 'status.desiredNumberScheduled')),
    number(at(object, 'status.currentNumberScheduled')),
    number(at(object, 'status.numberReady')),
    number(at(object, 'status.updatedNumberScheduled')),
    number(at(object, 'status.numberAvailable')),
    formatLabels(at(object, 'spec.template.spec.nodeSelector')),
    age(object, nowMs),
    ...templateCells(object),
    formatLabelSelector(at(object, 'spec.selector')),
  ],
}

function jobStatus(job: Fields): string {
  const has = (type: string): boolean =>
    items(at(job, 'status.conditions')).find((condition) => condition['type'] === type)?.['status'] === 'True'
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (isSet(at(job, 'metadata.deletionTimestamp'))) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running'
}

export const jobs: Cells = {
  columns: ['Name', 'Status', 'Completions', 'Duration', 'Age', '+Containers', '+Images', '+Selector'],
  cells(job, { nowMs }) {
    const succeeded = number(at(job, 'status.succeeded'))
    const completions = at(job, 'spec.completions')
    const parallelism = number(at(job, 'spec.parallelism'))
    const started = parseTime(text(at(job, 'status.startTime')))
    const ended = parseTime(text(at(job, 'status.completionTime')))
    return [
      nameOf(job),
      jobStatus(job),
      isSet(completions)
        ? `${succeeded}/${number(completions)}`
        : parallelism > 1
          ? `${succeeded}/1 of ${parallelism}`
          : `${succeeded}/1`,
      started === undefined ? '' : humanDuration((ended ?? nowMs) - started),
      age(job, nowMs),
      ...templateCells(job),
      formatLabelSelector(at(job, 'spec.selector')),
    ]
  },
}

export const cronJobs: Cells = {
  columns: ['Name', 'Schedule', 'Timezone', 'Suspend', 'Active', 'Last Schedule', 'Age', '+Containers', '+Images', '+Selector'],
  cells(object, { nowMs }) {
    const last = at(object, 'status.lastScheduleTime')
    const suspend = at(object, 'spec.suspend')
    return [
      nameOf(object),
      text(at(object, 'spec.schedule')),
      text(at(object, 'spec.timeZone')) || '<none>',
      typeof suspend !== 'boolean' ? '<unset>' : suspend ? 'True' : 'False',
      items(at(object, 'status.active')).length,
      isSet(last) ? ageOf(last, nowMs) : '<none>',
      age(object, nowMs),
      ...containerCells(at(object, 'spec.jobTemplate.spec.template.spec.containers')),
      formatLabelSelector(at(object, 'spec.jobTemplate.spec.selector')),
    ]
  },
}

export const controllerRevisions: Cells = {
  columns: ['Name', 'Controller', 'Revision', 'Age'],
  cells(object, { nowMs }) {
    const owner = items(at(object, 'metadata.ownerReferences')).find(({ controller }) => controller === true)
    const [group = '', version] = text(owner?.['apiVersion']).split('/')
    const kind = version === undefined ? text(owner?.['kind']) : `${text(owner?.['kind'])}.${group}`
    return [
      nameOf(object),
      owner ? `${kind.toLowerCase()}/${text(owner['name'])}` : '<none>',
      number(object['revision']),
      age(object, nowMs),
    ]
  },
}
