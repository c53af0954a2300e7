import type { Resource } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { at, fields, items, text } from '../fields.ts'
import { ageOf } from '../human-time.ts'
import type { Cell, CellContext, Cells } from './cells/cells.ts'
import * as config from './cells/config.ts'
import * as network from './cells/network.ts'
import * as nodeCells from './cells/nodes.ts'
import * as podCells from './cells/pods.ts'
import * as policy from './cells/policy.ts'
import * as storage from './cells/storage.ts'
import * as workloads from './cells/workloads.ts'
import { formatLabels } from './format-labels.ts'
import { evaluateJsonPath, parseJsonPath } from './json-path.ts'

/** By resource key; what is not here is printed by name and moment of creation. */
const CELLS: ReadonlyMap<string, Cells> = new Map<string, Cells>([
  ['pods', podCells.pods],
  ['podtemplates', podCells.podTemplates],
  ['nodes', nodeCells.nodes],
  ['csinodes.storage.k8s.io', nodeCells.csiNodes],
  ['deployments.apps', workloads.deployments],
  ['replicasets.apps', workloads.replicaSets],
  ['replicationcontrollers', workloads.replicationControllers],
  ['statefulsets.apps', workloads.statefulSets],
  ['daemonsets.apps', workloads.daemonSets],
  ['jobs.batch', workloads.jobs],
  ['cronjobs.batch', workloads.cronJobs],
  ['controllerrevisions.apps', workloads.controllerRevisions],
  ['services', network.services],
  ['endpoints', network.endpoints],
  ['endpointslices.discovery.k8s.io', network.endpointSlices],
  ['ingresses.networking.k8s.io', network.ingresses],
  ['ingressclasses.networking.k8s.io', network.ingressClasses],
  ['networkpolicies.networking.k8s.io', network.networkPolicies],
  ['servicecidrs.networking.k8s.io', network.serviceCidrs],
  ['ipaddresses.networking.k8s.io', network.ipAddresses],
  ['persistentvolumes', storage.persistentVolumes],
  ['persistentvolumeclaims', storage.persistentVolumeClaims],
  ['storageclasses.storage.k8s.io', storage.storageClasses],
  ['volumeattributesclasses.storage.k8s.io', storage.volumeAttributesClasses],
  ['csidrivers.storage.k8s.io', storage.csiDrivers],
  ['volumeattachments.storage.k8s.io', storage.volumeAttachments],
  ['horizontalpodautoscalers.autoscaling', policy.horizontalPodAutoscalers],
  ['poddisruptionbudgets.policy', policy.podDisruptionBudgets],
  ['resourcequotas', policy.resourceQuotas],
  ['priorityclasses.scheduling.k8s.io', policy.priorityClasses],
  ['flowschemas.flowcontrol.apiserver.k8s.io', policy.flowSchemas],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', policy.priorityLevels],
  ['mutatingwebhookconfigurations.admissionregistration.k8s.io', policy.mutatingWebhooks],
  ['validatingwebhookconfigurations.admissionregistration.k8s.io', policy.validatingWebhooks],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', policy.admissionPolicies],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', policy.admissionPolicyBindings],
  ['configmaps', config.configMaps],
  ['secrets', config.secrets],
  ['serviceaccounts', config.nameAndAge],
  ['namespaces', config.namespaces],
  ['events', config.events],
  ['events.events.k8s.io', config.events],
  ['leases.coordination.k8s.io', config.leases],
  ['runtimeclasses.node.k8s.io', config.runtimeClasses],
  ['apiservices.apiregistration.k8s.io', config.apiServices],
  ['componentstatuses', config.componentStatuses],
  ['rolebindings.rbac.authorization.k8s.io', config.roleBindings],
  ['clusterrolebindings.rbac.authorization.k8s.io', config.roleBindings],
  ['certificatesigningrequests.certificates.k8s.io', config.certificateRequests],
  ['deviceclasses.resource.k8s.io', config.nameAndAge],
  ['resourceclaims.resource.k8s.io', config.resourceClaims],
  ['resourceclaimtemplates.resource.k8s.io', config.nameAndAge],
  ['resourceslices.resource.k8s.io', config.resourceSlices],
])

