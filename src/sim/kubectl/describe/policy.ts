import { parseQuantity, quantityOf, quantityValue } from '../../kubernetes/api/quantity.ts'
import { at, type Fields, fields, isSet, items, number, sortedEntries, text, texts } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { rfc1123 } from '../human-time.ts'
import { goQuote } from '../printers/go-format.ts'
import { formatLabels, formatLabelSelector } from '../printers/format-labels.ts'
import { describeEventsOf } from './events.ts'
import { type Describer, type DescribeWriter, labelsAndAnnotations, meta, metadataOf, nameAndNamespace } from './writer.ts'

const quantity = (value: unknown): string => text(value) || '0'

function writeMetric(w: DescribeWriter, metric: Fields, current: Fields): void {
  const valueOf = (holder: unknown, field: 'averageValue' | 'value'): string => quantity(at(holder, field))
  switch (text(metric['type'])) {
    case 'External': {
      const target = at(metric, 'external.target')
      const now = at(current, 'external.current')
      const name = goQuote(text(at(metric, 'external.metric.name')))
      if (isSet(at(target, 'averageValue')))
        w.line(
          1,
          `${name} (target average value):`,
          `${isSet(at(now, 'averageValue')) ? valueOf(now, 'averageValue') : '<unknown>'} / ${valueOf(target, 'averageValue')}`,
        )
      else
        w.line(
          1,
          `${name} (target value):`,
          `${isSet(current['external']) ? valueOf(now, 'value') : '<unknown>'} / ${valueOf(target, 'value')}`,
        )
      return
    }
    case 'Pods':
      w.line(
        1,
        `${goQuote(text(at(metric, 'pods.metric.name')))} on pods:`,
        `${isSet(current['pods']) ? valueOf(at(current, 'pods.current'), 'averageValue') : '<unknown>'} / ${valueOf(at(metric, 'pods.target'), 'averageValue')}`,
      )
      return
    case 'Object': {
      const object = at(metric, 'object.describedObject')
      const field = at(metric, 'object.target.type') === 'AverageValue' ? 'averageValue' : 'value'
      const title = field === 'averageValue' ? 'target average value' : 'target value'
      const now = isSet(current['object']) ? valueOf(at(current, 'object.current'), field) : '<unknown>'
      w.line(
        1,
        `"${text(at(metric, 'object.metric.name'))}" on ${text(at(object, 'kind'))}/${text(at(object, 'name'))} (${title}):`,
        `${now} / ${valueOf(at(metric, 'object.target'), field)}`,
      )
      return
    }
    case 'Resource':
    case 'ContainerResource': {
      const key = metric['type'] === 'Resource' ? 'resource' : 'containerResource'
      const target = at(metric, `${key}.target`)
      const now = at(current, `${key}.current`)
      const name = text(at(metric, `${key}.name`))
      w.write(
        1,
        key === 'resource'
          ? `resource ${name} on pods`
          : `resource ${name} of container "${text(at(metric, `${key}.container`))}" on pods`,
      )
      if (isSet(at(target, 'averageValue'))) {
        w.write(
          0,
          `:\t${isSet(current[key]) ? valueOf(now, 'averageValue') : '<unknown>'} / ${valueOf(target, 'averageValue')}\n`,
        )
        return
      }
      const used = at(now, 'averageUtilization')
      const wanted = at(target, 'averageUtilization')
      w.write(
        1,
        `(as a percentage of request):\t${isSet(used) ? `${number(used)}% (${valueOf(now, 'averageValue')})` : '<unknown>'} / ${isSet(wanted) ? `${number(wanted)}%` : '<auto>'}\n`,
      )
      return
    }
    default:
      w.line(1, `<unknown metric type ${goQuote(text(metric['type']))}>`)
  }
}

function writeBehavior(w: DescribeWriter, title: string, rules: unknown): void {
  if (!isSet(rules)) return
  w.line(1, `${title}:`)
  const window = at(rules, 'stabilizationWindowSeconds')
  if (isSet(window)) w.line(2, `Stabilization Window: ${number(window)} seconds`)
  const policies = items(at(rules, 'policies'))
  if (policies.length === 0) return
  w.line(2, `Select Policy: ${text(at(rules, 'selectPolicy')) || 'Max'}`)
  w.line(2, 'Policies:')
  for (const { type, value, periodSeconds } of policies)
    w.line(3, `- Type: ${text(type)}`, `Value: ${number(value)}`, `Period: ${number(periodSeconds)} seconds`)
}

export const describeHorizontalPodAutoscaler: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  const target = fields(spec['scaleTargetRef'])
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(object)['creationTimestamp']))
  w.line(0, 'Reference:', `${text(target['kind'])}/${text(target['name'])}`)
  w.line(0, 'Metrics:', '( current / target )')
  const current = items(at(object, 'status.currentMetrics'))
  for (const [index, metric] of items(spec['metrics']).entries()) writeMetric(w, metric, current[index] ?? {})
  w.line(0, 'Min replicas:', isSet(spec['minReplicas']) ? number(spec['minReplicas']) : '<unset>')
  w.line(0, 'Max replicas:', number(spec['maxReplicas']))
  if (isSet(spec['behavior'])) {
    w.line(0, 'Behavior:')
    writeBehavior(w, 'Scale Up', at(spec, 'behavior.scaleUp'))
    writeBehavior(w, 'Scale Down', at(spec, 'behavior.scaleDown'))
  }
  w.line(
    0,
    `${text(target['kind'])} pods:`,
    `${number(at(object, 'status.currentReplicas'))} current / ${number(at(object, 'status.desiredReplicas'))} desired`,
  )
  const conditions = items(at(object, 'status.conditions'))
  if (conditions.length > 0) {
    w.line(0, 'Conditions:')
    w.line(1, 'Type', 'Status', 'Reason', 'Message')
    w.line(1, '----', '------', '------', '-------')
  }
  for (const { type, status, reason, message } of conditions) w.line(1, text(type), text(status), text(reason), text(message))
  describeEventsOf(object, w, context)
}

