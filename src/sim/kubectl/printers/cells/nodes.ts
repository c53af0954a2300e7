import { at, items, sortedEntries, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import { ageOf } from '../../human-time.ts'
import { type Cells, nameOf } from './cells.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'

/** Sorted roles from the labels of a Node. */
export function nodeRoles(node: Fields): readonly string[] {
  const roles = new Set<string>()
  for (const [key, value] of sortedEntries(at(node, 'metadata.labels'))) {
    if (key.startsWith(ROLE_PREFIX)) {
      if (key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length))
    } else if (key === 'kubernetes.io/role' && value !== '') roles.add(value)
  }
  return [...roles].sort()
}

function nodeStatus(node: Fields): string {
  const ready = items(at(node, 'status.conditions')).findLast(({ type }) => type === 'Ready')
  const status = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'
  return at(node, 'spec.unschedulable') === true ? `${status},SchedulingDisabled` : status
}

const addressOf = (node: Fields, type: string): string =>
  text(items(at(node, 'status.addresses')).find((address) => address['type'] === type)?.['address']) || '<none>'

export const nodes: Cells = {
  columns: [
    'Name',
    'Status',
    'Roles',
    'Age',
    'Version',
    '+Internal-IP',
    '+External-IP',
    '+OS-Image',
    '+Kernel-Version',
    '+Container-Runtime',
  ],
  cells: (node, { nowMs }) => [
    nameOf(node),
    nodeStatus(node),
    nodeRoles(node).join(',') || '<none>',
    ageOf(at(node, 'metadata.creationTimestamp'), nowMs),
    text(at(node, 'status.nodeInfo.kubeletVersion')),
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    text(at(node, 'status.nodeInfo.osImage')) || '<unknown>',
    text(at(node, 'status.nodeInfo.kernelVersion')) || '<unknown>',
    text(at(node, 'status.nodeInfo.containerRuntimeVersion')) || '<unknown>',
  ],
}

export const csiNodes: Cells = {
  columns: ['Name', 'Drivers', 'Age'],
  cells: (node, { nowMs }) => [
    nameOf(node),
    items(at(node, 'spec.drivers')).length,
    ageOf(at(node, 'metadata.creationTimestamp'), nowMs),
  ],
}
