import { at, fields, isSet, items, list, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf, humanDuration } from '../../human-time.ts'
import { type Cells, nameOf } from './cells.ts'

const age = (object: Fields, nowMs: number): string => ageOf(at(object, 'metadata.creationTimestamp'), nowMs)
const size = (value: unknown): number => Object.keys(fields(value)).length

/** What the server prints for a resource without columns of its own: the moment of creation as it is. */
export const createdAt: Cells = {
  columns: ['Name', 'Created At'],
  cells: (object) => [nameOf(object), text(at(object, 'metadata.creationTimestamp'))],
}

export const nameAndAge: Cells = { columns: ['Name', 'Age'], cells: (object, { nowMs }) => [nameOf(object), age(object, nowMs)] }

export const configMaps: Cells = {
  columns: ['Name', 'Data', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), size(object['data']) + size(object['binaryData']), age(object, nowMs)],
}

export const secrets: Cells = {
  columns: ['Name', 'Type', 'Data', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), text(object['type']), size(object['data']), age(object, nowMs)],
}

export const namespaces: Cells = {
  columns: ['Name', 'Status', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), text(at(object, 'status.phase')), age(object, nowMs)],
}

export const leases: Cells = {
  columns: ['Name', 'Holder', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), text(at(object, 'spec.holderIdentity')), age(object, nowMs)],
}

export const runtimeClasses: Cells = {
  columns: ['Name', 'Handler', 'Age'],
  cells: (object, { nowMs }) => [nameOf(object), text(object['handler']), age(object, nowMs)],
}

export const apiServices: Cells = {
  columns: ['Name', 'Service', 'Available', 'Age'],
  cells(object, { nowMs }) {
    const service = at(object, 'spec.service')
    const available = items(at(object, 'status.conditions')).find(({ type }) => type === 'Available')
    const status = text(available?.['status']) || 'Unknown'
    return [
      nameOf(object),
      isSet(service) ? `${text(at(service, 'namespace'))}/${text(at(service, 'name'))}` : 'Local',
      status === 'True' || !available ? status : `${status} (${text(available['reason'])})`,
      age(object, nowMs),
    ]
  },
}

export const componentStatuses: Cells = {
  columns: ['Name', 'Status', 'Message', 'Error'],
  cells(object) {
    const healthy = items(object['conditions']).find(({ type }) => type === 'Healthy')
    return [
      nameOf(object),
      !healthy ? 'Unknown' : healthy['status'] === 'True' ? 'Healthy' : 'Unhealthy',
      text(healthy?.['message']),
      text(healthy?.['error']),
    ]
  },
}

const firstOf = (...all: readonly unknown[]): string => all.map(text).find((value) => value !== '') ?? ''

export const events: Cells = {
  columns: ['Last Seen', 'Type', 'Reason', 'Object', '+Subobject', '+Source', 'Message', '+First Seen', '+Count', '+Name'],
  cells(event, { nowMs }) {
    const first = isSet(event['firstTimestamp']) ? ageOf(event['firstTimestamp'], nowMs) : ageOf(event['eventTime'], nowMs)
    const last = isSet(event['lastTimestamp']) ? ageOf(event['lastTimestamp'], nowMs) : first
    const series = event['series']
    const kind = text(at(event, 'involvedObject.kind')).toLowerCase()
    const name = text(at(event, 'involvedObject.name'))
    const component = firstOf(at(event, 'source.component'), event['reportingComponent'])
    const instance = firstOf(at(event, 'source.host'), event['reportingInstance'])
    return [
      isSet(series) ? ageOf(at(series, 'lastObservedTime'), nowMs) : last,
      text(event['type']),
      text(event['reason']),
      name === '' ? kind : `${kind}/${name}`,
      text(at(event, 'involvedObject.fieldPath')),
      instance === '' ? component : `${component}, ${instance}`,
      text(event['message']).trim(),
      first,
      isSet(series) ? text(at(series, 'count')) || '0' : text(event['count']) === '0' ? '1' : text(event['count']) || '1',
      nameOf(event),
    ]
  },
}

const subjects = (object: Fields, kind: string): string =>
  items(object['subjects'])
    .filter((subject) => subject['kind'] === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${text(namespace)}/${text(name)}` : text(name)))
    .join(', ')

export const roleBindings: Cells = {
  columns: ['Name', 'Role', 'Age', '+Users', '+Groups', '+ServiceAccounts'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    `${text(at(object, 'roleRef.kind'))}/${text(at(object, 'roleRef.name'))}`,
    age(object, nowMs),
    subjects(object, 'User'),
    subjects(object, 'Group'),
    subjects(object, 'ServiceAccount'),
  ],
}

export const certificateRequests: Cells = {
  columns: ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
  cells(object, { nowMs }) {
    const has = (type: string): boolean => items(at(object, 'status.conditions')).some((condition) => condition['type'] === type)
    const seconds = at(object, 'spec.expirationSeconds')
    return [
      nameOf(object),
      age(object, nowMs),
      text(at(object, 'spec.signerName')) || '<none>',
      text(at(object, 'spec.username')),
      typeof seconds === 'number' ? humanDuration(seconds * 1000) : '<none>',
      [
        has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
        ...(has('Failed') ? ['Failed'] : []),
        ...(text(at(object, 'status.certificate')) ? ['Issued'] : []),
      ].join(','),
    ]
  },
}

export const resourceClaims: Cells = {
  columns: ['Name', 'State', 'Age'],
  cells(object, { nowMs }) {
    const deleted = isSet(at(object, 'metadata.deletionTimestamp'))
    const states = deleted ? ['deleted'] : []
    if (!isSet(at(object, 'status.allocation'))) {
      if (!deleted) states.push('pending')
    } else {
      states.push('allocated')
      if (list(at(object, 'status.reservedFor')).length > 0) states.push('reserved')
    }
    return [nameOf(object), states.join(','), age(object, nowMs)]
  },
}

export const resourceSlices: Cells = {
  columns: ['Name', 'Node', 'Driver', 'Pool', 'Age'],
  cells: (object, { nowMs }) => [
    nameOf(object),
    text(at(object, 'spec.nodeName')),
    text(at(object, 'spec.driver')),
    text(at(object, 'spec.pool.name')),
    age(object, nowMs),
  ],
}
