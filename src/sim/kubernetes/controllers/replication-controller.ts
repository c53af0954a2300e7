import type { ReplicaSetKind } from './replicaset.ts'

/** The older kind: a plain map of labels as selector (the template's labels when absent). Models pkg/controller/replication (v1.35). */
export const replicationControllers: ReplicaSetKind = {
  name: 'replication-controller',
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  selectorOf: ({ spec }) => ({
    matchLabels:
      (spec.selector as unknown as Readonly<Record<string, string>> | undefined) ?? spec.template.metadata?.labels ?? {},
  }),
  reportsTerminating: false,
}
