import { at, type Fields, fields, isSet, items, number, text, texts } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { rfc1123 } from '../human-time.ts'
import { accessModes, isDefaultClass, storageClassOf } from '../printers/cells/storage.ts'
import { formatLabels } from '../printers/format-labels.ts'
import { phaseText, writeClaim } from './claims.ts'
import { describeEventsOf } from './events.ts'
import { writeVolumeSource } from './volumes.ts'
import { type DescribeContext, type Describer, type DescribeWriter, labelsAndAnnotations, meta, metadataOf } from './writer.ts'

const finalizers = (object: Fields): string => `[${texts(metadataOf(object)['finalizers']).join(' ')}]`

function writeTerms(
  w: DescribeWriter,
  level: number,
  title: string,
  requirements: readonly Fields[],
  operatorOf: (requirement: Fields) => string,
): void {
  w.write(level, `${title}:\t`)
  if (requirements.length === 0) w.write(0, '<none>\n')
  for (const [index, requirement] of requirements.entries()) {
    if (index > 0) w.write(level, '\t')
    const values = texts(requirement['values'])
    w.write(0, `${text(requirement['key'])} ${operatorOf(requirement)}${values.length > 0 ? ` [${values.join(', ')}]` : ''}\n`)
  }
}

function writeNodeAffinity(w: DescribeWriter, affinity: unknown): void {
  const required = at(affinity, 'required')
  w.line(0, 'Node Affinity:', isSet(required) ? '' : '<none>')
  if (!isSet(required)) return
  const terms = items(at(required, 'nodeSelectorTerms'))
  w.line(1, 'Required Terms:', terms.length === 0 ? '<none>' : '')
  for (const [index, term] of terms.entries())
    writeTerms(w, 2, `Term ${index}`, items(term['matchExpressions']), ({ operator }) => text(operator).toLowerCase())
}

export const describePersistentVolume: Describer = (object, w, context) => {
  const spec = fields(object['spec'])
  const claim = spec['claimRef']
  w.line(0, 'Name:', meta(object, 'name'))
  labelsAndAnnotations(object, w)
  w.line(0, 'Finalizers:', finalizers(object))
  w.line(0, 'StorageClass:', storageClassOf(object))
  w.line(0, 'Status:', phaseText(object, context.nowMs))
  w.line(0, 'Claim:', isSet(claim) ? `${text(at(claim, 'namespace'))}/${text(at(claim, 'name'))}` : '')
  w.line(0, 'Reclaim Policy:', text(spec['persistentVolumeReclaimPolicy']))
  w.line(0, 'Access Modes:', accessModes(spec['accessModes']))
  if (isSet(spec['volumeMode'])) w.line(0, 'VolumeMode:', text(spec['volumeMode']))
  w.line(0, 'Capacity:', text(at(spec, 'capacity.storage')) || '0')
  writeNodeAffinity(w, spec['nodeAffinity'])
  w.line(0, 'Message:', text(at(object, 'status.message')))
  w.line(0, 'Source:')
  writeVolumeSource(w, spec, true)
  describeEventsOf(object, w, context)
}

function usersOf(claim: Fields, { api }: DescribeContext): readonly string[] {
  const found = api.list('pods', { namespace: meta(claim, 'namespace') })
  const pods: readonly Fields[] = found.ok ? found.value.items : []
  const owners = new Set(items(metadataOf(claim)['ownerReferences']).flatMap(({ kind, uid }) => (kind === 'Pod' ? [uid] : [])))
  const users = pods.filter(
    (pod) =>
      owners.has(metadataOf(pod)['uid']) ||
      items(at(pod, 'spec.volumes')).some((volume) => at(volume, 'persistentVolumeClaim.claimName') === meta(claim, 'name')),
  )
  return goSort(users, (a, b) => meta(a, 'name') < meta(b, 'name')).map((pod) => meta(pod, 'name'))
}

export const describePersistentVolumeClaim: Describer = (claim, w, context) => {
  writeClaim(w, claim, { level: 0, isWhole: true, nowMs: context.nowMs })
  w.multiline('Used By', usersOf(claim, context))
  const conditions = items(at(claim, 'status.conditions'))
  if (conditions.length > 0) {
    w.line(0, 'Conditions:')
    w.line(1, 'Type', 'Status', 'LastProbeTime', 'LastTransitionTime', 'Reason', 'Message')
    w.line(1, '----', '------', '-----------------', '------------------', '------', '-------')
  }
  for (const c of conditions)
    w.line(
      1,
      `${text(c['type'])} `,
      `${text(c['status'])} `,
      `${rfc1123(c['lastProbeTime'])} `,
      `${rfc1123(c['lastTransitionTime'])} `,
      `${text(c['reason'])} `,
      text(c['message']),
    )
  describeEventsOf(claim, w, context)
}

export const describeStorageClass: Describer = (object, w, context) => {
  const options = texts(object['mountOptions'])
  const expansion = object['allowVolumeExpansion']
  w.line(0, 'Name:', meta(object, 'name'))
  w.line(0, 'IsDefaultClass:', isDefaultClass(object) ? 'Yes' : 'No')
  w.line(0, 'Annotations:', formatLabels(metadataOf(object)['annotations']))
  w.line(0, 'Provisioner:', text(object['provisioner']))
  w.line(0, 'Parameters:', formatLabels(object['parameters']))
  w.line(0, 'AllowVolumeExpansion:', typeof expansion !== 'boolean' ? '<unset>' : expansion ? 'True' : 'False')
  w.write(0, `MountOptions:${options.length === 0 ? '\t<none>' : ''}\n`)
  for (const option of options) w.line(1, option)
  if (isSet(object['reclaimPolicy'])) w.line(0, 'ReclaimPolicy:', text(object['reclaimPolicy']))
  if (isSet(object['volumeBindingMode'])) w.line(0, 'VolumeBindingMode:', text(object['volumeBindingMode']))
  const topologies = object['allowedTopologies']
  if (isSet(topologies)) {
    w.line(0, 'AllowedTopologies:', items(topologies).length === 0 ? '<none>' : '')
    for (const [index, term] of items(topologies).entries())
      writeTerms(w, 1, `Term ${index}`, items(term['matchLabelExpressions']), () => 'in')
  }
  describeEventsOf(object, w, context)
}

export const describeVolumeAttributesClass: Describer = (object, w, context) => {
  w.line(0, 'Name:', meta(object, 'name'))
  w.line(0, 'Annotations:', formatLabels(metadataOf(object)['annotations']))
  w.line(0, 'DriverName:', text(object['driverName']))
  w.line(0, 'Parameters:', formatLabels(object['parameters']))
  describeEventsOf(object, w, context)
}

export const describeCsiNode: Describer = (object, w, context) => {
  w.line(0, 'Name:', meta(object, 'name'))
  labelsAndAnnotations(object, w)
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(object)['creationTimestamp']))
  w.line(0, 'Spec:')
  if (isSet(at(object, 'spec.drivers'))) w.line(1, 'Drivers:')
  for (const driver of items(at(object, 'spec.drivers'))) {
    w.line(2, `${text(driver['name'])}:`)
    w.line(3, 'Node ID:', text(driver['nodeID']))
    if (isSet(at(driver, 'allocatable.count'))) {
      w.line(3, 'Allocatables:')
      w.line(4, 'Count:', number(at(driver, 'allocatable.count')))
    }
    if (isSet(driver['topologyKeys'])) w.line(3, 'Topology Keys:', `[${texts(driver['topologyKeys']).join(' ')}]`)
  }
  describeEventsOf(object, w, context)
}
