import { at, fields, isSet, items, list, number, sortedEntries, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf } from '../../human-time.ts'
import { type Cells, nameOf } from './cells.ts'

const age = (object: Fields, nowMs: number): string => ageOf(at(object, 'metadata.creationTimestamp'), nowMs)
const quantity = (value: unknown): string => text(value) || '0'

function metricText(spec: Fields, current: Fields): string {
  const average = (target: unknown): string => quantity(at(target, 'averageValue'))
  switch (text(spec['type'])) {
    case 'External':
    case 'Object': {
      const key = spec['type'] === 'External' ? 'external' : 'object'
      const target = at(spec, `${key}.target`)
      const now = at(current, `${key}.current`)
      if (isSet(at(target, 'averageValue')))
        return `${isSet(at(now, 'averageValue')) ? average(now) : '<unknown>'}/${average(target)} (avg)`
      return `${isSet(current[key]) ? quantity(at(now, 'value')) : '<unknown>'}/${quantity(at(target, 'value'))}`
    }
    case 'Pods':
      return `${isSet(current['pods']) ? average(at(current, 'pods.current')) : '<unknown>'}/${average(at(spec, 'pods.target'))}`
    case 'Resource':
    case 'ContainerResource': {
      const key = spec['type'] === 'Resource' ? 'resource' : 'containerResource'
      const target = at(spec, `${key}.target`)
      const name = text(at(spec, `${key}.name`))
      if (isSet(at(target, 'averageValue')))
        return `${name}: ${isSet(current[key]) ? average(at(current, `${key}.current`)) : '<unknown>'}/${average(target)}`
      const now = at(current, `${key}.current.averageUtilization`)
      const wanted = at(target, 'averageUtilization')
      return `${name}: ${isSet(now) ? `${number(now)}%` : '<unknown>'}/${isSet(wanted) ? `${number(wanted)}%` : '<auto>'}`
    }
    default:
      return '<unknown type>'
  }
}

export const horizontalPodAutoscalers: Cells = {
  columns: ['Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'],
  cells(object, { nowMs }) {
    const current = items(at(object, 'status.currentMetrics'))
    const metrics = items(at(object, 'spec.metrics')).map((spec, index) => metricText(spec, current[index] ?? {}))
    const shown = metrics.slice(0, 2).join(', ')
    const min = at(object, 'spec.minReplicas')
    return [
      nameOf(object),
      `${text(at(object, 'spec.scaleTargetRef.kind'))}/${text(at(object, 'spec.scaleTargetRef.name'))}`,
      metrics.length === 0 ? '<none>' : metrics.length > 2 ? `${shown} + ${metrics.length - 2} more...` : shown,
      isSet(min) ? text(min) : '<unset>',
      number(at(object, 'spec.maxReplicas')),
      number(at(object, 'status.currentReplicas')),
      age(object, nowMs),
    ]
  },
}

const orNotAvailable = (value: unknown): string => (isSet(value) ? text(value) : 'N/A')

export const podDisruptionBudgets: Cells = {
  columns: ['Name', 'Min Available', 'Max Unavailable', 'Allowed Disruptions', 'Age'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    orNotAvailable(at(object, 'spec.minAvailable')),
    orNotAvailable(at(object, 'spec.maxUnavailable')),
    number(at(object, 'status.disruptionsAllowed')),
    age(object, nowMs),
  ],
}

export const resourceQuotas: Cells = {
  columns: ['Name', 'Request', 'Limit', 'Age'],
  cells(object, { nowMs }) {
    const used = fields(at(object, 'status.used'))
    const requests: string[] = []
    const limits: string[] = []
    for (const [name, hard] of sortedEntries(at(object, 'status.hard')))
      (name.startsWith('limits.') ? limits : requests).push(`${name}: ${quantity(used[name])}/${hard}`)
    return [nameOf(object), requests.join(', '), limits.join(', '), age(object, nowMs)]
  },
}

export const priorityClasses: Cells = {
  columns: ['Name', 'Value', 'Global-Default', 'Age', 'PreemptionPolicy'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    number(object['value']),
    object['globalDefault'] === true,
    age(object, nowMs),
    text(object['preemptionPolicy']),
  ],
}

export const flowSchemas: Cells = {
  columns: ['Name', 'PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod', 'Age', 'MissingPL'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    text(at(object, 'spec.priorityLevelConfiguration.name')),
    number(at(object, 'spec.matchingPrecedence')),
    text(at(object, 'spec.distinguisherMethod.type')) || '<none>',
    age(object, nowMs),
    text(items(at(object, 'status.conditions')).find(({ type }) => type === 'Dangling')?.['status']) || '?',
  ],
}

export const priorityLevels: Cells = {
  columns: ['Name', 'Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit', 'Age'],
  cells(object, { nowMs }) {
    const queuing = at(object, 'spec.limited.limitResponse.queuing')
    const of = (name: string): string => text(at(queuing, name)) || '<none>'
    return [
      nameOf(object),
      text(at(object, 'spec.type')),
      text(at(object, 'spec.limited.nominalConcurrencyShares')) || '<none>',
      of('queues'),
      of('handSize'),
      of('queueLengthLimit'),
      age(object, nowMs),
    ]
  },
}

const webhooks: Cells = {
  columns: ['Name', 'Webhooks', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), list(object['webhooks']).length, age(object, nowMs)],
}
export const mutatingWebhooks = webhooks
export const validatingWebhooks = webhooks

export const admissionPolicies: Cells = {
  columns: ['Name', 'Validations', 'ParamKind', 'Age'],
  cells(object, { nowMs }) {
    const kind = at(object, 'spec.paramKind')
    return [
      nameOf(object),
      list(at(object, 'spec.validations')).length,
      isSet(kind) ? `${text(at(kind, 'apiVersion'))}/${text(at(kind, 'kind'))}` : '<unset>',
      age(object, nowMs),
    ]
  },
}

export const admissionPolicyBindings: Cells = {
  columns: ['Name', 'PolicyName', 'ParamRef', 'Age'],
  cells(object, { nowMs }) {
    const name = text(at(object, 'spec.paramRef.name'))
    return [
      nameOf(object),
      text(at(object, 'spec.policyName')),
      name ? `${text(at(object, 'spec.paramRef.namespace')) || '*'}/${name}` : '<unset>',
      age(object, nowMs),
    ]
  },
}
