import type { Container, Endpoint, EndpointSlice, Node, Pod, Service, ServicePort } from '../api/types.ts'
import { isPodFinished, isPodReady, isPodTerminating } from './pod-state.ts'

export type EndpointPort = NonNullable<EndpointSlice['ports']>[number]

/** Models endpointslice/util ShouldPodBeInEndpoints (v1.35). */
export const isPodInEndpoints = (pod: Pod, includeTerminating: boolean): boolean =>
  !isPodFinished(pod) && !!pod.status?.podIP && (includeTerminating || !isPodTerminating(pod))

export const isHeadless = (service: Service): boolean => {
  const { clusterIP } = service.spec
  return clusterIP === undefined || clusterIP === '' || clusterIP === 'None'
}

function portOf(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort || port
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const container of [...pod.spec.containers, ...sidecars] satisfies readonly Container[])
    for (const candidate of container.ports ?? [])
      if (candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol) return candidate.containerPort
  return undefined
}

/** The ports behind a Service on one pod; a named port that the pod lacks is left out. Models endpointslice getEndpointPorts (v1.35). */
export function endpointPorts(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const servicePort of service.spec.ports ?? []) {
    const port = portOf(pod, servicePort)
    if (port === undefined) continue
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    ports.push({ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) })
  }
  return ports
}

function hintsFor(service: Service, zone: string | undefined, nodeName: string | undefined): object | undefined {
  switch (service.spec.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return zone ? { forZones: [{ name: zone }] } : undefined
    case 'PreferSameNode':
      return zone || nodeName
        ? { ...(nodeName ? { forNodes: [{ name: nodeName }] } : {}), ...(zone ? { forZones: [{ name: zone }] } : {}) }
        : undefined
    default:
      return undefined
  }
}

/** Models endpointslice podToEndpoint and trafficdist (v1.35). */
export function endpointOf(service: Service, pod: Pod, node: Node | undefined): Endpoint {
  const serving = isPodReady(pod)
  const terminating = isPodTerminating(pod)
  const { hostname, subdomain, nodeName } = pod.spec
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone']
  const hints = hintsFor(service, zone, nodeName)
  return {
    addresses: [pod.status!.podIP!],
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  }
}
