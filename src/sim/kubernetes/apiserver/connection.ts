import { CONTROL_PLANE_HOST, type Network } from '../../infrastructure/network.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Latencies } from '../../kernel/latencies.ts'
import type { Api } from '../api/client.ts'
import { type Answer, refuse, type Status } from '../api/status.ts'

export const API_SERVER_ADDRESS = '10.0.0.10:6443'

/** Whether the API server process runs, and where. */
export interface ApiEndpoint {
  readonly isServing: boolean
}

const REFUSED: Status = {
  code: 0,
  reason: 'ConnectionRefused',
  message: `The connection to the server ${API_SERVER_ADDRESS} was refused - did you specify the right host or port?`,
}
const UNREACHABLE: Status = {
  code: 0,
  reason: 'Timeout',
  message: `Unable to connect to the server: dial tcp ${API_SERVER_ADDRESS}: i/o timeout`,
}

/** A request that no server answered: the caller keeps what it knows and tries again later. */
export const isUnanswered = (status: Status): boolean => status.code === 0

/**
 * One component's way to the API server. A call costs the caller time (`kernel.spend`), shows as a hop and fails while the server
 * is down or out of reach.
 */
export function connect(options: {
  readonly kernel: Kernel
  readonly network: Network
  readonly latencies: Latencies
  readonly server: ApiEndpoint
  readonly api: Api
  /** Name of the component, for hops. */
  readonly client: string
  readonly host: string
  /** Sent beside the caller's work, which does not wait for the answer: event recorders, heartbeats. */
  readonly background?: boolean
}): Api {
  const { kernel, network, latencies, server, api, client, host, background } = options
  const call = <T>(verb: string, resource: string, target: string, costMs: number, request: () => Answer<T>): Answer<T> => {
    const unanswered = !network.canReach(host, CONTROL_PLANE_HOST) ? UNREACHABLE : server.isServing ? undefined : REFUSED
    if (kernel.onHop) {
      const label = `${verb} ${resource}${target}`
      kernel.hop({ from: client, to: 'api-server', kind: 'request', label, ...(unanswered ? { failed: true } : {}) }, costMs)
    }
    if (!background) kernel.spend(costMs)
    return unanswered ? refuse(unanswered) : request()
  }
  const { apiReadMs, apiWriteMs } = latencies
  const at = (namespace: string, name: string): string => (namespace ? ` ${namespace}/${name}` : ` ${name}`)
  return {
    get: (resource, namespace, name) =>
      call('get', resource, at(namespace, name), apiReadMs, () => api.get(resource, namespace, name)),
    list: (resource, list) => call('list', resource, '', apiReadMs, () => api.list(resource, list)),
    create: (resource, namespace, object, write) =>
      call('create', resource, at(namespace, object.metadata?.name ?? ''), apiWriteMs, () =>
        api.create(resource, namespace, object, write),
      ),
    update: (resource, namespace, name, object, write) =>
      call(write?.subresource ?? 'update', resource, at(namespace, name), apiWriteMs, () =>
        api.update(resource, namespace, name, object, write),
      ),
    patch: (resource, namespace, name, patch, write) =>
      call(write?.subresource ?? 'patch', resource, at(namespace, name), apiWriteMs, () =>
        api.patch(resource, namespace, name, patch, write),
      ),
    delete: (resource, namespace, name, write) =>
      call('delete', resource, at(namespace, name), apiWriteMs, () => api.delete(resource, namespace, name, write)),
    deleteCollection: (resource, write) => call('delete', resource, '', apiWriteMs, () => api.deleteCollection(resource, write)),
  }
}
