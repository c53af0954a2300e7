import { parseTime } from '../../kernel/time.ts'
import { at, type Fields, fields, isSet, items, number, text, texts } from '../fields.ts'
import { humanDuration, rfc1123 } from '../human-time.ts'
import { storageClassOf } from '../printers/cells/storage.ts'
import { formatLabels, formatLabelSelector, selectorText } from '../printers/format-labels.ts'
import { replicaSetsOf } from '../rollout/replica-sets.ts'
import { describeEventsOf } from './events.ts'
import { writePodTemplate } from './pod-template.ts'
import {
  controllerOf,
  type DescribeContext,
  type Describer,
  type DescribeWriter,
  labelsAndAnnotations,
  meta,
  metadataOf,
  nameAndNamespace,
} from './writer.ts'

function podPhases(owner: Fields, selector: string, { api }: DescribeContext): string {
  const found = api.list('pods', { namespace: meta(owner, 'namespace'), ...(selector === '' ? {} : { labelSelector: selector }) })
  const pods = found.ok
    ? found.value.items.filter((pod) =>
        items(at(pod, 'metadata.ownerReferences')).some(
          ({ controller, uid }) => controller === true && uid === metadataOf(owner)['uid'],
        ),
      )
    : []
  const count = (phase: string): number => pods.filter((pod) => at(pod, 'status.phase') === phase).length
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`
}

function writeConditions(object: Fields, w: DescribeWriter): void {
  const conditions = items(at(object, 'status.conditions'))
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n  Type\tStatus\tReason\n')
  w.line(1, '----', '------', '------')
  for (const { type, status, reason } of conditions) w.line(1, `${text(type)} `, text(status), text(reason))
}

const replicaSetList = (sets: readonly Fields[]): string =>
  sets
    .map(
      (set) =>
        `${meta(set, 'name')} (${number(at(set, 'status.replicas'))}/${number(at(set, 'spec.replicas'))} replicas created)`,
    )
    .join(', ') || '<none>'

export const describeDeployment: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  const status = fields(object['status'])
  nameAndNamespace(object, w)
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(object)['creationTimestamp']))
  labelsAndAnnotations(object, w)
  w.line(0, 'Selector:', selectorText(spec['selector']))
  w.line(
    0,
    'Replicas:',
    `${number(spec['replicas'])} desired | ${number(status['updatedReplicas'])} updated | ${number(status['replicas'])} total | ${number(status['availableReplicas'])} available | ${number(status['unavailableReplicas'])} unavailable`,
  )
  w.line(0, 'StrategyType:', text(at(spec, 'strategy.type')))
  w.line(0, 'MinReadySeconds:', number(spec['minReadySeconds']))
  const rolling = at(spec, 'strategy.rollingUpdate')
  if (isSet(rolling))
    w.line(
      0,
      'RollingUpdateStrategy:',
      `${text(at(rolling, 'maxUnavailable'))} max unavailable, ${text(at(rolling, 'maxSurge'))} max surge`,
    )
  writePodTemplate(w, spec['template'])
  writeConditions(object, w)
  const { old, current } = replicaSetsOf(object, context.api)
  if (old.length > 0 || current) {
    w.line(0, 'OldReplicaSets:', replicaSetList(old))
    w.line(0, 'NewReplicaSet:', replicaSetList(current ? [current] : []))
  }
  describeEventsOf(object, w, context)
}

const describeReplicas =
  (selectorOf: (selector: unknown) => { readonly shown: string; readonly query: string }): Describer =>
  (object, w, context) => {
    const { shown, query } = selectorOf(at(object, 'spec.selector'))
    nameAndNamespace(object, w)
    w.line(0, 'Selector:', shown)
    labelsAndAnnotations(object, w)
    if (controllerOf(object) !== '' && text(object['kind']) === 'ReplicaSet') w.line(0, 'Controlled By:', controllerOf(object))
    w.line(0, 'Replicas:', `${number(at(object, 'status.replicas'))} current / ${number(at(object, 'spec.replicas'))} desired`)
    w.line(0, 'Pods Status:', podPhases(object, query, context))
    writePodTemplate(w, at(object, 'spec.template'))
    writeConditions(object, w)
    describeEventsOf(object, w, context)
  }

export const describeReplicaSet = describeReplicas((selector) => ({
  shown: formatLabelSelector(selector),
  query: selectorText(selector),
}))
export const describeReplicationController = describeReplicas((selector) => ({
  shown: formatLabels(selector),
  query: selectorText({ matchLabels: selector }),
}))

function writeClaimTemplates(w: DescribeWriter, templates: readonly Fields[]): void {
  w.write(0, `Volume Claims:${templates.length === 0 ? '\t<none>' : ''}\n`)
  for (const template of templates) {
    w.line(1, 'Name:', meta(template, 'name'))
    w.line(1, 'StorageClass:', storageClassOf(template))
    w.labels('Labels', metadataOf(template)['labels'], '  ')
    w.labels('Annotations', metadataOf(template)['annotations'], '  ')
    w.line(1, 'Capacity:', text(at(template, 'spec.resources.requests.storage')) || '<default>')
    w.line(1, 'Access Modes:', `[${texts(at(template, 'spec.accessModes')).join(' ')}]`)
  }
}

export const describeStatefulSet: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  nameAndNamespace(object, w)
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(object)['creationTimestamp']))
  w.line(0, 'Selector:', selectorText(spec['selector']))
  labelsAndAnnotations(object, w)
  w.line(0, 'Replicas:', `${number(spec['replicas'])} desired | ${number(at(object, 'status.replicas'))} total`)
  w.line(0, 'Update Strategy:', text(at(spec, 'updateStrategy.type')))
  const rolling = at(spec, 'updateStrategy.rollingUpdate')
  if (isSet(at(rolling, 'partition'))) {
    w.line(1, 'Partition:', number(at(rolling, 'partition')))
    if (isSet(at(rolling, 'maxUnavailable'))) w.line(1, 'MaxUnavailable:', text(at(rolling, 'maxUnavailable')))
  }
  w.line(0, 'Pods Status:', podPhases(object, selectorText(spec['selector']), context))
  writePodTemplate(w, spec['template'])
  writeClaimTemplates(w, items(spec['volumeClaimTemplates']))
  describeEventsOf(object, w, context)
}

export const describeDaemonSet: Describer = (object, w, context) => {
  const status = fields(object['status'])
  const selector = selectorText(at(object, 'spec.selector'))
  nameAndNamespace(object, w)
  w.line(0, 'Selector:', selector)
  w.line(0, 'Node-Selector:', formatLabels(at(object, 'spec.template.spec.nodeSelector')))
  labelsAndAnnotations(object, w)
  w.line(0, `Desired Number of Nodes Scheduled: ${number(status['desiredNumberScheduled'])}`)
  w.line(0, `Current Number of Nodes Scheduled: ${number(status['currentNumberScheduled'])}`)
  w.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${number(status['updatedNumberScheduled'])}`)
  w.line(0, `Number of Nodes Scheduled with Available Pods: ${number(status['numberAvailable'])}`)
  w.line(0, `Number of Nodes Misscheduled: ${number(status['numberMisscheduled'])}`)
  w.line(0, 'Pods Status:', podPhases(object, selector, context))
  writePodTemplate(w, at(object, 'spec.template'))
  describeEventsOf(object, w, context)
}

