import { podsOf } from '../cluster-events.ts'
import { skip, unschedulable, type Plugin } from '../framework.ts'
import type { HostPort } from '../pod-info.ts'

const REJECTED = unschedulable("node(s) didn't have free ports for the requested pod ports")

const conflicts = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')

/** A host port is given once per address and protocol. Models plugins/nodeports (v1.35). */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  isNodeLocal: true,
  preFilter: ({ shape }) => (shape.hostPorts.length === 0 ? { status: skip } : {}),
  filter: (_state, { shape }, node) => (shape.hostPorts.some((port) => node.hasPortConflict(port)) ? REJECTED : undefined),
  events: [
    {
      resource: 'Pod',
      actions: ['Delete'],
      hint: ({ shape }, event, { cluster }) => {
        const { before } = podsOf(event)
        if (!before || (!before.spec.nodeName && !before.status?.nominatedNodeName)) return false
        return cluster.reader.read(before).shape.hostPorts.some((port) => shape.hostPorts.some((own) => conflicts(own, port)))
      },
    },
    { resource: 'Node', actions: ['Add'] },
  ],
}
