import type { ResourceList, Taint } from './api/types.ts'

/** A machine that joins the cluster: what its kubelet finds and registers. */
export interface NodeSpec {
  readonly name: string
  readonly capacity: ResourceList
  /** Absent: the capacity. */
  readonly allocatable?: ResourceList
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
}

/** Three machines of 4 CPU and 8 Gi: the cluster of whoever brings none. */
export const DEFAULT_NODES: readonly NodeSpec[] = ['a', 'b', 'c'].map((zone, index) => ({
  name: `node-${index + 1}`,
  capacity: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' },
  labels: { 'topology.kubernetes.io/zone': `zone-${zone}` },
}))