export const describePodDisruptionBudget: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  nameAndNamespace(object, w)
  if (isSet(spec['minAvailable'])) w.line(0, 'Min available:', text(spec['minAvailable']))
  else if (isSet(spec['maxUnavailable'])) w.line(0, 'Max unavailable:', text(spec['maxUnavailable']))
  w.line(0, 'Selector:', isSet(spec['selector']) ? formatLabelSelector(spec['selector']) : '<unset>')
  w.line(0, 'Status:')
  for (const [title, field] of [
    ['Allowed disruptions', 'disruptionsAllowed'],
    ['Current', 'currentHealthy'],
    ['Desired', 'desiredHealthy'],
    ['Total', 'expectedPods'],
  ] as const)
    w.line(2, `${title}:`, number(at(object, `status.${field}`)))
  describeEventsOf(object, w, context)
}

export const describePriorityClass: Describer = (object, w, context) => {
  w.line(0, 'Name:', meta(object, 'name'))
  w.line(0, 'Value:', number(object['value']))
  w.line(0, 'GlobalDefault:', String(object['globalDefault'] === true))
  w.line(0, 'PreemptionPolicy:', text(object['preemptionPolicy']))
  w.line(0, 'Description:', text(object['description']))
  w.line(0, 'Annotations:', formatLabels(metadataOf(object)['annotations']))
  describeEventsOf(object, w, context)
}

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

function writeScopes(w: DescribeWriter, quota: Fields, level: number, bullet: string): void {
  const scopes = [...texts(at(quota, 'spec.scopes'))].sort()
  if (scopes.length === 0) return
  w.line(level, 'Scopes:', scopes.join(', '))
  for (const scope of scopes) if (SCOPES[scope]) w.line(level, `${bullet}${SCOPES[scope]}`)
}

export const describeResourceQuota: Describer = (quota, w) => {
  const used = fields(at(quota, 'status.used'))
  nameAndNamespace(quota, w)
  writeScopes(w, quota, 0, ' * ')
  w.line(0, 'Resource', 'Used', 'Hard')
  w.line(0, '--------', '----', '----')
  for (const [name, hard] of sortedEntries(at(quota, 'status.hard'))) {
    const amount = quantity(used[name])
    const format = parseQuantity(hard)?.format
    w.line(
      0,
      name,
      format !== undefined && format !== parseQuantity(amount)?.format ? quantityOf(quantityValue(amount), format) : amount,
      hard,
    )
  }
}

function writeLimits(w: DescribeWriter, range: Fields, prefix: string): void {
  for (const item of items(at(range, 'spec.limits'))) {
    const lists = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'].map((field) => fields(item[field]))
    const names = [...new Set(lists.flatMap((list) => Object.keys(list)))].sort()
    for (const name of names)
      w.line(0, `${prefix}${text(item['type'])}`, name, ...lists.map((list) => (isSet(list[name]) ? text(list[name]) : '-')))
  }
}

/** The real one walks a Go map: its order of resources changes from call to call; ours is sorted. */
export const describeLimitRange: Describer = (range, w) => {
  nameAndNamespace(range, w)
  w.line(0, 'Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio')
  w.line(0, '----', '--------', '---', '---', '---------------', '-------------', '-----------------------')
  writeLimits(w, range, '')
}

export const describeNamespace: Describer = (namespace, w, { api }) => {
  const name = meta(namespace, 'name')
  w.line(0, 'Name:', name)
  labelsAndAnnotations(namespace, w)
  w.line(0, 'Status:', text(at(namespace, 'status.phase')))
  const conditions = items(at(namespace, 'status.conditions'))
  if (conditions.length > 0) {
    w.line(0, 'Conditions:')
    w.line(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message')
    w.line(1, '----', '------', '------------------', '------', '-------')
  }
  for (const c of conditions)
    w.line(1, text(c['type']), text(c['status']), rfc1123(c['lastTransitionTime']), text(c['reason']), text(c['message']))
  const listed = (resource: string): readonly Fields[] => {
    const found = api.list(resource, { namespace: name })
    return found.ok ? found.value.items : []
  }
  const quotas = goSort(listed('resourcequotas'), (a, b) => meta(a, 'name') < meta(b, 'name'))
  w.write(0, '\n')
  w.line(0, quotas.length === 0 ? 'No resource quota.' : 'Resource Quotas')
  for (const quota of quotas) {
    const used = fields(at(quota, 'status.used'))
    w.line(1, 'Name:', meta(quota, 'name'))
    writeScopes(w, quota, 1, '* ')
    w.line(1, 'Resource', 'Used', 'Hard')
    w.line(1, '--------', '---', '---')
    for (const [resource, hard] of sortedEntries(at(quota, 'status.hard'))) w.line(1, resource, quantity(used[resource]), hard)
  }
  const ranges = listed('limitranges')
  w.write(0, '\n')
  if (ranges.length === 0) w.line(0, 'No LimitRange resource.')
  else {
    w.write(0, 'Resource Limits\n')
    w.line(0, ' Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio')
    w.line(0, ' ----', '--------', '---', '---', '---------------', '-------------', '-----------------------')
  }
  for (const range of ranges) writeLimits(w, range, ' ')
}
