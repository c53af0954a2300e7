import { at, type Fields, fields, isSet, items, number, text } from '../fields.ts'
import { ageOf, rfc1123 } from '../human-time.ts'
import { writeContainers, writeResources } from './containers.ts'
import { searchEvents, writeEvents } from './events.ts'
import { writeSpreadConstraints } from './pod-template.ts'
import { writeVolumes } from './volumes.ts'
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

/** As the status tells, else from cpu and memory of the containers. Models kubectl's qos.GetPodQOS. */
function qosOf(pod: Fields): string {
  const known = text(at(pod, 'status.qosClass'))
  if (known !== '') return known
  const containers = [...items(at(pod, 'spec.containers')), ...items(at(pod, 'spec.initContainers'))]
  const lists = containers.flatMap(({ resources }) => [fields(at(resources, 'requests')), fields(at(resources, 'limits'))])
  if (lists.every((list) => !isSet(list['cpu']) && !isSet(list['memory']))) return 'BestEffort'
  const isGuaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = fields(at(resources, 'limits'))[name]
      const request = fields(at(resources, 'requests'))[name]
      return isSet(limit) && (request === undefined || request === limit)
    }),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

const MIRROR = 'kubernetes.io/config.mirror'

/** A mirror Pod's events name the hash of its manifest. */
export const podEvents = (pod: Fields, context: DescribeContext): readonly Fields[] =>
  searchEvents(context, {
    name: meta(pod, 'name'),
    namespace: meta(pod, 'namespace'),
    uid: text(fields(metadataOf(pod)['annotations'])[MIRROR]) || meta(pod, 'uid'),
  })

function writeIps(pod: Fields, w: DescribeWriter): void {
  const ips = items(at(pod, 'status.podIPs'))
  w.write(0, `IPs:${ips.length === 0 ? '\t<none>' : ''}\n`)
  for (const { ip } of ips) w.line(1, 'IP:', text(ip))
}

export const describePod: Describer = (pod, w, context) => {
  const spec = fields(pod['spec'])
  const status = fields(pod['status'])
  nameAndNamespace(pod, w)
  if (isSet(spec['priority'])) w.line(0, 'Priority:', number(spec['priority']))
  if (text(spec['priorityClassName']) !== '') w.line(0, 'Priority Class Name:', text(spec['priorityClassName']))
  if (text(spec['runtimeClassName']) !== '') w.line(0, 'Runtime Class Name:', text(spec['runtimeClassName']))
  if (text(spec['serviceAccountName']) !== '') w.line(0, 'Service Account:', text(spec['serviceAccountName']))
  const node = text(spec['nodeName'])
  w.line(0, 'Node:', node === '' ? '<none>' : `${node}/${text(status['hostIP'])}`)
  if (isSet(status['startTime'])) w.line(0, 'Start Time:', rfc1123(status['startTime']))
  labelsAndAnnotations(pod, w)
  const deleted = metadataOf(pod)['deletionTimestamp']
  if (isSet(deleted) && status['phase'] !== 'Failed' && status['phase'] !== 'Succeeded') {
    w.line(0, 'Status:', `Terminating (lasts ${ageOf(deleted, context.nowMs)})`)
    w.line(0, 'Termination Grace Period:', `${number(metadataOf(pod)['deletionGracePeriodSeconds'])}s`)
  } else w.line(0, 'Status:', text(status['phase']))
  if (text(status['reason']) !== '') w.line(0, 'Reason:', text(status['reason']))
  if (text(status['message']) !== '') w.line(0, 'Message:', text(status['message']))
  const profile = at(spec, 'securityContext.seccompProfile')
  if (isSet(profile)) {
    w.line(0, 'SeccompProfile:', text(at(profile, 'type')))
    if (at(profile, 'type') === 'Localhost') w.line(0, 'LocalhostProfile:', text(at(profile, 'localhostProfile')))
  }
  w.line(0, 'IP:', text(status['podIP']))
  writeIps(pod, w)
  if (controllerOf(pod) !== '') w.line(0, 'Controlled By:', controllerOf(pod))
  if (text(status['nominatedNodeName']) !== '') w.line(0, 'NominatedNodeName:', text(status['nominatedNodeName']))
  if (isSet(spec['resources'])) {
    w.line(0, 'Resources:')
    writeResources(w, spec['resources'], 1)
  }
  if (items(spec['initContainers']).length > 0)
    writeContainers(w, 'Init Containers', spec['initContainers'], { statuses: status['initContainerStatuses'], pod })
  writeContainers(w, 'Containers', spec['containers'], { statuses: status['containerStatuses'], pod })
  if (items(spec['ephemeralContainers']).length > 0)
    writeContainers(w, 'Ephemeral Containers', spec['ephemeralContainers'], {
      statuses: status['ephemeralContainerStatuses'],
      pod,
    })
  const conditions = items(status['conditions'])
  const gates = items(spec['readinessGates'])
  if (gates.length > 0) {
    w.write(0, 'Readiness Gates:\n  Type\tStatus\n')
    for (const { conditionType } of gates) {
      const condition = conditions.find(({ type }) => type === conditionType)
      w.line(1, `${text(conditionType)} `, `${condition ? text(condition['status']) : '<none>'} `)
    }
  }
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n  Type\tStatus\n')
    for (const condition of conditions) w.line(1, `${text(condition['type'])} `, `${text(condition['status'])} `)
  }
  writeVolumes(w, spec['volumes'])
  w.line(0, 'QoS Class:', qosOf(pod))
  w.labels('Node-Selectors', spec['nodeSelector'])
  w.tolerations('Tolerations', spec['tolerations'])
  writeSpreadConstraints(w, spec['topologySpreadConstraints'])
  if (context.showEvents) writeEvents(w, podEvents(pod, context), context.nowMs)
}
