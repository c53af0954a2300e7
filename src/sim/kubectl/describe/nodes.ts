import { quantityMilliValue, quantityValue } from '../../kubernetes/api/quantity.ts'
import { at, type Fields, fields, isSet, items, sortedEntries, text, texts } from '../fields.ts'
import { ageOf, rfc1123 } from '../human-time.ts'
import { nodeRoles } from '../printers/cells/nodes.ts'
import { searchEvents, writeEvents } from './events.ts'
import { add, type Amounts, podAmounts } from './pod-resources.ts'
import { type DescribeContext, type Describer, type DescribeWriter, labelsAndAnnotations, meta, metadataOf } from './writer.ts'

/** Go's int64 of a float that is no number. */
const NOT_A_NUMBER = '-9223372036854775808'

const percent = (part: number, whole: number, whenEmpty: string): string =>
  whole === 0 ? whenEmpty : String(Math.trunc((part / whole) * 100))
const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods'])

function writeLease(node: Fields, w: DescribeWriter, { api }: DescribeContext): void {
  const found = api.get('leases.coordination.k8s.io', 'kube-node-lease', meta(node, 'name'))
  if (!found.ok) {
    w.line(0, 'Lease:', `Failed to get lease: ${found.status.message}`)
    return
  }
  const spec = fields(found.value['spec'])
  w.line(0, 'Lease:')
  w.line(1, 'HolderIdentity:', isSet(spec['holderIdentity']) ? text(spec['holderIdentity']) : '<unset>')
  w.line(1, 'AcquireTime:', isSet(spec['acquireTime']) ? rfc1123(spec['acquireTime']) : '<unset>')
  w.line(1, 'RenewTime:', isSet(spec['renewTime']) ? rfc1123(spec['renewTime']) : '<unset>')
}

function writePods(pods: readonly Fields[], node: Fields, w: DescribeWriter, nowMs: number): void {
  const own = fields(at(node, 'status.allocatable'))
  const allocatable = Object.keys(own).length > 0 ? own : fields(at(node, 'status.capacity'))
  const cpu = quantityMilliValue(text(allocatable['cpu']))
  const memory = quantityValue(text(allocatable['memory']))
  const cpuCell = (quantity: string, whenEmpty: string): string =>
    `${quantity} (${percent(quantityMilliValue(quantity), cpu, whenEmpty)}%)`
  const valueCell = (quantity: string, whole: number, whenEmpty: string): string =>
    `${quantity} (${percent(quantityValue(quantity), whole, whenEmpty)}%)`
  w.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`)
  w.line(1, 'Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age')
  w.line(1, '---------', '----', '', '------------', '----------', '---------------', '-------------', '---')
  const requests: Amounts = new Map()
  const limits: Amounts = new Map()
  for (const pod of pods) {
    const asked = podAmounts(pod, 'requests')
    const limited = podAmounts(pod, 'limits')
    add(requests, Object.fromEntries(asked))
    add(limits, Object.fromEntries(limited))
    w.line(
      1,
      meta(pod, 'namespace'),
      meta(pod, 'name'),
      '',
      cpuCell(asked.get('cpu') ?? '0', NOT_A_NUMBER),
      cpuCell(limited.get('cpu') ?? '0', NOT_A_NUMBER),
      valueCell(asked.get('memory') ?? '0', memory, NOT_A_NUMBER),
      valueCell(limited.get('memory') ?? '0', memory, NOT_A_NUMBER),
      ageOf(metadataOf(pod)['creationTimestamp'], nowMs),
    )
  }
  w.write(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n')
  w.line(1, 'Resource', 'Requests', 'Limits')
  w.line(1, '--------', '--------', '------')
  w.line(1, 'cpu', cpuCell(requests.get('cpu') ?? '0', '0'), cpuCell(limits.get('cpu') ?? '0', '0'))
  const names = Object.keys(allocatable).sort()
  for (const name of ['memory', 'ephemeral-storage', ...names.filter((name) => name.startsWith('hugepages-'))]) {
    const whole = quantityValue(text(allocatable[name]))
    w.line(1, name, valueCell(requests.get(name) ?? '0', whole, '0'), valueCell(limits.get(name) ?? '0', whole, '0'))
  }
  for (const name of names.filter((name) => !name.startsWith('hugepages-') && !STANDARD.has(name)))
    w.line(1, name, requests.get(name) ?? '0', limits.get(name) ?? '0')
}

export const describeNode: Describer = (node, w, context) => {
  const spec = fields(node['spec'])
  const status = fields(node['status'])
  const info = fields(status['nodeInfo'])
  w.line(0, 'Name:', meta(node, 'name'))
  w.line(0, 'Roles:', nodeRoles(node).join(',') || '<none>')
  labelsAndAnnotations(node, w)
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(node)['creationTimestamp']))
  w.taints('Taints', spec['taints'])
  w.line(0, 'Unschedulable:', String(spec['unschedulable'] === true))
  writeLease(node, w, context)
  const conditions = items(status['conditions'])
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n')
    w.line(1, '----', '------', '-----------------', '------------------', '------', '-------')
    for (const c of conditions)
      w.line(
        1,
        `${text(c['type'])} `,
        `${text(c['status'])} `,
        `${rfc1123(c['lastHeartbeatTime'])} `,
        `${rfc1123(c['lastTransitionTime'])} `,
        `${text(c['reason'])} `,
        text(c['message']),
      )
  }
  w.line(0, 'Addresses:')
  for (const address of items(status['addresses'])) w.line(1, `${text(address['type'])}:`, text(address['address']))
  for (const [title, list] of [
    ['Capacity:', sortedEntries(status['capacity'])],
    ['Allocatable:', sortedEntries(status['allocatable'])],
  ] as const) {
    if (list.length > 0) w.line(0, title)
    for (const [name, quantity] of list) w.line(1, `${name}:`, quantity)
  }
  w.line(0, 'System Info:')
  for (const [title, field] of [
    ['Machine ID', 'machineID'],
    ['System UUID', 'systemUUID'],
    ['Boot ID', 'bootID'],
    ['Kernel Version', 'kernelVersion'],
    ['OS Image', 'osImage'],
    ['Operating System', 'operatingSystem'],
    ['Architecture', 'architecture'],
    ['Container Runtime Version', 'containerRuntimeVersion'],
    ['Kubelet Version', 'kubeletVersion'],
    ['Kube-Proxy Version', 'kubeProxyVersion'],
  ] as const)
    w.line(1, `${title}:`, text(info[field]))
  if (text(spec['podCIDR']) !== '') w.line(0, 'PodCIDR:', text(spec['podCIDR']))
  if (texts(spec['podCIDRs']).length > 0) w.line(0, 'PodCIDRs:', texts(spec['podCIDRs']).join(','))
  if (text(spec['providerID']) !== '') w.line(0, 'ProviderID:', text(spec['providerID']))
  const name = meta(node, 'name')
  const pods = context.api.list('pods', { fieldSelector: `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed` })
  if (pods.ok) writePods(pods.value.items, node, w, context.nowMs)
  else w.line(0, 'Pods:', 'not authorized')
  // The kubelet's own events name the node instead of its uid.
  const about = (uid: string): readonly Fields[] => searchEvents(context, { name, namespace: '', kind: 'Node', uid })
  if (context.showEvents) writeEvents(w, [...about(meta(node, 'uid')), ...about(name)], context.nowMs)
}