/** At most some fifty characters of `0-3,5,7`, cut at a comma. */
function indexList(indexes: string): string {
  if (indexes === '') return '<none>'
  const comma = indexes.indexOf(',', 50)
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`
}

export const describeJob: Describer = (job, w, context) => {
  const spec = fields(job['spec'])
  const status = fields(job['status'])
  nameAndNamespace(job, w)
  w.line(0, 'Selector:', selectorText(spec['selector']))
  labelsAndAnnotations(job, w)
  if (controllerOf(job) !== '') w.line(0, 'Controlled By:', controllerOf(job))
  if (isSet(spec['parallelism'])) w.line(0, 'Parallelism:', number(spec['parallelism']))
  w.line(0, 'Completions:', isSet(spec['completions']) ? number(spec['completions']) : '<unset>')
  if (isSet(spec['completionMode'])) w.line(0, 'Completion Mode:', text(spec['completionMode']))
  if (isSet(spec['suspend'])) w.line(0, 'Suspend:', text(spec['suspend']))
  if (isSet(spec['backoffLimit'])) w.line(0, 'Backoff Limit:', number(spec['backoffLimit']))
  if (isSet(spec['ttlSecondsAfterFinished'])) w.line(0, 'TTL Seconds After Finished:', number(spec['ttlSecondsAfterFinished']))
  const started = parseTime(text(status['startTime']))
  const ended = parseTime(text(status['completionTime']))
  if (started !== undefined) w.line(0, 'Start Time:', rfc1123(status['startTime']))
  if (ended !== undefined) w.line(0, 'Completed At:', rfc1123(status['completionTime']))
  if (started !== undefined && ended !== undefined) w.line(0, 'Duration:', humanDuration(ended - started))
  if (isSet(spec['activeDeadlineSeconds'])) w.line(0, 'Active Deadline Seconds:', `${number(spec['activeDeadlineSeconds'])}s`)
  const ready = isSet(status['ready']) ? ` (${number(status['ready'])} Ready)` : ''
  w.line(
    0,
    'Pods Statuses:',
    `${number(status['active'])} Active${ready} / ${number(status['succeeded'])} Succeeded / ${number(status['failed'])} Failed`,
  )
  if (spec['completionMode'] === 'Indexed') w.line(0, 'Completed Indexes:', indexList(text(status['completedIndexes'])))
  writePodTemplate(w, spec['template'])
  describeEventsOf(job, w, context)
}

const orUnset = (value: unknown, suffix = ''): string => (isSet(value) ? `${text(value)}${suffix}` : '<unset>')

export const describeCronJob: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  const template = fields(at(spec, 'jobTemplate.spec'))
  const suspend = spec['suspend']
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  w.line(0, 'Schedule:', text(spec['schedule']))
  w.line(0, 'Concurrency Policy:', text(spec['concurrencyPolicy']))
  w.line(0, 'Suspend:', typeof suspend !== 'boolean' ? '<unset>' : suspend ? 'True' : 'False')
  w.line(0, 'Successful Job History Limit:', orUnset(spec['successfulJobsHistoryLimit']))
  w.line(0, 'Failed Job History Limit:', orUnset(spec['failedJobsHistoryLimit']))
  w.line(0, 'Starting Deadline Seconds:', orUnset(spec['startingDeadlineSeconds'], 's'))
  w.line(0, 'Selector:', isSet(template['selector']) ? selectorText(template['selector']) : '<unset>')
  w.line(0, 'Parallelism:', orUnset(template['parallelism']))
  w.line(0, 'Completions:', orUnset(template['completions']))
  if (isSet(template['activeDeadlineSeconds']))
    w.line(0, 'Active Deadline Seconds:', `${number(template['activeDeadlineSeconds'])}s`)
  writePodTemplate(w, template['template'] ?? {})
  const last = at(object, 'status.lastScheduleTime')
  w.line(0, 'Last Schedule Time:', isSet(last) ? rfc1123(last) : '<unset>')
  w.line(
    0,
    'Active Jobs:',
    items(at(object, 'status.active'))
      .map(({ name }) => text(name))
      .join(', ') || '<none>',
  )
  describeEventsOf(object, w, context)
}