/** `additionalPrinterColumns` of a CustomResourceDefinition version; name and age without any. */
function customCells(definition: AnyObject | undefined, version: string): Cells {
  const served = items(at(definition, 'spec.versions')).find(({ name }) => name === version)
  const extra = items(served?.['additionalPrinterColumns'])
  if (extra.length === 0) return config.nameAndAge
  return {
    columns: [
      'Name',
      ...extra.map(({ name, priority }) => `${typeof priority === 'number' && priority > 0 ? '+' : ''}${text(name)}`),
    ],
    cells: (object, context) => [
      text(at(object, 'metadata.name')),
      ...extra.map((column) => customCell(object, column, context)),
    ],
  }
}

function customCell(object: unknown, column: Readonly<Record<string, unknown>>, { nowMs }: CellContext): Cell {
  const template = parseJsonPath(`{${text(column['jsonPath'])}}`)
  if (!template.ok) return ''
  const found = evaluateJsonPath(template.value, object, { allowMissingKeys: true })
  const values = found.ok ? found.value.flat() : []
  if (values.length === 0) return ''
  if (column['type'] === 'date') return ageOf(values[0], nowMs)
  if (column['type'] === 'string')
    return values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : text(value))).join(',')
  return text(values[0])
}

export function cellsOf(resource: Resource, definition?: AnyObject): Cells {
  if (resource.isCustom) return customCells(definition, resource.version)
  return CELLS.get(resource.key) ?? config.createdAt
}

export interface TableOptions {
  readonly nowMs: number
  readonly wide: boolean
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** `deployment.apps`: put before names. */
  readonly kindPrefix?: string
  readonly columnLabels: readonly string[]
  readonly showLabels: boolean
}

export interface TableRow {
  readonly object: AnyObject
  /** `ADDED`, … of a watch that shows them. */
  readonly event?: string
}

const upper = (text: string): string => text.toUpperCase()

/** Cuts at a line break and hides control characters. Models printers.WriteEscaped and the table printer. */
function cellText(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell)
  const at = cell.search(/[\f\n\r]/)
  return (at < 0 ? cell : `${cell.slice(0, at)}...`).replaceAll('\u001b', '^[')
}

const EVENT_TYPES: Readonly<Record<string, string>> = {
  ADDED: 'ADDED   ',
  MODIFIED: 'MODIFIED',
  DELETED: 'DELETED ',
  ERROR: 'ERROR   ',
}

/** Tab-separated lines of a table, with or without its header. */
export function tableLines(cells: Cells, rows: readonly TableRow[], options: TableOptions): string {
  if (rows.length === 0) return ''
  const { nowMs, wide, withNamespace, kindPrefix, columnLabels, showLabels } = options
  const shown = cells.columns.flatMap((name, index) =>
    name.startsWith('+') && !wide ? [] : [{ name: name.replace(/^\+/, ''), index }],
  )
  const nameIndex = cells.columns.findIndex((name) => name.replace(/^\+/, '') === 'Name')
  let out = ''
  if (!options.noHeaders)
    out += `${[
      ...(rows[0]!.event === undefined ? [] : ['EVENT']),
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...shown.map(({ name }) => upper(name)),
      ...columnLabels.map((label) => upper(label.slice(label.lastIndexOf('/') + 1))),
      ...(showLabels ? ['LABELS'] : []),
    ].join('\t')}\n`
  for (const { object, event } of rows) {
    const values = cells.cells(object, { nowMs, wide: true })
    const labels = fields(object.metadata.labels)
    out += `${[
      ...(event === undefined ? [] : [EVENT_TYPES[event] ?? event]),
      ...(withNamespace ? [object.metadata.namespace ?? ''] : []),
      ...shown.map(({ index }) => (index === nameIndex && kindPrefix ? `${kindPrefix}/` : '') + cellText(values[index])),
      ...columnLabels.map((label) => text(labels[label])),
      ...(showLabels ? [formatLabels(labels)] : []),
    ].join('\t')}\n`
  }
  return out
}
